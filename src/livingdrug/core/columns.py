"""Checks on single variables of a dataset, and the collector with which `core.schema` runs them."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import Issue, UnitError, nearest_names
from livingdrug.core.units import parse_unit

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SCHEMA_VERSION", "Checker", "Column", "Values"]

SCHEMA_VERSION = "1"
"""Of the schemas of a course, reductions, a cohort and a study."""

Kind = Literal["number", "integer", "flag", "text", "unit", "label"]
Values: TypeAlias = "NDArray[np.generic]"
Mask: TypeAlias = "NDArray[np.bool_]"

_KIND_WORDS: dict[Kind, str] = {
    "number": "numbers",
    "integer": "integers",
    "flag": "true or false (bool)",
    "text": "text",
    "unit": "unit texts",
    "label": "subject ids (integers or text)",
}
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Column:
    """One variable of a table inside a dataset.

    Attributes
    ----------
    name : str
    kind : {"number", "integer", "flag", "text", "unit", "label"}
    missing : bool
        NaN (numbers) or ``""`` (text) is allowed.
    infinite : bool
        Infinity is allowed: a time at which something never happens.
    low, above : float
        Numbers must be at least `low` and larger than `above`.
    allowed : tuple of str
        The allowed texts; empty when all are.
    """

    name: str
    kind: Kind
    missing: bool = False
    infinite: bool = False
    low: float = -math.inf
    above: float = -math.inf
    allowed: tuple[str, ...] = ()


class Checker:
    """Run checks on one dataset and keep every issue.

    Parameters
    ----------
    ds : xarray.Dataset
    what : str
        Word for the dataset in messages, as ``"cohort"``.

    Attributes
    ----------
    issues : list of Issue
    """

    def __init__(self, ds: xr.Dataset, what: str) -> None:
        self.ds = ds
        self.what = what
        self.issues: list[Issue] = []

    def error(self, place: str, message: str, fix: str = "") -> None:
        """Add an error at a place in the dataset."""
        where = f"{self.what}, {place}" if place else self.what
        self.issues.append(Issue("error", where, message, fix))

    def warn(self, place: str, message: str, fix: str = "") -> None:
        """Add a warning at a place in the dataset."""
        self.issues.append(Issue("warning", f"{self.what}, {place}", message, fix))

    def bad(self, place: str, mask: Mask, message: str, values: Values | None = None) -> None:
        """Add one error for all marked entries, naming the first by index (from 0) and value."""
        marked = np.argwhere(mask)
        if not len(marked):
            return
        shown = []
        for row in marked[:_SHOWN]:
            index = ", ".join(str(int(part)) for part in row)
            value = "" if values is None else f" ({_plain(values[tuple(row)])!r})"
            shown.append(f"[{index}]{value}")
        more = f" and {len(marked) - _SHOWN} more" if len(marked) > _SHOWN else ""
        self.error(place, f"{message}; at {', '.join(shown)}{more}")

    def header(self, schema: str, version: str, texts: Mapping[str, bool]) -> None:
        """Check the schema name and version and the text attributes (name -> may be empty)."""
        attrs = self.ds.attrs
        if attrs.get("schema") != schema:
            self.error("attribute schema", f"is {attrs.get('schema')!r}; it must be {schema!r}")
        elif attrs.get("schema_version") != version:
            self.error(
                "attribute schema_version",
                f"is {attrs.get('schema_version')!r}; this version reads {version!r}",
                "use the livingdrug version that wrote the data, or write them again",
            )
        for name, may_be_empty in texts.items():
            value = attrs.get(name)
            if not isinstance(value, str):
                self.error(f"attribute {name}", f"is {_given(value)}; it must be text")
            elif not value and not may_be_empty:
                self.error(f"attribute {name}", "is empty")

    def json_attribute(
        self, name: str, expected: type[list[object]] | type[dict[str, object]]
    ) -> object:
        """Return a JSON attribute, or None after adding an error."""
        text = self.ds.attrs.get(name)
        words = "a JSON list" if expected is list else "a JSON object"
        if not isinstance(text, str):
            self.error(f"attribute {name}", f"is {_given(text)}; it must be {words} as text")
            return None
        try:
            value: object = json.loads(text)
        except ValueError as error:
            self.error(f"attribute {name}", f"is not JSON ({error}); it must be {words}")
            return None
        if not isinstance(value, expected):
            self.error(f"attribute {name}", f"holds {text[:60]!r}; it must be {words}")
            return None
        return value

    def coordinate(self, name: str, kind: Kind) -> Values | None:
        """Return a coordinate with unique values of a kind, or None after adding an error."""
        if name not in self.ds.dims or name not in self.ds.coords:
            self.error(f"coordinate {name}", "is missing", self._near(name))
            return None
        values = self.values(name, kind, (name,))
        if values is not None:
            _, first, count = np.unique(values, return_index=True, return_counts=True)
            repeated = np.isin(values, values[first[count > 1]])
            self.bad(f"coordinate {name}", repeated, "values occur more than once", values)
        return values

    def values(self, name: str, kind: Kind, dims: Sequence[str]) -> Values | None:
        """Return the values of a variable with the right dims and kind, else add an error."""
        if name not in self.ds.variables:
            self.error(f"variable {name}", "is missing", self._near(name))
            return None
        variable = self.ds.variables[name]
        if tuple(variable.dims) != tuple(dims):
            self.error(
                f"variable {name}",
                f"has dims {_tuple(variable.dims)}; they must be {_tuple(dims)}",
            )
            return None
        values = _coerce(np.asarray(variable.values), kind)
        if values is None:
            self.error(
                f"variable {name}",
                f"has type {variable.dtype}; it must hold {_KIND_WORDS[kind]}",
            )
        return values

    def units(self, name: str) -> None:
        """Check that a variable has an attribute ``units`` that parses."""
        text = self.ds.variables[name].attrs.get("units")
        place = f"variable {name}, attribute units"
        if isinstance(text, str):
            self.unit(place, text)
        else:
            self.error(place, f"is {_given(text)}; it must be text", "'' when dimensionless")

    def days(self, name: str, *, required: bool = True) -> None:
        """Check that a variable says that it is in days."""
        text = self.ds.variables[name].attrs.get("units", None if required else "day")
        if text != "day":
            self.error(
                f"variable {name}, attribute units",
                f"is {_given(text)}; it must be 'day'",
                "convert the values and set the attribute",
            )

    def timed(self, name: str) -> None:
        """Check that a variable names a unit: days, or that of a model in another one."""
        text = self.ds.variables[name].attrs.get("units")
        if not (isinstance(text, str) and text):
            self.error(
                f"variable {name}, attribute units",
                f"is {_given(text)}; it must be 'day', or the unit of time of the model",
                "set the attribute",
            )

    def unit(self, place: str, text: str) -> bool:
        """Check that a unit parses."""
        try:
            parse_unit(text)
        except UnitError as error:
            self.error(place, str(error))
            return False
        return True

    def table(self, dim: str, columns: Sequence[Column]) -> dict[str, Values]:
        """Check the columns of one record dimension; return those that have the right kind.

        Nothing is checked, and ``{}`` returned, when neither the dim nor any column is there.
        """
        if dim not in self.ds.dims and not any(c.name in self.ds.variables for c in columns):
            return {}
        found = {}
        for column in columns:
            values = self.values(column.name, column.kind, (dim,))
            if values is not None:
                found[column.name] = values
                self.entries(column, values)
                if column.name.endswith(("_time", "_duration")):
                    self.days(column.name, required=False)
        return found

    def entries(self, column: Column, values: Values) -> None:
        """Check each entry of a column."""
        place = f"variable {column.name}"
        if column.kind in {"number", "integer"}:
            numbers = values.astype(np.float64)
            if not column.missing:
                self.bad(place, np.isnan(numbers), "NaN is not allowed")
            if not column.infinite:
                self.bad(place, np.isinf(numbers), "infinite values are not allowed", values)
            if column.low > -math.inf:
                self.bad(place, numbers < column.low, f"must be at least {column.low:g}", values)
            if column.above > -math.inf:
                self.bad(
                    place, numbers <= column.above, f"must be larger than {column.above:g}", values
                )
        elif column.kind == "unit":
            for text in np.unique(values).tolist():
                self.unit(place, text)
        elif column.kind == "text":
            if column.allowed:
                allowed = ", ".join(repr(text) for text in column.allowed)
                mask = ~np.isin(values, np.array(column.allowed))
                self.bad(place, mask, f"allowed are {allowed}", values)
            elif not column.missing:
                self.bad(place, values == "", "empty text is not allowed")

    def members(self, name: str, values: Values | None, known: Values | None, what: str) -> None:
        """Check that every entry of a column is a value of a coordinate."""
        if values is None or known is None or not values.size:
            return
        if (values.dtype.kind == "U") != (known.dtype.kind == "U") and known.size:
            self.error(
                f"variable {name}",
                f"holds {_words(values)} but the coordinate {what} holds {_words(known)}",
            )
            return
        self.bad(f"variable {name}", ~np.isin(values, known), f"no such {what}", values)

    def ordered(self, name: str, values: Values, *, strict: bool) -> None:
        """Check that a coordinate increases (strictly, or without a decrease)."""
        steps = np.diff(values.astype(np.float64))
        mask = np.concatenate([[False], steps <= 0 if strict else steps < 0])
        word = "must increase" if strict else "must not decrease"
        self.bad(f"coordinate {name}", mask, f"values {word}", values)

    def _near(self, name: str) -> str:
        near = nearest_names(name, [str(key) for key in self.ds.variables], count=2)
        return f"there is {' and '.join(repr(match) for match in near)}" if near else ""


def _coerce(values: Values, kind: Kind) -> Values | None:
    """Return the values as a plain NumPy type of the kind, or None when they are not of it."""
    code = values.dtype.kind
    if kind == "number":
        return values if code in "fiu" else None
    if kind == "integer":
        return values if code in "iu" else None
    if kind == "flag":
        return values if code == "b" else None
    if kind == "label" and code in "iu":
        return values
    if code in "OT":
        flat = values.ravel().tolist()
        if all(isinstance(item, str) for item in flat):
            return np.array(flat, dtype=np.str_).reshape(values.shape)
        return None
    return values if code == "U" else None


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _words(values: Values) -> str:
    return "text" if values.dtype.kind == "U" else "integers"


def _tuple(dims: Sequence[Hashable]) -> str:
    return "(" + ", ".join(str(dim) for dim in dims) + ")"


def _given(value: object) -> str:
    return "missing" if value is None else repr(value)
