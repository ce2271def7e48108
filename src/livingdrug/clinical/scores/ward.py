"""Risk scores of everybody of a ward, each value with the row that it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from livingdrug.clinical.lab_units import to_unit
from livingdrug.clinical.monitoring.record import Entry, Ward
from livingdrug.clinical.monitoring.schema import ITEMS as RECORD_ITEMS
from livingdrug.clinical.scores.easix import TIMES, easix, modified_easix, simplified_easix
from livingdrug.clinical.scores.hematotox import HIGH_FROM, ITEMS, check_population
from livingdrug.clinical.scores.inputs import Quantity, check_choice
from livingdrug.clinical.scores.window import BEFORE, find_value, find_window
from livingdrug.core.errors import Issue, OptionError, raise_issues, unknown_name

__all__ = [
    "EASIX_MEMBERS",
    "WITHIN_DAYS",
    "EasixMember",
    "HematotoxScore",
    "PersonScore",
    "WardScores",
    "easix_of_ward",
    "hematotox_of_ward",
]

Score = TypeVar("Score")
WITHIN_DAYS = 7.0
"""How old a value before lymphodepletion may be: a choice of ours."""


@dataclass(frozen=True, slots=True)
class EasixMember:
    """A score of the family.

    Attributes
    ----------
    items : tuple of str
        Rows that it takes; the last one divides.
    formula : str
    population : str
        In whom it was evaluated, as far as a source says.
    """

    items: tuple[str, ...]
    formula: str
    population: str


EASIX_MEMBERS: Mapping[str, EasixMember] = {
    "easix": EasixMember(
        ("ldh", "creatinine", "platelets"),
        "LDH (U/L) x creatinine (mg/dL) / platelets (10^9/L)",
        "no source that was read names one",
    ),
    "simplified": EasixMember(
        ("ldh", "platelets"),
        "LDH (U/L) / platelets (10^9/L)",
        "no source that was read names one",
    ),
    "modified": EasixMember(
        ("ldh", "crp", "platelets"),
        "LDH (U/L) x CRP (mg/dL) / platelets (10^9/L)",
        "118 people after CAR-T cells, for severe CRS (Pennisi 2021)",
    ),
}
"""EASIX-F and EASIX-FC are not offered: their formula was not read in a source."""


@dataclass(frozen=True, slots=True)
class PersonScore:
    """Scores of one person.

    Attributes
    ----------
    subject : str
    values : mapping of str to float
        By member; NaN where a value is missing.
    used : mapping of str to Entry
        Row of each value.
    missing : tuple of Issue
        Why a score is not there, or not exact.
    """

    subject: str
    values: Mapping[str, float]
    used: Mapping[str, Entry]
    missing: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class HematotoxScore:
    """Points of one person, with what missing items leave open.

    Attributes
    ----------
    subject : str
    total : tuple of int
        Lowest and highest.
    points : mapping of str to int
        Of the items that are known.
    used : mapping of str to Entry
    missing : tuple of Issue
    """

    subject: str
    total: tuple[int, int]
    points: Mapping[str, int]
    used: Mapping[str, Entry]
    missing: tuple[Issue, ...]

    @property
    def risk(self) -> str:
        """``"low"``, ``"high"``, or empty where missing items decide."""
        low, high = (total >= HIGH_FROM for total in self.total)
        return "" if low != high else "high" if low else "low"


@dataclass(frozen=True, slots=True)
class WardScores(Generic[Score]):
    """Scores of a ward; `left_out` and `warnings` as those of `Ward`."""

    people: tuple[Score, ...]
    left_out: Mapping[str, tuple[Issue, ...]]
    warnings: tuple[Issue, ...]


def easix_of_ward(
    ward: Ward,
    members: Sequence[str],
    *,
    when: str,
    lymphodepletion: float = math.nan,
    within: float = WITHIN_DAYS,
) -> WardScores[PersonScore]:
    """Return scores of the EASIX family.

    Parameters
    ----------
    ward : Ward
    members : sequence of str
        Of `EASIX_MEMBERS`.
    when : str
        One of `easix.TIMES`; `window.find_window` says which values these are.
    lymphodepletion, within : float, optional, day
        As for `window.find_window`.

    Returns
    -------
    WardScores
        People for whom no member can be computed are left out with the reason.

    Raises
    ------
    OptionError
        For an unknown member or a time that the scores were not evaluated at.
    """
    issues = [unknown_name("score", m, EASIX_MEMBERS) for m in members if m not in EASIX_MEMBERS]
    check_choice("when", when, TIMES, "the score was evaluated at these times only", issues)
    raise_issues(issues, OptionError)
    needed = dict.fromkeys(item for m in members for item in EASIX_MEMBERS[m].items)
    left_out = dict(ward.left_out)
    people = []
    for subject, entries in ward.people.items():
        used, missing = _values(
            ward.label, subject, entries, list(needed), when, lymphodepletion, within
        )
        if used.get("platelets") is not None and used["platelets"].value == 0:
            where = f"{ward.label}, row {used.pop('platelets').row}"
            message = f"subject {subject!r}: 0 platelets; the score divides by them"
            missing.append(Issue("error", where, message, "correct the row"))
        values = {member: _easix(member, used, when) for member in members}
        if all(math.isnan(value) for value in values.values()):
            left_out[subject] = tuple(missing)
        else:
            people.append(PersonScore(subject, values, used, tuple(missing)))
    return WardScores(tuple(people), left_out, ward.warnings)


def _easix(member: str, used: Mapping[str, Entry], when: str) -> float:
    items = EASIX_MEMBERS[member].items
    if not all(item in used for item in items):
        return math.nan
    ldh, platelets = _quantity(used["ldh"]), _quantity(used["platelets"])
    if member == "easix":
        return easix(ldh, _quantity(used["creatinine"]), platelets, when=when)
    if member == "modified":
        return modified_easix(ldh, _quantity(used["crp"]), platelets, when=when)
    return simplified_easix(ldh, platelets, when=when)


def hematotox_of_ward(
    ward: Ward,
    *,
    disease: str,
    product: str,
    lymphodepletion: float = math.nan,
    within: float = WITHIN_DAYS,
) -> WardScores[HematotoxScore]:
    """Return CAR-HEMATOTOX; its cut-offs are UNCONFIRMED.

    Parameters
    ----------
    ward : Ward
    disease, product : str
        Of everybody; as for `hematotox.car_hematotox_unconfirmed`.
    lymphodepletion, within : float, optional, day
        As for `window.find_window`.

    Returns
    -------
    WardScores
        A missing item may have any of its points; people without any item are left out.

    Raises
    ------
    OptionError
        When the score was not made for this disease or product.
    """
    issues: list[Issue] = []
    check_population(BEFORE, disease, product, issues)
    raise_issues(issues, OptionError)
    left_out = dict(ward.left_out)
    people = []
    for subject, entries in ward.people.items():
        used, missing = _values(
            ward.label, subject, entries, list(ITEMS), BEFORE, lymphodepletion, within
        )
        if not used:
            left_out[subject] = tuple(missing)
            continue
        points = {
            item: ITEMS[item].points(to_unit(*_quantity(entry), ITEMS[item].unit, quantity=item))
            for item, entry in used.items()
        }
        low = sum(points.values())
        high = low + sum(ITEMS[item].most for item in ITEMS if item not in points)
        people.append(HematotoxScore(subject, (low, high), points, used, tuple(missing)))
    return WardScores(tuple(people), left_out, ward.warnings)


def _quantity(entry: Entry) -> Quantity:
    return entry.value, RECORD_ITEMS[entry.item].unit


def _values(
    label: str,
    subject: str,
    entries: Sequence[Entry],
    items: Sequence[str],
    when: str,
    lymphodepletion: float,
    within: float,
) -> tuple[dict[str, Entry], list[Issue]]:
    """Return the row of each item, and why one is missing."""
    where = f"{label}, subject {subject!r}"
    window = find_window(when, entries, lymphodepletion, within)
    if window is None:
        message = "the start of lymphodepletion is not known"
        fix = "give a row with the item 'lymphodepletion', or the day for all of the ward"
        return {}, [Issue("error", where, message, fix)]
    missing: list[Issue] = []
    found = {item: find_value(entries, item, window, where, missing) for item in items}
    return {item: entry for item, entry in found.items() if entry is not None}, missing
