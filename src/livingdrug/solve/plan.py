"""Fix tolerances and thresholds, and refuse what does not fit into memory."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import OptionError, raise_issues, unknown_name
from livingdrug.solve.backends.base import Plan, Tracker
from livingdrug.solve.clones.record import Clones
from livingdrug.solve.methods import method_named
from livingdrug.solve.stochastic import Stochastic
from livingdrug.system.system import System

__all__ = ["check_memory", "make_plan"]

FloatArray = NDArray[np.float64]

MAX_COURSE_BYTES = 4 * 2**30
"""An in-memory course above this size is refused."""

_PER_ENTITY = 1e-3  # default absolute tolerance, as a part of rtol times one cell or molecule


_COUNT_ALL = Stochastic()


def make_plan(
    system: System,
    *,
    method: str,
    rtol: float,
    atol: float | Mapping[str, float] | None,
    extinction: str | Mapping[str, float],
    seed: int,
    max_steps: int,
    threads: int = 1,
    trackers: tuple[Tracker, ...] = (),
    stochastic: Stochastic = _COUNT_ALL,
    clones: Clones | None = None,
) -> Plan:
    """Fix how to integrate.

    Parameters
    ----------
    system : System
    method : str
    rtol : float
    atol : float, mapping from state to float, or None
        None takes ``rtol * 1e-3`` of one entity for species that are counted and of the nominal
        size for others.
    extinction : {"model", "off"} or mapping from species to float
    seed, max_steps, threads : int
    trackers : tuple of Tracker, optional
    stochastic : Stochastic, optional
    clones : Clones, optional

    Returns
    -------
    Plan

    Raises
    ------
    OptionError
        When an option is out of range or names what is not a state.
    UnknownNameError
        When there is no such method.
    """
    if not (isinstance(rtol, (int, float)) and 1e-13 <= rtol <= 0.1):
        raise OptionError(f"rtol = {rtol!r}: allowed are 1e-13 to 0.1")
    if max_steps < 1:
        raise OptionError(f"max_steps = {max_steps!r} must be >= 1")
    if threads < 1:
        raise OptionError(f"threads = {threads!r} must be >= 1")
    return Plan(
        method_named(method),
        float(rtol),
        _atol(system, rtol, atol),
        _extinction(system, extinction),
        seed,
        max_steps,
        threads,
        trackers,
        stochastic,
        clones,
    )


def _atol(system: System, rtol: float, atol: float | Mapping[str, float] | None) -> FloatArray:
    states = system.layout.states
    given = dict(atol) if isinstance(atol, Mapping) else {}
    names = [slot.name for slot in states]
    raise_issues(
        [unknown_name("state", name, names, where="atol") for name in given if name not in names],
        OptionError,
    )
    result = np.empty(len(states))
    for place, slot in enumerate(states):
        if slot.name in given:
            result[place] = given[slot.name]
        elif isinstance(atol, (int, float)) and not slot.log_state:
            result[place] = float(atol)
        else:
            result[place] = rtol if slot.log_state else default_atol(system, place, rtol)
    if not np.all(result > 0):
        raise OptionError(f"atol = {atol!r} must be > 0")
    return result


def default_atol(system: System, place: int, rtol: float) -> float:
    """Return the absolute tolerance of a state that nobody gave one for.

    Parameters
    ----------
    system : System
    place : int
        Position of the state.
    rtol : float

    Returns
    -------
    float
        In the unit of the state.
    """
    slot = system.layout.states[place]
    size = 1.0
    scale = 1.0
    for species in system.model.species:
        if species.name != slot.name:
            continue
        if species.count_per_unit:
            size = 1.0 / species.count_per_unit
        elif species.nominal:
            size = species.nominal
        elif species.initial:
            size = abs(species.initial)
        if slot.compartment:
            scale = next(c.size for c in system.model.compartments if c.name == slot.compartment)
    return max(rtol * _PER_ENTITY * size * scale, 1e-300)


def _extinction(system: System, extinction: str | Mapping[str, float]) -> FloatArray:
    """Return the threshold of each state in the unit of its symbol; NaN where there is none."""
    states = system.layout.states
    result = np.full(len(states), np.nan)
    if extinction == "off":
        return result
    if extinction == "model":
        below = {s.name: s.extinction.below for s in system.model.species if s.extinction}
    elif isinstance(extinction, Mapping):
        below = dict(extinction)
    else:
        raise OptionError(
            f"extinction = {extinction!r}: allowed are 'model', 'off' or {{species: threshold}}"
        )
    names = [slot.name for slot in states]
    for name, value in below.items():
        if name not in names:
            raise OptionError([unknown_name("species", name, names, where="extinction")])
        if not (math.isfinite(value) and value > 0):
            raise OptionError(f"extinction of {name!r}: threshold {value!r} must be > 0")
        result[names.index(name)] = value
    return result


def check_memory(n_subjects: int, n_outputs: int, n_times: int, replicates: int = 1) -> None:
    """Refuse a course that would fill the memory.

    Parameters
    ----------
    n_subjects, n_outputs, n_times : int
    replicates : int, optional
        Of each subject.

    Raises
    ------
    OptionError
        Naming the sizes and what to reduce.
    """
    size = 8 * n_subjects * replicates * n_outputs * n_times
    if size > MAX_COURSE_BYTES and replicates > 1:
        raise OptionError(
            f"a course of {n_subjects:,} subjects x {replicates:,} replicates x {n_outputs} "
            f"variables x {n_times} times needs {size / 2**30:.3g} GiB, more than "
            f"{MAX_COURSE_BYTES / 2**30:.0f} GiB, and a course with replicates is not streamed; "
            "keep a few numbers of each run (reduce=, simulate_outcomes, on the command line "
            "livingdrug outcomes), or ask for fewer subjects, replicates or times"
        )
    if size > MAX_COURSE_BYTES:
        raise OptionError(
            f"a course of {n_subjects:,} subjects x {n_outputs} variables x {n_times} times needs "
            f"{size / 2**30:.3g} GiB, more than {MAX_COURSE_BYTES / 2**30:.0f} GiB; keep a few "
            "numbers of each subject (reduce=, on the command line --reduce), stream the course to "
            "disk (simulate_to, on the command line --out FILE.zarr or FILE.parquet), or ask for "
            "fewer subjects or times"
        )
