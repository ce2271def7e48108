"""Find in a model what a question turns: its tumour, its dose, or anything with a shared term.

Everything is read off the structure of the model, so that a model that nobody thought of is asked
in the same way; what a model lacks is said in words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livingdrug.catalogue.entry import Entry
from livingdrug.cohort.cohort import settable
from livingdrug.core.errors import OptionError, unknown_name
from livingdrug.core.units import same_dimension
from livingdrug.model.dependence import states_shown, upstream
from livingdrug.model.expression.nodes import Node, symbol
from livingdrug.model.expression.walk import divide_out, free_symbols, substitute
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.model.terms import TERMS

__all__ = [
    "Handle",
    "car_variable",
    "check_axis",
    "depends",
    "find_handle",
    "infused",
    "reference_regimen",
    "tumor_name",
    "usual_regimen",
]

DOSE = "dose"
TUMOR = "tumor_burden"


@dataclass(frozen=True, slots=True)
class Handle:
    """What one question turns in one model.

    Attributes
    ----------
    values : tuple of (str, float)
        Parameters and initial values, as published; empty when doses are turned, or nothing is.
    regimen : bool
        The infused dose is turned.
    moves : frozenset of str
        Quantities that the turn changes directly.
    note : str
        What it turns, in words.
    missing : str
        Why the model cannot be asked; empty when it can.
    """

    values: tuple[tuple[str, float], ...] = ()
    regimen: bool = False
    moves: frozenset[str] = frozenset()
    note: str = ""
    missing: str = ""


def infused(model: Model) -> tuple[str, ...]:
    """Return the species that the infusion, or what stands for it, fills.

    Parameters
    ----------
    model : Model

    Returns
    -------
    tuple of str
        Empty when nothing is infused.
    """
    species = {item.name for item in model.species}
    for dose in model.doses:
        if dose.name == "infusion":
            return tuple(target.quantity for target in dose.targets)
    if model.dose_stand_in is None:
        return ()
    quantity = model.dose_stand_in.quantity
    if quantity in species:
        return (quantity,)
    rules = {item.name: item.expression for item in model.assignments}
    return tuple(
        name
        for name, node in model.initial_assignments
        if name in species and quantity in upstream_of(node, rules)
    )


def upstream_of(node: Node, rules: Mapping[str, Node]) -> set[str]:
    """Return the names that an expression is written with, assignments expanded.

    Parameters
    ----------
    node : Node
    rules : mapping from name to Node

    Returns
    -------
    set of str
    """
    todo, seen = free_symbols([node]), set[str]()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += free_symbols([rules[name]]) if name in rules else []
    return seen


def car_variable(model: Model) -> str:
    """Return what counts the engineered cells.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
        An observable or species with a term ``car_*``; without one the first observable that
        shows an infused species, or the first infused species; empty when nothing is infused.
    """
    for name, term, _ in shown(model):
        if term.startswith("car_"):
            return name
    cells = infused(model)
    for item in model.observables:
        if states_shown(model, item.name) & set(cells):
            return item.name
    return cells[0] if cells else ""


def tumor_name(model: Model) -> str:
    """Return the quantity with a term ``tumor_*``; empty when there is none.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
    """
    return next((name for name, term, _ in shown(model) if term.startswith("tumor_")), "")


def shown(model: Model) -> list[tuple[str, str, str]]:
    """Return name, term and unit of the observables, then of the species.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of (str, str, str)
    """
    rows = [(item.name, item.term, item.unit) for item in model.observables]
    return rows + [(item.name, item.term, item.unit) for item in model.species]


def usual_regimen(model: Model, entry: Entry | None) -> Regimen | None:
    """Return the doses that the model is used with at its typical amount.

    Parameters
    ----------
    model : Model
    entry : Entry or None
        The regimen of most read-outs whose infusions are, or add up to, the typical amount.

    Returns
    -------
    Regimen or None
        Otherwise one infusion of the typical amount on day 0; None without a typical infusion.
    """
    typical = next((item.typical for item in model.doses if item.name == "infusion"), None)
    if typical is None:
        return None
    counts: dict[tuple[Dose, ...], int] = {}
    for readout in entry.readouts if entry is not None else ():
        amounts = [dose.amount for dose in readout.doses if dose.name == "infusion"]
        mine = readout.variant in ("", model.variant) and not any(d.per for d in readout.doses)
        sizes = {sum(amounts), *(amounts if len(set(amounts)) == 1 else ())}
        if mine and any(math.isclose(size, typical, rel_tol=1e-9) for size in sizes):
            counts[readout.doses] = counts.get(readout.doses, 0) + 1
    if counts:
        return Regimen(max(counts, key=counts.__getitem__))
    return Regimen.infusion(typical)


def reference_regimen(model: Model, entry: Entry | None) -> Regimen | None:
    """Return the doses that the model is used with, whatever it is a model of.

    Parameters
    ----------
    model : Model
    entry : Entry or None

    Returns
    -------
    Regimen or None
        `usual_regimen`; without a typical infusion the doses of most read-outs of the variant,
        or else the typical amount of each dose on day 0. None where the model states none.
    """
    usual = usual_regimen(model, entry)
    if usual is not None:
        return usual
    declared = {item.name for item in model.doses}
    counts: dict[tuple[Dose, ...], int] = {}
    for readout in entry.readouts if entry is not None else ():
        fits = (
            readout.variant in ("", model.variant) and {d.name for d in readout.doses} <= declared
        )
        if fits and readout.doses:
            counts[readout.doses] = counts.get(readout.doses, 0) + 1
    if counts:
        return Regimen(max(counts, key=counts.__getitem__))
    doses = tuple(Dose(item.name, item.typical) for item in model.doses if item.typical is not None)
    return Regimen(doses) if doses else None


def find_handle(model: Model, axis: str, *, typical: bool) -> Handle:
    """Find what a question turns.

    Parameters
    ----------
    model : Model
    axis : str
        ``"dose"``, ``"tumor_burden"`` (any term ``tumor_*``), or another term.
    typical : bool
        The model has a typical infusion.

    Returns
    -------
    Handle

    Raises
    ------
    OptionError
        When the axis is no term.
    """
    check_axis(axis)
    return _dose(model, typical=typical) if axis == DOSE else _start(model, axis)


def check_axis(axis: str) -> None:
    """Check that something can be asked at all.

    Parameters
    ----------
    axis : str

    Raises
    ------
    OptionError
        Naming the nearest terms.
    """
    if axis != DOSE and axis not in TERMS:
        raise OptionError([unknown_name("quantity to turn", axis, [DOSE, *TERMS])])


def _dose(model: Model, *, typical: bool) -> Handle:
    targets = infused(model)
    if any(item.name == "infusion" for item in model.doses):
        if typical:
            return Handle(regimen=True, moves=frozenset(targets), note="infused dose")
        return Handle(missing=f"{model.id} names no typical dose")
    stand_in = model.dose_stand_in
    if stand_in is None:
        return Handle(missing=f"{model.id} infuses nothing")
    if stand_in.quantity not in {item.name for item in model.species}:
        return Handle(missing=f"no dose: {stand_in.reason}")
    start = model.species_named(stand_in.quantity).initial
    if settable(model).get(stand_in.quantity, ("",))[0] != "initial" or start <= 0.0:
        return Handle(missing=f"no dose that could be set: {stand_in.reason}")
    note = f"initial value of {stand_in.quantity}: {stand_in.reason}"
    return Handle(((stand_in.quantity, start),), moves=frozenset(targets), note=note)


def _start(model: Model, axis: str) -> Handle:
    """Turn the initial value of what bears a term."""
    matches = [
        name
        for name, term, _ in shown(model)
        if term == axis or (axis == TUMOR and term.startswith("tumor_"))
    ]
    if not matches:
        return Handle(missing=_lacking(model, axis))
    states = states_shown(model, matches[0]) - set(infused(model))
    species = [item for item in model.species if item.name in states]
    computed = dict(model.initial_assignments)
    if not any(item.name in computed for item in species):
        values = tuple((item.name, item.initial) for item in species if item.initial > 0.0)
        if not values:
            return Handle(missing=f"{matches[0]} starts at 0")
        names = ", ".join(name for name, _ in values)
        return Handle(values, moves=frozenset(states), note=f"initial value of {names}")
    wanted = [computed[item.name] for item in species if item.name in computed]
    free = [item.name for item in species if item.name not in computed and item.initial > 0.0]
    found = [] if free else _scales(model, wanted, [item.unit for item in species])
    if len(found) != 1:
        many = f"{', '.join(found)} each set it" if found else "no one parameter scales it"
        return Handle(missing=f"the start of {matches[0]} is computed, and {many}")
    note = f"parameter {found[0]}, which sets the start of {matches[0]}"
    value = model.parameter(found[0]).value
    return Handle(((found[0], value),), moves=frozenset({found[0], *states}), note=note)


def _scales(model: Model, nodes: Sequence[Node], units: Sequence[str]) -> list[str]:
    """Return the parameters of the same dimension that all expressions are multiples of."""
    rules = {symbol(item.name): item.expression for item in model.assignments}
    for _ in rules:  # assignments may rest on assignments
        nodes = substitute(nodes, rules)
    known = settable(model)
    return [
        item.name
        for item in model.parameters
        if known.get(item.name, ("",))[0] == "parameter"
        and all(same_dimension(item.unit, unit) for unit in units)
        and all(divide_out(node, symbol(item.name)) is not None for node in nodes)
    ]


def _lacking(model: Model, axis: str) -> str:
    what = "a tumour" if axis == TUMOR else axis
    terms = sorted({term for _, term, _ in shown(model) if term and not term.startswith("car_")})
    others = f"; it has {', '.join(terms)}" if terms else ""
    return f"nothing in {model.id} has the term of {what}{others}"


def depends(model: Model, quantity: str, handle: Handle) -> bool:
    """Tell whether the equations let a handle move a quantity at all.

    Parameters
    ----------
    model : Model
    quantity : str
    handle : Handle

    Returns
    -------
    bool
    """
    return bool(handle.moves & upstream(model, [quantity]))
