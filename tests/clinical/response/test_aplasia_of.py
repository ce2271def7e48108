"""B-cell aplasia of simulated and of real people through the same call."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import livingdrug as ld
from livingdrug.clinical.response.aplasia_of import aplasia_of
from livingdrug.core.errors import DataError
from livingdrug.data.study import Observation, build_study

CHILDREN = Path(__file__).parents[4] / "shared" / "data" / "car22_nci_pediatric_all"


def b_cells(*rows, unit="cell/uL"):
    return build_study("b", [
        Observation(float(day), "b_cells_blood", value, unit, subject=name, **more)
        for name, day, value, more in rows
    ])  # fmt: skip


def test_people_are_put_in_order_of_their_days_and_converted():
    found = aplasia_of(b_cells(
        ("A", 90, 0.15, {}), ("A", 0, 0.3, {}), ("A", 28, 0.002, {}), ("A", 180, 0.21, {}),
        ("B", 28, 0.0, {}), unit="cell/nL",
    ))  # fmt: skip
    assert found.subjects == ("A", "B")
    assert found.aplasia.begins.tolist() == [28.0, 28.0]
    assert found.aplasia.lost.tolist() == [True, False]
    assert found.aplasia.duration.tolist() == [62.0, 0.0]


def test_values_outside_limits_lie_on_their_side():
    found = aplasia_of(b_cells(
        ("A", 7, np.nan, {"lloq": 1.0, "blq": True}),
        ("A", 60, np.nan, {"uloq": 500.0, "alq": True}),
        ("A", 90, 450.0, {}),
    ))  # fmt: skip
    assert (found.aplasia.begins[0], found.aplasia.duration[0]) == (7.0, 53.0)


def test_without_b_cells_it_is_refused():
    study = build_study("x", [Observation(0.0, "il6_serum", 1.0, "pg/mL", subject="A")])
    with pytest.raises(DataError, match="study x: no individual observations"):
        aplasia_of(study)
    with pytest.raises(DataError, match="the course has no variable"):
        aplasia_of(xr.Dataset({"cells": (("subject", "time"), np.ones((1, 2)))}))


def test_simulated_and_real_people_through_one_call():
    simulated = ld.course("car_t_cd19_41bb", "b_all", policy="none", days=60, subjects=5).course
    found = aplasia_of(simulated)
    assert len(found.subjects) == 5
    assert np.isfinite(found.aplasia.begins).any()
    if not CHILDREN.is_dir():
        pytest.skip("the data set car22_nci_pediatric_all is not beside the checkout")
    real = aplasia_of(ld.read_study(CHILDREN))
    assert len(real.subjects) == 36
    # CD22 CAR-T cells of children: nearly everybody is without B cells by day 30
    assert np.isfinite(real.aplasia.begins).mean() > 0.8
