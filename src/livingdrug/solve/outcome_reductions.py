"""Which populations are tumour, and the numbers of each run that decide its outcome."""

from __future__ import annotations

from collections.abc import Mapping

from livingdrug.clinical.outcomes.classify import reduction_name
from livingdrug.clinical.outcomes.rules import PROGRESSION, OutcomeRules, plain_number
from livingdrug.core.errors import Issue, OptionError, raise_issues, unknown_name
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Model, Role
from livingdrug.solve.reductions import Reduction
from livingdrug.system.compile import compile_model
from livingdrug.system.system import System

__all__ = ["DETECTED_CELLS", "outcome_reductions", "outcome_rules"]

DETECTED_CELLS = 1e9
"""Cells in about 1 cm3 of tumour, as of a nodule that imaging shows (ASSUMED)."""

_VOLUMES = {"mL": 1.0, "mm^3": 1000.0, "cm^3": 1.0}
"""1 cm3 in units of volume."""


def outcome_rules(
    model: Model | System,
    *,
    tumors: Mapping[str, str] | None = None,
    detection: float | Mapping[str, float] | None = None,
    progression: str | None = None,
) -> OutcomeRules:
    """Say what counts as cure, relapse and progression in a model.

    Parameters
    ----------
    model : Model or System
    tumors : mapping from label to species, optional
        As ``{"antigen-positive": "TP", "antigen-negative": "TN"}``. When not given, the species
        whose term names a tumour, or those that an observable with such a term is made of.
    detection : float or mapping from label to float, optional
        Smallest population that is detected, in the unit of the species. When not given, 1e9
        cells, about 1 cm3, which is marked ASSUMED.
    progression : str, optional
        Event of the model; the one called ``progression`` where there is one, when not given.

    Returns
    -------
    OutcomeRules

    Raises
    ------
    OptionError
        When the model has no tumour, a name is unknown, or a level is not known; all at once.

    Examples
    --------
    >>> import livingdrug as ld
    >>> rules = ld.outcome_rules(ld.get_model("kimmel2021"), detection=1.0)
    >>> rules.classes
    ('none by the horizon', 'cure', 'relapse', 'progression')
    """
    system = model if isinstance(model, System) else compile_model(model)
    issues: list[Issue] = []
    chosen = _tumors(system.model, tumors, issues)
    labels = chosen if tumors is None else tumors
    levels, assumed = _levels(system.model, chosen, labels, detection, issues)
    events = [event.name for event in system.events]
    if progression and progression not in events:
        issues.append(unknown_name("event", progression, events, where="progression"))
    if progression is None:
        progression = PROGRESSION if PROGRESSION in events else ""
    raise_issues(issues, OptionError)
    species = {item.name: item for item in system.model.species}
    counts = {label: species[name].count_per_unit or 0.0 for label, name in chosen.items()}
    return OutcomeRules(
        chosen,
        levels,
        progression,
        units={label: species[name].unit for label, name in chosen.items()},
        entities={label: 1.0 / count for label, count in counts.items() if count},
        assumed=assumed,
    )


def outcome_reductions(
    rules: OutcomeRules, end: float, *, start: float = 0.0
) -> dict[str, Reduction]:
    """Choose the numbers of each run that decide its outcome.

    Parameters
    ----------
    rules : OutcomeRules
    end : float, day
        Horizon.
    start : float, day, optional

    Returns
    -------
    dict from str to Reduction
        For ``simulate(..., times=[start, end], reduce=...)``, whose result `outcomes` reads.

    Raises
    ------
    OptionError
        When `end` is not later than `start`.
    """
    if not end > start:
        raise OptionError(f"end = {end:g} must be later than the start, day {start:g}")
    made: dict[str, Reduction] = {}
    for label, name in rules.tumors.items():
        level = rules.levels[label]
        for kind, item in (
            ("extinction", Reduction("last event day", f"extinct({name})")),
            ("below", Reduction("first day below", name, start=start, end=end, level=level)),
            ("back", Reduction("first day back above", name, start=start, end=end, level=level)),
            ("nadir", Reduction("minimum", name, start=start, end=end)),
            ("nadir_day", Reduction("day of minimum", name, start=start, end=end)),
            ("last", Reduction("value", name, day=end)),
        ):
            made[reduction_name(kind, label)] = item
    if rules.progression:
        made[PROGRESSION] = Reduction("event day", rules.progression)
    return made


def _tumors(model: Model, tumors: Mapping[str, str] | None, issues: list[Issue]) -> dict[str, str]:
    states = [item.name for item in model.species if model.roles[item.name] is Role.STATE]
    if tumors is not None:
        for label, name in tumors.items():
            if name not in states:
                issues.append(unknown_name("species", name, states, where=f"tumour {label}"))
        if not tumors:
            issues.append(Issue("error", "tumors", "is empty", "name one or more species"))
        return {label: name for label, name in tumors.items() if name in states}
    named = {item.name for item in model.species if item.term.startswith("tumor_")}
    found = [name for name in states if name in named]
    if not found:
        measured = [item.expression for item in model.observables if item.term.startswith("tumor_")]
        made_of = set(free_symbols(measured[:1]))
        found = [name for name in states if name in made_of]
    if not found:
        issues.append(
            Issue(
                "error", f"{model.id}, tumour", "no species has a term that names a tumour",
                f"name the tumour populations among: {', '.join(states)}",
            )
        )  # fmt: skip
    return {name: name for name in found}


def _levels(
    model: Model,
    chosen: Mapping[str, str],
    labels: Mapping[str, str],
    detection: float | Mapping[str, float] | None,
    issues: list[Issue],
) -> tuple[dict[str, float], tuple[str, ...]]:
    species = {item.name: item for item in model.species}
    given = dict(detection) if isinstance(detection, Mapping) else {}
    for label in given:
        if label not in labels:
            issues.append(unknown_name("tumour", label, labels, where="detection"))
    levels, assumed = {}, []
    for label, name in chosen.items():
        if label in given:
            levels[label] = float(given[label])
            continue
        if isinstance(detection, (int, float)):
            levels[label] = float(detection)
            continue
        item = species[name]
        known = DETECTED_CELLS / item.count_per_unit if item.count_per_unit else None
        if known is None:
            known = _VOLUMES.get(item.unit)
        if known is None:
            issues.append(
                Issue(
                    "error", f"detection level of {label}",
                    f"is not known: {name} has the unit {item.unit} and no count of cells",
                    "state the smallest population that is detected, in that unit",
                )
            )  # fmt: skip
            continue
        levels[label] = known
        assumed.append(
            f"{label} is detected from {plain_number(known)} {item.unit} on (about 1 cm3), ASSUMED"
        )
    return levels, tuple(assumed)
