"""Compare catalogue entries with their independent rebuilds, by behaviour.

``python -m tests.rebuilt.agreement --write`` verifies every entry, adds what the rebuilds say
and writes the status table of the package.
"""

from __future__ import annotations

import math
import sys
import warnings
from types import ModuleType

import numpy as np

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import apply_iiv
from livingdrug.core.errors import DraftModelWarning
from livingdrug.model.expression.evaluate import evaluate_all
from livingdrug.model.expression.nodes import ZERO, relation, symbol
from livingdrug.model.expression.walk import substitute
from livingdrug.model.model import Model
from livingdrug.qc.status import compute_rows, write_table
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.symbols import expand_assignments, switch_name

from .car_t import kimmel2021, stein2019

REBUILDS: dict[str, ModuleType] = {"kimmel2021": kimmel2021, "stein2019": stein2019}
"""Entry to rebuild. An entry that is not here stays at most ``reproduced``."""

INITIAL_NAMES = {"kimmel2021": {"N0": "N", "C0": "C", "B0": "B"}, "stein2019": {}}
MECHANISMS = {"kimmel2021": {"birth": "tumor_division", "death": "tumor_killing"}}
DAYS = {
    "kimmel2021": (0.0, 3.0, 7.0, 14.0, 28.0, 60.0, 120.0),
    "stein2019": (0.0, 2.0, 9.3, 11.0, 28.0, 90.0, 365.0),
}


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


def value_differences(model: Model, rebuild: ModuleType) -> list[str]:
    ours = {item.name: item.value for item in model.parameters}
    ours |= {
        theirs: model.species_named(name).initial
        for theirs, name in INITIAL_NAMES[model.id].items()
    }
    return [
        f"{name}: {ours.get(name)} here, {value} in the rebuild"
        for name, value in rebuild.PARAMETERS.items()
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
    names = MECHANISMS.get(model.id, {})
    laws = {r.name: substitute([r.rate], known)[0] for r in model.reactions}
    rng = np.random.default_rng(1)
    found: set[str] = set()
    for _ in range(200):
        p = {
            name: value * float(np.exp(rng.normal(0, 0.2))) if math.isfinite(value) else value
            for name, value in rebuild.PARAMETERS.items()
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
    days = DAYS[model.id]
    found = []
    for shift in (0.0, 0.1, -0.1):
        p = {
            name: value * (1 + shift) if math.isfinite(value) else value
            for name, value in rebuild.PARAMETERS.items()
        }
        names = INITIAL_NAMES[model.id]
        cohort = cohort_from_arrays(model, {names.get(k, k): v for k, v in p.items()})
        course = simulate(model, cohort, times=days, rtol=1e-10)
        theirs = rebuild.solve(p, np.asarray(days))
        for name in rebuild.INITIAL(p):
            ours = course[name].values[0]
            # both runs are tighter than 1e-9; ln B near -30 turns that into 1e-7 of B
            if not np.allclose(ours, theirs[name], rtol=1e-6, atol=1e-14):
                found.append(f"course of {name} differs with parameters times {1 + shift:g}")
    return found


def agreements() -> dict[tuple[str, str], bool]:
    """Return for every rebuilt variant whether it agrees."""
    return {
        (model_id, variant): not differences(model_id, variant)
        for model_id, rebuild in REBUILDS.items()
        for variant in rebuild.IIV
    }


if __name__ == "__main__":
    found = agreements()
    for (model_id, variant), agrees in found.items():
        print(model_id, variant, "agrees" if agrees else differences(model_id, variant))
    if "--write" in sys.argv:
        write_table(compute_rows(found))
