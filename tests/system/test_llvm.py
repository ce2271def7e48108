"""Compiled programs compute what the interpreter computes, the same bits at every width."""

import itertools
import math
import re

import numpy as np
import pytest

from livingdrug.catalogue.index import get_entry, get_model, list_models
from livingdrug.core.errors import CapabilityError, OptionError
from livingdrug.model.expression.functions import FUNCTIONS
from livingdrug.system.compile import compile_model
from livingdrug.system.interpret import run_program
from livingdrug.system.lower.flatten import flatten_block
from livingdrug.system.printers.elementary import ELEMENTARY
from livingdrug.system.printers.llvm import OPERATIONS, print_programs
from livingdrug.system.printers.python import load_block
from livingdrug.system.program import Instruction, Program, Workspace

from .compiled import (
    EDGES,
    RELATIONS,
    SPACE,
    UNIT,
    Compiled,
    arity,
    bits,
    constant_power_program,
    interpret,
    program_of,
    scalar,
)

WIDTHS = (1, 2, 4, 8)
OPS = sorted(OPERATIONS - {"load", "constant"})
HILLS = ("hill", "hill_dx", "hill_dk", "hill_dn")
EXACT = sorted(set(OPS) - ELEMENTARY - set(HILLS))
POWERS = (-3.0, -2.0, -0.5, 0.0, 1.5, 3.0, 4.0, 7.0, 16.0)

MODELS = [
    (model_id, variant)
    for model_id in list_models()
    for variant in get_entry(model_id).published.variants
]


def all_programs():
    powers = [constant_power_program(e, f"power_{i}") for i, e in enumerate(POWERS)]
    return [*(program_of(op) for op in OPS), *powers]


@pytest.fixture(scope="module")
def by_width():
    return {width: Compiled(all_programs(), width) for width in WIDTHS}


def numbers(count):
    """Columns for three arguments: edges against each other, then random bits, then plain ones."""
    rng = np.random.default_rng(7)
    some = [*EDGES[:: len(EDGES) // 10], -0.0, 1.0, math.inf, math.nan]
    grid = np.array(list(itertools.product(some, some, some))).T
    random = rng.integers(-(2**63), 2**63, (3, count), dtype=np.int64).view(float)
    plain = rng.normal(size=(3, count)) * 3
    return np.concatenate([grid, random, plain], axis=1)


COLUMNS = numbers(1500)


@pytest.mark.parametrize("op", EXACT)
def test_arithmetic_is_that_of_the_interpreter(by_width, op):
    columns = COLUMNS[: arity(op)]
    got = by_width[8](f"op_{op}", *columns)
    expected = [scalar(op, *row) for row in columns.T.tolist()]
    different = bits(got) != bits(expected)
    assert not different.any(), (columns[:, different][:, 0], got[different][0])


@pytest.mark.parametrize("name", [program.name for program in all_programs()])
def test_bits_do_not_depend_on_the_width(by_width, name):
    columns = COLUMNS[: arity(name[3:]) if name.startswith("op_") else 1]
    reference = bits(by_width[1](name, *columns))
    for width in WIDTHS[1:]:
        assert np.array_equal(bits(by_width[width](name, *columns)), reference), width


def test_bits_do_not_depend_on_the_neighbours_in_the_vector(by_width):
    # the same argument in each lane, beside ones that overflow or are not numbers
    x = np.tile([0.7, math.nan, math.inf, -1e308, 5e-324, 1.3, -0.0, 700.0], 8)
    for op in sorted(ELEMENTARY - {"pow"}):
        got = bits(by_width[8](f"op_{op}", np.concatenate([np.roll(x, k) for k in range(8)])))
        rows = got.reshape(8, -1)
        for k in range(8):
            assert np.array_equal(np.roll(rows[k], -k), rows[0]), op


@pytest.mark.parametrize("op", HILLS)
def test_hill_functions_are_those_of_the_interpreter(by_width, op):
    rng = np.random.default_rng(3)
    x, k = np.exp(rng.normal(size=(2, 2000)) * 2)
    n = rng.uniform(0.2, 6, 2000)
    got = by_width[4](f"op_{op}", x, k, n)
    for x0, k0, n0, value in zip(x.tolist(), k.tolist(), n.tolist(), got.tolist(), strict=True):
        expected, h = scalar(op, x0, k0, n0), scalar("hill", x0, k0, n0)
        # the powers differ by up to 3 ulp, and hill by as much; in the derivatives 1 - hill
        # cancels, and so does log x - log k
        logs = abs(math.log(x0)) + abs(math.log(k0))
        lost = {"hill_dx": n0 / x0, "hill_dk": n0 / k0, "hill_dn": abs(math.log(x0 / k0)) + logs}
        bound = 16 * UNIT * (abs(expected) + lost.get(op, 1.0) * h)
        assert abs(value - expected) <= bound, (x0, k0, n0)


@pytest.mark.parametrize("op", HILLS)
@pytest.mark.parametrize(
    ("x", "k", "n"),
    [
        (0.0, 2.0, 0.5),
        (-0.0, 2.0, 3.0),
        (-1.0, 2.0, 0.5),
        (5e-324, 2.0, 0.5),
        (5e-324, 1e300, 4.0),
        (1e300, 1e-300, 4.0),
        (math.inf, 2.0, 2.0),
        (2.0, 0.0, 2.0),
        (2.0, -1.0, 2.0),
        (2.0, -1.0, 0.5),
        (2.0, 2.0, 0.0),
        (0.0, 2.0, 0.0),
        (-0.0, 2.0, -1.0),
        (math.nan, 2.0, 1.0),
        (1.0, math.nan, 1.0),
        (1.0, 2.0, math.nan),
    ],
)
def test_hill_functions_where_biology_starts(by_width, op, x, k, n):
    got = by_width[2](f"op_{op}", [x], [k], [n])[0]
    assert got == pytest.approx(scalar(op, x, k, n), rel=1e-14, abs=0, nan_ok=True)


def test_a_constant_hill_exponent_agrees_with_a_loaded_one(by_width):
    steps = (
        Instruction("x", "load", ("x[0]",)),
        Instruction("k", "load", ("x[1]",)),
        Instruction("n", "constant", (3.0,)),
        Instruction("h", "hill", ("x", "k", "n")),
    )
    constant = Compiled([Program("constant_hill", steps, (("o", "h"),))], 4)
    x = np.concatenate([EDGES, np.exp(np.linspace(-50, 50, 333))])
    k = np.full(len(x), 1.7)
    loaded = by_width[4]("op_hill", x, k, np.full(len(x), 3.0))
    # two forms of one power, each within 2 ulp
    np.testing.assert_allclose(constant("constant_hill", x, k), loaded, rtol=8 * UNIT, atol=0)


def test_loads_and_stores_go_to_their_slots():
    space = Workspace.of([("t", 1), ("y", 3), ("f", 2)])
    steps = (
        Instruction("a", "load", ("y[2]",)),
        Instruction("b", "load", ("t",)),
        Instruction("c", "sub", ("a", "b")),
    )
    program = Program("move", steps, (("f[1]", "c"), ("y[0]", "a"), ("f[0]", "a")))
    for width in WIDTHS:
        compiled = Compiled([program], width, space)
        array = compiled.workspaces(2)
        before = array[:] = np.arange(array.size, dtype=float).reshape(array.shape) ** 2
        before = before.copy()
        compiled.run("move", array)
        expected = before.copy()
        expected[:, 4] = expected[:, 1] = before[:, 3]
        expected[:, 5] = before[:, 3] - before[:, 0]
        assert np.array_equal(array, expected)


def test_the_text_holds_no_branch_no_flag_and_no_library_call():
    text = print_programs(all_programs(), SPACE, 8)
    called = set(re.findall(r"call [^@]*@([\w.]+)", text))
    assert {name.partition(".")[0] for name in called} == {"llvm", "elementary"}
    assert {name.split(".")[1] for name in called if name.startswith("llvm")} == {
        "fma",
        "sqrt",
        "fabs",
        "copysign",
        "floor",
        "ceil",
    }
    assert not re.search(r"\b(br|phi|fast|nnan|ninf|nsz|arcp|contract|afn|reassoc)\b", text)
    # outside the elementary functions nothing is fused that does not say so
    programs = text.partition("define internal")[0].split("define void")
    fused = {p.split("(")[0].strip() for p in programs if "llvm.fma" in p}
    assert fused == {"@power_0", "@power_7", "@power_8", "@op_fma", "@op_fms", "@op_fnma"}


def test_a_slot_is_read_before_it_is_written():
    # stores move up to where their value is known, but not past a load of their slot
    steps = (
        Instruction("a", "load", ("x[0]",)),
        Instruction("twice", "add", ("a", "a")),
        Instruction("b", "load", ("x[1]",)),
        Instruction("sum", "add", ("a", "b")),
        Instruction("c", "load", ("x[2]",)),
    )
    stores = (("x[1]", "a"), ("x[2]", "twice"), ("x[0]", "sum"), ("o", "c"))
    compiled = Compiled([Program("turn", steps, stores)], 2)
    array = compiled.workspaces(1)
    array[0, :3] = [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]
    compiled.run("turn", array)
    assert array[0].tolist() == [[3.0, 30.0], [1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]
    text = print_programs([Program("turn", steps, stores)], SPACE, 2)
    assert text.index("store") < text.rindex("load")


def test_unknown_operations_are_named():
    steps = (Instruction("x", "load", ("x[0]",)), Instruction("g", "gamma", ("x",)))
    with pytest.raises(CapabilityError, match="gamma"):
        print_programs([Program("p", steps, (("o", "g"),))], SPACE, 1)


def test_bad_widths_and_names_are_all_reported():
    program = program_of("add")
    twice = [program, program, Program("a b", program.instructions, program.stores)]
    with pytest.raises(OptionError) as caught:
        print_programs(twice, SPACE, 3)
    assert len(caught.value.issues) == 3


def test_every_operation_of_the_interpreter_is_printed():
    for op in OPS:
        values = [0.5, 1.5, 2.5][: arity(op)]
        run_program(program_of(op), {f"x[{i}]": v for i, v in enumerate(values)})
    assert set(FUNCTIONS) <= OPERATIONS
    assert set(RELATIONS) <= OPERATIONS


@pytest.mark.parametrize(("model_id", "variant"), MODELS)
def test_blocks_of_the_catalogue_agree_with_the_python_printer(model_id, variant):
    system = compile_model(get_model(model_id, variant))
    layout = system.layout
    blocks = [system.blocks[name] for name in ("rhs", "jacobian", "outputs", "roots")]
    blocks = [block for block in blocks if block.outputs]
    programs = [flatten_block(block, layout, f"out_{block.name}") for block in blocks]
    groups = [("t", 1), ("dose", 1), ("y", len(layout.states)), ("p", len(layout.constants))]
    groups += [("s", len(system.switches) + 1)]
    groups += [(f"out_{block.name}", len(block.outputs)) for block in blocks]
    # a group of one slot has no index, but these programs store to [0]
    space = Workspace.of(groups)
    compiled = Compiled(programs, 4, space)
    rng = np.random.default_rng(11)
    array = compiled.workspaces(5)
    inputs = space.offset("out_rhs[0]")
    array[:, :inputs] = np.exp(rng.normal(size=array[:, :inputs].shape))
    start = space.offset("s[0]")
    array[:, start:inputs] = rng.integers(0, 2, array[:, start:inputs].shape)
    for program in programs:
        compiled.run(program.name, array)
    for block, program in zip(blocks, programs, strict=True):
        function = load_block(block, layout)
        first = space.offset(f"out_{block.name}[0]")
        for lane in array.transpose(0, 2, 1).reshape(-1, space.n_slots)[::3].tolist():
            slots = {}
            for name, length in groups:
                for place in range(length):
                    slot = f"{name}[{place}]"
                    slots[slot if length > 1 else name] = lane[space.offset(slot)]
                    slots[slot] = lane[space.offset(slot)]
            expected = function(
                lane[0],
                lane[2 : 2 + len(layout.states)],
                lane[space.offset("p[0]") : start],
                [x != 0.0 for x in lane[start:inputs]],
                lane[1],
            )
            _, errors = interpret(program, slots)
            got = lane[first : first + len(block.outputs)]
            for label, a, b, error in zip(block.labels, got, expected, errors, strict=True):
                # both sides err by at most the bound
                assert abs(a - float(b)) <= 2 * error, (block.name, label, a, b)
