"""Read-outs of a study against endpoints of individual curves."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import xarray as xr

from livingdrug.clinical.estimand import compare_readouts, estimand_text
from livingdrug.clinical.kinetics import kinetics
from livingdrug.core.errors import DataError
from livingdrug.core.schema import validate_study

TERM = "car_t_blood"
PEAK = "median over people infused of the individual peak"
DAYS = np.array([0.0, 3.0, 7.0, 14.0, 28.0])
PEAKS = np.array([10.0, 20.0, 30.0, 40.0, 50.0])


def make_course(peaks=PEAKS):
    shape = np.array([0.01, 0.5, 1.0, 0.3, 0.05])
    attrs = {"units": "cell/uL", "kind": "observable", "long_name": "CAR-T cells", "term": TERM}
    n = len(peaks)
    return xr.Dataset(
        {
            "cells": (("subject", "time"), np.outer(peaks, shape), attrs),
            "status": (("subject",), np.zeros(n, np.int8)),
        },
        coords={"subject": np.arange(n), "time": ("time", DAYS, {"units": "day"})},
        attrs={"organism": "human"},
    )


def make_study(*rows):
    base = {
        "endpoint": "cmax", "term": TERM, "value": 38.3, "unit": "cell/uL", "statistic": PEAK,
        "n": 101, "confirmed": True, "lower": math.nan, "upper": math.nan, "citation": "Someone",
        "note": "",
    }  # fmt: skip
    rows = [base | row for row in rows]
    texts = ("title", "product", "disease", "licence", "assay", "note")
    study = xr.Dataset(
        {f"ro_{name}": (("readout",), np.array([row[name] for row in rows])) for name in base},
        attrs={
            "schema": "livingdrug.study", "schema_version": "1", "id": "x", "organism": "human",
            "source": json.dumps({"doi": "", "authors": [], "year": 1, "title": ""}),
            **dict.fromkeys(texts, ""),
        },
    )  # fmt: skip
    validate_study(study)
    return study


def rows_of(*readouts, trials=None, course=None):
    course = make_course() if course is None else course
    found = {"cells": kinetics(course, "cells")}
    return compare_readouts(course, make_study(*readouts), found, trials=trials)


def test_a_confirmed_peak_is_compared():
    (row,) = rows_of({"lower": 30.0, "upper": 45.0})
    assert (row.published, row.published_lower, row.published_upper) == (38.3, 30.0, 45.0)
    assert row.simulated == 30.0
    assert (row.lower, row.upper) == pytest.approx((12.0, 48.0))  # linear quantiles of 10 to 50
    assert row.interval == "5-95 % between people"
    assert row.source == "model value"
    assert row.is_comparison
    assert math.isnan(row.visit)
    assert estimand_text(row) == f"{PEAK}, n = 101, CAR-T cells, cell/uL"


def test_an_unconfirmed_number_is_named_and_never_a_target():
    (row,) = rows_of({"confirmed": False, "lower": 1.0, "upper": 99.0})
    assert math.isnan(row.published)
    assert math.isnan(row.published_lower)
    assert math.isnan(row.published_upper)
    assert not row.is_comparison
    assert "38.3 cell/uL (unconfirmed)" in row.note
    assert row.simulated == 30.0


def test_units_are_converted():
    area = "median over patients of the individual area under the curve from day 0 to 28"
    peak, day, auc = rows_of(
        {"unit": "cell/mL"},
        {
            "endpoint": "tmax", "unit": "week",
            "statistic": "mean over people of the individual day of the peak",
        },
        {"endpoint": "auc_0_28d", "unit": "cell/uL*hour", "statistic": area},
    )  # fmt: skip
    assert peak.simulated == pytest.approx(30e3)
    assert day.simulated == pytest.approx(1.0)
    expected = kinetics(make_course(), "cells")["auc_0_28d"].values[2] * 24
    assert auc.simulated == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"endpoint": "orr", "term": "", "unit": "percent", "statistic": "percent"},
            "not computed",
        ),
        ({"statistic": "median over people with a response of the individual peak"}, "a part"),
        ({"statistic": "median over people who relapsed of the individual peak"}, "a part"),
        ({"statistic": "range of the individual peak"}, "another estimand"),
        ({"statistic": "median over people of the individual last value"}, "another estimand"),
        ({"term": "il6_serum"}, "was not computed"),
        ({"unit": "copies/ug"}, "published in copies/ug"),
    ],
)
def test_another_estimand_is_no_comparison(fields, reason):
    (row,) = rows_of(fields)
    assert math.isnan(row.simulated)
    assert not row.is_comparison
    assert row.note.startswith("no comparison")
    assert reason in row.note


def test_trials_have_the_size_of_the_study():
    course = make_course(np.array([10.0, 20.0, 90.0, 40.0, 60.0, 90.0]))
    (row,) = rows_of({"n": 2}, trials=[0, 0, 0, 1, 1, 1], course=course)
    assert row.simulated == pytest.approx(32.5)  # median of 15 and 50
    assert row.interval == "5-95 % of the trial statistic, n = 2, 2 trials"


def test_people_without_a_peak_are_counted():
    course = make_course(np.array([0.0, 20.0, 30.0]))
    course["cells"][0] = np.nan
    (row,) = rows_of({}, course=course)
    assert row.simulated == 25.0
    assert row.n_simulated == 2
    assert "1 subject without a value" in row.note


def test_endpoints_of_another_course_are_refused():
    found = {"cells": kinetics(make_course(), "cells")}
    with pytest.raises(DataError, match="subjects of the course"):
        compare_readouts(make_course(PEAKS[:3]), make_study({}), found)
    with pytest.raises(DataError, match="computed from 'cells'"):
        compare_readouts(make_course(), make_study({}), {"other": found["cells"]})


def test_a_study_without_readouts_has_no_rows():
    assert compare_readouts(make_course(), make_study({}).drop_dims("readout"), {}) == []
