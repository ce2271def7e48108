"""Each way of taking a read-out, on models whose answer is known in closed form."""

from __future__ import annotations

import math

import pytest

from livingdrug.catalogue.readout import Readout, Take
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose
from livingdrug.qc.measure import measure

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

TWO = (Dose("bolus", 8.0, time=1.0), Dose("bolus", 8.0, time=10.0))


@pytest.fixture
def decay() -> Model:
    """Return a model that halves every day."""
    m = ModelBuilder("decay", organism="in vitro")
    m.species("A", initial=0.0, unit="cell", count_per_unit=1.0, extinct_below=0.1)
    m.parameter("k", math.log(2), "1/day")
    m.reaction("loss", "A ->", rate="k * A")
    m.dose("bolus", "cell", {"A": "dose"})
    return m.build()


def take(
    model: Model,
    how: Take,
    of: str = "A",
    *,
    day: float = 0.0,
    start: float = 0.0,
    end: float = 20.0,
    level: float = math.nan,
    doses: tuple[Dose, ...] = TWO,
) -> float:
    readout = Readout(
        "", how, of, 0.0, "", "", day=day, start=start, end=end, level=level, doses=doses
    )
    return measure(model, [readout], rtol=1e-9)[0]


def test_doses_are_given_in_the_simulation_of_their_readout_only(decay: Model) -> None:
    with_doses = Readout("", "value", "A", 0.0, "", "", day=2.0, doses=TWO)
    without = Readout("", "value", "A", 0.0, "", "", day=2.0)
    assert measure(decay, [with_doses, without], rtol=1e-9) == pytest.approx([4.0, 0.0], rel=1e-8)


@pytest.mark.parametrize(
    ("how", "level", "start", "expected"),
    [
        ("first day above", 5.0, 0.0, 1.0),  # at the dose
        ("first day above", 5.0, 2.0, 10.0),  # the next dose
        ("first day below", 2.0, 1.0, 3.0),  # two halvings after the dose
        ("first day below", 2.0, 0.0, 0.0),  # true from the start
        ("first day above", 9.0, 0.0, math.nan),  # never
    ],
)
def test_the_first_day_of_a_level(
    decay: Model, how: Take, level: float, start: float, expected: float
) -> None:
    got = take(decay, how, level=level, start=start)
    # three scans of 600 steps leave 20 / 600**3 days = 1e-7
    assert got == pytest.approx(expected, abs=1e-6, nan_ok=True)


def test_events_and_extinctions_are_looked_for_in_their_period(decay: Model) -> None:
    gone = math.log2(8.0 / 0.1)  # days from a dose to the threshold
    assert take(decay, "event day", "extinct(A)") == pytest.approx(1.0 + gone, rel=1e-8)
    assert take(decay, "event day", "extinct(A)", start=9.0) == pytest.approx(10 + gone, rel=1e-8)
    assert take(decay, "event day", "bolus", start=2.0) == 10.0
    assert math.isnan(take(decay, "event day", "extinct(A)", end=5.0))
