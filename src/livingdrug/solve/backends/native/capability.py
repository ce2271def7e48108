"""What the native engine does not run; the reference engine runs it."""

from __future__ import annotations

from collections.abc import Sequence

from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.walk import free_symbols, postorder
from livingdrug.model.model import Role
from livingdrug.system.system import System

__all__ = ["missing_capability"]


def missing_capability(system: System) -> str:
    """Say what keeps a system from running here; empty when nothing does.

    Parameters
    ----------
    system : System

    Returns
    -------
    str
    """
    roles = system.model.roles
    if not system.layout.states:
        return "models without states"
    for event in system.events:
        if event.delay is not None or event.priority is not None:
            return f"event {event.name}: delays and priorities"
    if len(system.events) > 1:
        return "several events, whose order at one time is drawn"
    for event in system.events:
        for target in event.targets:
            if target.has_size:
                return f"event {event.name}: concentrations"
    for name, targets in system.doses.items():
        for target in targets:
            if not _constant_only(system, [target.value, target.scale]):
                return f"dose {name}: amounts that depend on the state"
        if name in system.dose_lags and not _constant_only(system, [system.dose_lags[name]]):
            return f"dose {name}: a lag that depends on the state"
    for switch in system.switches:
        if switch.at_time is not None:
            for used in free_symbols([switch.at_time, *([switch.rising] if switch.rising else [])]):
                if roles.get(used) is not Role.CONSTANT:
                    return f"condition `{switch.text}`: a time that changes during the run"
    for slot in system.layout.states:
        if slot.compartment and roles[slot.compartment] is not Role.CONSTANT:
            return f"compartment {slot.compartment}: a size that changes"
    return ""


def _constant_only(system: System, nodes: Sequence[Node]) -> bool:
    roles = system.model.roles
    timed = any(part.kind is Kind.TIME for part in postorder(nodes))
    names = set(free_symbols(nodes)) - {"dose"}
    return not timed and all(roles.get(name) is Role.CONSTANT for name in names)
