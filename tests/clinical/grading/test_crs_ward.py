"""Properties of graded wards: what is missing opens a grade and never moves it."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clinical.grading.wards import at, crs, ward

from livingdrug.clinical.grading.adae import ADAE_COLUMNS, adae_records
from livingdrug.clinical.grading.crs import SCALES, UNCONFIRMED_SCALES, grade_crs
from livingdrug.clinical.grading.explain import explain_crs
from livingdrug.clinical.grading.summary import episodes_of, summarize
from livingdrug.clinical.monitoring.example import example_ward
from livingdrug.clinical.monitoring.read import read_monitoring
from livingdrug.core.errors import OptionError

EVERY = (*SCALES, *UNCONFIRMED_SCALES)
GROUPS = {
    "fever": ("temperature",),
    "pressure": ("sbp",),
    "age": ("age",),
    "fluids": ("fluid_bolus",),
    "vasopressors": ("norepinephrine", "vasopressin"),
    "oxygen": ("nasal_cannula", "ventilator"),
    "fraction": ("fio2",),
    "treatments": ("antipyretic", "tocilizumab", "steroid"),
}
CARE = ("organ", "creatinine", "transaminases", "blood_product", "iv_therapy", "hospitalised")


def graded(tmp_path, text, recorded=CARE):
    path = tmp_path / "ward.csv"
    path.write_text(text, encoding="utf-8")
    return {p.subject: p for p in grade_crs(read_monitoring(path, recorded=recorded), EVERY).people}


@pytest.fixture(scope="module")
def text():
    return example_ward(6, seed=3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, text):
    return graded(tmp_path_factory.mktemp("whole"), text)


@pytest.mark.parametrize("group", GROUPS)
def test_a_missing_column_gives_an_interval_that_holds_the_grade(tmp_path, text, whole, group):
    rows = list(csv.DictReader(io.StringIO(text)))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys())
    writer.writeheader()
    writer.writerows([row for row in rows if row["item"] not in GROUPS[group]])
    part = graded(tmp_path, stream.getvalue())
    opened = 0
    for subject, person in part.items():
        for scale in EVERY:
            for time in whole[subject].times:
                if time < person.times[0]:
                    continue
                low, high = at(whole[subject], scale, time)
                lowest, highest = at(person, scale, time)
                assert lowest <= low <= high <= highest, (subject, scale, time)
                opened += lowest < low or high < highest
    assert opened > 0


@pytest.mark.parametrize("group", GROUPS)
def test_every_interval_has_a_reason(tmp_path, text, group):
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if line.split(",")[1] not in GROUPS[group]]
    for person in graded(tmp_path, "".join(kept)).values():
        for scale in EVERY:
            for place in range(len(person.times)):
                low, high = person.grades[scale][:, place]
                assert (low == high) == (person.reasons(scale, place) == "")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(60, 130), min_size=4, max_size=4),
    st.lists(st.integers(360, 410), min_size=4, max_size=4),
    st.lists(st.sampled_from([0, 2, 5, 8]), min_size=4, max_size=4),
    st.integers(0, 3),
    st.sampled_from(["pressure", "temperature", "oxygen"]),
)
def test_worse_vitals_never_lower_a_grade(tmp_path_factory, sbp, temp, flow, place, axis):
    folder = tmp_path_factory.mktemp("wards")

    def record(pressures, tenths, flows):
        rows = ["age,,,50,year", "antipyretic,0.6"]
        for k in range(4):
            day = 0.5 + 0.5 * k
            rows.append(f"temperature,{day},,{tenths[k] / 10},degC")
            rows.append(f"sbp,{day},,{pressures[k]},mmHg")
            rows.append(f"nasal_cannula,{day},,{flows[k]},L/min")
            rows.append(f"fio2,{day},,{21 + 4 * flows[k]},%")
        return crs(folder, *rows, scales=("astct", "lee", "penn", "mskcc"))

    mild = record(sbp, temp, flow)
    if axis == "pressure":
        sbp = [*sbp[:place], 60, *sbp[place + 1 :]]
    elif axis == "temperature":
        temp = [*temp[:place], 410, *temp[place + 1 :]]
    else:
        flow = [*flow[:place], 8, *flow[place + 1 :]]
    bad = record(sbp, temp, flow)
    assert mild.times == bad.times
    for scale, grades in mild.grades.items():
        assert (bad.grades[scale] >= grades).all()


def test_the_order_of_rows_does_not_matter(tmp_path, text, whole):
    head, *rows = text.splitlines()
    mixed = list(rows)
    np.random.default_rng(0).shuffle(mixed)
    shuffled = graded(tmp_path, "\n".join([head, *mixed]) + "\n")
    for subject, person in whole.items():
        assert shuffled[subject].times == person.times
        for scale in EVERY:
            assert (shuffled[subject].grades[scale] == person.grades[scale]).all()


def test_the_example_shows_that_scales_disagree(whole):
    peaks = {
        subject: tuple(summarize(p, s).peak for s in ("astct", "lee_unconfirmed", "penn"))
        for subject, p in whole.items()
    }
    assert peaks["SYNTHETIC-001"] == ((0, 0),) * 3
    assert peaks["SYNTHETIC-002"] == ((1, 1),) * 3
    assert peaks["SYNTHETIC-003"] == ((2, 2), (2, 2), (3, 3))
    assert peaks["SYNTHETIC-004"] == ((3, 3), (2, 2), (3, 4))
    assert peaks["SYNTHETIC-005"] == ((4, 4),) * 3
    assert peaks["SYNTHETIC-006"] == ((0, 0),) * 3  # the fever of an infection


def test_the_unknown_high_dose_leaves_only_the_confirmed_columns_open(whole):
    person = whole["SYNTHETIC-004"]
    assert summarize(person, "penn").peak == (3, 4)
    assert summarize(person, "penn_unconfirmed").peak == (3, 3)


def test_an_explanation_covers_all_of_the_time_and_names_rows(text, whole):
    lines = text.splitlines()
    for person in whole.values():
        stretches = explain_crs(person, EVERY)
        for scale in EVERY:
            own = [s for s in stretches if s.scale == scale]
            assert own[0].start == person.times[0]
            assert math.isnan(own[-1].stop)
            assert [s.stop for s in own[:-1]] == [s.start for s in own[1:]]
            for stretch in own:
                assert at(person, scale, stretch.start) == stretch.grade
                assert stretch.rule
                assert stretch.rows
                assert all(lines[row - 1].startswith(person.subject) for row in stretch.rows)


def test_the_explanation_names_the_rule_that_decided(tmp_path):
    person = crs(
        tmp_path,
        "age,,,50,year",
        "temperature,1,,38.5,degC",
        "sbp,1,,120,mmHg",
        "norepinephrine,1,2,low",
        "nasal_cannula,1,2,3,L/min",
    )
    (first, *_) = explain_crs(person, ["astct"])
    assert first.rule == "one vasopressor, low dose 3; low-flow oxygen 2"
    assert first.rows == (3, 5, 6)
    assert "fever 38.5 degC [row 3]" in first.found


def test_summary_of_one_episode(tmp_path):
    rows = [f"temperature,{d},,{38.5 if d in (2, 3) else 37.0},degC" for d in (1, 2, 3, 4, 5, 6)]
    person = crs(
        tmp_path, "age,,,50,year", *rows, *[f"sbp,{d},,120,mmHg" for d in range(1, 7)],
        "fluid_bolus,2.5,3,500,mL", "tocilizumab,2.5,,560,mg",
    )  # fmt: skip
    found = summarize(person, "astct")
    assert found.onset == (2.0, 2.0)
    assert found.peak == (2, 2)
    assert found.peak_day == (2.5, 2.5)
    assert found.resolution == (4.0, 4.0)
    assert found.duration == (2.0, 2.0)
    assert found.interventions == "tocilizumab x1, fluids"
    (episode,) = episodes_of(person, "astct")
    assert (episode.onset, episode.resolution, episode.peak) == (2.0, 4.0, (2, 2))


def test_an_unresolved_episode_has_no_end(tmp_path):
    person = crs(tmp_path, "age,,,50,year", "temperature,1,,38.5,degC", "sbp,1,,120,mmHg")
    found = summarize(person, "astct")
    assert math.isnan(found.resolution[0])
    assert math.isnan(found.duration[0])
    (record,) = adae_records([person], ["astct"])
    assert record["AENDY"] is None
    assert record["AEOUT"] == "NOT RECOVERED/NOT RESOLVED"


def test_adae_records(whole):
    people = list(whole.values())
    records = adae_records(people, ["astct", "penn"])
    assert all(tuple(record) == ADAE_COLUMNS for record in records)
    row = next(r for r in records if r["USUBJID"] == "SYNTHETIC-004" and r["AESCALE"] == "penn")
    assert (row["ATOXGR"], row["ATOXGRL"], row["ATOXGRH"]) == (None, 3, 4)
    onset = summarize(people[3], "astct").onset[0]
    assert row["ASTDY"] == math.floor(onset) + 1  # the day of the infusion is day 1
    assert "SYNTHETIC-001" not in {r["USUBJID"] for r in records}


def test_a_person_without_signs_is_left_out_and_named(tmp_path):
    found = grade_crs(ward(tmp_path, "age,,,50,year", "ice,1,,10"))
    assert found.people == ()
    assert "no temperature" in str(found.left_out["P"][0])


def test_days_before_the_infusion_are_not_graded(tmp_path):
    rows = ("age,,,50,year", "temperature,-1,,39,degC", "temperature,0.5,,37,degC")
    person = crs(tmp_path, *rows, "sbp,0.5,,120,mmHg")
    assert person.times[0] == 0.0
    assert at(person, "astct", 0.5) == (0, 0)


def test_unknown_scales_are_named():
    with pytest.raises(OptionError, match="cartox"):
        grade_crs(ward_of_nobody(), ("cartox",))


def ward_of_nobody():
    from livingdrug.clinical.monitoring.record import Ward

    return Ward("none", {}, frozenset(), {})
