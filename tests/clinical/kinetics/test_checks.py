"""One series: nulls with their reasons, and data and rules that are refused."""

import math

import pytest

from livingdrug.clinical.kinetics import Kinetics, KineticsRules, kinetics_of
from livingdrug.core.errors import DataError, OptionError

NAN = math.nan

# --- nothing to report ---

NUMBERS = {
    "cmax", "tmax", "c0", "auc", "clast", "tlast", "half_life_initial", "half_life_terminal",
}  # fmt: skip


def nulls(result: Kinetics) -> set[str]:
    return {name for name in NUMBERS if math.isnan(getattr(result, name))}


def named(result: Kinetics) -> set[str]:
    names = {n for reason in result.reasons for n in reason.split(":")[0].split(", ")}
    return {"auc" if name == result.rules.auc_name else name for name in names}


@pytest.mark.parametrize(
    ("times", "values", "lloq", "given"),
    [
        ([], [], None, set()),
        ([0, 7, 14], [0, 0, 0], None, set()),
        ([0, 7, 14], [0.1, 0.2, 0.3], 1.0, set()),
        ([0, 7, 14], [NAN, NAN, NAN], None, set()),
        ([-5, -1], [3, 4], None, set()),
        ([7], [5], None, {"cmax", "tmax", "clast", "tlast"}),
        ([1], [5], None, {"c0", "clast", "tlast"}),
        ([0, 1, 2], [5, 4, 3], None, {"c0", "clast", "tlast"}),
        ([30, 40, 50], [5, 4, 3], None, {"cmax", "tmax", "clast", "tlast"}),
    ],
)
def test_nothing_to_report_is_null_with_a_reason(times, values, lloq, given):
    result = kinetics_of(times, values, lloq=lloq)
    assert NUMBERS - nulls(result) == given
    assert named(result) == nulls(result)
    assert result.auc_flag == "none"
    if not given:
        assert not result.tlast_censored


def test_excluded_peak_followed_by_zeros_still_has_an_auc():
    result = kinetics_of([0, 1, 2, 10, 28], [0, 4, 0, 0, 0])
    assert (result.auc, result.c0, result.tlast) == (4, 4, 1)
    assert nulls(result) == named(result) == NUMBERS - {"auc", "c0", "clast", "tlast"}


# --- refusals ---


def test_all_problems_of_a_series_are_listed_at_once():
    with pytest.raises(DataError) as caught:
        kinetics_of([0, 7, 7, 3, NAN], [1, -2, math.inf, 4, 5], lloq=-1.0)
    text = str(caught.value)
    for part in (
        "time number 5 is nan", "3 after 7", "time 7 occurs twice",
        "value number 3 is inf", "value number 2 is negative: -2", "limit of quantification is -1",
    ):  # fmt: skip
        assert part in text
    assert len(caught.value.issues) == 6


def test_shape_mismatch_names_every_shape_and_hides_no_other_problem():
    with pytest.raises(DataError, match=r"times \(2,\), values \(3,\), blq \(1,\)") as caught:
        kinetics_of([7, 0], [1, 2, -3], blq=[True])
    assert "0 after 7" in str(caught.value)
    assert "negative" in str(caught.value)


@pytest.mark.parametrize(
    ("times", "values", "options", "message"),
    [
        (["a", "b"], [1, 2], {}, "times: is not numeric"),
        ([0, 1], [[1, 2], [3]], {}, "values: is not numeric"),
        ([[0, 1]], [[1, 2]], {}, "not \\(n_times,\\)"),
        ([0, 7], [1, 2], {"blq": [0, 1]}, "blq: has dtype int64"),
        ([0, 7, 9], [1, 2, NAN], {"blq": [False, False, True]}, "no limit is given to take half"),
        ([0, 7], [1, 2], {"lloq": 0.0}, "limit of quantification is 0"),
    ],
)
def test_refused_series(times, values, options, message):
    with pytest.raises(DataError, match=message):
        kinetics_of(times, values, **options)


def test_marks_without_limit_can_be_dropped():
    rules = KineticsRules(below_limit_after="drop")
    result = kinetics_of([0, 7, 9], [1, 2, NAN], blq=[False, False, True], rules=rules)
    assert (result.tlast, result.tlast_censored) == (7, False)


def test_round_off_below_zero_is_zero_when_the_rules_allow_it():
    rules = KineticsRules(negative_tolerance=1e-9)
    result = kinetics_of([0, 7, 14, 28], [0, 10, 5, -1e-9], rules=rules)
    zero = kinetics_of([0, 7, 14, 28], [0, 10, 5, 0], rules=rules)
    assert repr(result) == repr(zero)  # repr: NaN differs from itself
    with pytest.raises(DataError, match="negative"):
        kinetics_of([0, 7, 14, 28], [0, 10, 5, -1e-7], rules=rules)


def test_all_wrong_rules_are_listed_at_once():
    with pytest.raises(OptionError) as caught:
        KineticsRules(
            below_limit_before="half",
            below_limit_after="zero",
            excluded_until=math.inf,
            auc_end=-1.0,
            initial_end=NAN,
            terminal_min_points=2,
            terminal_min_half_lives=-1,
        )
    names = (
        "below_limit_before", "below_limit_after", "initial_end", "excluded_until", "auc_end",
        "terminal_min_points", "terminal_min_half_lives",
    )  # fmt: skip
    wrong = [issue.where for issue in caught.value.issues]
    assert wrong == ["KineticsRules." + name for name in names]
