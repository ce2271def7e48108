"""The rebuild of Mueller-Schoell 2021, against the reference values of its model card."""

import warnings

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import DraftModelWarning
from livingdrug.solve.simulate import simulate

from .car_t import muellerschoell2021 as rebuild

REFERENCE = rebuild.PARAMETERS
LOW = REFERENCE | {"class_score": 9.0}
CELLS = rebuild.STATES[:4]


def test_reference_course():
    printed = [
        (3, 0.32719443, 0.40303753, 0.33349717, 0.14357294, 84.429529),
        (7, 0.90399704, 1.2303902, 0.9933498, 0.46753355, 77.5789),
        (14, 1.5742826, 2.3419019, 1.882703, 1.1714847, 51.760202),
        (28, 0.86840518, 1.5705712, 1.270558, 0.96654473, 18.406862),
        (60, 0.060850807, 0.15048858, 0.12985413, 0.10427233, 9.0595779),
    ]
    course = rebuild.solve(REFERENCE, [row[0] for row in printed])
    for i, (day, *row) in enumerate(printed):
        got = [course[name][i] for name in rebuild.STATES]
        assert got[:4] == pytest.approx(row[:4], rel=2e-7)
        assert got[4] == pytest.approx(row[4], rel=2e-7), day


@pytest.mark.parametrize(
    ("change", "peak", "peak_day", "area", "low", "low_day", "late"),
    [  # Cmax and AUC of the sum of the four phenotypes; V at its lowest and on days 28, 90, 365
        ({}, 7.18036, 16.33, 139.259, 8.89009, 72.2, (18.4069, 9.05955, 16.9034)),
        (
            rebuild.individual(REFERENCE, {"ASCT": 1.0}),
            22.2507,
            8.41,
            350.821,
            0.796391,
            54.4,
            (1.16275, 0.848673, 1.59689),
        ),
        (
            rebuild.individual(REFERENCE, {"ratio": 0.3}),
            11.4311,
            12.61,
            210.962,
            4.09736,
            None,
            (7.35433, 4.25756, 7.99293),
        ),
        (
            rebuild.individual(REFERENCE, {"ratio": 3.0}),
            4.27396,
            21.12,
            81.6297,
            17.0211,
            None,
            (37.124, 17.0816, 31.3232),
        ),
        (LOW, 0.4, 0.0, 4.64877, 85.1994, 7.8, (87.0382, 99.5512, 184.147)),
        ({"V0": 1e3}, 78.6236, 6.38, 1045.09, 0.0200577, None, (0.0370778, 0.0214324, 0.040339)),
        (LOW | {"V0": 1e3}, 10.2098, 22.24, 189.649, 155.073, None, (535.399, 156.62, 264.97)),
    ],
)
def test_readouts(change, peak, peak_day, area, low, low_day, late):
    p = REFERENCE | change
    days = np.linspace(0.0, 28.0, 5601)
    course = rebuild.solve(p, days)
    total = sum(course[name] for name in CELLS)
    # six printed digits, the trapezium on this grid adding 1e-6
    assert total.max() == pytest.approx(peak, rel=4e-6)
    assert days[total.argmax()] == pytest.approx(peak_day, abs=0.011)
    assert np.trapezoid(total, days) == pytest.approx(area, rel=4e-6)
    assert rebuild.solve(p, [28.0, 90.0, 365.0])["V"] == pytest.approx(late, rel=1e-5)
    days = np.linspace(0.0, 200.0, 2001)
    volume = rebuild.solve(p, days)["V"]
    assert volume.min() == pytest.approx(low, rel=1e-5)
    assert low_day is None or days[volume.argmin()] == pytest.approx(low_day, abs=0.11)


def test_the_low_class_agrees_with_the_entry():
    # the comparison of entries runs the typical patient, who is of the reference class
    days = [0.0, 7.0, 28.0, 90.0, 365.0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)
        model = get_model("muellerschoell2021", "published")
        cohort = cohort_from_arrays(model, {"class_score": 9.0})
        ours = simulate(model, cohort, times=days, rtol=1e-10)
    theirs = rebuild.solve(LOW, days)
    for name in rebuild.STATES:
        # both runs are tighter than 1e-9 per step
        assert ours[name].values[0] == pytest.approx(theirs[name], rel=1e-6)


def test_spread():
    spread = rebuild.IIV["published"]
    assert spread["Vmax1_ref"].scale[0] ** 2 == pytest.approx(1.17865, rel=1e-5)
    assert spread["Vmax5_2"].scale[0] ** 2 == pytest.approx(2.3442, rel=1e-4)
    residual = [np.sqrt(np.log1p(cv**2)) for cv in rebuild.RESIDUAL_CV.values()]
    assert residual == pytest.approx([0.547, 0.743, 0.944, 0.636, 0.918], abs=1.1e-3)
