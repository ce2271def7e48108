"""Which numbers of each subject are kept when nobody says."""

from __future__ import annotations

import math

import pytest

import livingdrug as ld
from livingdrug.catalogue.index import list_models
from livingdrug.core.errors import OptionError
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.solve.reductions import Reduction, plan_reductions
from livingdrug.system.compile import compile_model


def chosen(model: Model, end: float, **options: float) -> dict[str, tuple[str, str]]:
    found = ld.headline_reductions(model, end, **options)
    return {name: (item.take, item.of) for name, item in found.items()}


def full_model() -> Model:
    m = ModelBuilder("full", dimensions="off")
    m.species("C", initial=1.0, unit="cell", term="car_t_blood")
    m.species("B", initial=1.0, unit="mL", term="tumor_volume")
    m.species("I", initial=1.0, unit="pg/mL", term="il6_serum")
    m.species("G", initial=1.0, unit="pg/mL", term="ifng_serum")
    m.species("F", initial=1.0, unit="ug/L", term="ferritin_serum")
    for name in "CBIGF":
        m.rate(name, f"-{name}")
    m.observable("cells", "C / 5", "cell/uL", term="car_t_blood")
    m.observable("volume", "2 * B", "mL", term="tumor_volume")
    m.event("relapse", {"C": "0"}, when="B > 2")
    return m.build()


def test_all_kinds():
    assert chosen(full_model(), 90.0) == {
        # the first that bears a term of CAR cells, as in the summary of courses
        "cmax": ("maximum", "C"),
        "tmax": ("day of maximum", "C"),
        "auc_0_28d": ("auc", "C"),
        "car_day_90": ("value", "C"),
        # an observable before a species
        "tumor_nadir": ("minimum", "volume"),
        "tumor_nadir_day": ("day of minimum", "volume"),
        "tumor_day_90": ("value", "volume"),
        "il6_max": ("maximum", "I"),
        "il6_max_day": ("day of maximum", "I"),
        "ifng_max": ("maximum", "G"),
        "ifng_max_day": ("day of maximum", "G"),
        "first_day_relapse": ("event day", "relapse"),
    }


def test_periods():
    found = ld.headline_reductions(full_model(), 90.0)
    assert (found["cmax"].start, found["cmax"].end) == (2.0, 90.0)  # the infusion is no peak
    assert (found["auc_0_28d"].start, found["auc_0_28d"].end) == (0.0, 28.0)
    assert (found["tumor_nadir"].start, found["tumor_nadir"].end) == (0.0, 90.0)
    assert found["car_day_90"].day == 90.0


@pytest.mark.parametrize(
    ("start", "end", "auc", "window", "cmax_from"),
    [
        (0.0, 10.0, "auc_0_10d", (0.0, 10.0), 2.0),
        (0.0, 28.0, "auc_0_28d", (0.0, 28.0), 2.0),
        (0.0, 1.5, "auc_0_1p5d", (0.0, 1.5), 0.0),
        (-5.0, 60.0, "auc_0_28d", (0.0, 28.0), 2.0),
        (40.0, 60.0, "auc_40_60d", (40.0, 60.0), 40.0),
        (-5.0, -1.0, "auc_minus5_minus1d", (-5.0, -1.0), -5.0),
    ],
)
def test_short_and_shifted_periods(start, end, auc, window, cmax_from):
    found = ld.headline_reductions(full_model(), end, start=start)
    assert (found[auc].start, found[auc].end) == window
    assert found["cmax"].start == cmax_from


def test_no_cells():
    m = ModelBuilder("bare", dimensions="off")
    m.species("A", initial=1.0, unit="1")
    m.rate("A", "-A")
    assert list(chosen(m.build(), 9.0)) == ["cmax", "tmax", "auc_0_9d", "A_day_9"]
    m.observable("seen", "2 * A", "1")
    assert chosen(m.build(), 9.0)["cmax"] == ("maximum", "seen")


@pytest.mark.parametrize("name", list_models())
@pytest.mark.parametrize("end", [1.0, 28.0, 365.0])
def test_every_model_of_the_catalogue_has_them(name, end):
    model = ld.get_model(name)
    found = ld.headline_reductions(model, end)
    assert found
    assert all(isinstance(item, Reduction) for item in found.values())
    plan_reductions(compile_model(model), found, [0.0, end])  # refuses what does not fit


@pytest.mark.parametrize("end", [0.0, -1.0, math.nan])
def test_no_period(end):
    with pytest.raises(OptionError, match="must be later than the start"):
        ld.headline_reductions(full_model(), end)
