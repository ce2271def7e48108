"""Run what a simulation command asks for in pieces: reductions, and courses above some size."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.cli.draw import check_choices
from livingdrug.cli.jump_options import JumpOptions
from livingdrug.cli.request import Request, check_clock, output_times
from livingdrug.core.errors import OptionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from livingdrug.core.provenance import Manifest
    from livingdrug.interop.stream import Streamed
    from livingdrug.interop.stream_options import StreamOptions
    from livingdrug.interop.tally import Tally
    from livingdrug.model.model import Model
    from livingdrug.solve.backends.base import Progress

__all__ = [
    "STREAM_BYTES",
    "PieceOutcome",
    "compare_pieces",
    "goes_in_pieces",
    "options_of",
    "quantiles",
    "run_in_pieces",
]

STREAM_BYTES = 1 << 29
"""A course above this size goes to the disk piece by piece, where nothing needs it as a whole."""

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class PieceOutcome:
    """What came out of a command that ran in pieces.

    Attributes
    ----------
    request : Request
        With the size of pieces.
    model : Model
    streamed : Streamed
    last_day : float
    wall_s : float
    """

    request: Request
    model: Model
    streamed: Streamed
    last_day: float
    wall_s: float


def goes_in_pieces(request: Request, *, resume: bool) -> bool:
    """Whether a command runs in pieces.

    Parameters
    ----------
    request : Request
    resume : bool

    Returns
    -------
    bool

    Raises
    ------
    OptionError
        When it has to, and there is no place for pieces.
    """
    from livingdrug.interop.pieces import PIECE_FORMATS
    from livingdrug.solve.methods import JUMP_METHODS

    fitting = Path(request.out).suffix.lower() in PIECE_FORMATS
    formats = " or ".join(f"FILE{suffix}" for suffix in PIECE_FORMATS)
    if resume and not request.out:
        raise OptionError(f"--resume: needs --out {formats}, the result to go on with")
    if request.jumps != JumpOptions() or request.method in JUMP_METHODS:
        if resume:
            raise OptionError(
                f"--resume: does not go with --method {request.method}: pieces hold no runs of "
                "jumps; leave it out"
            )
        return False  # the size of the result is checked where it is made
    if resume and request.subjects is None:
        raise OptionError("--resume: needs --subjects, as the run that it goes on with")
    if request.reduce or request.piece_size is not None or resume:
        whole = [name for name in ("study", "trials", "plot") if getattr(request, name)]
        if whole:
            raise OptionError(f"--{whole[0]}: does not go with --resume; leave one of them out")
        if not fitting and (request.out or not request.reduce):
            option = "--reduce" if request.reduce else "--resume" if resume else "--piece-size"
            raise OptionError(f"{option}: a result in pieces is written with --out {formats}")
        return True
    if not fitting or request.subjects is None or request.study or request.plot:
        return False
    model = _model(request)
    n_outputs, n_times = _outputs(model), len(_times(request))
    return 8 * request.subjects * n_outputs * n_times > STREAM_BYTES


def run_in_pieces(
    request: Request, *, resume: bool = False, force: bool = False, progress: Progress | None = None
) -> PieceOutcome:
    """Run a command in pieces.

    Parameters
    ----------
    request : Request
    resume, force : bool, optional
    progress : callable, optional

    Returns
    -------
    PieceOutcome
    """
    from livingdrug.cli.record import recorded_files
    from livingdrug.core.redact import portable_arguments
    from livingdrug.interop.stream import stream

    model = _model(request)
    options = options_of(request, model)
    request = dataclasses.replace(request, piece_size=options.piece)

    command, files = portable_arguments(request.arguments()), recorded_files(request)

    def describe(manifest: Manifest, tally: Tally | None) -> Manifest:
        results = {} if tally is None else results_of(tally)
        inputs = (*manifest.inputs, *files)
        return dataclasses.replace(manifest, command=command, results=results, inputs=inputs)

    begin = time.perf_counter()
    path = Path(request.out) if request.out else None
    streamed = stream(
        options, path, resume=resume, force=force, progress=progress, describe_run=describe
    )
    wall = time.perf_counter() - begin
    return PieceOutcome(request, model, streamed, options.times[-1], wall)


def options_of(request: Request, model: Model) -> StreamOptions:
    """Turn a request into the options of a streamed run.

    Parameters
    ----------
    request : Request
    model : Model

    Returns
    -------
    StreamOptions
        With the size of pieces.
    """
    from livingdrug.cli.simulation import limit_of
    from livingdrug.interop.stream_options import StreamOptions, default_piece
    from livingdrug.solve.headline_reductions import headline_reductions

    chosen = check_choices(request, model, drawn=True)
    times = _times(request)
    reduce = None
    if request.reduce:
        times = [times[0], times[-1]]
        reduce = headline_reductions(model, times[-1], start=times[0])
    piece = request.piece_size or default_piece(
        _outputs(model), None if request.reduce else len(times)
    )
    return StreamOptions(
        model=model,
        n=request.subjects or 1,
        times=tuple(times),
        reduce=reduce,
        seed=request.seed,
        values=chosen.values,
        covariates=chosen.covariates,
        assume_cv=dict(request.assume_cv),
        regimen=chosen.regimen,
        method=request.method or None,
        rtol=request.rtol,
        atol=request.atol,
        lloq=limit_of(request, model),
        threads=request.threads,
        piece=piece,
    )


def _model(request: Request) -> Model:
    from livingdrug.catalogue.index import get_model

    model = get_model(request.model, request.variant)
    check_clock(request, model)
    return model


def _outputs(model: Model) -> int:
    from livingdrug.system.compile import compile_model

    return len(compile_model(model).outputs)


def _times(request: Request) -> list[float]:
    visits = list(request.visits)
    end = request.days or (max(28.0, visits[-1]) if visits else 365.0)
    return output_times(end, visits, min([0.0, *visits]))


def quantiles(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the quantiles of a reduction over the subjects that have it.

    Parameters
    ----------
    values : ndarray, shape (n_subjects,)

    Returns
    -------
    tuple of float
        At `QUANTILES`; NaN when nobody has it.
    """
    import numpy as np

    used = values[np.isfinite(values)]
    if not used.size:
        return (math.nan,) * len(QUANTILES)
    return tuple(np.quantile(used, QUANTILES).tolist())


def results_of(tally: Tally) -> dict[str, float]:
    """Return the numbers that a manifest holds.

    Parameters
    ----------
    tally : Tally

    Returns
    -------
    dict from str to float
    """
    import numpy as np

    found = {}
    for name, pieces in tally.columns.items():
        for p, value in zip(QUANTILES, quantiles(np.concatenate(pieces)), strict=True):
            if math.isfinite(value):
                found[f"{name}, quantile {p:g}"] = value
    return found


def compare_pieces(
    request: Request, folder: Path | None, progress: Progress | None
) -> tuple[Manifest, Sequence[str]]:
    """Repeat a run in pieces, beside what it stored.

    Parameters
    ----------
    request : Request
    folder : Path or None
        Where the stored pieces lie; None compares digests only.
    progress : callable or None

    Returns
    -------
    Manifest
        Of the repetition.
    sequence of str
        What differs in the stored pieces.
    """
    from livingdrug.cli.differences import piece_differences
    from livingdrug.core.provenance import utc_now
    from livingdrug.interop.pieces import simulate_piece
    from livingdrug.interop.stream import manifest_of
    from livingdrug.interop.stream_options import make_plan
    from livingdrug.interop.tally import Tally

    model, started = _model(request), utc_now()
    options = options_of(request, model)
    plan, tally = make_plan(options), Tally()
    names = list(options.reduce or {})
    lines: list[str] = []
    for number, first, count in plan.pieces():
        ds, record, notes = simulate_piece(plan, number, first, count, progress)
        tally.add(ds, record, notes)
        tally.keep({name: ds[name].values for name in names}, names)
        if folder is not None:
            where = f"subjects {first} to {first + count - 1}"
            lines += [f"{where}, {x}" for x in piece_differences(folder, number, first, ds)]
    new = manifest_of(options, tally, started)
    return dataclasses.replace(new, results=results_of(tally)), lines
