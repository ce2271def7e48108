"""Frozen dataclasses to plain JSON values and back, with every mismatch reported."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping

import numpy as np

from livingdrug.core.errors import Issue
from livingdrug.core.redact import without_paths

__all__ = ["from_plain", "to_plain"]


def to_plain(value: object) -> object:
    """Turn records, tuples and NumPy scalars into JSON values, and clean every text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, str):
        return without_paths(value)
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, Mapping):
        return {without_paths(str(key)): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: object, value: object, where: str, issues: list[Issue]) -> object:
    """Rebuild a value of a field's type from JSON, adding an issue for each mismatch."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _record(kind, value, where, issues)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and isinstance(value, list):
        items = [
            from_plain(arguments[0], item, f"{where}[{index}]", issues)
            for index, item in enumerate(value)
        ]
        return tuple(items)
    if origin is Mapping and isinstance(value, dict):
        return {
            key: from_plain(arguments[1], item, f"{where}[{key!r}]", issues)
            for key, item in value.items()
        }
    if origin is types.UnionType:
        if value is None and type(None) in arguments:
            return None
        choices = [choice for choice in arguments if choice is not type(None)]
        match = [c for c in choices if dataclasses.is_dataclass(c) or _is_a(value, c)]
        return from_plain(match[0] if match else choices[0], value, where, issues)
    if isinstance(kind, type) and _is_a(value, kind):
        return float(value) if kind is float else value  # type: ignore[arg-type]
    wanted = "a list" if origin is tuple else "an object" if origin is Mapping else _word(kind)
    issues.append(Issue("error", where, f"is {value!r}; it must be {wanted}"))
    return None


def _is_a(value: object, kind: type) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float if kind is float else kind)


def _word(kind: object) -> str:
    return {str: "text", int: "an integer", float: "a number"}.get(
        typing.cast("type", kind), str(kind)
    )


def _record(kind: type, value: object, where: str, issues: list[Issue]) -> object:
    if not isinstance(value, dict):
        issues.append(Issue("error", where, f"is {value!r}; it must be an object"))
        return None
    hints = typing.get_type_hints(kind)
    missing = [name for name in hints if name not in value]
    issues.extend(Issue("error", where, f"field {name!r} is missing") for name in missing)
    unknown = [name for name in value if name not in hints]
    issues.extend(Issue("error", where, f"field {name!r} is not known") for name in unknown)
    fields = {
        name: from_plain(hint, value[name], f"{where}, {name}", issues)
        for name, hint in hints.items()
        if name in value
    }
    return kind(**fields) if not missing else None
