"""Scores of a ward: which values are used, what is missing, and units of the file."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clinical.grading.wards import ward

from livingdrug.clinical.scores.ward import EASIX_MEMBERS, easix_of_ward, hematotox_of_ward
from livingdrug.clinical.scores.window import BEFORE, find_window
from livingdrug.core.errors import OptionError

LDH, PLATELETS = "ldh,-1,,300,U/L", "platelets,-1,,150,10^9/L"
CREATININE, CRP = "creatinine,-1,,1.5,mg/dL", "crp,-1,,20,mg/L"
ALL = list(EASIX_MEMBERS)


def easix(tmp_path, *rows, members=ALL, when="day -1", **options):
    return easix_of_ward(ward(tmp_path, *rows, recorded=()), members, when=when, **options)


def one(scored):
    assert not scored.left_out, scored.left_out
    (person,) = scored.people
    return person


def test_values_and_rows(tmp_path):
    person = one(easix(tmp_path, LDH, PLATELETS, CREATININE, CRP))
    assert person.values == {"easix": 3.0, "simplified": 2.0, "modified": 4.0}
    assert {item: entry.row for item, entry in person.used.items()} == {
        "ldh": 2, "platelets": 3, "creatinine": 4, "crp": 5,
    }  # fmt: skip
    assert person.missing == ()


def test_a_missing_value_leaves_out_what_needs_it_only(tmp_path):
    person = one(easix(tmp_path, LDH, PLATELETS, CRP))
    assert math.isnan(person.values["easix"])
    assert person.values["modified"] == 4.0
    assert "no creatinine of day -1.5 to -0.5 (none at all)" in str(person.missing[0])


def test_values_of_another_day_are_not_used(tmp_path):
    late = LDH.replace("-1", "3", 1)
    scored = easix(tmp_path, late, PLATELETS, members=["simplified"])
    assert scored.people == ()
    assert "the nearest is of day 3" in str(scored.left_out["P"][0])


def test_the_nearest_value_of_the_window_is_used(tmp_path):
    rows = [f"ldh,{day},,{value},U/L" for day, value in ((-1.4, 9), (-1.1, 100), (-0.6, 9))]
    rows += [f"platelets,{day},,{value},10^9/L" for day, value in ((-1.2, 10), (-0.8, 5))]
    person = one(easix(tmp_path, *rows, members=["simplified"]))
    assert person.values["simplified"] == 10.0  # of two equally near ones the earlier


def test_the_time_before_lymphodepletion_needs_its_start(tmp_path):
    rows = [f"ldh,{day},,{value},U/L" for day, value in ((-14, 9), (-7, 100), (-4, 9))]
    rows += ["platelets,-6,,10,10^9/L"]
    scored = easix(tmp_path, *rows, members=["simplified"], when=BEFORE)
    assert "the start of lymphodepletion is not known" in str(scored.left_out["P"][0])
    stated = one(easix(tmp_path, *rows, "lymphodepletion,-5", members=["simplified"], when=BEFORE))
    assert stated.values["simplified"] == 10.0
    given = easix(tmp_path, *rows, members=["simplified"], when=BEFORE, lymphodepletion=-5.0)
    assert one(given).values == stated.values
    old = easix(
        tmp_path, *rows, members=["simplified"], when=BEFORE, lymphodepletion=-5.0, within=1.5
    )
    assert "no ldh of day -6.5 to -5" in str(old.left_out["P"][0])


def test_a_row_says_more_than_the_option(tmp_path):
    entries = ward(tmp_path, "lymphodepletion,-6").people["P"]
    window = find_window(BEFORE, entries, -5.0, 7.0)
    assert (window.start, window.stop) == (-13.0, -6.0)


def test_platelets_of_0_are_refused(tmp_path):
    scored = easix(tmp_path, LDH, PLATELETS.replace("150", "0"), members=["simplified"])
    assert "the score divides by them" in str(scored.left_out["P"][0])


def test_bad_arguments(tmp_path):
    for options, word in (
        ({"when": "day 7"}, "evaluated at these times only"),
        ({"members": ["easix-f"]}, "unknown score"),
        ({"within": 0.0}, "more than 0 to 60"),
        ({"lymphodepletion": 3.0}, "-60 to below 0"),
    ):
        with pytest.raises(OptionError, match=word):
            easix(tmp_path, LDH, PLATELETS, **options)


POSITIVE = st.floats(0.1, 9.0)


@settings(max_examples=30, deadline=None)
@given(POSITIVE, POSITIVE, st.integers(1, 900))
def test_units_of_the_file_do_not_change_a_score(tmp_path_factory, creatinine, crp, platelets):
    folder = tmp_path_factory.mktemp("w")
    usual = (LDH, f"platelets,-1,,{platelets},10^9/L", f"creatinine,-1,,{creatinine!r},mg/dL",
             f"crp,-1,,{crp!r},mg/dL")  # fmt: skip
    other = (
        LDH,
        f"platelets,-1,,{platelets * 1000},1/uL",
        f"creatinine,-1,,{creatinine * 88.4!r},umol/L",
        f"crp,-1,,{crp * 10!r},mg/L",
    )
    first, second = (one(easix(folder, *rows)).values for rows in (usual, other))
    # a few roundings
    assert second == pytest.approx(first, rel=1e-12)


HEMATOTOX = (
    "lymphodepletion,-5", "platelets,-6,,160,10^9/L", "anc,-6,,2.0,10^9/L",
    "hemoglobin,-6,,85,g/L", "crp,-6,,31,mg/L", "ferritin,-6,,2001,ug/L",
)  # fmt: skip


def hematotox(tmp_path, *rows, disease="lbcl", product="axi-cel", **options):
    record = ward(tmp_path, *rows, recorded=())
    return hematotox_of_ward(record, disease=disease, product=product, **options)


def test_points_of_a_ward(tmp_path):
    person = one(hematotox(tmp_path, *HEMATOTOX))
    assert person.points == {"platelets": 1, "anc": 0, "hemoglobin": 1, "crp": 1, "ferritin": 2}
    assert (person.total, person.risk) == ((5, 5), "high")
    assert person.used["anc"].row == 4


def test_missing_items_give_an_interval(tmp_path):
    healthy = ("lymphodepletion,-5", "platelets,-6,,200,10^9/L", "anc,-6,,2.0,10^9/L")
    person = one(hematotox(tmp_path, *healthy))
    assert (person.total, person.risk) == ((0, 4), "")
    assert [str(i).partition("no ")[2].partition(" of")[0] for i in person.missing] == [
        "hemoglobin", "crp", "ferritin",
    ]  # fmt: skip
    sure = one(hematotox(tmp_path, *HEMATOTOX[:1], *HEMATOTOX[4:]))
    assert (sure.total, sure.risk) == ((3, 7), "high")  # whatever is missing
    low = one(hematotox(tmp_path, *healthy, "hemoglobin,-6,,12,g/dL", "ferritin,-6,,90,ug/L"))
    assert (low.total, low.risk) == ((0, 1), "low")


def test_nobody_is_scored_outside_of_its_population(tmp_path):
    with pytest.raises(OptionError, match="not extrapolated"):
        hematotox(tmp_path, *HEMATOTOX, disease="b_all")
    with pytest.raises(OptionError, match="not extrapolated"):
        hematotox(tmp_path, *HEMATOTOX, product="cilta-cel")
    scored = hematotox(tmp_path, *HEMATOTOX[1:])
    assert "lymphodepletion" in str(scored.left_out["P"][0])
