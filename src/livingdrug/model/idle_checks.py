"""What a model declares and never uses: allowed, and nearly always a slip of the pen.

These are no errors of a model, as files of others contain such parts, so that `build` does not look
for them. An entry of the catalogue may not have any.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from livingdrug.core.errors import Issue
from livingdrug.model.event import Event
from livingdrug.model.expression.bounds import ANY, Bounds, bounds_of, truth_of
from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Model, Role
from livingdrug.model.name_checks import error
from livingdrug.model.usage import expressions_of

__all__ = ["check_events_fire", "check_used"]


def check_used(model: Model) -> Iterator[Issue]:
    """Every species and every constant takes part in something."""
    read = {name for use in expressions_of(model) for name in free_symbols([use.node])}
    changed = {use.target for use in expressions_of(model) if use.kind != "initial"}
    changed |= {n for item in model.reactions for n, _ in (*item.reactants, *item.products)}
    changed |= set(model.algebraic_variables)
    helped = {item.conversion_factor for item in model.species}
    helped |= {item.compartment for item in model.species}
    if model.dose_stand_in:
        helped.add(model.dose_stand_in.quantity)
    used = read | changed | helped
    for species in model.species:
        if species.name not in used:
            yield error(
                f"species {species.name}",
                "is never used: no reaction, rate, event or dose changes it and no expression "
                "reads it",
                "use it or delete it",
            )
    for kind, names in (
        ("parameter", [item.name for item in model.parameters]),
        ("input", [item.name for item in model.inputs]),
    ):
        for name in names:
            if name not in used:
                fix = "use it or delete it"
                yield error(f"{kind} {name}", "is never used: no expression reads it", fix)
    affecting = {effect.covariate for effect in model.covariate_effects}
    for covariate in model.covariates:
        if covariate.name not in affecting | used:
            fix = "add its effect or delete it"
            yield error(f"covariate {covariate.name}", "has no effect on anything", fix)


def check_events_fire(model: Model) -> Iterator[Issue]:
    """Every event can fire, whatever values a subject has within the bounds of the model."""
    known = _known_bounds(model)
    for event in model.events:
        where = f"event {event.name}"
        reason = _never(event, known)
        if reason:
            yield error(where, f"can never fire: {reason}", "correct the condition, or delete it")


def _never(event: Event, known: dict[str, Bounds]) -> str:
    """Say why an event cannot fire; empty when it may."""
    trigger = event.trigger
    if trigger is None:
        highs = [bounds_of(time, known)[1] for time in event.times]
        if highs and max(highs) < 0.0:
            shown = ", ".join(f"`{to_text(time)}`" for time in event.times)
            return f"its time, {shown}, is before day 0"
        return ""
    shown = to_text(trigger)
    truth = truth_of(trigger, known)
    if truth is False:
        return f"`{shown}` is false for all values within the bounds of the model"
    if event.initial_value and truth is True:
        return f"`{shown}` is always true, and an event fires when its condition becomes true"
    if event.initial_value and _only_ends(trigger):
        return f"`{shown}` ends as time passes, and an event fires when its condition becomes true"
    return ""


def _only_ends(trigger: Node) -> bool:
    """Whether a condition compares time with a constant in such a way that it only ends."""
    if trigger.kind is not Kind.RELATION:
        return False
    left, right = trigger.args
    early = trigger.name in ("<", "<=") and left.kind is Kind.TIME and right.is_number()
    late = trigger.name in (">", ">=") and right.kind is Kind.TIME and left.is_number()
    return early or late


def _known_bounds(model: Model) -> dict[str, Bounds]:
    roles = model.roles
    known: dict[str, Bounds] = {}
    for parameter in model.parameters:
        if roles[parameter.name] is Role.CONSTANT:
            known[parameter.name] = (parameter.lower, parameter.upper)
    for compartment in model.compartments:
        known[compartment.name] = (0.0, float("inf"))
    for species in model.species:
        if species.non_negative:
            known[species.name] = (0.0, float("inf"))
    rules = {item.name: item.expression for item in model.assignments}
    for _ in rules:  # each pass settles at least one more; a circle is left open
        settled = True
        for name, node in rules.items():
            waiting = [s for s in free_symbols([node]) if s in rules and s not in known]
            if name not in known and not waiting:
                known[name] = bounds_of(node, known)
                settled = False
        if settled:
            break
    return {name: ANY if any(map(math.isnan, pair)) else pair for name, pair in known.items()}
