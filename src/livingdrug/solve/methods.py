"""Methods of simulation, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass

from livingdrug.core.errors import UnknownNameError, unknown_name

__all__ = ["CLONES", "DEFAULT_METHODS", "JUMP_METHODS", "METHODS", "Method", "method_named"]


@dataclass(frozen=True, slots=True)
class Method:
    """A way of integrating differential equations, or of simulating jumps of single entities.

    Attributes
    ----------
    name : str
    scipy_name : str
        Class in `scipy.integrate`; empty for a method of our own.
    implicit : bool
        Takes a Jacobian.
    scalar_rtol : bool
        Its class takes one relative tolerance rather than one per state.
    dense_output : bool
        Its interpolant is as accurate as its steps; otherwise every output time ends a step.
    doc : str
    source : str
        doi of the method.
    backend : str
        The engine that offers it.
    stochastic : bool
        It simulates single jumps, so that replicates of one subject differ.
    """

    name: str
    scipy_name: str
    implicit: bool
    scalar_rtol: bool
    dense_output: bool
    doc: str
    source: str
    backend: str = "reference"
    stochastic: bool = False


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "rodas5p",
            "",
            True,
            True,
            True,
            "Rosenbrock of order 5 (Rodas5P) with dense output of order 4, in vector lanes",
            "10.1007/s10543-023-00967-x",
            "native",
        ),
        Method(
            "lsoda",
            "LSODA",
            True,
            False,
            True,
            "Adams and BDF of variable order with automatic switching for stiffness",
            "10.1137/0904010",
        ),
        Method(
            "bdf",
            "BDF",
            True,
            True,
            True,
            "backward differentiation of order 1 to 5, for stiff models",
            "10.1137/S1064827594276424",
        ),
        Method(
            "radau",
            "Radau",
            True,
            True,
            False,
            "implicit Runge-Kutta of order 5 (Radau IIA), for stiff models at tight tolerances",
            "10.1007/978-3-642-05221-7",
        ),
        Method(
            "dop853",
            "DOP853",
            False,
            False,
            True,
            "explicit Runge-Kutta of order 8, for smooth non-stiff models at tight tolerances",
            "10.1007/978-3-540-78862-1",
        ),
        Method(
            "rk45",
            "RK45",
            False,
            False,
            True,
            "explicit Runge-Kutta of order 5 (Dormand-Prince)",
            "10.1016/0771-050X(80)90013-3",
        ),
    )
}
"""Every method that integrates, by name; tests and the command line loop over this table."""

JUMP_METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "ssa",
            "",
            False,
            True,
            True,
            "exact jumps of single entities by the direct method, in vector lanes",
            "10.1021/j100540a008",
            "stochastic",
            stochastic=True,
        ),
        Method(
            "tau",
            "",
            False,
            True,
            True,
            "tau-leaping with adaptive leaps, critical jumps made one by one",
            "10.1063/1.2159468",
            "stochastic",
            stochastic=True,
        ),
        Method(
            "langevin",
            "",
            False,
            True,
            True,
            "chemical Langevin equation, steps as long as the leaps of tau-leaping",
            "10.1063/1.481811",
            "stochastic",
            stochastic=True,
        ),
        Method(
            "hybrid",
            "",
            True,
            True,
            True,
            "few entities counted exactly, many continuous: a piecewise-deterministic process",
            "10.1111/j.2517-6161.1984.tb01308.x",
            "hybrid",
            stochastic=True,
        ),
        Method(
            "clones",
            "",
            True,
            True,
            True,
            "clones as branching processes, in the environment that the model makes of their sum",
            "10.1214/aoms/1177730285",
            "clonal",
            stochastic=True,
        ),
    )
}
"""Every method that simulates jumps of single entities, by name."""


CLONES = "clones"
"""The method that `livingdrug.simulate` takes where clones are asked for."""

DEFAULT_METHODS = {"native": "rodas5p", "reference": "lsoda"}
"""What each engine uses when no method is named."""


def method_named(name: str) -> Method:
    """Return a method.

    Parameters
    ----------
    name : str

    Returns
    -------
    Method

    Raises
    ------
    UnknownNameError
    """
    known = METHODS | JUMP_METHODS
    if name not in known:
        raise UnknownNameError([unknown_name("method", name, known)])
    return known[name]
