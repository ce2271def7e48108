"""One Markdown page for each catalogue entry, written from the objects."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import TypedDict

from livingdrug.catalogue.entry import Entry
from livingdrug.catalogue.function import ClosedForm
from livingdrug.catalogue.index import (
    STATUS_FILE,
    get_entry,
    get_function,
    get_model,
    list_entries,
)
from livingdrug.catalogue.readout import Readout
from livingdrug.model.expression.text import format_number
from livingdrug.model.markdown import escape_markdown, markdown_table
from livingdrug.model.model import Model
from livingdrug.model.render import equations_text, markdown_page, parameter_table
from livingdrug.qc.function_pages import function_page
from livingdrug.system.compile import compile_model

__all__ = ["catalogue_page", "catalogue_pages", "switch_texts", "with_figure"]


class RecordedReadout(TypedDict):
    """One read-out in the status table."""

    label: str
    expected: float
    got: float
    unit: str
    tolerance: float
    passed: bool


class RecordedRow(TypedDict):
    """One row of the status table."""

    id: str
    variant: str
    evidence_hash: str
    status: str
    readouts: list[RecordedReadout]


def catalogue_pages() -> dict[str, str]:
    """Write the page of every catalogue entry.

    Returns
    -------
    dict from str to str
        File name, as ``"kimmel2021.md"``, to Markdown.
    """
    return {f"{model_id}.md": catalogue_page(model_id) for model_id in list_entries()}


def with_figure(page: str, figure: str, alt: str) -> str:
    """Put a figure before the equations of a page.

    Parameters
    ----------
    page : str
        Markdown of `catalogue_page`.
    figure : str
        Path as the page names it.
    alt : str
        The figure in words.

    Returns
    -------
    str
    """
    before, heading, after = page.partition("## Equations\n")
    if not heading:
        raise ValueError("the page has no equations to put a figure before")
    block = f"## Reference course\n\n![{escape_markdown(alt)}]({figure})\n\n"
    return before + block + heading + after


def catalogue_page(model_id: str) -> str:
    """Write the page of one catalogue entry, for its default variant.

    Parameters
    ----------
    model_id : str

    Returns
    -------
    str
        Markdown. Results of the read-outs are those of the status table, and only where the
        table belongs to the present content of the model.

    Raises
    ------
    UnknownNameError
        Naming the nearest ids.
    """
    entry = get_entry(model_id)
    if entry.is_function:
        return function_page(
            entry,
            get_function(model_id),
            variants={
                name: f"{text} (status: {get_function(model_id, name).status})"
                for name, text in entry.published.variants.items()
            },
            readouts=list(_readout_rows(entry, get_function(model_id))),
        )
    model = get_model(model_id)
    return markdown_page(
        model,
        about=entry.about,
        variants={
            name: f"{text} (status: {get_model(model_id, name).status})"
            for name, text in entry.published.variants.items()
        },
        differences=list(_differences(entry, model)),
        readouts=list(_readout_rows(entry, model)),
        deviations=[(item.what, item.instead, item.why) for item in entry.deviations],
        switches=switch_texts(model),
    )


def switch_texts(model: Model) -> list[str]:
    """List the conditions that make a rate jump or an event fire.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of str
        Each with what it does: ``"time < Tmax (rate)"``.
    """
    return [
        f"{switch.text} ({' and '.join(switch.uses)})" for switch in compile_model(model).switches
    ]


@functools.cache
def _recorded() -> Mapping[str, RecordedRow]:
    """Return the rows of the status table by evidence hash; none before the first verification."""
    file = resources.files("livingdrug.catalogue") / STATUS_FILE
    if not file.is_file():
        return {}
    rows: list[RecordedRow] = json.loads(file.read_text(encoding="utf-8"))["models"]
    return {row["evidence_hash"]: row for row in rows}


def _readout_rows(entry: Entry, default: Model | ClosedForm) -> Iterator[Sequence[str]]:
    get = get_function if isinstance(default, ClosedForm) else get_model
    recorded = {
        name: _recorded().get(get(entry.id, name).evidence_hash)
        for name in entry.published.variants
    }
    for readout in entry.readouts:
        variant = readout.variant or default.variant
        row = recorded.get(variant)
        results = row["readouts"] if row else []
        wanted = (readout.label, readout.equals)  # two sources may give one label two numbers
        result = next((r for r in results if (r["label"], r["expected"]) == wanted), None)
        yield (
            readout.label if not readout.variant else f"{readout.label} [{readout.variant}]",
            format_number(readout.equals),
            readout.unit,
            _tolerance(readout),
            format_number(result["got"]) if result else "not run",
            ("yes" if result["passed"] else "NO") if result else "",
            readout.at,
            readout.witness,
        )


def _tolerance(readout: Readout) -> str:
    parts = []
    if readout.rtol:
        parts.append(f"{readout.rtol:g} of the value")
    if readout.atol:
        parts.append(f"{readout.atol:g} {readout.unit}".rstrip())
    return " + ".join(parts) or "exact"


def _differences(entry: Entry, default: Model) -> Iterator[str]:
    """Say what the other variants change in parameters and equations."""
    usual = {str(row["name"]): row for row in parameter_table(default)}
    written = set(equations_text(default).splitlines())
    rows: list[tuple[str, str, str, str]] = []
    for variant in entry.published.variants:
        if variant == default.variant:
            continue
        model = get_model(entry.id, variant)
        for row in parameter_table(model):
            before = usual.get(str(row["name"]))
            if before is None or any(before[key] != row[key] for key in ("value", "variability")):
                unit = "" if row["unit"] == "1" else f" {row['unit']}"
                value = f"{row['value']:g}{unit}"
                spread = str(row["variability"]) or "does not vary"
                rows.append((variant, str(row["name"]), value, spread))
        for line in equations_text(model).splitlines():
            if line not in written:
                rows.append((variant, "equation", line.strip(), ""))
        for effect in model.covariate_effects:
            if effect not in default.covariate_effects:
                text = f"{effect.form}, coefficient {effect.coefficient:g}"
                rows.append((variant, effect.parameter, f"effect of {effect.covariate}", text))
    if rows:
        yield "What they change:"
        yield ""
        yield from markdown_table(("variant", "name", "value", "variability"), rows)
