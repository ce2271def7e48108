"""Printed blocks compute what their expressions say."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression import nodes
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.parse import parse
from livingdrug.system.blocks import Block
from livingdrug.system.compile import compile_model
from livingdrug.system.printers import python
from livingdrug.system.printers.python import load_block, print_block


def layout():
    m = ModelBuilder("slots", dimensions="off")
    for name in ("x", "y"):
        m.species(name, initial=1.0, unit="1", non_negative=False)
    m.parameter("p", 1.0, "1")
    return compile_model(m.build()).layout


LAYOUT = layout()

leaves = st.one_of(
    st.sampled_from(["x", "y", "p"]).map(nodes.symbol),
    st.just(nodes.TIME),
    st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0]).map(nodes.number),
)


def conditions(children):
    pair = st.tuples(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), children, children)
    simple = pair.map(lambda given: nodes.relation(*given))
    joined = st.tuples(st.sampled_from(["and", "or", "xor"]), simple, simple).map(
        lambda given: nodes.logic(*given)
    )
    return st.one_of(simple, joined, simple.map(lambda inner: nodes.logic("not", inner)))


def extend(children):
    one = st.sampled_from(["exp", "log", "sqrt", "tanh", "abs", "sign", "floor", "log1p"])
    three = st.tuples(children, children, children)
    return st.one_of(
        st.lists(children, min_size=2, max_size=3).map(lambda args: nodes.add(*args)),
        st.lists(children, min_size=2, max_size=3).map(lambda args: nodes.multiply(*args)),
        st.tuples(children, children).map(lambda args: nodes.divide(*args)),
        st.tuples(children, children).map(lambda args: nodes.power(*args)),
        st.tuples(one, children).map(lambda args: nodes.call(*args)),
        st.tuples(st.sampled_from(["min", "max"]), children, children).map(
            lambda args: nodes.call(*args)
        ),
        three.map(lambda args: nodes.hill(*args)),
        three.map(lambda args: nodes.safe_ratio(*args)),
        st.tuples(children, conditions(children), children).map(
            lambda args: nodes.piecewise(*args)
        ),
    )


expressions = st.recursive(leaves, extend, max_leaves=12)
numbers = st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0, 7.0, 1e-30, 1e30])


def same(a, b, rel):
    a, b = float(a), float(b)
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=rel)


def careful(block):
    return python._load(print_block(block, LAYOUT, careful=True), block.name)


@settings(max_examples=300, deadline=None)
@given(node=expressions, x=numbers, y=numbers, p=numbers, t=numbers)
def test_both_forms_agree_with_the_evaluator(node, x, y, p, t):
    block = Block("b", ("value",), (node,))
    (fast,) = load_block(block, LAYOUT)(t, [x, y], [p, 0.0, 0.0], [])
    (slow,) = careful(block)(t, [x, y], [p, 0.0, 0.0], [])
    assert same(fast, slow, 0.0), print_block(block, LAYOUT, careful=False)
    # squares are printed as products, which may round differently from a power
    reference = evaluate(node, {"x": x, "y": y, "p": p}, t)
    assert same(fast, reference, 1e-9), print_block(block, LAYOUT, careful=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / x", math.inf),
        ("-1 / x", -math.inf),
        ("x / x", math.nan),
        ("log(x)", -math.inf),
        ("log(x - 1)", math.nan),
        ("sqrt(x - 1)", math.nan),
        ("exp(y)", math.inf),
        ("y ** y", math.inf),
        ("(x - 2) ** 0.5", math.nan),
        ("x ** -0.5", math.inf),
        ("hill(1, x - 1, 1)", math.inf),
        ("safe_ratio(1, x, 7)", 7.0),
        ("sinh(-y)", -math.inf),
    ],
)
def test_a_block_never_raises_on_numbers(text, expected):
    (value,) = load_block(Block("b", ("v",), (parse(text),)), LAYOUT)(
        0.0, [0.0, 1000.0], [1.0, 0.0, 0.0], []
    )
    assert same(value, expected, 0.0)


def test_what_is_used_twice_is_computed_once():
    shared = parse("exp(x + y)")
    text = print_block(
        Block("b", ("one", "two"), (nodes.add(shared, nodes.ONE), nodes.power(shared, shared))),
        LAYOUT,
        careful=False,
    )
    assert text.count("exp") == 1


@pytest.mark.parametrize("depth", [50, 500])
def test_deep_expressions_can_be_printed(depth):
    node = nodes.symbol("x")
    for _ in range(depth):
        node = nodes.call("tanh", nodes.add(node, nodes.ONE))
    (value,) = load_block(Block("b", ("v",), (node,)), LAYOUT)(0.0, [0.5, 0.0], [0.0] * 3, [])
    expected = 0.5
    for _ in range(depth):
        expected = math.tanh(expected + 1)
    assert value == pytest.approx(expected, rel=1e-12)


def test_a_long_sum_can_be_printed():
    terms = [nodes.multiply(nodes.number(float(i)), nodes.symbol("x")) for i in range(1, 5001)]
    (value,) = load_block(Block("b", ("v",), (nodes.add(*terms),)), LAYOUT)(
        0.0, [2.0, 0.0], [0.0] * 3, []
    )
    assert value == 5000 * 5001
