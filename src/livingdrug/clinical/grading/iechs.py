"""Criteria of the HLH-like syndrome IEC-HS, each met, not met or not known.

UNCONFIRMED: the definition (Hines 2023, doi:10.1016/j.jtct.2023.03.006) was not read in a source.
It asks for "most" of the common criteria and does not give the grades 2 to 4 in what is known here,
so that no diagnosis and no grade is returned, only what was found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["Criteria", "iechs_criteria_unconfirmed"]


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
        found = (
            self.after_crs,
            self.transaminases,
            self.fibrinogen,
            self.haemophagocytosis,
            self.cytopenia,
        )
        return sum(x is True for x in found), sum(x is not False for x in found)


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
        _above(ferritin, 2 * ferritin_reference),
        after_crs,
        _above(transaminases, 5 * transaminases_reference),
        None if math.isnan(fibrinogen) else fibrinogen < 150,
        haemophagocytosis,
        cytopenia,
    )


def _above(value: float, limit: float) -> bool | None:
    return None if math.isnan(value) or math.isnan(limit) else value > limit
