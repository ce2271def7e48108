"""Results open in other programs: pandas, pyarrow, DuckDB, polars, R, xarray without our code."""

import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cli import app
from livingdrug.core.errors import DataError, OutputError
from livingdrug.interop.course_files import long_table, read_course, write_course, write_netcdf
from livingdrug.solve.simulate import simulate


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write one course from the command line, as a user does, and in pieces."""
    folder = tmp_path_factory.mktemp("results")
    for name in ("course.nc", "course.parquet", "pieces.parquet"):
        pieces = ["--piece-size", "2"] if name == "pieces.parquet" else []
        with pytest.raises(SystemExit, match="0"):
            app.run(["simulate", "stein2019", "--subjects", "3", "--seed", "7", "--days", "28",
                     "--out", str(folder / name), *pieces])  # fmt: skip
    return folder


def provenance_is_complete(text):
    manifest = json.loads(text)
    assert manifest["seed"] == 7
    assert manifest["versions"]["livingdrug"]
    assert len(manifest["model"]["math_hash"]) == 64
    assert manifest["citations"]


def test_parquet_in_pandas_and_pyarrow(files):
    table = pd.read_parquet(files / "course.parquet")
    assert list(table.columns) == ["subject", "replicate", "time", "variable", "value", "unit"]
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


def test_pieces_in_duckdb(files):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    parts = files / "pieces.parquet" / "*.parquet"
    found = duckdb.sql(f"SELECT * FROM '{parts}' ORDER BY subject, variable, time").df()
    whole = pd.read_parquet(files / "course.parquet")
    whole = whole.sort_values(["subject", "variable", "time"], ignore_index=True)
    pd.testing.assert_frame_equal(found, whole, check_dtype=False, check_exact=True)
    told = duckdb.sql(
        f"SELECT decode(value) FROM parquet_kv_metadata('{parts}') "
        "WHERE decode(key) = 'livingdrug.provenance'"
    ).fetchall()
    assert len(told) == 2
    for (text,) in told:
        provenance_is_complete(text)


def test_parquet_in_polars(files):
    """A reader that shares no code with Arrow's."""
    polars = pytest.importorskip("polars", reason="polars is not installed")
    whole = pd.read_parquet(files / "course.parquet")
    for name in ("course.parquet", "pieces.parquet/*.parquet"):
        found = polars.read_parquet(files / name)
        assert found.columns == list(whole.columns)
        kinds = [
            polars.Int64,
            polars.Int64,
            polars.Float64,
            polars.String,
            polars.Float64,
            polars.String,
        ]
        assert found.dtypes == kinds
        highest = found.filter(polars.col("variable") == "car_transgene")["value"].max()
        assert highest == whole.loc[whole["variable"] == "car_transgene", "value"].max()
    for name in ("course.parquet", "pieces.parquet/part-000001.parquet"):
        told = polars.read_parquet_metadata(files / name)
        provenance_is_complete(told["livingdrug.provenance"])


R = """
suppressMessages(library(arrow))
whole <- read_parquet("course.parquet")
parts <- as.data.frame(open_dataset("pieces.parquet"))
for (table in list(whole, parts[order(parts$variable, parts$subject, parts$time), ])) {
  stopifnot(names(table) == c("subject", "replicate", "time", "variable", "value", "unit"))
  stopifnot(is.integer(table$subject), is.integer(table$replicate), is.character(table$variable))
  chosen <- table[table$variable == "car_transgene" & table$subject == 2, ]
  cat(sprintf("%.17g", chosen$value), "\\n")
}
one <- read_parquet("pieces.parquet/part-000001.parquet", as_data_frame = FALSE)
cat(one$metadata$livingdrug.provenance)
"""


def test_parquet_in_r(files):
    program = shutil.which("Rscript")
    have = "quit(status = !requireNamespace('arrow', quietly = TRUE))"
    if program is None or subprocess.run([program, "-e", have], check=False).returncode:
        pytest.skip("R with the package arrow is not installed")
    done = subprocess.run([program, "-e", R], cwd=files, check=True, capture_output=True, text=True)
    whole, parts, provenance = done.stdout.split("\n", 2)
    table = pd.read_parquet(files / "course.parquet")
    curve = table[(table["variable"] == "car_transgene") & (table["subject"] == 2)]
    assert [float(text) for text in whole.split()] == curve["value"].tolist()
    assert parts == whole
    provenance_is_complete(provenance)


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
