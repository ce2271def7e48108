"""What counts as tumour, remission, relapse, progression and cure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["CURE", "NONE", "PROGRESSION", "OutcomeRules", "plain_number"]

NONE, CURE, PROGRESSION = "none by the horizon", "cure", "progression"
_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    """What counts as an outcome.

    - **Cure**: at the horizon every tumour population is gone. Its day is the last extinction.
    - **Remission**: the first day by which every population has been below its level.
    - **Relapse**: without cure, the first day after remission on which a population is at or above
      its level again. Its class is the population that gets there first, so that classes compete.
    - **Progression**: without cure, an event of the model before any relapse.
    - Else **none by the horizon**.

    Attributes
    ----------
    tumors : mapping from label to species
        As ``{"antigen-positive": "TP", "antigen-negative": "TN"}``.
    levels : mapping from label to float
        Smallest population that is detected, in the unit of the species.
    progression : str
        Event of the model; empty for none.
    units : mapping from label to str
    entities : mapping from label to float
        One cell in the unit of the species; 0 where that is not known.
    assumed : tuple of str
        What nobody has stated.
    """

    tumors: Mapping[str, str]
    levels: Mapping[str, float]
    progression: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    entities: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        issues = []
        if not self.tumors:
            issues.append(Issue("error", "outcomes", "no tumour population", "name one or more"))
        if len(set(self.tumors.values())) < len(self.tumors):
            issues.append(Issue("error", "outcomes", "a tumour population is named twice"))
        issues += [
            Issue("error", "outcomes", f"{label!r} is the name of an outcome", "choose another")
            for label in self.tumors
            if label in (NONE, CURE, PROGRESSION)
        ]
        issues += [
            Issue("error", f"detection level of {label}", "is not given")
            for label in self.tumors
            if label not in self.levels
        ]
        issues += [
            Issue(
                "error", f"detection level of {label}", f"is {level!r}",
                "a finite number above 0, in the unit of the species",
            )
            for label, level in self.levels.items()
            if not (math.isfinite(level) and level > 0)
        ]  # fmt: skip
        raise_issues(issues, OptionError)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the outcomes; the position is the code in `outcomes`."""
        relapses = tuple(self.relapse_of(label) for label in self.tumors)
        return (NONE, CURE, *relapses, *((PROGRESSION,) if self.progression else ()))

    def relapse_of(self, label: str) -> str:
        """Return the name of the relapse of a population."""
        return "relapse" if len(self.tumors) == 1 else f"relapse, {label}"

    def text(self) -> str:
        """Say the rules in one sentence."""
        levels = " and ".join(
            f"{plain_number(self.levels[label])} {self.units.get(label, '')} of {label}"
            for label in self.tumors
        )
        text = f"Detected from {levels} on; cure is the death of the last tumour cell"
        return (
            text + (f"; progression is the event {self.progression}" * bool(self.progression)) + "."
        )


def plain_number(value: float) -> str:
    """Write a number for a sentence.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> plain_number(1e9), plain_number(0.5)
    ('1e9', '0.5')
    """
    return f"{value:g}".replace("e+0", "e").replace("e+", "e")
