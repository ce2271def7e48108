"""Outcomes of models whose laws are known, and of the catalogue."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.compare.turnover import turnover_cases
from livingdrug.core.errors import DraftModelWarning, OptionError, SubjectFailureWarning
from livingdrug.model.model import Model

pytestmark = pytest.mark.filterwarnings(f"ignore::{DraftModelWarning.__module__}.DraftModelWarning")

CELLS = {"unit": "cell", "count_per_unit": 1.0, "term": "tumor_burden"}


def net_tumor(*, start: float = 20.0, net: float = -0.02) -> Model:
    """A tumour whose source gives its net growth alone."""
    m = ld.ModelBuilder("net_tumor", dimensions="off")
    m.species("T", initial=start, **CELLS)
    m.parameter("g", net, "1/day")
    m.rate("T", "g * T")
    return m.build()


def split_tumor(*, start: float = 5.0, birth: float = 0.3, death: float = 0.25) -> Model:
    m = ld.ModelBuilder("split_tumor", dimensions="off")
    m.species("T", initial=start, **CELLS)
    m.parameter("b", birth, "1/day")
    m.parameter("d", death, "1/day")
    m.reaction("birth", "T -> 2 T", rate="b * T")
    m.reaction("death", "T ->", rate="d * T")
    return m.build()


def extinct_by(day: float, n: float, birth: float, death: float) -> float:
    """Chance that a linear birth-death process from n cells has died out (Kendall 1948)."""
    if birth == death:
        return (birth * day / (1 + birth * day)) ** n
    e = math.exp((death - birth) * day)
    return (death * (e - 1) / (death * e - birth)) ** n


def off_by(share: float, truth: float, runs: int) -> float:
    """Distance in standard errors."""
    return abs(share - truth) / math.sqrt(truth * (1 - truth) / runs)


@pytest.mark.parametrize("method", ["ssa", "hybrid"])
def test_turnover_decides_the_cure_as_the_law_says(method):
    runs = 2000
    cases = ld.cure_by_turnover(net_tumor(), end=100, method=method, replicates=runs, seed=4)
    assert [case.turnover["T"] for case in cases] == [0.0, 0.05, 0.2]
    for case in cases:
        tau = case.turnover["T"]
        truth = extinct_by(100.0, 20, tau, tau + 0.02)
        assert off_by(case.cure.value, truth, runs) < 4.0, (tau, truth)
        assert any("turnover of T" in line for line in [case.outcomes.attrs["assumed"]])
    # the mean is the same in all; the chance is not
    assert cases[0].cure.value < cases[1].cure.value < cases[2].cure.value


def test_turnovers_that_are_tried():
    model, rules = net_tumor(), ld.outcome_rules(net_tumor())
    assert turnover_cases(model, rules) == [{"T": 0.0}, {"T": 0.05}, {"T": 0.2}]
    assert turnover_cases(model, rules, {"T": 0.1}) == [{"T": 0.0}, {"T": 0.1}, {"T": 0.2}]
    assert turnover_cases(model, rules, {"T": (0.3, 1.0)}) == [{"T": 0.3}, {"T": 1.0}]
    both = turnover_cases(model, rules, {"X": (1.0, 2.0, 3.0)})
    assert len(both) == 9
    assert both[0] == {"X": 1.0, "T": 0.0}
    split = split_tumor()
    assert turnover_cases(split, ld.outcome_rules(split)) == [{}]
    with pytest.raises(OptionError, match="distinct"):
        turnover_cases(model, rules, {"T": (0.1, 0.1)})
    with pytest.raises(OptionError, match="give one of them"):
        ld.cure_by_turnover(model, end=9, stochastic=ld.Stochastic(turnover={"T": 0.1}))


def test_reductions_of_jumps_are_those_of_the_path():
    """Every jump of an exact path is between two days of a fine grid, which moves no path."""
    model = split_tumor(start=12.0)
    rules = ld.outcome_rules(model, detection=8.0)
    end, step = 40.0, 0.01
    grid = np.linspace(0.0, end, round(end / step) + 1).tolist()
    common = {"method": "ssa", "replicates": 60, "seed": 2}
    course = ld.simulate(model, times=grid, **common)
    reduced = ld.simulate(
        model, times=[0.0, end], reduce=ld.outcome_reductions(rules, end), **common
    )
    fine, exact = ld.outcomes(course, rules), ld.outcomes(reduced, rules)
    # a visit below the level shorter than the step is on no grid: rare, and only then classes move
    same = (fine["outcome"].values == exact["outcome"].values).ravel()
    assert same.mean() > 0.9
    np.testing.assert_array_equal(fine["extinction_day"], exact["extinction_day"])
    # nothing on the grid is below the smallest count; one held for less than a step may be missed
    above = (fine["nadir"] - exact["nadir"]).values
    assert (above >= 0).all()
    assert (above == 0).mean() > 0.9
    days = [fine["outcome_day"].values.ravel()[same], exact["outcome_day"].values.ravel()[same]]
    late = days[0] - days[1]
    assert (late > -1e-9).all()
    assert np.median(late) <= step
    relapses = np.isfinite(exact["relapse_day"].values).sum()
    assert 5 < relapses < 55  # both kinds of run are there


def test_the_cure_of_kimmel2021():
    """shared numbers of the authors' hybrid algorithm: exact 0.661785, from 100 cells 0.660691."""
    model = ld.get_model("kimmel2021")
    person = ld.cohort_from_arrays(model, {"r_B": [0.105], "K_C": [139.2], "k_B": [4.048]})
    runs = 400
    found = ld.simulate_outcomes(
        model, person, end=600, replicates=runs, seed=3, stochastic=ld.Stochastic(threshold=100)
    )
    cure = ld.cure_probability(found)
    assert off_by(cure.value, 0.660691, runs) < 4.0
    assert cure.simulation_lower < cure.value < cure.simulation_upper
    # median day of those who are cured, 73.18 from the exact law
    days = found["outcome_day"].values[found["outcome"].values == 1]
    assert float(np.median(days)) == pytest.approx(73.18, abs=3.0)
    relapse = ld.outcome_probability(found, "relapse")
    assert relapse.value == pytest.approx(1 - cure.value)  # it grows back in all others
    # progression at 1.2 of the start is after the relapse at 1 mL, so it is no class of its own
    assert ld.outcome_probability(found, "progression").value == 0.0
    back = found["relapse_day"].values[np.isfinite(found["relapse_day"].values)]
    later = found["progression_day"].values[np.isfinite(found["relapse_day"].values)]
    # from 1 mL to 1.2 * 94.86 mL at 0.105 per day, the killing gone
    np.testing.assert_allclose(later - back, math.log(1.2 * 94.86) / 0.105, rtol=0.02)


def test_the_populations_of_the_reference_model():
    rules = ld.outcome_rules(ld.get_model("reference"))
    assert dict(rules.tumors) == {"TP": "TP", "TN": "TN"}
    assert rules.levels["TP"] == 1e9
    assert "ASSUMED" in rules.assumed[0]
    assert rules.classes == ("none by the horizon", "cure", "relapse, TP", "relapse, TN")


def test_antigen_loss_competes_with_cure():
    """Two populations without killing: each is a birth-death process of its own."""
    m = ld.ModelBuilder("two", dimensions="off")
    for name, start in (("P", 8.0), ("N", 2.0)):
        m.species(name, initial=start, **CELLS)
    for name, b, d in (("P", 0.1, 0.6), ("N", 0.5, 0.3)):
        m.parameter(f"b{name}", b, "1/day")
        m.parameter(f"d{name}", d, "1/day")
        m.reaction(f"birth{name}", f"{name} -> 2 {name}", rate=f"b{name} * {name}")
        m.reaction(f"death{name}", f"{name} ->", rate=f"d{name} * {name}")
    model, runs = m.build(), 2000
    rules = ld.outcome_rules(model, tumors={"positive": "P", "negative": "N"}, detection=20.0)
    end = 30.0  # 2 exp(0.2 * 30) is 800 cells
    found = ld.simulate_outcomes(model, end=end, rules=rules, method="ssa", replicates=runs, seed=6)
    truth = extinct_by(end, 8, 0.1, 0.6) * extinct_by(end, 2, 0.5, 0.3)
    cure = ld.cure_probability(found)
    assert off_by(cure.value, truth, runs) < 4.0
    # what is left reaches 20 cells, but for the few still on their way
    negative = ld.outcome_probability(found, "relapse, negative")
    assert negative.value == pytest.approx(1 - truth, abs=0.05)
    assert ld.outcome_probability(found, "relapse, positive").value < 0.01


def test_runs_that_are_stopped_are_marked_and_counted():
    model = split_tumor(start=200.0, birth=0.8, death=0.1)
    with pytest.warns(SubjectFailureWarning, match="more jumps than max_events"):
        found = ld.simulate_outcomes(
            model, end=30, method="ssa", replicates=4, stochastic=ld.Stochastic(max_events=500)
        )
    assert (found["outcome"].values == -1).all()
    assert "max_events" in found.attrs["failure"]


def test_what_is_not_in_the_model():
    model = ld.get_model("kimmel2021")
    with pytest.raises(OptionError) as caught:
        ld.outcome_rules(
            model, tumors={"a": "Bee", "b": "B"}, detection={"c": 1.0}, progression="progresion"
        )
    text = str(caught.value)
    assert len(caught.value.issues) == 3
    for part in ("unknown species 'Bee'", "unknown tumour 'c'", "did you mean 'progression'"):
        assert part in text
    with pytest.raises(OptionError, match="no species has a term that names a tumour"):
        ld.outcome_rules(ld.get_model("stein2019"))
    with pytest.raises(OptionError, match="no count of cells"):
        ld.outcome_rules(ld.get_model("chaudhury2020"))
    rules = ld.outcome_rules(model)
    with pytest.raises(OptionError, match="later than the start"):
        ld.outcome_reductions(rules, 0.0)


def test_an_outcome_belongs_to_seed_person_and_run():
    model = split_tumor()
    options = {"end": 30.0, "method": "ssa", "seed": 5}
    few = ld.simulate_outcomes(model, replicates=8, **options)
    many = ld.simulate_outcomes(model, replicates=40, threads=2, **options)
    for name, value in itertools.product(("outcome", "outcome_day"), [slice(0, 8)]):
        np.testing.assert_array_equal(few[name].values, many[name].values[:, value])
