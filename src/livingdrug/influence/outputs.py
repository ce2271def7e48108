"""What is asked of each subject: one number for each read-out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import Issue, OptionError, raise_issues, unknown_name
from livingdrug.solve.headline_reductions import headline_reductions
from livingdrug.solve.reductions import Reduction, describe
from livingdrug.system.system import System

__all__ = ["KINDS", "Output", "choose_outputs"]

FloatArray = NDArray[np.float64]

KINDS = (
    "peak", "day_of_peak", "auc", "value", "nadir", "day_of_nadir", "day_below", "day_above",
    "half_life",
)  # fmt: skip
"""Kinds of read-outs: ``KIND[:QUANTITY][@ARGUMENT]``."""

_TAKES: Mapping[str, str] = {
    "peak": "maximum", "day_of_peak": "day of maximum", "nadir": "minimum",
    "day_of_nadir": "day of minimum", "auc": "auc", "day_below": "first day below",
    "day_above": "first day above", "value": "value", "half_life": "value",
}  # fmt: skip
_OF_TUMOR = ("nadir", "day_of_nadir", "day_below")
_AUC_END = 28.0

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TEXT = re.compile(r"(?P<kind>[^:@]+)(?::(?P<of>[^@]+))?(?:@(?P<argument>.+))?")
_PERIOD = re.compile(rf"(?P<start>{_NUMBER})-(?P<end>{_NUMBER})")


@dataclass(frozen=True, slots=True)
class Output:
    """One read-out.

    Attributes
    ----------
    name : str
        As it was asked for.
    label : str
        In words.
    reductions : tuple of Reduction
        One; two for a half-life.
    """

    name: str
    label: str
    reductions: tuple[Reduction, ...]

    @property
    def is_day(self) -> bool:
        """Whether it is a time rather than an amount."""
        return len(self.reductions) > 1 or "day" in self.reductions[0].take

    def values(self, columns: Sequence[FloatArray]) -> FloatArray:
        """Compute the read-out.

        Parameters
        ----------
        columns : sequence of ndarray, shape (n,)
            One for each reduction.

        Returns
        -------
        ndarray, shape (n,)
            NaN for a subject that has none.
        """
        if len(self.reductions) == 1:
            return columns[0]
        days = self.reductions[1].day - self.reductions[0].day
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = np.log(columns[0] / columns[1]) / days
            half_life = math.log(2.0) / rate
        return np.where(np.isfinite(rate) & (rate > 0), half_life, np.nan)


def choose_outputs(
    system: System,
    readouts: Sequence[str] | Mapping[str, Reduction] | None,
    *,
    start: float,
    end: float,
) -> list[Output]:
    """Read what is asked for.

    Parameters
    ----------
    system : System
    readouts : sequence of str, or mapping from name to Reduction, optional
        Names of `headline_reductions`; or ``KIND[:QUANTITY][@ARGUMENT]`` with a kind of `KINDS`:
        ``peak``, ``day_of_peak``, ``nadir``, ``day_of_nadir`` and ``auc`` over a period
        ``@START-END``, ``value@DAY``, ``day_below@LEVEL``, ``day_above@LEVEL`` and
        ``half_life@START-END``, between two days on which the quantity is taken. Without a
        quantity it is the one of the headline: CAR cells, or the tumour for ``nadir``,
        ``day_of_nadir`` and ``day_below``. All headline reductions when not given.
    start, end : float, day
        The simulated period.

    Returns
    -------
    list of Output

    Raises
    ------
    OptionError
        Listing every text that cannot be read.
    """
    headline = headline_reductions(system, end, start=start)
    if readouts is None:
        readouts = headline
    if isinstance(readouts, Mapping):
        return [Output(name, describe(item), (item,)) for name, item in readouts.items()]
    issues: list[Issue] = []
    made: dict[str, Output] = {}
    for text in readouts:
        name = text.strip()
        if name in headline:
            made[name] = Output(name, describe(headline[name]), (headline[name],))
            continue
        output = _read(name, system, headline, start, end, issues)
        if output is not None:
            made[name] = output
    if not made and not issues:
        issues.append(Issue("error", "readouts", "there are none", "name one, or leave it out"))
    raise_issues(issues, OptionError)
    return list(made.values())


def _read(
    text: str,
    system: System,
    headline: Mapping[str, Reduction],
    start: float,
    end: float,
    issues: list[Issue],
) -> Output | None:
    where = f"read-out {text!r}"
    found = _TEXT.fullmatch(text)
    kind = found["kind"] if found else text
    if kind not in KINDS:
        issues.append(unknown_name("read-out", kind, [*headline, *KINDS], where="readouts"))
        return None
    assert found is not None  # a kind was read
    of = found["of"] or _default(kind, headline)
    names = [slot.name for slot in system.outputs]
    if of not in names:
        if found["of"]:
            issues.append(unknown_name("quantity", of, names, where=where))
        else:
            text = f"{system.model.id} has no tumour; name the quantity"
            issues.append(Issue("error", where, text, f"as in {kind}:{names[0]}"))
        return None
    reductions = _reductions(kind, of, found, headline, max(start, 0.0) if end > 0 else start, end)
    if isinstance(reductions, str):
        issues.append(Issue("error", where, reductions))
        return None
    label = describe(reductions[0])
    if kind == "half_life":
        label = f"half-life of {of} from day {reductions[0].day:g} to day {reductions[1].day:g}"
    return Output(text, label, reductions)


def _default(kind: str, headline: Mapping[str, Reduction]) -> str:
    if kind in _OF_TUMOR:
        return headline["tumor_nadir"].of if "tumor_nadir" in headline else ""
    return headline["cmax"].of


def _reductions(
    kind: str,
    of: str,
    found: re.Match[str],
    headline: Mapping[str, Reduction],
    start: float,
    end: float,
) -> tuple[Reduction, ...] | str:
    """Return what an engine has to keep, or what is wrong."""
    argument, take = found["argument"], _TAKES[kind]
    if kind in ("value", "day_below", "day_above"):
        what = "a day" if kind == "value" else "a level"
        if argument is None or not re.fullmatch(_NUMBER, argument):
            return f"needs {what}, as in {kind}@{'28' if kind == 'value' else '1e6'}"
        number = float(argument)
        if kind == "value":
            return (Reduction("value", of, day=number),)
        return (Reduction(take, of, start=start, end=end, level=number),)  # type: ignore[arg-type]
    if argument is None:
        if kind == "half_life":
            return "needs two days, as in half_life@28-90"
        if kind in ("peak", "day_of_peak") and not found["of"]:
            start = headline["cmax"].start  # after the infusion peak
        if kind == "auc":
            end = _AUC_END if start < _AUC_END < end else end
        return (Reduction(take, of, start=start, end=end),)  # type: ignore[arg-type]
    period = _PERIOD.fullmatch(argument)
    if period is None:
        return f"{argument!r} is not a period, as in {kind}@0-28"
    first, last = float(period["start"]), float(period["end"])
    if not first < last:
        return f"the period {argument} does not go forward"
    if kind == "half_life":
        return (Reduction("value", of, day=first), Reduction("value", of, day=last))
    return (Reduction(take, of, start=first, end=last),)  # type: ignore[arg-type]
