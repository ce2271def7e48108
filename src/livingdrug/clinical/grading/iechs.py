"""Criteria of the HLH-like syndrome IEC-HS, each met, not met or not known.

UNCONFIRMED: the definition (Hines 2023, doi:10.1016/j.jtct.2023.03.006) was not read in a source.
It asks for "most" of the common criteria and does not give the grades 2 to 4 in what is known here,
so that no diagnosis is returned, only what was found; `iechs_bounds_unconfirmed` says which grades
that leaves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = [
    "COMMON",
    "FERRITIN_TIMES",
    "FIBRINOGEN",
    "TRANSAMINASE_TIMES",
    "Criteria",
    "above",
    "iechs_bounds_unconfirmed",
    "iechs_criteria_unconfirmed",
]

FERRITIN_TIMES, TRANSAMINASE_TIMES = 2.0, 5.0
"""Above so many times the upper limit of normal or the baseline."""
FIBRINOGEN = 150.0
"""mg/dL, below which fibrinogen is low."""

COMMON: tuple[str, ...] = (
    "after_crs", "transaminases", "fibrinogen", "haemophagocytosis", "cytopenia",
)  # fmt: skip
"""The common criteria, of which most are needed."""
_WORST, _DEATH = 4, 5


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which criteria are met; None where it is not known.

    Attributes
    ----------
    ferritin : bool or None
        Required: above twice the upper limit of normal or the baseline.
    after_crs, transaminases, fibrinogen, haemophagocytosis, cytopenia : bool or None
        The common criteria.
    """

    ferritin: bool | None
    after_crs: bool | None
    transaminases: bool | None
    fibrinogen: bool | None
    haemophagocytosis: bool | None
    cytopenia: bool | None

    def common(self) -> tuple[int, int]:
        """Return how many common criteria are met, surely and possibly."""
        found = [getattr(self, name) for name in COMMON]
        return sum(x is True for x in found), sum(x is not False for x in found)


def iechs_bounds_unconfirmed(criteria: Criteria, *, dead: bool = False) -> tuple[int, int]:
    """Return the lowest and the highest grade that the criteria leave.

    Parameters
    ----------
    criteria : Criteria
    dead : bool, optional
        A death that may be due to the syndrome.

    Returns
    -------
    tuple of int
        0 to 0 where the required criterion or every common one is not met; 1 or more where all are
        met; else anything, because the text does not say how many are most, and no grade is told
        from the next one.

    Examples
    --------
    >>> iechs_bounds_unconfirmed(iechs_criteria_unconfirmed(ferritin=100, ferritin_reference=90))
    (0, 0)
    """
    surely, perhaps = criteria.common()
    if criteria.ferritin is False or perhaps == 0:
        return 0, 0
    certain = criteria.ferritin is True and surely == len(COMMON)
    return int(certain), _DEATH if dead else _WORST


def iechs_criteria_unconfirmed(
    *,
    ferritin: float = math.nan,
    ferritin_reference: float = math.nan,
    transaminases: float = math.nan,
    transaminases_reference: float = math.nan,
    fibrinogen: float = math.nan,
    after_crs: bool | None = None,
    haemophagocytosis: bool | None = None,
    cytopenia: bool | None = None,
) -> Criteria:
    """Say which criteria are met.

    Parameters
    ----------
    ferritin, ferritin_reference : float
        In one unit; the reference is the upper limit of normal or the value at the infusion.
    transaminases, transaminases_reference : float
        The higher one, in one unit.
    fibrinogen : float, mg/dL
    after_crs : bool, optional
        It began while CRS was resolving or over, or inflammation worsened after improving.
    haemophagocytosis, cytopenia : bool, optional

    Returns
    -------
    Criteria

    Examples
    --------
    >>> iechs_criteria_unconfirmed(ferritin=9000, ferritin_reference=900, fibrinogen=140).common()
    (1, 5)
    """
    numbers = {
        "ferritin": ferritin,
        "ferritin_reference": ferritin_reference,
        "transaminases": transaminases,
        "transaminases_reference": transaminases_reference,
        "fibrinogen": fibrinogen,
    }
    raise_issues(
        [
            Issue("error", name, f"{value:g} given", "a number of 0 or more, or leave it out")
            for name, value in numbers.items()
            if value < 0 or math.isinf(value)
        ],
        OptionError,
    )
    return Criteria(
        above(ferritin, FERRITIN_TIMES * ferritin_reference),
        after_crs,
        above(transaminases, TRANSAMINASE_TIMES * transaminases_reference),
        None if math.isnan(fibrinogen) else fibrinogen < FIBRINOGEN,
        haemophagocytosis,
        cytopenia,
    )


def above(value: float, limit: float) -> bool | None:
    """Tell whether a value is above a limit; None where either is NaN.

    Parameters
    ----------
    value, limit : float

    Returns
    -------
    bool or None
    """
    return None if math.isnan(value) or math.isnan(limit) else value > limit
