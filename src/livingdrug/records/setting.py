"""Bring records together: what each parameter is, and which record says so."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livingdrug.core.errors import (
    DataError,
    Issue,
    UnitError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.source import Origin
from livingdrug.core.units import conversion_factor
from livingdrug.model.model import Model
from livingdrug.model.parameter import Parameter
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.model.variability import IIV
from livingdrug.records.cells import Disease, Edit, Lot, Product
from livingdrug.records.drugs import Given, Lymphodepletion, Policy, Treatment
from livingdrug.records.index import Record, load
from livingdrug.records.read import Number
from livingdrug.records.trial import Trial

__all__ = ["Choice", "Setting", "apply", "check_record", "resolve"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of one parameter, and where it comes from.

    Attributes
    ----------
    value : float
        In the unit of the model.
    unit : str
    origin : Origin
    at : str
    record : str
        Which record says so, as ``"product car_nk"``.
    sd : float
        Of the logarithm between people; NaN for that of the model.
    """

    value: float
    unit: str
    origin: Origin
    at: str
    record: str
    sd: float = math.nan


@dataclass(frozen=True, slots=True)
class Setting:
    """Records brought together for one model.

    Attributes
    ----------
    product, disease : str
        Names of the records.
    edits, treatments : tuple of str
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
    further edits, `more`, `values`. A factor multiplies what the earlier ones give.

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
    all_edits = tuple(dict.fromkeys([*cells.edits, *edits]))
    changes = [load("edits", name) for name in all_edits]
    assert isinstance(depletion, Lymphodepletion)
    table = _Table(model)
    table.issues += _contradictions(product, cells, disease, illness, all_edits, changes)
    table.add(f"disease {disease}", illness.parameters)
    table.add(f"product {product}", cells.parameters)
    table.check_lot(f"product {product}", cells)
    for name, change in zip(all_edits, changes, strict=True):
        if isinstance(change, Edit):
            table.add(f"edit {name}", change.parameters)
    drugs = [item.drug for item in depletion.given]
    drugs += [item.drug for t in given if isinstance(t, Treatment) for item in t.given]
    if "alemtuzumab" in drugs and "cd52" in table.known:
        sensitive = 0.0 if "cd52_ko" in all_edits else 1.0
        why = "alemtuzumab is given to cells " + ("without" if not sensitive else "with") + " CD52"
        table.add("edits", {"cd52": Number(sensitive, "1", Origin.DERIVED, why)})
    table.add(more_from, more or {})
    mine = {name: Number(value, table.unit(name)) for name, value in (values or {}).items()}
    table.add("user", mine)
    before = _regimen(model, depletion.given, f"lymphodepletion {lymphodepletion}", table.issues)
    after: list[Dose] = []
    for name, item in zip(treatments, given, strict=True):
        if isinstance(item, Treatment):
            where = f"treatment {name}"
            if item.unsupported:
                table.issues.append(Issue("error", where, item.unsupported))
            after += _regimen(model, item.given, where, table.issues).doses
    raise_issues(table.issues, DataError)
    return Setting(
        product, disease, all_edits, lymphodepletion, tuple(treatments), cells.cells,
        cells.costimulation, illness.response,
        cells.dose.value * conversion_factor(cells.dose.unit, "cell"),
        illness.non_relapse_death.value, table.choices, before, Regimen(tuple(after)),
        cells.lot,
    )  # fmt: skip


def check_record(record: Record, model: Model, name: str) -> None:
    """Check the parameters, units and drugs of one record against a model.

    Parameters
    ----------
    record : record
    model : Model
    name : str
        Of the record, or its file.

    Raises
    ------
    DataError
        Listing every problem.
    """
    table = _Table(model)
    if isinstance(record, Product | Edit | Disease | Trial):
        table.add(name, record.parameters)
    if isinstance(record, Product):
        table.check_lot(name, record)
    if isinstance(record, Lymphodepletion | Treatment):
        _regimen(model, record.given, name, table.issues)
    if isinstance(record, Policy):
        rules = [Given(rule.drug, rule.amount, rule.unit) for rule in record.rules]
        _regimen(model, rules, name, table.issues)
    raise_issues(table.issues, DataError)


def _loaded(product: str, disease: str) -> tuple[Product, Disease]:
    cells, illness = load("products", product), load("diseases", disease)
    if not (isinstance(cells, Product) and isinstance(illness, Disease)):
        raise TypeError("records of other kinds")
    return cells, illness


def _contradictions(
    product: str,
    cells: Product,
    disease: str,
    illness: Disease,
    edits: Sequence[str],
    changes: Sequence[object],
) -> list[Issue]:
    issues = []
    if cells.target not in illness.targets:
        targets = ", ".join(illness.targets)
        issues.append(
            Issue(
                "error",
                f"product {product}",
                f"its target {cells.target} is not on the cells of {disease}",
                f"targets of the disease: {targets}",
            )
        )
    for name, change in zip(edits, changes, strict=True):
        if not isinstance(change, Edit):
            continue
        where = f"edit {name}"
        if cells.cells not in change.cells:
            fix = f"it is one of {', '.join(change.cells)}"
            issues.append(Issue("error", where, f"makes no sense in {cells.cells} cells", fix))
        if cells.donor not in change.donors:
            fix = f"it is one of {', '.join(change.donors)} cells"
            issues.append(Issue("error", where, f"makes no sense in {cells.donor} cells", fix))
        for needed in change.needs:
            if needed not in edits:
                fix = f"add the edit {needed!r}, or leave {name!r} out"
                issues.append(Issue("error", where, f"means nothing without {needed!r}", fix))
    return issues


class _Table:
    """The choices so far, checked against a model."""

    def __init__(self, model: Model) -> None:
        self.known: dict[str, Parameter] = {item.name: item for item in model.parameters}
        self.choices: dict[str, Choice] = {}
        self.issues: list[Issue] = []

    def unit(self, name: str) -> str:
        return self.known[name].unit if name in self.known else ""

    def check_lot(self, record: str, product: Product) -> None:
        for name in product.lot.sd if product.lot is not None else ():
            if name not in self.known:
                where = f"{record}, lot.sd.{name}"
                self.issues.append(unknown_name("parameter", name, self.known, where=where))

    def add(self, record: str, numbers: Mapping[str, Number]) -> None:
        for name, number in numbers.items():
            where = f"{record}, parameters.{name}"
            if name not in self.known:
                self.issues.append(unknown_name("parameter", name, self.known, where=where))
                continue
            parameter = self.known[name]
            earlier = self.choices.get(name)
            if not math.isnan(number.factor):
                base = parameter.value if earlier is None else earlier.value
                value = base * number.factor
            else:
                try:
                    value = number.value * conversion_factor(number.unit, parameter.unit)
                except UnitError as error:
                    fix = f"the model has it in {parameter.unit}"
                    self.issues.append(Issue("error", where, str(error), fix))
                    continue
            if not parameter.lower <= value <= parameter.upper:
                allowed = f"{parameter.lower:g} to {parameter.upper:g} {parameter.unit}"
                self.issues.append(
                    Issue("error", where, f"{value:g} is out of range", f"allowed: {allowed}")
                )
            sd = number.sd
            if math.isnan(sd) and earlier is not None:
                sd = earlier.sd
            self.choices[name] = Choice(
                value, parameter.unit, number.origin, number.at or record, record, sd
            )


def _regimen(model: Model, given: Sequence[Given], where: str, issues: list[Issue]) -> Regimen:
    known = {item.name: item for item in model.doses}
    doses = []
    for item in given:
        if item.drug not in known:
            issues.append(unknown_name("dose", item.drug, known, where=where))
            continue
        try:
            conversion_factor(item.unit, known[item.drug].unit)
        except UnitError as error:
            fix = f"the model takes {item.drug} in {known[item.drug].unit}"
            issues.append(Issue("error", f"{where}, {item.drug}", str(error), fix))
            continue
        doses += [
            Dose(item.drug, item.amount, item.unit, day, 0.0, item.per, item.cap)
            for day in item.days
        ]
    return Regimen(tuple(sorted(doses, key=lambda dose: dose.time)), where)


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
    """
    choices = setting.choices
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
