"""Bring records together: what each parameter is, and which record says so."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from livingdrug.core.errors import (
    DataError,
    Issue,
    raise_issues,
    unknown_name,
)
from livingdrug.core.source import Origin
from livingdrug.core.units import conversion_factor
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.model.variability import IIV
from livingdrug.records.cells import Disease, Edit, Lot, Product
from livingdrug.records.choices import Choice, ChoiceTable, doses_of
from livingdrug.records.drugs import Lymphodepletion, Treatment
from livingdrug.records.index import find_name, load
from livingdrug.records.read import Number

__all__ = ["Setting", "apply", "edit_issues", "resolve"]


@dataclass(frozen=True, slots=True)
class Setting:
    """Records brought together for one model.

    Attributes
    ----------
    product, disease : str
        Names of the records.
    edits, treatments : tuple of str
        Edits of the product come first.
    lymphodepletion : str
    cells : str
        ``"CAR-T"`` or ``"CAR-NK"``.
    costimulation : str
    response : str
        Rule that turns burden into response.
    usual_dose : float
        cell
    non_relapse_death : float
        1/day
    choices : mapping from parameter to Choice
        What differs from the model, or is confirmed by a record.
    depletion, given : Regimen
        Doses before the cells, and those of treatments.
    lot : Lot
        What people with cells of one donor share; absent for none.
    """

    product: str
    disease: str
    edits: tuple[str, ...]
    lymphodepletion: str
    treatments: tuple[str, ...]
    cells: str
    costimulation: str
    response: str
    usual_dose: float
    non_relapse_death: float
    choices: Mapping[str, Choice]
    depletion: Regimen
    given: Regimen
    lot: Lot | None = None


def resolve(
    model: Model,
    *,
    product: str,
    disease: str,
    edits: Sequence[str] = (),
    lymphodepletion: str = "flu_cy",
    treatments: Sequence[str] = (),
    more: Mapping[str, Number] | None = None,
    more_from: str = "trial",
    values: Mapping[str, float] | None = None,
) -> Setting:
    """Bring records together.

    A later record overrides an earlier one, in the order disease, product, edits of the product,
    further edits, lymphodepletion, `more`, `values`. A factor multiplies what the earlier ones
    give. Each choice holds what it overrides.

    Parameters
    ----------
    model : Model
        The reference model, or one with the same parameters and doses.
    product, disease, lymphodepletion : str
        Names or files of records.
    edits, treatments : sequence of str
        Names or files of records.
    more : mapping from parameter to Number, optional
        Of a trial.
    more_from : str, optional
        What to call it.
    values : mapping from parameter to float, optional
        Of the user, in the units of the model.

    Returns
    -------
    Setting

    Raises
    ------
    UnknownNameError
        When there is no such record.
    DataError
        Listing every contradiction, unknown parameter, unit and value out of bounds.
    """
    cells, illness = _loaded(product, disease)
    depletion = load("lymphodepletion", lymphodepletion)
    given = [load("treatments", name) for name in treatments]
    further = [name if name.endswith(".toml") else find_name("edits", name) for name in edits]
    all_edits = tuple(dict.fromkeys([*cells.edits, *further]))
    changes = {name: cast("Edit", load("edits", name)) for name in all_edits}
    assert isinstance(depletion, Lymphodepletion)
    table = ChoiceTable(model)
    table.issues += _target_issues(product, cells, disease, illness)
    table.issues += edit_issues(cells, changes)
    table.add(f"disease {disease}", illness.parameters)
    table.add(f"product {product}", cells.parameters)
    table.check_lot(f"product {product}", cells)
    for name, change in changes.items():
        table.add(f"edit {name}", change.parameters)
    drugs = [item.drug for item in depletion.given]
    drugs += [item.drug for t in given if isinstance(t, Treatment) for item in t.given]
    if "alemtuzumab" in drugs:
        _expose(table, product, cells)
    table.add(more_from, more or {})
    mine = {
        name: Number(value, table.unit(name), Origin.ASSUMED, "given with the command or call")
        for name, value in (values or {}).items()
    }
    table.add("user", mine)
    before = doses_of(model, depletion.given, f"lymphodepletion {lymphodepletion}", table.issues)
    after: list[Dose] = []
    for name, item in zip(treatments, given, strict=True):
        if isinstance(item, Treatment):
            where = f"treatment {name}"
            if item.unsupported:
                table.issues.append(Issue("error", where, item.unsupported))
            after += doses_of(model, item.given, where, table.issues).doses
    raise_issues(table.issues, DataError)
    hazard = illness.non_relapse_death
    return Setting(
        product, disease, all_edits, lymphodepletion, tuple(treatments), cells.cells,
        cells.costimulation, illness.response,
        cells.dose.value * conversion_factor(cells.dose.unit, "cell"),
        hazard.value * conversion_factor(hazard.unit, "1/day"),
        table.choices, before, Regimen(tuple(after)), cells.lot,
    )  # fmt: skip


def _expose(table: ChoiceTable, product: str, cells: Product) -> None:
    """Let alemtuzumab hit cells that nobody took CD52 from."""
    if "cd52" in table.choices or "cd52" not in table.known:
        return
    if cells.alemtuzumab == "selective":
        given = "says that alemtuzumab is selective, but none of its edits sets cd52"
        fix = "add an edit that sets cd52 to 0, as cd52_ko, or say 'not selective'"
        table.issues.append(Issue("error", f"product {product}", given, fix))
    why = "alemtuzumab is given to cells that have CD52"
    table.add("lymphodepletion", {"cd52": Number(1.0, "1", Origin.DERIVED, why)})


def _loaded(product: str, disease: str) -> tuple[Product, Disease]:
    cells, illness = load("products", product), load("diseases", disease)
    if not (isinstance(cells, Product) and isinstance(illness, Disease)):
        raise TypeError("records of other kinds")
    return cells, illness


def _target_issues(product: str, cells: Product, disease: str, illness: Disease) -> list[Issue]:
    if cells.target in illness.targets:
        return []
    given = f"its target {cells.target} is not on the cells of {disease}"
    fix = f"targets of the disease: {', '.join(illness.targets)}"
    return [Issue("error", f"product {product}", given, fix)]


def edit_issues(cells: Product, changes: Mapping[str, Edit]) -> list[Issue]:
    """Find edits that contradict the cells, or each other.

    Parameters
    ----------
    cells : Product
    changes : mapping from str to Edit
        All edits of the cells, by name.

    Returns
    -------
    list of Issue
    """
    issues = []
    for name, change in changes.items():
        where = f"edit {name}"
        if cells.cells not in change.cells:
            fix = f"it is one of {', '.join(change.cells)}"
            issues.append(Issue("error", where, f"makes no sense in {cells.cells} cells", fix))
        if cells.donor not in change.donors:
            fix = f"it is one of {', '.join(change.donors)} cells"
            issues.append(Issue("error", where, f"makes no sense in {cells.donor} cells", fix))
        for needed in change.needs:
            if needed not in changes:
                fix = f"add the edit {needed!r}, or leave {name!r} out"
                issues.append(Issue("error", where, f"means nothing without {needed!r}", fix))
    return issues


def apply(setting: Setting, model: Model) -> Model:
    """Return the model with the values of a setting.

    Parameters
    ----------
    setting : Setting
    model : Model
        The one that the setting was resolved for.

    Returns
    -------
    Model
        The same equations; parameters say which record they come from.

    Raises
    ------
    DataError
        When the model lacks a parameter of the setting.
    """
    choices = setting.choices
    known = [item.name for item in model.parameters]
    raise_issues(
        [
            unknown_name("parameter", name, known, where=f"{choice.record}, model {model.id}")
            for name, choice in choices.items()
            if name not in known
        ],
        DataError,
    )
    parameters = tuple(
        dataclasses.replace(
            item,
            value=choices[item.name].value,
            origin=choices[item.name].origin,
            at=f"{choices[item.name].record}: {choices[item.name].at}",
        )
        if item.name in choices
        else item
        for item in model.parameters
    )
    spread = dict(model.iiv)
    for name, choice in choices.items():
        if not math.isnan(choice.sd):
            # nobody is drawn beyond what the parameter may be: a share stays below 1
            limits = model.parameter(name)
            spread[name] = IIV.sd(
                choice.sd, lower=limits.lower, upper=limits.upper, origin=Origin.ASSUMED,
                at=choice.record,
            )  # fmt: skip
    order = [*dict(model.iiv), *(name for name in spread if name not in dict(model.iiv))]
    return dataclasses.replace(
        model,
        parameters=parameters,
        iiv=tuple((name, spread[name]) for name in order),
        status=model.status,
    )
