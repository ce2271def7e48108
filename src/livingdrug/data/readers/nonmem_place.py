"""A NONMEM-type table as a place: recognized by its columns, described by a file beside it."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livingdrug.core.delimited import is_missing, read_raw_table
from livingdrug.core.errors import (
    DataError,
    Issue,
    LivingDrugError,
    OptionError,
    UnitError,
    nearest_names,
)
from livingdrug.core.units import convert, parse_unit
from livingdrug.data.covariates import CARRY_RULES
from livingdrug.data.readers.ignore import ignore_rule
from livingdrug.data.readers.nonmem import read_nonmem
from livingdrug.data.readers.nonmem_rows import COLUMNS, event_columns, is_event_header
from livingdrug.data.readers.table import StudyTableWarning

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DESCRIPTION_KEYS", "is_nonmem", "open_nonmem"]

DESCRIPTION_KEYS: dict[str, tuple[type, ...]] = {
    "term": (str, dict), "unit": (str, dict), "dose_names": (str, dict), "dose_unit": (str,),
    "time_unit": (str,), "day_one": (bool,), "ignore": (str,), "covariates": (dict,),
    "carry": (str,), "log_scale": (bool,), "signed": (bool,), "assay": (str,),
}  # fmt: skip
"""Keys of the description: the arguments of `read_nonmem`."""


def is_nonmem(path: Path) -> bool:
    """Tell whether a file is a NONMEM-type table: its columns hold ID, TIME and DV (or Y).

    A table whose columns are separated by blanks counts too, so that the reader says what is wrong.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    if not path.is_file():
        return False
    found: list[Issue] = []
    table = read_raw_table(path, path.name, [name.lower() for name in COLUMNS], found)
    if table is None:
        return False
    blanks = table.columns[0].split() if len(table.columns) == 1 else ()
    return is_event_header(table.columns) or is_event_header(blanks)


def open_nonmem(path: Path) -> tuple[xr.Dataset | None, list[int], list[Issue]]:
    """Read a NONMEM-type table with the description beside it, without raising.

    Parameters
    ----------
    path : Path
        The description has the same name and ends in ``.toml``. Without it the form of the table is
        read all the same, and a warning says that terms and units are not known.

    Returns
    -------
    study : xarray.Dataset or None
        None when an issue is an error.
    rows : list of int
        Row of the file of each observation (header = row 1).
    issues : list of Issue
    """
    issues: list[Issue] = []
    beside = path.with_suffix(".toml")
    options = _described(beside, issues) if beside.is_file() else _undescribed(path, issues)
    if issues and any(one.level == "error" for one in issues):
        return None, [], issues
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            table = read_nonmem(path, **options)
        except LivingDrugError as error:
            found = list(error.issues) or [Issue("error", str(path), str(error))]
            return None, [], [*issues, *found]
    for one in caught:
        message = one.message
        plain = (Issue("warning", str(path), str(message)),)
        issues += (isinstance(message, StudyTableWarning) and message.issues) or plain
    return table.study, list(table.observation_rows), issues


def _described(path: Path, issues: list[Issue]) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        issues.append(Issue("error", str(path), f"cannot be read: {error}"))
        return {}
    for key, value in content.items():
        if key not in DESCRIPTION_KEYS:
            near = nearest_names(key, DESCRIPTION_KEYS, count=1)
            fix = f"did you mean {near[0]!r}?" if near else f"keys: {', '.join(DESCRIPTION_KEYS)}"
            issues.append(Issue("error", f"{path}, {key}", "the key is not known", fix))
        elif not isinstance(value, DESCRIPTION_KEYS[key]):
            kinds = " or ".join(kind.__name__ for kind in DESCRIPTION_KEYS[key])
            issues.append(Issue("error", f"{path}, {key}", f"{value!r} is no {kinds}"))
        elif isinstance(value, dict) and not all(isinstance(one, str) for one in value.values()):
            issues.append(Issue("error", f"{path}, {key}", f"{value!r} does not hold texts only"))
    issues += _wrong_words(content, path)
    issues += [
        Issue("error", f"{path}, {key}", "the key is missing", f"write {key} = ...")
        for key in ("term", "unit", "dose_names")
        if key not in content
    ]
    return content


def _wrong_words(content: dict[str, Any], path: Path) -> list[Issue]:
    """Find units that are none, and a rule for covariates or rows that is none."""
    checks: dict[str, Callable[[str], object]] = {
        "unit": parse_unit, "dose_unit": parse_unit, "covariates": parse_unit,
        "time_unit": lambda text: convert(0.0, text, "day"), "ignore": ignore_rule,
    }  # fmt: skip
    found = []
    for key, check in checks.items():
        given = content.get(key, "")
        texts = given.values() if isinstance(given, dict) else [given] if given else []
        for text in (one for one in texts if isinstance(one, str)):
            try:
                check(text)
            except (UnitError, OptionError) as error:
                found.append(Issue("error", f"{path}, {key}", str(error)))
    carry = content.get("carry", CARRY_RULES[0])
    if isinstance(carry, str) and carry not in CARRY_RULES:
        what = f"{carry!r} is not a rule"
        found.append(Issue("error", f"{path}, carry", what, f"allowed: {', '.join(CARRY_RULES)}"))
    return found


def _undescribed(path: Path, issues: list[Issue]) -> dict[str, Any]:
    """Take whatever is dosed and observed in the table by its number."""
    issues.append(Issue(
        "warning", str(path), "what DV measures, its unit and what the doses are is not known",
        f"describe the table in {path.with_suffix('.toml').name} (term, unit, dose_names, ...)",
    ))  # fmt: skip
    table = read_raw_table(path, str(path), [name.lower() for name in COLUMNS], [])
    if table is None:  # pragma: no cover - it was read a moment ago
        raise DataError(f"{path}: cannot be read")
    names = event_columns(table.columns)

    def cells(name: str, line: tuple[str, ...]) -> str:
        text = line[names.index(name)].strip() if name in names else ""
        return "" if is_missing(text) else text

    lines = [line for _, line in table.rows]
    key: Callable[[tuple[str, ...]], str] = lambda line: cells("CMT", line) or "1"  # noqa: E731
    doses = dict.fromkeys(key(line) for line in lines)
    observed = dict.fromkeys(cells("DVID", line) or key(line) for line in lines)
    return {
        "term": {one: f"dv_{one}" for one in observed},
        "unit": dict.fromkeys(observed, "1"),
        "dose_names": {one: f"dose_{one}" for one in doses},
        "dose_unit": "1",
    }
