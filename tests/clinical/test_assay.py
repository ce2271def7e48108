"""Assays at the visits of a trial: saturation, error, limits, and endpoints from samples."""

import numpy as np
import pytest

from livingdrug.clinical.assay import at_visits, measure, qpcr, sampled_kinetics
from livingdrug.clinical.kinetics import kinetics_of
from livingdrug.core.errors import DataError, OptionError

VISITS = np.array([1.0, 4, 7, 11, 14, 21, 28, 60])


def curve(times, peak=10.0):
    times = np.asarray(times, dtype=float)
    return np.where(times < peak, np.exp(0.8 * (times - peak)), np.exp(-0.15 * (times - peak)))


def test_qpcr_is_proportional_to_few_cells_and_saturates():
    few = qpcr([1e-3, 2e-3], 1000.0)
    assert few[1] / few[0] == pytest.approx(2, rel=1e-5)
    assert qpcr(1e12, 500.0, copies_per_cell=2.0) == pytest.approx(3e5)
    # the same CAR cells read ten times higher when the other cells fall tenfold
    assert qpcr(0.01, 100.0) / qpcr(0.01, 1000.0) == pytest.approx(10, rel=1e-3)


def test_qpcr_refuses_impossible_cells():
    with pytest.raises(DataError, match="negative"):
        qpcr(-1.0, 10.0)
    with pytest.raises(DataError, match="no cells"):
        qpcr(0.0, 0.0)


def test_visits_that_are_times_are_read_to_the_bit():
    times = np.array([0.0, 0.1, 7.3, 28.0])
    values = np.random.default_rng(3).lognormal(size=(5, 4))
    assert np.array_equal(at_visits(times, values, times), values)


def test_between_times_a_curve_is_straight_on_the_log_scale():
    grid = np.arange(0, 61, 2.0)
    found = at_visits(grid, curve(grid)[None], [11.0, 33.0])
    assert found[0] == pytest.approx(curve([11.0, 33.0]), rel=1e-12)


def test_a_zero_on_one_side_is_no_problem():
    assert at_visits([0, 1], [[0.0, 4.0]], [0.25]).item() == 1.0


@pytest.mark.parametrize(
    ("times", "values", "visits", "message"),
    [
        ([0, 1], [[1, 2]], [2.0], "day 2 lies outside the course, day 0 to 1"),
        ([1, 0], [[1, 2]], [0.5], "must increase"),
        ([0, 1, 2], [[1, 2]], [0.5], "one for each column"),
    ],
)
def test_visits_that_cannot_be_read_are_refused(times, values, visits, message):
    with pytest.raises(DataError, match=message):
        at_visits(times, values, visits)


def sampled(values, visits=VISITS, **options):
    given = {"unit": "cell/uL", "log_sd": 0.4, "lloq": 0.1, "seed": 1, "name": "flow"} | options
    return measure(values, visits, subjects=np.arange(len(values)), **given)


def test_error_has_the_stated_spread_and_no_bias_of_the_median():
    found = sampled(np.ones((20_000, 2)), visits=np.array([7.0, 14.0]), lloq=None)
    logs = np.log(found.values)
    # 20,000 numbers: the error of a mean is 0.4 / sqrt(20,000) = 0.003, of an SD 0.002
    assert np.abs(logs.mean(axis=0)).max() < 0.012
    assert np.abs(logs.std(axis=0) - 0.4).max() < 0.008
    assert abs(np.corrcoef(logs.T)[0, 1]) < 0.03


def test_a_visit_more_changes_no_other_measurement():
    values = np.full((50, 3), 5.0)
    three = sampled(values, visits=np.array([7.0, 14.0, 28.0]))
    two = sampled(values[:, :2], visits=np.array([7.0, 28.0]))
    assert np.array_equal(three.values[:, [0, 2]], two.values)


def test_below_the_limit_there_is_no_value_but_a_mark():
    found = sampled([[0.05, 3.0, np.nan]], visits=VISITS[:3], log_sd=0.0)
    assert found.below.tolist() == [[True, False, False]]
    assert np.isnan(found.values[0, [0, 2]]).all()


@pytest.mark.parametrize(("name", "value"), [("log_sd", -0.1), ("lloq", 0.0)])
def test_bad_options_are_refused(name, value):
    with pytest.raises(OptionError, match=name):
        sampled([[1.0] * len(VISITS)], **{name: value})


def test_endpoints_come_from_the_samples_and_miss_a_peak_between_visits():
    true = curve(VISITS)[None] * 40.0
    found = sampled_kinetics(sampled(true, log_sd=0.0), ["a"])
    assert found["tmax"].item() == 11.0
    assert found["cmax"].item() == pytest.approx(40 * np.exp(-0.15))
    alone = kinetics_of(VISITS, true[0], lloq=0.1)
    assert found["auc_0_28d"].item() == pytest.approx(alone.auc)
    assert found["half_life_terminal"].item() == pytest.approx(np.log(2) / 0.15)
    assert found["tlast"].item() == alone.tlast


def test_many_people_at_once_are_each_alone():
    values = curve(VISITS) * np.random.default_rng(5).lognormal(3, 1, size=(40, 1))
    samples = sampled(values)
    found = sampled_kinetics(samples, np.arange(40))
    for row in range(0, 40, 7):
        alone = kinetics_of(VISITS, samples.values[row], lloq=0.1, blq=samples.below[row])
        assert found["cmax"].values[row] == alone.cmax
        assert found["auc_0_28d"].values[row] == pytest.approx(alone.auc, nan_ok=True)
