"""Figure of a course: median and spread over subjects, with the published values of a study."""

from __future__ import annotations

import json
import math
import re
import string
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from livingdrug.core.errors import (
    DataError,
    OptionError,
    SolveError,
    UnknownNameError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.files import atomic_path
from livingdrug.plot.layout import SteadyLayoutEngine
from livingdrug.plot.panel import Panel, cut_text, draw_panel, make_panel
from livingdrug.plot.style import DISCLAIMER, STYLE, wrapped

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist

    from livingdrug.clinical.estimand import Comparison

__all__ = ["FIGURE_FORMATS", "figure_format", "main_variables", "plot_course", "save_figure"]

FIGURE_FORMATS = ("png", "svg", "pdf")

_LINE = 0.135
_WIDE = 134
"""Height of a line of small text, inch, and the characters that fit in it."""
_LONG_LABEL = 38
"""Characters from which on the legend has two columns instead of three."""


def plot_course(
    course: xr.Dataset,
    *,
    study: xr.Dataset | None = None,
    comparisons: Sequence[Comparison] | None = None,
    variables: Sequence[str] | None = None,
    title: str | None = None,
    note: str | None = None,
    failures: Literal["raise", "exclude"] = "exclude",
) -> Figure:
    """Draw the main variables of a course over time.

    Parameters
    ----------
    course : xarray.Dataset
        Schema ``livingdrug.course``.
    study : xarray.Dataset, optional
        Its published values are drawn where the course has the same term, and its source and
        licence are named.
    comparisons : sequence of Comparison, optional
        From `livingdrug.clinical.estimand.compare`, which is called when there are none.
    variables : sequence of str, optional
        One panel each; every observable when not given, every species when there is none.
    title : str, optional
    note : str, optional
        Added below the figure.
    failures : {"raise", "exclude"}, optional
        What failed simulations mean; the figure says how many were left out.

    Returns
    -------
    matplotlib.figure.Figure
        It belongs to no window, and nothing global was changed.

    Raises
    ------
    UnknownNameError
        When `variables` names what is not in the course.
    DataError
        When the course has replicates or nothing over time.
    SolveError
        When simulations failed and `failures` is ``"raise"``, or when all did.
    """
    from livingdrug.clinical.estimand import compare
    from livingdrug.clinical.estimand.course_values import usable_people

    people = usable_people(course, failures)
    if not people.any():
        raise SolveError("every simulation of the course failed; there is nothing to draw")
    names = _chosen(course, variables)
    if comparisons is None:
        comparisons = [] if study is None else compare(course, study, failures=failures)
    panels = [make_panel(course, name, people, comparisons) for name in names]
    head = _head(course, people, title)
    foot = _foot(course, study, panels, note)
    return _assemble(panels, head, foot)


def main_variables(course: xr.Dataset) -> list[str]:
    """Return the variables that a figure shows unless others are asked for.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    list of str
        Every observable; every species when there is none, else everything over time.
    """
    names = [
        str(name) for name, v in course.data_vars.items() if set(v.dims) == {"subject", "time"}
    ]
    for kind in ("observable", "species"):
        found = [name for name in names if course[name].attrs.get("kind") == kind]
        if found:
            return found
    return names


def _chosen(course: xr.Dataset, variables: Sequence[str] | None) -> list[str]:
    if variables is None:
        names = main_variables(course)
        if not names or course.sizes.get("time", 0) == 0:
            raise DataError("the course holds nothing over time; there is nothing to draw")
        return names
    known = [str(name) for name, v in course.data_vars.items() if "time" in v.dims]
    issues = [
        unknown_name("variable", n, known, where="course") for n in variables if n not in known
    ]
    raise_issues(issues, UnknownNameError)
    if not variables:
        raise OptionError("variables is empty; name one or more, or leave it out")
    return list(variables)


def _assemble(panels: Sequence[Panel], head: tuple[str, str], foot: Sequence[str]) -> Figure:
    columns = 1 if len(panels) == 1 else 2
    rows = math.ceil(len(panels) / columns)
    engine = SteadyLayoutEngine(h_pad=0.06, w_pad=0.08)
    figure = Figure(layout=engine)
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    handles: dict[str, Artist] = {}
    for place, (panel, letter) in enumerate(zip(panels, _letters(len(panels)), strict=True)):
        handles |= draw_panel(axes[place], panel, letter)
    for unused in axes[len(panels) :]:
        unused.remove()
    # the heights of the four parts, inch
    top = 0.16 + 0.17 * sum(text.count("\n") + 1 for text in head)
    middle = rows * STYLE.panel_height if columns == 2 else STYLE.lone_height
    entries = 2 if max(map(len, handles)) > _LONG_LABEL else 3
    legend = 0.16 + 0.19 * math.ceil(len(handles) / entries)
    bottom = 0.12 + _LINE * sum(text.count("\n") + 1 for text in foot)
    height = top + middle + legend + bottom
    figure.set_size_inches(STYLE.width, height)
    engine.set(rect=(0.0, (legend + bottom) / height, 0.99, middle / height))
    _write_head(figure, head, height)
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="upper center",
        bbox_to_anchor=(0.5, (legend + bottom - 0.02) / height),
        ncols=entries,
        frameon=False,
        fontsize=STYLE.text,
        columnspacing=1.6,
        handlelength=1.8,
    )
    figure.text(
        0.02,
        0.08 / height,
        "\n".join(foot),
        fontsize=STYLE.small,
        color=STYLE.ink,
        va="bottom",
        ha="left",
        linespacing=1.25,
    )
    return figure


def _letters(n: int) -> list[str]:
    if n == 1:
        return [""]
    one = string.ascii_lowercase
    return [one[i] if i < 26 else one[i // 26 - 1] + one[i % 26] for i in range(n)]


def _write_head(figure: Figure, head: tuple[str, str], height: float) -> None:
    first, second = head
    figure.text(
        0.02, 1 - 0.08 / height, first, fontsize=STYLE.title, fontweight="bold",
        color=STYLE.ink, va="top", ha="left",
    )  # fmt: skip
    down = 0.08 + 0.19 * (first.count("\n") + 1)
    figure.text(
        0.02, 1 - down / height, second, fontsize=STYLE.text, color=STYLE.ink, va="top", ha="left"
    )


def _head(course: xr.Dataset, people: NDArray[np.bool_], title: str | None) -> tuple[str, str]:
    attrs = course.attrs
    variant = f", variant {attrs['variant']}" if attrs.get("variant") else ""
    model = f"{attrs.get('model', 'model')}{variant}"
    n, failed = people.size, int((~people).sum())
    facts = [] if title is None else [model]
    facts += [
        str(attrs.get("organism") or "organism not stated"),
        f"model status: {attrs.get('model_status', 'not stated')}",
        "1 virtual subject" if n == 1 else f"{n} virtual subjects",
        f"seed {attrs['seed']}" if attrs.get("seed", "") != "" else "no seed",
    ]
    if failed:
        facts.append(f"{failed} failed and left out")
    return wrapped(model if title is None else title, 88), wrapped("  ·  ".join(facts), 118)


def _foot(
    course: xr.Dataset, study: xr.Dataset | None, panels: Sequence[Panel], note: str | None
) -> list[str]:
    texts = [f"Notice: {course.attrs['notice']}." if course.attrs.get("notice") else ""]
    texts.append(_curve_text(course, panels))
    letters = _letters(len(panels))
    cuts = [cut_text(p, letter) for p, letter in zip(panels, letters, strict=True)]
    texts.append(" ".join(cut for cut in cuts if cut))
    assumed = json.loads(str(course.attrs.get("assumed", "[]")))
    if assumed:
        texts.append("Assumed: " + "; ".join(str(item) for item in assumed) + ".")
    if study is not None and any(panel.rows for panel in panels):
        texts.append(_study_text(study, panels))
        texts.append(str(study.attrs.get("accuracy", "")))
    texts += [note or "", DISCLAIMER]
    return [wrapped(text, _WIDE) for text in texts if text]


def _curve_text(course: xr.Dataset, panels: Sequence[Panel]) -> str:
    names = [str(name) for name in course["observable"].values] if "observed" in course else []
    observed = any(panel.name in names for panel in panels)
    residual = ", without the residual error and limit of the assay" if observed else ""
    rows = [row for panel in panels for row in panel.rows]
    if panels[0].n > 1:
        text = f"Line and bands: values of the model{residual}, at each day."
    else:
        text = f"Line: values of the model{residual}."
        if rows:
            text += " One subject is no sample of people: points and line are not to be compared."
    counts = {found[1] for row in rows if (found := re.search(r"(\d+) trials$", row.interval))}
    if counts:
        number = " or ".join(sorted(counts))
        text += f" Bars: 5-95 % of the statistic of the points over {number} trials of that size."
    return text


def _study_text(study: xr.Dataset, panels: Sequence[Panel]) -> str:
    attrs = study.attrs
    source = json.loads(str(attrs.get("source", "{}")))
    text = f"Points: {attrs.get('title') or attrs.get('id', 'study')}"
    if source.get("title"):
        authors = source.get("authors") or ["?"]
        first = str(authors[0]).split(",")[0]
        others = " et al." if len(authors) > 2 else ""
        second = f" and {str(authors[1]).split(',')[0]}" if len(authors) == 2 else ""
        text += f"; from {first}{second}{others} {source.get('year', '')}"
        text += f", doi:{source['doi']}" if source.get("doi") else ""
    licence = attrs.get("licence") or source.get("licence") or "not stated"
    if any(math.isfinite(row.published_lower) for panel in panels for row in panel.rows):
        text += "; intervals as the study gives them"
    return f"{text}. Licence of the data: {licence}."


def figure_format(path: str | Path) -> str:
    """Return the format that the name of a figure asks for.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    {"png", "svg", "pdf"}

    Raises
    ------
    OptionError
        When the suffix is another.
    """
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in FIGURE_FORMATS:
        allowed = ", ".join(f".{name}" for name in FIGURE_FORMATS)
        raise OptionError(f"{path}: a figure is written as {allowed}; choose one as the suffix")
    return suffix


def save_figure(figure: Figure, path: str | Path, force: bool = False) -> None:
    """Write a figure, completely or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or Path
        The suffix is the format: ``.png`` (300 dots per inch), ``.svg`` or ``.pdf``.
    force : bool, optional
        Replace an existing file.

    Raises
    ------
    OptionError
        When the suffix is another.
    OutputError
        When the file cannot be written.
    """
    kind = figure_format(path)
    # without a date and with fixed ids, the same figure is the same file
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
    with (
        atomic_path(path, force=force) as temporary,
        rc_context({"svg.hashsalt": "livingdrug", "pdf.fonttype": 42}),
    ):
        figure.savefig(temporary, format=kind, dpi=300, metadata=metadata)
