"""Compartments and species."""

from __future__ import annotations

from dataclasses import dataclass

from livingdrug.core.source import Origin

__all__ = ["Compartment", "Extinction", "Species"]


@dataclass(frozen=True, slots=True)
class Compartment:
    """A place with a size.

    Attributes
    ----------
    name : str
    size : float
        In `unit`; may change when an assignment, a rate or an event says so.
    unit : str
    origin : Origin
    at : str
        Locator in the source.
    doc : str
    """

    name: str
    size: float
    unit: str
    origin: Origin = Origin.ASSUMED
    at: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Extinction:
    """A threshold below which a population counts as gone.

    It acts where the population falls through it; a seed or a slow influx that starts below is
    untouched.

    Attributes
    ----------
    below : float
        In the unit of the species.
    origin : Origin
    at : str
    """

    below: float
    origin: Origin = Origin.ASSUMED
    at: str = ""


@dataclass(frozen=True, slots=True)
class Species:
    """A population or substance.

    Attributes
    ----------
    name : str
        Symbol in the expressions.
    unit : str
        What the symbol means: an amount or a concentration.
    initial : float
        In `unit`; an initial assignment of the model overrides it.
    compartment : str
        Empty when the paper gives no volume: then the symbol itself is the state.
    only_substance : bool
        With a compartment: the symbol is the amount, not the concentration.
    boundary : bool
        Reactions read it and do not change it.
    constant : bool
    conversion_factor : str
        Parameter that turns extent into amount of this species.
    count_per_unit : float or None
        Entities (cells, molecules) that one `unit` stands for; 1 cell/uL of blood may be 5e8
        cells. Needed by jump methods, extinction and default tolerances.
    nominal : float or None
        Typical size, for default tolerances of species that cannot be counted.
    log_state : bool
        Integrate the logarithm.
    non_negative : bool
    extinction : Extinction or None
    term : str
        Shared vocabulary name, to match studies.
    symbol : str
        The paper's own symbol when it differs from the name.
    origin : Origin
        Of the initial value.
    at, doc : str
    """

    name: str
    unit: str
    initial: float
    compartment: str = ""
    only_substance: bool = False
    boundary: bool = False
    constant: bool = False
    conversion_factor: str = ""
    count_per_unit: float | None = None
    nominal: float | None = None
    log_state: bool = False
    non_negative: bool = True
    extinction: Extinction | None = None
    term: str = ""
    symbol: str = ""
    origin: Origin = Origin.ASSUMED
    at: str = ""
    doc: str = ""

    @property
    def is_concentration(self) -> bool:
        """Whether the symbol is an amount divided by the size of the compartment."""
        return bool(self.compartment) and not self.only_substance
