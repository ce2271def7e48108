"""Differences between subjects, occasions and measurements, each with an explicit scale.

A bare number is refused everywhere: papers print standard deviations, variances and
coefficients of variation in the same column position.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, Self

from livingdrug.core.errors import ModelError
from livingdrug.core.source import Origin

__all__ = ["IIV", "Correlation", "CovariateEffect", "ResidualError"]

Distribution = Literal["lognormal", "normal", "split_lognormal", "reciprocal_normal"]

_QUARTILE_Z = 0.6744897501960817  # standard normal quantile at 0.75


@dataclass(frozen=True, slots=True)
class IIV:
    """Inter-individual variability of one parameter. Build it with the class methods.

    With `z` standard normal, a subject's value is

    - ``lognormal``: ``value * exp(scale * z)``,
    - ``normal``: ``value + scale * z``,
    - ``split_lognormal``: ``value * exp(scale * z)`` with `scale_below` for ``z < 0``,
    - ``reciprocal_normal``: ``value / (1 + scale * z)``, for a source that varies the reciprocal,

    then clipped to ``[lower, upper]``.

    Attributes
    ----------
    scale : float
        Standard deviation: of the logarithm, or in the parameter's unit.
    distribution : {"lognormal", "normal", "split_lognormal", "reciprocal_normal"}
    written : str
        How the source gives it, as ``"cv 0.05"``.
    scale_below : float
        Of ``split_lognormal``, below the median.
    relative : bool
        For ``normal``: `scale` is a fraction of the typical value.
    lower, upper : float
        Clip limits.
    origin : Origin
    at : str
    """

    scale: float
    distribution: Distribution
    written: str
    scale_below: float = 0.0
    relative: bool = False
    lower: float = -math.inf
    upper: float = math.inf
    origin: Origin = Origin.ESTIMATED
    at: str = ""

    @classmethod
    def sd(
        cls,
        value: float,
        *,
        distribution: Distribution = "lognormal",
        lower: float = -math.inf,
        upper: float = math.inf,
        origin: Origin = Origin.ESTIMATED,
        at: str = "",
    ) -> Self:
        """Take a standard deviation: of the log (``lognormal``) or in the unit (``normal``)."""
        _check("sd", value)
        return cls(
            value, distribution, f"sd {value:g}", lower=lower, upper=upper, origin=origin, at=at
        )

    @classmethod
    def variance(
        cls,
        value: float,
        *,
        distribution: Distribution = "lognormal",
        lower: float = -math.inf,
        upper: float = math.inf,
        origin: Origin = Origin.ESTIMATED,
        at: str = "",
    ) -> Self:
        """Take a variance: of the log (``lognormal``) or in the unit squared (``normal``)."""
        _check("variance", value)
        return cls(
            math.sqrt(value),
            distribution,
            f"variance {value:g}",
            lower=lower,
            upper=upper,
            origin=origin,
            at=at,
        )

    @classmethod
    def cv(
        cls,
        value: float,
        *,
        distribution: Distribution = "lognormal",
        lower: float = -math.inf,
        upper: float = math.inf,
        origin: Origin = Origin.ESTIMATED,
        at: str = "",
    ) -> Self:
        """Take a coefficient of variation, as a fraction: 0.3 is 30 %.

        For ``lognormal`` the log's standard deviation is ``sqrt(log(1 + cv**2))``.
        """
        _check("cv", value)
        relative = distribution in ("normal", "reciprocal_normal")
        scale = value if relative else math.sqrt(math.log1p(value**2))
        return cls(
            scale,
            distribution,
            f"cv {value:g}",
            relative=relative,
            lower=lower,
            upper=upper,
            origin=origin,
            at=at,
        )

    @classmethod
    def quartiles(
        cls,
        lower_quartile: float,
        median: float,
        upper_quartile: float,
        *,
        origin: Origin = Origin.DERIVED,
        at: str = "",
    ) -> Self:
        """Take printed quartiles: a log-normal on each side of the median that meets them."""
        if not 0.0 < lower_quartile <= median <= upper_quartile:
            raise ModelError(
                f"quartiles {lower_quartile:g}, {upper_quartile:g} must be positive and "
                f"enclose the median {median:g}"
            )
        return cls(
            math.log(upper_quartile / median) / _QUARTILE_Z,
            "split_lognormal",
            f"quartiles {lower_quartile:g} to {upper_quartile:g}",
            scale_below=math.log(median / lower_quartile) / _QUARTILE_Z,
            origin=origin,
            at=at,
        )


def _check(name: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0.0):
        raise ModelError(f"IIV {name} must be a finite number >= 0, {value!r} given")


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation of the random effects of a block of parameters.

    Attributes
    ----------
    parameters : tuple of str
    matrix : tuple of tuple of float
        Correlation matrix in that order: ones on the diagonal, positive semi-definite.
    origin : Origin
    at : str
    """

    parameters: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]
    origin: Origin = Origin.ESTIMATED
    at: str = ""


@dataclass(frozen=True, slots=True)
class CovariateEffect:
    """The effect of a covariate on the typical value of a parameter.

    With covariate `x` and reference `r` the typical value is multiplied by

    - ``exponential``: ``exp(coefficient * (x - r))``,
    - ``power``: ``(x / r)**coefficient``,
    - ``linear``: ``1 + coefficient * (x - r)``.

    Attributes
    ----------
    parameter, covariate : str
    form : {"exponential", "power", "linear"}
    coefficient : float
    origin : Origin
    at : str
    """

    parameter: str
    covariate: str
    form: Literal["exponential", "power", "linear"]
    coefficient: float
    origin: Origin = Origin.ESTIMATED
    at: str = ""


@dataclass(frozen=True, slots=True)
class ResidualError:
    """How a measurement scatters around the model.

    With `e` standard normal, the observation is

    - ``log_additive``: ``model * exp(sd * e)``,
    - ``proportional``: ``model * (1 + sd * e)``,
    - ``additive``: ``model + sd * e``,
    - ``combined``: ``model + sqrt((sd * model)**2 + sd_additive**2) * e``, the sum of a
      proportional and an independent additive error. Build it with `combined`.

    Attributes
    ----------
    kind : {"log_additive", "proportional", "additive", "combined"}
    sd : float
        Standard deviation on that scale; of ``combined``, of its proportional part.
    origin : Origin
    at : str
    sd_additive : float
        Of ``combined``, of its additive part, in the unit of the observable.
    """

    kind: Literal["log_additive", "proportional", "additive", "combined"]
    sd: float
    origin: Origin = Origin.ESTIMATED
    at: str = ""
    # models without it keep the hashes that they had before there was one
    sd_additive: float = field(default=0.0, metadata={"unhashed_default": True})

    @classmethod
    def combined(
        cls,
        *,
        sd_proportional: float,
        sd_additive: float,
        origin: Origin = Origin.ESTIMATED,
        at: str = "",
    ) -> Self:
        """Take the two parts: a fraction of the value, and an amount in the observable's unit."""
        return cls("combined", sd_proportional, origin, at, sd_additive)
