"""Write a course to Zarr, netCDF, Parquet or CSV, and read it back."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from livingdrug.core.errors import DataError, OptionError, OutputError
from livingdrug.core.files import Kind, atomic_path
from livingdrug.core.provenance import Manifest

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import xarray as xr

__all__ = [
    "FORMATS",
    "STORES",
    "carried_manifest",
    "course_format",
    "long_table",
    "read_course",
    "read_table",
    "write_course",
    "write_netcdf",
    "write_parquet",
    "write_store",
]

FORMATS: dict[str, Kind] = {
    ".zarr": "directory", ".nc": "file", ".parquet": "file", ".csv": "file",
}  # fmt: skip
"""Suffix to what is written. Zarr and netCDF keep everything; the tables keep the curves."""

STORES = (".zarr", ".nc")
"""Of `FORMATS`, those that hold the whole dataset."""

COLUMNS = ("subject", "replicate", "time", "variable", "value", "unit")
"""Of the table of curves."""


def course_format(path: str | Path) -> str:
    """Return the format that a file name asks for.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        One of `FORMATS`.

    Raises
    ------
    OptionError
        For another suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        given = f"suffix {suffix!r}" if suffix else "no suffix"
        raise OptionError(
            f"{path}: {given}; a course is written as {', '.join(FORMATS)}; choose one as "
            "the suffix"
        )
    return suffix


def write_course(path: str | Path, course: xr.Dataset, *, force: bool = False) -> None:
    """Write a course, completely or not at all.

    Parameters
    ----------
    path : str or Path
        Ending in ``.zarr``, ``.nc``, ``.parquet`` or ``.csv``.
    course : xarray.Dataset
        Its attributes go along, but into CSV: into Parquet as metadata of the file, among them
        ``provenance`` with versions, digests, seed and citations.
    force : bool, optional
        Replace an existing result.

    Raises
    ------
    OptionError
        For another suffix.
    OutputError
        When it cannot be written.
    """
    suffix = course_format(path)
    writers: dict[str, Callable[[Path], object]] = {
        ".zarr": lambda target: write_store(target, course),
        ".nc": lambda target: write_netcdf(target, course),
        ".parquet": lambda target: write_parquet(target, long_table(course), course.attrs),
        ".csv": lambda target: long_table(course).to_csv(target, index=False),
    }
    with atomic_path(path, force=force, kind=FORMATS[suffix]) as temporary:
        writers[suffix](temporary)


def write_store(target: Path, course: xr.Dataset) -> None:
    """Write a dataset as a Zarr store.

    Parameters
    ----------
    target : Path
    course : xarray.Dataset
    """
    # an empty array of Python objects, as an empty event log may hold, would come back as numbers
    objects = [name for name, item in course.variables.items() if item.dtype == object]
    course = course.assign({name: course[name].astype("U") for name in objects})
    with warnings.catch_warnings():
        # text of variable length, and metadata in one place, have no final Zarr 3 specification
        # yet; xarray and zarr read both
        warnings.filterwarnings("ignore", message=".*(Zarr V3|Zarr format 3).*")
        # metadata in one place, or zarr wonders aloud about the manifest that lies in the store
        course.to_zarr(target, mode="w", consolidated=True)


def write_netcdf(target: Path, course: xr.Dataset) -> None:
    """Write a dataset as netCDF, in the classic format with 64-bit offsets.

    Every reader of netCDF knows that format, and the base install writes it. It has no whole
    numbers above 2**31 and no variable above 4 GiB; Zarr has neither limit.

    Parameters
    ----------
    target : Path
    course : xarray.Dataset

    Raises
    ------
    OutputError
        When a number or a variable does not fit.
    """
    # a dimension of length 0 would come back as one without a limit, so empty tables are left out
    empty = [name for name, size in course.sizes.items() if size == 0]
    full = course.drop_dims(empty)
    objects = [name for name, item in full.variables.items() if item.dtype == object]
    full = full.assign({name: full[name].astype("U") for name in objects})
    try:
        full.to_netcdf(target, engine="scipy", format="NETCDF3_64BIT")
    except (ValueError, OverflowError, struct.error) as error:
        raise OutputError(
            f"{target.name}: does not fit into netCDF ({error}); write Zarr"
        ) from error


def write_parquet(
    target: Path | BinaryIO, table: pd.DataFrame | pa.Table, attrs: Mapping[Hashable, object]
) -> None:
    """Write a table as one file of Parquet that says what it is, wherever it is moved.

    Parameters
    ----------
    target : Path or file opened for writing
    table : pandas.DataFrame or pyarrow.Table
    attrs : mapping from str to plain data
        Into the metadata of the file, as text named ``livingdrug.NAME``.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    own = {f"livingdrug.{name}": str(value) for name, value in attrs.items()}
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **own}), target)


def read_course(path: str | Path) -> xr.Dataset:
    """Read a course that was written as Zarr or netCDF.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    DataError
        When there is no such store.
    """
    import xarray as xr

    if Path(path).suffix.lower() == ".nc":
        try:
            with xr.open_dataset(path, engine="scipy", decode_times=False) as file:
                return file.load()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: cannot be read as netCDF: {error}") from error
    try:
        with xr.open_zarr(path, consolidated=True) as store:
            course: xr.Dataset = store.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:  # the last: bad chunks
        raise DataError(f"{path}: cannot be read as a Zarr store: {error}") from error
    return course


def carried_manifest(path: str | Path) -> Manifest | None:
    """Read the manifest that a result carries in its attributes.

    Parameters
    ----------
    path : str or Path
        A file of Parquet, also one of a folder of parts, a netCDF file or a Zarr store.

    Returns
    -------
    Manifest or None
        None for another file, and for one that carries none.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    import pyarrow.parquet as pq
    import xarray as xr

    suffix = Path(path).suffix.lower()
    try:
        if suffix == ".parquet" and Path(path).is_file():
            found = (pq.read_schema(path).metadata or {}).get(b"livingdrug.provenance")
        elif suffix in STORES:
            engine = "scipy" if suffix == ".nc" else "zarr"
            with xr.open_dataset(path, engine=engine, decode_times=False) as file:
                found = file.attrs.get("provenance")
        else:
            return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if found is None:
        return None
    return Manifest.from_json(
        found.decode() if isinstance(found, bytes) else found, where=str(path)
    )


def read_table(path: str | Path) -> pd.DataFrame:
    """Read the curves that were written as Parquet or CSV.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    pandas.DataFrame
        As `long_table` gave it, every number to the last bit. A table that an older version wrote
        without ``replicate`` gets a 0 there.

    Raises
    ------
    DataError
        When it cannot be read, or is another table.
    """
    import pandas as pd

    try:
        if course_format(path) == ".parquet":
            table = pd.read_parquet(path)
        else:
            # numbers as text first: not every version of pandas reads them to the last bit, and
            # the unit of a fraction, "1", must stay text
            texts = dict.fromkeys(COLUMNS[2:], "str")  # the number of a replicate is one
            table = pd.read_csv(path, dtype=texts, keep_default_na=False, low_memory=False)
            for name in {"time", "value"} & set(table.columns):
                column = table[name].replace("", "nan").to_numpy(dtype="U32")
                table[name] = column.astype(np.float64)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as a table of curves: {error}") from error
    if list(table.columns) == [name for name in COLUMNS if name != "replicate"]:
        table.insert(1, "replicate", np.int64(0))
    if list(table.columns) != list(COLUMNS):
        raise DataError(
            f"{path}: has the columns {', '.join(map(str, table.columns))}; a table of "
            f"curves has {', '.join(COLUMNS)}"
        )
    return table


def long_table(course: xr.Dataset) -> pd.DataFrame:
    """Return the curves as a long table.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    pandas.DataFrame
        Columns ``subject, replicate, time, variable, value, unit``; the replicate is a whole
        number, 0 where a course has none. Simulated observations follow as ``observed(name)``,
        with an empty value below the limit of quantification.
    """
    import pandas as pd

    subjects, times = course["subject"].values, course["time"].values
    lead: tuple[str, ...] = ("subject",)
    replicates = np.zeros(1, dtype=np.int64)
    if "replicate" in course.dims:
        lead, replicates = (*lead, "replicate"), course["replicate"].values.astype(np.int64)
    runs = replicates.size
    n = subjects.size * runs * times.size
    labels = {
        "subject": np.repeat(subjects, runs * times.size),
        "replicate": np.tile(np.repeat(replicates, times.size), subjects.size),
        "time": np.tile(times, subjects.size * runs),
    }
    columns = [
        (str(name), variable.values, str(variable.attrs.get("units", "")))
        for name, variable in course.data_vars.items()
        if variable.dims == (*lead, "time")
    ]
    if "observed" in course:
        columns += [
            (
                f"observed({name})",
                course["observed"].sel(observable=name).values,
                str(course[name].attrs.get("units", "")),
            )
            for name in course["observable"].values.tolist()
        ]
    if not columns:  # a model of constants alone
        typed = {"variable": "", "value": 0.0, "unit": ""}
        return pd.DataFrame(labels | typed).iloc[:0]
    frames = [
        pd.DataFrame(
            labels
            | {
                "variable": np.full(n, name, dtype=object),
                "value": values.ravel(),
                "unit": np.full(n, unit, dtype=object),
            }
        )
        for name, values, unit in columns
    ]
    return pd.concat(frames, ignore_index=True)
