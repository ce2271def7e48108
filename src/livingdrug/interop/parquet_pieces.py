"""A result as a folder of Parquet files, one for each piece: readers take it for one table.

Each file appears complete: it is written under a name that readers pass over, and renamed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.errors import DataError
from livingdrug.core.schema import REDUCED_SCHEMA
from livingdrug.interop.course_files import long_table

if TYPE_CHECKING:
    import pyarrow as pa
    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["ParquetPieces", "reduced_table"]


class ParquetPieces:
    """Pieces as part files.

    Parameters
    ----------
    folder : Path
        Ending in ``.parquet``.
    """

    manifest_name = "_manifest.json"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    def prepare(folder: Path, template: xr.Dataset, n: int, piece: int) -> None:
        """Make an empty result: a folder.

        Parameters
        ----------
        folder : Path
        template : xarray.Dataset
        n, piece : int
        """
        del template, n, piece
        folder.mkdir()

    def part(self, number: int) -> Path:
        """Return the file of a piece.

        Parameters
        ----------
        number : int

        Returns
        -------
        Path
        """
        return self.folder / f"part-{number:06d}.parquet"

    def write(self, number: int, first: int, ds: xr.Dataset) -> None:
        """Write a piece.

        Parameters
        ----------
        number : int
        first : int
            Position of its first subject.
        ds : xarray.Dataset
        """
        del first
        import pyarrow.parquet as pq

        # no suffix of Parquet, and a dot: neither a pattern nor a scan of the folder finds it
        temporary = self.folder / f".part-{number:06d}.writing"
        try:
            if ds.attrs["schema"] == REDUCED_SCHEMA:
                pq.write_table(reduced_table(ds), temporary)
            else:
                long_table(ds).to_parquet(temporary, index=False)
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(self.part(number))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def columns(self, number: int, first: int, count: int) -> dict[str, NDArray[np.generic]]:
        """Read the numbers of a reduced piece back.

        Parameters
        ----------
        number, first, count : int

        Returns
        -------
        dict from str to ndarray, shape (count,)

        Raises
        ------
        DataError
            When the file is missing or damaged.
        """
        del first
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(self.part(number), partitioning=None)
        except (OSError, ValueError) as error:
            raise DataError(f"{self.part(number)}: cannot be read: {error}") from error
        if table.num_rows != count:
            raise DataError(f"{self.part(number)}: has {table.num_rows} rows, not {count}")
        return {name: table[name].to_numpy() for name in table.column_names}

    def check(self, number: int, first: int, count: int) -> None:
        """Check that a finished piece is still there.

        Parameters
        ----------
        number, first, count : int

        Raises
        ------
        DataError
            When it is not.
        """
        del first, count
        if not self.part(number).is_file():
            raise DataError(
                f"{self.part(number)} is gone, though it was finished; start anew with force "
                "(--force)"
            )

    def finish(self, attrs: Mapping[str, object], events: Mapping[int, int]) -> None:
        """Nothing is left to do: every part is a whole file.

        Parameters
        ----------
        attrs : mapping
        events : mapping from int to int
        """

    def clean(self) -> None:
        """Nothing is there that only an unfinished result needs."""


def reduced_table(ds: xr.Dataset) -> pa.Table:
    """Return reductions as a table with one row for each subject.

    Parameters
    ----------
    ds : xarray.Dataset

    Returns
    -------
    pyarrow.Table
        Columns ``subject``, one for each reduction with its ``units`` and ``long_name`` as
        metadata of the field, ``status`` and ``status_message``.
    """
    import pyarrow as pa

    names = ["subject"]
    names += [
        str(name)
        for name, v in ds.data_vars.items()
        if v.dims == ("subject",) and str(name) not in ("status", "status_message")
    ]
    names += ["status", "status_message"]
    arrays, fields = [], []
    for name in names:
        values = ds[name].values
        array = pa.array(values.tolist() if values.dtype.kind in "OUT" else values)
        if values.dtype.kind in "OUT":
            array = array.cast(pa.string())  # also where all are empty
        texts = {key: str(ds[name].attrs.get(key, "")) for key in ("units", "long_name")}
        kept = {key: text for key, text in texts.items() if text}
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata=kept or None))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
