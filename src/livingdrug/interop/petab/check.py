"""Check that the tables of a PEtab problem fit together and fit the model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from livingdrug.core.errors import Issue, unknown_name
from livingdrug.interop.petab.math import parse_formula
from livingdrug.interop.petab.problem import PetabProblem
from livingdrug.interop.petab.read_common import Tables
from livingdrug.interop.petab.records import Measurement, Observable, Parameter
from livingdrug.interop.petab.start import settable_names
from livingdrug.model.expression.nodes import Kind
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Role

__all__ = ["check_problem"]


def check_problem(problem: PetabProblem, tables: Tables) -> list[Issue]:
    """Check what no table shows by itself.

    Parameters
    ----------
    problem : PetabProblem
    tables : Tables
        Says where each record stands.

    Returns
    -------
    list of Issue
    """
    places = tables.places
    issues = [
        issue
        for item in problem.parameters
        for issue in _parameter(problem, item, places["parameter", item.id])
    ]
    used: set[str] = set()
    targets = {name for changes in problem.conditions.values() for name in changes}
    known = {*problem.symbols, *(item.id for item in problem.parameters), *targets}
    for item in problem.observables:
        issues += _observable(item, known, places["observable", item.id], used)
    issues += _conditions(problem, known - targets, used, places)
    issues += _periods(problem, places)
    by_id = {item.id: item for item in problem.observables}
    for place, measurement in enumerate(problem.measurements):
        issues += _measurement(problem, measurement, by_id, places["measurement", str(place)])
    if not problem.measurements:
        issues.append(Issue("error", "measurement table", "there are no measurements"))
    return issues


def _wrong(where: str, message: str, fix: str = "") -> Issue:
    return Issue("error", where, message, fix)


def _parameter(problem: PetabProblem, item: Parameter, where: str) -> Iterator[Issue]:
    if not item.estimate and math.isnan(item.nominal):
        yield _wrong(f"{where}, column nominalValue", "there is no value, and it is not estimated")
    if item.estimate and item.lower > item.upper:
        yield _wrong(where, f"lowerBound {item.lower:g} is above upperBound {item.upper:g}")
    node = problem.symbols.get(item.id)
    if node is None:
        return
    role = problem.model.roles.get(node.name) if node.kind is Kind.SYMBOL else Role.ASSIGNED
    if role not in (Role.CONSTANT, Role.HELD):
        yield _wrong(where, f"{item.id!r} is no constant of the model: it is {_word(role)}")


def _word(role: Role | None) -> str:
    return {Role.STATE: "a state", Role.ASSIGNED: "computed by a rule"}.get(
        role or Role.ASSIGNED, "computed"
    )


def _observable(item: Observable, known: set[str], where: str, used: set[str]) -> Iterator[Issue]:
    for place in (*item.placeholders, *item.noise_placeholders):
        if place in known:
            yield _wrong(where, f"the placeholder {place!r} is the id of something else")
    places = {*item.placeholders}
    yield from _formula(item.formula, known | places, f"{where}, column observableFormula", used)
    places |= {*item.noise_placeholders, item.id}
    yield from _formula(item.noise_formula, known | places, f"{where}, column noiseFormula", used)


def _formula(text: str, known: Iterable[str], where: str, used: set[str]) -> Iterator[Issue]:
    if not text:
        return
    try:
        names = free_symbols([parse_formula(text)])
    except ValueError as error:
        yield _wrong(where, f"{text!r} cannot be read: {error}")
        return
    used.update(names)
    for name in names:
        if name not in known:
            yield unknown_name("id", name, known, where=where)


def _conditions(
    problem: PetabProblem, known: set[str], used: set[str], places: Mapping[tuple[str, str], str]
) -> Iterator[Issue]:
    able = set(settable_names(problem.model))
    table = {item.id for item in problem.parameters}
    refused: set[str] = set()
    for condition, changes in problem.conditions.items():
        for target, text in changes.items():
            where = f"{places['condition', condition]}, {target}"
            if text.lower() != "nan" or problem.version == 2:
                outputs = {t for c in problem.conditions.values() for t in c}
                yield from _formula(text, known | outputs, where, set())
            if target in refused:
                continue
            node = problem.symbols.get(target)
            if target in table:
                refused.add(target)
                yield _wrong(where, f"{target!r} is in the parameter table too", "keep one")
            elif node is None and target not in used:
                refused.add(target)
                yield unknown_name("id", target, {*problem.symbols, *used}, where=where)
            elif node is not None and (node.kind is not Kind.SYMBOL or node.name not in able):
                refused.add(target)
                yield _wrong(where, f"{target!r} cannot be set: a rule of the model computes it")


def _periods(problem: PetabProblem, places: Mapping[tuple[str, str], str]) -> Iterator[Issue]:
    for name, periods in problem.experiments.items():
        where = places.get(("experiment", name), f"experiment {name}")
        for period in periods:
            seen: set[str] = set()
            for condition in period.conditions:
                twice = seen & set(problem.conditions.get(condition, {}))
                if twice:
                    what = f"two conditions at time {period.start:g} change"
                    yield _wrong(where, f"{name}: {what} {', '.join(sorted(twice))}")
                seen |= set(problem.conditions.get(condition, {}))


def _measurement(
    problem: PetabProblem, item: Measurement, observables: Mapping[str, Observable], where: str
) -> Iterator[Issue]:
    observable = observables.get(item.observable)
    if observable is None:
        if item.observable:
            yield unknown_name("observable", item.observable, observables, where=where)
        return
    pairs: tuple[tuple[str, Sequence[str], Sequence[str]], ...] = (
        ("observableParameters", item.parameters, observable.placeholders),
        ("noiseParameters", item.noise_parameters, observable.noise_placeholders),
    )
    known = {parameter.id for parameter in problem.parameters}
    if problem.version == 1:
        known |= set(problem.symbols)
    for column, given, wanted in pairs:
        if len(given) != len(wanted):
            what = f"{len(given)} values for {len(wanted)} placeholders of {item.observable}"
            yield _wrong(f"{where}, column {column}", what)
        for text in given:
            if text not in known and not _is_number(text):
                yield unknown_name("parameter", text, known, where=f"{where}, column {column}")
    starts = [p.start for p in problem.experiments.get(item.experiment, ()) if p.start != -math.inf]
    if item.time < min(starts, default=0.0):
        what = f"{item.time:g} lies before the experiment starts, {min(starts, default=0.0):g}"
        yield _wrong(f"{where}, column time", what)
    if observable.scale != "lin" and item.value <= 0:
        what = f"{item.value:g}, and the noise of {item.observable} is on a logarithmic scale"
        yield _wrong(f"{where}, column measurement", what, "give what is positive")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
