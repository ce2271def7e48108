"""The Markdown page of a published function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from livingdrug.catalogue.entry import Entry
from livingdrug.catalogue.function import ClosedForm
from livingdrug.model.expression.text import format_number
from livingdrug.model.markdown import escape_markdown, markdown_table
from livingdrug.model.render import READOUT_COLUMNS

__all__ = ["argument_table", "function_page", "value_table"]


def argument_table(form: ClosedForm) -> list[dict[str, str]]:
    """List what a function takes and gives.

    Parameters
    ----------
    form : ClosedForm

    Returns
    -------
    list of dict
        ``name``, ``kind``, ``unit``, ``default``, ``doc``.
    """
    rows = [
        {
            "name": item.name,
            "kind": "argument",
            "unit": item.unit,
            "default": "" if item.default is None else format_number(item.default),
            "doc": item.doc,
        }
        for item in form.arguments
    ]
    rows += [
        {"name": item.name, "kind": "result", "unit": item.unit, "default": "", "doc": item.doc}
        for item in form.outputs
    ]
    return rows


def value_table(form: ClosedForm) -> list[dict[str, str | float]]:
    """List the parameters of a function.

    Parameters
    ----------
    form : ClosedForm

    Returns
    -------
    list of dict
        ``name``, ``value``, ``unit``, ``origin``, ``at``, ``doc``.
    """
    return [
        {
            "name": item.name,
            "value": item.value,
            "unit": item.unit,
            "origin": item.origin.value,
            "at": item.at,
            "doc": item.doc,
        }
        for item in form.parameters
    ]


def function_page(
    entry: Entry,
    form: ClosedForm,
    *,
    variants: Mapping[str, str],
    readouts: Sequence[Sequence[str]],
) -> str:
    """Write the page of a published function.

    Parameters
    ----------
    entry : Entry
    form : ClosedForm
        Its default variant.
    variants : mapping from name to str
    readouts : sequence of sequence of str
        Rows of `READOUT_COLUMNS`.

    Returns
    -------
    str
        Markdown.
    """
    facts = [("status", form.status), ("organism", form.organism), ("numbers of", form.population)]
    lines = [f"# {escape_markdown(form.title)} ({escape_markdown(form.organism)})", ""]
    lines += [
        f"Function `{form.id}`, variant `{form.variant}`: a formula, nothing to integrate.",
        "",
    ]
    lines += markdown_table(("", "this function"), facts)
    lines += ["## What it says", "", entry.about, "", "## Formulas", ""]
    lines += markdown_table(
        ("name", "formula", "locator"), [(f.name, f.text, f.at) for f in form.formulas],
        code=("name", "formula"),
    )  # fmt: skip
    arguments = argument_table(form)
    lines += ["## Arguments and results", ""]
    lines += markdown_table(
        list(arguments[0]), [list(row.values()) for row in arguments], code=("name",)
    )
    lines += ["## Parameters", ""]
    lines += markdown_table(
        ("name", "value", "unit", "origin", "locator", "doc"),
        [
            [format_number(cell) if isinstance(cell, float) else cell for cell in row.values()]
            for row in value_table(form)
        ],
        code=("name",),
    )
    lines += ["## Variants", ""]
    lines += markdown_table(("variant", "what it is"), list(variants.items()), code=("variant",))
    lines += ["## Read-outs", "", "Numbers that the function has to reproduce.", ""]
    lines += markdown_table(READOUT_COLUMNS, readouts)
    if entry.deviations:
        rows = [(item.what, item.instead, item.why) for item in entry.deviations]
        lines += ["## Deviations from print", ""]
        lines += markdown_table(("as printed", "here", "why"), rows)
    lines += ["## Source", "", escape_markdown(form.source.citation()), ""]
    if form.source.doi:
        lines += [f"<https://doi.org/{form.source.doi}>", ""]
    if form.source.note:
        lines += [escape_markdown(form.source.note), ""]
    return "\n".join(lines).rstrip() + "\n"
