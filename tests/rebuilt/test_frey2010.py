"""The rebuild of Frey 2010 and Moes 2022, against the reference values of their model card."""

import numpy as np
import pytest

from .compare import Given
from .drug import frey2010 as rebuild

FREY, MOES = rebuild.VARIANTS["published"], rebuild.VARIANTS["icu"]
HOUR = rebuild.HOUR


def _doses(mg, *days):
    return [Given("tocilizumab", mg, day, HOUR) for day in days]


@pytest.mark.parametrize(
    ("parameters", "mg", "peak", "levels", "area"),
    [  # ug/mL at the end of the infusion and on days 1, 3, 7, 14, 21 and 28
        (
            FREY,
            560.0,
            159.442,
            (137.425, 101.374, 56.4858, 21.4395, 7.94535, 2.69237),
            1070.58,
        ),
        (MOES, 560.0, 128.545, (108.675, 76.172, 36.2438, 7.33559, 1.346e-4, None), 664.573),
        (MOES, 800.0, 183.652, (155.63, 109.789, 53.4732, 12.6625, 0.353268, None), 983.73),
    ],
)
def test_single_dose(parameters, mg, peak, levels, area):
    days = [HOUR, 1.0, 3.0, 7.0, 14.0, 21.0, 28.0]
    got = rebuild.solve(parameters, days, _doses(mg, 0.0))
    for value, printed in zip(got["c"], (peak, *levels), strict=True):
        # five or six printed digits; four of the smallest
        assert printed is None or value == pytest.approx(printed, rel=5e-6, abs=5e-8)
    assert got["auc"][-1] == pytest.approx(area, rel=6e-6)


def test_three_doses_within_a_day():
    doses = _doses(560.0, 0.0, 8 * HOUR, 16 * HOUR)
    got = rebuild.solve(FREY, [17 * HOUR, 1.0, 7.0, 14.0, 28.0], doses)
    printed = [455.418, 436.476, 195.692, 92.9538, 32.2537]
    assert got["c"] == pytest.approx(printed, rel=2e-6)
    assert got["auc"][-1] == pytest.approx(3802.66, rel=2e-6)


def test_twelfth_dose_of_every_four_weeks():
    first = 11 * 28.0
    doses = _doses(560.0, *(28.0 * i for i in range(12)))
    got = rebuild.solve(FREY, [first, first + HOUR, first + 28.0], doses)
    assert got["c"][1] == pytest.approx(165.239, rel=4e-6)
    assert got["c"][2] == pytest.approx(5.76843, rel=1e-6)
    assert 24.0 * np.diff(got["auc"])[[0, 1]].sum() == pytest.approx(29888.3, rel=3e-6)


def test_covariates():
    assert rebuild.individual(FREY, {}) == FREY
    woman = rebuild.individual(FREY, {"female": 1.0, "BSA": 2.0, "smoker": 1.0, "albumin": 30.0})
    assert woman["CL"] == pytest.approx(0.3 * (2.0 / 1.8) ** 0.7 * 0.84, rel=1e-14)
    assert woman["V1"] == pytest.approx(3.5 * (30.0 / 38.0) ** 0.7, rel=1e-14)
    assert woman["VM"] == pytest.approx(7.5 * (30.0 / 38.0) ** -0.4 * 1.11, rel=1e-14)


@pytest.mark.parametrize("variant", rebuild.IIV)
def test_correlations_are_possible(variant):
    names = list(rebuild.IIV[variant])
    matrix = np.eye(len(names))
    for (one, other), r in rebuild.CORRELATION[variant].items():
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = r
    assert np.linalg.eigvalsh(matrix).min() > 0.0


def test_spread_of_intensive_care_is_the_printed_one():
    cv = [100 * np.sqrt(np.expm1(s.scale[0] ** 2)) for s in rebuild.IIV["icu"].values()]
    assert cv == pytest.approx([18.9, 21.0], abs=0.05)  # printed to a tenth of a percent
