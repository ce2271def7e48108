"""Read a record from TOML into frozen dataclasses, with every problem reported together."""

from __future__ import annotations

import dataclasses
import math
import tomllib
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from livingdrug.core.errors import DataError, Issue, UnitError, nearest_names, raise_issues
from livingdrug.core.source import Origin
from livingdrug.core.units import conversion_factor

__all__ = ["Number", "check_whole", "number_issues", "parse_record", "read_toml", "unit_issues"]


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a record, or how it changes another.

    Attributes
    ----------
    value : float
        In `unit`; NaN where the record gives a factor.
    unit : str
    origin : Origin
    at : str
        Where it is known from; only an assumed number may stand without.
    factor : float
        Multiplies what other records give; NaN where the record gives a value.
    sd : float
        Standard deviation of the logarithm between people; NaN for that of the model.
    """

    value: float = math.nan
    unit: str = ""
    origin: Origin = Origin.ASSUMED
    at: str = ""
    factor: float = math.nan
    sd: float = math.nan


def read_toml(file: Path) -> dict[str, object]:
    """Read a TOML file.

    Parameters
    ----------
    file : Path

    Returns
    -------
    dict

    Raises
    ------
    DataError
        When there is no such file, or it is no TOML; with the line.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{file}: there is no such file") from None
    except UnicodeDecodeError:
        raise DataError(f"{file}: is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{file}: is not TOML: {error}") from None
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from None


Kind = typing.TypeVar("Kind")


def parse_record(
    kind: type[Kind],
    content: Mapping[str, object],
    file: str,
    checks: Sequence[Callable[[Kind], list[Issue]]] = (),
) -> Kind:
    """Turn the content of a file into a record.

    Parameters
    ----------
    kind : type
        A frozen dataclass.
    content : mapping
    file : str
        Named in every problem.
    checks : sequence of callable, optional
        As in `check_whole`.

    Returns
    -------
    record

    Raises
    ------
    DataError
        Listing every key that is missing, unknown or of another type; when there is none, what
        the checks find.
    """
    issues: list[Issue] = []
    record = typing.cast("Kind", _table(kind, content, file, "", issues))
    raise_issues(issues, DataError)
    check_whole(record, file, checks)
    return record


def check_whole(record: Kind, file: str, checks: Sequence[Callable[[Kind], list[Issue]]]) -> None:
    """Check what single keys cannot show: ranges, units, and keys that contradict each other.

    Parameters
    ----------
    record : record
    file : str
        Named in every problem.
    checks : sequence of callable
        From the record to what is wrong with it.

    Raises
    ------
    DataError
        Listing every problem.
    """
    found = [issue for check in checks for issue in check(record)]
    raise_issues([dataclasses.replace(i, where=_join(file, i.where)) for i in found], DataError)


def number_issues(
    number: Number, key: str, unit: str, *, above: bool = False, exact: bool = False
) -> list[Issue]:
    """Check a number that is given as a value: its unit and its range.

    Parameters
    ----------
    number : Number
    key : str
    unit : str
        It must convert into this.
    above : bool, optional
        Not even 0 is allowed, besides negative numbers.
    exact : bool, optional
        It must be this unit itself.

    Returns
    -------
    list of Issue
    """
    if math.isnan(number.value):
        return [Issue("error", key, "gives a factor", "give a value: there is nothing to multiply")]
    issues = unit_issues(number.unit, f"{key}.unit", unit)
    if exact and number.unit != unit:
        issues = [Issue("error", f"{key}.unit", f"is {number.unit!r}", f"allowed: {unit}")]
    if number.value < 0 or (above and number.value == 0):
        allowed = "more than 0" if above else "0 or more"
        issues.append(Issue("error", f"{key}.value", f"is {number.value:g}", f"allowed: {allowed}"))
    return issues


def unit_issues(given: str, key: str, unit: str) -> list[Issue]:
    """Check that a unit converts into another.

    Parameters
    ----------
    given, key, unit : str

    Returns
    -------
    list of Issue
    """
    try:
        conversion_factor(given, unit)
    except UnitError:
        fix = f"allowed: {unit}, or a unit that converts into it"
        return [Issue("error", key, f"is {given!r}", fix)]
    return []


def _join(file: str, key: str) -> str:
    return f"{file}, {key}" if key else file


def _table(kind: type, content: object, file: str, key: str, issues: list[Issue]) -> object:
    where = _join(file, key)
    if not isinstance(content, Mapping):
        issues.append(Issue("error", where, f"is {content!r}", "must be a table"))
        return None
    before = len(issues)
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in content:
        if name not in fields:
            near = nearest_names(str(name), fields, count=1)
            fix = f"did you mean {near[0]!r}? " if near else ""
            issues.append(
                Issue("error", where, f"unknown key {name!r}", f"{fix}allowed: {', '.join(fields)}")
            )
    values = {}
    for name, field in fields.items():
        path = f"{key}.{name}" if key else name
        if name in content:
            values[name] = _value(hints[name], content[name], file, path, issues)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            issues.append(Issue("error", where, f"the key {name!r} is missing"))
    if len(issues) > before:
        return None
    made = kind(**values)
    if isinstance(made, Number):
        issues.extend(_own_issues(made, where))
    if {"origin", "at"} <= fields.keys() and made.origin is not Origin.ASSUMED and not made.at:
        said = f"origin {made.origin.value!r} without a source"
        fix = "say where it stands with at=, or call it assumed"
        issues.append(Issue("error", where, said, fix))
    return made


def _value(hint: object, given: object, file: str, key: str, issues: list[Issue]) -> object:
    where, origin = _join(file, key), typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        hint = next(choice for choice in arguments if choice is not type(None))
        return _value(hint, given, file, key, issues)
    if origin is Literal:
        if given not in arguments:
            allowed = ", ".join(repr(choice) for choice in arguments)
            issues.append(Issue("error", where, f"is {given!r}", f"allowed: {allowed}"))
        return given
    if origin is tuple and isinstance(given, list):
        return tuple(
            _value(arguments[0], item, file, f"{key}[{place}]", issues)
            for place, item in enumerate(given)
        )
    if origin is Mapping and isinstance(given, Mapping):
        return {
            str(name): _value(arguments[1], item, file, f"{key}.{name}", issues)
            for name, item in given.items()
        }
    if hint is Origin:
        names = [item.value for item in Origin]
        if given not in names:
            issues.append(Issue("error", where, f"is {given!r}", f"allowed: {', '.join(names)}"))
            return Origin.ASSUMED
        return Origin(given)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _table(hint, given, file, key, issues)
    return _plain(hint, given, where, issues)


def _plain(hint: object, given: object, where: str, issues: list[Issue]) -> object:
    is_truth = isinstance(given, bool)
    if hint is float and isinstance(given, int | float) and not is_truth:
        if not math.isfinite(given):
            issues.append(Issue("error", where, f"is {given}", "must be a finite number"))
        return float(given)
    if hint is int and isinstance(given, int) and not is_truth:
        return given
    if hint is bool and is_truth:
        return given
    if hint is str and isinstance(given, str):
        return given
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "text"}
    word = words.get(typing.cast("type", hint), "a table")
    if typing.get_origin(hint) is tuple:
        word = "a list"
    issues.append(Issue("error", where, f"is {given!r}", f"must be {word}"))
    return None


def _own_issues(number: Number, where: str) -> list[Issue]:
    issues = []
    if math.isnan(number.value) == math.isnan(number.factor):
        fix = "give one of them" if math.isnan(number.value) else "leave one out"
        issues.append(Issue("error", where, "holds neither or both of value and factor", fix))
    elif not number.unit and math.isnan(number.factor):
        fix = 'say unit="1" for a pure number'
        issues.append(Issue("error", where, "has a value without a unit", fix))
    if number.sd < 0:
        issues.append(Issue("error", where, f"sd is {number.sd:g}", "must be 0 or more"))
    return issues
