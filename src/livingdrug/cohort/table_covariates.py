"""Covariates of a table: one value of a person, or a curve that is an input of the model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.cohort.cohort import settable
from livingdrug.core.errors import Issue, UnitError, unknown_name
from livingdrug.core.units import conversion_factor
from livingdrug.model.model import Model
from livingdrug.model.parameter import Input

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["TableCovariates", "covariates_of_table"]


@dataclass(slots=True)
class TableCovariates:
    """What the covariates of a table are for a model.

    Attributes
    ----------
    values : dict from str to ndarray, shape (n_people,)
        Of quantities that a person has one value of, in the unit of the model.
    knots : dict from str to list
        Columns of the knots of inputs: ``subject``, ``input``, ``time``, ``value``.
    assumed : list of str
        What was taken where the table says nothing, and what is not used.
    issues : list of Issue
    """

    values: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    knots: dict[str, list[object]] = field(
        default_factory=lambda: {"subject": [], "input": [], "time": [], "value": []}
    )
    assumed: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def covariates_of_table(
    model: Model,
    study: xr.Dataset,
    named: Mapping[str, str] | None,
    begins: Mapping[str, float],
) -> TableCovariates:
    """Match the covariates of a table with a model.

    Parameters
    ----------
    model : Model
    study : xarray.Dataset
        With the covariates in time of a table, if there are any.
    named : mapping from str to str, optional
        Covariate of the table to covariate, parameter or input of the model; without it, those of
        the same name.
    begins : mapping from str to float, day
        First time of each person, in their order.

    Returns
    -------
    TableCovariates
    """
    found = TableCovariates()
    names = study["tc_name"].values.astype(np.str_) if "tc_name" in study else np.empty(0, np.str_)
    known = list(dict.fromkeys(names.tolist()))
    inputs = {item.name: item for item in model.inputs}
    single = settable(model)
    # what was said counts before what is only called the same
    taken = {target for name, target in (named or {}).items() if name in known}
    chosen = {n: n for n in known if (n in inputs or n in single) and n not in taken}
    for name, target in (named or {}).items():
        where = f"covariates, {name}"
        if name not in known:
            found.issues.append(unknown_name("covariate of the table", name, known, where=where))
        elif target not in inputs and target not in single:
            allowed = [*single, *inputs]
            found.issues.append(
                unknown_name("covariate, parameter or input", target, allowed, where=where)
            )
        elif target in chosen.values():
            other = next(key for key, value in chosen.items() if value == target)
            what = f"{other} stands for {target} of the model already"
            found.issues.append(Issue("error", where, what, "name one of them"))
        else:
            chosen[name] = target
    for name in known:
        if name not in chosen:
            why = "another stands for it" if name in taken else f"{model.id} has none"
            found.assumed.append(f"covariate {name} of the table is not used: {why}")
            continue
        unit = inputs[chosen[name]].unit if chosen[name] in inputs else single[chosen[name]][1]
        person = _ByPerson(study, name, unit, found.issues)
        if chosen[name] in inputs:
            _add_curve(found, person, inputs[chosen[name]], begins)
        else:
            _add_values(found, person, chosen[name], list(begins))
    return found


class _ByPerson:
    """One covariate of a table, in the unit of the model, in the order of time."""

    def __init__(self, study: xr.Dataset, name: str, unit: str, issues: list[Issue]) -> None:
        self.name, self.carry = name, str(study.attrs["covariate_carry"])
        own = study["tc_name"].values.astype(np.str_) == name
        given = str(study["tc_unit"].values[own][0])
        factor = 1.0
        try:
            factor = conversion_factor(given, unit) if given else 1.0
        except UnitError as error:
            issues.append(Issue("error", f"table, column {name}", str(error)))
        by_time: dict[str, dict[float, float]] = {}
        columns = (study[f"tc_{key}"].values[own].tolist() for key in ("subject", "time", "value"))
        for subject, time, value in zip(*columns, strict=True):
            # of several values at one time the last row counts
            by_time.setdefault(str(subject), {})[time] = value * factor
        self.people = {label: sorted(pairs.items()) for label, pairs in by_time.items()}


def _add_values(
    found: TableCovariates, person: _ByPerson, target: str, people: Sequence[str]
) -> None:
    """Add a quantity that a person has one value of."""
    values = []
    for label in people:
        pairs = person.people.get(label, [])
        different = {value for _, value in pairs}
        where = f"table, column {person.name}, subject {label}"
        if not pairs:
            fix = f"give it in a row of the person, or leave {person.name} out for everybody"
            found.issues.append(Issue("error", where, "has no value", fix))
        elif len(different) > 1:
            day = next(time for time, value in pairs if value != pairs[0][1])
            what = f"changes at day {day:g}, and {target} of the model is one value of a person"
            fix = "make it an input of the model, or name another quantity in covariates="
            found.issues.append(Issue("error", where, what, fix))
        values.append(pairs[0][1] if pairs else np.nan)
    found.values[target] = np.array(values)


def _add_curve(
    found: TableCovariates, person: _ByPerson, target: Input, begins: Mapping[str, float]
) -> None:
    """Add an input, with the rule of the table between two values."""
    where = f"table, column {person.name}, input {target.name}"
    if person.carry == "none":
        fix = "declare carry: 'forward' or 'backward'"
        found.issues.append(Issue("error", where, "no rule says what holds between values", fix))
        return
    if target.interpolation != "constant":
        what = f"the model draws lines between values, and the table carries them {person.carry}"
        fix = "give the input the interpolation 'constant'"
        found.issues.append(Issue("error", where, what, fix))
        return
    without = [label for label in begins if label not in person.people]
    if without:
        shown = ", ".join(without[:5]) + ", ..." * (len(without) > 5)
        found.assumed.append(f"input {target.name}: its default for {shown}, without values")
    for label, pairs in person.people.items():
        begin = min(begins.get(label, pairs[0][0]), pairs[0][0])
        times = [time for time, _ in pairs]
        if person.carry == "backward":  # a value holds since the one before
            times = [begin, *times[:-1]]
        elif begin < times[0]:
            found.assumed.append(
                f"input {target.name}: its default for subject {label} before day {times[0]:g}"
            )
        before = math.nan
        for time, (_, value) in zip(times, pairs, strict=True):
            if value != before:
                for key, item in zip(found.knots, (label, target.name, time, value), strict=True):
                    found.knots[key].append(item)
            before = value
