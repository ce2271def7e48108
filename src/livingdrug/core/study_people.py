"""The parts of a study about single people: typed variables, and what was done to whom when."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from livingdrug.core.columns import Checker, Column, Values

__all__ = [
    "INTERVENTION_KINDS",
    "INTERVENTION_STATUS",
    "PERSON_ROLES",
    "PERSON_TYPES",
    "check_interventions",
    "check_persons",
]

PERSON_ROLES = ("outcome", "covariate")
"""Values of the attribute ``role`` of a variable of people."""
PERSON_TYPES = ("number", "day", "grade", "flag", "category")
"""Values of the attribute ``type``. A grade has a lowest and a highest level, a flag is 0 or 1, a
category is text and one of its levels."""

INTERVENTION_KINDS = (
    "engineered cells",
    "lymphodepletion",
    "bridging",
    "chemotherapy",
    "radiation",
    "radioligand",
    "transplant",
    "cytokine blockade",
    "corticosteroid",
    "antipyretic",
    "immunoglobulin",
    "growth factor",
    "anti-infective",
    "organ support",
    "procedure",
    "other",
)
"""Values of ``iv_kind``."""
INTERVENTION_STATUS = ("given", "given, day unknown", "not given", "planned")
"""Values of ``iv_status``. ``"not given"`` is a statement of the source, not a gap in it."""

_INTERVENTIONS = (
    Column("iv_name", "text"),
    Column("iv_kind", "text", allowed=INTERVENTION_KINDS),
    Column("iv_subject", "text", missing=True),
    Column("iv_group", "text", missing=True),
    Column("iv_status", "text", allowed=INTERVENTION_STATUS),
    Column("iv_start", "number", missing=True),
    Column("iv_stop", "number", missing=True),
    Column("iv_amount", "number", missing=True, low=0),
    Column("iv_unit", "unit"),
    Column("iv_count", "integer", low=0),
    Column("iv_route", "text", missing=True),
    Column("iv_note", "text", missing=True),
)


def check_persons(check: Checker, observed: Values | None) -> Values | None:
    """Check the variables over the dimension ``subject``.

    Parameters
    ----------
    check : Checker
    observed : ndarray of str or None
        Subjects of the observations.

    Returns
    -------
    ndarray of str or None
        The people; None when the study has no such dimension.
    """
    ds = check.ds
    if "subject" not in ds.dims:
        return None
    people = check.coordinate("subject", "text")
    for key, variable in ds.data_vars.items():
        if "subject" not in variable.dims:
            continue
        name = str(key)
        if tuple(variable.dims) != ("subject",):
            check.error(f"variable {name}", f"has dims {variable.dims}; it must have 'subject'")
            continue
        _check_person(check, name)
    if people is not None and observed is not None:
        strangers = sorted(set(observed.tolist()) - set(people.tolist()) - {""})
        if strangers:
            shown = ", ".join(strangers[:5])
            check.warn("coordinate subject", f"observed but not among them: {shown}")
    return people


def _check_person(check: Checker, name: str) -> None:
    place = f"variable {name}"
    attrs = check.ds.variables[name].attrs
    for key, allowed in (("role", PERSON_ROLES), ("type", PERSON_TYPES)):
        if attrs.get(key) not in allowed:
            words = ", ".join(repr(one) for one in allowed)
            check.error(f"{place}, attribute {key}", f"is {attrs.get(key)!r}; allowed are {words}")
    check.units(name)
    kind = attrs.get("type")
    levels = _levels(check, name) if kind in {"grade", "category"} else []
    if kind == "category":
        values = check.values(name, "text", ("subject",))
        if values is not None:
            strange = ~np.isin(values, np.array(["", *levels], dtype=np.str_))
            check.bad(
                place, strange, f"allowed are {', '.join(map(str, levels))}, or empty", values
            )
        return
    values = check.values(name, "number", ("subject",))
    if values is None:
        return
    check.entries(Column(name, "number", missing=True), values)
    if kind == "day" and attrs.get("units") != "day":
        check.error(f"{place}, attribute units", f"is {attrs.get('units')!r}; it must be 'day'")
    if kind == "flag":
        numbers = values.astype(np.float64)
        check.bad(place, ~np.isin(numbers, (0, 1)) & ~np.isnan(numbers), "must be 0, 1 or NaN",
                  values)  # fmt: skip
    elif kind == "grade" and levels:
        numbers = values.astype(np.float64)
        low, high = float(str(levels[0])), float(str(levels[-1]))
        outside = (numbers < low) | (numbers > high)
        check.bad(place, outside, f"must lie between {low:g} and {high:g}", values)


def _levels(check: Checker, name: str) -> Sequence[object]:
    """Return the levels of a variable, of a grade as numbers that rise."""
    attrs = check.ds.variables[name].attrs
    place = f"variable {name}, attribute levels"
    try:
        levels = json.loads(str(attrs.get("levels", "")))
    except ValueError:
        check.error(place, "is missing or not a JSON list", "as '[0, 1, 2, 3, 4]'")
        return []
    if not isinstance(levels, list) or not levels or len(set(map(str, levels))) < len(levels):
        check.error(place, f"is {levels!r}; it must be a list of different levels")
        return []
    if attrs.get("type") == "grade":
        numbers = all(isinstance(level, (int, float)) for level in levels)
        if not numbers or sorted(levels) != levels:
            check.error(place, f"is {levels!r}; the levels of a grade are numbers that rise")
            return []
    elif not all(isinstance(level, str) and level for level in levels):
        check.error(place, f"is {levels!r}; the levels of a category are texts")
        return []
    return levels


def check_interventions(check: Checker, people: Values | None) -> None:
    """Check the table of interventions.

    Parameters
    ----------
    check : Checker
    people : ndarray of str or None
        Subjects of the study, where it lists them.
    """
    found = check.table("intervention", _INTERVENTIONS)
    if len(found) < len(_INTERVENTIONS):
        return
    numbers = {name: found[f"iv_{name}"].astype(np.float64) for name in ("start", "stop", "amount")}
    status, subject = found["iv_status"], found["iv_subject"]
    dated = np.isin(status, ("given", "planned"))
    undated = np.isnan(numbers["start"])
    check.bad("variable iv_start", (status == "given") & undated,
              "NaN for what was given; its status is 'given, day unknown'")  # fmt: skip
    check.bad("variable iv_start", ~dated & ~undated,
              "a day where the status says that there is none", found["iv_start"])  # fmt: skip
    check.bad("variable iv_stop", numbers["stop"] < numbers["start"], "before iv_start",
              found["iv_stop"])  # fmt: skip
    lone = np.isfinite(numbers["stop"]) & undated
    check.bad("variable iv_stop", lone, "given without iv_start", found["iv_stop"])
    bare = np.isfinite(numbers["amount"]) & (found["iv_unit"] == "")
    check.bad("variable iv_unit", bare, "empty beside an amount; '1' for a number without unit")
    refused = (status == "not given") & (np.nan_to_num(numbers["amount"]) > 0)
    check.bad("variable iv_amount", refused, "an amount of what was not given")
    if people is not None:
        strange = ~np.isin(subject, np.array([*people.tolist(), ""], dtype=np.str_))
        check.bad("variable iv_subject", strange, "no such subject", subject)
