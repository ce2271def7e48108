"""Exact stochastic simulation: the direct method here and in other packages.

    python benchmarks/stochastic.py

Like against like: the direct method against the direct method (GillesPy2's compiled solver,
libRoadRunner's ``gillespie``), 1,000 replicates of one subject, a few output times, one core.
The time is that of a run with everything compiled; peers that cannot be imported are left out,
and the table says so. The mean of the last time is printed, so that nobody is fast by being wrong.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from machine import describe_machine

REPLICATES = 1_000


@dataclass(frozen=True)
class Network:
    """One network: species at the start, constants, and reactions.

    A reaction is its name, what it takes, what it makes, and its law as text over counts.
    """

    name: str
    start: dict[str, int]
    constants: dict[str, float]
    reactions: tuple[tuple[str, dict[str, int], dict[str, int], str], ...]
    end: float
    watched: str


NETWORKS = (
    Network(
        "dimerisation",
        {"A": 301, "B": 0},
        {"k": 0.00166, "r": 0.2},
        (
            ("pair", {"A": 2}, {"B": 1}, "k * A * (A - 1) / 2"),
            ("part", {"B": 1}, {"A": 2}, "r * B"),
        ),
        200.0,
        "A",
    ),
    Network(
        "schloegl",
        {"X": 250},
        {"k1": 3e-7, "k2": 1e-4, "k3": 1e-3, "k4": 3.5, "a": 1e5, "b": 2e5},
        (
            ("gain", {"X": 2}, {"X": 3}, "k1 / 2 * a * X * (X - 1)"),
            ("loss", {"X": 3}, {"X": 2}, "k2 / 6 * X * (X - 1) * (X - 2)"),
            ("in", {}, {"X": 1}, "k3 * b"),
            ("out", {"X": 1}, {}, "k4 * X"),
        ),
        20.0,
        "X",
    ),
    Network(
        "car_t",
        {"Eff": 200, "Mem": 0, "Tum": 2000},
        {
            "kp": 1.0,
            "kh": 500.0,
            "kd": 0.3,
            "ke": 0.02,
            "km": 0.01,
            "kr": 0.1,
            "kg": 0.9,
            "ks": 300.0,
        },
        (
            ("expand", {"Eff": 1}, {"Eff": 2}, "kp * Eff * Tum / (Tum + kh)"),
            ("die", {"Eff": 1}, {}, "kd * Eff"),
            ("remember", {"Eff": 1}, {"Mem": 1}, "ke * Eff"),
            ("forget", {"Mem": 1}, {}, "km * Mem"),
            ("grow", {"Tum": 1}, {"Tum": 2}, "kr * Tum"),
            ("kill", {"Tum": 1}, {}, "kg * Tum * Eff / (ks + Eff + Tum)"),
        ),
        30.0,
        "Eff",
    ),
)


def ours(network: Network) -> tuple[float, float, float]:
    """Return seconds, mean of the last time, and jumps."""
    import livingdrug as ld

    m = ld.ModelBuilder(network.name, dimensions="off")
    for name, count in network.start.items():
        m.species(name, initial=float(count), unit="cell", count_per_unit=1.0)
    for name, value in network.constants.items():
        m.parameter(name, value, "1")
    for name, takes, makes, law in network.reactions:
        left = " + ".join(f"{count} {species}" for species, count in takes.items())
        right = " + ".join(f"{count} {species}" for species, count in makes.items())
        m.reaction(name, f"{left} -> {right}", rate=law)
    model = m.build()
    times = np.linspace(0.0, network.end, 11).tolist()
    found = {}

    def run(seed: int) -> None:
        course = ld.simulate(model, times=times, method="ssa", replicates=REPLICATES, seed=seed)
        found["mean"] = float(course[network.watched].values[0, :, -1].mean())
        found["jumps"] = float(course.attrs["n_steps"])

    seconds = best(run)
    return seconds, found["mean"], found["jumps"]


def gillespy(network: Network) -> tuple[float, float]:
    """Return seconds and mean of GillesPy2's compiled direct method."""
    import gillespy2

    model = gillespy2.Model(name=network.name)
    model.add_species(
        [gillespy2.Species(name=n, initial_value=c) for n, c in network.start.items()]
    )
    model.add_parameter(
        [gillespy2.Parameter(name=n, expression=v) for n, v in network.constants.items()]
    )
    model.add_reaction(
        [
            gillespy2.Reaction(name=f"re_{n}", reactants=t, products=m, propensity_function=law)
            for n, t, m, law in network.reactions
        ]
    )
    model.timespan(gillespy2.TimeSpan(np.linspace(0.0, network.end, 11)))
    solver = gillespy2.SSACSolver(model=model)
    found = {}

    def run(seed: int) -> None:
        results = solver.run(number_of_trajectories=REPLICATES, seed=seed + 1)
        found["mean"] = float(np.mean([r[network.watched][-1] for r in results]))

    return best(run), found["mean"]


def roadrunner(network: Network) -> tuple[float, float]:
    """Return seconds and mean of libRoadRunner's direct method."""
    import antimony
    import roadrunner

    lines = [f"model {network.name}()"]
    for name, takes, makes, law in network.reactions:
        left = " + ".join(f"{count} {species}" for species, count in takes.items())
        right = " + ".join(f"{count} {species}" for species, count in makes.items())
        lines.append(f"  re_{name}: {left} -> {right}; {law};")
    lines += [
        f"  {name} = {value};" for name, value in {**network.start, **network.constants}.items()
    ]
    antimony.loadAntimonyString("\n".join([*lines, "end"]))
    runner = roadrunner.RoadRunner(antimony.getSBMLString(antimony.getMainModuleName()))
    runner.setIntegrator("gillespie")
    runner.integrator.variable_step_size = False
    runner.integrator.nonnegative = True
    found = {}

    def run(seed: int) -> None:
        runner.integrator.seed = seed + 1
        last = []
        for _ in range(REPLICATES):
            runner.reset()
            values = runner.simulate(0, network.end, 11, ["time", network.watched])
            last.append(values[-1, 1])
        found["mean"] = float(np.mean(last))

    return best(run, repeats=2), found["mean"]


def best(run: Callable[[int], None], repeats: int = 3) -> float:
    """Return the shortest CPU-bound wall time of a few runs, after one that compiles."""
    run(0)
    times = []
    for seed in range(1, repeats + 1):
        start = time.perf_counter()
        run(seed)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> int:
    """Run the benchmark."""
    warnings.simplefilter("ignore")
    print(describe_machine())
    print(f"{REPLICATES} replicates, direct method, one core, best of 3\n")
    print(f"{'network':14} {'engine':12} {'seconds':>9} {'ratio':>7} {'mean':>9}  ns per jump")
    for network in NETWORKS:
        seconds, mean, jumps = ours(network)
        print(
            f"{network.name:14} {'livingdrug':12} {seconds:9.4f} {1.0:7.1f} {mean:9.2f}  "
            f"{seconds / jumps * 1e9:.1f} ({jumps / REPLICATES:,.0f} jumps each)"
        )
        for name, peer in (("GillesPy2", gillespy), ("libRoadRunner", roadrunner)):
            try:
                other, mean = peer(network)
            except ImportError as error:
                print(f"{network.name:14} {name:12} not run: {error}")
                continue
            print(
                f"{network.name:14} {name:12} {other:9.4f} {other / seconds:7.1f} {mean:9.2f}  "
                f"{other / jumps * 1e9:.1f}"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
