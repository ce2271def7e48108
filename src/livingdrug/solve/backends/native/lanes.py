"""How many subjects run side by side. Results do not depend on it."""

from __future__ import annotations

from livingdrug.system.machine import TargetStrings

__all__ = ["lane_width"]

WIDTH = 8
"""One register of AVX-512, two of AVX2."""

FIRST_CACHE = 48 * 1024
"""Bytes of the cache next to the processor; smaller ones cost little."""


def lane_width(target: TargetStrings, n_slots: int) -> int:
    """Return the number of lanes for a processor and a model.

    Parameters
    ----------
    target : TargetStrings
    n_slots : int
        Of the workspace.

    Returns
    -------
    int

    Notes
    -----
    A block waits for chains of operations that need each other. With two registers for each
    value the processor has twice as much to do meanwhile. Measured with 512 subjects: 16 lanes
    instead of 8 took 4 to 18 % less time with AVX-512 and models of 4 to 9 states, 8 instead of
    4 took 15 to 23 % less with AVX2. Where the workspace does not fit into the first cache, 16
    lanes took 35 % more for 40 states. Eight subjects or fewer take 1.3 to 1.7 times as long, a
    millisecond at most.
    """
    has_wide_registers = "+avx512f" in target.features.split(",")
    if has_wide_registers and n_slots * 2 * WIDTH * 8 <= FIRST_CACHE:
        return 2 * WIDTH
    return WIDTH
