"""The rebuild of Owens and Bozic 2021, against the reference values of its model card."""

import numpy as np
import pytest

from .car_t import owensbozic2021 as rebuild

FIRST = rebuild.PARAMETERS
PATIENT = {i: FIRST | rebuild.VARIANTS[f"p{i}"] for i in (1, 2, 3, 4)}
MEDIUM, HIGH = {1: 5e9, 2: 5e9, 3: 5e8, 4: 5e8}, {1: 1e10, 2: 1e10}
WIDE = rebuild.WIDE
EXACT = 1.0


def _tumour(patient, plan, *, burden=None, width=EXACT, days=None):
    days = np.linspace(0.0, 120.0, 12001) if days is None else days
    p = PATIENT[patient] | {"T0": burden or MEDIUM[patient], "width": width}
    return days, rebuild.solve(p, days, rebuild.protocol(*plan, width))


def _cure_day(*args, **kwargs):
    """First day with less than a thousandth of a cell, or none."""
    days, course = _tumour(*args, **kwargs)
    gone = course["T"] < 1e-3
    return days[gone.argmax()] if gone.any() else None


def test_reference_course_of_patient_2():
    days = np.array([1.0 - 1e-12, 5.0, 10.0, 14.0, 20.0])
    _, got = _tumour(2, (3, 2.5e8, 4), days=days)
    printed = [21.948329, 20.674146, 21.333553, 21.838817, 21.676948]
    assert np.log(got["T"]) == pytest.approx(printed, abs=6e-7)
    assert got["E"] == pytest.approx(
        [227224.3, 127417.27, 256910.06, 257603.52, 211462.9], rel=5e-7
    )
    assert got["C"][:2] == pytest.approx([0.0, 0.0])
    assert got["C"][2:] == pytest.approx([2.5663126e7, 1.4063629e8, 4.0819739e8], rel=5e-7)
    assert got["M"][:3] == pytest.approx([1.0687635, 0.27769482, 0.0030849107], rel=5e-8)
    assert got["M"][3] == pytest.approx(8.43e-5, rel=1e-3)


def test_reference_course_of_patient_4():
    days = np.array([7.0 - 1e-12, 10.0, 14.0, 25.0])
    _, got = _tumour(4, (5, 1e8, 2), days=days)
    assert np.log(got["T"]) == pytest.approx([19.371439, 20.056637, 20.444984, 20.669302], abs=6e-7)
    assert got["E"] == pytest.approx([89427.418, 96716.744, 78851.992, 46916.387], rel=5e-7)
    assert got["C"][1:] == pytest.approx([2.6557197e7, 2.7061740e7, 1.4226429e7], rel=5e-7)


@pytest.mark.parametrize(
    ("days", "width", "peak"),
    [(5, EXACT, 2.648), (3, EXACT, 4.055), (5, WIDE, 3.3415), (3, WIDE, 5.117)],
)
def test_peak_of_chemotherapy(days, width, peak):
    ends = np.arange(days) + width * rebuild.HALF_HOUR
    _, got = _tumour(1, (days, 1e7, 2), width=width, days=ends)
    if width == WIDE:
        # The card's 3.34 and 5.116 uM are those of doses given at once; what is lost during the
        # pulse takes 1.2 % from them.
        span = 0.9 * WIDE * rebuild.HALF_HOUR
        peak *= -np.expm1(-span) / span
    assert got["M"].max() == pytest.approx(peak, rel=3e-4)


DL1, DL2, DL3 = 1e7, 1e8, 2.5e8  # injected cells


@pytest.mark.parametrize(
    ("patient", "burden", "plan", "exact", "wide"),
    [  # whether the tumour is gone: with half an hour, and with the published peak
        (1, 5e9, (3, DL1, 2), False, False),
        (1, 5e9, (5, DL1, 2), False, True),
        (2, 1e10, (3, DL3, 2), False, False),
        (2, 1e10, (5, DL3, 2), False, True),
        (2, 5e9, (3, DL1, 2), False, True),
        (2, 5e9, (5, DL1, 2), True, True),
        (1, 5e9, (3, DL3, 4), False, False),
        (4, 5e8, (5, DL2, 2), False, False),
        (2, 1e10, (5, 2e8, 3), False, True),
        (2, 1e10, (5, 2e8, 4), False, False),
        (1, 1e10, (5, DL3, 2), False, False),
    ],
)
def test_outcome(patient, burden, plan, exact, wide):
    for width, cured in ((EXACT, exact), (WIDE, wide)):
        assert (_cure_day(patient, plan, burden=burden, width=width) is not None) == cured


@pytest.mark.parametrize(
    ("patient", "plan", "exact", "wide"),
    [(2, (3, DL3, 4), 30.31, 26.12), (3, (5, DL2, 2), 25.61, 18.91)],
)
def test_day_of_cure(patient, plan, exact, wide):
    assert _cure_day(patient, plan) == pytest.approx(exact, abs=0.011)
    assert _cure_day(patient, plan, width=WIDE) == pytest.approx(wide, abs=0.011)


@pytest.mark.parametrize(
    ("patient", "burden", "chemo", "dose"),
    [
        (1, 5e9, 3, 3.742e5),
        (1, 5e9, 5, 6.38e4),
        (2, 5e9, 3, 4.62e4),
        (2, 5e9, 5, 2.87e4),
        (2, 1e10, 3, 2.815e6),
        (2, 1e10, 5, 2.421e5),
        (1, 5e9, 0, 3.523e8),
        (2, 5e9, 0, 3.045e8),
        (2, 1e10, 0, 1.237e9),
        (1, 1e9, 0, 6.62e5),
        (2, 1e9, 0, 6.66e5),
        (3, 1e8, 0, 8202),
        (4, 1e8, 0, 5.76e4),
    ],
)
def test_threshold_of_the_dose(patient, burden, chemo, dose):
    for factor in (0.998, 1.002):  # printed to three or four digits
        # the card prints the cells that arrive, a hundredth of the injected ones
        plan = (chemo, factor * dose / FIRST["reaching"], 2 if chemo else 0)
        cured = _cure_day(patient, plan, burden=burden, width=WIDE) is not None
        assert cured == (factor > 1.0)
