"""Severity to support: cut-points, offsets, fever."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import xarray as xr

from livingdrug.clinical.grading.rungs import OxygenRung, PressureRung
from livingdrug.clinical.severity import (
    REFERENCE_LADDER,
    Offsets,
    icans_grade,
    support,
    support_in_course,
)
from livingdrug.core.errors import OptionError, UnknownNameError

NONE = Offsets(*(np.zeros(1) for _ in range(4)))


@pytest.mark.parametrize(
    ("severity", "pressure", "oxygen"),
    [
        (3.2, PressureRung.NONE, OxygenRung.NONE),
        (3.3, PressureRung.UNTREATED, OxygenRung.NONE),
        (3.6, PressureRung.FLUIDS, OxygenRung.NONE),
        (4.0, PressureRung.FLUIDS, OxygenRung.LOW_FLOW),
        (4.5, PressureRung.ONE_PRESSOR_LOW, OxygenRung.LOW_FLOW),
        (5.2, PressureRung.ONE_PRESSOR_HIGH, OxygenRung.HIGH_FLOW),
        (6.0, PressureRung.SEVERAL_PRESSORS, OxygenRung.POSITIVE_PRESSURE),
        (6.6, PressureRung.SEVERAL_PRESSORS, OxygenRung.VENTILATOR),
    ],
)
def test_the_rungs_of_the_reference_ladder(severity, pressure, oxygen):
    _, pressed, breathed = support(REFERENCE_LADDER, NONE, np.array([severity]), np.array([0.0]))
    assert (pressed[0], breathed[0]) == (pressure, oxygen)


def test_fever_is_38_degrees():
    fever, _, _ = support(REFERENCE_LADDER, NONE, np.zeros(1), np.array([1.0]))
    assert fever[0]
    fever, _, _ = support(REFERENCE_LADDER, NONE, np.zeros(1), np.array([0.99]))
    assert not fever[0]


def test_a_person_with_an_offset_needs_more_to_need_support():
    tough = dataclasses.replace(NONE, pressure=np.array([1.0]))
    _, pressed, breathed = support(REFERENCE_LADDER, tough, np.array([4.5]), np.array([0.0]))
    assert (pressed[0], breathed[0]) == (PressureRung.UNTREATED, OxygenRung.LOW_FLOW)


def test_offsets_have_their_spread_and_belong_to_the_person():
    drawn = Offsets.draw(REFERENCE_LADDER, np.arange(4000), seed=3)
    # 4,000 draws give a standard deviation to 1.1 %
    assert drawn.pressure.std() == pytest.approx(0.9, rel=0.05)
    assert drawn.fever.std() == pytest.approx(0.35, rel=0.05)
    assert abs(np.corrcoef(drawn.pressure, drawn.oxygen)[0, 1]) < 0.06
    alone = Offsets.draw(REFERENCE_LADDER, np.array([17]), seed=3)
    assert alone.pressure[0] == drawn.pressure[17]


def test_neurotoxicity_is_graded_or_refused():
    assert icans_grade(REFERENCE_LADDER, NONE, np.array([0.0])).tolist() == [0]
    assert icans_grade(REFERENCE_LADDER, NONE, np.array([9.0])).tolist() == [4]
    without = dataclasses.replace(REFERENCE_LADDER, nervous="", icans=())
    with pytest.raises(OptionError, match="no nervous severity"):
        icans_grade(without, NONE, np.array([1.0]))


def test_a_failed_subject_needs_nothing():
    fever, pressed, _ = support(REFERENCE_LADDER, NONE, np.array([np.nan]), np.array([np.nan]))
    assert (fever[0], pressed[0]) == (False, 0)


def test_cut_points_out_of_order_are_refused():
    with pytest.raises(OptionError, match="let them increase"):
        dataclasses.replace(REFERENCE_LADDER, pressure=(3.3, 3.0, 4.5, 5.2, 5.9))
    with pytest.raises(OptionError, match="give 4"):
        dataclasses.replace(REFERENCE_LADDER, oxygen=(4.0,))


def test_severity_may_be_the_logarithm_of_a_quantity_and_temperature_follow_from_it():
    ladder = dataclasses.replace(REFERENCE_LADDER, temperature="", log_of=30.0)
    level = np.array(
        [0.0, 30.0 * np.expm1(1.7), 30.0 * np.expm1(1.8), 30.0 * np.expm1(4.6), -1e-20]
    )
    everyone = Offsets(*(np.zeros(5) for _ in range(4)))
    fever, pressed, breathed = support(ladder, everyone, level, None)
    # 36.5 + 0.85 * 1.7 is 37.9 degrees, with 1.8 it is 38.0
    assert fever.tolist() == [False, False, True, True, False]
    assert pressed.tolist() == [0, 0, 0, PressureRung.ONE_PRESSOR_LOW, 0]
    assert breathed.tolist() == [0, 0, 0, OxygenRung.LOW_FLOW, 0]
    with pytest.raises(OptionError, match="needs the temperature 'temperature'"):
        support(REFERENCE_LADDER, everyone, level, None)
    with pytest.raises(OptionError, match="log_of: is 0"):
        dataclasses.replace(ladder, log_of=0.0)
    with pytest.raises(OptionError, match="need_sd: is -1"):
        dataclasses.replace(ladder, need_sd=-1.0)


def test_any_course_is_read_by_a_ladder():
    course = xr.Dataset(
        {"V": (("subject", "time"), np.full((50, 3), 4.5)),
         "temperature": (("subject", "time"), np.full((50, 3), 1.9))},
        coords={"subject": np.arange(50), "time": [0.0, 1.0, 2.0]}, attrs={"seed": 3},
    )  # fmt: skip
    fever, pressed, breathed = support_in_course(REFERENCE_LADDER, course)
    drawn = Offsets.draw(REFERENCE_LADDER, np.arange(50), seed=3)
    expected = support(REFERENCE_LADDER, drawn, np.full(50, 4.5), np.full(50, 1.9))
    for got, want in zip((fever, pressed, breathed), expected, strict=True):
        assert np.array_equal(got, np.repeat(want[:, np.newaxis], 3, axis=1))
    assert len(np.unique(pressed)) > 3
    _, other, _ = support_in_course(REFERENCE_LADDER, course, seed=4)
    assert not np.array_equal(other, pressed)
    with pytest.raises(UnknownNameError, match="unknown quantity 'V'"):
        support_in_course(REFERENCE_LADDER, course.drop_vars("V"))
    with pytest.raises(OptionError, match="replicates"):
        support_in_course(REFERENCE_LADDER, course.expand_dims(replicate=2))


def test_cut_points_of_neurotoxicity_belong_to_the_class_of_costimulation():
    by_28, by_41bb = (REFERENCE_LADDER.of_class(kind) for kind in ("CD28", "4-1BB"))
    levels = np.linspace(0, 5, 101)
    none = Offsets(*(np.zeros(101) for _ in range(4)))
    first, second = (icans_grade(ladder, none, levels) for ladder in (by_28, by_41bb))
    assert (first >= second).all()
    assert (first > second).any()
    assert REFERENCE_LADDER.of_class("OX40").icans == REFERENCE_LADDER.icans
    # nothing else changes
    assert by_41bb.pressure == by_28.pressure == REFERENCE_LADDER.pressure


def test_cut_points_of_a_class_are_checked_like_the_others():
    with pytest.raises(OptionError, match="icans of CD28: 1 cut-points"):
        dataclasses.replace(REFERENCE_LADDER, icans_by_class={"CD28": (1.0,)})
    without = dataclasses.replace(REFERENCE_LADDER, nervous="", icans=())
    assert without.of_class("CD28").icans == ()
