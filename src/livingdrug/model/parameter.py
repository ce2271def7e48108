"""Parameters, covariates and time-varying inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from livingdrug.core.source import Origin

__all__ = ["Covariate", "Input", "Parameter"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named number.

    Attributes
    ----------
    name : str
    value : float
        In `unit`. Infinity is allowed for times at which something never happens.
    unit : str
    origin : Origin
    at : str
        Locator in the source, as ``"Table 1"``; may be empty only for ``ASSUMED``.
    lower, upper : float
        Bounds, inclusive, of the values that make sense; `simulate` refuses others.
    symbol : str
        The paper's own symbol when it differs from the name.
    doc : str
    """

    name: str
    value: float
    unit: str
    origin: Origin = Origin.ASSUMED
    at: str = ""
    lower: float = -math.inf
    upper: float = math.inf
    symbol: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Covariate:
    """A property of a subject that shifts parameters when a cohort is drawn.

    Attributes
    ----------
    name : str
    unit : str
        ``"1"`` for yes/no covariates coded 1/0.
    reference : float
        Value at which the effects vanish.
    at, doc : str
    """

    name: str
    unit: str
    reference: float
    at: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """A quantity given as a function of time from outside the model.

    Attributes
    ----------
    name : str
    unit : str
    default : float
        Value for a subject without records, and before the first record.
    interpolation : {"constant", "linear"}
        Between records; after the last record the value stays.
    at, doc : str
    """

    name: str
    unit: str
    default: float
    interpolation: Literal["constant", "linear"] = "constant"
    at: str = ""
    doc: str = ""
