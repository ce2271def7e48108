"""The parts of a PEtab problem, alike for both versions of the format."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Measurement", "Observable", "Parameter", "Period"]

Scale = Literal["lin", "log", "log10"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A row of the parameter table.

    Attributes
    ----------
    id, name : str
    nominal, lower, upper : float
        On the linear scale; NaN where the table gives none.
    estimate : bool
    scale : {"lin", "log", "log10"}
        On which an estimation moves; it does not change the value. Version 1 only.
    prior : str
        Distribution in the words of its version; empty for none.
    prior_parameters : tuple of float
    more : dict from str to str
        Columns that the format leaves open, as text.
    """

    id: str
    nominal: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    estimate: bool = True
    scale: Scale = "lin"
    name: str = ""
    prior: str = ""
    prior_parameters: tuple[float, ...] = ()
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observable:
    """A row of the observable table.

    Attributes
    ----------
    id, name : str
    formula, noise_formula : str
        In the syntax of PEtab.
    distribution : {"normal", "laplace"}
        Of the noise, on `scale`.
    scale : {"lin", "log", "log10"}
    placeholders, noise_placeholders : tuple of str
        Names in the formulas that each measurement gives a value to.
    """

    id: str
    formula: str
    noise_formula: str
    distribution: Literal["normal", "laplace"] = "normal"
    scale: Scale = "lin"
    placeholders: tuple[str, ...] = ()
    noise_placeholders: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A row of the measurement table.

    Attributes
    ----------
    observable, experiment : str
        Ids; an empty experiment is the model as it is.
    time : float
        In the unit of the model; infinity for a steady state.
    value : float
    parameters, noise_parameters : tuple of str
        Numbers or ids of parameters for the placeholders of the observable.
    more : dict from str to str
        Columns that the format leaves open, as text.
    """

    observable: str
    experiment: str
    time: float
    value: float
    parameters: tuple[str, ...] = ()
    noise_parameters: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Period:
    """A part of an experiment that begins with changes of the model.

    Attributes
    ----------
    start : float
        Minus infinity for a period that lasts until a steady state.
    conditions : tuple of str
        Ids of conditions that are applied together at the start.
    """

    start: float
    conditions: tuple[str, ...] = ()
