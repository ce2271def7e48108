"""Second reading of Kimmel, Locke and Altrock 2021 (doi:10.1098/rspb.2021.0229).

Competition of normal and CAR T cells after lymphodepletion, and a B-cell tumour that is killed by
the CAR T cells. Written from the published equations alone, as a check of the catalogue's model.

Units: day, cell/uL of blood (N, C), mL of tumour (B); 1 mL of tumour is 1e9 cells and 1 cell/uL
is 5e8 cells in the body. Constants are those of Table 1, divided by these where printed in cells.
"""

import math
from collections.abc import Callable
from typing import Final, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare

Array = NDArray[np.float64]

CELLS_PER_ML: Final = 1e9  # tumour
CELLS_PER_PER_UL: Final = 5e8  # 5e6 uL of blood hold 1 % of the lymphocytes

PARAMETERS: dict[str, float] = {
    "K_N": 500.0,  # cell/uL
    "K_C": 139.2,  # cell/uL
    "r_N": 0.170,  # 1/day
    "rho_C": 0.0251,  # 1/day
    "a": 0.423,
    "b": 0.525,  # 1/day
    "r_B": 0.105,  # 1/day; the paper gives a range, this is the slow tumour of Fig 3b
    "gamma_B": 1.15,  # 1/day
    "k_B": 4.048,  # cell/uL
    "N0": 6.0,  # cell/uL
    "C0": 0.36,  # cell/uL
    "B0": 94.86,  # mL, median of the trial
}


def _quartiles(fitted: float, low: float, high: float) -> Spread:
    """Split log-normal whose median is the fitted value and whose quartiles are as printed."""
    quarter = 0.6744897501960817  # standard normal upper quartile
    below, above = math.log(fitted / low) / quarter, math.log(high / fitted) / quarter
    return Spread("split_lognormal", (below, above))


# "published": p -> max(p (1 + 0.05 z), 0), independently for all nine. The authors vary the
# reciprocal of k_B, so the clip acts on 1/k_B. "quartile": a and b are left out because their
# printed ranges do not contain the fitted value; K_N and r_B have no printed range.
IIV: dict[str, dict[str, Spread]] = {
    "published": {
        name: Spread("reciprocal_normal" if name == "k_B" else "normal", (0.05,), lower=0.0)
        for name in ("K_N", "K_C", "r_N", "rho_C", "a", "b", "r_B", "gamma_B", "k_B")
    },
    "quartile": {
        "K_C": _quartiles(6.96e10, 6.15e10, 9.65e10),
        "r_N": _quartiles(0.170, 0.165, 0.170),
        "rho_C": _quartiles(0.0251, 0.0208, 0.0354),
        "gamma_B": _quartiles(1.15, 0.64, 1.35),
        "k_B": _quartiles(2.024e9, 1.40e9, 3.125e9),
    },
}

COMPARE = Compare(
    days=(0.0, 3.0, 7.0, 14.0, 28.0, 60.0, 120.0),
    initial={"N0": "N", "C0": "C", "B0": "B"},
    mechanisms={"birth": "tumor_division", "death": "tumor_killing"},
)


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State at infusion: N, C (cell/uL) and B (mL)."""
    return {"N": parameters["N0"], "C": parameters["C0"], "B": parameters["B0"]}


def _rates(n: float, c: float, p: dict[str, float]) -> tuple[float, float, float]:
    """Per-cell net growth of N and C and per-cell death of B (1/day)."""
    total = n + c
    gap = (total - p["K_N"]) ** 2
    r_c = p["rho_C"] + p["b"] * gap / (p["a"] * total**2 + gap)
    growth_n = -p["r_N"] * math.log(total / p["K_N"])
    growth_c = -r_c * math.log(total / p["K_C"])
    return growth_n, growth_c, p["gamma_B"] * c / (p["k_B"] + c)


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives: N, C in cell/uL/day, B in mL/day. N + C must be positive."""
    n, c, tumour = state["N"], state["C"], state["B"]
    growth_n, growth_c, death = _rates(n, c, parameters)
    return {"N": growth_n * n, "C": growth_c * c, "B": (parameters["r_B"] - death) * tumour}


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Birth and death of the tumour in mL/day (times 1e9: events per day, one cell each)."""
    tumour = state["B"]
    death = _rates(state["N"], state["C"], parameters)[2]
    return {"birth": parameters["r_B"] * tumour, "death": death * tumour}


def _logs(parameters: dict[str, float], end: float) -> Callable[[ArrayLike], Array]:
    """Dense solution (3, time): logs of N, C and B relative to their initial values.

    In logs nothing underflows (B passes far below one cell) and no absolute tolerance bites.
    """
    n0, c0 = parameters["N0"], parameters["C0"]
    if not n0 + c0 > 0.0:
        raise ValueError(f"N0 + C0 must be positive, got {n0 + c0}")

    def slope(t: float, y: Array) -> list[float]:
        n, c = n0 * math.exp(y[0]), c0 * math.exp(y[1])
        growth_n, growth_c, death = _rates(n, c, parameters)
        return [growth_n, growth_c, parameters["r_B"] - death]

    run = solve_ivp(
        slope,
        (0.0, max(end, 1e-9)),
        np.zeros(3),
        method="DOP853",
        rtol=1e-11,
        atol=1e-12,
        max_step=2.0,  # keeps the interpolant between steps as good as the steps
        dense_output=True,
    )
    if not run.success:
        raise RuntimeError(f"integration stopped at day {run.t[-1]:g}: {run.message}")
    return cast("Callable[[ArrayLike], Array]", run.sol)


def solve(parameters: dict[str, float], times: ArrayLike) -> dict[str, Array]:
    """Deterministic course at ``times`` (day, >= 0, any order): N, C (cell/uL), B (mL)."""
    at = np.atleast_1d(np.asarray(times, dtype=float))
    if at.min() < 0.0:
        raise ValueError(f"times start at the infusion, day 0; got {at.min()}")
    start = INITIAL(parameters)
    y = _logs(parameters, float(at.max()))(at)
    return {name: start[name] * np.exp(y[i]) for i, name in enumerate(("N", "C", "B"))}


def closed_form(
    parameters: dict[str, float],
    times: ArrayLike,
    *,
    since: float = 0.0,
    cells: float | None = None,
) -> dict[str, Array]:
    """Exact law of extinction of the birth-death tumour under deterministic N and C.

    P(extinct by t) = [1 - 1 / (E(t) + r_B Int E)]^n, E(t) = exp(Int (d - r_B)), integrals from
    ``since``, with d = gamma_B C / (k_B + C); every cell's line dies out on its own.

    Parameters
    ----------
    parameters : dict
        As PARAMETERS.
    times : array_like
        Days, each >= ``since``, any order.
    since : float
        Day from which the tumour is stochastic.
    cells : float, optional
        Tumour cells on that day; the initial tumour, 1e9 cells/mL, if left out (``since`` 0).

    Returns
    -------
    dict
        "extinct" probability and "log_extinct" its natural log, shape of ``times``.
    """
    at = np.atleast_1d(np.asarray(times, dtype=float))
    if cells is None:
        if since != 0.0:
            raise ValueError("a start later than day 0 needs the number of cells on that day")
        cells = parameters["B0"] * CELLS_PER_ML
    if at.min() < since:
        raise ValueError(f"times must not lie before day {since}; got {at.min()}")
    end = float(at.max())
    dense = _logs(parameters, end)
    grid = np.union1d(np.linspace(since, end, 2 + int((end - since) / 0.25)), at)

    def log_e(t: ArrayLike) -> Array:
        return np.asarray(dense(since)[2] - dense(t)[2])

    # Ten-point Gauss-Legendre on panels of at most a quarter of a day, summed as logs because
    # E reaches 1e22.
    node, weight = np.polynomial.legendre.leggauss(10)
    half = 0.5 * np.diff(grid)
    inner = (grid[:-1] + half)[:, None] + half[:, None] * node
    panels = log_e(inner.ravel()).reshape(inner.shape) + np.log(weight * half[:, None])
    log_int = np.full(grid.size, -np.inf)
    if grid.size > 1:
        log_int[1:] = np.logaddexp.accumulate(np.logaddexp.reduce(panels, axis=1))
    pick = np.searchsorted(grid, at)
    with np.errstate(divide="ignore"):
        log_denominator = np.logaddexp(log_e(at), np.log(parameters["r_B"]) + log_int[pick])
        log_extinct = cells * np.log1p(-np.exp(-np.maximum(log_denominator, 0.0)))
    return {"extinct": np.exp(log_extinct), "log_extinct": log_extinct}
