"""One test for each row of the ICANS table, for adults and for children."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.clinical.grading.wards import icans

from livingdrug.clinical.grading.adae import icans_records
from livingdrug.clinical.grading.icans import capd_grade, icans_worst, ice_grade
from livingdrug.clinical.monitoring.schema import CANNOT

AWAKE = "consciousness,1,,spontaneous"
ADULT, CHILD = "age,,,50,year", "age,,,8,year"


def grade(person, place=-1):
    return tuple(person.grades[:, place].tolist())


@pytest.mark.parametrize(
    ("ice", "expected"),
    [(10, 0), (9, 1), (8, 1), (7, 1), (6, 2), (5, 2), (4, 2), (3, 2), (2, 3), (1, 3), (0, 3)],
)
def test_ice(tmp_path, ice, expected):
    assert ice_grade(ice) == expected
    assert grade(icans(tmp_path, ADULT, AWAKE, f"ice,1,,{ice}")) == (expected, expected)


def test_ice_0_is_grade_4_only_in_who_cannot_be_tested(tmp_path):
    rows = (ADULT, "ice,1,,0")
    assert grade(icans(tmp_path, *rows, AWAKE)) == (3, 3)
    assert grade(icans(tmp_path, *rows, "consciousness,1,,unarousable")) == (4, 4)
    assert grade(icans(tmp_path, *rows)) == (3, 4)


@pytest.mark.parametrize(
    ("level", "expected"), [("spontaneous", 0), ("voice", 2), ("touch", 3), ("unarousable", 4)]
)
def test_consciousness(tmp_path, level, expected):
    person = icans(tmp_path, ADULT, "ice,1,,10", f"consciousness,1,,{level}")
    assert grade(person) == (expected, expected)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("seizure,1,,none", 0),
        ("seizure,1,,brief", 3),
        ("seizure,1,,nonconvulsive", 3),
        ("seizure,1,,prolonged", 4),
        ("seizure,1,,repetitive", 4),
        ("motor,1,,focal_weakness", 4),
        ("oedema,1,,focal", 3),
        ("oedema,1,,diffuse", 4),
    ],
)
def test_other_rows(tmp_path, row, expected):
    assert grade(icans(tmp_path, ADULT, AWAKE, "ice,1,,10", row)) == (expected, expected)
    other = f"{row},,,,other"
    assert grade(icans(tmp_path, ADULT, AWAKE, "ice,1,,10", other)) == (0, 0)


def test_the_worst_row_decides(tmp_path):
    rows = (ADULT, "ice,1,,8", "consciousness,1,,voice", "seizure,1,,brief")
    assert grade(icans(tmp_path, *rows)) == (3, 3)


def test_parts_of_ice_add_up_and_missing_ones_open_the_grade(tmp_path):
    parts = ("ice_orientation,1,,4", "ice_naming,1,,3", "ice_command,1,,1", "ice_writing,1,,0")
    whole = icans(tmp_path, ADULT, AWAKE, *parts, "ice_attention,1,,1")
    assert grade(whole) == (1, 1)
    assert grade(icans(tmp_path, ADULT, AWAKE, *parts)) == (1, 1)  # 8 or 9
    part = icans(tmp_path, ADULT, AWAKE, *parts[1:])  # 4 to 9
    assert grade(part) == (1, 2)
    assert "2 of 5 parts" in part.reasons(0)


def test_what_is_not_recorded_opens_the_grade(tmp_path):
    person = icans(tmp_path, ADULT, AWAKE, "ice,1,,10", recorded=("motor", "oedema"))
    assert grade(person) == (0, 4)
    assert person.reasons(0) == "seizure is not recorded"


@pytest.mark.parametrize(
    ("capd", "level", "expected"),
    [
        (8, "spontaneous", 1),
        (8, "voice", 2),
        (9, "spontaneous", 3),
        (9, "voice", 3),
        (8, "touch", 3),
        ("cannot", "spontaneous", 4),
        (8, "unarousable", 4),
    ],
)
def test_children(tmp_path, capd, level, expected):
    rows = (CHILD, "capd_baseline,,,1", f"capd,1,,{capd}", f"consciousness,1,,{level}")
    assert grade(icans(tmp_path, *rows)) == (expected, expected)


def test_a_child_that_is_as_before_is_0_or_1_because_the_text_has_no_0(tmp_path):
    person = icans(tmp_path, CHILD, AWAKE, "capd_baseline,,,5", "capd,1,,5")
    assert grade(person) == (0, 1)
    assert "baseline" in person.reasons(0)
    assert grade(icans(tmp_path, CHILD, AWAKE, "capd_baseline,,,5", "capd,1,,6")) == (1, 1)
    assert grade(icans(tmp_path, CHILD, AWAKE, "capd,1,,0")) == (0, 1)


def test_below_12_years_ice_is_not_used(tmp_path):
    rows = ("ice,1,,10", AWAKE, "capd,1,,9", "capd_baseline,,,0")
    assert grade(icans(tmp_path, "age,,,11.9,year", *rows)) == (3, 3)
    assert grade(icans(tmp_path, "age,,,12,year", *rows)) == (0, 0)


def test_what_graders_recorded_is_kept_apart(tmp_path):
    person = icans(tmp_path, ADULT, AWAKE, "ice,1,,10", "icans_recorded,1,,2.5")
    assert person.recorded == (2.5,)
    assert grade(person) == (0, 0)


def test_death(tmp_path):
    rows = (ADULT, AWAKE, "ice,1,,10")
    assert grade(icans(tmp_path, *rows, "death,1,,,,,,icans")) == (5, 5)
    assert grade(icans(tmp_path, *rows, "death,1,,,,,,crs")) == (0, 0)
    assert grade(icans(tmp_path, *rows, "death,1")) == (0, 5)


FINDINGS = st.tuples(*(st.integers(0, n) for n in (10, 3, 2, 1, 2)))


@given(FINDINGS, FINDINGS)
def test_worse_findings_never_lower_the_grade(first, second):
    def of(ice, *rest):
        return int(icans_worst(ice_grade(ice), *rest))

    worse = (min(first[0], second[0]), *np.maximum(first[1:], second[1:]).tolist())
    assert of(*worse) >= of(*first)


@given(st.integers(0, 32), st.integers(0, 3), st.integers(0, 32), st.integers(0, 3))
def test_a_worse_capd_never_lowers_the_grade(capd, level, more, deeper):
    worse = capd_grade(max(capd, more), max(level, deeper))
    assert CANNOT > 32
    assert capd_grade(CANNOT, level) >= worse >= capd_grade(capd, level)


def test_onset_peak_and_resolution(tmp_path):
    rows = [f"ice,{d},,{n}" for d, n in ((1, 10), (2, 8), (3, 4), (4, 9), (5, 10), (6, 10))]
    awake = [f"consciousness,{d},,spontaneous" for d in range(1, 7)]
    person = icans(tmp_path, *rows, *awake)
    assert person.course(0) == person.course(1) == (2, 3, 5)
    assert person.rule(1) == "ICE or CAPD 1"
    assert person.rule(0) == "no sign of the syndrome"
    (record,) = icans_records([person])
    assert (record["ASTDY"], record["AENDY"], record["ADURN"]) == (3, 6, 3)
    assert (record["ATOXGR"], record["AEOUT"]) == (2, "RECOVERED/RESOLVED")
    unresolved = icans(tmp_path, *rows[:3], *awake[:3])
    assert np.isnan(unresolved.course(0)[2])
    assert icans_records([unresolved])[0]["AEOUT"] == "NOT RECOVERED/NOT RESOLVED"


def test_every_stretch_is_a_record_and_what_is_possible_is_said(tmp_path):
    rows = [f"ice,{d},,{n}" for d, n in ((1, 8), (2, 10), (3, 5), (4, 10))]
    awake = [f"consciousness,{d},,spontaneous" for d in range(1, 5)]
    records = icans_records([icans(tmp_path, *rows, *awake)])
    assert [(r["AESEQ"], r["ASTDY"], r["ATOXGR"]) for r in records] == [(1, 2, 1), (2, 4, 2)]
    (record,) = icans_records([icans(tmp_path, *rows[1:2], recorded=())])
    assert (record["ATOXGRL"], record["ATOXGRH"]) == (0, 4)
    assert record["AECOMM"] == "possible only"
    dead = icans(tmp_path, *rows[:1], *awake[:1], "death,2,,,,,,icans")
    assert icans_records([dead])[0]["AEOUT"] == "FATAL"
