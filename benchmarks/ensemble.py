"""Time per subject and error of livingdrug and its peers, on the same problems in one run.

    python benchmarks/ensemble.py --out folder [--problems network9,kimmel2021]
        [--solvers "livingdrug native,libRoadRunner"] [--quick]

Times are CPU seconds of one core (all threads of a solver added up), the best of some repeats,
without compilation. The error is the maximum over subjects, states and 74 output times of
``|error| / (|y| + floor)``; the floor of a state is a millionth of its size (one cell or
molecule, or its nominal size).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))

from machine import describe_machine
from networks import make_network
from ours import Native, NativeSimulate, Reference
from peer_cvode import Cvode
from peers import Diffrax, Lsoda, LsodaJacobian, RoadRunner
from problems import Problem, make_problem
from report import draw, print_table

SOLVERS = (Native, NativeSimulate, Reference, Cvode, RoadRunner, Lsoda, LsodaJacobian, Diffrax)
NETWORKS = (9, 20, 40)
TOLERANCES = tuple(10.0**-k for k in range(3, 10))
CHECKED = 16
"""Subjects whose error is measured, the same for every solver."""

_BUDGET = 20.0
"""Seconds that one solver may take on one problem; a sweep that is cut short is said."""


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("benchmark_out"))
    parser.add_argument("--problems", default="", help="names, separated by commas; all if empty")
    parser.add_argument("--solvers", default="", help="names, separated by commas; all if empty")
    parser.add_argument("--quick", action="store_true", help="three tolerances")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tolerances = (1e-4, 1e-6, 1e-8) if options.quick else TOLERANCES
    wanted = [name for name in options.problems.split(",") if name]
    chosen = [name for name in options.solvers.split(",") if name]
    warnings.simplefilter("ignore")
    machine = describe_machine()
    print(machine, flush=True)
    results: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
    notes: dict[str, str] = {}
    for name, make in problem_makers().items():
        if wanted and name not in wanted:
            continue
        problem = make()
        if isinstance(problem, str):
            notes[name] = f"left out: {problem}"
            print(f"{name}: left out: {problem}", flush=True)
            continue
        results[name] = _run_problem(problem, tolerances, notes, chosen)
        print(print_table(name, problem.n_states, results[name]), flush=True)
        (options.out / "ensemble.json").write_text(
            json.dumps({"machine": machine, "results": results, "notes": notes}, indent=1)
        )
    draw(results, options.out / "work_precision.png")
    for key, note in notes.items():
        print(f"{key}: {note}")
    print(describe_machine())
    return 0


def problem_makers() -> dict[str, Callable[[], Problem | str]]:
    """Return what builds each problem, by name."""
    import livingdrug as ld

    def of_network(n: int) -> Callable[[], Problem | str]:
        network = make_network(n)
        return lambda: make_problem(network.name, network.model(), 1024, text=network.rates)

    def of_model(name: str) -> Callable[[], Problem | str]:
        return lambda: make_problem(name, ld.get_model(name), 1024)

    makers = {f"network{n}": of_network(n) for n in NETWORKS}
    return makers | {name: of_model(name) for name in ld.list_models()}


def _run_problem(
    problem: Problem, tolerances: tuple[float, ...], notes: dict[str, str], chosen: list[str]
) -> dict[str, list[tuple[float, float, float]]]:
    truth = _truth(problem, notes)
    floor = problem.atol(1e-3)
    found: dict[str, list[tuple[float, float, float]]] = {}
    for solver in SOLVERS:
        if chosen and solver.name not in chosen:
            continue
        key = f"{problem.name}, {solver.name}"
        reason = solver.missing()
        if reason:
            notes[key] = f"ABSENT: {reason}"
            continue
        try:
            ready = solver(problem)
        except (ValueError, RuntimeError) as error:
            notes[key] = f"not run: {error}"
            continue
        rows, begin = [], time.monotonic()
        for rtol in tolerances:
            if time.monotonic() - begin > _BUDGET:
                notes[key] = f"sweep stopped before rtol {rtol:g}: over {_BUDGET:g} s"
                break
            try:
                rows.append((rtol, *_measure(ready, rtol, truth, floor)))
            except Exception as error:  # noqa: BLE001 - a peer's own failure is a result
                notes[key] = f"failed at rtol {rtol:g}: {type(error).__name__}: {error}"
        found[solver.name] = rows
    return found


def _measure(
    ready: object, rtol: float, truth: NDArray[np.float64], floor: NDArray[np.float64]
) -> tuple[float, float]:
    """Return CPU seconds per subject and the error."""
    n = getattr(ready, "subjects", CHECKED)
    values, seconds = ready.run(rtol, n, repeats=getattr(ready, "repeats", 2))
    some = min(n, CHECKED)
    off = np.abs(values[:some] - truth[:some]) / (np.abs(truth[:some]) + floor)
    worst = float(np.max(off)) if np.all(np.isfinite(off)) else math.inf
    return seconds / n, worst


def _truth(problem: Problem, notes: dict[str, str]) -> NDArray[np.float64]:
    """Return the solution that errors are measured against, and how far two solvers agree on it."""
    ours, _ = Native(problem).run(1e-11, CHECKED)
    solver = LsodaJacobian if Cvode.missing() else Cvode
    theirs, _ = solver(problem).run(1e-11, CHECKED)
    gap = np.max(np.abs(ours - theirs) / (np.abs(theirs) + problem.atol(1e-3)))
    notes[f"{problem.name}, truth"] = (
        f"Rodas5P at rtol 1e-11; {solver.name} at 1e-11 differs by {gap:.1e}: smaller errors "
        "cannot be told apart"
    )
    return ours


if __name__ == "__main__":
    sys.exit(main())
