"""Compare catalogue entries with their independent rebuilds, by behaviour.

``python -m tests.rebuilt.agreement --write`` verifies every entry, adds what the rebuilds say
and writes the status table of the package.
"""

from __future__ import annotations

import importlib
import math
import sys
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np

from livingdrug.catalogue.index import get_entry, get_model, list_models
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import apply_iiv
from livingdrug.core.errors import DraftModelWarning
from livingdrug.model.expression.evaluate import evaluate_all
from livingdrug.model.expression.nodes import ZERO, relation, symbol
from livingdrug.model.expression.walk import substitute
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.qc.status import compute_rows, write_table
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.symbols import expand_assignments, switch_name


def find_rebuilds() -> dict[str, ModuleType]:
    """Find the rebuild of every entry: the file of the same name in the same folder here.

    A rebuild offers ``PARAMETERS``, ``IIV``, ``INITIAL``, ``rhs`` and ``solve``; ``propensities``
    where the source states mechanisms; and ``COMPARE``, which says how its names map to the
    entry's. ``VARIANTS`` lists per variant the parameters that differ from ``PARAMETERS``. An
    entry without a rebuild stays at most ``reproduced``, and so does one whose rebuild says
    ``SAME_HAND = True``: it was written by the person who wrote the entry.
    """
    found = {}
    for model_id in list_models():
        field = get_entry(model_id).field
        if (Path(__file__).parent / field / f"{model_id}.py").is_file():
            found[model_id] = importlib.import_module(f".{field}.{model_id}", __package__)
    return found


REBUILDS = find_rebuilds()


def differences(model_id: str, variant: str) -> list[str]:
    """List every way in which an entry and its rebuild disagree."""
    rebuild = REBUILDS[model_id]
    if variant not in rebuild.IIV:
        return [f"the rebuild has no variant {variant!r}"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)
        model = get_model(model_id, variant)
        return [
            *value_differences(model, rebuild),
            *variability_differences(model, rebuild, variant),
            *rate_differences(model, rebuild),
            *course_differences(model, rebuild),
        ]


def parameters_of(rebuild: ModuleType, variant: str) -> dict[str, float]:
    changes: dict[str, dict[str, float]] = getattr(rebuild, "VARIANTS", {})
    usual: dict[str, float] = rebuild.PARAMETERS
    return usual | changes.get(variant, {})


def is_independent(rebuild: ModuleType) -> bool:
    return not getattr(rebuild, "SAME_HAND", False)


def value_differences(model: Model, rebuild: ModuleType) -> list[str]:
    ours = {item.name: item.value for item in model.parameters}
    ours |= {
        theirs: model.species_named(name).initial
        for theirs, name in rebuild.COMPARE.initial.items()
    }
    return [
        f"{name}: {ours.get(name)} here, {value} in the rebuild"
        for name, value in parameters_of(rebuild, model.variant).items()
        if ours.get(name) != value
    ]


def variability_differences(model: Model, rebuild: ModuleType, variant: str) -> list[str]:
    ours, theirs = dict(model.iiv), rebuild.IIV[variant]
    found = [f"{name}: varies in one reading only" for name in ours.keys() ^ theirs.keys()]
    z = np.linspace(-3.5, 3.5, 29)
    for name in ours.keys() & theirs.keys():
        value = model.parameter(name).value
        here = apply_iiv(ours[name], np.asarray(value), z)
        there = np.array([float(theirs[name].value(value, float(step))) for step in z])
        # quartiles enter rounded to the digits that are printed
        if not np.allclose(here, there, rtol=1e-9):
            found.append(f"{name}: distributions differ by {np.max(np.abs(here / there - 1)):.2g}")
    return found


def rate_differences(model: Model, rebuild: ModuleType) -> list[str]:
    """Compare right-hand sides and propensities at random states and parameters."""
    system = compile_model(model)
    known = expand_assignments(model, system.layout.views)
    switches = {
        symbol(switch_name(i)): relation(s.operator, s.root, ZERO)
        for i, s in enumerate(system.switches)
    }
    rhs = substitute(system.blocks["rhs"].outputs, switches)
    names = rebuild.COMPARE.mechanisms
    laws = {r.name: substitute([r.rate], known)[0] for r in model.reactions}
    rng = np.random.default_rng(1)
    found: set[str] = set()
    for _ in range(200):
        p = {
            name: value * float(np.exp(rng.normal(0, 0.2))) if math.isfinite(value) else value
            for name, value in parameters_of(rebuild, model.variant).items()
        }
        start = rebuild.INITIAL(p)
        state = {name: float(10 ** rng.uniform(-3, 4)) for name in start}
        t = float(rng.uniform(0, 40))
        theirs = rebuild.rhs(t, state, p)
        values = {item.name: item.value for item in model.parameters} | p | state
        ours = evaluate_all(rhs, values, t)
        for slot, rate in zip(system.layout.states, ours, strict=True):
            if slot.name in theirs:
                got = rate * state[slot.name] if slot.log_state else rate
                if not math.isclose(got, theirs[slot.name], rel_tol=1e-9, abs_tol=1e-9):
                    found.add(f"rate of {slot.name} differs")
        if names:
            law_values = rebuild.propensities(t, state, p)
            for theirs_name, our_name in names.items():
                got = evaluate_all([laws[our_name]], values, t)[0]
                if not math.isclose(got, law_values[theirs_name], rel_tol=1e-12):
                    found.add(f"propensity {our_name} differs")
    return sorted(found)


def course_differences(model: Model, rebuild: ModuleType) -> list[str]:
    days, given = rebuild.COMPARE.days, rebuild.COMPARE.doses
    found = []
    for shift in (0.0, 0.1, -0.1):
        p = {
            name: value * (1 + shift) if math.isfinite(value) else value
            for name, value in parameters_of(rebuild, model.variant).items()
        }
        names = rebuild.COMPARE.initial
        regimen = Regimen(
            tuple(Dose(g.name, g.amount, time=g.day, duration=g.duration) for g in given)
        )
        values = {names.get(k, k): v for k, v in p.items()}
        cohort = cohort_from_arrays(model, values, regimen=regimen)
        course = simulate(model, cohort, times=days, rtol=1e-10)
        theirs = rebuild.solve(p, np.asarray(days), *([given] if given else []))
        for name in rebuild.INITIAL(p):
            ours = course[name].values[0]
            # both runs are tighter than 1e-9; ln B near -30 turns that into 1e-7 of B
            floor = rebuild.COMPARE.floors.get(name, 1e-14)
            if not np.allclose(ours, theirs[name], rtol=1e-6, atol=floor):
                found.append(f"course of {name} differs with parameters times {1 + shift:g}")
    return found


def agreements() -> dict[tuple[str, str], bool]:
    """Return for every independently rebuilt variant whether it agrees."""
    return {
        (model_id, variant): not differences(model_id, variant)
        for model_id, rebuild in REBUILDS.items()
        if is_independent(rebuild)
        for variant in rebuild.IIV
    }


if __name__ == "__main__":
    found = agreements()
    for (model_id, variant), agrees in found.items():
        print(model_id, variant, "agrees" if agrees else differences(model_id, variant))
    if "--write" in sys.argv:
        write_table(compute_rows(found))
