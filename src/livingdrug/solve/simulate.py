"""simulate(): from a model and a cohort to a course."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from livingdrug.core.errors import (
    DraftModelWarning,
    Issue,
    OptionError,
    raise_issues,
)
from livingdrug.core.provenance import utc_now
from livingdrug.model.model import Model
from livingdrug.solve.backends.base import Progress
from livingdrug.solve.bind import bind_inputs
from livingdrug.solve.clones.record import Clones
from livingdrug.solve.engines import choose_engine, start_engine
from livingdrug.solve.methods import CLONES, JUMP_METHODS, method_named
from livingdrug.solve.plan import check_memory, make_plan
from livingdrug.solve.reductions import Reduction, plan_reductions
from livingdrug.solve.simulation import Simulation
from livingdrug.solve.stochastic import Stochastic
from livingdrug.solve.stretches import StartingAnew, check_resets
from livingdrug.system.compile import compile_model
from livingdrug.system.system import System

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["prepare_simulation", "simulate"]


def simulate(
    model: Model | System,
    cohort: xr.Dataset | None = None,
    *,
    times: Sequence[float] | Literal["records"],
    side: Literal["left", "right"] = "right",
    method: str | None = None,
    backend: str = "auto",
    seed: int | None = None,
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] | None = None,
    extinction: Literal["model", "off"] | Mapping[str, float] = "model",
    lloq: Mapping[str, float] | None = None,
    reduce: Mapping[str, Reduction] | None = None,
    max_steps: int = 100_000,
    threads: int = 1,
    replicates: int | None = None,
    stochastic: Stochastic | None = None,
    clones: Clones | None = None,
    on_failure: Literal["mark", "raise"] = "mark",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate every subject of a cohort.

    Parameters
    ----------
    model : Model or System
    cohort : xarray.Dataset, optional
        Without it, one subject at the values of the model.
    times : sequence of float, day, or "records"
        Increasing; may be negative. ``"records"`` asks for the observation records of a cohort
        that was read from a table, each before or after a dose of the same time as the order of
        the table says. Integration starts at day 0, or at the earliest record, input or
        requested time when that is earlier.
    side : {"right", "left"}, optional
        At the time of a dose or event: the value after it, or before it.
    method : str, optional
        One of ``METHODS`` or ``JUMP_METHODS`` in `livingdrug.solve.methods`; the engine's own
        when not given.
    backend : {"auto", "native", "reference", "stochastic"}, optional
        ``"auto"`` takes the engine of the method; without a method the native one, or the
        reference where a model has parts that the native one does not run. The course says
        which.
    seed : int, optional
        For residual error and the order of simultaneous events; the cohort's when not given.
    rtol : float, optional
        Relative tolerance; of the logarithm itself for log states.
    atol : float or mapping from state to float, optional
        Absolute tolerance in the unit of the state. The default is ``rtol * 1e-3`` of one cell
        or molecule for species that are counted, of the nominal size for others.
    extinction : {"model", "off"} or mapping from species to float, optional
        Thresholds below which a population counts as gone, where it falls through them.
    lloq : mapping from observable to float, optional
        Limits of quantification in place of the model's.
    reduce : mapping from name to Reduction, optional
        Keep these numbers of each subject instead of the course. `times` are then the period:
        its first and its last day.
    max_steps : int, optional
        Per subject.
    threads : int, optional
        For engines that use them; results do not depend on it.
    replicates : int, optional
        Simulate each subject so often, with a method that simulates jumps; adds the dimension
        ``replicate``.
    stochastic : Stochastic, optional
        Options of such a method.
    clones : Clones, optional
        Follow the clones of a product; see `Clones`. Adds how unequal they are over time, and the
        sizes of some. The method is then ``"clones"``; of `stochastic`, it takes `turnover`.
    on_failure : {"mark", "raise"}, optional
        What a subject that cannot be simulated means: ``status`` and NaN, or an error.
    progress : callable, optional
        Called with the number of subjects finished since the last call.

    Returns
    -------
    xarray.Dataset
        A course: one variable per species and observable with dimensions
        ``(subject, time)``, ``status``, and the event log. With `reduce`, one variable per
        reduction, dimension ``subject``, ``status``, and the event log. See
        ``docs/reference/schemas``.

    Raises
    ------
    DataError
        When the cohort does not fit the model; every mismatch is listed.
    OptionError, UnknownNameError
        When an option is not allowed.
    CapabilityError
        When the model has parts that no backend can run.
    SolveError
        With ``on_failure="raise"``, naming the subjects.

    Examples
    --------
    >>> import livingdrug as ld
    >>> course = ld.simulate(ld.get_model("stein2019"), times=[0, 7, 14, 28])
    >>> course["car_transgene"].dims
    ('subject', 'time')
    """
    if on_failure not in ("mark", "raise"):
        raise OptionError(f"on_failure = {on_failure!r}: allowed are 'mark' and 'raise'")
    simulation = prepare_simulation(
        model,
        cohort,
        times=times,
        side=side,
        method=method,
        backend=backend,
        seed=seed,
        rtol=rtol,
        atol=atol,
        extinction=extinction,
        lloq=lloq,
        reduce=reduce,
        max_steps=max_steps,
        threads=threads,
        replicates=replicates,
        stochastic=stochastic,
        clones=clones,
    )
    results = simulation.engine.run(simulation.kernel, simulation.bound.tasks, progress)
    return simulation.finish(results, on_failure)


def prepare_simulation(
    model: Model | System,
    cohort: xr.Dataset | None = None,
    *,
    times: Sequence[float] | Literal["records"],
    side: Literal["left", "right"] = "right",
    method: str | None = None,
    backend: str = "auto",
    seed: int | None = None,
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] | None = None,
    extinction: Literal["model", "off"] | Mapping[str, float] = "model",
    lloq: Mapping[str, float] | None = None,
    reduce: Mapping[str, Reduction] | None = None,
    max_steps: int = 100_000,
    threads: int = 1,
    replicates: int | None = None,
    stochastic: Stochastic | None = None,
    clones: Clones | None = None,
) -> Simulation:
    """Fix everything about a simulation before its first step.

    Parameters
    ----------
    model, cohort, times, side, method, backend, seed, rtol, atol, extinction, lloq, reduce, \
    max_steps, threads, replicates, stochastic, clones
        As for `simulate`.

    Returns
    -------
    Simulation

    Raises
    ------
    DataError, OptionError, UnknownNameError, CapabilityError
        As for `simulate`.
    """
    started = utc_now()
    system = model if isinstance(model, System) else compile_model(model)
    _check_options(side, cohort)
    reduction = None
    if reduce is not None:
        if isinstance(times, str):
            raise OptionError(f"times={times!r} with reduce: give the first and last day")
        reduction = plan_reductions(system, reduce, list(times))
        times = reduction.days.tolist()
    if clones is not None:
        method = _check_clones(method, side, times, reduce, stochastic)
    may_fall_back = backend == "auto" and method is None
    backend, method = choose_engine(system, backend, method)
    _check_stochastic(method, replicates, stochastic)
    warn_of_draft(system.model)
    seed = _seed(seed, cohort)
    plan = make_plan(
        system,
        method=method,
        rtol=rtol,
        atol=atol,
        extinction=extinction,
        seed=seed,
        max_steps=max_steps,
        threads=threads,
        trackers=reduction.trackers if reduction else (),
        stochastic=stochastic or Stochastic(),
        clones=clones,
    )
    if not isinstance(times, str):
        times = list(times)
        n = 1 if cohort is None else cohort.sizes["subject"]
        check_memory(n, len(system.outputs), len(times), replicates or 1)
    bound = bind_inputs(system, cohort, times, left=side == "left", replicates=replicates or 0)
    back = check_resets(bound.tasks, plan, reduced=reduction is not None)
    engine, kernel, plan = start_engine(system, plan, backend, may_fall_back=may_fall_back)
    engine = StartingAnew(engine) if back else engine
    return Simulation(
        system, plan, bound, engine, kernel, reduction, cohort, side, extinction, lloq, started
    )


def warn_of_draft(model: Model) -> None:
    """Warn the caller's caller of a model that nobody has confirmed.

    Parameters
    ----------
    model : Model
    """
    if model.status == "draft":
        warnings.warn(
            f"{model.id} is a draft: it has not been shown to reproduce its source",
            DraftModelWarning,
            stacklevel=4,
        )


def _check_options(side: str, cohort: xr.Dataset | None) -> None:
    if side not in ("left", "right"):
        raise OptionError(f"side = {side!r}: allowed are 'left' and 'right'")
    if cohort is not None:
        from livingdrug.core.schema import validate_cohort

        validate_cohort(cohort)


def _check_stochastic(method: str, replicates: int | None, stochastic: Stochastic | None) -> None:
    if replicates is not None and (isinstance(replicates, bool) or not replicates >= 1):
        raise OptionError(f"replicates = {replicates!r}: give a whole number >= 1")
    if method_named(method).stochastic:
        return
    given = "replicates" if replicates is not None else "stochastic" if stochastic else ""
    if given:
        raise OptionError(
            f"{given} with method {method!r}, which gives the same every time; the methods that "
            f"simulate jumps are {', '.join(JUMP_METHODS)}"
        )


def _check_clones(
    method: str | None,
    side: str,
    times: Sequence[float] | str,
    reduce: Mapping[str, Reduction] | None,
    stochastic: Stochastic | None,
) -> str:
    issues = []
    if method not in (None, CLONES):
        what = f"method {method!r} simulates no clones"
        issues.append(Issue("error", "clones", what, f"leave it out, or give {CLONES!r}"))
    if side == "left":
        issues.append(Issue("error", "clones", "side='left': clones are known after a day's doses"))
    if isinstance(times, str):
        issues.append(Issue("error", "clones", f"times={times!r}: give the days as numbers"))
    if reduce is not None:
        issues.append(Issue("error", "clones", "reduce: ask for the course and reduce that"))
    if stochastic is not None and stochastic != Stochastic(turnover=stochastic.turnover):
        what = "stochastic: clones read its turnover and nothing else"
        issues.append(Issue("error", "clones", what, "leave the other options out"))
    raise_issues(issues, OptionError)
    return CLONES


def _seed(seed: int | None, cohort: xr.Dataset | None) -> int:
    if seed is None:
        stored = "" if cohort is None else cohort.attrs.get("seed", "")
        return int(stored) if str(stored) else 0
    if not 0 <= seed < 2**64:
        raise OptionError(f"seed = {seed!r}: allowed are 0 to 2**64 - 1")
    return int(seed)
