"""The people of a study as a table of declared columns, as commands read one from a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.errors import DataError, Issue, UnknownNameError, raise_issues, unknown_name
from livingdrug.data.persons import PersonVariable, person_texts, study_persons
from livingdrug.data.readers.columns import ColumnRule, ColumnTable

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["person_columns"]


def person_columns(
    study: xr.Dataset, rules: Mapping[str, ColumnRule], *, required: Sequence[str]
) -> ColumnTable:
    """Return variables of people under the rules of a table.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    rules : mapping of str to ColumnRule
        By name of the variable; ``subject`` is the label of the person.
    required : sequence of str
        Variables that must be there.

    Returns
    -------
    ColumnTable
        Those of the variables that the study has. A category where a number is asked for counts
        as missing.

    Raises
    ------
    UnknownNameError
        When a required variable is missing.
    DataError
        When the study has no people, or a value breaks its rule.
    """
    label = str(study.attrs["id"])
    known = {one.name: one for one in study_persons(study)}
    if not known:
        raise DataError(
            f"{label}: the study has no variables of people; give a table of one row per person"
        )
    names = study["subject"].values.astype(np.str_).tolist()
    wanted = [name for name in required if name != "subject"]
    raise_issues(
        [
            unknown_name("person variable", name, known, where=f"study {label}")
            for name in wanted
            if name not in known
        ],
        UnknownNameError,
    )
    raise_issues(
        [
            Issue("error", f"study {label}, {name}", "is a category, and a number is needed")
            for name in wanted
            if rules[name].kind != "text" and _numbers(known[name], rules[name]) is None
        ],
        DataError,
    )
    places = tuple(f"{label}, {name}" for name in names)
    issues: list[Issue] = []
    text: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for name, rule in rules.items():
        if name == "subject":
            text[name] = tuple(names)
        elif name in known and rule.kind == "text":
            text[name] = person_texts(known[name])
            _gaps(name, [not word for word in text[name]], rule, places, issues)
        elif name in known and (values := _numbers(known[name], rule)) is not None:
            numbers[name] = np.array(values, np.float64)
            _gaps(name, np.isnan(numbers[name]).tolist(), rule, places, issues)
            _range(name, numbers[name].tolist(), rule, places, issues)
    raise_issues(issues, DataError)
    return ColumnTable(label, places, text, numbers)


def _numbers(one: PersonVariable, rule: ColumnRule) -> list[float] | None:
    """Return the values as numbers; None for a category whose words stand for none."""
    if one.type != "category":
        return [float(value) for value in one.values]
    words = [str(value).lower() for value in one.values]
    if any(word and word not in rule.codes for word in words):
        return None
    return [rule.codes.get(word, math.nan) for word in words]


def _gaps(
    name: str, gaps: Sequence[bool], rule: ColumnRule, places: Sequence[str], issues: list[Issue]
) -> None:
    if not rule.needed:
        return
    issues.extend(
        Issue("error", f"{place}, {name}", "is not known", "every person needs a value here")
        for place, gap in zip(places, gaps, strict=True)
        if gap
    )


def _range(
    name: str, values: Sequence[float], rule: ColumnRule, places: Sequence[str], issues: list[Issue]
) -> None:
    if rule.kind == "code":
        allowed = set(rule.codes.values())
        bad = [not np.isnan(value) and value not in allowed for value in values]
    else:
        bad = [value < rule.low or value > rule.high for value in values]
    fix = f"allowed: {rule.low:g} to {rule.high:g}"
    issues.extend(
        Issue("error", f"{place}, {name}", f"{value:g} is not allowed", fix)
        for place, value, wrong in zip(places, values, bad, strict=True)
        if wrong
    )
