"""Courses written to files and read back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

import livingdrug as ld
from livingdrug.core.errors import DataError, OptionError, OutputError
from livingdrug.core.provenance import dataset_digest
from livingdrug.interop.course_files import long_table, read_course, read_table, write_course
from livingdrug.model.builder import ModelBuilder


@pytest.fixture(scope="module")
def course() -> xr.Dataset:
    """A cohort with residual error and a limit of quantification."""
    model = dataclasses.replace(ld.get_model("stein2019"), status="reproduced")  # no warning
    cohort = ld.draw_cohort(model, n=3, seed=2)
    return ld.simulate(
        model, cohort, times=[0.0, 1 / 3, 7.0, 28.0, 90.5], lloq={"car_transgene": 100.0}
    )


@pytest.fixture(scope="module")
def labelled(course: xr.Dataset) -> xr.Dataset:
    """Subjects with names, some of which look like numbers; one failed."""
    changed = course.copy(deep=True).assign_coords(subject=["001", "P 2", 'é,"3'])
    for name in ("E", "M", "car_transgene"):
        changed[name][1] = np.nan
    return changed


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_course_without_curves_is_a_table_without_rows(tmp_path, suffix):
    m = ModelBuilder("constants")
    m.parameter("k", 1.0, "1")
    constants = ld.simulate(m.build(), times=[0, 1])
    write_course(tmp_path / f"x.{suffix}", constants)
    back = read_table(tmp_path / f"x.{suffix}")
    assert (len(back), list(back.columns)) == (0, list(long_table(constants).columns))


def test_store_keeps_everything(course, tmp_path):
    write_course(tmp_path / "x.zarr", course)
    back = read_course(tmp_path / "x.zarr")
    xr.testing.assert_identical(back, course)
    assert dataset_digest(back) == dataset_digest(course)


def test_store_of_labelled_subjects(labelled, tmp_path):
    write_course(tmp_path / "x.zarr", labelled)
    back = read_course(tmp_path / "x.zarr")
    assert back["subject"].values.tolist() == labelled["subject"].values.tolist()
    assert dataset_digest(back) == dataset_digest(labelled)


def test_long_table(course):
    table = long_table(course)
    assert list(table.columns) == ["subject", "replicate", "time", "variable", "value", "unit"]
    assert table["replicate"].dtype == np.int64
    assert (table["replicate"] == 0).all()
    names = ["E", "M", "car_transgene", "observed(car_transgene)"]
    assert set(names) <= set(table["variable"])
    one = table[(table["subject"] == 1) & (table["variable"] == "car_transgene")]
    assert one["time"].tolist() == course["time"].values.tolist()
    assert one["value"].tolist() == course["car_transgene"].values[1].tolist()
    assert set(one["unit"]) == {"copies/ug"}
    observed = table[table["variable"] == "observed(car_transgene)"]
    below = course["blq"].sel(observable="car_transgene").values.ravel()
    assert below.any()
    assert np.array_equal(observed["value"].isna().to_numpy(), below)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "CSV"])
def test_table_reads_back_to_the_last_bit(course, tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    write_course(path, course)
    expected, found = long_table(course), read_table(path)
    assert found["value"].dtype == np.float64
    for name in ("value", "time"):
        assert np.array_equal(found[name], expected[name], equal_nan=True)
    for name in ("subject", "variable", "unit"):
        assert found[name].tolist() == expected[name].tolist()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_of_an_older_version(course, tmp_path, suffix):
    """Which had no replicate where a course has none."""
    path, expected = tmp_path / f"x.{suffix}", long_table(course)
    older = expected.drop(columns="replicate")
    older.to_csv(path, index=False) if suffix == "csv" else older.to_parquet(path, index=False)
    pd.testing.assert_frame_equal(read_table(path), expected, check_exact=True)
    expected.iloc[:, ::-1].to_csv(tmp_path / "y.csv", index=False)
    with pytest.raises(
        DataError, match=r"columns unit, value, .*; a table of curves has subject, r"
    ):
        read_table(tmp_path / "y.csv")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_labels_stay_labels(labelled, tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    write_course(path, labelled)
    found = read_table(path)
    assert found["subject"].tolist() == long_table(labelled)["subject"].tolist()
    failed = found[(found["subject"] == "P 2") & (found["variable"] == "E")]
    assert failed["value"].isna().all()


def test_same_course_gives_the_same_bytes(course, tmp_path):
    for name in ("a.csv", "b.csv", "a.parquet", "b.parquet"):
        write_course(tmp_path / name, course)
    for suffix in ("csv", "parquet"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_unknown_suffix(course, tmp_path):
    with pytest.raises(OptionError, match=r"suffix '\.xlsx'.*\.zarr, \.nc, \.parquet, \.csv"):
        write_course(tmp_path / "x.xlsx", course)
    assert list(tmp_path.iterdir()) == []


def test_existing_result(course, tmp_path):
    write_course(tmp_path / "x.csv", course)
    with pytest.raises(OutputError, match="exists"):
        write_course(tmp_path / "x.csv", course)
    write_course(tmp_path / "x.csv", course, force=True)


@pytest.mark.parametrize("name", ["x.csv", "x.nc", "x.parquet", "x.zarr"])
def test_failed_write_leaves_nothing(course, tmp_path, monkeypatch, name):
    def fail(_self, target, *_args, **_kwargs):
        raise RuntimeError("no")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    monkeypatch.setattr(pq, "write_table", fail)
    monkeypatch.setattr(xr.Dataset, "to_netcdf", fail)
    monkeypatch.setattr(xr.Dataset, "to_zarr", fail)
    with pytest.raises(RuntimeError):
        write_course(tmp_path / name, course)
    assert list(tmp_path.iterdir()) == []


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match=r"x\.zarr: cannot be read as a Zarr store"):
        read_course(tmp_path / "x.zarr")
    (tmp_path / "folder.zarr").mkdir()
    with pytest.raises(DataError, match="cannot be read as a Zarr store"):
        read_course(tmp_path / "folder.zarr")
    with pytest.raises(DataError, match=r"x\.csv: cannot be read"):
        read_table(tmp_path / "x.csv")
    (tmp_path / "x.parquet").write_bytes(b"PAR0")
    with pytest.raises(DataError, match=r"x\.parquet: cannot be read"):
        read_table(tmp_path / "x.parquet")
    (tmp_path / "y.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="has the columns a, b; a table of curves has subject"):
        read_table(tmp_path / "y.csv")
    (tmp_path / "z.csv").write_text("subject,time,variable,value,unit\n0,0,C,x,cell\n")
    with pytest.raises(DataError, match="cannot be read"):
        read_table(tmp_path / "z.csv")
