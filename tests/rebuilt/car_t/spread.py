"""Between-patient spread of one parameter, as a rebuild states it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Law = Literal["lognormal", "normal", "reciprocal_normal", "split_lognormal", "additive"]


@dataclass(frozen=True)
class Spread:
    """How patients differ in one parameter; no unit of its own.

    Parameters
    ----------
    law : {"lognormal", "normal", "reciprocal_normal", "split_lognormal", "additive"}
        With p the nominal value and z standard normal the patient's value is
        "lognormal"          p exp(s z)                      scale = (s,)
        "normal"             p (1 + s z)                     scale = (s,)
        "reciprocal_normal"  1 / ((1 + s z) / p)             scale = (s,)
        "split_lognormal"    p exp(s_below z) for z < 0,
                             p exp(s_above z) for z >= 0     scale = (s_below, s_above)
        "additive"           p + s z                         scale = (s,)
    scale : sequence of float
        Standard deviations of the law: of the log, relative to the mean or, if additive, in the
        parameter's unit.
    lower, upper : float
        Limits in the parameter's unit. A draw beyond a limit is set to the limit (clipped, not
        drawn again). Under "reciprocal_normal" the
        limits hold for the reciprocal, which is the quantity that was drawn.
    """

    law: Law
    scale: Sequence[float]
    lower: float = -math.inf
    upper: float = math.inf

    def value(self, nominal: float, z: ArrayLike) -> NDArray[np.float64]:
        """Patients' values for standard normal deviates ``z``, in the unit of ``nominal``."""
        deviate = np.asarray(z, dtype=float)
        if self.law == "lognormal":
            drawn = nominal * np.exp(self.scale[0] * deviate)
        elif self.law == "normal":
            drawn = nominal * (1.0 + self.scale[0] * deviate)
        elif self.law == "reciprocal_normal":
            drawn = (1.0 + self.scale[0] * deviate) / nominal
        elif self.law == "additive":
            drawn = nominal + self.scale[0] * deviate
        else:
            sd = np.where(deviate < 0.0, self.scale[0], self.scale[1])
            drawn = nominal * np.exp(sd * deviate)
        drawn = np.clip(drawn, self.lower, self.upper)
        if self.law == "reciprocal_normal":
            with np.errstate(divide="ignore"):
                drawn = 1.0 / drawn
        return drawn
