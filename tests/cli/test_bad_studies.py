"""Studies that cannot be read: file, row and column are named."""

from __future__ import annotations

import pytest

HEADER = "time,term,value,unit,statistic,n\n"
ROW = "7,car_t_blood,31.5,cell/uL,median,10\n"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("time,term,value\n7,car_t_blood,3\n", ["s.csv, row 1", "column 'unit' is missing"]),
        (HEADER + ROW + "9,car_t_blood,3,kg,median,9\n", ["s.csv, row 3, column unit", "'kg'"]),
        (HEADER + ROW + "9,car_t_blood,3,foo,median,9\n", ["s.csv, row 3", "unit", "'foo'"]),
        (HEADER + ROW + ROW, ["s.csv, row 3, column time", "also in row 2"]),
        (
            HEADER + ROW + "3,car_t_blood,3,cell/uL,median,9\n",
            ["s.csv, row 3, column time", "day 3 comes after day 7 in row 2"],
        ),
        (HEADER + "7,car_t_blood,x,cell/uL,median,9\n", ["s.csv, row 2, column value", "'x'"]),
        (HEADER + "7,car_t_blood,-1,cell/uL,median,9\n", ["s.csv, row 2, column value", "-1"]),
        (HEADER, ["s.csv", "no rows"]),
        ("", ["s.csv"]),
    ],
)
def test_bad_table(refused, folder, table, expected):
    (folder / "s.csv").write_text(table)
    refused("simulate kimmel2021 --study s.csv --out x.csv", *expected)


def test_bytes_that_are_no_text(refused, folder):
    (folder / "s.csv").write_bytes(b"\xff\xfe\x00\x01PNG")
    refused("simulate kimmel2021 --study s.csv", "s.csv")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zuma", ["unknown study 'zuma'", "did you mean 'zuma1'?"]),
        ("nope", ["unknown study 'nope'", "zuma1"]),
        ("nope.csv", ["nope.csv", "does not exist"]),
        ("nope/study", ["nope", "does not exist"]),
        (".", ["study.toml", "observations.csv", "does not exist"]),
        ("''", ["--study", "leave the option out"]),
    ],
)
def test_no_study(refused, name, expected):
    refused(f"simulate kimmel2021 --study {name} --out x.csv", *expected)


def test_raw_data_belong_to_bundled_studies(refused, folder):
    (folder / "s.csv").write_text(HEADER + ROW)
    refused("simulate kimmel2021 --study s.csv --data .", "--data", "s.csv is your own")


def test_trials_of_a_study_of_unknown_size(refused, folder):
    (folder / "s.csv").write_text(
        "time,term,value,unit,statistic\n7,car_t_blood,3,cell/uL,median\n"
    )
    refused("simulate kimmel2021 --study s.csv --trials 3", "--trials", "give --subjects")
