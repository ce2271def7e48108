"""One problem for all solvers: subjects, times, tolerances, and the same equations as code.

Equations come from the compiled system, as straight-line programs. What a peer cannot express
(dose records, state events that act, extinction) makes a model unfit, and is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from livingdrug.cohort.sample import draw_cohort
from livingdrug.model.expression.nodes import multiply
from livingdrug.model.expression.text import to_text
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.bind import Bound, bind_inputs
from livingdrug.solve.plan import default_atol
from livingdrug.system.blocks import Block
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.flatten import flatten_block
from livingdrug.system.printers.python import BlockFunction, load_block
from livingdrug.system.program import Program
from livingdrug.system.system import System

__all__ = ["HORIZON", "N_TIMES", "Problem", "make_problem", "print_lines"]

HORIZON, N_TIMES = 365.0, 74

_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_CONDITIONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_CALLS = {
    "sqrt", "exp", "log", "log1p", "expm1", "log10", "tanh", "sinh", "cosh", "sin", "cos", "tan",
    "pow", "abs", "min", "max",
}  # fmt: skip
_HELPERS = {"hill", "hill_dx", "hill_dk", "safe_ratio", "select"}


@dataclass
class Problem:
    """A cohort and what every solver needs of its model.

    Attributes
    ----------
    name : str
    model : Model
    system : System
    cohort : xarray.Dataset
    bound : Bound
        Subjects as the engine takes them.
    constants : ndarray, shape (n, n_constants)
    start : ndarray, shape (n, n_states)
        Natural initial values.
    times : ndarray, shape (N_TIMES,), day
    log_states : ndarray of bool, shape (n_states,)
        The program returns the derivative of the logarithm for these.
    stops : list of list of (float, list of float)
        For each subject: end of each piece and the switches during it.
    rhs, jacobian : Program
        Stores ``f[i]`` and ``j[i * n + k]`` over slots ``y``, ``p``, ``s``, ``t``.
    text : dict from str to str or None
        Rates as text, for tools that read equations.
    """

    name: str
    model: Model
    system: System
    cohort: xr.Dataset
    bound: Bound
    constants: NDArray[np.float64]
    start: NDArray[np.float64]
    times: NDArray[np.float64]
    log_states: NDArray[np.bool_]
    stops: list[list[tuple[float, list[float]]]]
    rhs: Program
    jacobian: Program
    text: dict[str, str] | None = None

    @property
    def n_states(self) -> int:
        """Number of states."""
        return self.system.n_states

    def atol(self, rtol: float) -> NDArray[np.float64]:
        """Return the absolute tolerances that livingdrug takes by default, natural units."""
        return np.array([default_atol(self.system, i, rtol) for i in range(self.n_states)])


def make_problem(
    name: str, model: Model, n: int, *, text: dict[str, str] | None = None, seed: int = 1
) -> Problem | str:
    """Draw subjects and export the equations.

    Parameters
    ----------
    name : str
    model : Model
    n : int
        Subjects. Models without stated variability get 20 % for every parameter.
    text : dict, optional
        Rates of the states as text.
    seed : int, optional

    Returns
    -------
    Problem or str
        A sentence where the model does not fit.
    """
    system = compile_model(model)
    unfit = _unfit(system)
    if unfit:
        return unfit
    regimen = _first_dose(model)
    if model.iiv:
        cohort = draw_cohort(model, n, seed=seed, regimen=regimen)
    else:
        names = [p.name for p in model.parameters if p.value != 0.0][:12]
        cohort = draw_cohort(
            model, n, seed=seed, assume_cv=dict.fromkeys(names, 0.1), regimen=regimen
        )
    times = np.linspace(0.0, HORIZON, N_TIMES)
    bound = bind_inputs(system, cohort, times.tolist(), left=False)
    init = load_block(system.blocks["init"], system.layout)
    states = system.layout.states
    log_states = np.array([slot.log_state for slot in states])
    start, stops, rows = [], [], []
    amounts = _dose_functions(system)
    for task in bound.tasks:
        p = task.constants.tolist()
        y = init(0.0, [], p, [])[: len(states)]
        for dose in task.doses:  # a bolus on day 0 belongs to the initial values
            given = amounts[dose.name](0.0, [], p, [], dose.amount)
            for target, amount in zip(system.doses[dose.name], given, strict=True):
                vector, place = (y, target.state) if target.state >= 0 else (p, target.constant)
                vector[place] = amount + (0.0 if target.mode == "assign" else vector[place])
        start.append(y)
        rows.append(p)
        stops.append(_pieces(system, p))
    rhs = flatten_block(system.blocks["rhs"], system.layout, "f")
    jacobian = flatten_block(system.blocks["jacobian"], system.layout, "j")
    try:
        for program in (rhs, jacobian):
            print_lines(program)
    except ValueError as error:
        return str(error)
    if text is None:
        text = _texts(system)
    return Problem(
        name, model, system, cohort, bound, np.array(rows), np.array(start),
        times, log_states, stops, rhs, jacobian, text,
    )  # fmt: skip


def _first_dose(model: Model) -> Regimen | None:
    """Return the typical amount of the first dose that has one, as a bolus on day 0."""
    for dose in model.doses:
        if dose.typical:
            return Regimen([Dose(dose.name, dose.typical)])
    return None


def _dose_functions(system: System) -> dict[str, BlockFunction]:
    found = {}
    for name, targets in system.doses.items():
        nodes = tuple(multiply(target.value, target.scale) for target in targets)
        found[name] = load_block(
            Block(name, tuple(map(str, range(len(nodes)))), nodes), system.layout
        )
    return found


def _texts(system: System) -> dict[str, str] | None:
    """Return the rates as text, conditions on time written out; None where names forbid it."""
    found = {}
    for slot, node in zip(system.layout.states, system.blocks["rhs"].outputs, strict=True):
        text = to_text(node)
        for place, switch in enumerate(system.switches):
            text = text.replace(f"switch({place})", f"({switch.text})")
        text = re.sub(r"quantity\(([^,()]+), '[^']*'\)", r"(\1)", text)
        found[slot.name] = f"{slot.name} * ({text})" if slot.log_state else text
        if slot.compartment or any(f"{word}(" in text for word in ("amount", "level", "initial")):
            return None
    return found


def _unfit(system: System) -> str:
    if system.dose_lags:
        return "its doses have lags"
    if any(event.targets for event in system.events):
        return "its events change the state"
    if any(species.extinction for species in system.model.species):
        return "it has extinction thresholds"
    rate_switches = [s for s in system.switches if "rate" in s.uses]
    if any(s.at_time is None for s in rate_switches):
        return "its rates jump at conditions on the state"
    return ""


def _pieces(system: System, constants: list[float]) -> list[tuple[float, list[float]]]:
    """Return the end of each piece of time and the truth of every switch in it."""
    timed = [(i, s) for i, s in enumerate(system.switches) if s.at_time is not None]
    none = [0.0] * len(system.switches)
    if not timed:
        return [(HORIZON, none)]
    block = Block("t", tuple(map(str, range(len(timed)))), tuple(s.at_time for _, s in timed))
    times = load_block(block, system.layout)(0.0, [], constants, [])
    conditions = load_block(system.blocks["conditions"], system.layout)
    ends = sorted({t for t in times if 0.0 < t < HORIZON} | {HORIZON})
    pieces, begin = [], 0.0
    for end in ends:
        middle = 0.5 * (begin + end)
        ys = [1.0] * system.n_states
        now = conditions(middle, ys, constants, none)
        truth = [
            float(now[i]) if s.at_time is not None else 0.0 for i, s in enumerate(system.switches)
        ]
        pieces.append((end, truth))
        begin = end
    return pieces


def print_lines(
    program: Program, *, index: str = "{group}[{place}]", declare: str = "", end: str = ""
) -> list[str]:
    """Print a program as lines of C or Python.

    Parameters
    ----------
    program : Program
    index : str, optional
        How a slot is written.
    declare, end : str, optional
        Before each new name, after each line.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        For an operation that has no form here.
    """

    def slot(text: str) -> str:
        group, _, place = text.rstrip("]").partition("[")
        return group if not place else index.format(group=group, place=place)

    lines = []
    for instruction in program.instructions:
        op, args = instruction.op, [str(arg) for arg in instruction.args]
        if op == "load":
            value = slot(args[0])
        elif op == "constant":
            value = repr(float(instruction.args[0]))
        elif op in _INFIX:
            value = f"{args[0]} {_INFIX[op]} {args[1]}"
        elif op in _CONDITIONS:
            value = f"({args[0]} {_CONDITIONS[op]} {args[1]})"
        elif op == "neg":
            value = f"-{args[0]}"
        elif op in _CALLS or op in _HELPERS:
            value = f"{op}_({', '.join(args)})"
        elif op in ("truth", "number"):
            value = f"{op}_({args[0]})"
        else:
            raise ValueError(f"operation {op} is not exported")
        lines.append(f"{declare}{instruction.target} = {value}{end}")
    lines += [f"{slot(name)} = {value}{end}" for name, value in program.stores]
    return lines
