"""How much of the native loop is the model's own arithmetic, and how fast that runs.

    python benchmarks/loop.py

For each problem: CPU time of the whole compiled loop against the time of the model's blocks
called as often as the steps need them (7 right-hand sides, 8 solves, one Jacobian with its
factors and the first right-hand side), and the floating-point rate of the right-hand side beside
the peak of fused multiply-adds measured on the same core.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from machine import describe_machine
from networks import make_network
from numba import njit
from problems import Problem, make_problem

from livingdrug.solve.backends.native import backend as native_backend
from livingdrug.solve.backends.native.kernel import NativeKernel
from livingdrug.solve.backends.native.loop import driver
from livingdrug.solve.backends.native.loop.call import call_block
from livingdrug.solve.backends.native.places import BLOCKS
from livingdrug.solve.plan import make_plan
from livingdrug.system.lower.economy import economise
from livingdrug.system.lower.flatten import flatten_block
from livingdrug.system.machine import CompiledModule, compile_module

_CHAINS, _ROUNDS = 12, 1000
_FLOPS = dict.fromkeys(("add", "sub", "mul", "div", "neg", "sqrt"), 1)
_FLOPS |= dict.fromkeys(("fma", "fms", "fnma"), 2)


@njit(nogil=True)
def _repeat(address, pointer, count):  # type: ignore[no-untyped-def]
    for _ in range(count):
        call_block(address, pointer)


def main() -> int:
    """Run the benchmark."""
    import livingdrug as ld

    print(describe_machine())
    print(f"peak of fused multiply-adds, one core, 8 lanes: {_peak():.1f} GFlop/s")
    for n in (9, 20, 40):
        _show(make_problem(f"network{n}", make_network(n).model(), 512))
    for name in ("stein2019", "kimmel2021", "singh2021"):
        _show(make_problem(name, ld.get_model(name), 512))
    return 0


def _show(problem: Problem | str) -> None:
    if isinstance(problem, str):
        print(problem)
        return
    plan = make_plan(
        problem.system, method="rodas5p", rtol=1e-6, atol=None, extinction="model", seed=0,
        max_steps=1_000_000,
    )  # fmt: skip
    kernel = NativeKernel(problem.system, plan)
    whole, steps, pointer = _whole(kernel, problem)
    cost = {
        name: _seconds(int(address), pointer)
        for name, address in zip(BLOCKS, kernel.addresses, strict=False)
    }
    step = cost["jaclu"] + (cost["dfdt"] if kernel.has_time else 0.0)
    step += 7 * cost["rhs"] + 8 * (cost["natural"] + cost["solve"])
    blocks = step * steps / kernel.width
    program = economise(flatten_block(problem.system.blocks["rhs"], problem.system.layout, "f"))
    flops = sum(_FLOPS.get(step.op, 0) for step in program.instructions)
    n = len(problem.bound.tasks)
    print(
        f"{problem.name}: {steps / n:.0f} steps, loop {whole / n * 1e6:.1f} us per subject, "
        f"blocks {blocks / n * 1e6:.1f}: ratio {whole / blocks:.2f}; {kernel.width} lanes; rhs "
        f"{flops * kernel.width / cost['rhs'] / 1e9:.1f} GFlop/s (elementary functions not counted)"
    )


def _whole(kernel: NativeKernel, problem: Problem) -> tuple[float, int, int]:
    """Return CPU seconds of the compiled loop, its steps and the address of its workspace."""
    real, spent, kept = driver.run_lanes, [0.0], []

    def timed(*args: object) -> None:
        begin = time.thread_time()
        real(*args)
        spent[0] += time.thread_time() - begin
        kept.append(args)

    driver.run_lanes = timed
    engine, best, steps = native_backend.NativeBackend(), np.inf, 0
    try:
        for _ in range(4):
            spent[0] = 0.0
            results = engine.run(kernel, problem.bound.tasks)
            best, steps = min(best, spent[0]), sum(result.n_steps for result in results)
    finally:
        driver.run_lanes = real
    _keep_alive.append(kept)
    return best, steps, kept[-1][0].pointer


_keep_alive: list[object] = []


def _seconds(address: int, pointer: int, count: int = 10_000) -> float:
    _repeat(address, pointer, 10)
    best = np.inf
    for _ in range(5):
        begin = time.thread_time()
        _repeat(address, pointer, count)
        best = min(best, time.thread_time() - begin)
    return best / count


def _peak() -> float:
    """Measure twelve independent chains of fused multiply-adds."""
    vector = "<8 x double>"
    lines = [
        f"  %s{i} = phi {vector} [ splat (double 1.0), %in ], [ %t{i}, %loop ]"
        for i in range(_CHAINS)
    ]
    lines += [
        f"  %t{i} = call {vector} @llvm.fma.v8f64({vector} %s{i}, {vector} %x, {vector} %x)"
        for i in range(_CHAINS)
    ]
    sums = [
        f"  %u{i} = fadd {vector} %t{i}, {'%x' if i == 0 else f'%u{i - 1}'}" for i in range(_CHAINS)
    ]
    text = "\n".join(
        [
            f"declare {vector} @llvm.fma.v8f64({vector}, {vector}, {vector})",
            "define void @peak(ptr %ws) {\nin:",
            f"  %x = load {vector}, ptr %ws, align 64\n  br label %loop\nloop:",
            "  %i = phi i64 [ 0, %in ], [ %j, %loop ]",
            *lines,
            f"  %j = add i64 %i, 1\n  %more = icmp ult i64 %j, {_ROUNDS}",
            "  br i1 %more, label %loop, label %out\nout:",
            *sums,
            f"  store {vector} %u{_CHAINS - 1}, ptr %ws, align 64\n  ret void\n}}",
        ]
    )
    module: CompiledModule = compile_module(text)
    raw = np.zeros(24)
    pointer = (raw.ctypes.data + 63) // 64 * 64
    _keep_alive.append((module, raw))
    seconds = _seconds(module.address("peak"), pointer, 100)
    return _CHAINS * _ROUNDS * 8 * 2 / seconds / 1e9


if __name__ == "__main__":
    sys.exit(main())
