"""Results open in other programs: pandas, pyarrow, DuckDB, xarray without our code."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.core.errors import DataError, OutputError
from livingdrug.interop.course_files import long_table, read_course, write_course, write_netcdf
from livingdrug.solve.simulate import simulate


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write one course from the command line, as a user does."""
    folder = tmp_path_factory.mktemp("results")
    code = "from livingdrug.cli import main; main()"
    for name in ("course.nc", "course.parquet"):
        subprocess.run(
            [sys.executable, "-c", code, "simulate", "stein2019", "--subjects", "3", "--seed", "7",
             "--days", "28", "--out", str(folder / name)],
            check=True, capture_output=True,
        )  # fmt: skip
    return folder


def provenance_is_complete(text):
    manifest = json.loads(text)
    assert manifest["seed"] == 7
    assert manifest["versions"]["livingdrug"]
    assert len(manifest["model"]["math_hash"]) == 64
    assert manifest["citations"]


def test_parquet_in_pandas_and_pyarrow(files):
    table = pd.read_parquet(files / "course.parquet")
    assert list(table.columns) == ["subject", "time", "variable", "value", "unit"]
    assert table["subject"].nunique() == 3
    metadata = pq.read_schema(files / "course.parquet").metadata
    provenance_is_complete(metadata[b"livingdrug.provenance"].decode())
    assert metadata[b"livingdrug.model"] == b"stein2019"


def test_parquet_in_duckdb(files):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    path = files / "course.parquet"
    query = f"SELECT max(value), any_value(unit) FROM '{path}' WHERE variable = 'car_transgene'"
    highest, unit = duckdb.sql(query).fetchall()[0]
    table = pd.read_parquet(path)
    curves = table[table["variable"] == "car_transgene"]
    assert highest == curves["value"].max()
    assert unit == curves["unit"].iloc[0]


def test_netcdf_in_plain_xarray(files):
    with xr.open_dataset(files / "course.nc", engine="scipy") as course:
        assert course.sizes["subject"] == 3
        assert course["car_transgene"].attrs["units"]
        provenance_is_complete(course.attrs["provenance"])
    table = pd.read_parquet(files / "course.parquet")
    again = long_table(read_course(files / "course.nc"))
    pd.testing.assert_frame_equal(again, table, check_dtype=False)  # the same seed, the same run


def test_netcdf_is_the_classic_format(files):
    assert (files / "course.nc").read_bytes()[:4] == b"CDF\x02"


def test_a_number_that_does_not_fit_is_refused(tmp_path):
    course = simulate(get_model("stein2019"), times=[0.0, 1.0])
    course = course.assign_coords(subject=np.array([2**40]))
    with pytest.raises(OutputError, match="does not fit into netCDF"):
        write_netcdf(tmp_path / "x.nc", course)
    with pytest.raises(OutputError):
        write_course(tmp_path / "y.nc", course)
    assert not list(tmp_path.glob("y.nc"))


def test_a_file_that_is_no_netcdf(tmp_path):
    (tmp_path / "x.nc").write_text("hello", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read as netCDF"):
        read_course(tmp_path / "x.nc")
