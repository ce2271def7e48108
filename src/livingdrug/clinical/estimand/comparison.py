"""The record of one comparison, and the line that names what is estimated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["BETWEEN_PEOPLE", "Comparison", "Origin", "counted", "estimand_text", "trial_label"]

Origin = Literal["observation", "model value", ""]
"""Where a simulated number was read; empty when there is no comparison."""

BETWEEN_PEOPLE = "5-95 % between people"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One published number and the simulated one of the same estimand, or why there is none.

    Attributes
    ----------
    term : str
    visit : float
        Day; NaN for a read-out of the whole course.
    statistic : str
        ``"median"``, ``"mean"`` or ``"geometric mean"`` over people; for a read-out, its words.
    n : int
        People behind the published number; 0 when not stated.
    assay : str
        Of the published number.
    lloq : float
        Limit of quantification that the simulated values were held to; NaN when there is none.
    published, published_lower, published_upper : float
        NaN when there is none; an unconfirmed number is never given here.
    simulated : float
        The statistic over all simulated people; with trials, the median of the trial statistics.
        NaN when there is no comparison.
    lower, upper : float
        As `interval` says; NaN when there is none.
    interval : str
    unit : str
        Of every value of this record: that of the study.
    source : {"observation", "model value", ""}
        Simulated observation (residual error and limit included) or the model's own value.
    note : str
        What to know about the two numbers, or why they are not compared.
    quantity : str
        What is measured, in words.
    variable : str
        Variable of the course; empty when none fits.
    endpoint : str
        Endpoint of a read-out; empty for a value at a visit.
    n_simulated : int
        People behind the simulated number; with trials, in all of them.
    confirmed : bool
        False for a published number that was not read in the cited text.
    uloq : float
        Upper limit of quantification that both numbers were held to; NaN when there is none.
    """

    term: str
    visit: float
    statistic: str
    n: int
    assay: str
    lloq: float
    published: float
    published_lower: float
    published_upper: float
    simulated: float
    lower: float
    upper: float
    interval: str
    unit: str
    source: Origin
    note: str
    quantity: str = ""
    variable: str = ""
    endpoint: str = ""
    n_simulated: int = 0
    confirmed: bool = True
    uloq: float = math.nan

    @property
    def is_comparison(self) -> bool:
        """Both numbers are there and estimate the same thing."""
        return math.isfinite(self.published) and math.isfinite(self.simulated)


def estimand_text(row: Comparison) -> str:
    """Name the estimand of a row in one line.

    Parameters
    ----------
    row : Comparison

    Returns
    -------
    str

    Examples
    --------
    >>> nan = float("nan")
    >>> row = Comparison("car_t_blood", 7.0, "median", 101, "unknown", nan, 31.6, nan, nan, 29.0,
    ...                  19.7, 42.0, "5-95 % between people", "cell/uL", "model value", "",
    ...                  quantity="CAR-T cells in blood")
    >>> estimand_text(row)
    'median over 101 people at day 7, CAR-T cells in blood, cell/uL, assay unknown'
    """
    if row.endpoint:
        number = f"n = {row.n}" if row.n else "n not stated"
        parts = [row.statistic, number, row.quantity or row.term, row.unit]
    else:
        parts = [f"{row.statistic} over {_people(row.n)} at day {row.visit:g}"]
        parts += [row.quantity or row.term, row.unit, f"assay {row.assay or 'unknown'}"]
    if math.isfinite(row.lloq):
        parts.append(f"limit of quantification {row.lloq:.4g} {row.unit}")
    if math.isfinite(row.uloq):
        parts.append(f"upper limit of quantification {row.uloq:.4g} {row.unit}")
    return ", ".join(part for part in parts if part)


def _people(n: int) -> str:
    if n == 0:
        return "people (n not stated)"
    return "1 person" if n == 1 else f"{n} people"


def counted(n: int, what: str) -> str:
    """Write a number of things.

    Parameters
    ----------
    n : int
    what : str
        One of them, as ``"failed subject"``.

    Returns
    -------
    str

    Examples
    --------
    >>> counted(1, "failed subject"), counted(3, "failed subject")
    ('1 failed subject', '3 failed subjects')
    """
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def trial_label(n: str, trials: int) -> str:
    """Name an interval over simulated trials.

    Parameters
    ----------
    n : str
        People in each trial.
    trials : int

    Returns
    -------
    str

    Examples
    --------
    >>> trial_label("101", 200)
    '5-95 % of the trial statistic, n = 101, 200 trials'
    """
    return f"5-95 % of the trial statistic, n = {n}, {trials} trials"
