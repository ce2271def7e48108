"""Matrices, networks and exact solutions for the tests of the linear algebra."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
from hypothesis import strategies as st

from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.nodes import ZERO, symbol
from livingdrug.system.interpret import run_program
from livingdrug.system.lower.linear import lower_matrix

EPS = np.finfo(float).eps

magnitudes = st.floats(-6.0, 6.0).map(lambda e: 10.0**e)
signed = st.tuples(st.sampled_from([-1.0, 1.0]), magnitudes).map(lambda v: v[0] * v[1])
entries = st.one_of(st.just(0.0), st.integers(-3, 3).map(float), signed)


@st.composite
def systems(draw, *, largest=7):
    n = draw(st.integers(1, largest))
    jacobian = draw(st.lists(st.lists(entries, min_size=n, max_size=n), min_size=n, max_size=n))
    right = draw(st.lists(st.one_of(st.just(0.0), signed), min_size=n, max_size=n))
    return np.array(jacobian), draw(magnitudes), np.array(right)


def lower_values(jacobian, w, **options):
    """Lower a matrix of numbers, zeros as structural zeros; return programs and slots."""
    entries, slots, values = [], {}, {"w": w}
    for i, row in enumerate(jacobian):
        entries.append([])
        for j, value in enumerate(row):
            if value == 0.0:
                entries[-1].append(ZERO)
                continue
            name, slot = f"a{i}_{j}", f"p[{len(slots)}]"
            entries[-1].append(symbol(name))
            slots[name] = slot
            values[slot] = float(value)
    return lower_matrix(entries, slots, **options), values


def solve_with(programs, stored, right):
    """Solve with the factors that `jaclu` has stored."""
    slots = stored | {f"b[{k}]": float(value) for k, value in enumerate(right)}
    got = run_program(programs.solve, slots)
    return np.array([got[f"b[{k}]"] for k in range(len(right))])


def guards(stored):
    return stored["guard[0]"], stored["guard[1]"]


def accepted(stored):
    return stored["guard[0]"] >= 1e-10 and stored["guard[1]"] <= 1e8


def dense_factors(programs, stored):
    """Return L and U in the order of the pivots."""
    ordering = programs.ordering
    n = ordering.n
    lower, upper = np.eye(n), np.zeros((n, n))
    for k in range(n):
        for place in (*ordering.lower[k], k, *ordering.upper[k]):
            entry = ordering.rows[k], ordering.columns[place]
            value = stored[f"lu[{programs.positions[entry]}]"]
            if place == k:
                with np.errstate(divide="ignore"):
                    upper[k, k] = 1.0 / np.float64(value)
            elif place < k:
                lower[k, place] = value
            else:
                upper[k, place] = value * upper[k, k]
    return lower, upper


def exact_matrix(jacobian, w, mass=None):
    """Return w M - J without rounding."""
    n = len(jacobian)
    mass = [1.0] * n if mass is None else mass
    return [
        [
            (Fraction(w) if i == j and mass[i] else Fraction(0)) - Fraction(float(jacobian[i][j]))
            for j in range(n)
        ]
        for i in range(n)
    ]


def exact_solution(matrix, right):
    """Solve without rounding, or with 60 digits when there are many states.

    None when the matrix is singular.
    """
    rows = [[*row, Fraction(float(b))] for row, b in zip(matrix, right, strict=True)]
    if len(rows) <= 8:
        return _eliminate(rows)
    with mpmath.workdps(60):
        return _eliminate([[mpmath.mpf(v.numerator) / v.denominator for v in row] for row in rows])


def _eliminate(rows):
    n = len(rows)
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        if rows[pivot][k] == 0:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        held = [j for j in range(k, n + 1) if rows[k][j] != 0]
        for i in range(k + 1, n):
            if rows[i][k] != 0:
                factor = rows[i][k] / rows[k][k]
                for j in held:
                    rows[i][j] -= factor * rows[k][j]
    solution = [rows[k][n] for k in range(n)]
    for k in reversed(range(n)):
        rest = (rows[k][j] * solution[j] for j in range(k + 1, n) if rows[k][j] != 0)
        solution[k] = (solution[k] - sum(rest)) / rows[k][k]
    return np.array([float(value) for value in solution])


def residual(matrix, solution, right):
    """Return right - matrix @ solution, computed without rounding."""
    found = [Fraction(float(value)) for value in solution]
    return np.array(
        [
            float(Fraction(float(b)) - sum(a * x for a, x in zip(row, found, strict=True)))
            for row, b in zip(matrix, right, strict=True)
        ]
    )


def arithmetic(program):
    """Count what is computed, without loads and constants."""
    return sum(step.op not in ("load", "constant") for step in program.instructions)


def stiff_network(n=40, *, log_every=0):
    """Build a network of `n` states, and an integral, with rates from 1e-3 to 1e6 per day.

    A reversible chain of compartments, killing across it, logistic growth.
    """
    m = ModelBuilder("network", dimensions="off")
    logs = set(range(0, n, log_every)) if log_every else set()
    for k in range(n):
        m.species(f"x{k}", initial=10.0 ** (k % 5 - 1), unit="1", log_state=k in logs)
        m.parameter(f"out{k}", 10.0 ** (-3 + (7 * k) % 10), "1/day")
        m.parameter(f"back{k}", 10.0 ** (-3 + (3 * k) % 8), "1/day")
    m.parameter("K", 50.0, "1")

    def flow(rate, source, target):
        # what flows into a log state must vanish with it
        into = f" * x{target} / (K + x{target})" if target in logs else ""
        m.reaction(f"{rate}_", f"x{source} -> x{target}", rate=f"{rate} * x{source}{into}")

    for k in range(n):
        if k + 1 < n:
            flow(f"out{k}", k, k + 1)
            flow(f"back{k}", k + 1, k)
        m.reaction(f"kill{k}", f"x{k} ->", rate=f"0.1 * x{k} * x{(k * 7 + 3) % n} / K")
        if k % 4 == 0:
            m.reaction(f"grow{k}", f"x{k} -> 2 x{k}", rate=f"0.5 * x{k} * (1 - x{k} / K)")
    m.integral("area", f"x{n - 1}", "day")
    return m.build()
