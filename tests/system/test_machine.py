"""Machine code: what LLVM may not do, targets, object files, lifetime."""

import gc
import re
import threading

import numpy as np
import pytest

from livingdrug.core.errors import (
    CapabilityError,
    DataError,
    LivingDrugError,
    OptionError,
    UnknownNameError,
)
from livingdrug.system import machine
from livingdrug.system.printers.elementary import ELEMENTARY
from livingdrug.system.printers.llvm import print_programs
from livingdrug.system.program import Instruction, Program

from .compiled import EDGES, SPACE, Compiled, bits, program_of

ADD = print_programs([program_of("add")], SPACE, 4)
X86 = machine.target_strings().triple.startswith("x86_64")
CPUS = {  # and what LLVM must find in this machine to run their code
    "haswell": {"avx2", "fma", "bmi2"},
    "x86-64-v3": {"avx2", "fma", "bmi2"},
    "skylake-avx512": {"avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"},
}


def host_features():
    text = machine.target_strings().features
    return {name[1:] for name in text.split(",") if name.startswith("+")}


def hill_like():
    """``(x0 * x1 + x2) * exp(x0)``: a product and a sum that could be fused."""
    steps = [Instruction(f"x{i}", "load", (f"x[{i}]",)) for i in range(3)]
    steps += [
        Instruction("m", "mul", ("x0", "x1")),
        Instruction("a", "add", ("m", "x2")),
        Instruction("s", "sub", ("a", "x0")),
    ]
    return Program("fusible", tuple(steps), (("o", "s"),))


def test_the_target_is_this_machine_unless_told():
    target = machine.target_strings()
    assert target.cpu
    assert target.llvm.count(".") == 2
    other = machine.target_strings(cpu="haswell")
    assert (other.cpu, other.features, other.triple) == ("haswell", "", target.triple)


@pytest.mark.parametrize("opt", [0, 1, 2, 3])
def test_products_are_not_fused_with_sums(opt):
    for width in (1, 8):
        text = print_programs([hill_like()], SPACE, width)
        code = machine.assembly(text, machine.target_strings(), opt=opt)
        assert not re.search(r"v?fn?m(add|sub|la|ls)", code)
        rng = np.random.default_rng(opt)
        columns = rng.normal(size=(3, 500))
        x, y, z = columns
        got = Compiled([hill_like()], width, opt=opt)("fusible", *columns)
        assert np.array_equal(got, (x * y + z) - x)
        exact = np.array([float(np.longdouble(a) * b + c) for a, b, c in columns.T])
        assert not np.array_equal(got, exact - x)  # the test can tell


def all_elementary():
    return [program_of(op) for op in sorted({*ELEMENTARY, "floor", "ceil", "sqrt", "hill_dn"})]


@pytest.mark.parametrize("width", [1, 8])
def test_code_calls_nothing_outside_the_module(width):
    text = print_programs(all_elementary(), SPACE, width)
    code = machine.assembly(text, machine.target_strings())
    operands = re.findall(r"^\s+(?:callq?|jmpq?|bl?)\s+([A-Za-z_][\w.@]*)", code, re.MULTILINE)
    outside = {name for name in operands if not name.lstrip("_.L").startswith(("elementary", "BB"))}
    assert not outside


@pytest.mark.skipif(not X86, reason="these processors are x86-64")
@pytest.mark.parametrize("cpu", sorted(CPUS))
def test_bits_do_not_depend_on_the_processor(cpu):
    if not CPUS[cpu] <= host_features():
        pytest.skip(f"this machine cannot run code for {cpu}")
    programs = all_elementary()
    rng = np.random.default_rng(5)
    columns = np.concatenate(
        [
            np.stack([EDGES, np.roll(EDGES, 7), np.roll(EDGES, 31)]),
            rng.normal(size=(3, 1000)) * 4,
            rng.integers(-(2**63), 2**63, (3, 1000), dtype=np.int64).view(float),
        ],
        axis=1,
    )
    for width in (1, 8):
        here, there = Compiled(programs, width), Compiled(programs, width, cpu=cpu)
        assert there.module.target.cpu == cpu
        assert here.module.object_bytes != there.module.object_bytes
        for program in programs:
            count = sum(step.op == "load" for step in program.instructions)
            got = there(program.name, *columns[:count])
            assert np.array_equal(bits(got), bits(here(program.name, *columns[:count])))


@pytest.mark.skipif(not X86, reason="x86-64 only")
def test_a_processor_without_fused_multiply_add_is_refused():
    with pytest.raises(CapabilityError, match=r"fma.*floor") as caught:
        machine.compile_module(ADD, cpu="x86-64")
    assert "reference backend" in str(caught.value)


@pytest.mark.parametrize(
    ("triple", "head"),
    [
        # ELF, 64 bit, little-endian, machine 183; Mach-O, 64 bit, CPU type ARM64
        ("aarch64-unknown-linux-gnu", (b"\x7fELF\x02\x01", 18, b"\xb7\x00")),
        ("arm64-apple-macosx13.0", (b"\xcf\xfa\xed\xfe", 4, b"\x0c\x00\x00\x01")),
    ],
)
def test_arm_code_is_made_on_any_machine(triple, head):
    target = machine.target_strings(triple=triple)
    text = print_programs(all_elementary(), SPACE, 2)
    data = machine.emit_object(text, target)
    magic, place, kind = head
    assert data.startswith(magic)
    assert data[place : place + len(kind)] == kind
    code = machine.assembly(text, target)
    outside = re.findall(r"^\s+bl?\s+(?!_?elementary)([A-Za-z_]\w*)", code, re.MULTILINE)
    assert not outside
    plain = machine.assembly(print_programs([hill_like()], SPACE, 2), target)
    assert not re.search(r"\bfn?m(add|sub|la|ls)\b", plain)


def test_a_kept_object_is_loaded_again():
    first = Compiled([program_of("exp")], 4)
    again = Compiled([program_of("add")], 4)
    again.module = machine.load_object(first.module.object_bytes)
    x = np.linspace(-3, 3, 40)
    assert np.array_equal(again("op_exp", x), first("op_exp", x))
    assert again.module.target == first.module.target


def test_a_damaged_object_is_refused():
    whole = machine.compile_module(ADD).object_bytes
    machine.load_object(whole)
    pieces = [b"", b"rubbish" * 50, whole[:100]]
    if whole.startswith(b"\x7fELF"):
        pieces += [whole[: len(whole) // 2], whole[:-1]]
    for piece in pieces:
        with pytest.raises(DataError, match="damaged"):
            machine.load_object(piece)


def test_an_unknown_function_is_named():
    with pytest.raises(UnknownNameError, match="op_ad"):
        machine.compile_module(ADD).address("op_ad")


def test_bad_text_levels_and_targets_are_refused():
    with pytest.raises(LivingDrugError, match="LLVM does not accept"):
        machine.compile_module("define void @f( {")
    with pytest.raises(OptionError, match="opt is 7"):
        machine.compile_module(ADD, opt=7)
    with pytest.raises(OptionError, match="no target"):
        machine.emit_object(ADD, machine.target_strings(triple="nowhere-none-none"))


def test_code_outlives_a_collection_while_its_module_is_held():
    held = Compiled([program_of("tanh")], 8)
    x = np.linspace(-2, 2, 64)
    before = held("op_tanh", x)
    for _ in range(5):
        machine.compile_module(ADD)
        gc.collect()
    assert np.array_equal(held("op_tanh", x), before)


def test_threads_may_compile_and_drop_modules_together():
    x = np.linspace(-2, 2, 64)
    expected = Compiled([program_of("sinh")], 2)("op_sinh", x)
    results = []

    def work():
        for _ in range(4):
            results.append(Compiled([program_of("sinh")], 2)("op_sinh", x))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 16
    assert all(np.array_equal(result, expected) for result in results)
