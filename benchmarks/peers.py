"""SciPy, libRoadRunner and diffrax on the same problem, one subject after the other or batched."""

from __future__ import annotations

import importlib.util
import math
import time
import warnings

import numpy as np
from numpy.typing import NDArray
from problems import Problem, print_lines

__all__ = ["Diffrax", "Lsoda", "LsodaJacobian", "RoadRunner"]

Values = NDArray[np.float64]


def _hill(x: float, k: float, n: float) -> float:
    if x <= 0.0:
        return 0.0
    return float(x**n / (k**n + x**n))


def _hill_dx(x: float, k: float, n: float) -> float:
    if x <= 0.0:
        return 0.0
    a, b = x**n, k**n
    return float(n * a * b / (x * (a + b) ** 2))


def _hill_dk(x: float, k: float, n: float) -> float:
    return -_hill_dx(x, k, n) * x / k


_SCALAR = {
    **{f"{name}_": getattr(math, name) for name in (
        "exp", "log", "log1p", "expm1", "log10", "sqrt", "tanh", "sinh", "cosh", "sin", "cos",
        "tan", "pow")},
    "abs_": abs, "min_": min, "max_": max, "hill_": _hill, "hill_dx_": _hill_dx,
    "hill_dk_": _hill_dk,
    "truth_": lambda x: x != 0.0, "number_": float, "select_": lambda c, a, b: a if c else b,
    "safe_ratio_": lambda a, b, z: z if b == 0.0 else a / b,
}  # fmt: skip


def _compile(problem: Problem, name: str, end: list[str], scope: dict[str, object]) -> object:
    program = problem.rhs if name == "f" else problem.jacobian
    lines = [f"def block(t, y, p, s, {name}):", *print_lines(program), *end]
    exec("\n    ".join(lines), scope)
    return scope["block"]


class Lsoda:
    """SciPy's LSODA through `odeint`, plain Python right-hand side."""

    name = "SciPy LSODA"
    with_jacobian = False

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        logs = [i for i, flag in enumerate(problem.log_states) if flag]
        grow = [f"f[{i}] *= y[{i}]" for i in logs]
        self.f = _compile(problem, "f", [*grow, "return f"], dict(_SCALAR))
        n = problem.n_states
        turn = [f"for k in range({n}): j[{i * n} + k] *= y[{i}]" for i in logs]
        self.j = _compile(problem, "j", [*turn, "return j"], dict(_SCALAR))
        self.logs = logs

    @staticmethod
    def missing() -> str:
        """Say why this cannot run; empty when it can."""
        return ""

    def _jacobian(self, t: float, y: Values, p: list[float], s: list[float]) -> Values:
        n = self.problem.n_states
        matrix = np.array(self.j(t, y.tolist(), p, s, [0.0] * (n * n))).reshape(n, n)
        f = self.f(t, y.tolist(), p, s, [0.0] * n)
        for i in self.logs:
            matrix[i, i] += f[i] / y[i] if y[i] else 0.0
        return matrix

    def run(self, rtol: float, n: int, repeats: int = 1) -> tuple[Values, float]:
        """Run the first `n` subjects; values (n, times, states) and CPU seconds."""
        best = math.inf
        for _ in range(repeats):
            begin = time.process_time()
            values = np.stack([self._subject(row, rtol) for row in range(n)])
            best = min(best, time.process_time() - begin)
        return values, best

    def _subject(self, row: int, rtol: float) -> Values:
        from scipy.integrate import odeint

        problem, f = self.problem, self.f
        p, room = problem.constants[row].tolist(), [0.0] * problem.n_states
        out = np.full((problem.times.size, problem.n_states), np.nan)
        y, begin = problem.start[row], 0.0
        for end, truth in problem.stops[row]:
            inside = (problem.times >= begin) & ((problem.times < end) | (end == problem.times[-1]))
            grid = np.unique(np.concatenate([[begin], problem.times[inside], [end]]))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    y_all = odeint(
                        lambda t, y, s=truth: f(t, y.tolist(), p, s, room),
                        y, grid, tfirst=True, rtol=rtol, atol=problem.atol(rtol), mxstep=1_000_000,
                        Dfun=(lambda t, y, s=truth: self._jacobian(t, y, p, s))
                        if self.with_jacobian else None,
                    )  # fmt: skip
                except (OverflowError, ZeroDivisionError, ValueError):
                    return out
            out[inside] = y_all[np.searchsorted(grid, problem.times[inside])]
            y, begin = y_all[-1], end
        return out


class LsodaJacobian(Lsoda):
    """The same with the analytic Jacobian."""

    name = "SciPy LSODA, Jacobian"
    with_jacobian = True


class RoadRunner:
    """libRoadRunner: LLVM and CVODE, model from Antimony text."""

    name = "libRoadRunner"

    def __init__(self, problem: Problem) -> None:
        import antimony
        import roadrunner

        if problem.text is None:
            raise ValueError("the equations have no text form for SBML here")
        self.problem = problem
        lines = [
            "function hill(x, k, n) x^n / (k^n + x^n); end",
            "function safe_ratio(a, b, z) piecewise(z, b == 0, a / b); end",
            "model m",
        ]
        names = [slot.name for slot in problem.system.layout.states]
        for name in names:
            lines += [f"{name} = 1", f"{name}' = {problem.text[name].replace('**', '^')}"]
        self.constants = [
            (place, name) for place, name in enumerate(problem.system.layout.constants)
            if not name.startswith("initial(")
        ]  # fmt: skip
        lines += [f"{name} = 1" for _, name in self.constants] + ["end"]
        antimony.clearPreviousLoads()
        if antimony.loadAntimonyString("\n".join(lines)) < 0:
            raise ValueError(antimony.getLastError())
        roadrunner.Logger.disableLogging()
        self.model = roadrunner.RoadRunner(antimony.getSBMLString("m"))
        self.model.setIntegrator("cvode")
        self.names = names
        self.model.timeCourseSelections = ["time", *names]

    @staticmethod
    def missing() -> str:
        """Say why this cannot run; empty when it can."""
        missing = [
            name for name in ("roadrunner", "antimony") if not importlib.util.find_spec(name)
        ]
        return f"not installed: {', '.join(missing)}" if missing else ""

    def run(self, rtol: float, n: int, repeats: int = 1) -> tuple[Values, float]:
        """Run the first `n` subjects; values (n, times, states) and CPU seconds."""
        rr, problem = self.model, self.problem
        settings = rr.integrator
        settings.relative_tolerance = rtol
        settings.absolute_tolerance = problem.atol(rtol).tolist()
        settings.maximum_num_steps = 1_000_000
        settings.stiff = True
        ids = rr.model.getGlobalParameterIds()
        places = [ids.index(name) for _, name in self.constants]
        rated = [ids.index(name) for name in self.names]
        columns = [place for place, _ in self.constants]
        times, best = problem.times.tolist(), math.inf
        for _ in range(repeats):
            begin, found = time.process_time(), []
            for row in range(n):
                rr.resetToOrigin()
                rr.model.setGlobalParameterValues(places, problem.constants[row, columns])
                rr.model.setGlobalParameterValues(rated, problem.start[row])
                found.append(np.array(rr.simulate(times=times))[:, 1:])
            best = min(best, time.process_time() - begin)
        return np.stack(found), best


class Diffrax:
    """diffrax Kvaerno5, all subjects under vmap and jit, double precision."""

    name = "diffrax Kvaerno5"
    subjects, repeats = 128, 1  # a small batch would count its overhead for too few subjects

    def __init__(self, problem: Problem) -> None:
        import diffrax
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        if any(len(pieces) > 1 for pieces in problem.stops):
            raise ValueError("stops inside the horizon are not written for it")
        scope: dict[str, object] = {
            **{f"{name}_": getattr(jnp, name) for name in (
                "exp", "log", "log1p", "expm1", "log10", "sqrt", "tanh", "sinh", "cosh", "sin",
                "cos", "tan", "abs")},
            "pow_": jnp.power, "min_": jnp.minimum, "max_": jnp.maximum,
            "truth_": lambda x: x != 0.0, "number_": lambda x: jnp.where(x, 1.0, 0.0),
            "select_": jnp.where,
            "safe_ratio_": lambda a, b, z: jnp.where(b == 0, z, a / jnp.where(b == 0, 1.0, b)),
            "hill_": lambda x, k, n: jnp.where(
                x > 0, jnp.where(x > 0, x, 1.0) ** n / (k**n + jnp.where(x > 0, x, 1.0) ** n), 0.0
            ),
        }  # fmt: skip
        f, n = _compile(problem, "f", ["return f"], scope), problem.n_states
        logs = problem.log_states.tolist()

        def field(t: object, y: object, p: object) -> object:
            values = f(t, y, p, [0.0] * len(problem.system.switches), [0.0] * n)
            return jnp.stack(
                [v * y[i] if logs[i] else jnp.asarray(v) for i, v in enumerate(values)]
            )

        def solve(y0: object, p: object, rtol: object, atol: object) -> object:
            return diffrax.diffeqsolve(
                diffrax.ODETerm(field), diffrax.Kvaerno5(), 0.0, float(problem.times[-1]), None, y0,
                p, saveat=diffrax.SaveAt(ts=jnp.asarray(problem.times)), max_steps=1_000_000,
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=atol), throw=False,
            ).ys  # fmt: skip

        self.problem = problem
        self.solve = jax.jit(jax.vmap(solve, in_axes=(0, 0, None, None)))

    @staticmethod
    def missing() -> str:
        """Say why this cannot run; empty when it can."""
        missing = [name for name in ("jax", "diffrax") if not importlib.util.find_spec(name)]
        return f"not installed: {', '.join(missing)}" if missing else ""

    def run(self, rtol: float, n: int, repeats: int = 1) -> tuple[Values, float]:
        """Run the first `n` subjects; values (n, times, states) and CPU seconds of all threads."""
        problem = self.problem
        given = (problem.start[:n], problem.constants[:n], rtol, problem.atol(rtol))
        if n not in getattr(self, "ready", ()):
            self.solve(*given).block_until_ready()  # compile
            self.ready = {n}
        best = math.inf
        for _ in range(repeats):
            begin = time.process_time()
            values = self.solve(*given).block_until_ready()
            best = min(best, time.process_time() - begin)
        return np.asarray(values), best
