"""A model for readers: equations, tables, a summary and the Markdown of its catalogue page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from livingdrug.model.equations import equations_of
from livingdrug.model.expression.nodes import Kind
from livingdrug.model.expression.text import format_number, to_text
from livingdrug.model.expression.walk import postorder
from livingdrug.model.markdown import escape_markdown, markdown_table
from livingdrug.model.model import Model
from livingdrug.model.usage import expressions_of
from livingdrug.model.variability import IIV

__all__ = [
    "equations_latex",
    "equations_text",
    "kinks",
    "markdown_page",
    "parameter_table",
    "reaction_table",
    "species_table",
    "summary",
]

Row = dict[str, str | float | None]

_KINKED = {"min", "max", "abs"}
READOUT_COLUMNS = (
    "read-out", "expected", "unit", "tolerance", "got", "passed", "locator", "witness",
)  # fmt: skip


def equations_text(model: Model) -> str:
    """Write the equations of a model as text.

    Parameters
    ----------
    model : Model

    Returns
    -------
    str
        One equation a line, under a heading for each group.
    """
    lines: list[str] = []
    group = ""
    for equation in equations_of(model):
        if equation.group != group:
            group = equation.group
            lines.append(f"{group}:")
        lead = f"{equation.name}: " if group in ("algebraic", "event", "dose") else ""
        place = f"    [{equation.at}]" if equation.at else ""
        lines.append(f"  {lead}{equation.text}{place}")
    return "\n".join(lines)


def equations_latex(model: Model) -> list[tuple[str, str]]:
    """Write the equations of a model as LaTeX.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of (str, str)
        Label, as ``"rate of change C"``, and LaTeX for display mathematics.
    """
    return [(equation.label, equation.latex) for equation in equations_of(model)]


def parameter_table(model: Model) -> list[Row]:
    """List the parameters.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of dict
        ``name``, ``symbol`` (of the source), ``value``, ``unit``, ``origin``, ``at`` (locator),
        ``variability`` as the source writes it, ``lower`` and ``upper`` (None without a bound),
        ``doc``.
    """
    varied = dict(model.iiv)
    return [
        {
            "name": item.name,
            "symbol": item.symbol or item.name,
            "value": item.value,
            "unit": item.unit,
            "origin": item.origin.value,
            "at": item.at,
            "variability": _variability(varied[item.name]) if item.name in varied else "",
            "lower": item.lower if math.isfinite(item.lower) else None,
            "upper": item.upper if math.isfinite(item.upper) else None,
            "doc": item.doc,
        }
        for item in model.parameters
    ]


def _variability(iiv: IIV) -> str:
    parts = [iiv.written, iiv.distribution.replace("_", " ")]
    if math.isfinite(iiv.lower):
        parts.append(f"at least {iiv.lower:g}")
    if math.isfinite(iiv.upper):
        parts.append(f"at most {iiv.upper:g}")
    return ", ".join(parts)


def species_table(model: Model) -> list[Row]:
    """List the species and their initial values.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of dict
        ``name``, ``symbol``, ``initial`` (number, or the expression as text), ``unit``,
        ``origin``, ``at``, ``compartment``, ``count_per_unit``, ``extinct_below``, ``doc``.
    """
    given = {name: to_text(node) for name, node in model.initial_assignments}
    return [
        {
            "name": item.name,
            "symbol": item.symbol or item.name,
            "initial": given.get(item.name, item.initial),
            "unit": item.unit,
            "origin": item.origin.value,
            "at": item.at,
            "compartment": item.compartment,
            "count_per_unit": item.count_per_unit,
            "extinct_below": item.extinction.below if item.extinction else None,
            "doc": item.doc,
        }
        for item in model.species
    ]


def reaction_table(model: Model) -> list[Row]:
    """List the reactions, and the rates that are given as such.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of dict
        ``name``, ``reaction`` as ``"A + 2 B -> C"`` or ``"dA/dt"``, ``rate``, ``at``, ``doc``.
    """
    rows: list[Row] = [
        {
            "name": item.name,
            "reaction": item.text,
            "rate": f"{to_text(item.rate)}{', in equilibrium' if item.fast else ''}",
            "at": item.at,
            "doc": item.doc,
        }
        for item in model.reactions
    ]
    rows += [
        {
            "name": item.name,
            "reaction": f"d{item.name}/dt",
            "rate": to_text(item.rate),
            "at": item.at,
            "doc": item.doc,
        }
        for item in model.rates
    ]
    return rows


def kinks(model: Model) -> list[str]:
    """List where an expression has a kink: it bends there and does not jump.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of str
        Each ``min``, ``max`` and ``abs`` once, as written.
    """
    nodes = postorder(use.node for use in expressions_of(model))
    return [to_text(node) for node in nodes if node.kind is Kind.CALL and node.name in _KINKED]


def summary(model: Model, *, switches: Sequence[str] | None = None) -> str:
    """Say in a few lines what a model is.

    Parameters
    ----------
    model : Model
    switches : sequence of str, optional
        The conditions that make a rate jump or an event fire, which only a compiled model
        knows; the line is left out when not given.

    Returns
    -------
    str
    """
    facts = _facts(model, switches)
    width = max(len(label) for label, _ in facts)
    lines = [f"{model.id}: {model.title}" if model.title else model.id]
    lines += [f"  {label:<{width}}  {text}" for label, text in facts]
    return "\n".join(lines)


def _facts(model: Model, switches: Sequence[str] | None) -> list[tuple[str, str]]:
    logs = [item.name for item in model.species if item.log_state]
    gone = [
        f"{item.name} below {item.extinction.below:g} {item.unit}"
        for item in model.species
        if item.extinction
    ]
    facts = [
        ("organism", model.organism or "not stated"),
        ("status", model.status or "not in the catalogue"),
        ("population", model.population or "not stated"),
        *((("notice", model.notice),) if model.notice else ()),
        ("variant", model.variant or "none"),
        ("time", model.time_unit),
        ("species", _listed(f"{item.name} ({item.unit or '1'})" for item in model.species)),
        ("integrated as logarithms", _listed(logs)),
        ("extinction", _listed(gone)),
        ("doses", _doses(model)),
        ("inputs", _listed(f"{item.name} ({item.unit})" for item in model.inputs)),
        ("covariates", _listed(f"{item.name} ({item.unit})" for item in model.covariates)),
    ]
    if switches is not None:
        facts.append(("switches (jump or event)", _listed(switches, "; ")))
    facts.append(("kinks (bend only)", _listed(kinks(model), "; ")))
    return facts


def _listed(items: Iterable[str], joiner: str = ", ") -> str:
    return joiner.join(items) or "none"


def _doses(model: Model) -> str:
    shown = []
    for dose in model.doses:
        typical = "" if dose.typical is None else f"{dose.typical:g} "
        of = f" of {dose.entity}" if dose.entity else ""
        targets = ", ".join(target.quantity for target in dose.targets)
        shown.append(f"{dose.name} ({typical}{dose.unit}{of}) to {targets}")
    if model.dose_stand_in:
        stand_in = model.dose_stand_in
        shown.append(f"{stand_in.quantity} stands for the dose: {stand_in.reason}")
    return _listed(shown, "; ")


def _shown(value: object) -> str:
    if value is None:
        return ""
    return format_number(value) if isinstance(value, float) else str(value)


def markdown_page(
    model: Model,
    *,
    about: str = "",
    variants: Mapping[str, str] | None = None,
    readouts: Sequence[Sequence[str]] = (),
    deviations: Sequence[Sequence[str]] = (),
    citation: str = "",
    switches: Sequence[str] | None = None,
    differences: Sequence[str] = (),
) -> str:
    """Write the catalogue page of a model, in MyST Markdown.

    Parameters
    ----------
    model : Model
    about : str, optional
        The biology in words, already Markdown.
    variants : mapping from name to str, optional
        What each variant is.
    readouts : sequence of sequence of str, optional
        Rows of `READOUT_COLUMNS`.
    deviations : sequence of (str, str, str), optional
        As printed, instead, why.
    citation : str, optional
        Taken from the model's source when not given.
    switches : sequence of str, optional
        As in `summary`.
    differences : sequence of str, optional
        Lines of Markdown on how the other variants differ.

    Returns
    -------
    str
    """
    title = f"{model.title or model.id} ({model.organism or 'organism not stated'})"
    lines = [f"# {escape_markdown(title)}", ""]
    lines += [f"Model `{model.id}`, variant `{model.variant}`." if model.variant else "", ""]
    lines += markdown_table(("", "this model"), _facts(model, switches))
    if about:
        lines += ["## What it says", "", about, ""]
    lines += _page_equations(model)
    lines += _page_tables(model)
    if variants:
        lines += ["## Variants", ""]
        lines += markdown_table(
            ("variant", "what it is"), list(variants.items()), code=("variant",)
        )
        lines += differences
    if readouts:
        lines += ["## Read-outs", "", "Numbers that the model has to reproduce.", ""]
        lines += markdown_table(READOUT_COLUMNS, readouts)
    if deviations:
        lines += ["## Deviations from print", ""]
        lines += markdown_table(("as printed", "here", "why"), deviations)
    lines += _page_source(model, citation)
    return "\n".join(lines).rstrip() + "\n"


def _page_equations(model: Model) -> list[str]:
    lines = ["## Equations", "", "The start of a simulation is $t_0$.", ""]
    group = ""
    for equation in equations_of(model):
        if equation.group != group:
            group = equation.group
            lines += [f"### {group[0].upper()}{group[1:]}", ""]
        notes = [escape_markdown(note) for note in (equation.doc, equation.at) if note]
        lines += [f"`{equation.name}`" + (f": {'; '.join(notes)}" if notes else ""), ""]
        lines += ["$$", equation.latex, "$$", ""]
    return lines


def _page_tables(model: Model) -> list[str]:
    lines: list[str] = []
    for title, rows in (
        ("Species", species_table(model)),
        ("Parameters", parameter_table(model)),
        ("Reactions", reaction_table(model)),
    ):
        if not rows:
            continue
        header = [key for key in rows[0] if any(row[key] not in (None, "") for row in rows)]
        if all(row.get("symbol") == row["name"] for row in rows) and "symbol" in header:
            header.remove("symbol")
        cells = [[_shown(row[key]) for key in header] for row in rows]
        shown = ["locator" if key == "at" else key.replace("_", " ") for key in header]
        lines += [f"## {title}", ""]
        lines += markdown_table(shown, cells, code=("name", "reaction", "rate"))
    effects = [
        (item.parameter, item.covariate, item.form, f"{item.coefficient:g}", item.at)
        for item in model.covariate_effects
    ]
    if effects:
        lines += ["## Covariate effects", ""]
        header = ["parameter", "covariate", "form", "coefficient", "locator"]
        lines += markdown_table(header, effects, code=("parameter", "covariate"))
    for block in model.correlations:
        lines += [f"## Correlation of {', '.join(block.parameters)}", ""]
        rows_ = [
            (name, *(f"{value:g}" for value in row))
            for name, row in zip(block.parameters, block.matrix, strict=True)
        ]
        lines += markdown_table(("", *block.parameters), rows_)
    return lines


def _page_source(model: Model, citation: str) -> list[str]:
    source = model.source
    citation = citation or (source.citation() if source else "")
    if not citation:
        return []
    lines = ["## Source", "", escape_markdown(citation), ""]
    if source and source.doi:
        lines += [f"<https://doi.org/{source.doi}>", ""]
    if source and source.note:
        lines += [escape_markdown(source.note), ""]
    return lines
