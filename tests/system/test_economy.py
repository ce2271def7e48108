"""Economised programs compute the same but for roundings, with fewer divisions and sums."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.catalogue.index import get_model, list_models
from livingdrug.model.expression.parse import parse
from livingdrug.system.compile import compile_model
from livingdrug.system.interpret import run_program
from livingdrug.system.lower.economy import economise, joined
from livingdrug.system.lower.flatten import Flattener, flatten_block
from livingdrug.system.lower.linear import lower_linear
from livingdrug.system.program import Program

from .compiled import interpret

SLOTS = {name: f"p[{place}]" for place, name in enumerate("abcdxy")}


def program_of(*texts):
    flat = Flattener(SLOTS)
    values = [flat.number(parse(text)) for text in texts]
    stores = tuple((f"f[{place}]", value) for place, value in enumerate(values))
    return Program("f", tuple(flat.instructions), stores).without_dead()


def count(program, *ops):
    return sum(step.op in ops for step in program.instructions)


@pytest.mark.parametrize(
    ("texts", "n_divisions"),
    [
        (["x / a"], 1),
        (["x / a", "y / a"], 1),
        (["x / a", "y / a**2", "1 / a**3"], 1),
        (["x / (a * b)", "y / a", "1 / b"], 2),  # 1 / (a b) is a product of the two
        (["x / (a * b)", "y / a"], 2),
        (["x / 3", "y / 3"], 0),
        (["1 / a"], 1),
        (["x / 5e-324"], 1),  # its reciprocal is no number
        (["x / (1e-320 * a)", "y / a", "b / 1e-320"], 3),
        (["x / (3 * a)", "y / a"], 1),
        (["safe_ratio(x, a, 0)", "safe_ratio(y, a, 0)"], 0),
    ],
)
def test_denominators_share_a_reciprocal(texts, n_divisions):
    assert count(economise(program_of(*texts)), "div") == n_divisions


@pytest.mark.parametrize(
    ("text", "ops"),
    [
        ("a * b + c", ["fma"]),
        ("c + a * b", ["fma"]),
        ("a * b - c", ["fms"]),
        ("c - a * b", ["fnma"]),
        ("-a * b + c", ["fnma"]),
        ("a * b + c * d", ["mul", "fma"]),
        ("a * b + c * d + x * y", ["mul", "fma", "fma"]),
        ("a + b", ["add"]),
        ("(a * b + c) * exp(a * b)", ["mul", "add", "exp", "mul"]),  # the product is needed anyway
        ("(a * b + c) / (a * b + d)", ["fma", "fma", "div"]),
        ("-a + b", ["sub"]),
    ],
)
def test_sums_take_products_in(text, ops):
    steps = economise(program_of(text)).instructions
    assert [step.op for step in steps if step.op not in ("load", "constant")] == ops


def test_a_difference_of_a_product_from_itself_is_exactly_zero():
    program = economise(program_of("a * b - b * a + 0 * c"))
    assert run_program(program, {"p[0]": 0.1, "p[1]": 0.3, "p[2]": 1.0})["f[0]"] == 0.0


numbers = st.floats(0.01, 100.0).map(lambda v: float(f"{v:.3g}"))


@settings(max_examples=200, deadline=None)
@given(st.lists(numbers, min_size=6, max_size=6))
def test_values_agree(values):
    texts = [
        "x / (a + x) - b * x / (a + x)**2 + c / b / (a + x)",
        "-x * y + a * b - c / 7 + d / (a + x)**3",
        "exp(-x / 100) * y / b - (y - a) * (b - c)",
        "max(a * b - c, d / b) + piecewise(a / x, a * b > c, b / x)",
    ]
    program = program_of(*texts)
    slots = {f"p[{place}]": value for place, value in enumerate(values)}
    expected, bounds = interpret(program, slots)
    got = run_program(economise(program), slots)
    for place, (value, bound) in enumerate(zip(expected, bounds, strict=True)):
        # a reciprocal and a product instead of a quotient is one rounding more than `interpret`
        # allows for each of its steps at the most
        assert abs(got[f"f[{place}]"] - value) <= 2.0 * bound + 1e-300


@pytest.mark.parametrize("model_id", list_models())
def test_a_model_costs_less(model_id):
    system = compile_model(get_model(model_id))
    rhs, jaclu = flatten_block(system.blocks["rhs"], system.layout, "f"), lower_linear(system).jaclu
    for program in (rhs, jaclu):
        cheap = economise(program)
        assert count(cheap, "div") <= count(program, "div")
        # a division may become a reciprocal, its one and a product
        assert len(cheap.instructions) <= len(program.instructions) + 2
        assert [slot for slot, _ in cheap.stores] == [slot for slot, _ in program.stores]
    together = joined("both", jaclu, rhs)
    assert len(together.instructions) < len(rhs.instructions) + len(jaclu.instructions)
    slots = {
        str(step.args[0]): 0.3 + 0.01 * place
        for place, step in enumerate(together.instructions)
        if step.op == "load"
    }
    expected = run_program(jaclu, slots) | run_program(rhs, slots)
    assert all(_same(run_program(together, slots)[slot], expected[slot]) for slot in expected)


def _same(x, y):
    return x == y or (math.isnan(x) and math.isnan(y))
