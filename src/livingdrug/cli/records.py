"""``livingdrug products|edits|diseases|... list|show``: records and where they are known from."""

from __future__ import annotations

import dataclasses
import json
import math
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.core.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livingdrug.records.choices import Choice
    from livingdrug.records.index import Record

__all__ = ["RECORD_APPS"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[
    str,
    typer.Argument(metavar="NAME_OR_FILE", help="Name of a record, or a file that ends in .toml."),
]

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

    def show_command(name: Name, as_json: AsJson = False) -> None:
        _show(kind, name, as_json)

    app.command(name="list", help="List the records of the package.")(list_command)
    app.command(name="show", help="Check a record, and show every number with its source.")(
        show_product if kind == "products" else show_command
    )
    return app


def show_product(
    name: Name,
    disease: Annotated[
        str, typer.Option(metavar="DISEASE", help="Show every parameter as it is in this disease.")
    ] = "",
    edit: Annotated[
        list[str] | None,
        typer.Option(metavar="EDIT", help="A further edit, with --disease; may be repeated."),
    ] = None,
    lymphodepletion: Annotated[
        str, typer.Option(metavar="RECORD", help="Drugs before the cells, with --disease.")
    ] = "flu_cy",
    as_json: AsJson = False,
) -> None:
    """Show a product, alone or in a disease.

    Parameters
    ----------
    name, disease : str
    edit : list of str, optional
    lymphodepletion : str, optional
    as_json : bool, optional
    """
    if disease:
        _show_setting(name, disease, edit or [], lymphodepletion, as_json)
        return
    if edit or lymphodepletion != "flu_cy":
        fix = "add --disease DISEASE, or leave --edit and --lymphodepletion out"
        raise OptionError(f"--edit and --lymphodepletion show a product in a disease: {fix}")
    _show("products", name, as_json)


RECORD_APPS = {kind: _app(kind) for kind in _HELP}
"""A command for each kind of record."""


_LISTED = {
    "products": ("cells", "target", "costimulation", "aliases"),
    "diseases": ("response", "targets"),
    "edits": ("cells", "effect"),
    "policies": ("scale",),
    "trials": ("readouts", "product", "disease"),
}
"""Keys that a list shows besides the name and the title."""


def _list(kind: str, as_json: bool) -> None:
    from livingdrug.records.index import load, names

    found = {name: load(kind, name) for name in names(kind)}
    keys = _LISTED.get(kind, ())
    if as_json:
        rows = [
            {"name": name, "title": record.title, **{key: getattr(record, key) for key in keys}}
            for name, record in found.items()
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    from livingdrug.cli.tables import print_table

    shown = [
        [name, record.title, *(_text(getattr(record, key)) for key in keys)]
        for name, record in found.items()
    ]
    print_table(("name", "title", *keys), shown)


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
    print_table(("key", "value", "unit", "origin", "known from"), _rows_of(record))


def _show_setting(
    name: str, disease: str, edits: list[str], lymphodepletion: str, as_json: bool
) -> None:
    """Show every parameter of the reference model with the record that it comes from."""
    from livingdrug.catalogue.index import get_model
    from livingdrug.records.setting import resolve

    model = get_model("reference")
    setting = resolve(
        model, product=name, disease=disease, edits=edits, lymphodepletion=lymphodepletion
    )
    rows: list[dict[str, object]] = [
        _chosen(item.name, setting.choices[item.name])
        if item.name in setting.choices
        else {
            "name": item.name, "value": item.value, "unit": item.unit, "record": "model",
            "origin": item.origin.value, "at": item.at, "instead_of": [],
        }
        for item in model.parameters
    ]  # fmt: skip
    if as_json:
        found = {"product": name, "disease": disease, "model": model.id, "parameters": rows}
        typer.echo(json.dumps(found | {"notice": model.notice}, indent=2))
        return
    from livingdrug.cli.tables import echo, print_table

    echo(f"{name} in {disease}, {model.id} model; {model.notice}")
    echo()
    header = ("parameter", "value", "unit", "record", "origin", "known from", "instead of")
    shown = [
        [str(row["name"]), _value_text(row), str(row["unit"]), str(row["record"]),
         str(row["origin"]), str(row["at"]), _overridden(setting.choices.get(str(row["name"])))]
        for row in rows
        if row["record"] != "model"
    ]  # fmt: skip
    print_table(header, shown)
    rest = len(rows) - len(shown)
    echo(f"{rest} more parameters are those of the model: livingdrug models show {model.id}")


def _value_text(row: dict[str, object]) -> str:
    return f"{row['value']:g}" + (f" (ln SD {row['sd']:g})" if "sd" in row else "")


def _chosen(name: str, choice: Choice) -> dict[str, object]:
    earlier = [
        {"value": item.value, "record": item.record, "origin": item.origin.value, "at": item.at}
        for item in choice.instead_of
    ]
    spread = {} if math.isnan(choice.sd) else {"sd": choice.sd}
    return {
        "name": name, "value": choice.value, "unit": choice.unit, "record": choice.record,
        "origin": choice.origin.value, "at": choice.at, **spread, "instead_of": earlier,
    }  # fmt: skip


def _overridden(choice: Choice | None) -> str:
    earlier = choice.instead_of if choice else ()
    return ", ".join(f"{item.value:g} of {item.record}" for item in earlier)


def _rows_of(record: Record) -> list[list[str]]:
    """Write a record as rows; the source of a fact of a trial stands beside the fact."""
    sources: dict[str, str] = dict(getattr(record, "sources", {}))
    rows = [row for row in _rows("", record) if not row[0].startswith("sources.")]
    return [[*row[:4], row[4] or sources.get(row[0], "")] for row in rows]


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
        about = _about(value) if key else {}
        for field in dataclasses.fields(value):
            if key and field.name != "interval" and getattr(value, field.name) == field.default:
                continue  # not asked for
            if field.name not in about and (field.name != "title" or key):
                inner = f"{key}.{field.name}" if key else field.name
                for row in _rows(inner, getattr(value, field.name)):
                    yield [*row[:2], *about.values()] if field.name in _MAIN and about else row
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _rows(f"{key}.{name}", item)
    elif isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        for place, item in enumerate(value):
            yield from _rows(f"{key}[{place}]", item)
    elif isinstance(value, tuple):
        if value:
            yield [key, _text(value), "", "", ""]
    elif not (isinstance(value, float) and not math.isfinite(value)) and value not in ("", None):
        yield [key, _text(value), "", "", ""]


_MAIN = ("amount", "enrolled", "visits")
"""Keys beside which a list shows what its table says of itself: unit, origin, source."""


def _about(value: object) -> dict[str, str]:
    """Return unit, origin and source of a table that holds them, in the order of the columns."""
    if not hasattr(value, "at"):
        return {}
    return {name: _text(getattr(value, name, "")) for name in ("unit", "origin", "at")}


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return ", ".join(_text(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
