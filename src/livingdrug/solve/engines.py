"""Every engine by name, and which one a call uses."""

from __future__ import annotations

import dataclasses

from livingdrug.core.errors import (
    CapabilityError,
    Issue,
    OptionError,
    UnknownNameError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.registry import Registry
from livingdrug.solve.backends.base import AbstractBackend, OtherEngineError, Plan
from livingdrug.solve.methods import DEFAULT_METHODS, JUMP_METHODS, method_named
from livingdrug.system.system import System

__all__ = ["BACKENDS", "JUMP_BACKENDS", "choose_engine", "start_engine"]

BACKENDS: Registry[type[AbstractBackend]] = Registry(
    "backend",
    {
        "native": "livingdrug.solve.backends.native.backend:NativeBackend",
        "reference": "livingdrug.solve.backends.reference:ReferenceBackend",
    },
    "livingdrug.backends",
)
"""Every engine that integrates, by name; conformance tests loop over this table."""

JUMP_BACKENDS: Registry[type[AbstractBackend]] = Registry(
    "backend",
    {
        "stochastic": "livingdrug.solve.backends.stochastic.backend:StochasticBackend",
        "hybrid": "livingdrug.solve.backends.stochastic.hybrid:HybridBackend",
        "clonal": "livingdrug.solve.backends.clonal:ClonalBackend",
    },
    "livingdrug.jump_backends",
)
"""Every engine that simulates jumps of single entities, by name."""


def choose_engine(system: System, backend: str, method: str | None) -> tuple[str, str]:
    """Return the engine and the method that a call will use.

    Parameters
    ----------
    system : System
    backend : str
        ``"auto"`` or the name of an engine.
    method : str or None

    Returns
    -------
    tuple of str

    Raises
    ------
    UnknownNameError
        When there is no such engine or method.
    OptionError
        When the engine does not offer the method.
    """
    known = [*BACKENDS.names(), *JUMP_BACKENDS.names()]
    if backend not in ("auto", *known):
        raise UnknownNameError([unknown_name("backend", backend, known)])
    if backend in BACKENDS and backend not in DEFAULT_METHODS:
        BACKENDS.get(backend)  # its module may add the records of its methods
    if method is not None:
        home = method_named(method).backend
        if backend not in ("auto", home):
            raise OptionError(
                f"method {method!r} belongs to the backend {home!r}, not to {backend!r}"
            )
        backend = home
    if backend == "auto":
        from livingdrug.solve.backends.native.capability import missing_capability

        backend = "reference" if missing_capability(system) else "native"
    if method is None and backend in JUMP_BACKENDS:
        names = [name for name, item in JUMP_METHODS.items() if item.backend == backend]
        raise OptionError(f"backend {backend!r} needs a method: {', '.join(names)}")
    if method is None and backend not in DEFAULT_METHODS:
        raise OptionError(
            f"backend {backend!r} states no method of its own in DEFAULT_METHODS; "
            "add one there and its record to METHODS"
        )
    return backend, method or DEFAULT_METHODS[backend]


def start_engine(
    system: System, plan: Plan, backend: str, *, may_fall_back: bool
) -> tuple[AbstractBackend, object, Plan]:
    """Prepare an engine, another where that runs the method, or the reference as the last resort.

    The reference takes over where the processor cannot run the engine chosen.

    Parameters
    ----------
    system : System
    plan : Plan
    backend : str
    may_fall_back : bool
        Nobody has named an engine or method.

    Returns
    -------
    AbstractBackend
    object
        Its kernel.
    Plan
        With the method of the engine.

    Raises
    ------
    CapabilityError
        When the model has parts that the engine cannot run.
    """
    _check_known(system, plan, backend)
    engine = (JUMP_BACKENDS if backend in JUMP_BACKENDS else BACKENDS).get(backend)()
    try:
        return engine, engine.prepare(system, plan), plan
    except OtherEngineError as error:  # the same method, run elsewhere
        engine = JUMP_BACKENDS.get(error.engine)()
    except CapabilityError:
        if not may_fall_back or backend == "reference":
            raise
        plan = dataclasses.replace(plan, method=method_named(DEFAULT_METHODS["reference"]))
        engine = BACKENDS.get("reference")()
    return engine, engine.prepare(system, plan), plan


def _check_known(system: System, plan: Plan, backend: str) -> None:
    """Refuse what an engine would not notice: blocks of a system that it does not look for."""
    if backend in ("reference", "native"):  # they say so themselves
        return
    method = f"the method {plan.method.name!r}"
    fix = "use a method of the reference backend, such as 'lsoda'"
    issues = []
    if system.delays:
        where = f"{system.model.id}, {system.delays[0].text}"
        issues.append(Issue("error", where, f"{method} reads no delayed values", fix))
    if system.has_fast:
        names = ", ".join(item.name for item in system.model.reactions if item.fast)
        where = f"{system.model.id}, reactions {names}"
        what = f"{method} knows no fast reactions, in equilibrium at all times"
        issues.append(Issue("error", where, what, fix))
    raise_issues(issues, CapabilityError)
