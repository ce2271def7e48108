"""The second writing of barros2021 meets the reference values of its model card."""

from __future__ import annotations

import math

import numpy as np
import pytest

from .car_t import barros2021
from .compare import Given

HDLM2 = barros2021.PARAMETERS
RAJI = HDLM2 | barros2021.VARIANTS["raji"]
SINGLE = (Given("infusion", 2e6, 42.0),)
# Reference tables carry at least seven digits, but 5.6380e-4 and 0.14899279 grew from the
# errors of an integration at 1e-11 per step.
PRINTED = 1e-6


@pytest.mark.parametrize(
    ("day", "ct", "cm", "tumour"),
    [
        (42.5, 1775061.1, 31376.93, 737689.57),
        (43, 1726596.1, 127988.91, 29191.155),
        (45, 1460363, 597068.5, 0.23880766),
        (50, 954741.31, 1462761.7, 0.0),
        (55, 624181.02, 2002247.8, 0.0),
        (75, 114027.59, 2656873.9, 0.0),
        (200, 2.7709652, 1536556.7, 0.0),
        (300, 5.63804e-4, 931971.92, 0.0),
    ],
)
def test_course_of_hdlm2(day: float, ct: float, cm: float, tumour: float) -> None:
    course = barros2021.solve(HDLM2, [day], SINGLE)
    assert [course[name][0] for name in course] == pytest.approx([ct, cm, tumour], rel=PRINTED)


@pytest.mark.parametrize(
    ("day", "ct", "cm", "tumour"),
    [
        (8, 12174817, 711.28244, 1.1892015e8),
        (9, 12762743, 686.14642, 1.2923018e8),
        (10, 11714044, 575.36285, 1.4145039e8),
        (12, 4016078.4, 125.85893, 2.2170048e8),
        (14, 12151.356, 0.14899279, 5.6664986e8),
    ],
)
def test_course_of_raji(day: float, ct: float, cm: float, tumour: float) -> None:
    course = barros2021.solve(RAJI, [day], (Given("infusion", 1e7, 7.0),))
    assert [course[name][0] for name in course] == pytest.approx([ct, cm, tumour], rel=PRINTED)


def test_a_challenge_is_rejected_and_a_small_dose_is_not_enough() -> None:
    again = (*SINGLE, Given("tumor_challenge", 1e6, 250.0))
    course = barros2021.solve(HDLM2, [260.406, 260.407, 300.0], again)
    assert course["T"][0] > 0.0 == course["T"][1]  # day 260.407, printed to three decimals
    assert course["CM"][2] == pytest.approx(1.65052e6, rel=2e-6)  # six digits
    course = barros2021.solve(HDLM2, [300.0, 350.0], (Given("infusion", 2e5, 42.0),))
    assert course["T"] == pytest.approx([6.6516e11, 7.0926e11], rel=1e-5)  # five digits


def test_the_part_without_a_tumour_ends_at_the_cut() -> None:
    p = {**HDLM2, "T0": 0.0}
    gone = math.log(2e6 / 1e-6) / (p["rho"] - p["phi"])  # days
    course = barros2021.solve(p, [gone - 1e-6, gone + 1e-6], (Given("infusion", 2e6, 0.0),))
    assert course["CT"][0] == pytest.approx(1e-6, rel=1e-6)
    assert course["CT"][1] == 0.0


def test_propensities_sum_to_the_printed_equations() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        state = {name: float(10 ** rng.uniform(0, 8)) for name in ("CT", "CM", "T")}
        rate = barros2021.propensities(0.0, state, HDLM2)
        change = barros2021.rhs(0.0, state, HDLM2)
        sums = {
            "CT": rate["effector_birth"] - rate["effector_loss"] - rate["effector_inhibition"]
            + rate["recall"],
            "CM": rate["memory_gain"] - rate["memory_loss"] - rate["recall"],
            "T": rate["tumour_birth"] - rate["tumour_crowding"] - rate["tumour_killing"],
        }  # fmt: skip
        size = sum(rate.values())
        for name, total in sums.items():
            assert total == pytest.approx(change[name], abs=1e-12 * size)  # cancellation
