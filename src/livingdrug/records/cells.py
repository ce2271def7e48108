"""Records of what is given and to whom: products, edits, diseases."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from livingdrug.core.errors import Issue
from livingdrug.core.source import Origin
from livingdrug.records.read import Number, number_issues

__all__ = ["Disease", "Edit", "Lot", "Product", "check_disease", "check_product"]


@dataclass(frozen=True, slots=True)
class Lot:
    """What people who get cells of one donor have in common.

    Attributes
    ----------
    people : int
        That one lot is enough for.
    sd : mapping from parameter to float
        Standard deviation of the logarithm between lots, on top of that between people.
    origin : Origin
    at : str
        Where it is known from; only what is assumed may stand without.
    """

    people: int
    sd: Mapping[str, float]
    origin: Origin = Origin.ASSUMED
    at: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """Engineered cells.

    Attributes
    ----------
    title : str
    cells : {"CAR-T", "CAR-NK"}
    donor : {"autologous", "allogeneic"}
    target : str
    costimulation : str
        Class for neurotoxicity, as ``"CD28"`` or ``"4-1BB"``.
    edits : tuple of str
        Edits that the product has.
    alemtuzumab : {"selective", "not selective", "not used"}
        What is claimed of it.
    dose : Number
        Usual dose.
    lot : Lot
        Of banked cells; absent where donors do not matter.
    parameters : mapping from parameter to Number
    aliases : tuple of str
        Names of products of this kind.
    notes : str
    """

    title: str
    cells: Literal["CAR-T", "CAR-NK"]
    donor: Literal["autologous", "allogeneic"]
    target: str
    costimulation: str
    dose: Number
    edits: tuple[str, ...] = ()
    alemtuzumab: Literal["selective", "not selective", "not used"] = "not used"
    lot: Lot | None = None
    parameters: Mapping[str, Number] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the genome of the cells.

    Attributes
    ----------
    title : str
    effect : str
        In words.
    cells : tuple of {"CAR-T", "CAR-NK"}
        In which cells it makes sense.
    needs : tuple of str
        Other edits without which it means nothing.
    donors : tuple of {"autologous", "allogeneic"}
    parameters : mapping from parameter to Number
    notes : str
    """

    title: str
    effect: str
    cells: tuple[Literal["CAR-T", "CAR-NK"], ...] = ("CAR-T", "CAR-NK")
    needs: tuple[str, ...] = ()
    donors: tuple[Literal["autologous", "allogeneic"], ...] = ("autologous", "allogeneic")
    parameters: Mapping[str, Number] = field(default_factory=dict)
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Disease:
    """A disease, at the time of lymphodepletion.

    Attributes
    ----------
    title : str
    response : {"leukemia", "lymphoma", "myeloma", "solid"}
        Rule that turns burden into response.
    targets : tuple of str
        Antigens that its cells carry.
    parameters : mapping from parameter to Number
        ``T0`` and ``f`` with their spread, growth, limit, place.
    non_relapse_death : Number
        Constant hazard, 1/day.
    notes : str
    """

    title: str
    response: Literal["leukemia", "lymphoma", "myeloma", "solid"]
    targets: tuple[str, ...]
    non_relapse_death: Number
    parameters: Mapping[str, Number] = field(default_factory=dict)
    notes: str = ""


def check_product(product: Product) -> list[Issue]:
    """Find contradictions inside a product.

    Parameters
    ----------
    product : Product

    Returns
    -------
    list of Issue
    """
    issues = number_issues(product.dose, "dose", "cell", above=True)
    if product.alemtuzumab == "not selective" and "cd52_ko" in product.edits:
        issues.append(
            Issue(
                "error",
                "alemtuzumab",
                "is 'not selective', but the edit 'cd52_ko' makes it so",
                "say 'selective', or leave 'cd52_ko' out of edits",
            )
        )
    files = [name for name in product.edits if name.endswith(".toml")]
    if product.alemtuzumab == "selective" and "cd52_ko" not in product.edits and not files:
        issues.append(
            Issue(
                "error",
                "alemtuzumab",
                "is 'selective', but without the edit 'cd52_ko' it kills these cells too",
                "add 'cd52_ko' to edits, or say 'not selective'",
            )
        )
    if product.donor == "autologous":
        for name in ("mmT", "mmN"):
            if name in product.parameters:
                issues.append(
                    Issue(
                        "error",
                        f"parameters.{name}",
                        "a mismatch of autologous cells",
                        "leave it out, or call the donor allogeneic",
                    )
                )
    if product.lot is not None:
        issues += _lot_issues(product.lot, product.donor)
    return issues


def _lot_issues(lot: Lot, donor: str) -> Iterator[Issue]:
    if donor == "autologous":
        fix = "leave it out, or call the donor allogeneic"
        yield Issue("error", "lot", "autologous cells are of one person each", fix)
    if lot.people < 1:
        yield Issue("error", "lot.people", f"is {lot.people}", "1 or more")
    for name, sd in lot.sd.items():
        if not (math.isfinite(sd) and sd >= 0):
            yield Issue("error", f"lot.sd.{name}", f"is {sd:g}", "must be 0 or more")


def check_disease(disease: Disease) -> list[Issue]:
    """Find what a disease lacks.

    Parameters
    ----------
    disease : Disease

    Returns
    -------
    list of Issue
    """
    issues = number_issues(disease.non_relapse_death, "non_relapse_death", "1/day")
    if not disease.targets:
        issues.append(Issue("error", "targets", "holds no antigen", "name those of its cells"))
    missing = [name for name in ("T0", "r", "KT", "f") if name not in disease.parameters]
    if missing:
        what = f"{', '.join(missing)} missing"
        issues.append(Issue("error", "parameters", what, "a disease needs them"))
    return issues
