"""CAR-HEMATOTOX: risk of haematological toxicity from values before lymphodepletion.

Rejeski 2021, doi:10.1182/blood.2020010543, made for large B-cell lymphoma treated with axi-cel or
tisa-cel. The five items, the double weight of platelets and ferritin, and "high" from 2 on were
confirmed. UNCONFIRMED: the cut-offs of the items, hence the names that end in ``_unconfirmed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from livingdrug.clinical.scores.inputs import Quantity, check_choice, in_unit
from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = [
    "HIGH_FROM",
    "ITEMS",
    "Hematotox",
    "HematotoxItem",
    "car_hematotox_unconfirmed",
    "check_population",
]

_DISEASES = ("lbcl",)
_PRODUCTS = ("axi-cel", "tisa-cel")
_TIMES = ("before lymphodepletion",)
_WHY = "the score was made for nothing else and is not extrapolated"
HIGH_FROM = 2
"""Points from which on the risk is high."""


@dataclass(frozen=True, slots=True)
class HematotoxItem:
    """One item of the score.

    Attributes
    ----------
    unit : str
        Of its cut-offs.
    most : int
        Largest number of points.
    rule : str
        The cut-offs in words, with what equality does.
    points : callable
        From a value in `unit` to points.
    """

    unit: str
    most: int
    rule: str
    points: Callable[[float], int]


ITEMS: Mapping[str, HematotoxItem] = MappingProxyType(
    {
        "platelets": HematotoxItem(
            "1/uL", 2, "above 175000/uL 0, below 75000/uL 2, else 1",
            lambda x: 0 if x > 175e3 else 2 if x < 75e3 else 1,
        ),
        "anc": HematotoxItem("1/uL", 1, "above 1200/uL 0, else 1", lambda x: int(x <= 1200)),
        "hemoglobin": HematotoxItem("g/dL", 1, "above 9.0 g/dL 0, else 1", lambda x: int(x <= 9.0)),
        "crp": HematotoxItem("mg/dL", 1, "below 3.0 mg/dL 0, else 1", lambda x: int(x >= 3.0)),
        "ferritin": HematotoxItem(
            "ng/mL", 2, "below 650 ng/mL 0, above 2000 ng/mL 2, else 1",
            lambda x: 0 if x < 650 else 2 if x > 2000 else 1,
        ),
    }
)  # fmt: skip
"""Cut-offs, UNCONFIRMED. For neutrophils, haemoglobin and CRP the published table does not say what
equality does: here it counts the point."""


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
        return self.total >= HIGH_FROM


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
        Value and unit; `ITEMS` holds the cut-offs and what equality does.
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
    check_population(when, disease, product, issues)
    given = {
        "platelets": platelets, "anc": anc, "hemoglobin": hemoglobin, "crp": crp,
        "ferritin": ferritin,
    }  # fmt: skip
    values = {name: in_unit(name, x, ITEMS[name].unit, issues) for name, x in given.items()}
    raise_issues(issues, OptionError)
    return Hematotox(**{name: ITEMS[name].points(value) for name, value in values.items()})


def check_population(when: str, disease: str, product: str, issues: list[Issue]) -> None:
    """Refuse a time and a population that the score was not made for.

    Parameters
    ----------
    when : {"before lymphodepletion"}
    disease : {"lbcl"}
    product : {"axi-cel", "tisa-cel"}
    issues : list of Issue
        Receives problems.
    """
    check_choice("when", when, _TIMES, _WHY, issues)
    check_choice("disease", disease, _DISEASES, _WHY, issues)
    check_choice("product", product, _PRODUCTS, _WHY, issues)
