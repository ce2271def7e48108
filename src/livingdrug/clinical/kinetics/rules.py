"""The rules that cellular-kinetic endpoints follow, and the record of one result.

The rules are stated with their reasons in ``docs/explanation/kinetics.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["AucFlag", "Kinetics", "KineticsRules"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

TIME_TOLERANCE = 1e-9
"""Days below which two times are the same: round-off of a grid such as ``arange(0, 28, 0.1)``."""

AucFlag = Literal["observed", "interpolated", "extrapolated", "none"]
"""How the end of the AUC window was reached; ``"none"`` when there is no AUC."""


@dataclass(frozen=True, slots=True)
class KineticsRules:
    """Every choice that a cellular-kinetic endpoint depends on.

    Attributes
    ----------
    below_limit_before : {"zero"}
        Values below the limit before the first quantifiable one count as 0.
    below_limit_between : {"missing"}
        Values below the limit between two quantifiable ones are missing.
    below_limit_after : {"half", "drop"}
        Values below the limit after the last quantifiable one: half the limit for the first and
        all that follow, or left out. Only the AUC ever sees the half limit.
    excluded_until : float or None
        Day up to which (inclusive, from `first_day`) values count as infusion peak: they give
        `c0` and never `cmax`. ``None`` excludes nothing and reports no `c0`.
    first_day : float
        Start of the AUC window, day; earlier values enter no endpoint except that they support
        the value interpolated at `first_day`.
    auc_end : float
        End of the AUC window, day.
    auc_before_first : {"zero", "missing"}
        When the first value is later than `first_day`: take 0 at `first_day`, as for a first
        extravascular dose, or report no AUC.
    terminal_min_points : int
        Fewest points of the terminal regression, at least 3.
    terminal_min_half_lives : float
        Shortest time span of the terminal regression, in fitted half-lives.
    terminal_min_r2_adjusted : float
        Lowest adjusted R2 of the terminal regression. Below it the span rule has forced two
        phases into one line, whose slope is that of neither.
    initial_min_points : int
        Fewest points of the initial regression, the one at Tmax included, at least 3.
    initial_min_half_lives : float
        Shortest time span of the initial regression, in fitted half-lives.
    initial_end : float
        Last day of the initial regression.
    r2_tolerance : float
        Windows whose adjusted R2 is within this of the best one are equally good; the one with
        most points is taken.
    negative_tolerance : float
        Negative values no larger than this fraction of the largest value of their series count
        as 0, for the round-off of a solver. 0 refuses every negative value.

    Raises
    ------
    OptionError
        When a field has a value that is not allowed; all of them are listed.
    """

    below_limit_before: Literal["zero"] = "zero"
    below_limit_between: Literal["missing"] = "missing"
    below_limit_after: Literal["half", "drop"] = "half"
    excluded_until: float | None = 2.0
    first_day: float = 0.0
    auc_end: float = 28.0
    auc_before_first: Literal["zero", "missing"] = "zero"
    terminal_min_points: int = 3
    terminal_min_half_lives: float = 2.0
    terminal_min_r2_adjusted: float = 0.8
    initial_min_points: int = 3
    initial_min_half_lives: float = 1.0
    initial_end: float = 28.0
    r2_tolerance: float = 1e-4
    negative_tolerance: float = 0.0

    def __post_init__(self) -> None:
        raise_issues(_rule_issues(self), OptionError)

    @property
    def auc_name(self) -> str:
        """Name of the AUC variable: ``"auc_0_28d"`` for the window of days 0 to 28."""
        return f"auc_{_day_text(self.first_day)}_{_day_text(self.auc_end)}d"


def _day_text(day: float) -> str:
    return f"{day:g}".replace("-", "minus").replace(".", "p")


def _rule_issues(rules: KineticsRules) -> list[Issue]:
    words = {
        "below_limit_before": ("zero",),
        "below_limit_between": ("missing",),
        "below_limit_after": ("half", "drop"),
        "auc_before_first": ("zero", "missing"),
    }
    problems: list[tuple[str, str]] = []
    for name, allowed in words.items():
        if getattr(rules, name) not in allowed:
            problems.append((name, "one of " + ", ".join(repr(word) for word in allowed)))
    for name in ("first_day", "auc_end", "initial_end"):
        if not math.isfinite(getattr(rules, name)):
            problems.append((name, "a finite day"))
    if rules.excluded_until is not None and not math.isfinite(rules.excluded_until):
        problems.append(("excluded_until", "a finite day or None"))
    if not rules.auc_end > rules.first_day:
        problems.append(("auc_end", f"later than first_day ({rules.first_day:g})"))
    for name in ("terminal_min_points", "initial_min_points"):
        value = getattr(rules, name)
        if not isinstance(value, int) or value < 3:
            problems.append((name, "a whole number of at least 3: adjusted R2 needs three points"))
    for name in (
        "terminal_min_half_lives",
        "initial_min_half_lives",
        "terminal_min_r2_adjusted",
        "r2_tolerance",
        "negative_tolerance",
    ):
        value = getattr(rules, name)
        if not (math.isfinite(value) and value >= 0):
            problems.append((name, "a finite number of at least 0"))
    return [
        Issue("error", f"KineticsRules.{name}", f"is {getattr(rules, name)!r}", f"give {allowed}")
        for name, allowed in problems
    ]


@dataclass(frozen=True, slots=True)
class Kinetics:
    """Cellular-kinetic endpoints of one series.

    A number that cannot be given is NaN, and `reasons` says why. Times are in days, values in the
    unit of the series.

    Attributes
    ----------
    cmax, tmax : float
        Largest quantifiable value after the infusion peak, and its time (the first, when tied).
    c0 : float
        Largest value in the infusion peak window.
    auc : float
        Area under the curve over the window of `rules`, unit x day; see also `auc_0_28d`.
    auc_flag : {"observed", "interpolated", "extrapolated", "none"}
        Whether the window ends at a sample, between two, or after the last.
    auc_extrapolated_fraction : float
        Part of `auc` that lies after the last value.
    auc_start_assumed : bool
        The series starts after the window does, and 0 was taken at its start.
    clast, tlast : float
        Last quantifiable value and its time.
    tlast_censored : bool
        The last visit is still quantifiable, so the true Tlast is later.
    half_life_initial, initial_r2_adjusted : float
        Half-life of the decline that starts at Tmax, and the fit's adjusted R2.
    initial_n_points : int
        Points in that fit, 0 when there is none.
    half_life_terminal, terminal_r2_adjusted : float
        Half-life of the last decline, and the fit's adjusted R2.
    terminal_n_points : int
        Points in that fit, 0 when there is none.
    n_quantifiable, n_below_limit : int
        Values used as measured, and values below the limit.
    reasons : tuple of str
        ``"names: why"`` for every number that is NaN.
    rules : KineticsRules
        The rules that were followed.
    """

    cmax: float
    tmax: float
    c0: float
    auc: float
    auc_flag: AucFlag
    auc_extrapolated_fraction: float
    auc_start_assumed: bool
    clast: float
    tlast: float
    tlast_censored: bool
    half_life_initial: float
    initial_r2_adjusted: float
    initial_n_points: int
    half_life_terminal: float
    terminal_r2_adjusted: float
    terminal_n_points: int
    n_quantifiable: int
    n_below_limit: int
    reasons: tuple[str, ...] = ()
    rules: KineticsRules = field(default_factory=KineticsRules)

    @property
    def auc_0_28d(self) -> float:
        """Area over days 0 to 28.

        Raises
        ------
        OptionError
            When the rules asked for another window.
        """
        if self.rules.auc_name != "auc_0_28d":
            raise OptionError(
                f"auc_0_28d was asked of a result whose AUC window is days "
                f"{self.rules.first_day:g} to {self.rules.auc_end:g}; read .auc, or compute with "
                "first_day=0 and auc_end=28"
            )
        return self.auc

    @property
    def below_limit(self) -> str:
        """Treatment of values below the limit that took effect: ``"none"`` when there were none."""
        return self.rules.below_limit_after if self.n_below_limit else "none"


def rules_record(rules: KineticsRules) -> dict[str, str | float | int | None]:
    """Return the rules as plain values, for a JSON attribute.

    Parameters
    ----------
    rules : KineticsRules

    Returns
    -------
    dict
    """
    return {item.name: getattr(rules, item.name) for item in fields(rules)}


def last_true(mask: Bools) -> Ints:
    """Return the index of the last True of each row, the last column when there is none.

    Parameters
    ----------
    mask : array of bool, shape (n, n_times)

    Returns
    -------
    array of int, shape (n,)
    """
    return np.asarray(mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1), dtype=np.int64)
