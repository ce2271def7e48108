"""compile_model: from a Model to a System."""

from __future__ import annotations

from livingdrug.model.expression.differentiate import jacobian
from livingdrug.model.expression.nodes import ONE, ZERO, Node, relation, symbol
from livingdrug.model.expression.walk import substitute
from livingdrug.model.model import Model
from livingdrug.system.blocks import Block
from livingdrug.system.layout import control_timed_integrals, extend_layout, make_layout
from livingdrug.system.lower.algebraic import check_algebraic_use, solve_algebraic
from livingdrug.system.lower.delays import DelayTable, check_delays
from livingdrug.system.lower.fast import check_fast, lower_fast
from livingdrug.system.lower.programs import (
    level_events,
    lower_doses,
    lower_events,
    lower_initial,
    lower_outputs,
)
from livingdrug.system.lower.rates import lower_rates
from livingdrug.system.lower.symbols import SwitchTable, expand_assignments
from livingdrug.system.system import System

__all__ = ["compile_model"]


def compile_model(model: Model) -> System:
    """Compile a model to slots and blocks.

    Parameters
    ----------
    model : Model

    Returns
    -------
    System

    Raises
    ------
    CapabilityError
        For parts that no backend can run: neutral delay equations and negative delays, equality
        of varying quantities, algebraic rules that do not determine their variables, fast
        reactions whose equilibrium is not smooth.
    """
    given, model = model, solve_algebraic(model)
    check_algebraic_use(model)
    check_delays(model)
    check_fast(model)
    layout = make_layout(model)
    delays = DelayTable(model)
    known = expand_assignments(model, layout.views | delays.symbols)
    delays.lower(known)
    rates, rates_of = lower_rates(model, layout, known, delays)
    delays.resolve(rates_of)
    known = dict(zip(known, substitute(known.values(), rates_of), strict=True)) | rates_of
    layout = control_timed_integrals(layout, rates, delays.written)
    table = SwitchTable(layout, delays.written)
    rhs = [table.freeze(node, "rate") for node in rates]
    fast = lower_fast(model, layout, known, table)
    events = lower_events(model, layout, known, table)
    delays.freeze(table, rhs, events)
    rhs += [table.freeze(slope, "rate") for slope in table.followed]
    names = [level.name for level in table.levels] + list(delays.written)
    layout = extend_layout(layout, table.followed, names)
    events += level_events(table.levels, layout)
    doses, lags = lower_doses(model, layout, known)
    outputs, slots = lower_outputs(model, layout, known)
    sizes = substitute(
        [symbol(slot.compartment) if slot.compartment else ONE for slot in layout.states], known
    )
    blocks = {
        "init": lower_initial(model, layout, rates_of, delays, table.levels),
        "rhs": _block("rhs", [slot.symbol for slot in layout.states], rhs),
        "jacobian": _jacobian_block([slot.symbol for slot in layout.states], rhs),
        "roots": _block(
            "roots", [s.text for s in table.switches], [s.root for s in table.switches]
        ),
        "conditions": _block(
            "conditions",
            [s.text for s in table.switches],
            [relation(s.operator, s.root, ZERO) for s in table.switches],
        ),
        "triggers": _block(
            "triggers",
            [e.name for e in events if e.trigger is not None],
            [e.trigger for e in events if e.trigger is not None],
        ),
        "outputs": outputs,
        "sizes": _block("sizes", [slot.symbol for slot in layout.states], sizes),
        **fast,
    }
    programs = delays.programs(layout)
    return System(given, layout, blocks, table.switches, events, doses, lags, slots, programs)


def _block(name: str, labels: list[str], nodes: list[Node]) -> Block:
    return Block(name, tuple(labels), tuple(nodes))


def _jacobian_block(names: list[str], rhs: list[Node]) -> Block:
    """Return the matrix of derivatives, row by row, with its structural zeros."""
    rows = jacobian(rhs, [symbol(name) for name in names])
    labels = [f"d {row}/d {column}" for row in names for column in names]
    return _block("jacobian", labels, [node for row in rows for node in row])
