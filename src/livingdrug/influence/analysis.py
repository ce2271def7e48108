"""sensitivity(): what matters to the read-outs of a model, and how much of it is ASSUMED."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import (
    Issue,
    OptionError,
    SolveError,
    raise_issues,
    unknown_name,
)
from livingdrug.influence.estimates import Estimate, prcc_estimate, sobol_estimate
from livingdrug.influence.evaluate import Evaluation, evaluate
from livingdrug.influence.outputs import Output, choose_outputs
from livingdrug.influence.prcc import latin_hypercube
from livingdrug.influence.sobol import MAX_LOST, saltelli_points
from livingdrug.influence.space import Space, make_space
from livingdrug.model.model import Model
from livingdrug.solve.reductions import Reduction
from livingdrug.solve.simulate import warn_of_draft
from livingdrug.system.compile import compile_model

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.regimen import Regimen

__all__ = ["DEFAULT_N", "Method", "sensitivity"]

FloatArray = NDArray[np.float64]
Method = Literal["prcc", "sobol"]

DEFAULT_N: Mapping[str, int] = {"prcc": 1000, "sobol": 1024}
"""Points of the Latin hypercube; base points of the Saltelli scheme."""

_PIECE = 8192
_MAX_N = 1_000_000


def sensitivity(
    model: Model,
    readouts: Sequence[str] | Mapping[str, Reduction] | None = None,
    *,
    method: Method = "prcc",
    n: int | None = None,
    days: float = 365.0,
    regimen: Regimen | None = None,
    parameters: Sequence[str] | str | None = None,
    values: Mapping[str, float] | None = None,
    assume_cv: Mapping[str, float] | None = None,
    span: float = 1.5,
    seed: int = 1,
    resamples: int = 1000,
    level: float = 0.95,
    threads: int = 1,
    solver: str | None = None,
    rtol: float = 1e-6,
    atol: float | None = None,
    piece: int = _PIECE,
    progress: Callable[[int], None] | None = None,
) -> xr.Dataset:
    """Find which parameters a model's read-outs depend on.

    Parameters vary independently of each other: over the variability that the model states, or
    over a range that is marked ASSUMED. ``docs/how_to/find_what_matters`` defines every number.

    Parameters
    ----------
    model : Model
    readouts : sequence of str, or mapping from name to Reduction, optional
        As for `livingdrug.influence.outputs.choose_outputs`; the headline reductions when not
        given.
    method : {"prcc", "sobol"}, optional
        Partial rank correlation on a Latin hypercube, or first-order and total Sobol indices,
        which need the extra ``stats``.
    n : int, optional
        Points of the hypercube [1000]; base points of the Sobol scheme, a power of two [1024],
        each of which takes the number of parameters + 2 simulations.
    days : float, optional
        Last day.
    regimen : Regimen, optional
    parameters : sequence of str or "all", optional
        What varies; those whose variability the model states when not given, all when it states
        none.
    values : mapping from name to float, optional
        Typical values, initial values and covariates in place of the model's.
    assume_cv : mapping from name to float, optional
        Log-normal variability that the model does not state; marked ASSUMED.
    span : float, optional
        A parameter without a stated variability goes from value / span to value * span.
    seed : int, optional
    resamples : int, optional
        Of the bootstrap.
    level : float, optional
        Of the intervals.
    threads : int, optional
        The result does not depend on it.
    solver : str, optional
        Method of integration.
    rtol, atol : float, optional
    piece : int, optional
        Subjects simulated at once; the result does not depend on it.
    progress : callable, optional
        Called with the number of subjects finished since the last call.

    Returns
    -------
    xarray.Dataset
        Dimensions ``readout`` and ``parameter``: ``prcc`` or ``first`` and ``total`` with
        ``_lower`` and ``_upper``; ``explained`` and the shares of what is ASSUMED.

    Raises
    ------
    OptionError, DataError
        When something asked for does not fit the model.
    SolveError
        When too many subjects cannot be simulated.
    CapabilityError
        For ``method="sobol"`` without SALib.

    Examples
    --------
    >>> import livingdrug as ld
    >>> found = ld.sensitivity(ld.get_model("stein2019"), ["cmax"], n=200, resamples=50)
    >>> str(found["prcc"].sel(readout="cmax").idxmax().item())
    'Cmax'
    """
    system = compile_model(model)
    start = min([0.0, *(dose.time for dose in (regimen.doses if regimen else ()))])
    space = make_space(model, parameters=parameters, values=values, assume_cv=assume_cv, span=span)
    names = [factor.name for factor in space.factors]
    n = DEFAULT_N.get(method, 0) if n is None else n
    _check(method, n, len(names), days, start, resamples, level, piece)
    outputs = choose_outputs(system, readouts, start=start, end=days)
    u = (latin_hypercube if method == "prcc" else saltelli_points)(names, n, seed)
    warn_of_draft(model)
    evaluation = evaluate(
        system, space, u, outputs,
        period=(start, days), regimen=regimen, seed=seed, piece=piece, threads=threads,
        method=solver, rtol=rtol, atol=atol, progress=progress,
    )  # fmt: skip
    _check_failures(evaluation)
    made = _estimates(method, space, u, outputs, evaluation, resamples, seed, level)
    attrs = {
        "n": n, "simulations": len(u), "start": start, "days": days, "seed": seed,
        "resamples": resamples, "level": level, "rtol": rtol,
        "doses": json.dumps(_doses(model, regimen)),
        "notes": json.dumps([*space.notes, *_notes(space, u, evaluation)]),
    }  # fmt: skip
    return _dataset(space, outputs, evaluation, made, _stated(model, method, evaluation) | attrs)


def _estimates(
    method: str,
    space: Space,
    u: FloatArray,
    outputs: Sequence[Output],
    evaluation: Evaluation,
    resamples: int,
    seed: int,
    level: float,
) -> list[Estimate]:
    columns = evaluation.values.T
    if method == "sobol":
        return [
            sobol_estimate(output, y, space.factors, resamples, seed, level)
            for output, y in zip(outputs, columns, strict=True)
        ]
    values = space.columns(u)
    x = np.stack([values[factor.name] for factor in space.factors], axis=1)
    return [prcc_estimate(x, y, space.factors, resamples, seed, level) for y in columns]


def _stated(model: Model, method: str, evaluation: Evaluation) -> dict[str, object]:
    return {
        "model": model.id,
        "variant": model.variant,
        "status": model.status,
        "notice": model.notice,
        "evidence_hash": model.evidence_hash,
        "method": method,
        "failed": int(evaluation.failed.sum()),
        "integration": evaluation.method,
        "backend": evaluation.backend,
    }


def _check(
    method: str, n: int, n_factors: int, days: float, start: float, resamples: int, level: float,
    piece: int,
) -> None:  # fmt: skip
    if method not in get_args(Method):
        raise OptionError([unknown_name("method", method, get_args(Method), where="sensitivity")])
    issues = []

    def check(name: str, value: float, allowed: bool, what: str) -> None:
        if not allowed:
            issues.append(Issue("error", name, f"{value!r} given; {what}"))

    if method == "prcc":
        least = max(20, 2 * (n_factors + 1))
        text = f"{n_factors} parameters need {least} points or more, up to {_MAX_N:,}"
        check("n", n, least <= n <= _MAX_N, text)
    else:
        power = 2 ** round(math.log2(n)) if n > 0 else 0
        is_power = n == power and 16 <= n <= 2**18
        near = f", as {max(16, power)}" if n > 0 else ""
        check("n", n, is_power, f"Sobol points come in powers of two from 16 to 262144{near}")
    check("days", days, math.isfinite(days) and days > max(start, 0.0), "give a day after day 0")
    check("resamples", resamples, 10 <= resamples <= 100_000, "allowed are 10 to 100000")
    check("level", level, 0.5 <= level < 1, "allowed are 0.5 to below 1, as 0.95")
    check("piece", piece, piece >= 1, "give a number >= 1")
    raise_issues(issues, OptionError)


def _check_failures(evaluation: Evaluation) -> None:
    failed, n = int(evaluation.failed.sum()), evaluation.failed.size
    if failed > MAX_LOST * n:
        raise SolveError(
            f"{failed:,} of {n:,} subjects could not be simulated, more than "
            f"{100 * MAX_LOST:g} %, so that what is left says little; the first: "
            f"{evaluation.message}"
        )


def _doses(model: Model, regimen: Regimen | None) -> list[str]:
    return [
        f"{dose.name} {dose.amount:g} {dose.unit or model.dose(dose.name).unit}"
        + (f"/{dose.per}" if dose.per else "")
        + f" on day {dose.time:g}"
        for dose in (regimen.doses if regimen else ())
    ]


def _notes(space: Space, u: FloatArray, evaluation: Evaluation) -> list[str]:
    notes = []
    for place, factor in enumerate(space.factors):
        count = factor.outside(u[:, place])
        if count:
            notes.append(f"{factor.name}: {count:,} of {len(u):,} values set to its bounds")
    failed = int(evaluation.failed.sum())
    if failed:
        notes.append(
            f"{failed:,} of {evaluation.failed.size:,} subjects could not be simulated and are "
            f"left out; the first: {evaluation.message}"
        )
    return notes


def _dataset(
    space: Space,
    outputs: Sequence[Output],
    evaluation: Evaluation,
    estimates: Sequence[Estimate],
    attrs: Mapping[str, object],
) -> xr.Dataset:
    import xarray as xr

    factors = space.factors
    both, one = ("readout", "parameter"), ("readout",)
    made: dict[str, tuple[tuple[str, ...], object]] = {
        name: (both, np.stack([item.by_factor[name] for item in estimates]))
        for name in estimates[0].by_factor
    }
    made |= {
        name: (one, np.array([item.numbers[name] for item in estimates]))
        for name in estimates[0].numbers
    }
    made |= {
        "used": (one, np.array([item.used for item in estimates])),
        "without_value": (one, (~np.isfinite(evaluation.values)).sum(axis=0)),
        "scale": (one, [item.scale for item in estimates]),
        "note": (one, [item.note for item in estimates]),
        "label": (one, [output.label for output in outputs]),
        "units": (one, evaluation.units),
        "value": (("parameter",), [factor.value for factor in factors]),
        "unit": (("parameter",), [factor.unit for factor in factors]),
        "origin": (("parameter",), [factor.origin.value for factor in factors]),
        "at": (("parameter",), [factor.at for factor in factors]),
        "spread": (("parameter",), [factor.spread for factor in factors]),
        "spread_origin": (("parameter",), [factor.spread_origin.value for factor in factors]),
        "assumed": (("parameter",), [factor.is_assumed for factor in factors]),
    }
    coords = {
        "readout": [output.name for output in outputs],
        "parameter": [factor.name for factor in factors],
    }
    return xr.Dataset(made, coords=coords, attrs=dict(attrs))
