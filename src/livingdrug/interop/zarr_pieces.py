"""A result as a Zarr store of its final size, filled region by region.

Subjects that are not there yet have the status -1. The log of events, whose length nobody knows
beforehand, lies in one file for each piece until all are there.
"""

from __future__ import annotations

import contextlib
import shutil
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

import numpy as np

from livingdrug.core.errors import DataError
from livingdrug.interop.piece_format import PieceFormat, put_file

if TYPE_CHECKING:
    import xarray as xr
    import zarr
    from numpy.typing import NDArray

__all__ = ["PENDING", "ZarrPieces"]

PENDING = -1
"""Status of a subject that is not finished yet."""

_EVENTS = "_events"
_LOG_CHUNK = 1 << 16
_TEXT = "OUT"  # kinds of dtype that hold text


class ZarrPieces(PieceFormat):
    """Pieces as regions of a store."""

    manifest_name = "manifest.json"

    @staticmethod
    def prepare(folder: Path, template: xr.Dataset, n: int, piece: int) -> None:
        """Make a store of the final size in which nobody is finished."""
        import zarr

        moving = [name for name, v in template.variables.items() if "subject" in v.dims]
        log = [name for name, v in template.variables.items() if "event_log" in v.dims]
        static = template.drop_vars([*moving, *log]).drop_attrs(deep=False)
        with _quiet():
            static.to_zarr(folder, mode="w", consolidated=False)
            group = zarr.open_group(folder, mode="r+")
            for name in [*moving, *log]:
                _create(group, str(name), template[name].variable, n, piece)
            _array(group, "subject")[:] = np.arange(n, dtype=template["subject"].dtype)
            attrs = {k: v for k, v in template.attrs.items() if k not in ("provenance", "n_steps")}
            group.attrs.update(_plain(attrs))
            zarr.consolidate_metadata(folder)
        (folder / _EVENTS).mkdir()

    def write(self, number: int, first: int, ds: xr.Dataset) -> None:
        """Fill a region; the status comes last: who has one is complete."""
        group = self._group()
        _save_log(self.folder / _EVENTS / f"{number:06d}.npz", ds)
        with _quiet():
            names = [n for n, v in ds.data_vars.items() if "subject" in v.dims and n != "status"]
            for name in [*names, "status"]:
                variable = ds[name].variable
                place = tuple(
                    slice(first, first + ds.sizes["subject"]) if dim == "subject" else slice(None)
                    for dim in variable.dims
                )
                _array(group, str(name))[place] = _values(variable)

    def columns(self, number: int, first: int, count: int) -> dict[str, NDArray[np.generic]]:
        """Read a region of the arrays of subjects."""
        del number
        found = {}
        try:
            with _quiet():
                for name, array in _along(self._group(), "subject").items():
                    found[name] = np.asarray(array[first : first + count])
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise DataError(f"{self.folder}: cannot be read: {error}") from error
        return found

    def read(self, first: int, count: int) -> xr.Dataset:
        """Read the subjects of a piece from a finished store.

        Parameters
        ----------
        first, count : int

        Returns
        -------
        xarray.Dataset

        Raises
        ------
        DataError
            When the store is damaged.
        """
        import xarray as xr

        try:
            with _quiet(), xr.open_zarr(self.folder, consolidated=True, chunks=None) as store:
                part = store.isel(subject=slice(first, first + count))
                labels = part["subject"].values
                inside = np.isin(store["event_subject"].values, labels)
                found: xr.Dataset = part.isel(event_log=np.flatnonzero(inside)).load()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise DataError(f"{self.folder}: cannot be read as a Zarr store: {error}") from error
        return found

    def holds(self, number: int, first: int, count: int) -> bool:
        """Whether everybody has a status, and the log of events is there."""
        log = self.folder / _EVENTS / f"{number:06d}.npz"
        joined = (self.folder / self.manifest_name).is_file()
        status = np.asarray(_array(self._group(), "status")[first : first + count])
        whole = status.size == count and not (status == PENDING).any()
        return bool(whole and (joined or log.is_file()))

    def finish(self, attrs: Mapping[str, object], events: Mapping[int, int]) -> None:
        """Join the logs of events and complete the attributes."""
        import zarr

        group = self._group()
        with _quiet():
            self._join_logs(group, events)
            group.attrs.update(_plain(attrs))
            for junk in self.folder.rglob("*.partial"):  # of a process that was killed
                junk.unlink(missing_ok=True)
            zarr.consolidate_metadata(self.folder)

    def clean(self) -> None:
        """Remove the logs of single pieces."""
        shutil.rmtree(self.folder / _EVENTS, ignore_errors=True)

    def _join_logs(self, group: zarr.Group, events: Mapping[int, int]) -> None:
        total = sum(events.values())
        arrays = _along(group, "event_log")
        for array in arrays.values():
            array.resize((total,))
        end = 0
        for number in sorted(events):
            with np.load(self.folder / _EVENTS / f"{number:06d}.npz") as log:
                begin, end = end, end + events[number]
                for name, array in arrays.items():
                    if end > begin:
                        values = log[name]
                        text = values.dtype.kind in _TEXT
                        array[begin:end] = values.astype(object) if text else values

    def _group(self) -> zarr.Group:
        import zarr

        try:
            # not the consolidated copy of the metadata, which does not know of resized arrays
            return zarr.open_group(self.folder, mode="r+", use_consolidated=False)
        except (OSError, ValueError, KeyError) as error:
            raise DataError(f"{self.folder}: cannot be read as a Zarr store: {error}") from error


def _array(group: zarr.Group, name: str) -> zarr.Array[Any]:
    return cast("zarr.Array[Any]", group[name])


def _along(group: zarr.Group, dim: str) -> dict[str, zarr.Array[Any]]:
    """Return the arrays whose only dimension is this one."""
    return {
        name: array
        for name, array in group.arrays()
        if getattr(array.metadata, "dimension_names", ()) == (dim,)
    }


def _create(group: zarr.Group, name: str, variable: xr.Variable, n: int, piece: int) -> None:
    """Create an array of the final size; nothing is written until values come."""
    dims = tuple(map(str, variable.dims))
    size = {**dict(zip(dims, variable.shape, strict=True)), "subject": n, "event_log": 0}
    chunk = {**size, "subject": min(piece, n), "event_log": _LOG_CHUNK}
    kind = variable.dtype.kind
    fill: object = {"f": np.nan, "b": False}.get(kind, 0)
    if kind in _TEXT:
        fill = ""
    if name == "status":
        fill = PENDING
    group.create_array(
        name,
        shape=tuple(size[dim] for dim in dims),
        chunks=tuple(max(chunk[dim], 1) for dim in dims),
        dtype=str if kind in _TEXT else variable.dtype,
        fill_value=fill,
        dimension_names=dims,
        attributes=_plain(variable.attrs),
    )


def _values(variable: xr.Variable) -> NDArray[np.generic]:
    values: NDArray[np.generic] = variable.values
    return values.astype(object) if values.dtype.kind in _TEXT else values


class _Log(TypedDict):
    """Columns of the log of events."""

    event_subject: NDArray[np.generic]
    event_time: NDArray[np.generic]
    event_name: NDArray[np.generic]
    event_count: NDArray[np.generic]


def _save_log(path: Path, ds: xr.Dataset) -> None:
    log: _Log = {
        "event_subject": ds["event_subject"].values,
        "event_time": ds["event_time"].values,
        "event_name": ds["event_name"].values.astype("U"),
        "event_count": ds["event_count"].values,
    }
    put_file(path, path.with_suffix(".writing"), lambda file: np.savez(file, **log))


def _plain(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Turn attributes into what JSON holds."""
    return {
        str(key): value.tolist() if isinstance(value, np.ndarray | np.generic) else value
        for key, value in attrs.items()
    }


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep still about what we know.

    Text of variable length, and metadata in one place, have no final Zarr 3 specification yet;
    journal and manifest lie in the store and are none of its arrays.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(Zarr V3|Zarr format 3|not recognized).*")
        yield
