"""A result as a folder of Parquet files, one for each piece: readers take it for one table.

Each file appears complete: it is written under a name that readers pass over, and renamed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.errors import DataError
from livingdrug.core.schema import REDUCED_SCHEMA
from livingdrug.interop.course_files import long_table, write_parquet
from livingdrug.interop.piece_format import PieceFormat, put_file

if TYPE_CHECKING:
    import pyarrow as pa
    import xarray as xr
    from numpy.typing import NDArray

__all__ = ["ParquetPieces", "reduced_table"]


class ParquetPieces(PieceFormat):
    """Pieces as part files, each of which carries the attributes."""

    manifest_name = "_manifest.json"

    @staticmethod
    def prepare(folder: Path, template: xr.Dataset, n: int, piece: int) -> None:
        """Make a folder."""
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
        """Write a part."""
        del first
        reduced = ds.attrs["schema"] == REDUCED_SCHEMA
        table = reduced_table(ds) if reduced else long_table(ds)
        # no suffix of Parquet, and a dot: neither a pattern nor a scan of the folder finds it
        temporary = self.folder / f".part-{number:06d}.writing"
        put_file(self.part(number), temporary, lambda file: write_parquet(file, table, ds.attrs))

    def columns(self, number: int, first: int, count: int) -> dict[str, NDArray[np.generic]]:
        """Read the columns of a part."""
        del first
        import pyarrow.parquet as pq

        try:
            table = pq.read_table(self.part(number), partitioning=None)
        except (OSError, ValueError) as error:
            raise DataError(f"{self.part(number)}: cannot be read: {error}") from error
        if table.num_rows != count:
            raise DataError(f"{self.part(number)}: has {table.num_rows} rows, not {count}")
        return {name: table[name].to_numpy() for name in table.column_names}

    def holds(self, number: int, first: int, count: int) -> bool:
        """Whether the part is a file."""
        del first, count
        return self.part(number).is_file()


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
