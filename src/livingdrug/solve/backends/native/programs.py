"""The programs of a system that the native engine compiles, their slots, and their text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from livingdrug.model.expression.differentiate import differentiate
from livingdrug.model.expression.nodes import TIME, ZERO, Kind, Node, call, number, symbol
from livingdrug.solve.backends.native.lanes import lane_width
from livingdrug.solve.backends.native.method_ir import method_groups, print_method
from livingdrug.solve.backends.native.modules import Facts
from livingdrug.solve.backends.native.places import BLOCKS, GROUPS
from livingdrug.solve.backends.native.stage import RIGHT, Shape, stage_program
from livingdrug.system.blocks import Block
from livingdrug.system.lower.economy import economise, joined
from livingdrug.system.lower.flatten import Flattener, flatten_block, slot_names
from livingdrug.system.lower.linear import LinearPrograms, lower_linear
from livingdrug.system.machine import target_strings
from livingdrug.system.printers.llvm import print_programs
from livingdrug.system.program import Program, Workspace
from livingdrug.system.system import System, TargetProgram

__all__ = ["action_names", "native_programs", "native_workspace", "print_system", "time_rates"]


def native_programs(system: System, shape: Shape, linear: LinearPrograms) -> list[Program]:
    """Return the programs of a system, in the order of `places`.

    Parameters
    ----------
    system : System
    shape : Shape
    linear : LinearPrograms

    Returns
    -------
    list of Program
        What is integrated is rewritten so that it costs less; the rest stays as it is written.
    """
    blocks, layout = system.blocks, system.layout
    events = [event.name for event in system.events]
    none = number(-math.inf)  # after every event that has a priority
    rhs = flatten_block(blocks["rhs"], layout, "f")
    made = {
        "init": _init(system),
        "natural": _mapped(system, "natural", "z", "y", lambda node: call("exp", node)),
        "inward": _mapped(system, "inward", "y", "z", lambda node: call("log", node)),
        "rhs": economise(rhs),
        "dfdt": economise(_dfdt(system, shape)),
        "jaclu": economise(joined("jaclu", linear.jaclu, rhs)),
        "solve": stage_program("first_stage", linear.solve, shape),
        "roots": flatten_block(blocks["roots"], layout, "r"),
        "conditions": flatten_block(blocks["conditions"], layout, "c"),
        "switch_times": _switch_times(system),
        "triggers": flatten_block(blocks["triggers"], layout, "tr"),
        "delays": _flat(system, "delays", events, [e.delay or ZERO for e in system.events]),
        "priorities": _flat(
            system, "priorities", events, [e.priority or none for e in system.events]
        ),
        "sizes": flatten_block(blocks["sizes"], layout, "size"),
        "outputs": flatten_block(blocks["outputs"], layout, "o"),
    }
    programs = [made[name] for name in BLOCKS]
    programs.append(stage_program("stage", linear.solve, shape, rhs))
    for (value_name, scale_name), targets in zip(
        action_names(system), _written(system), strict=True
    ):
        programs.append(_targets(system, value_name, targets, "v"))
        programs.append(_targets(system, scale_name, targets, "scale"))
    return programs


def action_names(system: System) -> list[tuple[str, str]]:
    """Name the blocks of values and of sizes of every event, then of every dose.

    Parameters
    ----------
    system : System

    Returns
    -------
    list of tuple of str
    """
    return [(f"action{place}", f"scale{place}") for place in range(len(_written(system)))]


def _written(system: System) -> list[tuple[TargetProgram, ...]]:
    return [event.targets for event in system.events] + list(system.doses.values())


def time_rates(system: System) -> list[Node]:
    """Return the explicit derivatives of the rates with respect to time.

    Parameters
    ----------
    system : System

    Returns
    -------
    list of Node
    """
    return [differentiate(node, TIME) for node in system.blocks["rhs"].outputs]


def _dfdt(system: System, shape: Shape) -> Program:
    labels = tuple(slot.symbol for slot in system.layout.states) if shape.has_time else ()
    nodes = tuple(time_rates(system)) if shape.has_time else ()
    return flatten_block(Block("dfdt", labels, nodes), system.layout, "dt")


def native_workspace(system: System, shape: Shape, n_entries: int) -> Workspace:
    """Lay out the slots of a system.

    Parameters
    ----------
    system : System
    shape : Shape
    n_entries : int
        Of the factors.

    Returns
    -------
    Workspace
    """
    n, k, events = system.n_states, len(system.switches), len(system.events)
    targets = max((len(item) for item in _written(system)), default=0)
    timed = sum(switch.at_time is not None for switch in system.switches)
    sizes = {
        "t": 1, "w": 1, "z": n, "y": n, "p": len(system.layout.constants), "s": k, "f": n,
        "dt": n if shape.has_time else 1, "b": 1, "guard": 2, "r": k, "c": k, "st": timed,
        "sl": timed, "tr": events, "delay": events, "priority": events, "size": n,
        "o": len(system.outputs), "v": targets, "scale": targets, "dose": 1,
        "u": 2,
    }  # fmt: skip
    groups = [(name, max(sizes[name], 1)) for name in GROUPS]
    groups += [*method_groups(n), ("lu", n_entries)]
    if any(shape.is_log):
        return Workspace.of(groups)
    # what is integrated is the states themselves: one group under two names
    space = Workspace.of([item for item in groups if item[0] != "z"])
    return Workspace(space.groups, {**space.offsets, "z": space.offsets["y"]})


def print_system(system: System, width: int | None) -> tuple[str, Facts]:
    """Return the code of a system as text, and what goes with it.

    Parameters
    ----------
    system : System
    width : int or None
        Lanes; None for what suits the processor and the model.

    Returns
    -------
    str
        LLVM IR.
    Facts
    """
    rates = time_rates(system)
    has_time = any(node.kind is not Kind.NUMBER or node.value for node in rates)
    shape = Shape.of(system, has_time=has_time)
    linear = lower_linear(system, shape.mass)
    workspace = native_workspace(system, shape, linear.n_entries)
    width = width or lane_width(target_strings(), workspace.n_slots)
    programs = native_programs(system, shape, linear)
    method = print_method(workspace, shape, width)
    moving = {"first_stage": RIGHT, "stage": RIGHT}
    text = print_programs(programs, workspace, width, *method, moving=moving)
    return text, Facts(width, has_time, linear.n_entries)


def _flat(system: System, name: str, labels: Sequence[str], nodes: Sequence[Node]) -> Program:
    output = {"delays": "delay", "priorities": "priority"}[name]
    return flatten_block(Block(name, tuple(labels), tuple(nodes)), system.layout, output)


def _targets(system: System, name: str, targets: tuple[TargetProgram, ...], output: str) -> Program:
    labels = tuple(target.quantity for target in targets)
    nodes = tuple(target.value if output == "v" else target.scale for target in targets)
    return flatten_block(Block(name, labels, nodes), system.layout, output)


def _init(system: System) -> Program:
    """Return the block that computes the states at the start, for all lanes alike."""
    flat = Flattener(slot_names(system.layout))
    nodes = system.blocks["init"].outputs[: system.n_states]
    stores = tuple((f"y[{place}]", flat.number(node)) for place, node in enumerate(nodes))
    return Program("init", tuple(flat.instructions), stores).without_dead()


def _mapped(
    system: System, name: str, source: str, target: str, of_log: Callable[[Node], Node]
) -> Program:
    """Return the way between what is integrated, `z`, and natural values, `y`."""
    states = system.layout.states
    if not any(slot.log_state for slot in states):  # both are the same slots
        return Program(name, (), ())
    flat = Flattener({f"x{place}": f"{source}[{place}]" for place in range(len(states))})
    stores = []
    for place, slot in enumerate(states):
        node = symbol(f"x{place}")
        value = flat.number(of_log(node) if slot.log_state else node)
        stores.append((f"{target}[{place}]", value))
    return Program(name, tuple(flat.instructions), tuple(stores))


def _switch_times(system: System) -> Program:
    """Return when conditions on time alone change, and the slopes of their roots."""
    flat = Flattener(slot_names(system.layout))
    timed = [switch for switch in system.switches if switch.at_time is not None]
    stores = [
        (f"st[{place}]", flat.number(switch.at_time or ZERO)) for place, switch in enumerate(timed)
    ]
    stores += [
        (f"sl[{place}]", flat.number(switch.rising or ZERO)) for place, switch in enumerate(timed)
    ]
    return Program("switch_times", tuple(flat.instructions), tuple(stores)).without_dead()
