"""Exact jumps of models in which something happens between jumps: rates in time, events, inputs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import livingdrug as ld
from livingdrug.core.status import Status
from livingdrug.model.builder import ModelBuilder
from livingdrug.solve.stochastic import Stochastic

from .models import UNIT, birth_death, immigration


def exact(model, *, times, replicates, **options):
    return ld.simulate(model, times=times, method="ssa", replicates=replicates, **options)


def test_a_rate_that_changes_in_time_is_not_frozen():
    # arrivals at k (1 + sin(2 t)) and no deaths: a Poisson number with the integral as its mean
    m = ModelBuilder("waves", dimensions="off")
    m.species("A", initial=0.0, **UNIT)
    m.parameter("k", 6.0, "1/day")
    m.reaction("arrival", "-> A", rate="k * (1 + sin(2 * time))")
    course = exact(m.build(), times=[0.0, 1.0], replicates=4_000)
    assert course.attrs["backend"] == "hybrid"
    assert course.attrs["method"] == "ssa"
    values = course["A"].values[0, :, -1]
    mean = 6.0 * (1.0 + (1.0 - np.cos(2.0)) / 2.0)
    # mean and variance of a Poisson number are equal; five standard errors
    assert abs(values.mean() - mean) < 5 * np.sqrt(mean / values.size)
    assert abs(values.var() - mean) < 5 * mean * np.sqrt(2 / values.size)


def test_an_event_acts_at_its_time():
    # arrivals and deaths, set to 20 on day 4: a thinned 20 and a Poisson number of new ones
    influx, death, day, end = 1.0, 0.1, 4.0, 6.0
    m = ModelBuilder("reset", dimensions="off")
    m.species("A", initial=0.0, **UNIT)
    m.parameter("k", influx, "cell/day")
    m.parameter("d", death, "1/day")
    m.reaction("arrival", "-> A", rate="k")
    m.reaction("death", "A ->", rate="d * A")
    m.event("reset", {"A": "20"}, when=f"time >= {day}")
    course = exact(m.build(), times=[0.0, day, end], replicates=3_000)
    assert (course["A"].values[0, :, 1] == 20.0).all()
    values = course["A"].values[0, :, 2]
    stay = np.exp(-death * (end - day))
    mean = 20 * stay + influx / death * (1 - stay)
    variance = 20 * stay * (1 - stay) + influx / death * (1 - stay)
    assert abs(values.mean() - mean) < 5 * np.sqrt(variance / values.size)
    assert abs(values.var() - variance) < 5 * variance * np.sqrt(2 / values.size)


def test_an_event_on_a_count_acts_at_the_jump_that_reaches_it():
    m = ModelBuilder("full", dimensions="off")
    m.species("A", initial=0.0, **UNIT)
    m.parameter("k", 5.0, "cell/day")
    m.reaction("arrival", "-> A", rate="k")
    m.event("full", {"A": "0"}, when="A > 3.5")
    course = exact(
        m.build(),
        times=[0.0, 10.0],
        replicates=2_000,
        reduce={
            "day": ld.Reduction("event day", "full"),
            "most": ld.Reduction("maximum", "A"),
        },
    )
    # the day of the fourth arrival has a gamma law
    assert stats.kstest(course["day"].values[0], stats.gamma(4, scale=0.2).cdf).pvalue > 1e-6
    # the event acts in the instant of the fourth arrival: four are never left standing
    assert (course["most"].values == 3.0).all()


def test_a_dose_after_a_lag_is_given_whole():
    m = ModelBuilder("lagging", dimensions="off")
    m.species("A", initial=0.0, **UNIT)
    m.parameter("d", 0.0, "1/day")
    m.reaction("death", "A ->", rate="d * A")
    m.dose("infusion", "cell", {"A": "dose"}, lag="1.5")
    model = m.build()
    cohort = ld.cohort_from_arrays(
        model, {"A": [0.0]}, regimen=ld.Regimen.infusion(7.0, "cell", time=1.0)
    )
    course = exact(model, cohort=cohort, times=[0.0, 2.0, 3.0], replicates=2)
    assert course["A"].values[0].tolist() == [[0.0, 0.0, 7.0]] * 2


def waves(start):
    m = ModelBuilder("waves", dimensions="off")
    m.species("A", initial=start, **UNIT)
    m.parameter("k", 1.0, "1/day")
    m.reaction("birth", "A -> 2 A", rate="k * (1 + sin(time)) * A")
    m.dose("infusion", "cell", {"A": "dose"})
    return m.build()


def test_parts_of_entities_are_refused_here_too():
    with pytest.warns(ld.core.errors.SubjectFailureWarning, match=r"10.4 entities.*'round'"):
        course = exact(waves(10.4), times=[0.0, 1.0], replicates=2)
    assert (course["status"].values == int(Status.BAD_INITIAL)).all()
    assert np.isnan(course["A"].values).all()
    rounded = exact(
        waves(10.4), times=[0.0, 1.0], replicates=2, stochastic=Stochastic(initial="round")
    )
    # rounded at random where the hybrid engine begins to count
    assert set(rounded["A"].values[0, :, 0].tolist()) <= {10.0, 11.0}


def test_a_part_of_an_entity_in_a_dose_is_refused():
    regimen = ld.Regimen.infusion(2.5, "cell", time=1.0)
    cohort = ld.cohort_from_arrays(waves(1.0), {"A": [1.0]}, regimen=regimen)
    with pytest.warns(ld.core.errors.SubjectFailureWarning, match=r"brings 2.5 entities of A"):
        exact(waves(1.0), cohort=cohort, times=[0.0, 2.0], replicates=1)


@pytest.mark.parametrize("model", [birth_death(), waves(1.0)])
def test_what_flows_in_slowly_is_refused(model):
    regimen = ld.Regimen.infusion(2.0, "cell", time=1.0, duration=0.5)
    cohort = ld.cohort_from_arrays(model, {"A": [1.0]}, regimen=regimen)
    with pytest.warns(ld.core.errors.SubjectFailureWarning, match=r"flows in over 0.5 day"):
        exact(model, cohort=cohort, times=[0.0, 2.0], replicates=1)


def test_approximate_methods_say_what_they_cannot_do():
    with pytest.raises(ld.core.errors.CapabilityError, match=r"depend on time.*'hybrid'"):
        ld.simulate(waves(1.0), times=[0.0, 1.0], method="tau", replicates=1)


def test_models_of_nothing_but_jumps_stay_in_the_lanes():
    assert exact(immigration(), times=[0.0, 1.0], replicates=2).attrs["backend"] == "stochastic"
