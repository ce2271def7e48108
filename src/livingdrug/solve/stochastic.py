"""How entities are counted: options of the methods that simulate single jumps."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Literal

from livingdrug.core.errors import Issue, OptionError, raise_issues
from livingdrug.model.model import Model

__all__ = ["Stochastic", "assumed_turnover"]

_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stochastic:
    """Options of the stochastic methods.

    Attributes
    ----------
    species : tuple of str or None
        Those whose entities are counted; None for all that the method can count.
    turnover : mapping from species to float, 1/day
        Births and deaths per entity that a net rate of the model hides. It changes what is
        simulated and is in no net rate, so it has to be stated; 0 where it is not.
    initial : {"whole", "round"}
        What initial values that are no whole number of entities mean: an error, or the nearest
        whole number.
    algorithm : {"auto", "direct", "next reaction"}
        Of ``method="ssa"``: the direct method [1]_ in vector lanes, fast for few kinds of jumps;
        the next-reaction method [2]_ with a dependency graph, fast for many; or by their number.
        Both are exact. Rates that change between jumps, and events, take the engine of the hybrid
        method with every entity counted, which is exact too.
    max_events : int
        Jumps of one replicate before it is stopped with the status ``TOO_MANY_EVENTS``.
    epsilon : float
        Of tau-leaping [3]_: largest relative change of a propensity within one leap.
    threshold : float
        Of hybrid simulation: entities at or below which a species is counted; infinite to count it
        always, which makes the method exact for propensities that change in time.
    release : float
        Of hybrid simulation: a counted species above ``release * threshold`` is continuous again;
        more than 1, so that a species near the threshold does not switch at every jump.

    References
    ----------
    .. [1] Gillespie DT. J Phys Chem 1977;81:2340-2361. doi:10.1021/j100540a008
    .. [2] Gibson MA, Bruck J. J Phys Chem A 2000;104:1876-1889. doi:10.1021/jp993732q; clocks in
       internal time: Anderson DF. J Chem Phys 2007;127:214107. doi:10.1063/1.2799998
    .. [3] Cao Y, Gillespie DT, Petzold LR. J Chem Phys 2006;124:044109. doi:10.1063/1.2159468
    """

    species: tuple[str, ...] | None = None
    turnover: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    initial: Literal["whole", "round"] = "whole"
    algorithm: Literal["auto", "direct", "next reaction"] = "auto"
    max_events: int = 100_000_000
    epsilon: float = 0.03
    threshold: float = 1e4
    release: float = 1.5

    def __post_init__(self) -> None:
        issues = []
        if self.initial not in ("whole", "round"):
            issues.append(_wrong("initial", self.initial, "'whole' or 'round'"))
        if self.algorithm not in ("auto", "direct", "next reaction"):
            allowed = "'auto', 'direct' or 'next reaction'"
            issues.append(_wrong("algorithm", self.algorithm, allowed))
        if self.max_events < 1:
            issues.append(_wrong("max_events", self.max_events, "1 or more"))
        if not 0.0 < self.epsilon < 1.0:
            issues.append(_wrong("epsilon", self.epsilon, "between 0 and 1; 0.03 is usual"))
        if not self.threshold >= 1.0:
            issues.append(
                _wrong("threshold", self.threshold, "1 entity or more; inf counts always")
            )
        if not (math.isfinite(self.release) and self.release > 1.0):
            issues.append(
                _wrong("release", self.release, "more than 1: thresholds must be in order")
            )
        for name, value in self.turnover.items():
            if not (math.isfinite(value) and value >= 0.0):
                issues.append(_wrong(f"turnover of {name}", value, "0 or more per day"))
        raise_issues(issues, OptionError)

    def to_json(self) -> str:
        """Write the options, so that a course says how it was made.

        Returns
        -------
        str
        """
        facts = {item.name: getattr(self, item.name) for item in fields(self)}
        facts["turnover"] = dict(self.turnover)
        if math.isinf(self.threshold):
            facts["threshold"] = "inf"  # JSON has no infinity
        return json.dumps(facts)


def assumed_turnover(model: Model, options: Stochastic) -> list[str]:
    """Say what was taken for the births and deaths that net rates hide.

    Parameters
    ----------
    model : Model
    options : Stochastic

    Returns
    -------
    list of str
        One for each species that is counted and whose rate is only known net.
    """
    net = {
        name
        for item in model.reactions
        if item.net
        for name, _ in (*item.reactants, *item.products)
        if options.species is None or name in options.species
    }
    counted = {item.name for item in model.species if item.count_per_unit}
    return [
        f"turnover of {name}: {options.turnover.get(name, 0.0):g} per day beside its net rate"
        for name in sorted(net & counted | set(options.turnover))
    ]


def _wrong(name: str, value: object, allowed: str) -> Issue:
    return Issue("error", f"stochastic, {name}", f"is {value!r}", f"allowed: {allowed}")
