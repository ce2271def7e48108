"""One number per person, summarised over people."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.clinical.estimand import person_summary, summaries
from livingdrug.clinical.kinetics import KineticsRules, kinetics
from livingdrug.core.errors import DataError, UnknownNameError

DAYS = np.arange(0.0, 41.0, 2.0)


def make_course(n=5, days=DAYS):
    """Peaks of 10, 20, ... at day 10; rising and falling by straight lines to and from it."""
    shape = np.interp(days, [0, 10, 40], [0, 1, 0.01])
    values = np.outer(10.0 * np.arange(1, n + 1), shape)
    attrs = {"units": "cell/uL", "kind": "observable", "long_name": "CAR-T cells"}
    return xr.Dataset(
        {
            "cells": (("subject", "time"), values, attrs),
            "status": (("subject",), np.zeros(n, np.int8)),
        },
        coords={"subject": np.arange(n), "time": ("time", days, {"units": "day"})},
    )


def test_what_is_not_finite_is_missing():
    found = person_summary([3.0, math.nan, 1.0, 2.0, math.inf])
    assert (found.median, found.n_used, found.n_missing) == (2.0, 3, 2)
    assert (found.p05, found.p95) == pytest.approx((1.1, 2.9))


def test_one_person_has_no_spread_and_nobody_has_nothing():
    one, none = person_summary([4.0]), person_summary([math.nan])
    assert (one.median, one.n_used) == (4.0, 1)
    assert math.isnan(one.p05)
    assert math.isnan(one.p95)
    assert math.isnan(none.median)
    assert (none.n_used, none.n_missing) == (0, 1)


def test_only_one_number_per_person_is_accepted():
    with pytest.raises(DataError, match=r"\(2, 2\)"):
        person_summary(np.ones((2, 2)))


@given(st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=40), st.integers(0, 5))
def test_the_quantiles_enclose_the_median_and_do_not_depend_on_order(values, n_missing):
    found = person_summary([*values, *[math.nan] * n_missing])
    assert found.p05 <= found.median <= found.p95
    assert found.n_missing == n_missing
    assert person_summary([*[math.nan] * n_missing, *values[::-1]]) == found


def test_peak_day_and_area_come_from_the_model_curve():
    course = make_course()
    peak, day, area = summaries(course, "cells", kinetics(course, "cells"))
    assert [item.metric for item in (peak, day, area)] == ["cmax", "tmax", "auc_0_28d"]
    assert (peak.people.median, peak.unit) == (30.0, "cell/uL")
    assert (peak.people.p05, peak.people.p95) == pytest.approx((12.0, 48.0))
    assert (day.people.median, day.unit) == (10.0, "day")
    assert "2 day apart" in day.note
    assert area.unit == "cell/uL*day"
    # 150 up to day 10; then a fall of 0.99 / 30 per day to 0.406: trapezium 18 * 30 * 0.703.
    # The log-down rule lies below the trapezium by less than 1 %.
    assert area.people.median == pytest.approx(150 + 18 * 30 * 0.703, rel=0.01)
    assert peak.people.n_missing == 0


def test_the_rules_of_the_endpoints_are_named():
    course = make_course()
    rules = KineticsRules(excluded_until=None, auc_end=60.0)
    peak, _, area = summaries(course, "cells", kinetics(course, "cells", rules=rules))
    assert peak.note == ""
    assert area.metric == "auc_0_60d"
    assert "extrapolated to day 60 for 5 people" in area.note
    assert "after day 2" in summaries(course, "cells", kinetics(course, "cells"))[0].note


def test_excluded_subjects_are_missing():
    course = make_course()
    course["status"][4] = 1
    found = summaries(course, "cells", kinetics(course, "cells", failures="exclude"))
    assert (found[0].people.median, found[0].people.n_missing) == (25.0, 1)


def test_endpoints_of_something_else_are_refused():
    course = make_course()
    course["twin"] = course["cells"]
    with pytest.raises(DataError, match="'cells'"):
        summaries(course, "twin", kinetics(course, "cells"))
    with pytest.raises(UnknownNameError, match="cells"):
        summaries(course, "cell", kinetics(course, "cells"))
    found = kinetics(course, "cells")
    found.attrs["observed"] = 1
    with pytest.raises(DataError, match="observations"):
        summaries(course, "cells", found)
