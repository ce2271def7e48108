"""Which record says what of a parameter, and the doses of a record, both in units of a model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livingdrug.core.errors import Issue, UnitError, unknown_name
from livingdrug.core.source import Origin
from livingdrug.core.units import conversion_factor
from livingdrug.model.model import Model
from livingdrug.model.parameter import Parameter
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.records.cells import Product
from livingdrug.records.drugs import Given
from livingdrug.records.read import Number

__all__ = ["Choice", "ChoiceTable", "doses_of"]


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
    instead_of : tuple of Choice
        What earlier records said of it, the latest first.
    """

    value: float
    unit: str
    origin: Origin
    at: str
    record: str
    sd: float = math.nan
    instead_of: tuple[Choice, ...] = ()


class ChoiceTable:
    """The choices so far, checked against a model.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    known : dict from str to Parameter
    choices : dict from str to Choice
    issues : list of Issue
    """

    def __init__(self, model: Model) -> None:
        self.known: dict[str, Parameter] = {item.name: item for item in model.parameters}
        self.choices: dict[str, Choice] = {}
        self.issues: list[Issue] = []

    def unit(self, name: str) -> str:
        """Return the unit of a parameter; empty for an unknown one.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
        """
        return self.known[name].unit if name in self.known else ""

    def check_lot(self, record: str, product: Product) -> None:
        """Check that the model has what differs between lots.

        Parameters
        ----------
        record : str
        product : Product
        """
        for name in product.lot.sd if product.lot is not None else ():
            if name not in self.known:
                where = f"{record}, lot.sd.{name}"
                self.issues.append(unknown_name("parameter", name, self.known, where=where))

    def add(self, record: str, numbers: Mapping[str, Number]) -> None:
        """Let the numbers of a record override what earlier ones say.

        Parameters
        ----------
        record : str
            Named in problems and in the choices.
        numbers : mapping from parameter to Number
        """
        for name, number in numbers.items():
            where = f"{record}, parameters.{name}"
            if name not in self.known:
                self.issues.append(unknown_name("parameter", name, self.known, where=where))
                continue
            parameter = self.known[name]
            earlier = self.choices.get(name)
            at = number.at or "no source"
            if not math.isnan(number.factor):
                base = parameter.value if earlier is None else earlier.value
                value = base * number.factor
                whose = "the model" if earlier is None else earlier.record
                at += f"; {number.factor:g} times the {base:g} of {whose}"
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
            before = () if earlier is None else (earlier, *earlier.instead_of)
            self.choices[name] = Choice(
                value, parameter.unit, number.origin, at, record, sd, before
            )


def doses_of(model: Model, given: Sequence[Given], where: str, issues: list[Issue]) -> Regimen:
    """Write the doses of a record as a regimen of a model.

    Parameters
    ----------
    model : Model
    given : sequence of Given
    where : str
        Named in problems.
    issues : list of Issue
        Problems are added here, and their doses left out.

    Returns
    -------
    Regimen
        In the order of days.
    """
    known = {item.name: item for item in model.doses}
    doses = []
    for item in given:
        if item.drug not in known:
            issues.append(unknown_name("dose", item.drug, known, where=where))
            continue
        unit = known[item.drug].unit
        amount, given_unit, per = item.amount, item.unit, item.per
        if item.step is not None:
            amount, given_unit, per = item.step.value * (amount / item.step_of), item.step.unit, ""
        try:
            factor = conversion_factor(given_unit, unit)
        except UnitError as error:
            fix = f"the model takes {item.drug} in {unit}"
            if unit == "mg/L":
                fix += "; a dose in mg needs step and step_of, as in the record flu_cy"
            issues.append(Issue("error", f"{where}, {item.drug}", str(error), fix))
            continue
        if unit == "1" and amount * factor > 1:
            said = f"amount is {amount * factor:g}"
            issues.append(Issue("error", f"{where}, {item.drug}", said, "a share: 0 to 1"))
            continue
        doses += [Dose(item.drug, amount, given_unit, day, 0.0, per, item.cap) for day in item.days]
    return Regimen(tuple(sorted(doses, key=lambda dose: dose.time)), where)
