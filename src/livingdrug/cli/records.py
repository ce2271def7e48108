"""``livingdrug products|edits|diseases|... list|show``: records and where they are known from."""

from __future__ import annotations

import dataclasses
import json
import math
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RECORD_APPS"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_HELP = {
    "products": "Engineered cells: list them, show one.",
    "edits": "Changes of the genome of cells: list them, show one.",
    "diseases": "Diseases: list them, show one.",
    "lymphodepletion": "Drugs before the cells: list them, show one.",
    "treatments": "Drugs on known days: list them, show one.",
    "policies": "Treatment that reacts to the state: list them, show one.",
    "trials": "Designs of trials: list them, show one.",
}


def _app(kind: str) -> typer.Typer:
    app = typer.Typer(help=_HELP[kind], no_args_is_help=True, rich_markup_mode=None)

    def list_command(as_json: AsJson = False) -> None:
        _list(kind, as_json)

    def show_command(
        name: Annotated[str, typer.Argument(metavar="NAME_OR_FILE")], as_json: AsJson = False
    ) -> None:
        _show(kind, name, as_json)

    app.command(name="list", help="List the records of the package.")(list_command)
    app.command(name="show", help="Check a record, and show every number with its source.")(
        show_command
    )
    return app


RECORD_APPS = {kind: _app(kind) for kind in _HELP}
"""A command for each kind of record."""


def _list(kind: str, as_json: bool) -> None:
    from livingdrug.records.index import load, names

    found = {name: load(kind, name) for name in names(kind)}
    if as_json:
        rows = [{"name": name, "title": record.title} for name, record in found.items()]
        typer.echo(json.dumps(rows, indent=2))
        return
    from livingdrug.cli.tables import print_table
    from livingdrug.records.cells import Product

    header = ("name", "title", "also known as") if kind == "products" else ("name", "title")
    rows_shown = []
    for name, record in found.items():
        also = [", ".join(record.aliases)] if isinstance(record, Product) else []
        rows_shown.append([name, record.title, *also])
    print_table(header, rows_shown)


def _show(kind: str, name: str, as_json: bool) -> None:
    from livingdrug.catalogue.index import get_model
    from livingdrug.records.check import check_record
    from livingdrug.records.index import load

    record = load(kind, name)
    check_record(record, get_model("reference"), name)
    plain = to_json(record)
    if as_json:
        typer.echo(json.dumps({"kind": kind, "name": name, "record": plain}, indent=2))
        return
    from livingdrug.cli.tables import echo, print_table

    echo(record.title)
    echo()
    print_table(("key", "value", "unit", "origin", "known from"), list(_rows("", record)))


def to_json(value: object) -> object:
    """Turn a record into JSON values: what is not given is left out.

    Parameters
    ----------
    value : object

    Returns
    -------
    object
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {key: item for key, item in given.items() if item not in (None, "", [], {})}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value


def _rows(key: str, value: object) -> Iterator[list[str]]:
    """Write a record as rows, one for each number or text."""
    from livingdrug.records.read import Number

    if isinstance(value, Number):
        shown = f"x {value.factor:g}" if math.isnan(value.value) else f"{value.value:g}"
        if not math.isnan(value.sd):
            shown += f" (ln SD {value.sd:g})"
        yield [key, shown, value.unit, value.origin.value, value.at]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.name != "title" or key:
                inner = f"{key}.{field.name}" if key else field.name
                yield from _rows(inner, getattr(value, field.name))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _rows(f"{key}.{name}", item)
    elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        for place, item in enumerate(value):
            yield from _rows(f"{key}[{place}]", item)
    elif isinstance(value, tuple):
        if value:
            yield [key, ", ".join(_text(item) for item in value), "", "", ""]
    elif not (isinstance(value, float) and not math.isfinite(value)) and value != "":
        yield [key, _text(value), "", "", ""]


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value:g}" if isinstance(value, float) else str(value)
