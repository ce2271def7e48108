"""Run a case on an engine, and say what an engine is known not to run."""

from __future__ import annotations

import functools

import numpy as np
import xarray as xr

from livingdrug.solve.engines import BACKENDS
from livingdrug.solve.methods import METHODS
from livingdrug.solve.simulate import simulate

from . import shapes_algebraic, shapes_events, shapes_fast, shapes_jumps  # noqa: F401 - they fill the table
from .shapes import FEATURES, Case

__all__ = [
    "CASES",
    "REFUSED",
    "course_bits",
    "happenings",
    "methods_of",
    "oracle",
    "run_case",
    "states_of",
]

CASES = tuple(FEATURES)

REFUSED: dict[str, dict[str, str]] = {
    "reference": {},
    "native": {
        "fast_reaction": "fast reactions",
        "no_states": "models without states",
    },
}
"""Backend to feature to what the refusal says. Whatever is not here must run, and be right."""


def methods_of(backend: str) -> list[str]:
    """Name the methods of a backend."""
    return [name for name, method in METHODS.items() if method.backend == backend]


def run_case(case: Case, method: str, rtol: float) -> xr.Dataset:
    """Simulate a case with a method, and so on the backend of the method."""
    return simulate(
        case.model, case.cohort, times=case.times, side=case.side, method=method, rtol=rtol
    )


@functools.cache
def oracle(name: str) -> xr.Dataset:
    """Return a feature by the reference backend at the tolerance where it is trusted."""
    return run_case(FEATURES[name](), "lsoda", 1e-12)


def happenings(course: xr.Dataset, subject: object = 0) -> list[tuple[str, float]]:
    """Return the event log of one subject as pairs (name, day)."""
    mine = course["event_subject"].values == subject
    names = course["event_name"].values[mine].tolist()
    return list(zip(names, course["event_time"].values[mine].tolist(), strict=True))


def states_of(course: xr.Dataset) -> list[str]:
    """Name the variables with values over time."""
    return [str(name) for name, v in course.data_vars.items() if v.dims == ("subject", "time")]


def course_bits(course: xr.Dataset) -> dict[object, tuple[object, ...]]:
    """Return everything that a course says of each subject, to the last bit."""
    names = states_of(course)
    block = np.stack([course[name].values for name in names])
    return {
        label: (
            block[:, row].tobytes(),
            int(course["status"].values[row]),
            str(course["status_message"].values[row]),
            tuple(happenings(course, label)),
        )
        for row, label in enumerate(course["subject"].values.tolist())
    }


assert set(REFUSED) == set(BACKENDS.names()), "a new backend needs a row in REFUSED"
