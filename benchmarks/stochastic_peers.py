"""Exact stochastic simulators behind one face: ours and those of other packages.

An engine is built for one network and one method and gives the counts of the watched species of
many replicates at eleven equidistant times. Each peer is reached by the fastest way that its
Python interface has, and keeps all species of all replicates, as ours does.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from stochastic_networks import Network

__all__ = ["ENGINES", "POINTS", "Engine"]

POINTS = 11

Run = Callable[[int, int], NDArray[np.float64]]
"""Takes a number of replicates and a seed; gives counts of shape (n_replicates, POINTS)."""


@dataclass(frozen=True)
class Engine:
    """One simulator: the package to ask for its version, and how it runs each method."""

    name: str
    package: str
    methods: dict[str, Callable[[Network], Run]] = field(default_factory=dict)


def _ours(algorithm: str) -> Callable[[Network], Run]:
    def build(network: Network) -> Run:
        import livingdrug as ld

        m = ld.ModelBuilder(network.name.replace(" ", "_"), dimensions="off")
        for name, count in network.start.items():
            m.species(name, initial=float(count), unit="cell", count_per_unit=1.0)
        for name, value in network.constants.items():
            m.parameter(name, value, "1")
        for name, takes, makes, law in network.reactions:
            m.reaction(name, f"{_side(takes)} -> {_side(makes)}", rate=law)
        model = m.build()
        times = np.linspace(0.0, network.end, POINTS).tolist()
        options = ld.Stochastic(algorithm=algorithm)

        def run(replicates: int, seed: int) -> NDArray[np.float64]:
            course = ld.simulate(
                model, times=times, method="ssa", replicates=replicates, seed=seed,
                stochastic=options,
            )  # fmt: skip
            run.jumps = float(course.attrs["n_steps"]) / replicates  # type: ignore[attr-defined]
            return course[network.watched].values[0]

        return run

    return build


def _gillespy(network: Network) -> Run:
    """GillesPy2: a C++ program is written, compiled and run once for all replicates."""
    import gillespy2

    model = gillespy2.Model(name=network.name.replace(" ", "_"))
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
    model.timespan(gillespy2.TimeSpan(np.linspace(0.0, network.end, POINTS)))
    solver = gillespy2.SSACSolver(model=model)

    def run(replicates: int, seed: int) -> NDArray[np.float64]:
        results = solver.run(number_of_trajectories=replicates, seed=seed + 1)
        return np.array([r[network.watched] for r in results])

    return run


def _rebop(network: Network) -> Run:
    """rebop: compiled Rust, its mass action where it can, without the Dataset of its front."""
    from rebop import _lib

    solver = _lib.Gillespie()
    for name, takes, makes, law in network.reactions:
        solver.add_reaction(network.mass_action.get(name, law), _list(takes), _list(makes))

    def run(replicates: int, seed: int) -> NDArray[np.float64]:
        solver.set_init(network.start)
        rows = []
        for k in range(replicates):
            _, result = solver.run(
                network.end, POINTS - 1, params=network.constants, seed=seed * 1_000_000 + k,
                sparse=None, var_names=None,
            )  # fmt: skip
            rows.append(result[network.watched])
        return np.array(rows, dtype=float)

    return run


def _roadrunner(network: Network) -> Run:
    import roadrunner

    runner = roadrunner.RoadRunner(_sbml(network))
    runner.setIntegrator("gillespie")
    runner.integrator.variable_step_size = False
    runner.integrator.nonnegative = True
    names = list(network.start)
    place = names.index(network.watched)
    runner.timeCourseSelections = names

    def run(replicates: int, seed: int) -> NDArray[np.float64]:
        runner.integrator.seed = seed + 1
        rows = []
        for _ in range(replicates):
            runner.reset()
            rows.append(np.array(runner.simulate(0, network.end, POINTS))[:, place])
        return np.array(rows)

    return run


def _bioscrape(network: Network) -> Run:
    """Bioscrape: Cython; laws are trees that are walked."""
    from bioscrape.random import py_seed_random
    from bioscrape.simulator import ModelCSimInterface, SSASimulator
    from bioscrape.types import Model

    model = Model(
        species=list(network.start),
        parameters=list(network.constants.items()),
        reactions=[
            (_list(takes), _list(makes), "general", {"rate": law})
            for _, takes, makes, law in network.reactions
        ],
        initial_condition_dict=network.start,
    )
    face, solver = ModelCSimInterface(model), SSASimulator()
    times = np.linspace(0.0, network.end, POINTS)
    face.py_set_initial_time(0.0)
    face.py_set_dt(times[1] - times[0])
    first = face.py_get_initial_state().copy()
    place = model.get_species_index(network.watched)

    def run(replicates: int, seed: int) -> NDArray[np.float64]:
        py_seed_random(seed + 1)
        rows = []
        for _ in range(replicates):
            face.py_set_initial_state(first.copy())
            rows.append(solver.py_simulate(face, times).py_get_result()[:, place])
        return np.array(rows)

    return run


def _bngsim(network: Network) -> Run:
    import bngsim

    model = bngsim.Model.from_sbml_string(_sbml(network))
    solver = bngsim.Simulator(model, method="ssa")

    def run(replicates: int, seed: int) -> NDArray[np.float64]:
        results = solver.run_replicates(
            replicates, t_span=(0.0, network.end), n_points=POINTS, seed=seed * 1_000_000
        )
        place = list(results[0].species_names).index(network.watched)
        return np.array([np.asarray(r.species)[:, place] for r in results])

    return run


def _copasi(method: str) -> Callable[[Network], Run]:
    def build(network: Network) -> Run:
        import basico
        import COPASI

        model = basico.load_model_from_string(_sbml(network))
        basico.set_task_settings(
            basico.T.TIME_COURSE,
            {
                "problem": {
                    "Duration": network.end, "StepNumber": POINTS - 1, "OutputStartTime": 0.0,
                    "TimeSeriesRequested": True, "AutomaticStepSize": False,
                },
                "method": {"name": method, "Use Random Seed": False, "Max Internal Steps": 10**9},
            },
            model=model,
        )  # fmt: skip
        task = model.getTask("Time-Course")
        task.setMethodType(getattr(COPASI.CTaskEnum, f"Method_{method}"))
        solver = task.getMethod()
        solver.getParameter("Use Random Seed").setBoolValue(True)
        drawn = solver.getParameter("Random Seed")

        def run(replicates: int, seed: int) -> NDArray[np.float64]:
            rows = []
            for k in range(replicates):
                drawn.setUIntValue(seed * 1_000_000 + k + 1)
                task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI)
                task.processRaw(True)
                series = task.getTimeSeries()
                place = next(
                    k
                    for k in range(series.getNumVariables())
                    if series.getTitle(k) == network.watched
                )
                rows.append([series.getData(row, place) for row in range(POINTS)])
            return np.array(rows)

        return run

    return build


def _stochpy(method: str) -> Callable[[Network], Run]:
    """StochPy: Python; keeps every event and puts the paths on a grid afterwards."""

    def build(network: Network) -> Run:
        with contextlib.redirect_stdout(io.StringIO()):
            import stochpy
        lines = []
        for name, takes, makes, law in network.reactions:
            left, right = (
                " + ".join(f"{{{n}}} {s}" for s, n in side.items()) or "$pool"
                for side in (takes, makes)
            )
            lines += [f"re_{name}:", f"    {left} > {right}", f"    {law}", ""]
        lines += [f"{n} = {v!r}" for n, v in {**network.start, **network.constants}.items()]
        folder = tempfile.mkdtemp()
        Path(folder, "network.psc").write_text("\n".join(lines) + "\n")
        with contextlib.redirect_stdout(io.StringIO()):
            solver = stochpy.SSA(
                method=method, model_file="network.psc", dir=folder, mode="time", end=network.end
            )

        def run(replicates: int, seed: int) -> NDArray[np.float64]:
            with contextlib.redirect_stdout(io.StringIO()):
                solver.DoStochSim(
                    method=method, mode="time", end=network.end, trajectories=replicates, quiet=True
                )
                solver.GetRegularGrid(n_samples=POINTS)
            place = solver.data_stochsim.species_labels.index(network.watched)
            return np.array(solver.data_stochsim_grid.species[place], dtype=float)

        return run

    return build


ENGINES = (
    Engine(
        "livingdrug",
        "livingdrug",
        {"direct": _ours("direct"), "next reaction": _ours("next reaction")},
    ),
    Engine("GillesPy2 (C++)", "gillespy2", {"direct": _gillespy}),
    Engine("rebop (Rust)", "rebop", {"direct": _rebop}),
    Engine("libRoadRunner", "libroadrunner", {"direct": _roadrunner}),
    Engine("bngsim (C++)", "bngsim", {"direct": _bngsim}),
    Engine("Bioscrape (Cython)", "bioscrape", {"direct": _bioscrape}),
    Engine(
        "COPASI (C++)",
        "copasi-basico",
        {"direct": _copasi("directMethod"), "next reaction": _copasi("stochastic")},
    ),
    Engine("StochPy", "stochpy", {"direct": _stochpy("direct"), "next reaction": _stochpy("NRM")}),
)


def _side(side: dict[str, int]) -> str:
    return " + ".join(f"{count} {species}" for species, count in side.items())


def _list(side: dict[str, int]) -> list[str]:
    return [species for species, count in side.items() for _ in range(count)]


def _sbml(network: Network) -> str:
    """Return a network as SBML of counts, through Antimony."""
    import antimony

    name = network.name.replace(" ", "_")
    lines = [f"model {name}()", "  unit substance = item;"]
    lines += [f"  substanceOnly species {species};" for species in network.start]
    lines += [
        f"  re_{reaction}: {_side(takes)} => {_side(makes)}; {law};"
        for reaction, takes, makes, law in network.reactions
    ]
    values = {**network.start, **network.constants}
    lines += [f"  {symbol} = {value!r};" for symbol, value in values.items()]
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString("\n".join([*lines, "end"])) < 0:
        raise RuntimeError(antimony.getLastError())
    return str(antimony.getSBMLString(name))
