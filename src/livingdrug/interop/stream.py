"""Simulate more subjects than fit into memory: to a folder on disk, in pieces, resumable."""

from __future__ import annotations

import dataclasses
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from livingdrug.core.errors import OptionError, SubjectFailureWarning
from livingdrug.core.provenance import (
    Citation,
    Manifest,
    ModelRecord,
    new_manifest,
    read_manifest,
    utc_now,
    write_manifest,
)
from livingdrug.interop.piece_format import PieceFormat
from livingdrug.interop.pieces import (
    PIECE_FORMATS,
    disk_errors,
    open_target,
    run_pieces,
)
from livingdrug.interop.stream_options import StreamOptions, make_plan
from livingdrug.interop.tally import LISTED_FAILURES, Tally
from livingdrug.model.model import Model
from livingdrug.solve.reductions import Reduction
from livingdrug.solve.simulate import warn_of_draft

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from livingdrug.model.regimen import Regimen
    from livingdrug.solve.backends.base import Progress

__all__ = ["Streamed", "manifest_of", "simulate_to", "stream"]


@dataclass(frozen=True, slots=True)
class Streamed:
    """A streamed result.

    Attributes
    ----------
    path : Path or None
        Where it lies.
    n_subjects : int
    n_failed : int
    n_simulated : int
        Subjects simulated by this call; the others were finished before.
    digest : str
        Equal for equal results that were written in pieces of the same size.
    manifest : Manifest
    reductions : dict from str to ndarray, shape (n_subjects,)
        Empty for courses.
    units, labels : dict from str to str
        Of the reductions.
    attrs : dict
        Of the result, as method and backend.
    """

    path: Path | None
    n_subjects: int
    n_failed: int
    n_simulated: int
    digest: str
    manifest: Manifest
    reductions: dict[str, NDArray[np.float64]]
    units: dict[str, str]
    labels: dict[str, str]
    attrs: dict[str, object]


def simulate_to(
    path: str | Path,
    model: Model,
    n: int,
    *,
    times: Sequence[float],
    reduce: Mapping[str, Reduction] | None = None,
    seed: int = 0,
    study: xr.Dataset | None = None,
    values: Mapping[str, float] | None = None,
    covariates: Mapping[str, ArrayLike] | None = None,
    assume_cv: Mapping[str, float] | None = None,
    regimen: Regimen | None = None,
    method: str | None = None,
    backend: str = "auto",
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] | None = None,
    extinction: Literal["model", "off"] | Mapping[str, float] = "model",
    lloq: Mapping[str, float] | None = None,
    max_steps: int = 100_000,
    threads: int = 1,
    piece: int | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> Streamed:
    """Draw subjects and simulate them piece by piece, to a folder on disk.

    Memory holds one piece at a time, so the number of subjects is bounded by the disk alone.
    Subject 17 is the same whatever the size of pieces, and the same that `draw_cohort` and
    `simulate` give. Finished pieces can be read while the rest is running. Whatever ends the
    process, the same call with ``resume=True`` goes on, and gives the same result, bit for bit,
    as a run that nothing has ended.

    Parameters
    ----------
    path : str or Path
        Ending in ``.parquet``, a folder of part files that readers take for one table, or in
        ``.zarr``, a store in which subjects that are not finished have the status -1.
    model : Model
    n : int
        Number of subjects; their labels are 0, 1, ...
    times : sequence of float, day
        With `reduce` the period: its first and its last day.
    reduce : mapping from name to Reduction, optional
        Keep these numbers of each subject instead of the course.
    seed, study, values, assume_cv, regimen
        As for `draw_cohort`.
    covariates : mapping from name to array_like, shape (n,) or ()
        As for `draw_cohort`.
    method, backend, rtol, atol, extinction, lloq, max_steps, threads
        As for `simulate`.
    piece : int, optional
        Subjects in a piece. The default, which depends on the model and `times` alone, holds 16
        MiB of course values, or 16,384 subjects with `reduce`.
    resume : bool, optional
        Go on with an unfinished result, begin where there is none, and leave a finished one.
    force : bool, optional
        Replace an existing result, as soon as the first piece is there.
    progress : callable, optional
        Called with the number of subjects finished since the last call.

    Returns
    -------
    Streamed

    Raises
    ------
    OptionError
        When an option is not allowed, or a resumed result was begun otherwise.
    OutputError
        When a result is there already, or the disk is full; finished pieces stay.

    Examples
    --------
    >>> import tempfile
    >>> import livingdrug as ld
    >>> model = ld.get_model("stein2019")
    >>> path = Path(tempfile.mkdtemp()) / "course.zarr"
    >>> done = ld.simulate_to(path, model, 3, times=[0, 7, 14, 28], seed=1, piece=2)
    >>> done.n_subjects, done.n_failed
    (3, 0)
    """
    if resume and force:
        raise OptionError("resume and force: one goes on, the other starts anew; give one of them")
    options = StreamOptions(
        model, n, tuple(times), reduce, seed, study, values or {}, covariates or {},
        assume_cv or {}, regimen, method, backend, rtol, atol, extinction, lloq, max_steps,
        threads, piece,
    )  # fmt: skip
    warn_of_draft(model)
    done = stream(options, Path(path), resume=resume, force=force, progress=progress)
    if done.n_failed:
        first = done.manifest.failures[0]
        warnings.warn(
            f"{done.n_failed:,} of {done.n_subjects:,} subjects could not be simulated; subject "
            f"{first.subject}: {first.message}",
            SubjectFailureWarning,
            stacklevel=2,
        )
    return done


def stream(
    options: StreamOptions,
    path: Path | None,
    *,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
    describe_run: Callable[[Manifest, Tally | None], Manifest] = lambda manifest, _: manifest,
) -> Streamed:
    """Run what `simulate_to` asks for.

    Parameters
    ----------
    options : StreamOptions
    path : Path or None
        None writes nothing, for reductions.
    resume, force : bool, optional
    progress : callable, optional
    describe_run : callable, optional
        Completes the manifest before it is written; for that of a piece it gets None in place of
        what is known of all.

    Returns
    -------
    Streamed
    """
    started = utc_now()
    if path is not None and path.suffix.lower() not in PIECE_FORMATS:
        raise OptionError(
            f"{path}: a result in pieces is written as {' or '.join(PIECE_FORMATS)}; choose one "
            "as the suffix"
        )
    command = _command(options.model)
    plan = dataclasses.replace(
        make_plan(options),
        describe=lambda piece: describe_run(dataclasses.replace(piece, command=command), None),
    )
    names = list(options.reduce or {})
    target = None if path is None else open_target(path, plan, resume=resume, force=force)
    tally = run_pieces(
        plan, target, reductions=names, resume=resume, force=force, progress=progress
    )
    finished = target.folder / target.manifest_name if target is not None else None
    if target is None or finished is None or not finished.exists() or tally.simulated:
        manifest = describe_run(manifest_of(options, tally, started), tally)
        if target is not None:
            _finish(target, options.n, tally, manifest)
    else:
        manifest = read_manifest(finished)
    return Streamed(
        path,
        options.n,
        tally.n_failed,
        tally.simulated,
        tally.digest,
        manifest,
        {name: np.concatenate(tally.columns.pop(name)) for name in names},
        {name: tally.meta[name]["units"] for name in names},
        {name: tally.meta[name]["long_name"] for name in names},
        tally.attrs,
    )


def manifest_of(options: StreamOptions, tally: Tally, started: str) -> Manifest:
    """Describe a run whose pieces are all there.

    Parameters
    ----------
    options : StreamOptions
    tally : Tally
    started : str
        UTC.

    Returns
    -------
    Manifest
    """
    model, attrs = options.model, tally.attrs
    notes = [model.notice] if model.notice else []
    notes += tally.warnings
    if tally.n_failed > LISTED_FAILURES:
        notes.append(
            f"{tally.n_failed:,} subjects could not be simulated; the first "
            f"{LISTED_FAILURES:,} are listed"
        )
    atol = json.loads(str(attrs.get("atol", "{}")))
    return new_manifest(
        command=_command(model),
        started=started,
        model=ModelRecord(
            model.id, model.variant, model.status, model.math_hash, model.evidence_hash
        ),
        seed=options.seed,
        method=str(attrs.get("method", "")),
        tolerances={"rtol": options.rtol} | {f"atol:{k}": v for k, v in atol.items()},
        backend=str(attrs.get("backend", "")),
        failures=tally.failures,
        citations=[Citation.of(source) for source in model.sources],
        outputs={"pieces": tally.digest},
        assumptions=json.loads(str(attrs.get("assumed", "[]"))),
        warnings=notes,
    )


def _command(model: Model) -> tuple[str, ...]:
    return ("livingdrug.simulate_to", model.id)


def _finish(target: PieceFormat, n: int, tally: Tally, manifest: Manifest) -> None:
    with disk_errors(target.folder, n, n):
        attrs = {"n_steps": tally.n_steps, "provenance": manifest.to_json()}
        target.finish(attrs, tally.events)
        write_manifest(target.folder / target.manifest_name, manifest, force=True)
    target.clean()
