"""Simulated observations: residual error and limits of quantification."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import OptionError
from livingdrug.model.variability import ResidualError

from .small import builder, run

LEVEL = 100.0
N, DAYS = 100, np.arange(40.0)


def assay(kind=None, sd=0.0, lloq=None):
    """A constant level seen by an assay."""
    m = builder("assay")
    m.species("A", initial=LEVEL, unit="1")
    residual = None if kind is None else ResidualError(kind, sd)
    m.observable("seen", "A", "1", residual=residual, lloq=lloq)
    return m.build()


def observed(model, times=DAYS, n=N, **options):
    cohort = cohort_from_arrays(model, {"A": np.full(n, LEVEL)})
    return run(model, cohort, times=times, **options)


# N x DAYS = 4,000 standard normal numbers: 5 standard errors of their mean and of their SD
MEAN, SD = 5 / np.sqrt(N * DAYS.size), 5 / np.sqrt(2 * N * DAYS.size)


@pytest.mark.parametrize(
    ("kind", "sd", "normal_of"),
    [
        ("log_additive", 0.3, lambda y: np.log(y / LEVEL)),
        ("proportional", 0.2, lambda y: y / LEVEL - 1),
        ("additive", 7.0, lambda y: y - LEVEL),
    ],
)
def test_the_residual_has_its_distribution(kind, sd, normal_of):
    course = observed(assay(kind, sd), seed=1)
    e = normal_of(course["observed"].values[0]) / sd
    assert e.mean() == pytest.approx(0.0, abs=MEAN)
    assert e.std() == pytest.approx(1.0, abs=SD)
    # independent between visits and between subjects
    for a, b in ((e[:, :-1], e[:, 1:]), (e[:-1], e[1:])):
        assert np.corrcoef(a.ravel(), b.ravel())[0, 1] == pytest.approx(0.0, abs=1.1 * MEAN)
    assert (course["seen"].values == LEVEL).all()


@pytest.mark.parametrize(("level", "sd"), [(LEVEL, np.hypot(20.0, 7.0)), (0.0, 7.0)])
def test_a_combined_error_adds_two_variances(level, sd):
    m = builder("assay")
    m.species("A", initial=LEVEL, unit="1")
    residual = ResidualError.combined(sd_proportional=0.2, sd_additive=7.0)
    m.observable("seen", "A", "1", residual=residual)
    cohort = cohort_from_arrays(m.build(), {"A": np.full(N, level)})
    found = run(m.build(), cohort, times=DAYS, seed=1)["observed"].values[0]
    e = (found - level) / sd
    assert e.mean() == pytest.approx(0.0, abs=MEAN)
    assert e.std() == pytest.approx(1.0, abs=SD)


def test_without_an_additive_part_a_combined_error_is_proportional():
    combined = ResidualError.combined(sd_proportional=0.2, sd_additive=0.0)
    m = builder("assay")
    m.species("A", initial=LEVEL, unit="1")
    m.observable("seen", "A", "1", residual=combined)
    one = observed(m.build(), seed=1)["observed"].values
    # the same numbers in another order of operations
    assert one == pytest.approx(
        observed(assay("proportional", 0.2), seed=1)["observed"].values, rel=1e-14
    )


def test_one_visit_more_changes_no_other_observation():
    model = assay("additive", 5.0)
    few = observed(model, [1.0, 7.0], n=3, seed=1)["observed"].values[0]
    many = observed(model, [0.0, 1.0, 3.5, 7.0, 9.0], n=3, seed=1)["observed"].values[0]
    assert many[:, [1, 3]].tolist() == few.tolist()


def test_one_subject_more_changes_no_other_observation():
    model = assay("additive", 5.0)
    few = observed(model, n=2, seed=1)["observed"].values[0]
    assert observed(model, n=5, seed=1)["observed"].values[0, :2].tolist() == few.tolist()


def test_the_seed_decides():
    model = assay("additive", 5.0)
    first, again, other = (observed(model, n=2, seed=s)["observed"].values for s in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert (first != other).all()


def test_two_observables_have_errors_of_their_own():
    m = builder()
    m.species("A", initial=LEVEL, unit="1")
    for name in ("one", "two"):
        m.observable(name, "A", "1", residual=ResidualError("additive", 1.0))
    one, two = observed(m.build(), seed=1)["observed"].values - LEVEL
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] == pytest.approx(0.0, abs=MEAN)


def test_what_lies_below_the_limit_is_marked_and_hidden():
    course = observed(assay("additive", 5.0, lloq=LEVEL), seed=1)
    blq, seen = course["blq"].values[0], course["observed"].values[0]
    assert np.isnan(seen[blq]).all()
    assert (seen[~blq] >= LEVEL).all()
    # half of a symmetric error lies below: 5 standard errors of a share of 4,000
    assert blq.mean() == pytest.approx(0.5, abs=MEAN / 2)
    assert course["lloq"].values.tolist() == [LEVEL]


def test_an_assay_without_error_is_only_censored():
    m = builder()
    m.species("A", initial=8.0, unit="1")
    m.rate("A", "-A")
    m.observable("seen", "A", "1", lloq=1.0)
    course = run(m.build(), times=[0.0, 1.0, 2.0, 3.0])
    assert course["blq"].values[0, 0].tolist() == [False, False, False, True]
    assert course["observed"].values[0, 0, 0] == 8.0


def test_a_limit_can_be_given_in_place_of_the_models():
    model = assay(lloq=1.0)
    assert not observed(model, n=1)["blq"].values.any()
    course = observed(model, n=1, lloq={"seen": 200.0})
    assert course["blq"].values.all()
    assert course["lloq"].values.tolist() == [200.0]


def test_a_limit_can_be_given_where_the_model_has_none():
    assert observed(assay(), n=1, lloq={"seen": 200.0})["blq"].values.all()
    assert "blq" not in observed(assay(), n=1)


@pytest.mark.parametrize("lloq", [{"sen": 1.0}, {"seen": 0.0}, {"seen": np.nan}])
def test_a_wrong_limit_is_refused(lloq):
    with pytest.raises(OptionError):
        observed(assay(), n=1, lloq=lloq)


def test_a_failed_subject_has_no_observations():
    m = builder()
    m.species("A", initial=1.0, unit="1")
    m.parameter("k", 0.0, "1")
    m.rate("A", "k * A**2")
    m.observable("seen", "A", "1", lloq=0.5, residual=ResidualError("log_additive", 0.1))
    model = m.build()
    with pytest.warns(match="1 of 2"):
        course = run(model, cohort_from_arrays(model, {"k": [0.0, 1.0]}), times=[0.0, 2.0])
    assert np.isnan(course["observed"].values[0, 1]).all()
    assert not course["blq"].values[0, 1].any()
