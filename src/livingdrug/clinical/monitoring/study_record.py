"""Write what a study knows about people as a monitoring record, so that they are graded from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.clinical.monitoring.example import RecordWriter
from livingdrug.clinical.monitoring.schema import ALIASES, ITEMS, RECORD_GROUPS
from livingdrug.core.censoring import MEASURED, censoring_codes
from livingdrug.core.errors import DataError, Issue
from livingdrug.core.units import convert

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["StudyRecord", "study_record"]

_TERMS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        # term of a study: item of a record, unit that values are converted to, unit as written
        "body_temperature": ("temperature", "delta_degC", "degC"),
        "crp_serum": ("crp", "mg/L", "mg/L"),
        "ferritin_serum": ("ferritin", "ug/L", "ug/L"),
        "fibrinogen_plasma": ("fibrinogen", "mg/dL", "mg/dL"),
        "ldh_serum": ("ldh", "IU/L", "U/L"),
        "platelets_blood": ("platelets", "cell/uL", "1/uL"),
        "neutrophils_blood": ("anc", "cell/uL", "1/uL"),
        "hemoglobin_blood": ("hemoglobin", "g/dL", "g/dL"),
        "icans_grade": ("icans_recorded", "1", ""),
    }
)
_NORMAL = 37.0
"""degC that the vocabulary counts temperatures from."""
_KINDS = MappingProxyType({"corticosteroid": "steroid", "antipyretic": "antipyretic"})
"""Kinds of intervention whose single drugs are one item."""


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A monitoring record that was written from a study.

    Attributes
    ----------
    text : str
        A file in the long form, see `livingdrug.clinical.monitoring.read`.
    recorded : frozenset of str
        Groups of which the study says for every person what was given, so that no row means no.
    notes : tuple of Issue
        Warnings: what could not be written.
    """

    text: str
    recorded: frozenset[str]
    notes: tuple[Issue, ...]


def study_record(study: xr.Dataset, *, leave_out: Collection[str] = ()) -> StudyRecord:
    """Write the observations, interventions and ages of single people as a monitoring record.

    A drug that was given on an unknown day is not written: then neither that it was given at some
    time nor that it never was may be used, and grades keep their bounds.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``. Terms are those of the vocabulary, or names of items.
    leave_out : collection of str, optional
        Terms that are not written, as of a unit that is not settled.

    Returns
    -------
    StudyRecord

    Raises
    ------
    DataError
        When no person has a value that a record can hold.
    """
    writer, notes = RecordWriter(), []
    people = _write_persons(study, writer)
    written, outside = _write_observations(study, writer, set(leave_out))
    if not written:
        raise DataError(
            f"study {study.attrs['id']}: no individual value that a monitoring record can hold; "
            f"known terms: {', '.join(_TERMS)}, and the items of the record"
        )
    if outside:
        words = f"{outside} values below or above a limit of their assay were not written"
        notes.append(Issue("warning", "observations", words))
    dated, notes_given, stated = _write_interventions(study, writer)
    everybody = people | written
    recorded = frozenset(
        group
        for group, items in RECORD_GROUPS.items()
        if everybody and all(everybody <= stated[item] for item in items)
    )
    strangers = dated - everybody
    if strangers:
        shown = ", ".join(sorted(strangers)[:5])
        notes.append(Issue("warning", "interventions", f"no values of these people: {shown}"))
    return StudyRecord(writer.text.getvalue(), recorded, (*notes, *notes_given))


def _write_persons(study: xr.Dataset, writer: RecordWriter) -> set[str]:
    if "subject" not in study.dims:
        return set()
    names = study["subject"].values.astype(np.str_).tolist()
    for item in ("age", "weight"):
        if item not in study or study[item].dims != ("subject",):
            continue
        unit = str(study[item].attrs.get("units", ""))
        for name, value in zip(names, study[item].values.tolist(), strict=True):
            if np.isfinite(value):
                number = convert(float(value), unit, ITEMS[item].unit)
                writer.add(name, item, None, f"{number:g}", ITEMS[item].unit)
    return set(names)


def _write_observations(
    study: xr.Dataset, writer: RecordWriter, leave_out: set[str]
) -> tuple[set[str], int]:
    """Write the values; return the people they are of, and how many lay outside a limit."""
    if "obs_time" not in study:
        return set(), 0
    names = ("term", "unit", "subject", "time", "value")
    columns = {name: study[f"obs_{name}"].values for name in names}
    single = columns["subject"].astype(np.str_) != ""
    known = single & (censoring_codes(study) == MEASURED)
    people, outside = set(), 0
    for row in np.flatnonzero(single):
        term, subject = str(columns["term"][row]), str(columns["subject"][row])
        if term in leave_out or (term not in _TERMS and term not in ITEMS):
            continue
        people.add(subject)
        if not known[row]:
            outside += 1
            continue
        value, unit = float(columns["value"][row]), str(columns["unit"][row])
        item, wanted, shown = _TERMS.get(
            term, (term, unit, ITEMS[term].unit if term in ITEMS else "")
        )
        value = convert(value, unit, wanted)
        if item == "temperature" and term != item:
            value += _NORMAL
        writer.add(subject, item, float(columns["time"][row]), f"{value:.9g}", shown)
    return people, outside


def _write_interventions(
    study: xr.Dataset, writer: RecordWriter
) -> tuple[set[str], list[Issue], dict[str, set[str]]]:
    """Write what was given; return to whom, notes, and for whom each item is stated in full."""
    people: set[str] = set()
    stated: dict[str, set[str]] = defaultdict(set)
    if "iv_name" not in study:
        return people, [], stated
    names = ("name", "kind", "subject", "status", "start", "stop", "amount", "unit")
    columns = {name: study[f"iv_{name}"].values.tolist() for name in names}
    undated: dict[str, set[str]] = defaultdict(set)
    for name, kind, subject, status, start, stop, amount, unit in zip(
        *columns.values(), strict=True
    ):
        item = _item(name, kind)
        if not item or not subject:
            continue
        if status == "given":
            measured = np.isfinite(amount)
            writer.add(
                subject, item, start, f"{amount:.9g}" if measured else "", unit if measured else "",
                stop=stop if np.isfinite(stop) else None, detail="" if name == item else name,
            )  # fmt: skip
            people.add(subject)
        elif status == "given, day unknown":
            undated[item].add(subject)
        if status in {"given", "not given"}:
            stated[item].add(subject)
    notes = [_undated(item, sorted(who)) for item, who in undated.items()]
    for item, who in undated.items():
        stated[item] -= who
    return people, notes, stated


def _undated(item: str, who: list[str]) -> Issue:
    shown = ", ".join(who[:5]) + (", ..." if len(who) > 5 else "")
    message = f"given on an unknown day, and not written, to {shown}"
    fix = "grades of these people keep bounds where the drug decides"
    return Issue("warning", f"interventions, {item}", message, fix)


def _item(name: str, kind: str) -> str:
    if name in ITEMS or name in ALIASES:
        return name
    return _KINDS.get(kind, "")
