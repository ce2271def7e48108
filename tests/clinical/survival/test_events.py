"""From days of what happened to times with events: one test for each rule of an estimand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from livingdrug.clinical.survival import (
    ESTIMANDS,
    Censoring,
    Estimand,
    Event,
    Start,
    constant_hazard_days,
    observe,
)
from livingdrug.core.errors import DataError

NAN = np.nan
GRID = (28.0, 90.0, 180.0, 270.0, 360.0)
PFS = ESTIMANDS["pfs"].on(GRID)


def test_the_first_event_counts_and_progression_is_known_to_lie_between_visits() -> None:
    seen = observe(
        PFS,
        last_assessment=[180, 180, 360],
        last_contact=[200, 100, 360],
        progression=[180, NAN, NAN],
        death=[200, 100, NAN],
    )
    assert seen.time.tolist() == [180, 100, 360]
    assert seen.event.tolist() == [True, True, False]
    assert [PFS.events[c] for c in seen.cause[:2]] == [Event.PROGRESSION, Event.DEATH]
    assert seen.lower.tolist() == [90, 100, 360]
    assert seen.upper.tolist() == [180, 100, np.inf]


def test_censoring_at_the_last_assessment_or_contact() -> None:
    days = {"last_assessment": [90.0, NAN], "last_contact": [120.0, 50.0], "progression": [NAN] * 2}
    assert observe(PFS, **days).time.tolist() == [90, 0]  # never assessed: day 0
    late = replace(PFS, censoring=Censoring.LAST_CONTACT)
    assert observe(late, **days).time.tolist() == [120, 50]


def test_another_therapy_censors_before_it_or_is_an_event() -> None:
    days = {
        "last_assessment": [270.0],
        "last_contact": [400.0],
        "progression": [270.0],
        "death": [400.0],
        "new_therapy": [200.0],
    }
    seen = observe(PFS, **days)
    assert (seen.time[0], seen.event[0]) == (180, False)
    kept = observe(replace(PFS, censored_by_therapy=False), **days)
    assert (kept.time[0], kept.event[0]) == (270, True)
    counted = replace(PFS, events=(*PFS.events, Event.NEW_THERAPY), censored_by_therapy=False)
    assert (observe(counted, **days).time[0], observe(counted, **days).cause[0]) == (200, 2)


def test_the_start_moves_every_time() -> None:
    seen = observe(
        replace(PFS, start=Start.ENROLMENT),
        last_assessment=[90, NAN],
        last_contact=[90, -10],
        progression=[90, NAN],
        death=[NAN, -10],
        start=[-40, -40],
    )
    assert seen.time.tolist() == [130, 30]  # the second died before the infusion
    assert seen.event.tolist() == [True, True]


def test_failure_to_respond_is_an_event_on_the_last_day_to_respond() -> None:
    efs = ESTIMANDS["efs"].on(GRID)
    seen = observe(
        efs,
        last_assessment=[180, 180, 28, 28],
        last_contact=[180, 180, 40, 40],
        response=[28, NAN, NAN, NAN],
        progression=[NAN] * 4,
        death=[NAN, NAN, 40, NAN],
    )
    assert seen.time.tolist() == [180, 90, 40, 28]
    assert seen.event.tolist() == [False, True, True, False]
    assert seen.cause.tolist() == [-1, 0, 2, -1]


def test_duration_of_response_is_of_responders_only() -> None:
    seen = observe(
        ESTIMANDS["dor"].on(GRID),
        last_assessment=[270, 90],
        last_contact=[270, 90],
        response=[28, NAN],
        progression=[270, 90],
    )
    assert seen.included.tolist() == [True, False]
    assert seen.time[0] == 242
    assert np.isnan(seen.time[1])
    assert not seen.event[1]


def test_an_event_after_missed_visits_is_censored() -> None:
    strict = replace(PFS, missed_visits=1)
    days = {
        "last_assessment": [28.0, 90.0, 360.0],
        "last_contact": [300.0, 300.0, 360.0],
        "progression": [NAN, NAN, 360.0],
        "death": [300.0, 200.0, NAN],
        "previous_assessment": [NAN, NAN, 90.0],
    }
    seen = observe(strict, **days)
    # missed before: 90, 180, 270; only 180; 180 and 270
    assert seen.event.tolist() == [False, True, False]
    assert seen.time.tolist() == [28, 200, 90]
    assert observe(PFS, **days).event.all()


def test_a_constant_hazard_waits_as_it_should() -> None:
    days = constant_hazard_days([0.0, 0.5, 0.5], [0.01, 0.01, 0.0], start=10.0)
    assert days[:2].tolist() == pytest.approx([10.0, 10.0 + np.log(2) / 0.01], rel=1e-14)
    assert np.isinf(days[2])
    with pytest.raises(DataError, match="0 to 1"):
        constant_hazard_days([1.0], [0.01])


def test_wrong_definitions_and_days_are_refused() -> None:
    with pytest.raises(DataError, match="response_by"):
        Estimand("x", Start.INFUSION, (Event.NO_RESPONSE,), Censoring.LAST_CONTACT)
    with pytest.raises(DataError, match="already an event"):
        replace(PFS, events=(Event.NEW_THERAPY,))
    with pytest.raises(DataError, match="progression"):
        observe(PFS, last_assessment=[1], last_contact=[1])
    with pytest.raises(DataError, match="before a death"):
        observe(PFS, last_assessment=[1], last_contact=[1], progression=[NAN], death=[2])


def test_the_definition_reads_as_a_sentence() -> None:
    text = PFS.text()
    for word in ("from infusion", "progression or death", "28, 90", "all infused"):
        assert word in text
