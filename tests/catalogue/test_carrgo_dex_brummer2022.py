"""What carrgo_dex_brummer2022 says beyond its read-outs."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_entry, get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

READINGS = (
    Path(__file__).resolve().parents[3] / "shared/data/carrgodex_il13ra2_invitro/cell_index.csv"
)


def run(variant: str, hours: np.ndarray, **values: float) -> xr.Dataset:
    model = get_model("carrgo_dex_brummer2022", variant)
    cohort = cohort_from_arrays(model, values)
    times = (hours / 24).tolist()
    return simulate(model, cohort, times=times, rtol=1e-9, on_failure="raise")


def test_it_is_a_culture_and_every_well_is_a_variant() -> None:
    entry = get_entry("carrgo_dex_brummer2022")
    assert len(entry.published.variants) == 9
    for variant in entry.published.variants:
        model = get_model("carrgo_dex_brummer2022", variant)
        assert model.organism == "in vitro"
        assert not model.iiv


def test_untreated_wells_are_logistic_in_hours() -> None:
    hours = np.array([5.0, 20.0, 90.0])
    course = run("pbt030_alone", hours)
    rho, kappainv, start = 0.04547757, 0.1883974, 0.52185
    exact = 1 / (kappainv + (1 / start - kappainv) * np.exp(-rho * hours))
    assert course["x"].values[0] == pytest.approx(exact, rel=1e-7)
    assert not course["y"].values.any()


def test_dexamethasone_halves_every_3_33_hours() -> None:
    hours = np.array([0.0, 3.33, 6.66, 33.3])
    course = run("pbt030_1to4_dex", hours)
    assert course["e"].values[0] == pytest.approx([1, 0.5, 0.25, 2.0**-10])


def test_either_sign_of_the_drug_effects_is_the_integral_of_the_decaying_drug() -> None:
    hours = np.array([1.0, 5.0, 40.0])
    area = 3.33 / np.log(2) * (1 - 2 ** (-hours / 3.33))
    for effect in (0.2, -0.2):
        given = {"rho": 0.0, "k1": 0.0, "k2": 0.0, "theta": 0.0, "c0": effect, "c3": -effect}
        course = run("pbt030_1to4_dex", hours, x=1.0, y=1.0, **given)
        assert course["x"].values[0] == pytest.approx(np.exp(-effect * area), rel=1e-7)
        assert course["y"].values[0] == pytest.approx(np.exp(effect * area), rel=1e-7)


def test_only_cells_that_do_not_die_clear_the_culture() -> None:
    """The level at coexistence is theta / k2, so success needs theta near 0."""
    for variant, clears in (("pbt030_1to4", True), ("pbt030_1to8", False), ("pbt128_1to20", False)):
        value = {p.name: p.value for p in get_model("carrgo_dex_brummer2022", variant).parameters}
        level = value["theta"] / value["k2"]
        end = float(run(variant, np.array([2000.0]))["x"].values[0, 0])
        assert end < 1e-3 if clears else end == pytest.approx(level, rel=1e-3)


@pytest.mark.parametrize(
    ("variant", "line", "cells", "start", "end", "expected"),
    [
        ("pbt030_1to4", "PBT030", 2500, 26.583889, 111.366667, 0.9936),
        ("pbt030_1to8", "PBT030", 1250, 26.583889, 164.490556, 0.9848),
        ("pbt030_1to20", "PBT030", 500, 26.583889, 164.490556, 0.8994),
        ("pbt128_1to4", "PBT128", 2500, 32.837222, 87.608611, 0.9947),
        ("pbt128_1to8", "PBT128", 1250, 32.837222, 164.490556, 0.9882),
        ("pbt128_1to20", "PBT128", 500, 32.837222, 164.490556, 0.9416),
    ],
)
def test_the_fits_lie_as_close_to_the_readings_as_they_should(
    variant: str, line: str, cells: int, start: float, end: float, expected: float
) -> None:
    if not READINGS.is_file():
        pytest.skip(f"{READINGS} is absent: the readings are not part of this repository")
    with READINGS.open(encoding="utf-8") as file:
        rows = [
            (float(row["time_h"]), float(row["cell_index_mean"]))
            for row in csv.DictReader(file)
            if row["cell_line"] == line
            and int(row["effectors_plated"]) == cells
            and float(row["dex_ug_per_ml"]) == 0.0
            and start - 1e-3 <= float(row["time_h"]) <= end + 1e-3
        ]
    hours, measured = np.array(rows).T
    fitted = run(variant, hours - start + 1e-9)["x"].values[0]
    unexplained = np.sum((fitted - measured) ** 2) / np.sum((measured - measured.mean()) ** 2)
    # the expected value is over all readings; these are thinned to one an hour
    assert 1 - unexplained == pytest.approx(expected, abs=0.01)
