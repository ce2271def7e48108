"""run_program: what each operation means, and that flattened blocks keep the meaning."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.catalogue.index import get_model, list_models
from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.evaluate import evaluate_all
from livingdrug.model.expression.functions import FUNCTIONS, hill_value
from livingdrug.model.expression.walk import postorder
from livingdrug.system.compile import compile_model
from livingdrug.system.interpret import run_program
from livingdrug.system.lower.flatten import Flattener, flatten_block
from livingdrug.system.printers.python import load_block
from livingdrug.system.program import Instruction, Program
from tests.model.expression.expressions import NAMES, smooth

from .matrices import stiff_network
from .test_jacobian import rich

INF, NAN = math.inf, math.nan


def compute(op, *values):
    steps = [Instruction(f"v{k}", "constant", (value,)) for k, value in enumerate(values)]
    steps.append(Instruction("r", op, tuple(f"v{k}" for k in range(len(values)))))
    return run_program(Program("one", tuple(steps), (("out", "r"),)), {})["out"]


def decide(op, *truths):
    """Apply an operation to truth values, and read its truth value as a number."""
    steps = []
    for k, value in enumerate(truths):
        steps.append(Instruction(f"n{k}", "constant", (float(value),)))
        steps.append(Instruction(f"v{k}", "truth", (f"n{k}",)))
    steps.append(Instruction("r", op, tuple(f"v{k}" for k in range(len(truths)))))
    steps.append(Instruction("x", "number", ("r",)))
    return run_program(Program("one", tuple(steps), (("out", "x"),)), {})["out"]


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        ("add", (1.5, 2.0), 3.5),
        ("add", (INF, -INF), NAN),
        ("sub", (1.0, 3.0), -2.0),
        ("mul", (1e300, 1e300), INF),
        ("mul", (0.0, INF), NAN),
        ("div", (1.0, 4.0), 0.25),
        ("div", (1.0, 0.0), INF),
        ("div", (1.0, -0.0), -INF),
        ("div", (0.0, 0.0), NAN),
        ("neg", (2.0,), -2.0),
        ("fma", (2.0, 3.0, 4.0), 10.0),
        ("fms", (2.0, 3.0, 4.0), 2.0),
        ("fnma", (2.0, 3.0, 4.0), -2.0),
        ("fma", (0.1, 10.0, -1.0), 2.0**-54),  # 0.1 is that much more than a tenth, times ten
        ("fma", (1e200, 1e200, -1e308), INF),
        ("fms", (1e200, -1e200, -INF), INF),
        ("fma", (INF, 0.0, 1.0), NAN),
        ("sqrt", (9.0,), 3.0),
        ("sqrt", (-1.0,), NAN),
        ("abs", (-3.0,), 3.0),
        ("min", (1.0, 2.0), 1.0),
        ("max", (1.0, 2.0), 2.0),
        ("min", (NAN, 2.0), NAN),
        ("max", (2.0, NAN), NAN),
        ("exp", (1000.0,), INF),
        ("log", (0.0,), -INF),
        ("log", (-1.0,), NAN),
        ("pow", (2.0, 10.0), 1024.0),
        ("pow", (-2.0, 0.5), NAN),
        ("pow", (0.0, -1.0), INF),
        ("hill", (3.0, 2.0, 1.5), hill_value(3.0, 2.0, 1.5)),
        ("hill", (0.0, 2.0, 0.5), 0.0),
        ("safe_ratio", (1.0, 4.0, 7.0), 0.25),
        ("safe_ratio", (1.0, 0.0, 7.0), 7.0),
    ],
)
def test_arithmetic_follows_ieee(op, args, expected):
    got = compute(op, *args)
    assert isinstance(got, float)
    assert got == expected or (math.isnan(got) and math.isnan(expected))


def test_the_sign_of_zero_is_kept():
    assert math.copysign(1.0, compute("neg", 0.0)) == -1.0
    assert math.copysign(1.0, compute("mul", -1.0, 0.0)) == -1.0


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if f.arity == 1])
def test_every_function_can_be_run(name):
    for x in (-2.0, -0.5, 0.0, 0.3, 1.0, 700.0, INF, NAN):
        got, expected = compute(name, x), FUNCTIONS[name].value(x)
        assert got == expected or (math.isnan(got) and math.isnan(expected))


@pytest.mark.parametrize("x", [-1.0, 0.0, 2.0, NAN])
@pytest.mark.parametrize("y", [-1.0, 0.0, 2.0, NAN])
def test_relations_are_ordered_except_not_equal(x, y):
    def relation(op):
        steps = (
            Instruction("x", "constant", (x,)),
            Instruction("y", "constant", (y,)),
            Instruction("r", op, ("x", "y")),
            Instruction("n", "number", ("r",)),
        )
        return run_program(Program("one", steps, (("out", "n"),)), {})["out"]

    assert relation("lt") == float(x < y)
    assert relation("le") == float(x <= y)
    assert relation("gt") == float(x > y)
    assert relation("ge") == float(x >= y)
    assert relation("eq") == float(x == y)
    assert relation("ne") == float(x != y)


def test_logic():
    for a in (False, True):
        assert decide("not", a) == float(not a)
        for b in (False, True):
            assert decide("and", a, b) == float(a and b)
            assert decide("or", a, b) == float(a or b)
            assert decide("xor", a, b) == float(a != b)


@pytest.mark.parametrize(("given", "expected"), [(0.0, 0.0), (-0.0, 0.0), (0.1, 1.0), (NAN, 1.0)])
def test_truth_is_not_zero(given, expected):
    steps = (
        Instruction("x", "load", ("s[0]",)),
        Instruction("t", "truth", ("x",)),
        Instruction("n", "number", ("t",)),
    )
    assert run_program(Program("one", steps, (("out", "n"),)), {"s[0]": given}) == {"out": expected}


@pytest.mark.parametrize(("switch", "expected"), [(1.0, 5.0), (0.0, 7.0)])
def test_select_ignores_the_value_not_chosen(switch, expected):
    other = NAN
    values = (5.0, other) if switch else (other, 7.0)
    steps = (
        Instruction("x", "load", ("s[0]",)),
        Instruction("t", "truth", ("x",)),
        Instruction("a", "constant", (values[0],)),
        Instruction("b", "constant", (values[1],)),
        Instruction("r", "select", ("t", "a", "b")),
    )
    got = run_program(Program("one", steps, (("out", "r"),)), {"s[0]": switch})
    assert got == {"out": expected}


def test_what_is_stored_does_not_change_what_is_loaded():
    steps = (Instruction("x", "load", ("b[0]",)), Instruction("y", "load", ("b[1]",)))
    swap = Program("swap", steps, (("b[0]", "y"), ("b[1]", "x")))
    assert run_program(swap, {"b[0]": 1.0, "b[1]": 2.0}) == {"b[0]": 2.0, "b[1]": 1.0}


@pytest.mark.parametrize("op", ["add", "lt", "number", "not"])
def test_numbers_and_truth_values_do_not_mix(op):
    steps = (
        Instruction("x", "constant", (1.0,)),
        Instruction("t", "truth", ("x",)),
        Instruction("r", op, {"number": ("x",), "not": ("x",)}.get(op, ("t", "x"))),
    )
    with pytest.raises(TypeError, match=f"r = {op}"):
        run_program(Program("bad", steps, (("out", "r"),)), {})


def test_a_truth_value_cannot_be_stored():
    steps = (Instruction("x", "constant", (1.0,)), Instruction("t", "truth", ("x",)))
    with pytest.raises(TypeError, match=r"store o\[0\]"):
        run_program(Program("bad", steps, (("o[0]", "t"),)), {})


def test_an_unknown_operation_is_refused():
    with pytest.raises(CapabilityError, match="gamma"):
        compute("gamma", 1.0, 2.0)


# -- flattened expressions ----------------------------------------------------------------------


@given(node=smooth, values=st.lists(st.floats(-2.0, 2.0), min_size=5, max_size=5))
def test_a_flattened_expression_has_the_same_value(node, values):
    flat = Flattener({name: f"y[{k}]" for k, name in enumerate(NAMES)})
    result = flat.number(node)
    program = Program("p", tuple(flat.instructions), (("f[0]", result),))
    got = run_program(program, {f"y[{k}]": value for k, value in enumerate(values)})["f[0]"]
    parts = evaluate_all(postorder([node]), dict(zip(NAMES, values, strict=True)))
    # a few roundings (quotients for products with inverses, squares for powers), relative to the
    # largest intermediate value because sums may cancel
    assert got == pytest.approx(parts[-1], rel=1e-9, abs=1e-11 * max(map(abs, parts)))


MODELS = {"rich": rich, "network": lambda: stiff_network(12, log_every=4)}
MODELS |= {name: (lambda name=name: get_model(name)) for name in list_models()}


@pytest.mark.parametrize("name", MODELS)
def test_flattened_blocks_agree_with_printed_ones(name):
    system = compile_model(MODELS[name]())
    layout = system.layout
    generator = np.random.default_rng(5)
    for block in system.blocks.values():
        printed = load_block(block, layout)
        program = flatten_block(block, layout, "out")
        for _ in range(5):
            t = generator.uniform(0.0, 50.0)
            y = generator.uniform(0.2, 5.0, len(layout.states)).tolist()
            p = generator.uniform(0.2, 5.0, len(layout.constants)).tolist()
            s = (generator.random(len(system.switches)) < 0.5).tolist()
            slots = {"t": t, "dose": 1.5}
            for group, values in (("y", y), ("p", p), ("s", s)):
                slots |= {f"{group}[{k}]": float(value) for k, value in enumerate(values)}
            expected = [float(value) for value in printed(t, y, p, s, 1.5)]
            stored = run_program(program, slots)
            got = [stored[f"out[{k}]"] for k in range(len(expected))]
            # rounding of quotients and squares, enlarged where terms cancel
            assert got == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), block.name
