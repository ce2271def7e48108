"""SciPy's integrators, with explicit ones that reject a step whose error is not a number.

SciPy's explicit classes loop for ever on a NaN error: no comparison with it is true.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy.integrate
from numpy.typing import NDArray

__all__ = ["STEPPERS"]


class _CarefulRK45(scipy.integrate.RK45):
    def _estimate_error_norm(
        self, K: NDArray[np.float64], h: float, scale: NDArray[np.float64]
    ) -> float:
        return _norm_or_infinity(super()._estimate_error_norm(K, h, scale))  # type: ignore[misc]


class _CarefulDOP853(scipy.integrate.DOP853):
    def _estimate_error_norm(
        self, K: NDArray[np.float64], h: float, scale: NDArray[np.float64]
    ) -> float:
        return _norm_or_infinity(super()._estimate_error_norm(K, h, scale))  # type: ignore[misc]


def _norm_or_infinity(norm: float) -> float:
    return math.inf if math.isnan(norm) else float(norm)


STEPPERS: dict[str, Callable[..., scipy.integrate.OdeSolver]] = {
    "LSODA": scipy.integrate.LSODA,
    "BDF": scipy.integrate.BDF,
    "Radau": scipy.integrate.Radau,
    "RK45": _CarefulRK45,
    "DOP853": _CarefulDOP853,
}
"""Class by the name that `Method.scipy_name` gives."""
