"""The rebuild of Singh 2021, against the printed reference values of its model card."""

import numpy as np
import pytest

from .car_t import singh2021
from .compare import Given

P = singh2021.PARAMETERS


def _observed(dose, days, changes=None):
    p = P | (changes or {})
    course = singh2021.solve(p, days, [Given("", dose, 0.0)])
    return course | singh2021.observed(p, course)


def _top(days, values):
    """Day and height of the highest point, by the parabola through the three highest."""
    i = int(np.argmax(values))
    a, b, c = np.polyfit(days[i - 1 : i + 2] - days[i], values[i - 1 : i + 2], 2)
    return days[i] - b / (2 * a), c - b * b / (4 * a)


REFERENCE = [  # 450e6 cells: day, transgene, T (cells/L), change of P and of S (%)
    (1, 11.372158, 2.5089407e9, 0.005250, 0.120078),
    (3, 89.970339, 2.438332e9, -0.015899, -0.503093),
    (7, 3652.0426, 1.2113041e9, -2.391068, -32.242547),
    (10, 18893.798, 4.7206967e8, -8.451317, -68.036109),
    (14, 35743.398, 1.2680179e8, -20.158666, -90.651522),
    (28, 5991.7769, 1387052.8, -60.774553, -99.899467),
    (60, 254.99399, 14838.3, -90.991338, None),
    (180, 25.402062, 31806.744, -91.262283, None),
    (365, 0.83306995, 137764.19, -88.031839, None),
]


def test_reference_course():
    got = _observed(450e6, [row[0] for row in REFERENCE])
    for i, (_, copies, tumour, m_protein, bcma) in enumerate(REFERENCE):
        # eight printed digits, the last at most two units off after 1e-11 per step
        assert got["transgene"][i] == pytest.approx(copies, rel=2e-7)
        assert got["T"][i] == pytest.approx(tumour, rel=2e-7)
        assert got["P change"][i] == pytest.approx(m_protein, abs=6e-7)
        if bcma is not None:
            assert got["S change"][i] == pytest.approx(bcma, abs=6e-7)


@pytest.mark.parametrize(
    ("dose", "copies", "day", "nadir", "nadir_day"),
    [
        (50e6, 37444.99, 16.31, -92.4921, 88.75),
        (150e6, 36537.17, 15.25, -92.4141, 87.48),
        (450e6, 35774.23, 14.19, -92.3465, 86.24),
        (800e6, 35498.11, 13.63, -92.3215, 85.62),
    ],
)
def test_peak_and_nadir(dose, copies, day, nadir, nadir_day):
    days = np.arange(1.0, 120.0, 0.05)
    got = _observed(dose, days)
    top_day, top = _top(days, got["transgene"])
    # heights to their last digit, the highest point of a grid being a little low; days of flat
    # extremes to that grid
    assert -0.006 < top - copies < 0.011
    assert top_day == pytest.approx(day, abs=0.01)
    low_day, low = _top(days, -got["P change"])
    assert -low == pytest.approx(nadir, abs=6e-5)
    assert low_day == pytest.approx(nadir_day, abs=0.05)


@pytest.mark.parametrize(
    ("fold", "copies"), [(0.2, 721.86), (0.5, 5404.9), (2.0, 3.6014e5), (5.0, 3.9585e6)]
)
def test_peak_by_burden(fold, copies):
    days = np.arange(1.0, 60.0, 0.05)
    got = _observed(50e6, days, {"T0": fold * P["T0"]})
    assert _top(days, got["transgene"])[1] == pytest.approx(copies, rel=2e-5)


def test_start():
    start = singh2021.INITIAL(P)
    assert start["P"] == pytest.approx(0.25854701, rel=1e-8)
    assert start["S"] == pytest.approx(625.0, rel=1e-14)
    assert start["Em"] == pytest.approx(3.65e-6, rel=1e-14)
    assert _observed(50e6, [0.0])["transgene"][0] == pytest.approx(20000.0, rel=1e-14)
