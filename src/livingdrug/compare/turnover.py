"""Outcomes for several values of the turnover that a net rate hides."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from livingdrug.clinical.outcomes.classify import outcomes
from livingdrug.clinical.outcomes.probability import Probability, cure_probability
from livingdrug.clinical.outcomes.rules import OutcomeRules
from livingdrug.core.errors import Issue, OptionError, raise_issues
from livingdrug.model.model import Model, Role
from livingdrug.solve.outcome_reductions import outcome_reductions, outcome_rules
from livingdrug.solve.simulate import simulate
from livingdrug.solve.stochastic import Stochastic
from livingdrug.system.system import System

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.solve.backends.base import Progress

__all__ = [
    "TURNOVERS", "TurnoverCase", "cure_by_turnover", "hidden_turnover", "simulate_outcomes",
    "turnover_cases",
]  # fmt: skip

TURNOVERS = (0.0, 0.05, 0.2)
"""Turnovers that are tried where nobody states others, 1/day (ASSUMED): none, and a cell that is
replaced every 20 or every 5 days."""


class SolveOptions(TypedDict, total=False):
    """Options of `simulate` that the functions here hand on as they are."""

    seed: int | None
    rtol: float
    atol: float | Mapping[str, float] | None
    threads: int
    max_steps: int
    on_failure: Literal["mark", "raise"]
    progress: Progress | None


class RunOptions(SolveOptions, total=False):
    """The same, with those of `simulate_outcomes`."""

    method: str
    replicates: int


@dataclass(frozen=True, slots=True)
class TurnoverCase:
    """The outcomes for one turnover.

    Attributes
    ----------
    turnover : dict from species to float, 1/day
        Births and deaths per cell that were added to both sides of the net rate. ASSUMED.
    cure : Probability
    outcomes : xarray.Dataset
    """

    turnover: dict[str, float]
    cure: Probability
    outcomes: xr.Dataset


def simulate_outcomes(
    model: Model | System,
    cohort: xr.Dataset | None = None,
    *,
    end: float,
    start: float = 0.0,
    rules: OutcomeRules | None = None,
    method: str = "hybrid",
    replicates: int = 100,
    stochastic: Stochastic | None = None,
    **options: Unpack[SolveOptions],
) -> xr.Dataset:
    """Simulate every person so often, and give every run its outcome.

    Parameters
    ----------
    model : Model or System
    cohort : xarray.Dataset, optional
    end, start : float, day
    rules : OutcomeRules, optional
        From `outcome_rules`, which is called when there are none.
    method : str, optional
    replicates : int, optional
    stochastic : Stochastic, optional
    **options
        Others of `simulate`.

    Returns
    -------
    xarray.Dataset
        As of `outcomes`.

    Raises
    ------
    OptionError, DataError, CapabilityError, UnknownNameError
        As for `simulate` and `outcome_rules`.

    Examples
    --------
    >>> import livingdrug as ld
    >>> found = ld.simulate_outcomes(ld.get_model("kimmel2021"), end=600, replicates=20)
    >>> dict(found.sizes)
    {'subject': 1, 'replicate': 20, 'tumor': 1}
    """
    chosen = rules or outcome_rules(model)
    reduced = simulate(
        model,
        cohort,
        times=[start, end],
        reduce=outcome_reductions(chosen, end, start=start),
        method=method,
        replicates=replicates,
        stochastic=stochastic,
        **options,
    )
    return outcomes(reduced, chosen)


def cure_by_turnover(
    model: Model | System,
    cohort: xr.Dataset | None = None,
    *,
    turnover: Mapping[str, float | Sequence[float]] | None = None,
    end: float,
    start: float = 0.0,
    rules: OutcomeRules | None = None,
    stochastic: Stochastic | None = None,
    **options: Unpack[RunOptions],
) -> list[TurnoverCase]:
    """Show how the probability of cure depends on what a net rate hides.

    Births and deaths are read as the net rate, each plus the turnover: the mean is the same, the
    chance that the last cell dies is not. A source with a net rate alone says nothing of it.

    Parameters
    ----------
    model : Model or System
    cohort : xarray.Dataset, optional
    turnover : mapping from species to float or sequence of float, 1/day, optional
        Values to try. One value is tried beside 0 and its double. When not given, 0, 0.05 and 0.2
        for every tumour population with a net rate.
    end, start : float, day
    rules : OutcomeRules, optional
    stochastic : Stochastic, optional
        Options; its own turnover must be empty.
    **options
        Others of `simulate_outcomes`, as `method` and `replicates`.

    Returns
    -------
    list of TurnoverCase
        One for each combination; one with an empty turnover where the model hides none.

    Raises
    ------
    OptionError, CapabilityError
    """
    chosen = rules or outcome_rules(model)
    basis = stochastic or Stochastic()
    if basis.turnover:
        raise OptionError("stochastic states a turnover and turnover= another; give one of them")
    inner = model.model if isinstance(model, System) else model
    cases = []
    for stated in turnover_cases(inner, chosen, turnover):
        found = simulate_outcomes(
            model, cohort, end=end, start=start, rules=chosen,
            stochastic=dataclasses.replace(basis, turnover=stated), **options,
        )  # fmt: skip
        cases.append(TurnoverCase(stated, cure_probability(found), found))
    return cases


def hidden_turnover(model: Model, rules: OutcomeRules) -> list[str]:
    """Return the tumour populations whose births and deaths a net rate hides.

    Parameters
    ----------
    model : Model
    rules : OutcomeRules

    Returns
    -------
    list of str
    """
    rates = {item.name for item in model.rates}
    net = {
        name
        for item in model.reactions
        if item.net
        for name in dict((*item.reactants, *item.products))
    }
    return [
        name
        for name in rules.tumors.values()
        if model.roles[name] is Role.STATE and name in rates | net
    ]


def turnover_cases(
    model: Model,
    rules: OutcomeRules,
    turnover: Mapping[str, float | Sequence[float]] | None = None,
) -> list[dict[str, float]]:
    """Return the turnovers to try.

    Parameters
    ----------
    model : Model
    rules : OutcomeRules
    turnover : mapping from species to float or sequence of float, optional
        As for `cure_by_turnover`.

    Returns
    -------
    list of dict from species to float
        Every combination; a single empty one where the model hides none.

    Raises
    ------
    OptionError
    """
    given = dict(turnover or {})
    for name in hidden_turnover(model, rules):
        given.setdefault(name, TURNOVERS)
    values: dict[str, tuple[float, ...]] = {}
    issues = []
    for name, stated in given.items():
        several = (stated,) if isinstance(stated, (int, float)) else tuple(stated)
        if len(several) == 1:
            several = tuple(dict.fromkeys((0.0, several[0], 2.0 * several[0])))
        if several == (0.0,):
            several = TURNOVERS
        if not several or len(set(several)) < len(several):
            text = f"{list(several)} given"
            issues.append(Issue("error", f"turnover of {name}", text, "distinct values"))
        values[name] = several
    raise_issues(issues, OptionError)
    names = list(values)
    return [dict(zip(names, item, strict=True)) for item in itertools.product(*values.values())]
