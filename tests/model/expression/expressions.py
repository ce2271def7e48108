"""Random expressions for the tests of the model layer."""

from __future__ import annotations

from hypothesis import strategies as st

from livingdrug.model.expression.functions import FUNCTIONS
from livingdrug.model.expression.nodes import (
    FALSE,
    TIME,
    TRUE,
    Node,
    add,
    call,
    delay,
    divide,
    hill,
    logic,
    multiply,
    negate,
    number,
    piecewise,
    power,
    rate_of,
    relation,
    safe_ratio,
    symbol,
)

NAMES = ("a", "b", "k_B", "x", "y")
ONE_ARGUMENT = [name for name, function in FUNCTIONS.items() if function.arity == 1]
MANY_ARGUMENTS = [name for name, function in FUNCTIONS.items() if function.arity is None]

# adding 0.0 turns -0.0 into 0.0: the constructors keep one zero
finite = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0)
small = st.integers(-4, 4).map(float) | st.sampled_from([0.5, -0.5, 2.5])
names = st.sampled_from(NAMES).map(symbol)
leaves = (
    names
    | st.just(TIME)
    | finite.map(number)
    | small.map(number)
    | st.builds(number, finite, st.sampled_from(["cell", "1/day"]))
)


def _wider(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    conditions = st.builds(
        relation, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner, inner
    )
    logics = (
        conditions
        | st.sampled_from([TRUE, FALSE])
        | st.builds(lambda left, right: logic("and", left, right), conditions, conditions)
        | st.builds(lambda left, right: logic("or", left, right), conditions, conditions)
        | st.builds(lambda left, right: logic("xor", left, right), conditions, conditions)
        | st.builds(lambda only: logic("not", only), conditions)
    )
    return (
        st.lists(inner, min_size=1, max_size=4).map(lambda parts: add(*parts))
        | st.lists(inner, min_size=1, max_size=4).map(lambda parts: multiply(*parts))
        | inner.map(negate)
        | st.builds(divide, inner, inner)
        | st.builds(power, inner, small.map(number))
        | st.builds(power, inner, inner)
        | st.builds(hill, inner, inner, inner)
        | st.builds(safe_ratio, inner, inner, inner)
        | st.builds(call, st.sampled_from(ONE_ARGUMENT), inner)
        | st.builds(call, st.sampled_from(MANY_ARGUMENTS), inner, inner, inner)
        | st.builds(piecewise, inner, logics, inner)
        | st.builds(piecewise, inner, logics, inner, logics, inner)
        | st.builds(rate_of, names)
        | st.builds(delay, inner, inner)
    )


expressions = st.recursive(leaves, _wider, max_leaves=12)
"""Anything that the constructors can build, with every kind of node."""


def _smooth_wider(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    square = inner.map(lambda node: power(node, number(2.0)))
    positive = square.map(lambda node: add(node, number(1.0)))
    bounded = st.sampled_from(["sin", "cos", "tanh", "atan"])
    return (
        st.builds(add, inner, inner)
        | st.builds(multiply, inner, inner)
        | st.builds(divide, inner, positive)
        | st.builds(call, bounded, inner)
        | positive.map(lambda node: call("log", node))
        | positive.map(lambda node: call("sqrt", node))
        | st.builds(lambda node: call("exp", call("tanh", node)), inner)
        | st.builds(lambda node: power(node, call("tanh", symbol("y"))), positive)
        | st.builds(hill, positive, positive, positive)
        | st.builds(lambda over, under: safe_ratio(over, under, number(1.0)), inner, positive)
        | st.builds(
            lambda yes, no: piecewise(yes, relation("<", symbol("y"), number(9.0)), no),
            inner,
            inner,
        )
    )


smooth = st.recursive(names | st.floats(0.5, 2.0).map(number), _smooth_wider, max_leaves=8)
"""Differentiable at every point, without poles."""
