"""The checks of a model: a list of small named functions, whose findings are reported together."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator

from livingdrug.core.errors import Issue, UnitWarning, unknown_name
from livingdrug.core.source import Origin
from livingdrug.model.dimension_checks import check_dimensions_of_model, check_units
from livingdrug.model.expression.functions import FUNCTIONS
from livingdrug.model.expression.nodes import Node, free_symbols
from livingdrug.model.model import Model, Role
from livingdrug.model.usage import expressions_of

__all__ = ["CHECKS", "check_model"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_RESERVED = {"time", "dose", "hill", "safe_ratio", "piecewise", "rate_of", "delay", "quantity"}


def check_names(model: Model) -> Iterator[Issue]:
    """Names are identifiers, unique, and not words of the expression language."""
    seen: dict[str, str] = {}
    groups = {
        "compartment": model.compartments,
        "species": model.species,
        "parameter": model.parameters,
        "input": model.inputs,
        "integral": model.integrals,
        "assignment": model.assignments,
        "covariate": model.covariates,
    }
    for kind, items in groups.items():
        for item in items:
            where = f"{kind} {item.name}"
            if not _NAME.match(item.name):
                yield _error(where, f"{item.name!r} is not a name", "use letters, digits and _")
            elif item.name in _RESERVED or item.name in FUNCTIONS:
                yield _error(where, f"{item.name!r} is a word of the expression language")
            earlier = seen.get(item.name)
            if earlier and not _may_share(earlier, kind):
                yield _error(where, f"the name {item.name!r} is already used by a {earlier}")
            seen[item.name] = kind
    for kind, names in (
        ("reaction", [item.name for item in model.reactions]),
        ("event", [item.name for item in model.events]),
        ("dose", [item.name for item in model.doses]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield _error(f"{kind} {name}", "the name is used twice")
    values = {item.name for group in (model.species, model.assignments) for item in group}
    names = [item.name for item in model.observables]
    for observable in model.observables:
        clash = observable.name in values and free_symbols([observable.expression]) != [
            observable.name
        ]
        if names.count(observable.name) > 1 or clash:
            yield _error(f"observable {observable.name}", "the name is already used")


def _may_share(first: str, second: str) -> bool:
    # a species or parameter may be given by an assignment rule
    return {first, second} <= {"species", "parameter", "compartment", "assignment"} and (
        "assignment" in (first, second) and first != second
    )


def check_symbols(model: Model) -> Iterator[Issue]:
    """Every symbol in an expression is a quantity of the model."""
    known = set(model.units)
    for use in expressions_of(model):
        allowed = known | ({"dose"} if use.kind == "dose" else set())
        for name in free_symbols([use.node]):
            if name not in allowed:
                yield unknown_name("symbol", name, allowed, where=use.where)


def check_cycles(model: Model) -> Iterator[Issue]:
    """Assignments do not depend on each other in a circle."""
    for label, graph in (
        ("assignments", {item.name: item.expression for item in model.assignments}),
        ("initial values", dict(model.initial_assignments)),
    ):
        cycle = find_cycle(graph)
        if cycle:
            shown = " -> ".join([*cycle, cycle[0]])
            yield _error(label, f"circular definition: {shown}", "break the circle")


def find_cycle(graph: dict[str, Node]) -> list[str]:
    """Return the names along one circular definition.

    Parameters
    ----------
    graph : dict from name to Node

    Returns
    -------
    list of str
        Empty when there is none.
    """
    finished: set[str] = set()
    for start in graph:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in finished:
            stack.append((start, iter(free_symbols([graph[start]]))))
            path.append(start)
        while stack:
            name, following = stack[-1]
            nxt = next((n for n in following if n in graph and n not in finished), None)
            if nxt is None:
                stack.pop()
                finished.add(path.pop())
            elif nxt in path:
                return path[path.index(nxt) :]
            else:
                stack.append((nxt, iter(free_symbols([graph[nxt]]))))
                path.append(nxt)
    return []


def check_determination(model: Model) -> Iterator[Issue]:
    """Each quantity is determined in one way, and parts refer to quantities that exist."""
    roles = model.roles
    assigned = {item.name for item in model.assignments}
    rated = [item.name for item in model.rates]
    reacting = {
        name
        for reaction in model.reactions
        for name, _ in (*reaction.reactants, *reaction.products)
    }
    species = {item.name: item for item in model.species}
    for reaction in model.reactions:
        where = f"reaction {reaction.name}"
        if not reaction.reactants and not reaction.products:
            yield _error(where, "changes nothing", "name its species")
        for name, _ in (*reaction.reactants, *reaction.products):
            if name not in species:
                yield unknown_name("species", name, species, where=where)
    for name in rated:
        where = f"rate of {name}"
        if name not in roles:
            yield unknown_name("quantity", name, roles, where=where)
        elif name in assigned:
            yield _error(where, "the quantity is also given by an assignment")
        elif name in reacting and not species[name].boundary:
            yield _error(where, "the species also takes part in reactions", "make it a boundary")
        elif rated.count(name) > 1:
            yield _error(where, "is given twice")
    for name in sorted(reacting & assigned):
        if not species.get(name) or not species[name].boundary:
            yield _error(f"assignment {name}", "the species also takes part in reactions")
    for name, _ in model.initial_assignments:
        if name not in roles:
            yield unknown_name("quantity", name, roles, where=f"initial value of {name}")
        elif roles[name] in (Role.ASSIGNED, Role.INPUT):
            yield _error(f"initial value of {name}", f"the quantity is {roles[name].value}")
    for item in model.species:
        if item.compartment and item.compartment not in {c.name for c in model.compartments}:
            names = [c.name for c in model.compartments]
            yield unknown_name(
                "compartment", item.compartment, names, where=f"species {item.name}"
            )


def check_events(model: Model) -> Iterator[Issue]:
    """Events and doses change quantities that may be changed."""
    roles = model.roles
    changeable = {Role.STATE, Role.HELD}
    for event in model.events:
        where = f"event {event.name}"
        if event.every is not None and event.count < 1:
            yield _error(where, "`every` needs `count` >= 1, the number of repetitions")
        for name, _ in event.assignments:
            yield from _changeable(where, name, roles, changeable)
    for dose in model.doses:
        where = f"dose {dose.name}"
        if not dose.targets:
            yield _error(where, "has no target")
        for target in dose.targets:
            yield from _changeable(where, target.quantity, roles, changeable)
    stand_in = model.dose_stand_in
    if stand_in and stand_in.quantity not in roles:
        yield unknown_name("quantity", stand_in.quantity, roles, where="dose stand-in")


def _changeable(
    where: str, name: str, roles: object, changeable: set[Role]
) -> Iterator[Issue]:
    known = dict(roles)  # type: ignore[call-overload]
    if name not in known:
        yield unknown_name("quantity", name, known, where=where)
    elif known[name] not in changeable:
        yield _error(where, f"{name!r} is {known[name].value} and cannot be changed")


def check_values(model: Model) -> Iterator[Issue]:
    """Values are numbers inside their bounds."""
    for parameter in model.parameters:
        where = f"parameter {parameter.name}"
        if math.isnan(parameter.value):
            yield _error(where, "the value is not a number")
        elif not parameter.lower <= parameter.value <= parameter.upper:
            yield _error(
                where,
                f"value {parameter.value:g} is outside its bounds "
                f"[{parameter.lower:g}, {parameter.upper:g}]",
            )
    for species in model.species:
        where = f"species {species.name}"
        if not math.isfinite(species.initial):
            yield _error(where, "the initial value is not finite")
        elif species.initial < 0 and species.non_negative:
            yield _error(where, f"negative initial value {species.initial:g}")
        for label, number in (
            ("count_per_unit", species.count_per_unit),
            ("nominal", species.nominal),
            ("extinct_below", species.extinction.below if species.extinction else None),
        ):
            if number is not None and not (math.isfinite(number) and number > 0):
                yield _error(where, f"{label} must be > 0, {number!r} given")
        if species.log_state and not species.non_negative:
            yield _error(where, "a log state must be non-negative")
    for compartment in model.compartments:
        if not (math.isfinite(compartment.size) and compartment.size > 0):
            yield _error(f"compartment {compartment.name}", "the size must be > 0")
    for observable in model.observables:
        if observable.lloq is not None and not observable.lloq > 0:
            yield _error(f"observable {observable.name}", "lloq must be > 0")


def check_variability(model: Model) -> Iterator[Issue]:
    """Variability, correlations and covariate effects name what exists and make sense."""
    parameters = {item.name for item in model.parameters} | {item.name for item in model.species}
    varied = {name for name, _ in model.iiv}
    covariates = {item.name for item in model.covariates}
    for block in model.correlations:
        where = "correlation of " + ", ".join(block.parameters)
        for name in block.parameters:
            if name not in varied:
                yield _error(where, f"{name!r} has no variability to correlate")
        yield from _correlation_matrix(where, block.matrix, len(block.parameters))
    for effect in model.covariate_effects:
        where = f"effect of {effect.covariate} on {effect.parameter}"
        if effect.parameter not in parameters:
            yield unknown_name("parameter", effect.parameter, parameters, where=where)
        if effect.covariate not in covariates:
            yield unknown_name("covariate", effect.covariate, covariates, where=where)


def _correlation_matrix(
    where: str, matrix: tuple[tuple[float, ...], ...], size: int
) -> Iterator[Issue]:
    if len(matrix) != size or any(len(row) != size for row in matrix):
        yield _error(where, f"the matrix must be {size} x {size}")
        return
    import numpy as np

    array = np.asarray(matrix)
    if not np.allclose(array, array.T) or not np.allclose(np.diag(array), 1.0):
        yield _error(where, "the matrix must be symmetric with ones on the diagonal")
    elif np.linalg.eigvalsh(array).min() < -1e-12:  # rounding of a singular matrix
        yield _error(where, "the matrix is not positive semi-definite")


def check_origins(model: Model) -> Iterator[Issue]:
    """In a strict model every number has an origin and a locator, or says ASSUMED."""
    if model.dimension_policy != "strict":
        return
    numbers = [(f"parameter {item.name}", item.origin, item.at) for item in model.parameters]
    numbers += [(f"species {item.name}", item.origin, item.at) for item in model.species]
    numbers += [(f"compartment {item.name}", item.origin, item.at) for item in model.compartments]
    numbers += [(f"variability of {name}", iiv.origin, iiv.at) for name, iiv in model.iiv]
    for where, origin, at in numbers:
        if origin is not Origin.ASSUMED and not at:
            yield _error(where, f"origin {origin.value!r} needs a locator", "at='Table 1'")


def check_log_states(model: Model) -> Iterator[Issue]:
    """A log state changes only in proportion to itself."""
    from livingdrug.model.expression.nodes import has_factor, symbol

    for species in model.species:
        if not species.log_state:
            continue
        own = symbol(species.name)
        laws = [(f"rate of {r.name}", r.rate) for r in model.rates if r.name == species.name]
        for reaction in model.reactions:
            if species.name in dict((*reaction.reactants, *reaction.products)):
                laws.append((f"reaction {reaction.name}", reaction.rate))
        for where, law in laws:
            if not has_factor(law, own):
                yield _error(
                    where,
                    f"{species.name!r} is a log state, so its rate needs the factor "
                    f"{species.name!r}",
                    "write the factor out, or drop log_state",
                )


def _error(where: str, message: str, fix: str = "") -> Issue:
    return Issue("error", where, message, fix)


CHECKS: tuple[Callable[[Model], Iterator[Issue]], ...] = (
    check_names,
    check_symbols,
    check_cycles,
    check_determination,
    check_events,
    check_values,
    check_variability,
    check_origins,
    check_log_states,
    check_units,
)
"""Run in this order; dimensions are looked at when nothing else is wrong."""


def check_model(model: Model) -> list[Issue]:
    """Run every check.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of Issue
        All problems. Warnings about dimensions are issued as `UnitWarning`.
    """
    issues = [issue for check in CHECKS for issue in check(model)]
    if not any(issue.level == "error" for issue in issues):
        issues += check_dimensions_of_model(model)
    for issue in issues:
        if issue.level == "warning":
            warnings.warn(f"{model.id}, {issue}", UnitWarning, stacklevel=4)
    return issues


