"""Course datasets, long tables, and the real paediatric CD22 CAR-T set."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from livingdrug.clinical.kinetics import (
    KineticsRules,
    kinetics,
    kinetics_from_table,
    kinetics_of,
)
from livingdrug.core.errors import DataError, OptionError, SolveError, UnknownNameError
from livingdrug.core.units import same_dimension

REAL = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "car22_nci_pediatric_all"
FIELDS = (
    "cmax", "tmax", "c0", "auc_flag", "auc_extrapolated_fraction", "auc_start_assumed", "clast",
    "tlast", "tlast_censored", "half_life_initial", "initial_r2_adjusted", "initial_n_points",
    "half_life_terminal", "terminal_r2_adjusted", "terminal_n_points", "n_quantifiable",
    "n_below_limit",
)  # fmt: skip


def noisy_values(n_subjects, times, seed=5):
    """Expansion to a random peak, two-phase decline, log-normal noise."""
    rng = np.random.default_rng(seed)
    peak = rng.uniform(5, 20, (n_subjects, 1))
    fast, slow = rng.uniform(0.05, 0.4, (n_subjects, 1)), rng.uniform(0.002, 0.02, (n_subjects, 1))
    after = np.maximum(times - peak, 0)
    curve = np.where(
        times < peak,
        np.exp(0.8 * (times - peak)),
        0.97 * np.exp(-fast * after) + 0.03 * np.exp(-slow * after),
    )
    return 1000 * curve * np.exp(0.2 * rng.standard_normal(curve.shape))


def make_course(values, times, *, replicates=False, status=None):
    lead = ("subject", "replicate") if replicates else ("subject",)
    values = np.asarray(values, dtype=float)
    shape = values.shape[:-1]
    status = np.zeros(shape, dtype=np.int8) if status is None else np.asarray(status, np.int8)
    message = np.where(status == 0, "", "too many steps")
    attrs = {"units": "copies/ug", "long_name": "transgene", "kind": "observable"}
    coords = {"subject": 10 + np.arange(shape[0]), "time": ("time", times, {"units": "day"})}
    if replicates:
        coords["replicate"] = np.arange(shape[1])
    return xr.Dataset(
        {
            "transgene": ((*lead, "time"), values, attrs),
            "status": (lead, status),
            "status_message": (lead, message),
        },
        coords=coords,
        attrs={"schema": "livingdrug.course", "model": "stein2019", "model_status": "draft"},
    )


def with_observed(course, values, blq, lloq):
    return course.assign(
        observed=(("observable", *course["transgene"].dims), np.asarray(values)[None]),
        blq=(("observable", *course["transgene"].dims), np.asarray(blq)[None]),
        lloq=("observable", [lloq]),
    ).assign_coords(observable=["transgene"])


def assert_same(row, single):
    for name in FIELDS:
        np.testing.assert_equal(row[name].item(), getattr(single, name), err_msg=name)
    np.testing.assert_equal(row["auc_0_28d"].item(), single.auc)
    assert row["reasons"].item() == "; ".join(single.reasons)


# --- Course ---


def test_course_agrees_with_each_series_alone():
    times = np.array([0, 1, 3, 7, 10, 14, 17, 21, 25, 40, 60, 90, 180, 365.0])
    values = noisy_values(60, times)
    values[np.random.default_rng(2).random(values.shape) < 0.1] = math.nan
    values[:3] = [np.zeros(14), np.full(14, math.nan), np.full(14, 3.0)]
    result = kinetics(make_course(values, times), "transgene", lloq=2.0)
    assert result.sizes == {"subject": 60}
    for row in range(60):
        assert_same(result.isel(subject=row), kinetics_of(times, values[row], lloq=2.0))


def test_blocks_of_many_subjects_join_without_a_seam(monkeypatch):
    times = np.array([0, 7, 10, 14, 21, 28.0])
    course = make_course(noisy_values(11, times), times)
    whole = kinetics(course, "transgene")
    monkeypatch.setattr("livingdrug.clinical.kinetics.engine._ELEMENTS_AT_ONCE", 12)
    xr.testing.assert_identical(kinetics(course, "transgene"), whole)


def test_units_and_rules_are_reported():
    times = np.array([0, 7, 14, 28.0])
    rules = KineticsRules(below_limit_after="drop", auc_end=21)
    course = make_course([[0, 8, 4, 0.1]], times)
    result = kinetics(course, "transgene", lloq=1.0, rules=rules)
    assert result["cmax"].attrs["units"] == "copies/ug"
    assert result["tlast"].attrs["units"] == "day"
    assert same_dimension(result["auc_0_21d"].attrs["units"], "copies/ug*day")
    recorded = json.loads(result.attrs["rules"])
    assert KineticsRules(**recorded) == rules
    assert "left out after the last" in result.attrs["below_limit"]
    assert result.attrs["model"] == "stein2019"
    assert all("long_name" in result[name].attrs for name in result.data_vars)


def test_replicates_keep_their_dim():
    times = np.array([0, 7, 10, 14, 21, 28.0])
    values = noisy_values(6, times).reshape(2, 3, 6)
    result = kinetics(make_course(values, times, replicates=True), "transgene")
    assert dict(result.sizes) == {"subject": 2, "replicate": 3}
    for subject in range(2):
        for replicate in range(3):
            row = result.isel(subject=subject, replicate=replicate)
            assert_same(row, kinetics_of(times, values[subject, replicate]))


def test_observed_values_bring_their_marks_and_limit():
    times = np.array([0, 7, 14, 21, 28.0])
    values, blq = [[0, 8, 4, 7, 7]], [[True, False, False, True, True]]
    course = with_observed(make_course([[1, 9, 5, 3, 2]], times), values, blq, 2.0)
    result = kinetics(course, "transgene", observed=True)
    assert result["cmax"].item() == 8
    assert result["tlast"].item() == 14
    expected = kinetics_of(times, [0, 8, 4, 1, 1])
    assert result["auc_0_28d"].item() == expected.auc
    assert result["cmax"].attrs["units"] == "copies/ug"
    assert kinetics(course, "transgene")["cmax"].item() == 9
    replaced = kinetics(course, "transgene", observed=True, lloq=4.5)
    assert (replaced["tlast"].item(), replaced["n_below_limit"].item()) == (7, 4)


def test_failed_subjects_are_refused_or_nulls():
    times = np.array([0, 7, 14, 28.0])
    values = np.array([[0, 8, 4, 2], [math.nan] * 4, [0, 6, 3, 1.0]])
    course = make_course(values, times, status=[0, 3, 0])
    with pytest.raises(SolveError, match=r"1 of 3 simulations failed.*exclude") as caught:
        kinetics(course, "transgene")
    assert "subject 11: the simulation failed with status 3: too many steps" in str(caught.value)
    result = kinetics(course, "transgene", failures="exclude")
    np.testing.assert_equal(result["cmax"].to_numpy(), [8, math.nan, 6])
    assert "excluded, the simulation failed with status 3" in result["reasons"].item(1)
    assert result.attrs["n_excluded"] == 1
    with pytest.raises(OptionError, match="'raise', 'exclude'"):
        kinetics(course, "transgene", failures="drop")


def test_a_failed_replicate_does_not_take_the_subject_along():
    times = np.array([0, 7, 14, 28.0])
    values = np.tile([0, 8, 4, 2.0], (2, 2, 1))
    course = make_course(values, times, replicates=True, status=[[0, 2], [0, 0]])
    cmax = kinetics(course, "transgene", failures="exclude")["cmax"]
    np.testing.assert_equal(cmax.to_numpy(), [[8, math.nan], [8, 8]])


def test_unknown_names_show_the_nearest():
    times = np.array([0, 7.0])
    course = make_course([[1, 2]], times)
    with pytest.raises(UnknownNameError, match="did you mean 'transgene'"):
        kinetics(course, "transgen")
    with pytest.raises(DataError, match="no observed values"):
        kinetics(course, "transgene", observed=True)
    observed = with_observed(course, [[1, 2]], [[False, False]], 1.0)
    with pytest.raises(UnknownNameError, match="unknown observable"):
        kinetics(observed, "car_t", observed=True)


def test_problems_of_a_course_are_listed_by_subject():
    values = noisy_values(9, np.array([0, 7, 14.0]))
    values[:7, 1] = -1
    values[7, 2] = math.inf
    with pytest.raises(DataError) as caught:
        kinetics(make_course(values, [0, 14, 7]), "transgene", lloq=-1)
    text = str(caught.value)
    assert "subject 10: value number 2 is negative: -1" in text
    assert "2 more series" in text
    assert "subject 17: value number 3 is inf" in text
    assert "time: times are not in order: 7 after 14" in text
    assert "limit of quantification is -1" in text


def test_dims_and_units_are_checked():
    course = make_course([[1, 2]], np.array([0, 7.0]))
    course["transgene"].attrs.clear()
    course["time"].attrs["units"] = "h"
    course["other"] = (("time",), [1.0, 2.0], {"units": "1"})
    with pytest.raises(DataError, match="has no unit") as caught:
        kinetics(course, "transgene")
    assert "time: has the unit 'h'" in str(caught.value)
    with pytest.raises(DataError, match=r"has the dims \(time\)"):
        kinetics(course, "other")


def test_course_without_subjects_gives_an_empty_result():
    result = kinetics(make_course(np.empty((0, 3)), [0, 7, 14.0]), "transgene")
    assert dict(result.sizes) == {"subject": 0}


# --- table ---


def long_table():
    return pd.DataFrame(
        {
            "who": ["b", "a", "b", "a", "b", "a", "b"],
            "day": [0, 0, 7, 7, 14, 14, 28],
            "cells": [0, 0.5, 8, 9, 4, math.nan, 0.2],
            "limit": [1.0, 1, 1, 1, 1, 1, 2],
            "below": [1, 1, 0, 0, 0, 0, 1],
        }
    )


def test_table_agrees_with_each_series_alone():
    columns = {"subject": "who", "time": "day", "value": "cells", "unit": "cell/uL"}
    result = kinetics_from_table(long_table(), **columns, lloq=1.0)
    assert list(result["subject"].to_numpy()) == ["b", "a"]
    assert_same(result.sel(subject="b"), kinetics_of([0, 7, 14, 28], [0, 8, 4, 0.2], lloq=1.0))
    assert_same(result.sel(subject="a"), kinetics_of([0, 7, 14], [0.5, 9, math.nan], lloq=1.0))
    assert result["auc_0_28d"].attrs["units"] == "cell/uL*day"


def test_table_takes_limits_and_marks_from_columns():
    columns = {"subject": "who", "time": "day", "value": "cells", "unit": "cell/uL"}
    result = kinetics_from_table(long_table(), **columns, lloq="limit", blq="below")
    # the limit of the last visit is 2: half of it is 1
    expected = kinetics_of([0, 7, 14, 28], [0, 8, 4, 1]).auc
    assert result["auc_0_28d"].sel(subject="b").item() == expected
    np.testing.assert_array_equal(result["n_below_limit"], [2, 1])


def test_problems_of_a_table_are_listed_at_once():
    columns = {"subject": "who", "time": "day", "value": "cells", "unit": "cell/uL"}
    with pytest.raises(DataError) as caught:
        kinetics_from_table(long_table(), **(columns | {"time": "dya", "value": "cell"}))
    assert "did you mean 'day'" in str(caught.value)
    assert "did you mean 'cells'" in str(caught.value)

    bad = long_table().astype({"below": float})
    bad.loc[0, "below"] = 0.5
    bad.loc[3, "day"] = math.nan
    bad.loc[5, "who"] = None
    bad["limit"] = "low"
    with pytest.raises(DataError) as caught:
        kinetics_from_table(bad, **columns, lloq="limit", blq="below")
    text = str(caught.value)
    for part in ("column 'limit'", "'below': is not a mark", "'day': is missing in row 4",
                 "'who': is missing in row 6"):  # fmt: skip
        assert part in text

    unordered = long_table().iloc[[0, 2, 4, 2, 1, 5, 3]].assign(limit=-1.0)
    with pytest.raises(DataError) as caught:
        kinetics_from_table(unordered, **columns, lloq="limit")
    text = str(caught.value)
    assert "subject b: times are not in order: 7 after 14" in text
    assert "subject a: times are not in order: 7 after 14" in text
    assert "subject b: the limit of quantification is -1 (and 3 more of this kind)" in text


def test_empty_table_gives_an_empty_result():
    result = kinetics_from_table(
        long_table().iloc[:0], subject="who", time="day", value="cells", unit="cell/uL"
    )
    assert dict(result.sizes) == {"subject": 0}


# --- real data ---


@pytest.mark.skipif(not REAL.is_dir(), reason=f"the shared data set {REAL.name} is absent")
def test_real_patients():
    frame = pd.read_csv(REAL / "cellular_kinetics.csv")
    patients = pd.read_csv(REAL / "patients.csv").set_index("id")
    # no limit is published; the data notes advise to treat values under 0.1 as censored
    result = kinetics_from_table(
        frame, subject="id", time="day", value="car_cells_per_ul", unit="cell/uL", lloq=0.1
    )
    assert result.sizes["subject"] == 40
    cmax = result["cmax"].to_series()
    # published with the set: median peak of people with complete response is 611 cells/uL
    assert cmax[patients["cr"].reindex(cmax.index) == 1].median() == pytest.approx(611, abs=0.5)
    highest = frame[frame["day"] > 2].groupby("id")["car_cells_per_ul"].max()
    seen = highest[highest >= 0.1]
    assert cmax.dropna().to_dict() == seen.to_dict()
    assert set(cmax.index[cmax.isna()]) == set(highest.index) - set(seen.index)
    auc = result["auc_0_28d"]
    assert bool(((auc_flag := result["auc_flag"]) == "none").equals(auc.isnull()))
    assert {"observed", "interpolated", "extrapolated", "none"} == set(auc_flag.to_numpy())
    assert bool((result["reasons"] != "").where(auc.isnull(), True).all())
    # sampling ends about day 30, so most are still quantifiable at the last visit
    assert int(result["tlast_censored"].sum()) > 30
    initial = result["half_life_initial"].dropna("subject")
    assert len(initial) >= 15
    assert 2 < float(initial.median()) < 8  # published models of other products: 4.3 to 5.0 days
