"""Give the quantities of a model other names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from livingdrug.model.event import DoseDefinition, Event
from livingdrug.model.expression.nodes import Node, symbol
from livingdrug.model.expression.walk import substitute
from livingdrug.model.model import Model
from livingdrug.model.reaction import Reaction, Side

__all__ = ["names_of", "rename", "replace_nodes"]


def names_of(model: Model) -> set[str]:
    """Return every name that a model gives to something.

    Parameters
    ----------
    model : Model

    Returns
    -------
    set of str
    """
    groups = (
        model.compartments, model.species, model.parameters, model.inputs, model.integrals,
        model.assignments, model.covariates, model.reactions, model.events, model.doses,
        model.observables,
    )  # fmt: skip
    return {item.name for group in groups for item in group}


def rename(model: Model, names: Mapping[str, str]) -> Model:
    """Return a model in which some names are others.

    Parameters
    ----------
    model : Model
    names : mapping from old to new name
        Of quantities, reactions, events, doses, observables and covariates. The new names must
        not be in use.

    Returns
    -------
    Model
    """
    return _rewrite(model, names, {symbol(old): symbol(new) for old, new in names.items()})


def replace_nodes(model: Model, mapping: Mapping[Node, Node]) -> Model:
    """Return a model in whose expressions some nodes are others.

    Parameters
    ----------
    model : Model
    mapping : mapping from Node to Node
        As for `substitute`. Names of quantities stay.

    Returns
    -------
    Model
    """
    return _rewrite(model, {}, mapping)


def _rewrite(model: Model, names: Mapping[str, str], mapping: Mapping[Node, Node]) -> Model:
    def new(name: str) -> str:
        return names.get(name, name)

    def node(item: Node) -> Node:
        return substitute([item], mapping)[0]

    def maybe(item: Node | None) -> Node | None:
        return None if item is None else node(item)

    def named(items: tuple[tuple[str, Node], ...]) -> tuple[tuple[str, Node], ...]:
        return tuple((new(name), node(value)) for name, value in items)

    stand_in = model.dose_stand_in
    return replace(
        model,
        compartments=tuple(replace(c, name=new(c.name)) for c in model.compartments),
        species=tuple(
            replace(
                s, name=new(s.name), compartment=new(s.compartment),
                conversion_factor=new(s.conversion_factor),
            )
            for s in model.species
        ),
        parameters=tuple(replace(p, name=new(p.name)) for p in model.parameters),
        assignments=tuple(
            replace(a, name=new(a.name), expression=node(a.expression)) for a in model.assignments
        ),
        rates=tuple(replace(r, name=new(r.name), rate=node(r.rate)) for r in model.rates),
        reactions=tuple(_reaction(r, new, node, named) for r in model.reactions),
        events=tuple(_event(e, new, node, maybe, named) for e in model.events),
        doses=tuple(_dose(d, new, node, maybe) for d in model.doses),
        inputs=tuple(replace(i, name=new(i.name)) for i in model.inputs),
        integrals=tuple(
            replace(i, name=new(i.name), integrand=node(i.integrand)) for i in model.integrals
        ),
        observables=tuple(
            replace(o, name=new(o.name), expression=node(o.expression)) for o in model.observables
        ),
        covariates=tuple(replace(c, name=new(c.name)) for c in model.covariates),
        algebraic=tuple(node(rule) for rule in model.algebraic),
        algebraic_variables=tuple(new(name) for name in model.algebraic_variables),
        initial_assignments=named(model.initial_assignments),
        iiv=tuple((new(name), iiv) for name, iiv in model.iiv),
        correlations=tuple(
            replace(c, parameters=tuple(new(name) for name in c.parameters))
            for c in model.correlations
        ),
        covariate_effects=tuple(
            replace(e, parameter=new(e.parameter), covariate=new(e.covariate))
            for e in model.covariate_effects
        ),
        dose_stand_in=stand_in and replace(stand_in, quantity=new(stand_in.quantity)),
    )  # fmt: skip


def _reaction(
    item: Reaction,
    new: Callable[[str], str],
    node: Callable[[Node], Node],
    named: Callable[[Side], Side],
) -> Reaction:
    return replace(
        item,
        name=new(item.name),
        reactants=named(item.reactants),
        products=named(item.products),
        rate=node(item.rate),
    )


def _event(
    item: Event,
    new: Callable[[str], str],
    node: Callable[[Node], Node],
    maybe: Callable[[Node | None], Node | None],
    named: Callable[[Side], Side],
) -> Event:
    return replace(
        item,
        name=new(item.name),
        assignments=named(item.assignments),
        trigger=maybe(item.trigger),
        times=tuple(node(time) for time in item.times),
        every=maybe(item.every),
        delay=maybe(item.delay),
        priority=maybe(item.priority),
    )


def _dose(
    item: DoseDefinition,
    new: Callable[[str], str],
    node: Callable[[Node], Node],
    maybe: Callable[[Node | None], Node | None],
) -> DoseDefinition:
    targets = tuple(
        replace(target, quantity=new(target.quantity), amount=node(target.amount))
        for target in item.targets
    )
    return replace(item, name=new(item.name), targets=targets, lag=maybe(item.lag))
