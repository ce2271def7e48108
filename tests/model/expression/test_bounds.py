"""Bounds hold, and conditions that are decided are decided rightly."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.bounds import ANY, bounds_of, truth_of
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import FALSE, TRUE, logic
from livingdrug.model.expression.parse import parse

from .expressions import expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + y", (-1.0, 7.0)),
        ("x * y", (-3.0, 12.0)),
        ("x - x", (-3.0, 3.0)),  # safe, not tight
        ("1 / (1 + x)", (0.25, 1.0)),
        ("x ** 2", (0.0, 9.0)),
        ("y ** 2", (0.0, math.inf)),
        ("exp(x)", (1.0, math.exp(3.0))),
        ("log(x)", (-math.inf, math.log(3.0))),
        ("sqrt(x)", (0.0, math.sqrt(3.0))),
        ("abs(y)", (0.0, 4.0)),
        ("min(x, y)", (-1.0, 3.0)),
        ("max(x, y)", (0.0, 4.0)),
        ("piecewise(x, z > 0, 9)", (0.0, 9.0)),
        ("z", ANY),
        ("sin(x)", ANY),
        ("0 * z", (0.0, 0.0)),
    ],
)
def test_bounds(text, expected):
    known = {"x": (0.0, 3.0), "y": (-1.0, 4.0)}
    assert bounds_of(parse(text), known) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x < 0", False),
        ("x <= 0", None),
        ("x >= 0", True),
        ("x > 3", False),
        ("x == 4", False),
        ("x != 4", True),
        ("x == 2", None),
        ("x > 1 and x < 0", False),
        ("x > 1 or x >= 0", True),
        ("x > 1 or x < 0", None),
        ("not x < 0", True),
        ("z > 0", None),
        ("2 > 1", True),
    ],
)
def test_truth(text, expected):
    assert truth_of(parse(text), {"x": (0.0, 3.0)}) is expected


def test_constants():
    assert truth_of(TRUE, {}) is True
    assert truth_of(logic("xor", TRUE, FALSE), {}) is True
    assert truth_of(logic("xor", TRUE, TRUE), {}) is False


def test_a_number_with_a_unit_has_only_a_sign():
    known = {"x": (0.0, math.inf)}
    assert truth_of(parse("x < quantity(-1, 'mg')"), known) is False
    assert truth_of(parse("x < quantity(1, 'mg')"), known) is None
    assert truth_of(parse("x < 3 * quantity(0, 'mg')"), known) is False
    low, high = bounds_of(parse("quantity(3, 'mg')"), {})
    assert 0.0 < low < 1e-300
    assert high == math.inf


@given(node=expressions, data=st.data())
def test_no_value_is_outside(node, data):
    from livingdrug.model.expression.walk import free_symbols

    known, values = {}, {}
    for name in free_symbols([node]):
        ends = sorted(data.draw(st.tuples(*[st.floats(-5, 5)] * 2)))
        known[name] = (ends[0], ends[1])
        values[name] = data.draw(st.floats(ends[0], ends[1]))
    low, high = bounds_of(node, known)
    try:
        value = evaluate(node, values, 1.0)
    except CapabilityError:  # a delay or a rate has no value outside a simulation
        assume(False)
    if math.isfinite(value):  # nothing is said of what is no number
        room = 1e-9 * max(1.0, abs(value))
        assert low - room <= value <= high + room
