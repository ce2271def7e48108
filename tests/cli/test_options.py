"""Reading option values, over all of their space."""

from __future__ import annotations

import contextlib
import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.cli.options import parse_pairs, parse_visits
from livingdrug.cli.request import Request, output_times
from livingdrug.core.errors import OptionError

numbers = st.floats(allow_nan=False)
names = st.from_regex(r"[A-Za-z_]\w{0,8}", fullmatch=True)


@given(st.dictionaries(names, numbers, max_size=5))
def test_pairs_return_what_was_written(values):
    assert parse_pairs("--set", [f"{name}={value!r}" for name, value in values.items()]) == values


@given(st.text(max_size=12))
def test_any_text_is_a_pair_or_an_option_error(text):
    with contextlib.suppress(OptionError):
        (value,) = parse_pairs("--set", [text]).values()
        assert not math.isnan(value)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=8, unique=True))
def test_visits_return_what_was_written(days):
    days = sorted(days)
    assert parse_visits(",".join(map(repr, days))) == days


@given(st.text(max_size=12))
def test_any_text_is_visits_or_an_option_error(text):
    with contextlib.suppress(OptionError):
        assert all(math.isfinite(day) for day in parse_visits(text))


@given(
    end=st.floats(0.01, 400), visits=st.lists(st.floats(0, 400), max_size=5), start=st.floats(-9, 0)
)
def test_grid_holds_start_day_0_end_and_every_visit(end, visits, start):
    grid = output_times(end, [day for day in visits if day <= end], start)
    assert grid == sorted(set(grid))
    assert {start, 0.0, end, *(day for day in visits if day <= end)} <= set(grid)
    assert (grid[0], grid[-1]) == (start, end)
    assert max(b - a for a, b in itertools.pairwise(grid)) <= 1.0


def test_arguments_name_every_option_that_is_not_the_default():
    request = Request("kimmel2021", subjects=3, seed=2, values=(("r_B", 0.1),), visits=(1.0, 2.5))
    assert request.arguments() == [
        "livingdrug", "simulate", "kimmel2021", "--subjects", "3", "--visits", "1.0,2.5",
        "--seed", "2", "--set", "r_B=0.1",
    ]  # fmt: skip


def test_request_checks_itself():
    with pytest.raises(OptionError, match="--days"):
        Request("kimmel2021", days=math.nan)
