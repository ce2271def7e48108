"""Simulate the experiments of a PEtab problem, period by period.

All experiments whose next period starts from the same kind of model are the subjects of one
cohort. Every period runs on a clock of its own, from 0; where the model reads the time, a
parameter holds the time at which the period starts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from livingdrug.core.errors import CapabilityError, DataError, Issue, UnknownNameError, raise_issues
from livingdrug.interop.petab.math import parse_formula
from livingdrug.interop.petab.period import PeriodCourse
from livingdrug.interop.petab.records import Period
from livingdrug.interop.petab.start import (
    CLOCK,
    plain_constants,
    reads,
    settable_names,
    start_model,
    start_values,
)
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import Kind
from livingdrug.model.expression.walk import substitute
from livingdrug.model.model import Model, Role

if TYPE_CHECKING:
    from livingdrug.interop.petab.problem import PetabProblem

__all__ = ["run_experiments"]

_JUST_BEFORE = 1e-9
"""Of the length of a period: how long before its end the conditions of events are looked at."""

State = dict[str, float]


@dataclass(slots=True)
class _Experiment:
    """An experiment on its way."""

    name: str
    periods: tuple[Period, ...]
    times: list[float]
    state: State = field(default_factory=dict)
    given: State = field(default_factory=dict)
    triggers: tuple[bool, ...] | None = None
    found: dict[float, State] = field(default_factory=dict)
    place: int = 0

    @property
    def steady(self) -> bool:
        """Whether the present period lasts until a steady state."""
        return self.periods[self.place].start == -math.inf

    @property
    def start(self) -> float:
        """The time at which the present period starts."""
        return 0.0 if self.steady else self.periods[self.place].start

    @property
    def length(self) -> float:
        """How long the present period lasts; infinite when nothing follows at a given time."""
        last = self.place + 1 == len(self.periods)
        return math.inf if last or self.steady else self.periods[self.place + 1].start - self.start

    @property
    def measured(self) -> list[float]:
        """The times of measurements within the present period."""
        if self.steady:
            return []
        last = math.isinf(self.length)
        end = math.inf if last else self.periods[self.place + 1].start
        return [t for t in self.times if self.start <= t and (last or t < end)]


def run_experiments(
    problem: PetabProblem, values: Mapping[str, float], rtol: float, horizon: float, backend: str
) -> dict[tuple[str, float], State]:
    """Simulate every experiment that has measurements.

    Parameters
    ----------
    problem : PetabProblem
    values : mapping from str to float
        Of every parameter of the table.
    rtol, horizon, backend
        As for `PetabProblem.simulate`.

    Returns
    -------
    dict from (experiment, time) to dict from str to float
        The value of everything with a name, at every time of a measurement.

    Raises
    ------
    DataError, CapabilityError, SolveError
    """
    times: dict[str, set[float]] = {}
    for measured in problem.measurements:
        times.setdefault(measured.experiment, set()).add(measured.time)
    experiments = [
        _Experiment(name, _periods(problem, name), sorted(when)) for name, when in times.items()
    ]
    _check_delays(problem.model, experiments)
    for place in range(max((len(item.periods) for item in experiments), default=0)):
        now = [item for item in experiments if place < len(item.periods)]
        issues: list[Issue] = []
        for item in now:
            item.place = place
            _enter(problem, item, values, issues)
        raise_issues(issues, DataError)
        for group in _groups(now):
            _run_group(problem.model, group, rtol, horizon, backend)
    return {(item.name, time): found for item in experiments for time, found in item.found.items()}


def _periods(problem: PetabProblem, name: str) -> tuple[Period, ...]:
    periods = problem.experiments.get(name, ()) or (Period(0.0),)
    if periods[-1].start == -math.inf:  # what is measured is measured after it
        periods = (*periods, Period(0.0))
    return periods


def _check_delays(model: Model, experiments: Sequence[_Experiment]) -> None:
    """What waits, or looks back, is lost where a period ends."""
    if all(len(item.periods) == 1 for item in experiments):
        return
    what, fix = "and an experiment has several periods", "simulate experiments of one period"
    issues = [
        Issue("error", f"event {event.name}", f"it has a delay, {what}", fix)
        for event in model.events
        if event.delay is not None
    ]
    if reads(model, Kind.DELAY):
        issues.append(Issue("error", f"model {model.id}", f"it looks back in time, {what}", fix))
    raise_issues(issues, CapabilityError)


def _enter(
    problem: PetabProblem, item: _Experiment, values: Mapping[str, float], issues: list[Issue]
) -> None:
    """Apply the conditions of a period: what the simulation is to start from."""
    model, first = problem.model, item.place == 0
    names = {key: node.name for key, node in problem.symbols.items() if node.kind is Kind.SYMBOL}
    able = set(settable_names(model))
    if first:
        named = {names.get(key, key): value for key, value in values.items()}
        item.state = plain_constants(model) | named
        item.given = {key: value for key, value in named.items() if key in able}
    else:
        item.given = {key: value for key, value in item.state.items() if key in able}
    changes: State = {}
    for condition in item.periods[item.place].conditions:
        for target, text in problem.conditions.get(condition, {}).items():
            where, name = f"condition {condition}, {target}", names.get(target, target)
            if text.lower() == "nan":
                _leave(model, item, name, where, changes, issues)
                continue
            node = substitute([parse_formula(text)], problem.substitution)[0]
            try:
                changes[name] = evaluate(node, item.state, item.start)
            except UnknownNameError as error:
                fix = "in a first period only constants and parameters have a value yet"
                issues.append(Issue("error", where, str(error), fix if first else ""))
    item.given |= {key: value for key, value in changes.items() if key in able}
    item.state |= changes
    if first:
        item.state |= start_values(model, item.given, item.start)


def _leave(
    model: Model, item: _Experiment, name: str, where: str, changes: State, issues: list[Issue]
) -> None:
    """NaN of version 1: a state stays what it is, a parameter becomes what the model says."""
    sizes = {part.name for part in model.species} | {part.name for part in model.compartments}
    if item.place == 0 or name in sizes or model.roles.get(name) is Role.STATE:
        return
    plain = plain_constants(model)
    if name in plain:
        changes[name] = plain[name]
    elif name in model.units:
        what = "NaN after preequilibration, and the model computes it at its start"
        issues.append(Issue("error", where, what, "give the number"))


def _groups(now: Sequence[_Experiment]) -> Iterator[list[_Experiment]]:
    """Sort experiments by the model they start from."""
    groups: dict[tuple[object, ...], list[_Experiment]] = {}
    for item in now:
        waits = math.inf in item.measured
        key = (item.steady, waits, frozenset(item.given), item.triggers)
        groups.setdefault(key, []).append(item)
    yield from groups.values()


def _run_group(
    model: Model, group: Sequence[_Experiment], rtol: float, horizon: float, backend: str
) -> None:
    """Simulate the present period of a group, and keep what was measured and what it ends with."""
    first = group[0]
    shifted = any(item.start != 0 for item in group)
    model = start_model(model, first.given, first.triggers, later=first.place > 0, shifted=shifted)
    columns = {name: [item.given[name] for item in group] for name in first.given}
    if any(parameter.name == CLOCK for parameter in model.parameters):
        columns[CLOCK] = [item.start for item in group]
        for item in group:
            item.state[CLOCK] = item.start
    waits = first.steady or math.inf in first.measured
    ask = {0.0} | ({horizon / 10, horizon} if waits else set())
    ends = {item.length for item in group if math.isfinite(item.length)}
    for item in group:
        ask |= {time - item.start for time in item.measured if math.isfinite(time)}
    looks = {end * (1 - _JUST_BEFORE) for end in ends} if model.events else set()
    labels = [item.name for item in group]

    def course(times: set[float], side: str) -> PeriodCourse:
        return PeriodCourse(
            model, labels, columns, sorted(times), side=side, rtol=rtol, backend=backend
        )

    right = course(ask | ends | looks, "right")
    # conditions of the next period come before events of the same time
    left = course({0.0} | ends, "left") if ends and model.events else right
    for row, item in enumerate(group):
        before, clock = item.state, item.start
        for time in item.measured:
            if math.isfinite(time):
                item.found[time] = right.at(row, time - clock, before, clock=clock)
        if waits:
            right.steady(row, horizon)
            item.state = right.at(row, horizon, before, clock=clock)
            item.found[math.inf] = item.state
            item.triggers = right.triggers(item.state, horizon)
        elif math.isfinite(item.length):
            near = item.length * (1 - _JUST_BEFORE)
            if model.events:
                state = right.at(row, near, before, clock=clock)
                item.triggers = right.triggers(state, near)
            item.state = left.at(row, item.length, before, clock=clock)
