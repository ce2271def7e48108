"""A model with cells that are not seen: what they do, what they leave alone, what is refused."""

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, OptionError
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.text import to_text


def crowded(rate=""):
    """A tumour with a roof that CAR cells kill, as reactions or as one rate."""
    m = ModelBuilder("crowded", dimensions="off")
    m.species("C", initial=5e3, unit="cell", count_per_unit=1.0)
    m.species("B", initial=4e6, unit="cell", count_per_unit=1.0)
    m.parameter("r", 0.3, "1/day")
    m.parameter("K", 1e8, "cell")
    m.parameter("k", 1e-4, "1/cell/day")
    m.assign("full", "B / K", "1")
    m.rate("C", "0.02 * C")
    if rate:
        m.rate("B", rate)
    else:
        m.reaction("division", "B -> 2 B", rate="r * B")
        m.reaction("crowding", "B ->", rate="r * full * B")
        m.reaction("kill", "B ->", rate="k * C * B")
    return m.build()


@pytest.mark.parametrize(
    "rate", ["", "r * B * (1 - full) - k * C * B", "B * (r - r * full) - k * B * C"]
)
def test_masked_cells_grow_in_the_same_room_and_are_not_killed(rate):
    model = crowded(rate)
    masked = ld.with_masked_cells(model, "B", car="C")
    times = [0.0, 10.0, 60.0, 120.0]
    cohort = ld.cohort_from_arrays(masked, {"masked": [1e3]})
    course = ld.simulate(masked, cohort, times=times, rtol=1e-9)
    alone = ld.simulate(model, times=times, rtol=1e-9)
    # the whole tumour fills the room; early both are what they would be alone
    t = np.array(times)
    logistic = 1e8 / (1 + (1e8 / 1e3 - 1) * np.exp(-0.3 * t))
    late = t > 30
    assert course["masked"].values[0, late] == pytest.approx(logistic[late], rel=1e-3)
    assert course["B"].values[0, :2] == pytest.approx(alone["B"].values[0, :2], rel=1e-3)
    together = course["B_with_masked"].values
    assert together == pytest.approx(course["B"].values + course["masked"].values)
    # without masked cells the model is what it was
    empty = ld.simulate(masked, times=times, rtol=1e-9)
    assert empty["B"].values == pytest.approx(alone["B"].values, rel=1e-8, abs=1e-6)


def test_the_kill_may_be_named():
    model = ld.with_masked_cells(crowded(), "B", kill="kill", turnover=0.05, name="hidden")
    rates = {item.name: to_text(item.rate) for item in model.reactions}
    assert rates["kill"] == "k * C * B"
    assert "kill(hidden)" not in rates
    assert rates["crowding(hidden)"] == "r * (B + hidden) * hidden / K"
    assert rates["crowding"] == "r * (B + hidden) * B / K"
    assert rates["hidden_death"] == rates["hidden_division"] == "hidden_turnover * hidden"
    assert model.parameter("hidden_turnover").value == 0.05


def test_the_dose_brings_cells():
    model = ld.with_masked_cells(ld.get_model("kimmel2021"), "B", car="C")
    regimen = ld.Regimen((ld.Dose("masked_cells", 3.0),))
    cohort = ld.cohort_from_arrays(model, {"r_B": [0.1]}, regimen=regimen)
    course = ld.simulate(model, cohort, times=[0.0, 5.0])
    assert course["masked"].values[0] == pytest.approx(3e-9 * np.exp([0.0, 0.5]), rel=1e-5)


def test_a_tumour_may_be_a_concentration():
    m = ModelBuilder("in_a_volume", dimensions="off")
    m.compartment("V", 4.0, "mL")
    m.species("C", initial=1.0, unit="cell/mL", compartment="V", count_per_unit=4.0)
    m.species("B", initial=1e6, unit="cell/mL", compartment="V", count_per_unit=4.0)
    m.reaction("division", "B -> 2 B", rate="0.2 * B * V")
    m.reaction("kill", "B ->", rate="C * B * V")
    model = ld.with_masked_cells(m.build(), "B", car="C", turnover=0.1)
    regimen = ld.Regimen((ld.Dose("masked_cells", 8.0),))
    cohort = ld.cohort_from_arrays(model, {"C": [1.0]}, regimen=regimen)
    course = ld.simulate(model, cohort, times=[0.0, 5.0])
    assert course["masked"].values[0] == pytest.approx([2.0, 2.0 * np.e], rel=1e-5)


def test_the_reference_model_takes_masked_cells():
    model = ld.with_masked_cells(ld.get_model("reference"), "TP", car=("ES", "EL"))
    copies = [item.name for item in model.reactions if item.name.endswith("(masked)")]
    assert copies == ["division_TP(masked)", "crowding_TP(masked)", "innate_TP(masked)",
                      "antigen_loss(masked)"]  # fmt: skip


def test_what_is_not_clear_is_refused():
    with pytest.raises(CapabilityError, match=r"rate of B.*all of `.*` depends on engineered"):
        ld.with_masked_cells(crowded("B * exp(-k * C)"), "B", car="C")
    with pytest.raises(CapabilityError, match="is not a rate per cell of B"):
        ld.with_masked_cells(crowded("r * K - k * C * B"), "B", car="C")
    m = ModelBuilder("helped", dimensions="off")
    m.species("C", initial=1.0, unit="cell", count_per_unit=1.0)
    m.species("B", initial=1.0, unit="cell", count_per_unit=1.0)
    m.rate("C", "0.1 * C")
    m.reaction("division", "B -> 2 B", rate="0.1 * B * C")
    m.reaction("death", "B ->", rate="0.1 * B")
    with pytest.raises(CapabilityError, match=r"division.*is more than a loss"):
        ld.with_masked_cells(m.build(), "B", car="C")
    with pytest.raises(CapabilityError, match="no loss depends on N"):
        ld.with_masked_cells(ld.get_model("kimmel2021"), "B", car="N")


def test_options_of_nonsense_are_listed_together():
    with pytest.raises(OptionError) as caught:
        ld.with_masked_cells(crowded(), "BB", kill="kil", turnover=-1.0, name="K")
    text = str(caught.value)
    assert "did you mean 'B'" in text
    assert "unknown reaction 'kil'" in text
    assert "'K' is taken" in text
    assert "-1.0" in text
    with pytest.raises(OptionError, match="give either the reactions of the kill"):
        ld.with_masked_cells(crowded(), "B")
