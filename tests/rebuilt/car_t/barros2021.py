"""Second writing of Barros et al. 2021, CARTmath (doi:10.3390/cancers13122941).

Effector CAR T cells, memory CAR T cells and tumour cells of a mouse. Written from the published
equations and Table 2 before the catalogue's entry, with numerics of its own, but by the same
hand as the entry: it guards against slips of typing and of the engine, not of reading.

Units: day, cell. A population that falls through 1e-6 cells becomes zero.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from tests.rebuilt.car_t.spread import Spread
from tests.rebuilt.compare import Compare, Given

Array = NDArray[np.float64]

SAME_HAND: Final = True
CUT: Final = 1e-6  # cell

PARAMETERS: dict[str, float] = {  # HDLM-2 and CAR-T 123
    "phi": 0.265,  # 1/day
    "rho": 0.350,  # 1/day
    "eps": 0.150,  # 1/day
    "theta": 6.0e-6,  # 1/(cell day)
    "alpha": 4.5e-8,  # 1/(cell day)
    "mu": 5.0e-3,  # 1/day
    "r": 5.650026e-2,  # 1/day
    "b": 1.404029e-12,  # 1/cell
    "gamma": 3.715843e-6,  # 1/(cell day)
    "T0": 2e6,  # cell
}

_RAJI: Final = {
    "phi": 0.830,
    "rho": 0.8300536,
    "eps": 1.59795,
    "theta": 2.3e-4,
    "alpha": 1.248506e-8,
    "mu": 6.89e-7,
    "r": 0.5071721,
    "b": 0.0,
    "gamma": 3.365388e-8,
    "T0": 3e6,
}

VARIANTS: dict[str, dict[str, float]] = {  # what differs from PARAMETERS
    "hdlm2": {},
    "raji": _RAJI,
    "raji_ido": {**_RAJI, "alpha": 1.461699e-8},
    "raji_ido_1mt": {**_RAJI, "alpha": 1.261662e-8},
}

# The virtual mice of the paper are uniform draws that are then accepted or not: no law of one
# parameter alone.
IIV: dict[str, dict[str, Spread]] = {variant: {} for variant in VARIANTS}

COMPARE = Compare(
    # short: Raji grows without limit, and what falls below the cut is dust, not a number
    days=(0.0, 5.0, 7.0, 7.25, 8.0, 9.0, 9.5, 10.0, 10.25, 10.5),
    initial={"T0": "T"},
    mechanisms={
        "effector_birth": "effector_proliferation",
        "effector_loss": "effector_loss",
        "effector_inhibition": "effector_inhibition",
        "memory_gain": "memory_formation",
        "memory_loss": "memory_death",
        "recall": "reactivation",
        "tumour_birth": "tumor_division",
        "tumour_crowding": "tumor_crowding",
        "tumour_killing": "tumor_killing",
    },
    doses=(
        Given("infusion", 1e7, 7.0),
        Given("infusion", 5e5, 9.0),
        Given("tumor_challenge", 1e6, 10.0),
    ),
)

_Stretch = tuple[Array, Array, float]  # values, state at the end, day of the end
_TARGET: Final = {"infusion": 0, "tumor_challenge": 2}


def INITIAL(parameters: dict[str, float]) -> dict[str, float]:  # noqa: N802
    """State on day 0 (cell), before any CAR T cells."""
    return {"CT": 0.0, "CM": 0.0, "T": parameters["T0"]}


def propensities(
    t: float, state: dict[str, float], parameters: dict[str, float]
) -> dict[str, float]:
    """Events per day, each of one cell."""
    p, ct, cm, tumour = parameters, state["CT"], state["CM"], state["T"]
    return {
        "effector_birth": p["phi"] * ct,
        "effector_loss": p["rho"] * ct,
        "effector_inhibition": p["alpha"] * tumour * ct,
        "memory_gain": p["eps"] * ct,
        "memory_loss": p["mu"] * cm,
        "recall": p["theta"] * tumour * cm,
        "tumour_birth": p["r"] * tumour,
        "tumour_crowding": p["r"] * p["b"] * tumour**2,
        "tumour_killing": p["gamma"] * ct * tumour,
    }


def rhs(t: float, state: dict[str, float], parameters: dict[str, float]) -> dict[str, float]:
    """Time derivatives (cell/day), as printed."""
    p, ct, cm, tumour = parameters, state["CT"], state["CM"], state["T"]
    return {
        "CT": p["phi"] * ct - p["rho"] * ct + p["theta"] * tumour * cm - p["alpha"] * tumour * ct,
        "CM": p["eps"] * ct - p["theta"] * tumour * cm - p["mu"] * cm,
        "T": p["r"] * tumour * (1.0 - p["b"] * tumour) - p["gamma"] * ct * tumour,
    }


def _without_tumour(y: Array, span: Array, p: dict[str, float]) -> Array:
    """State (3, time) after ``span`` days without tumour cells, in closed form."""
    fade, mu = p["phi"] - p["rho"], p["mu"]
    gone = math.log(y[0] / CUT) / -fade if y[0] > CUT else 0.0 if y[0] == 0.0 else math.inf
    alive = np.minimum(span, gone)
    ct = y[0] * np.exp(fade * alive)
    cm = y[1] * np.exp(-mu * alive)
    cm += p["eps"] * y[0] * (np.exp(fade * alive) - np.exp(-mu * alive)) / (fade + mu)
    cm *= np.exp(-mu * (span - alive))
    return np.array([np.where(span < gone, ct, 0.0), cm, np.zeros_like(ct)])


def _with_tumour(y: Array, low: float, high: float, at: Array, p: dict[str, float]) -> _Stretch:
    """Integrate in CT, CM and ln T to ``high`` or until a population falls through the cut."""

    def slope(t: float, z: Array) -> list[float]:
        tumour = math.exp(z[2])
        recall = p["theta"] * tumour * z[1]
        return [
            (p["phi"] - p["rho"] - p["alpha"] * tumour) * z[0] + recall,
            p["eps"] * z[0] - recall - p["mu"] * z[1],
            p["r"] * (1.0 - p["b"] * tumour) - p["gamma"] * z[0],
        ]

    def jacobian(t: float, z: Array) -> list[list[float]]:
        tumour = math.exp(z[2])
        recall, contact = p["theta"] * tumour * z[1], p["theta"] * tumour
        return [
            [
                p["phi"] - p["rho"] - p["alpha"] * tumour,
                contact,
                recall - p["alpha"] * tumour * z[0],
            ],
            [p["eps"], -contact - p["mu"], -recall],
            [-p["gamma"], 0.0, -p["r"] * p["b"] * tumour],
        ]

    def falls(place: int) -> Callable[[float, Array], float]:
        def root(t: float, z: Array) -> float:
            return float(z[2] - math.log(CUT)) if place == 2 else float(z[place] - CUT)

        root.terminal, root.direction = True, -1.0  # type: ignore[attr-defined]
        return root

    run = solve_ivp(
        slope,
        (low, high),
        [y[0], y[1], math.log(y[2])],
        method="Radau",  # contact of memory cells with 1e9 tumour cells is stiff
        jac=jacobian,
        rtol=1e-11,
        atol=[1e-9, 1e-9, 1e-9],
        events=[falls(0), falls(1), falls(2)],
        dense_output=True,
    )
    if not run.success or run.sol is None or run.t_events is None:
        raise RuntimeError(f"integration stopped at day {run.t[-1]:g}: {run.message}")
    early = at[at <= run.t[-1]]
    inside = run.sol(early) if early.size else np.empty((3, 0))
    end = run.y[:, -1].copy()
    inside[2], end[2] = np.exp(inside[2]), math.exp(end[2])
    for place, times in enumerate(run.t_events):
        if times.size:
            end[place] = 0.0
    return inside, end, float(run.t[-1])


def solve(
    parameters: dict[str, float], times: ArrayLike, doses: Sequence[Given] = ()
) -> dict[str, Array]:
    """Course at ``times`` (day, >= 0, any order); at a dose the value is the one after it."""
    order = np.unique(np.asarray(times, dtype=float))
    found = np.empty((3, order.size))
    y = np.array(list(INITIAL(parameters).values()))
    now, last = 0.0, float(order[-1])
    stops = sorted({dose.day for dose in doses if dose.day <= last} | {last + 1.0})
    for stop in stops:
        while now < stop:
            here = (order >= now) & (order < stop)
            if y[2] == 0.0:
                found[:, here] = _without_tumour(y, order[here] - now, parameters)
                y, now = _without_tumour(y, np.array([stop - now]), parameters)[:, 0], stop
                continue
            values, y, reached = _with_tumour(y, now, stop, order[here], parameters)
            found[:, np.flatnonzero(here)[: values.shape[1]]] = values
            now = reached
        for dose in doses:
            if dose.day == stop:
                y[_TARGET[dose.name]] += dose.amount
    places = np.searchsorted(order, np.atleast_1d(np.asarray(times, dtype=float)))
    return {name: found[i, places] for i, name in enumerate(("CT", "CM", "T"))}
