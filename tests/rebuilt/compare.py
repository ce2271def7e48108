"""How the names of a rebuild map to those of the catalogue entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Given:
    """A dose of the comparison: name and amount as the entry declares them, and the day.

    It is a bolus, or an infusion at a constant rate if it has a duration (day).
    """

    name: str
    amount: float
    day: float
    duration: float = 0.0


@dataclass(frozen=True)
class Compare:
    """What the comparison of a rebuild with its entry needs to know.

    Attributes
    ----------
    days : tuple of float
        Days at which courses are compared.
    initial : mapping of str to str
        Parameter of the rebuild that is an initial value, to the species of the entry.
    mechanisms : mapping of str to str
        Propensity of the rebuild to reaction of the entry.
    doses : tuple of Given
        In the order in which they are given. Where there are any, ``solve`` of the rebuild takes
        them as its third argument.
    floors : mapping of str to float
        Differences of a state that count for nothing, where a population dies out and every
        integrator shows noise of its own; 1e-14 for all others.
    """

    days: tuple[float, ...]
    initial: Mapping[str, str] = field(default_factory=dict)
    mechanisms: Mapping[str, str] = field(default_factory=dict)
    doses: tuple[Given, ...] = ()
    floors: Mapping[str, float] = field(default_factory=dict)
