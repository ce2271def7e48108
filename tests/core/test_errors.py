import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core import errors
from livingdrug.core.errors import (
    DataError,
    Issue,
    LivingDrugError,
    LivingDrugWarning,
    UnknownNameError,
    format_issues,
    nearest_names,
    raise_issues,
    unknown_name,
)

EXPECTED_BASES = {
    "ModelError": ValueError,
    "UnitError": ValueError,
    "DataError": ValueError,
    "OptionError": ValueError,
    "UnknownNameError": KeyError,
    "CapabilityError": NotImplementedError,
    "SolveError": RuntimeError,
    "OutputError": OSError,
}
ISSUES = [
    Issue("error", "study.csv, row 7", "value is 'x'", "write a number"),
    Issue("warning", "study.csv", "no licence"),
    Issue("error", "", "nothing there"),
]


def test_every_error_is_listed_here():
    found = {
        name
        for name in errors.__all__
        if isinstance(getattr(errors, name), type)
        and issubclass(getattr(errors, name), LivingDrugError)
    }
    assert found == {*EXPECTED_BASES, "LivingDrugError"}


@pytest.mark.parametrize(("name", "base"), EXPECTED_BASES.items())
def test_errors_are_caught_as_ours_and_as_the_builtin(name, base):
    kind = getattr(errors, name)
    for caught in (kind, base, LivingDrugError):
        with pytest.raises(caught) as info:
            raise kind("what went wrong")
        assert str(info.value) == "what went wrong"
        assert info.value.issues == (Issue("error", "", "what went wrong"),)


@pytest.mark.parametrize("name", EXPECTED_BASES)
def test_text_survives_pickling_and_copying(name):
    error = getattr(errors, name)(ISSUES)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)


def test_issue_text_has_place_message_and_fix():
    assert [str(issue) for issue in ISSUES] == [
        "study.csv, row 7: value is 'x' (write a number)",
        "study.csv: no licence",
        "nothing there",
    ]


def test_one_issue_is_a_line_and_several_are_a_numbered_list():
    assert format_issues(ISSUES[:1]) == str(ISSUES[0])
    lines = format_issues(ISSUES).splitlines()
    assert lines[0] == "3 problems:"
    assert lines[1:] == [f"  {n}. {issue}" for n, issue in enumerate(ISSUES, start=1)]


def test_raise_issues_raises_all_errors_and_no_warnings():
    raise_issues([], DataError)
    raise_issues(ISSUES[1:2], DataError)
    with pytest.raises(DataError) as info:
        raise_issues(ISSUES, DataError)
    assert info.value.issues == (ISSUES[0], ISSUES[2])


def test_nearest_names_ignore_case_and_put_the_best_first():
    known = ["Stein2019", "kimmel2021", "kimmel2020"]
    assert nearest_names("STEIN2019", known) == ["Stein2019"]
    assert nearest_names("kimmel2021", known)[0] == "kimmel2021"
    assert len(nearest_names("kimmel", known, count=1)) == 1
    assert nearest_names("zzz", known) == []


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=8))
def test_nearest_names_are_known_names(name, known):
    assert set(nearest_names(name, known)) <= set(known)


def test_unknown_name_suggests_lists_or_says_there_are_none():
    assert str(unknown_name("model", "stien2019", ["stein2019", "x"], where="command")) == (
        "command: unknown model 'stien2019' (did you mean 'stein2019'?)"
    )
    assert unknown_name("model", "qq", ["b", "a"]).fix == "known: a, b"
    assert unknown_name("model", "qq", []).fix == "there are none"
    many = unknown_name("model", "qq", [f"m{n:02d}" for n in range(20)]).fix
    assert many.endswith("m11, ...")


def test_unknown_name_error_prints_text_not_repr():
    assert str(UnknownNameError("no\nrepr")) == "no\nrepr"


def test_each_warning_has_its_own_class():
    found = [getattr(errors, name) for name in errors.__all__ if name.endswith("Warning")]
    assert len(found) == 4
    assert all(issubclass(kind, LivingDrugWarning) for kind in found)
    assert issubclass(LivingDrugWarning, UserWarning)
