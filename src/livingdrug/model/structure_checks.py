"""Checks of how the parts of a model determine each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from livingdrug.core.errors import Issue, unknown_name
from livingdrug.model.expression.nodes import Node, symbol
from livingdrug.model.expression.walk import free_symbols, has_factor
from livingdrug.model.model import Model, Role
from livingdrug.model.name_checks import error

__all__ = [
    "check_algebraic",
    "check_cycles",
    "check_determination",
    "check_events",
    "check_log_states",
    "find_cycle",
]


def check_cycles(model: Model) -> Iterator[Issue]:
    """Assignments do not depend on each other in a circle."""
    assigned = {item.name: item.expression for item in model.assignments}
    for label, graph in (
        ("assignments", assigned),
        ("initial values", assigned | dict(model.initial_assignments)),
    ):
        cycle = find_cycle(graph)
        if cycle:
            if label == "initial values" and all(name in assigned for name in cycle):
                continue  # reported already
            shown = " -> ".join([*cycle, cycle[0]])
            yield error(label, f"circular definition: {shown}", "break the circle")


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
    for start, definition in graph.items():
        if start in finished:
            continue
        path = [start]
        stack = [iter(free_symbols([definition]))]
        while stack:
            following = stack[-1]
            nxt = next((n for n in following if n in graph and n not in finished), None)
            if nxt is None:
                stack.pop()
                finished.add(path.pop())
            elif nxt in path:
                return path[path.index(nxt) :]
            else:
                stack.append(iter(free_symbols([graph[nxt]])))
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
            yield error(where, "changes nothing", "name its species")
        for name, _ in (*reaction.reactants, *reaction.products):
            if name not in species:
                yield unknown_name("species", name, species, where=where)
            elif species[name].constant and not species[name].boundary:
                yield error(where, f"species {name!r} is constant", "make it a boundary as well")
    for name in rated:
        where = f"rate of {name}"
        if name not in model.units:
            yield unknown_name("quantity", name, model.units, where=where)
        elif name in assigned:
            yield error(where, "the quantity is also given by an assignment")
        elif name in reacting and not species[name].boundary:
            yield error(where, "the species also takes part in reactions", "make it a boundary")
        elif rated.count(name) > 1:
            yield error(where, "is given twice")
    for name in sorted(reacting & assigned):
        if not species.get(name) or not species[name].boundary:
            yield error(f"assignment {name}", "the species also takes part in reactions")
    for name, _ in model.initial_assignments:
        if name not in model.units:
            yield unknown_name("quantity", name, model.units, where=f"initial value of {name}")
        elif roles[name] in (Role.ASSIGNED, Role.INPUT, Role.INTEGRAL):
            yield error(f"initial value of {name}", f"the quantity is {roles[name].value}")
    for item in model.species:
        factor = item.conversion_factor
        if factor and roles.get(factor) is not Role.CONSTANT:
            constants = [name for name, role in roles.items() if role is Role.CONSTANT]
            where = f"species {item.name}, conversion factor"
            yield unknown_name("constant parameter", factor, constants, where=where)
        if item.compartment and item.compartment not in {c.name for c in model.compartments}:
            names = [c.name for c in model.compartments]
            yield unknown_name("compartment", item.compartment, names, where=f"species {item.name}")


def check_events(model: Model) -> Iterator[Issue]:
    """Events and doses change quantities that may be changed."""
    roles = model.roles
    changeable = {Role.STATE, Role.HELD}
    constant = {species.name for species in model.species if species.constant}
    for event in model.events:
        where = f"event {event.name}"
        if event.count < 0:
            yield error(where, f"count {event.count} must be >= 0")
        if event.every is not None and event.count < 1:
            yield error(where, "`every` needs `count` >= 1, the number of repetitions")
        for name, _ in event.assignments:
            yield from _changeable(where, name, roles, changeable, constant)
    for dose in model.doses:
        where = f"dose {dose.name}"
        if not dose.targets:
            yield error(where, "has no target")
        for target in dose.targets:
            yield from _changeable(where, target.quantity, roles, changeable, constant)
    stand_in = model.dose_stand_in
    if stand_in and stand_in.quantity not in roles:
        yield unknown_name("quantity", stand_in.quantity, roles, where="dose stand-in")


def _changeable(
    where: str,
    name: str,
    roles: Mapping[str, Role],
    changeable: set[Role],
    constant: set[str],
) -> Iterator[Issue]:
    if name not in roles:
        yield unknown_name("quantity", name, roles, where=where)
    elif name in constant:
        yield error(where, f"species {name!r} is constant and cannot be changed")
    elif roles[name] not in changeable:
        yield error(where, f"{name!r} is {roles[name].value} and cannot be changed")


def check_algebraic(model: Model) -> Iterator[Issue]:
    """Each algebraic rule determines one quantity that nothing else determines."""
    known = set(model.units)
    given = {item.name for item in model.assignments} | {item.name for item in model.rates}
    if len(model.algebraic) != len(model.algebraic_variables):
        yield error(
            "algebraic rules",
            f"{len(model.algebraic)} rules for {len(model.algebraic_variables)} quantities",
        )
    for name in model.algebraic_variables:
        where = f"algebraic rule for {name}"
        if name not in known:
            yield unknown_name("quantity", name, known, where=where)
        elif name in given or model.algebraic_variables.count(name) > 1:
            yield error(where, "the quantity is also determined otherwise")


def check_log_states(model: Model) -> Iterator[Issue]:
    """A log state changes only in proportion to itself."""
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
                yield error(
                    where,
                    f"{species.name!r} is a log state, so its rate needs the factor "
                    f"{species.name!r}",
                    "write the factor out, or drop log_state",
                )
