"""What a period of an experiment starts from: a model without computed starts, and values."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from livingdrug.cohort.cohort import settable
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import TIME, Kind, Node, add, symbol
from livingdrug.model.expression.walk import free_symbols, postorder
from livingdrug.model.model import Model, Role
from livingdrug.model.parameter import Parameter
from livingdrug.model.rename import replace_nodes

__all__ = [
    "CLOCK",
    "plain_constants",
    "reads",
    "resolve",
    "settable_names",
    "start_model",
    "start_values",
]

CLOCK = "petab_clock"
"""Parameter that holds the time at which a period starts, in models that read the time."""


def _plain(model: Model) -> dict[str, float]:
    values = {item.name: item.value for item in model.parameters}
    values |= {item.name: item.size for item in model.compartments}
    return values | {item.name: item.initial for item in model.species}


def plain_constants(model: Model) -> dict[str, float]:
    """Return the values of what is neither in motion nor computed.

    Parameters
    ----------
    model : Model

    Returns
    -------
    dict from str to float
    """
    computed = {name for name, _ in model.initial_assignments}
    constant = {name for name, role in model.roles.items() if role in (Role.CONSTANT, Role.HELD)}
    return {k: v for k, v in _plain(model).items() if k in constant - computed}


def settable_names(model: Model) -> list[str]:
    """Return what a period can start from, including what the model computes at its start.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of str
    """
    bare = dataclasses.replace(model, initial_assignments=(), covariates=())
    return [name for name, (role, _) in settable(bare).items() if role != "covariate"]


def start_values(model: Model, given: Mapping[str, float], time: float) -> dict[str, float]:
    """Return the value of everything at the start of a simulation.

    Parameters
    ----------
    model : Model
    given : mapping from str to float
        In place of the values and computed starts of the model.
    time : float

    Returns
    -------
    dict from str to float
    """
    computed = {name: node for name, node in model.initial_assignments if name not in given}
    values = {k: v for k, v in _plain(model).items() if k not in computed} | dict(given)
    assigned = {item.name: item.expression for item in model.assignments}
    for name in assigned:
        values.pop(name, None)
    return resolve(values, computed | assigned, time)


def resolve(
    values: Mapping[str, float], nodes: Mapping[str, Node], time: float
) -> dict[str, float]:
    """Evaluate expressions in an order in which each finds what it needs.

    Parameters
    ----------
    values : mapping from str to float
    nodes : mapping from str to Node
        What has no value yet. An expression that never finds what it needs is left out.
    time : float

    Returns
    -------
    dict from str to float
        The values, and those of the expressions.
    """
    found, left = dict(values), dict(nodes)
    while left:
        ready = [
            name for name, node in left.items() if all(s in found for s in free_symbols([node]))
        ]
        if not ready:
            break
        for name in ready:
            found[name] = evaluate(left.pop(name), found, time)
    return found


def start_model(
    model: Model,
    given: Mapping[str, float],
    triggers: Sequence[bool] | None,
    *,
    later: bool,
    shifted: bool,
) -> Model:
    """Return the model that a period runs.

    Parameters
    ----------
    model : Model
    given : mapping from str to float
        What the period starts from; it is not computed.
    triggers : sequence of bool or None
        Whether the condition of each event held before the start; None: as the model says.
    later : bool
        Whether this is not the first period: nothing is computed at its start.
    shifted : bool
        Whether the period starts at another time than 0.

    Returns
    -------
    Model
    """
    kept = () if later else tuple(p for p in model.initial_assignments if p[0] not in given)
    model = _without_units(dataclasses.replace(model, initial_assignments=kept))
    if triggers is not None:
        events = tuple(
            dataclasses.replace(event, initial_value=held)
            for event, held in zip(model.events, triggers, strict=True)
        )
        model = dataclasses.replace(model, events=events)
    if not shifted or not reads(model, Kind.TIME):
        return model
    model = replace_nodes(model, {TIME: add(TIME, symbol(CLOCK))})
    clock = Parameter(CLOCK, 0.0, "1")
    return dataclasses.replace(model, parameters=(*model.parameters, clock))


def _without_units(model: Model) -> Model:
    """PEtab has no units, and a cohort takes no unit that the model file made up."""
    return dataclasses.replace(
        model,
        parameters=tuple(dataclasses.replace(item, unit="1") for item in model.parameters),
        species=tuple(dataclasses.replace(item, unit="1") for item in model.species),
        compartments=tuple(dataclasses.replace(item, unit="1") for item in model.compartments),
    )


def reads(model: Model, kind: Kind) -> bool:
    """Tell whether a kind of node stands in an expression of a model.

    Parameters
    ----------
    model : Model
    kind : Kind

    Returns
    -------
    bool
    """
    return any(node.kind is kind for node in postorder(_roots(model)))


def _roots(model: Model) -> Iterator[Node]:
    yield from (item.expression for item in model.assignments)
    yield from (item.rate for item in model.rates)
    yield from (item.integrand for item in model.integrals)
    yield from model.algebraic
    yield from (node for _, node in model.initial_assignments)
    for reaction in model.reactions:
        yield reaction.rate
        yield from (node for _, node in (*reaction.reactants, *reaction.products))
    for event in model.events:
        yield from (node for _, node in event.assignments)
        yield from event.times
        yield from (n for n in (event.trigger, event.delay, event.priority) if n is not None)
