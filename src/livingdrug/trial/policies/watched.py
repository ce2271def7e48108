"""What was seen of people at decisions and what they were given, and how a course holds it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.records.drugs import Policy, Rule
from livingdrug.trial.policies.decide import BY_FEVER, BY_GRADE, BY_ICANS
from livingdrug.trial.toxicity import grade_columns, syndrome_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["GIVEN", "Watched", "add_watched", "policy_names", "watched_room"]

FloatArray = NDArray[np.float64]

GIVEN = np.dtype(
    [
        ("day", np.float64),
        ("amount", np.float64),
        ("row", np.int64),
        ("rule", np.int16),
        ("why", np.int8),
        ("grade", np.int8),
        ("icans", np.int8),
    ]
)
"""A dose by the policy: when, how much in the unit of the model's dose, to whom, and why."""


@dataclass(slots=True)
class Watched:
    """What was seen of people at decisions.

    Of a subject whose simulation fails nothing is seen from then on.

    Attributes
    ----------
    days : ndarray, shape (n_decisions,), day
    fever : ndarray of bool, shape (n, n_decisions)
    pressure, oxygen, icans : ndarray of int8, shape (n, n_decisions)
    treated : ndarray of bool, shape (n, n_decisions)
        A drug of the policy that makes fever needless was given since the decision before: at that
        one, or by a regimen.
    doses : dict from drug to ndarray of int, shape (n,)
        Given by the policy.
    first : dict from drug to ndarray, shape (n,), day
        NaN for people who got none.
    given : ndarray of GIVEN, shape (n_doses,)
        Doses by the policy, subject by subject.
    """

    days: FloatArray
    fever: NDArray[np.bool_]
    pressure: NDArray[np.int8]
    oxygen: NDArray[np.int8]
    icans: NDArray[np.int8]
    treated: NDArray[np.bool_]
    doses: dict[str, NDArray[np.int64]]
    first: dict[str, FloatArray]
    given: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, dtype=GIVEN))


def watched_room(n: int, days: FloatArray, policy: Policy) -> Watched:
    """Return room for what will be seen of `n` people.

    Parameters
    ----------
    n : int
    days : ndarray, shape (n_decisions,), day
    policy : Policy

    Returns
    -------
    Watched
    """
    shape = (n, days.size)
    drugs = dict.fromkeys(rule.drug for rule in policy.rules)
    return Watched(
        days,
        np.zeros(shape, bool),
        np.zeros(shape, np.int8),
        np.zeros(shape, np.int8),
        np.zeros(shape, np.int8),
        np.zeros(shape, bool),
        {drug: np.zeros(n, np.int64) for drug in drugs},
        {drug: np.full(n, np.nan) for drug in drugs},
    )


def policy_names(policy: Policy) -> list[str]:
    """Return the names of the variables that a policy adds to a course or to reductions.

    Parameters
    ----------
    policy : Policy

    Returns
    -------
    list of str
    """
    grades = ["grade", "any", "ge3", "onset", "duration"]
    names = [f"{kind}_{what}" for kind in ("crs", "icans") for what in grades]
    names += [f"seen_{name}" for name in _SEEN]
    names += [f"policy_{name}" for name in ("dose", *_LOG)]
    for rule in policy.rules:
        names += [f"{rule.drug}_doses", f"{rule.drug}_day"]
    return list(dict.fromkeys(names))


def add_watched(
    course: xr.Dataset, policy: Policy, watched: Watched, units: Sequence[str], *, nervous: bool
) -> xr.Dataset:
    """Add to a course, or to reductions, what was seen of people and what they were given.

    Parameters
    ----------
    course : xarray.Dataset
    policy : Policy
    watched : Watched
    units : sequence of str
        Of the amounts, for each rule.
    nervous : bool
        Neurotoxicity was graded.

    Returns
    -------
    xarray.Dataset
        A course gets what was seen, dimensions ``(subject, decision)``; both get the doses by
        the policy with their reasons, dimension ``policy_dose``, and for each subject grades on
        the scale of the policy and how often and when first it got each drug.
    """
    added = _per_subject(policy, watched, nervous=nervous) | _doses(
        course["subject"].values, policy, watched, units
    )
    if "time" in course.dims:
        shown = ["fever", "pressure", "oxygen", *(["icans"] if nervous else [])]
        for name in shown:
            values = getattr(watched, name)
            added[f"seen_{name}"] = (("subject", "decision"), values, {"long_name": _SEEN[name]})
        course = course.assign_coords(decision=("decision", watched.days, {"units": "day"}))
    return course.assign(added)


_BLOCK = 4096
_SEEN = {
    "fever": "fever of 38.0 degC or more at a decision",
    "pressure": "support of the circulation at a decision, rung 0 to 5",
    "oxygen": "support of oxygenation at a decision, rung 0 to 4",
    "icans": "grade of neurotoxicity at a decision",
}

_LOG = ("subject", "time", "name", "amount", "unit", "reason")

Variable = tuple[tuple[str, ...], NDArray[np.generic], dict[str, str]]


def _per_subject(policy: Policy, watched: Watched, *, nervous: bool) -> dict[str, Variable]:
    made: dict[str, Variable] = {}
    for name, values in _grades(policy.scale, watched).items():
        kind = name.partition("_")[0]
        if kind == "icans" and not nervous:
            continue
        scale = policy.scale.upper() if kind == "crs" else "ICANS"
        attributes = {"long_name": f"{name.replace('_', ' ')}, {scale}, at decisions"}
        if name.endswith(("_onset", "_duration")):
            attributes["units"] = "day"
        made[name] = (("subject",), values, attributes)
    for drug, doses in watched.doses.items():
        by = {"long_name": f"doses of {drug} by the policy"}
        made[f"{drug}_doses"] = (("subject",), doses, by)
        day = {"units": "day", "long_name": f"first dose of {drug} by the policy"}
        made[f"{drug}_day"] = (("subject",), watched.first[drug], day)
    return made


def _grades(scale: str, watched: Watched) -> dict[str, NDArray[np.generic]]:
    """Summarise the grades of each subject, some thousands at a time to spare memory."""
    parts = []
    for first in range(0, len(watched.fever), _BLOCK):
        part = slice(first, first + _BLOCK)
        some = dataclasses.replace(
            watched,
            **{name: getattr(watched, name)[part] for name in (*_SEEN, "treated")},
        )
        columns = grade_columns(
            watched.days, syndrome_of(scale, some).grade[scale].astype(np.int64), "crs"
        )
        columns |= grade_columns(watched.days, some.icans.astype(np.int64), "icans")
        parts.append(columns)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _doses(
    labels: NDArray[np.generic], policy: Policy, watched: Watched, units: Sequence[str]
) -> dict[str, Variable]:
    given, dim = watched.given, ("policy_dose",)
    rules = given["rule"].astype(np.int64)
    kinds, place = np.unique(given[["rule", "why", "grade", "icans"]], return_inverse=True)
    reasons = [_reason(policy, *kind.tolist()) for kind in kinds]
    return {
        "policy_subject": (dim, labels[given["row"]], {}),
        "policy_time": (dim, given["day"], {"units": "day"}),
        "policy_name": (dim, _texts([rule.drug for rule in policy.rules], rules), {}),
        "policy_amount": (dim, given["amount"], {"long_name": "in policy_unit"}),
        "policy_unit": (dim, _texts(units, rules), {}),
        "policy_reason": (dim, _texts(reasons, place.reshape(-1)), {}),
    }


def _texts(known: Sequence[str], places: NDArray[np.int64]) -> NDArray[np.generic]:
    """Return texts by their places; the few texts are shared, for there may be millions."""
    # one more, because nothing can be taken from an empty array
    return np.array([*known, ""], dtype=object)[places]


def _reason(policy: Policy, place: int, why: int, grade: int, icans: int) -> str:
    """Say why a rule gave its drug."""
    rule = policy.rules[place]
    said = list(_conditions(policy.scale, rule, why, grade, icans))
    return f"rule {place + 1}: " + ", ".join(said)


def _conditions(scale: str, rule: Rule, why: int, grade: int, icans: int) -> Iterable[str]:
    if why & BY_GRADE:
        yield f"{scale.upper()} grade {grade}"
    if why & BY_FEVER and not math.isnan(rule.fever_longer_than):
        yield f"fever for {_days(rule.fever_longer_than)} or more"
    if why & BY_ICANS:
        yield f"ICANS grade {icans}"
    if rule.after_doses_of:
        yield f"not better {_days(rule.not_better_for)} after {rule.after_doses_of}"


def _days(number: float) -> str:
    return f"{number:g} day" if number == 1 else f"{number:g} days"
