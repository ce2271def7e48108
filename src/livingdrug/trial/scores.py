"""How good an interval was: score, coverage, distance in standard deviations.

A proportion is scored in percentage points and everything else, which is positive, in natural
logarithms, so that days and copies can be averaged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import OptionError

__all__ = ["LEVEL", "Prediction", "Scores", "interval_score", "score", "score_all"]

LEVEL = 0.90
"""Of every interval of a virtual trial."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A number that is predicted for one trial, with its 90 % interval.

    Attributes
    ----------
    median, lower, upper : float
        NaN when there is no prediction.
    sd : float
        Of the prediction, on the scale on which it is scored; NaN where unknown.
    why : str
        Why there is none; empty when there is one.
    """

    median: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    sd: float = math.nan
    why: str = ""

    @property
    def exists(self) -> bool:
        """There is a number and an interval."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Scores:
    """Coverage and mean interval score over read-outs.

    Attributes
    ----------
    n : int
        Read-outs with a prediction.
    covered : int
        Of these, inside the 90 % interval.
    n_rates, n_others : int
        Proportions, and all else, that have a score. What has none, for an interval that the
        follow-up does not end, counts for the coverage only.
    rates, others : float
        Mean interval score of proportions, percentage points, and of the others, natural
        logarithms; NaN where there are none.
    """

    n: int
    covered: int
    n_rates: int
    rates: float
    n_others: int
    others: float

    @property
    def coverage(self) -> float:
        """Share inside the interval; NaN when there are none."""
        return self.covered / self.n if self.n else math.nan


def interval_score(
    lower: ArrayLike, upper: ArrayLike, value: ArrayLike, *, level: float = LEVEL
) -> NDArray[np.float64]:
    """Score central intervals: the width, and a penalty for each miss. Smaller is better.

    Equation 43 of Gneiting and Raftery 2007, doi:10.1198/016214506000001437.

    Parameters
    ----------
    lower, upper : array_like
    value : array_like
        What was observed.
    level : float, optional
        Nominal coverage of the intervals.

    Returns
    -------
    ndarray

    Raises
    ------
    OptionError
        When `level` is not between 0 and 1.

    Examples
    --------
    >>> interval_score([40, 40], [60, 60], [50, 70]).round(6).tolist()
    [20.0, 220.0]
    """
    if not 0 < level < 1:
        raise OptionError(f"level = {level:g}; allowed are numbers between 0 and 1")
    low, high, seen = (np.asarray(item, dtype=np.float64) for item in (lower, upper, value))
    missed = np.maximum(low - seen, 0.0) + np.maximum(seen - high, 0.0)
    scores: NDArray[np.float64] = high - low + missed * 2.0 / (1.0 - level)
    return scores


def score(prediction: Prediction, value: float, unit: str) -> float:
    """Score one prediction on the scale of its unit.

    Parameters
    ----------
    prediction : Prediction
    value : float
    unit : str
        ``"%"`` for a proportion.

    Returns
    -------
    float
        NaN without a prediction, and where a logarithm does not exist: an upper limit that the
        follow-up does not reach.
    """
    if not prediction.exists:
        return math.nan
    numbers = np.array([prediction.lower, prediction.upper, value])
    if unit != "%":
        if not (numbers > 0).all() or not np.isfinite(numbers).all():
            return math.nan
        numbers = np.log(numbers)
    return float(interval_score(*numbers))


def score_all(rows: Sequence[tuple[Prediction, float, str]]) -> Scores:
    """Summarise predictions over read-outs.

    Parameters
    ----------
    rows : sequence of (Prediction, float, str)
        Prediction, published value, unit.

    Returns
    -------
    Scores
    """
    found = [row for row in rows if row[0].exists]
    inside = sum(item.lower <= value <= item.upper for item, value, _ in found)
    scores = {True: [], False: []}  # type: dict[bool, list[float]]
    for item, value, unit in found:
        given = score(item, value, unit)
        if math.isfinite(given):
            scores[unit == "%"].append(given)
    return Scores(
        n=len(found),
        covered=inside,
        n_rates=len(scores[True]),
        rates=float(np.mean(scores[True])) if scores[True] else math.nan,
        n_others=len(scores[False]),
        others=float(np.mean(scores[False])) if scores[False] else math.nan,
    )
