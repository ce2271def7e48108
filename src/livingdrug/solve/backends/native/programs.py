"""The programs of a system that the native engine compiles, and where their slots lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from livingdrug.model.expression.differentiate import differentiate
from livingdrug.model.expression.nodes import TIME, ZERO, Kind, Node, call, number, symbol
from livingdrug.solve.backends.native.method_ir import method_groups
from livingdrug.solve.backends.native.places import BLOCKS, GROUPS
from livingdrug.system.blocks import Block
from livingdrug.system.lower.flatten import Flattener, flatten_block, slot_names
from livingdrug.system.lower.linear import lower_linear
from livingdrug.system.program import Program, Workspace
from livingdrug.system.system import System, TargetProgram

__all__ = ["has_explicit_time", "native_programs"]


def native_programs(system: System) -> tuple[list[Program], Workspace]:
    """Return the programs of a system, in the order of `places`, and their workspace.

    Parameters
    ----------
    system : System

    Returns
    -------
    list of Program
    Workspace
    """
    blocks, layout = system.blocks, system.layout
    linear = lower_linear(system)
    labels = tuple(slot.symbol for slot in layout.states)
    events = [event.name for event in system.events]
    none = number(-math.inf)  # after every event that has a priority
    made = {
        "init": _init(system),
        "natural": _mapped(system, "natural", "z", "y", lambda node: call("exp", node)),
        "inward": _mapped(system, "inward", "y", "z", lambda node: call("log", node)),
        "rhs": flatten_block(blocks["rhs"], layout, "f"),
        "dfdt": flatten_block(Block("dfdt", labels, tuple(_time_rates(system))), layout, "dt"),
        "jaclu": Program("jaclu", linear.jaclu.instructions, linear.jaclu.stores),
        "solve": Program("solve", linear.solve.instructions, linear.solve.stores),
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
    written = [event.targets for event in system.events] + list(system.doses.values())
    for place, targets in enumerate(written):
        programs.append(_targets(system, f"action{place}", targets, "v"))
    for place, targets in enumerate(written):
        programs.append(_targets(system, f"scale{place}", targets, "scale"))
    return programs, _workspace(system, linear.n_entries, written)


def has_explicit_time(system: System) -> bool:
    """Tell whether a rate depends on time itself.

    Parameters
    ----------
    system : System

    Returns
    -------
    bool
    """
    return any(node.kind is not Kind.NUMBER or node.value for node in _time_rates(system))


def _time_rates(system: System) -> list[Node]:
    return [differentiate(node, TIME) for node in system.blocks["rhs"].outputs]


def _workspace(
    system: System, n_entries: int, written: Sequence[tuple[TargetProgram, ...]]
) -> Workspace:
    n, k, events = system.n_states, len(system.switches), len(system.events)
    targets = max((len(item) for item in written), default=0)
    timed = sum(switch.at_time is not None for switch in system.switches)
    sizes = {
        "t": 1, "w": 1, "z": n, "y": n, "p": len(system.layout.constants), "s": k, "f": n,
        "dt": n, "b": n, "guard": 2, "r": k, "c": k, "st": timed, "sl": timed, "tr": events,
        "delay": events, "priority": events, "size": n, "o": len(system.outputs), "v": targets,
        "scale": targets, "dose": 1,
    }  # fmt: skip
    groups = [(name, max(sizes[name], 1)) for name in GROUPS]
    return Workspace.of([*groups, *method_groups(n), ("lu", n_entries)])


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
