"""Criteria of IEC-HS: one test for each, what is open, and the grades that they leave."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.clinical.grading.wards import ADULT, ward

from livingdrug.clinical.grading.iechs import Criteria, iechs_bounds_unconfirmed
from livingdrug.clinical.grading.iechs_ward import grade_iechs
from livingdrug.clinical.monitoring.daily import read_daily_folder
from livingdrug.clinical.monitoring.read import read_monitoring
from livingdrug.core.errors import OptionError

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
CAR22, BWH = DATA / "car22_nci_pediatric_all", DATA / "bwh_crs_icans"
ULN = "ferritin_uln,,,300,ug/L"
HIGH, NORMAL = "ferritin,10,,9000,ug/L", "ferritin,10,,200,ug/L"


def found(tmp_path, *rows, recorded=("all",), **options):
    graded = grade_iechs(ward(tmp_path, *rows, recorded=recorded), **options)
    assert not graded.left_out, graded.left_out
    (person,) = graded.people
    return person


def met(person, name, time=10.0):
    point = person.criteria[name][person.times.index(time)]
    return point.low, point.high


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((ULN, "ferritin,10,,601,ug/L"), (1, 1)),
        ((ULN, "ferritin,10,,600,ug/L"), (0, 0)),  # twice is not above twice
        (("ferritin,-2,,400,ug/L", "ferritin,10,,801,ug/L"), (1, 1)),
        (("ferritin,0.3,,400,ug/L", "ferritin,10,,801,ug/L"), (1, 1)),  # no value before
        (("ferritin,-9,,400,ug/L", "ferritin,10,,801,ug/L"), (0, 1)),  # too old for a baseline
        ((ULN, "ferritin,-2,,400,ug/L", "ferritin,10,,700,ug/L"), (0, 1)),  # which goes first?
        ((ULN, "ferritin,10,,0.7,mg/L"), (1, 1)),
    ],
)
def test_ferritin(tmp_path, rows, expected):
    assert met(found(tmp_path, *rows), "ferritin") == expected


def test_a_rapid_rise_is_judged_and_never_computed(tmp_path):
    rows = (ULN, "ferritin,9,,200,ug/L", "ferritin,10,,500,ug/L")
    person = found(tmp_path, *rows, recorded=())
    assert met(person, "ferritin") == (0, 1)
    assert "ferritin_rising" in person.reasons(person.times.index(10.0))
    assert met(found(tmp_path, *rows), "ferritin") == (0, 0)  # declared: nobody saw one
    judged = found(tmp_path, *rows, "ferritin_rising,10,,yes", recorded=())
    assert met(judged, "ferritin") == (1, 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("alt_uln,,,40,U/L", "alt,10,,201,U/L"), (1, 1)),
        (("alt_uln,,,40,U/L", "alt,10,,200,U/L"), (0, 0)),
        (("alt,-2,,50,U/L", "ast,10,,900,U/L"), (0, 1)),  # nothing to compare AST with
        (("alt_uln,,,40,U/L", "alt,10,,30,U/L", "ast,-1,,20,U/L", "ast,10,,101,U/L"), (1, 1)),
        ((), (0, 1)),
    ],
)
def test_transaminases(tmp_path, rows, expected):
    assert met(found(tmp_path, HIGH, ULN, *rows), "transaminases") == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("fibrinogen,10,,149,mg/dL",), (1, 1)),
        (("fibrinogen,10,,1.49,g/L",), (1, 1)),
        (("fibrinogen,10,,150,mg/dL",), (0, 1)),  # perhaps below the limit of the laboratory
        (("fibrinogen_lln,,,180,mg/dL", "fibrinogen,10,,170,mg/dL"), (1, 1)),
        (("fibrinogen_lln,,,180,mg/dL", "fibrinogen,10,,180,mg/dL"), (0, 0)),
        ((), (0, 1)),
    ],
)
def test_fibrinogen(tmp_path, rows, expected):
    assert met(found(tmp_path, HIGH, ULN, *rows), "fibrinogen") == expected


@pytest.mark.parametrize(
    ("item", "name"), [("haemophagocytosis", "haemophagocytosis"), ("new_cytopenia", "cytopenia")]
)
def test_what_a_clinician_judges(tmp_path, item, name):
    for value, expected in (("yes", (1, 1)), ("no", (0, 0))):
        assert met(found(tmp_path, HIGH, ULN, f"{item},10,,{value}"), name) == expected
    assert met(found(tmp_path, HIGH, ULN, recorded=()), name) == (0, 1)
    assert met(found(tmp_path, HIGH, ULN), name) == (0, 0)  # recorded, and nobody had it
    assert met(found(tmp_path, HIGH, ULN, f"{item},5,,yes"), name) == (0, 1)  # may have ended


FEVER = [f"temperature,{d},,{t},degC" for d, t in ((3, 38.9), (4, 38.8), (5, 37), (6, 37))]
FINE = [f"sbp,{d},,120,mmHg" for d in range(3, 7)]


def test_it_follows_the_syndrome(tmp_path):
    rows = (ADULT, ULN, *FEVER, *FINE)
    early, late = "ferritin,3.5,,9000,ug/L", "ferritin,5.5,,9000,ug/L"
    assert met(found(tmp_path, *rows, early), "after_crs", 3.5) == (0, 0)
    assert met(found(tmp_path, *rows, late), "after_crs", 5.5) == (1, 1)
    judged = found(tmp_path, *rows, early, "after_crs,3.5,,yes")
    assert met(judged, "after_crs", 3.5) == (1, 1)
    unresolved = found(tmp_path, ADULT, ULN, *FEVER[:2], *FINE[:2], late)
    assert met(unresolved, "after_crs", 5.5) == (0, 1)  # nobody looked since day 4
    # with nothing recorded the course of the syndrome is open, and so is what follows it
    assert met(found(tmp_path, ULN, late, recorded=()), "after_crs", 5.5) == (0, 1)


ALL = (
    ADULT, ULN, *FEVER, *FINE, HIGH, "alt_uln,,,40,U/L", "alt,10,,400,U/L",
    "fibrinogen,10,,90,mg/dL", "haemophagocytosis,10,,yes", "new_cytopenia,10,,yes",
)  # fmt: skip


def grades(person, time=10.0):
    return tuple(person.grades[:, person.times.index(time)].tolist())


def test_grades_that_the_criteria_leave(tmp_path):
    person = found(tmp_path, *ALL)
    assert person.common(person.times.index(10.0)) == (5, 5)
    assert grades(person) == (1, 4)
    assert "grades 2 to 4 are not known" in person.reasons(person.times.index(10.0))
    assert grades(found(tmp_path, *[NORMAL if r == HIGH else r for r in ALL])) == (0, 0)
    assert grades(found(tmp_path, *ALL[:-1], "new_cytopenia,10,,no")) == (0, 4)
    # of a death of unknown cause it is not known either whether CRS is past its peak
    assert grades(found(tmp_path, *ALL, "death,10")) == (0, 5)
    died = "death,10,,,,,,infection"
    assert grades(found(tmp_path, *ALL, "after_crs,10,,yes", died)) == (1, 4)
    assert grades(found(tmp_path, *ALL, "after_crs,10,,yes", "death,10")) == (1, 5)


KNOWN = st.sampled_from([True, False, None])


@given(KNOWN, st.lists(KNOWN, min_size=5, max_size=5), st.integers(0, 5), st.booleans())
def test_knowing_more_never_widens_the_grades(ferritin, common, place, answer):
    before = iechs_bounds_unconfirmed(Criteria(ferritin, *common))
    if place == 5:
        ferritin = answer if ferritin is None else ferritin
    elif common[place] is None:
        common[place] = answer
    low, high = iechs_bounds_unconfirmed(Criteria(ferritin, *common))
    assert before[0] <= low <= high <= before[1]


def test_the_limit_for_all_of_a_ward(tmp_path):
    row = "ferritin,10,,700,ug/L"
    assert met(found(tmp_path, row), "ferritin") == (0, 1)
    assert met(found(tmp_path, row, ferritin_limit=300), "ferritin") == (1, 1)
    own = found(tmp_path, "ferritin_uln,,,400,ug/L", row, ferritin_limit=300)
    assert met(own, "ferritin") == (0, 0)
    with pytest.raises(OptionError, match="more than 0"):
        found(tmp_path, row, ferritin_limit=0)


def test_people_without_ferritin_are_left_out(tmp_path):
    graded = grade_iechs(ward(tmp_path, "fibrinogen,10,,90,mg/dL"))
    assert "no ferritin from day 0 on" in str(graded.left_out["P"][0])


@pytest.mark.skipif(not CAR22.is_dir(), reason="the data of the CD22 trial are not here")
def test_real_ferritin_is_high_in_everybody_with_the_syndrome_and_in_most_others():
    columns = {"subject": "id", "item": "analyte", "start": "day"}
    labs = read_monitoring(CAR22 / "labs.csv", columns=columns, ignore=["nominal_day"])
    graded = grade_iechs(labs, ferritin_limit=300.0)
    lines = (CAR22 / "patients.csv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("hlh")
    ill = {line.split(",")[0] for line in lines[1:] if line.split(",")[place] == "1"}
    high = {p.subject for p in graded.people if any(x.low for x in p.criteria["ferritin"])}
    known = {p.subject for p in graded.people}
    # what the how-to says
    assert (len(known), len(graded.left_out)) == (34, 6)
    assert (len(known & ill), len(known & ill & high)) == (13, 13)
    assert (len(known - ill), len((known - ill) & high)) == (21, 18)
    # no other criterion is in these data, so that nobody has a point grade but 0
    assert {tuple(p.grades.max(axis=1)) for p in graded.people} == {(0, 4), (0, 0)}


@pytest.mark.skipif(not BWH.is_dir(), reason="the daily ward data are not here")
def test_real_daily_data_leave_the_syndrome_open():
    graded = grade_iechs(read_daily_folder(BWH))
    assert (len(graded.people), len(graded.left_out)) == (129, 7)
    assert all(p.grades[0].max() == 0 for p in graded.people)
