"""What the native engine does not run; the reference engine runs it."""

from __future__ import annotations

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
    if system.has_fast:
        return "fast reactions"
    if system.delays:
        return f"delayed values ({system.delays[0].text})"
    return "" if system.layout.states else "models without states"
