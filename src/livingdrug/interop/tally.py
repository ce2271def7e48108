"""What to run in pieces, and what is known of the pieces so far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.provenance import Failure, Manifest
from livingdrug.interop.journal import PieceRecord

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.solve.backends.base import Progress

__all__ = ["LISTED_FAILURES", "PiecePlan", "Tally"]

LISTED_FAILURES = 1000
"""Failed subjects that a manifest lists; it counts all."""

_OF_ONE_PIECE = ("n_steps", "provenance")


@dataclass(frozen=True, slots=True)
class PiecePlan:
    """What to run.

    Attributes
    ----------
    n : int
        Number of subjects; their labels are 0, 1, ...
    piece : int
        Subjects in a piece.
    draw : callable
        From the number of subjects and the label of the first to a cohort.
    solve : callable
        From a cohort and a progress callback to a course or to reductions.
    key : mapping from str to plain data
        Everything that decides the result.
    describe : callable, optional
        Completes the manifest that a piece carries.
    """

    n: int
    piece: int
    draw: Callable[[int, int], xr.Dataset]
    solve: Callable[[xr.Dataset, Progress | None], xr.Dataset]
    key: Mapping[str, object]
    describe: Callable[[Manifest], Manifest] = lambda manifest: manifest

    def pieces(self) -> Iterator[tuple[int, int, int]]:
        """Yield number, first subject and size of each piece."""
        for number, first in enumerate(range(0, self.n, self.piece)):
            yield number, first, min(self.piece, self.n - first)


@dataclass(slots=True)
class Tally:
    """What is known of the pieces so far.

    Attributes
    ----------
    records : dict from int to PieceRecord
    columns : dict from str to list of ndarray
        Reductions, piece by piece.
    attrs : dict
        That all pieces share.
    meta : dict from str to dict
        Attributes of the variables.
    warnings : list of str
    simulated : int
        Subjects simulated now rather than found.
    """

    records: dict[int, PieceRecord] = field(default_factory=dict)
    columns: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    attrs: dict[str, object] = field(default_factory=dict)
    meta: dict[str, dict[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    simulated: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of all pieces in order."""
        joined = "\n".join(self.records[number].digest for number in sorted(self.records))
        return hashlib.sha256(joined.encode()).hexdigest()

    @property
    def n_failed(self) -> int:
        """Subjects that could not be simulated."""
        return sum(record.failed for record in self.records.values())

    @property
    def failures(self) -> list[Failure]:
        """The first failed subjects."""
        listed = [
            Failure(*item)
            for number in sorted(self.records)
            for item in self.records[number].failures
        ]
        return listed[:LISTED_FAILURES]

    @property
    def events(self) -> dict[int, int]:
        """Length of the log of events of each piece."""
        return {number: record.events for number, record in self.records.items()}

    @property
    def n_steps(self) -> int:
        """Steps of all subjects."""
        return sum(record.n_steps for record in self.records.values())

    def add(self, ds: xr.Dataset, record: PieceRecord, notes: list[str]) -> None:
        """Count a piece that was simulated."""
        self.records[record.piece] = record
        if not self.attrs:
            self.attrs = {str(k): v for k, v in ds.attrs.items() if k not in _OF_ONE_PIECE}
            self.meta = {
                str(name): {key: str(value) for key, value in variable.attrs.items()}
                for name, variable in ds.data_vars.items()
            }
        self.simulated += ds.sizes["subject"]
        self.warnings = list(dict.fromkeys([*self.warnings, *notes]))

    def keep(self, columns: Mapping[str, NDArray[np.generic]], names: list[str]) -> None:
        """Keep the reductions of a piece."""
        for name in names:
            self.columns.setdefault(name, []).append(columns[name].astype(np.float64))

    def common(self) -> dict[str, object]:
        """Return what all pieces share, as plain data for the journal."""
        return {"attrs": self.attrs, "meta": self.meta, "warnings": self.warnings}

    def recall(self, common: Mapping[str, object]) -> None:
        """Take over what the journal says that all pieces share."""
        for name in ("attrs", "meta", "warnings"):
            setattr(self, name, common[name])
