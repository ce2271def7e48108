"""Build a cohort from a table of dose and observation records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.cohort.table_covariates import covariates_of_table
from livingdrug.core.errors import (
    CapabilityError,
    DataError,
    Issue,
    UnitError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.units import conversion_factor
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Model
from livingdrug.model.reaction import Reaction

if TYPE_CHECKING:
    from typing import Protocol

    import xarray as xr

    class EventTableLike(Protocol):
        """Records as arrays, whatever read them: see `data.readers.nonmem.EventTable`."""

        @property
        def dose_subject(self) -> NDArray[np.generic]: ...
        @property
        def dose_name(self) -> NDArray[np.str_]: ...
        @property
        def dose_time(self) -> NDArray[np.float64]: ...
        @property
        def dose_amount(self) -> NDArray[np.float64]: ...
        @property
        def dose_unit(self) -> NDArray[np.str_]: ...
        @property
        def dose_duration(self) -> NDArray[np.float64]: ...
        @property
        def dose_interval(self) -> NDArray[np.float64]: ...
        @property
        def dose_steady(self) -> NDArray[np.int8]: ...
        @property
        def dose_modelled(self) -> NDArray[np.int8]: ...
        @property
        def dose_resets(self) -> NDArray[np.int64]: ...
        @property
        def dose_row(self) -> NDArray[np.int64]: ...
        @property
        def record_resets(self) -> NDArray[np.int64]: ...
        @property
        def reset_subject(self) -> NDArray[np.generic]: ...
        @property
        def reset_time(self) -> NDArray[np.float64]: ...
        @property
        def record_subject(self) -> NDArray[np.generic]: ...
        @property
        def record_time(self) -> NDArray[np.float64]: ...
        @property
        def record_side(self) -> NDArray[np.str_]: ...
        @property
        def study(self) -> xr.Dataset: ...


__all__ = ["cohort_from_table", "multiplies"]


def cohort_from_table(
    model: Model,
    table: EventTableLike,
    *,
    rates: Mapping[str, str] | None = None,
    durations: Mapping[str, str] | None = None,
    run_in: int | None = None,
    covariates: Mapping[str, str] | None = None,
) -> xr.Dataset:
    """Build a cohort from a table of dose and observation records.

    Record order decides: an observation that stands before a dose of the same subject and time
    is the value before it. A lag and a bioavailability belong to the dose of the model and are
    honoured there.

    A reset (EVID 3 or 4) is the start of the model at that time: the states have the initial values
    of the model, evaluated anew with the person's own parameters; running infusions end; doses
    that were given before and whose lag has not passed never arrive; pending events are dropped.
    Inputs that are curves in time go on. Each stretch has its own clock, so time may fall at a
    reset.

    Parameters
    ----------
    model : Model
    table : EventTable
        As `livingdrug.data.readers.nonmem.read_nonmem` returns it.
    rates, durations : mapping, optional
        Name of a dose to the parameter of the model that is its rate (where RATE is -1; amount of
        the table per day) or its duration (where RATE is -2; a time).
    run_in : int, optional
        How many earlier doses, II apart, stand for a dose in steady state (SS 1): as many as bring
        the model to its steady state, which is not checked.
    covariates : mapping, optional
        Covariate of the table to covariate, parameter or input of the model; those of the same
        name need none. What a person has one value of must not change in time; an input follows
        the table by its carry rule.

    Returns
    -------
    xarray.Dataset
        With ``dose`` and ``record`` dimensions, and ``reset`` where people are set back; what was
        assumed is in the attribute ``assumed``.

    Raises
    ------
    DataError
        When a dose has a name that the model does not declare, or a unit that cannot be converted
        into that of the model's dose; each names the first row.
    CapabilityError
        For what the model cannot follow, by name: a steady state of something that multiplies, a
        rate or duration that no parameter is named for, a covariate that changes where the model
        has one value.
    """
    names = {dose.name: dose for dose in model.doses}
    given = list(dict.fromkeys(table.dose_name.tolist()))
    raise_issues(
        [unknown_name("dose", name, names, where=_where(table, table.dose_name == name))
         for name in given if name not in names],
        DataError,
    )  # fmt: skip
    raise_issues(_unit_issues(model, table), DataError)
    assumed: list[str] = []
    issues = _steady_issues(model, table, run_in)
    length = _lengths(model, table, {-1: rates or {}, -2: durations or {}}, assumed, issues)
    told = covariates_of_table(model, table.study, covariates, _begins(table))
    assumed += told.assumed
    raise_issues(issues + told.issues, CapabilityError)
    repeats = np.where(table.dose_steady == 1, (run_in or 0) + 1, 1)
    rows = np.repeat(np.arange(repeats.size), repeats)
    # counted down: the earliest of the doses before comes first, the dose itself last
    back = np.concatenate([np.arange(n)[::-1] for n in repeats]) if rows.size else rows
    if (table.dose_steady == 1).any():
        assumed.append(f"steady state: {run_in} doses before, taken to be enough")
    units = [unit or names[name].unit
             for name, unit in zip(table.dose_name[rows].tolist(), table.dose_unit[rows].tolist(),
                                   strict=True)]  # fmt: skip
    cohort = cohort_from_arrays(model, told.values, subjects=list(_begins(table)))
    cohort = cohort.assign_attrs(source="table", assumed=json.dumps(assumed))
    tables: dict[str, dict[str, NDArray[np.generic]]] = {
        "dose": {
            "subject": table.dose_subject[rows],
            "name": table.dose_name[rows],
            "time": table.dose_time[rows] - back * table.dose_interval[rows],
            "amount": table.dose_amount[rows],
            "unit": np.asarray(units, dtype=str),
            "duration": length[rows],
        },
        "record": {
            "subject": table.record_subject,
            "time": table.record_time,
            "side": table.record_side,
        },
    }
    if table.reset_subject.size:
        tables["dose"]["resets"] = table.dose_resets[rows]
        tables["record"]["resets"] = table.record_resets
        tables["reset"] = {"subject": table.reset_subject, "time": table.reset_time}
    if told.knots["time"]:
        tables["knot"] = {key: np.array(column) for key, column in told.knots.items()}
    for kind, columns in tables.items():
        cohort = add_records(cohort, kind, columns)
    return cohort


def _begins(table: EventTableLike) -> dict[str, float]:
    """Return the first day of each person, in the order of doses, then records, then resets."""
    found: dict[str, float] = {}
    for people, times in (
        (table.dose_subject, table.dose_time),
        (table.record_subject, table.record_time),
        (table.reset_subject, table.reset_time),
    ):
        for person, time in zip(people.tolist(), times.tolist(), strict=True):
            found[person] = min(found.get(person, time), time)
    return found


def multiplies(model: Model, dose: str) -> tuple[str, ...]:
    """Return what a dose goes into that makes more of itself.

    Parameters
    ----------
    model : Model
    dose : str

    Returns
    -------
    tuple of str
        Of a dose that is counted in cells, all it goes into: engineered cells divide. Of another,
        the species that a reaction makes more of at a rate that depends on them.
    """
    definition = model.dose(dose)
    living = "cell" in definition.unit
    found = [
        target.quantity
        for target in definition.targets
        if living or any(_replicates(one, target.quantity) for one in model.reactions)
    ]
    return tuple(dict.fromkeys(found))


def _replicates(reaction: Reaction, name: str) -> bool:
    made, used = dict(reaction.products), dict(reaction.reactants)
    return name in made and made[name] != used.get(name) and name in free_symbols([reaction.rate])


def _unit_issues(model: Model, table: EventTableLike) -> list[Issue]:
    """Find amounts in a unit that cannot be converted into that of the model's dose."""
    issues = []
    pairs = zip(table.dose_name.tolist(), table.dose_unit.tolist(), strict=True)
    for name, unit in dict.fromkeys(pairs):
        chosen = (table.dose_name == name) & (table.dose_unit == unit)
        wanted = model.dose(name).unit
        try:
            conversion_factor(unit or wanted, wanted)
        except UnitError as error:
            fix = f"give the amount in the unit of the model's dose, {wanted!r}"
            where = f"{_where(table, chosen)}, column AMT, dose {name}"
            issues.append(Issue("error", where, str(error), fix))
    return issues


def _lengths(
    model: Model,
    table: EventTableLike,
    parameters: Mapping[int, Mapping[str, str]],
    assumed: list[str],
    issues: list[Issue],
) -> NDArray[np.float64]:
    """Return the durations of all doses, also where the model has the rate or the duration."""
    length = table.dose_duration.astype(np.float64).copy()
    for code, named in parameters.items():
        column = "rates" if code == -1 else "durations"
        for name in dict.fromkeys(table.dose_name[table.dose_modelled == code].tolist()):
            rows = (table.dose_modelled == code) & (table.dose_name == name)
            where = f"{_where(table, rows)}, column RATE, dose {name}"
            unit = str(table.dose_unit[rows][0])
            value = _parameter(model, (name, where), column, named, unit, issues)
            length[rows] = table.dose_amount[rows] / value if code == -1 else value
            if name in named:
                assumed.append(f"{column[:-1]} of dose {name}: parameter {named[name]}, "
                               f"{value:g}, of the model")  # fmt: skip
    return length


def _where(table: EventTableLike, chosen: NDArray[np.bool_]) -> str:
    """Name the first row of the file that this is about, and how many more there are."""
    rows = np.unique(table.dose_row[chosen])
    more = f" and {rows.size - 1} more" if rows.size > 1 else ""
    return f"table, row {rows[0]}{more}"


def _steady_issues(model: Model, table: EventTableLike, run_in: int | None) -> list[Issue]:
    issues = []
    for name in dict.fromkeys(table.dose_name[table.dose_steady > 0].tolist()):
        chosen = (table.dose_name == name) & (table.dose_steady > 0)
        where, of = f"{_where(table, chosen)}, column SS, dose {name}", table.dose_steady[chosen]
        living = multiplies(model, name)
        if living:
            issues.append(Issue(
                "error", where, f"steady state (SS) of {', '.join(living)}, which multiplies: "
                "doses do not bring it to a steady state", "write every dose as a row of its own",
            ))  # fmt: skip
        elif (of == 2).any():
            issues.append(Issue("error", where, "steady state on top of other doses (SS 2)",
                                "write every dose as a row of its own"))  # fmt: skip
        elif run_in is None or run_in < 1:
            issues.append(Issue("error", where, "steady state (SS 1)",
                                "say with run_in how many earlier doses stand for it"))  # fmt: skip
    for k in np.flatnonzero(table.dose_steady == 1):
        person, start = table.dose_subject[k], table.dose_time[k]
        resets = table.dose_resets[k]
        earlier = (table.dose_subject == person) & (table.dose_time < start)
        seen = (table.record_subject == person) & (table.record_time < start)
        earlier &= table.dose_resets == resets
        seen &= table.record_resets == resets
        if earlier.any() or seen.any():
            issues.append(Issue(
                "error", f"table, row {table.dose_row[k]}, column SS, subject {person}",
                f"a steady state (SS 1) at day {start:g} after other rows of the person",
                "it must be the first thing that happens, or the first after a reset",
            ))  # fmt: skip
    return issues


def _parameter(
    model: Model,
    named_dose: tuple[str, str],
    column: str,
    named: Mapping[str, str],
    unit: str,
    issues: list[Issue],
) -> float:
    """Return the value of the parameter that is the rate or the duration of a dose, per day.

    A dose comes with the place in the table that messages name.
    """
    (dose, where), code = named_dose, -1 if column == "rates" else -2
    known = {one.name: one for one in model.parameters}
    if dose not in named:
        issues.append(Issue(
            "error", where, f"RATE is {code}: the {column[:-1]} is a parameter of the model",
            f"name it: {column}={{{dose!r}: ...}}",
        ))  # fmt: skip
        return 1.0
    name = named[dose]
    if name not in known:
        issues.append(unknown_name("parameter", name, known, where=where))
        return 1.0
    one = known[name]
    wanted = f"({unit or model.dose(dose).unit})/day" if column == "rates" else "day"
    try:
        value = one.value * conversion_factor(one.unit, wanted)
    except UnitError as error:
        issues.append(Issue("error", f"{where}, parameter {name}", str(error)))
        return 1.0
    if not value > 0:
        issues.append(Issue("error", f"{where}, parameter {name}", f"is {value:g}", "above 0"))
        return 1.0
    return value
