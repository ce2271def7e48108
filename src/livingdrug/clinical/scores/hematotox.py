"""CAR-HEMATOTOX: risk of haematological toxicity from values before lymphodepletion.

Rejeski 2021, doi:10.1182/blood.2020010543, made for large B-cell lymphoma treated with axi-cel or
tisa-cel. The five items, the double weight of platelets and ferritin, and "high" from 2 on were
confirmed. UNCONFIRMED: the cut-offs of the items, hence the names that end in ``_unconfirmed``.
"""

from __future__ import annotations

from dataclasses import dataclass

from livingdrug.clinical.scores.inputs import Quantity, check_choice, in_unit
from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["Hematotox", "car_hematotox_unconfirmed"]

_DISEASES = ("lbcl",)
_PRODUCTS = ("axi-cel", "tisa-cel")
_TIMES = ("before lymphodepletion",)
_HIGH = 2


@dataclass(frozen=True, slots=True)
class Hematotox:
    """Points of each item.

    Attributes
    ----------
    platelets, anc, hemoglobin, crp, ferritin : int
    """

    platelets: int
    anc: int
    hemoglobin: int
    crp: int
    ferritin: int

    @property
    def total(self) -> int:
        """Sum of points, 0 to 7."""
        return self.platelets + self.anc + self.hemoglobin + self.crp + self.ferritin

    @property
    def high(self) -> bool:
        """Two points or more."""
        return self.total >= _HIGH


def car_hematotox_unconfirmed(
    *,
    platelets: Quantity,
    anc: Quantity,
    hemoglobin: Quantity,
    crp: Quantity,
    ferritin: Quantity,
    when: str,
    disease: str,
    product: str,
) -> Hematotox:
    """Return the score.

    Parameters
    ----------
    platelets, anc, hemoglobin, crp, ferritin : tuple of float and str
        Value and unit. Platelets: above 175,000 /uL 0, below 75,000 2, else 1. Neutrophils: above
        1,200 /uL 0, else 1. Haemoglobin: above 9.0 g/dL 0, else 1. CRP: below 3.0 mg/dL 0, else 1.
        Ferritin: below 650 ng/mL 0, above 2,000 2, else 1. For neutrophils, haemoglobin and CRP
        the published table does not say what equality does: here it counts the point.
    when : {"before lymphodepletion"}
    disease : {"lbcl"}
    product : {"axi-cel", "tisa-cel"}

    Returns
    -------
    Hematotox

    Raises
    ------
    OptionError
        When a value cannot be used, or the score was not made for this.

    Examples
    --------
    >>> car_hematotox_unconfirmed(
    ...     platelets=(60, "10^9/L"), anc=(2.0, "10^9/L"), hemoglobin=(10, "g/dL"),
    ...     crp=(12, "mg/L"), ferritin=(700, "ug/L"),
    ...     when="before lymphodepletion", disease="lbcl", product="axi-cel",
    ... ).total
    3
    """
    issues: list[Issue] = []
    why = "the score was made for nothing else and is not extrapolated"
    check_choice("when", when, _TIMES, why, issues)
    check_choice("disease", disease, _DISEASES, why, issues)
    check_choice("product", product, _PRODUCTS, why, issues)
    count = in_unit("platelets", platelets, "1/uL", issues)
    neutrophils = in_unit("anc", anc, "1/uL", issues)
    blood = in_unit("hemoglobin", hemoglobin, "g/dL", issues)
    protein = in_unit("crp", crp, "mg/dL", issues)
    iron = in_unit("ferritin", ferritin, "ng/mL", issues)
    raise_issues(issues, OptionError)
    return Hematotox(
        platelets=0 if count > 175e3 else 2 if count < 75e3 else 1,
        anc=int(neutrophils <= 1200),
        hemoglobin=int(blood <= 9.0),
        crp=int(protein >= 3.0),
        ferritin=0 if iron < 650 else 2 if iron > 2000 else 1,
    )
