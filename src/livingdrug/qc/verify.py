"""Re-run the read-outs of a catalogue entry."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from livingdrug.catalogue.entry import Entry
from livingdrug.catalogue.function import ClosedForm
from livingdrug.catalogue.readout import PrintedEquation, Readout
from livingdrug.core.errors import DraftModelWarning
from livingdrug.model.expression.evaluate import evaluate_all
from livingdrug.model.expression.nodes import ZERO, relation, symbol
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.walk import substitute
from livingdrug.model.model import Model
from livingdrug.qc.measure import evaluate_readout, measure
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.symbols import expand_assignments, switch_name

__all__ = ["Check", "EquationCheck", "Verification", "verify"]

TIGHT, DEFAULT = 1e-9, 1e-6
"""A read-out is taken at the first, and may not move by more than its tolerance at the second."""


@dataclass(frozen=True, slots=True)
class Check:
    """One read-out re-run.

    Attributes
    ----------
    readout : Readout
    got : float
        At relative tolerance 1e-9.
    got_default : float
        At relative tolerance 1e-6; a function has no tolerance, and gives `got` again.
    """

    readout: Readout
    got: float
    got_default: float

    @property
    def passed(self) -> bool:
        """Whether the number agrees, and stands still when the tolerance is loosened."""
        allowed = self.readout.atol + self.readout.rtol * abs(self.readout.equals)
        return self.readout.agrees(self.got) and abs(self.got - self.got_default) <= allowed


@dataclass(frozen=True, slots=True)
class EquationCheck:
    """The sum of the model's reactions beside the printed equation.

    Attributes
    ----------
    equation : PrintedEquation
    worst : float
        Largest relative difference at random states.
    """

    equation: PrintedEquation
    worst: float

    @property
    def allowed(self) -> float:
        """Largest `worst` that passes: cancellation of birth and death costs some digits."""
        return 1e-9

    @property
    def passed(self) -> bool:
        """Whether both agree to rounding."""
        return self.worst <= self.allowed


@dataclass(frozen=True, slots=True)
class Verification:
    """What re-running an entry gave.

    Attributes
    ----------
    entry : Entry
    variant : str
    model : Model or ClosedForm
    checks : tuple of Check
    equations : tuple of EquationCheck
    """

    entry: Entry
    variant: str
    model: Model | ClosedForm
    checks: tuple[Check, ...]
    equations: tuple[EquationCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether everything passed."""
        return all(check.passed for check in self.checks) and all(
            item.passed for item in self.equations
        )


def verify(entry: Entry, variant: str = "") -> Verification:
    """Re-run every read-out of an entry that belongs to a variant.

    Parameters
    ----------
    entry : Entry
    variant : str, optional
        The default one when not given. Read-outs that name no variant count for every variant
        when they concern one subject, and for the default variant when they concern a
        population. Printed equations that name no variant count for every variant.

    Returns
    -------
    Verification
    """
    names = list(entry.published.variants)
    variant = variant or names[0]
    model = entry.published(variant)
    chosen = [
        readout
        for readout in entry.readouts
        if readout.variant == variant
        or (not readout.variant and (variant == names[0] or readout.population is None))
    ]
    if isinstance(model, ClosedForm):
        exact = [evaluate_readout(model, readout) for readout in chosen]
        checks = tuple(Check(r, got, got) for r, got in zip(chosen, exact, strict=True))
        return Verification(entry, variant, model, checks, ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)
        tight = measure(model, chosen, rtol=TIGHT)
        default = measure(model, chosen, rtol=DEFAULT)
    checks = tuple(
        Check(readout, got, loose)
        for readout, got, loose in zip(chosen, tight, default, strict=True)
    )
    printed = [item for item in entry.equations if item.variant in ("", variant)]
    equations = tuple(compare_equations(model, printed))
    return Verification(entry, variant, model, checks, equations)


def compare_equations(
    model: Model, equations: Sequence[PrintedEquation], *, n: int = 50
) -> Iterator[EquationCheck]:
    """Compare printed rates with the sum of the model's reactions at random states.

    Parameters
    ----------
    model : Model
    equations : sequence of PrintedEquation
    n : int, optional
        How many states.

    Yields
    ------
    EquationCheck
    """
    system = compile_model(model)
    known = expand_assignments(model, system.layout.views)
    rng = np.random.default_rng(20210229)
    places = [system.layout.state_index[equation.state] for equation in equations]
    logs = [system.layout.states[place].log_state for place in places]
    printed = substitute([parse(equation.rate) for equation in equations], known)
    switches = {
        symbol(switch_name(place)): relation(switch.operator, switch.root, ZERO)
        for place, switch in enumerate(system.switches)
    }
    summed = substitute([system.blocks["rhs"].outputs[place] for place in places], switches)
    worst = [0.0] * len(equations)
    for _ in range(n):
        values = _random_values(model, system.layout.constants, rng)
        values |= {slot.symbol: float(10.0 ** rng.uniform(-2, 3)) for slot in system.layout.states}
        time = float(rng.uniform(0, 60))
        expected = evaluate_all(printed, values, time)
        got = evaluate_all(summed, values, time)
        for i, equation in enumerate(equations):
            scale = values[equation.state] if logs[i] else 1.0
            difference = abs(got[i] * scale - expected[i])
            size = max(abs(expected[i]), abs(values[equation.state]) * 1e-3)
            worst[i] = max(worst[i], difference / size if math.isfinite(difference) else math.inf)
    for equation, value in zip(equations, worst, strict=True):
        yield EquationCheck(equation, value)


def _random_values(
    model: Model, constants: Sequence[str], rng: np.random.Generator
) -> dict[str, float]:
    nominal = {item.name: item.value for item in model.parameters}
    nominal |= {item.name: item.size for item in model.compartments}
    return {
        name: nominal.get(name, 1.0) * float(np.exp(rng.uniform(-0.2, 0.2))) for name in constants
    }
