"""Run many subjects piece by piece: draw, simulate, hand on, forget."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.digest import dataset_digest
from livingdrug.core.errors import LivingDrugWarning, OutputError, SubjectFailureWarning
from livingdrug.core.files import atomic_path, check_output
from livingdrug.core.provenance import Manifest
from livingdrug.core.status import Status
from livingdrug.interop.journal import JOURNAL, Journal, PieceRecord, read_journal
from livingdrug.interop.parquet_pieces import ParquetPieces
from livingdrug.interop.piece_format import PieceFormat
from livingdrug.interop.tally import LISTED_FAILURES, PiecePlan, Tally
from livingdrug.interop.zarr_pieces import ZarrPieces

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.solve.backends.base import Progress

__all__ = [
    "PIECE_FORMATS",
    "StreamInterrupted",
    "disk_errors",
    "open_target",
    "run_pieces",
    "simulate_piece",
]

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO}


PIECE_FORMATS: dict[str, type[PieceFormat]] = {".parquet": ParquetPieces, ".zarr": ZarrPieces}
"""Suffix to what a streamed result can be written as."""


def simulate_piece(
    plan: PiecePlan, number: int, first: int, count: int, progress: Progress | None
) -> tuple[xr.Dataset, PieceRecord, list[str]]:
    """Draw and simulate one piece.

    Parameters
    ----------
    plan : PiecePlan
    number, first, count : int
    progress : callable or None

    Returns
    -------
    xarray.Dataset
    PieceRecord
    list of str
        Warnings.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", LivingDrugWarning)
        ds = plan.solve(plan.draw(count, first), progress)
    notes = []
    for item in caught:
        if not issubclass(item.category, LivingDrugWarning):
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
        elif not issubclass(item.category, SubjectFailureWarning):  # counted instead
            notes.append(str(item.message))
    status, messages = ds["status"].values, ds["status_message"].values
    failed = np.flatnonzero(status != Status.OK)
    record = PieceRecord(
        number,
        dataset_digest(ds),
        failed.size,
        tuple(
            (first + int(row), Status(int(status[row])).name, str(messages[row]))
            for row in failed[:LISTED_FAILURES].tolist()
        ),
        int(ds.attrs["n_steps"]),
        ds.sizes["event_log"],
        f"{ds.attrs['method']} ({ds.attrs['backend']} backend)",
    )
    manifest = Manifest.from_json(str(ds.attrs["provenance"]))
    manifest = dataclasses.replace(manifest, outputs={"piece": record.digest})
    ds.attrs["provenance"] = plan.describe(manifest).to_json()
    return ds, record, notes


def open_target(path: Path, plan: PiecePlan, *, resume: bool, force: bool) -> PieceFormat:
    """Check, before any work, where a result goes and what is there.

    Parameters
    ----------
    path : Path
    plan : PiecePlan
    resume, force : bool

    Returns
    -------
    PieceFormat

    Raises
    ------
    OutputError
        When an unfinished result is there and neither is asked for, or nothing can be written.
    """
    target = PIECE_FORMATS[path.suffix.lower()](path)
    if (path / JOURNAL).is_file():
        if resume:
            return target
        if not force and not (path / target.manifest_name).exists():
            done = len(read_journal(path).pieces)
            raise OutputError(
                f"{path} holds an unfinished result ({min(done * plan.piece, plan.n):,} of "
                f"{plan.n:,} subjects); go on with resume (--resume), or replace it with force "
                "(--force)"
            )
    check_output(path, force, kind="directory")
    return target


def run_pieces(
    plan: PiecePlan,
    target: PieceFormat | None,
    *,
    reductions: list[str],
    resume: bool,
    force: bool,
    progress: Progress | None,
) -> Tally:
    """Run all pieces that are not finished.

    Parameters
    ----------
    plan : PiecePlan
    target : PieceFormat or None
        From `open_target`; None keeps the reductions only.
    reductions : list of str
        Names of the variables to keep in memory.
    resume, force : bool
    progress : callable or None
        Called with the number of subjects finished.

    Returns
    -------
    Tally

    Raises
    ------
    OutputError
        When the disk is full: what is finished stays.
    """
    tally = Tally()
    if target is None:
        for number, first, count in plan.pieces():
            ds, record, notes = simulate_piece(plan, number, first, count, progress)
            tally.add(ds, record, notes)
            tally.keep({name: ds[name].values for name in reductions}, reductions)
        return tally
    if resume and (target.folder / JOURNAL).is_file():
        with Journal(target.folder, plan.key) as journal, _interrupts(plan, target, journal):
            tally.recall(journal.common)
            _go_on(plan, target, journal, tally, reductions, progress)
        return tally
    # nothing is touched before the first piece has shown that the request can be run
    number, first, count = next(plan.pieces())
    ds, record, notes = simulate_piece(plan, number, first, count, progress)
    tally.add(ds, record, notes)
    with atomic_path(target.folder, force=force, kind="directory") as temporary:
        target.prepare(temporary, ds, plan.n, plan.piece)
        Journal.begin(temporary, plan.key, tally.common())
    with Journal(target.folder, plan.key) as journal, _interrupts(plan, target, journal):
        _store(plan, target, journal, record, ds, first)
        tally.keep({name: ds[name].values for name in reductions}, reductions)
        del ds
        _go_on(plan, target, journal, tally, reductions, progress, told=1)
    return tally


def _go_on(
    plan: PiecePlan,
    target: PieceFormat,
    journal: Journal,
    tally: Tally,
    reductions: list[str],
    progress: Progress | None,
    told: int = 0,
) -> None:
    """Run what the journal does not list; the first `told` pieces are counted already."""
    for number, first, count in plan.pieces():
        if number < told:
            continue
        if number in journal.pieces:
            target.check(number, first, count)
            if reductions:
                tally.keep(target.columns(number, first, count), reductions)
            tally.records[number] = journal.pieces[number]
            if progress is not None:
                progress(count)
            continue
        ds, record, notes = simulate_piece(plan, number, first, count, progress)
        _check_engine(target.folder, journal, record)
        _store(plan, target, journal, record, ds, first)
        tally.add(ds, record, notes)
        tally.keep({name: ds[name].values for name in reductions}, reductions)


def _check_engine(folder: Path, journal: Journal, record: PieceRecord) -> None:
    """Refuse to mix engines: this processor may not run the one that began."""
    for other in journal.pieces.values():
        if other.engine != record.engine:
            raise OutputError(
                f"{folder.name} was begun with {other.engine}; here {record.engine} would go on: "
                "name the method, or resume on the machine that began"
            )


def _store(
    plan: PiecePlan,
    target: PieceFormat,
    journal: Journal,
    record: PieceRecord,
    ds: xr.Dataset,
    first: int,
) -> None:
    with disk_errors(target.folder, first, plan.n):
        target.write(record.piece, first, ds)
        journal.add(record)


class StreamInterrupted(KeyboardInterrupt):  # an interrupt is no error
    """An interrupt of a run whose finished pieces stay."""


@contextlib.contextmanager
def _interrupts(plan: PiecePlan, target: PieceFormat, journal: Journal) -> Iterator[None]:
    """Say what an interrupt has left of a result."""
    try:
        yield
    except KeyboardInterrupt as stop:
        done = sum(min(plan.piece, plan.n - k * plan.piece) for k in journal.pieces)
        raise StreamInterrupted(
            f"{done:,} of {plan.n:,} subjects are finished in {target.folder} and can be read; go "
            "on with the same call and resume (--resume)"
        ) from stop


@contextlib.contextmanager
def disk_errors(folder: Path, done: int, n: int) -> Iterator[None]:
    """Say what a full disk has left of a result.

    Parameters
    ----------
    folder : Path
    done, n : int
        Subjects that are finished, and all.

    Raises
    ------
    OutputError
        In place of an error of the disk.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, OutputError) or error.errno not in _DISK_ERRORS:
            raise
        raise OutputError(
            f"{folder.name}: cannot be written: {error.strerror or error}; {done:,} of {n:,} "
            "subjects are finished and stay readable; make room and go on with resume (--resume)"
        ) from error
