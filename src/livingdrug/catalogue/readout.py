"""What a catalogue entry has to reproduce, and where it departs from print."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from livingdrug.model.regimen import Dose

__all__ = ["Deviation", "Population", "PrintedEquation", "Readout", "Take", "trajectory"]

Take = Literal[
    "value", "maximum", "day of maximum", "minimum", "day of minimum", "event day", "expression",
    "first day above", "first day below", "auc",
]  # fmt: skip
_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Population:
    """A statistic over a drawn cohort.

    Attributes
    ----------
    n : int
    seed : int
    quantile : float
    """

    n: int
    seed: int
    quantile: float


@dataclass(frozen=True, slots=True)
class Readout:
    """A published number that a model file has to reproduce.

    Attributes
    ----------
    label : str
    take : Take
        How the number is got: the value of a quantity on a day, its extreme or the day of it
        over a period, the day of the first event of a name, the first day of a period on which
        a quantity is at or beyond `level`, an expression of parameters, the area under the
        curve.
    of : str
        Species, observable, expression, or event; the event log also has ``"extinct(T)"`` for a
        species T, and doses by name.
    equals : float
    unit : str
    rtol, atol : float
        Agreement is ``abs(got - equals) <= atol + rtol * abs(equals)``.
    at : str
        Locator.
    witness : str
        Who stands behind the number: ``"source"``, or ``"independent run"`` for a reference
        value that the source does not print.
    day : float
        For ``"value"``.
    start, end : float
        Period in days, for extremes, areas, first days and events.
    level : float
        For the first day above or below, in the unit of the quantity.
    values : mapping from name to float
        Parameters or initial values other than the model's.
    variant : str
        Empty for the default.
    population : Population or None
    doses : tuple of Dose
        Given in this simulation; none unless stated, because a declared dose is not given by
        itself.
    """

    label: str
    take: Take
    of: str
    equals: float
    unit: str
    at: str
    rtol: float = 0.0
    atol: float = 0.0
    witness: Literal["source", "independent run"] = "source"
    day: float = math.nan
    start: float = 0.0
    end: float = math.nan
    values: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    variant: str = ""
    population: Population | None = None
    doses: tuple[Dose, ...] = ()
    level: float = math.nan

    def agrees(self, got: float) -> bool:
        """Tell whether a number meets this read-out.

        Parameters
        ----------
        got : float
            In `unit`.

        Returns
        -------
        bool
        """
        return abs(got - self.equals) <= self.atol + self.rtol * abs(self.equals)


def trajectory(
    label: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[float]],
    *,
    at: str,
    rtol: float,
    values: Mapping[str, float] = _NOTHING,
    variant: str = "",
    doses: tuple[Dose, ...] = (),
) -> Iterator[Readout]:
    """Turn a reference trajectory into read-outs.

    Parameters
    ----------
    label : str
    columns : sequence of (str, str)
        Quantity and unit of each column after the first, which is the day.
    rows : sequence of sequence of float
    at : str
    rtol : float
    values : mapping, optional
    variant : str, optional
    doses : tuple of Dose, optional

    Yields
    ------
    Readout
    """
    for day, *numbers in rows:
        for (quantity, unit), number in zip(columns, numbers, strict=True):
            yield Readout(
                f"{label}: {quantity} on day {day:g}",
                "value",
                quantity,
                number,
                unit,
                at,
                rtol=rtol,
                witness="independent run",
                day=day,
                values=values,
                variant=variant,
                doses=doses,
            )


@dataclass(frozen=True, slots=True)
class PrintedEquation:
    """A rate as the source prints it, to compare with the sum of the model's reactions.

    Attributes
    ----------
    state : str
    rate : str
        Expression over the model's names.
    at : str
    variant : str
        Empty for all.
    """

    state: str
    rate: str
    at: str
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """Where a model file departs from what is printed.

    Attributes
    ----------
    what : str
        As printed.
    instead : str
        What the file uses.
    why : str
    """

    what: str
    instead: str
    why: str
