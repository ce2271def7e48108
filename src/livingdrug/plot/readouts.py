"""Figure of a reference course with its read-outs marked, for the page of an entry."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from livingdrug.catalogue.readout import Readout
from livingdrug.plot.style import STYLE, unit_text, wrapped
from livingdrug.qc.reference_course import ReferenceCourse

__all__ = ["draw_reference"]

_LOG_SPAN = 300.0
"""A curve whose largest value is so many times its smallest is drawn on a logarithmic axis."""
_LOWEST = 1e-9
"""Below so small a part of the largest value a logarithmic axis ends."""


def draw_reference(found: ReferenceCourse) -> Figure:
    """Draw each quantity over time: line of the model, and what it has to reproduce.

    Parameters
    ----------
    found : ReferenceCourse

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = found.quantities
    columns = 1 if len(names) == 1 else 2
    rows = math.ceil(len(names) / columns)
    height = rows * STYLE.panel_height + 0.7
    figure = Figure(figsize=(STYLE.width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, name in zip(axes, names, strict=False):
        _draw(axis, found, name)
    for unused in axes[len(names) :]:
        unused.remove()
    model = found.model
    title = f"{model.id}, variant {model.variant} ({model.organism}): {found.setting}"
    figure.suptitle(wrapped(title, 105), fontsize=STYLE.text, color=STYLE.ink, x=0.01, ha="left")
    text = (
        "Line: the model. Points, and dashed lines for extremes and days: the numbers that it has "
        "to reproduce."
        if found.readouts
        else "Line: the model. It has no read-out of a course."
    )
    figure.supxlabel(text, fontsize=STYLE.small, color=STYLE.ink)
    return figure


def _draw(axis: Axes, found: ReferenceCourse, name: str) -> None:
    days, curve = found.course["time"].values, found.course[name].values[0]
    axis.plot(days, curve, color=STYLE.line, lw=1.3)
    for readout in found.readouts:
        if readout.of == name:
            _mark(axis, readout)
    _scale(axis, curve, found, name)
    unit = unit_text(str(found.course[name].attrs.get("units", "")))
    axis.set_ylabel(wrapped(f"{name}, {unit}" if unit else name, 34), fontsize=STYLE.text)
    axis.set_xlabel("day", fontsize=STYLE.text)
    axis.tick_params(labelsize=STYLE.small)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _mark(axis: Axes, readout: Readout) -> None:
    color, dashes = STYLE.point, (0, (4, 3))
    if readout.take == "value":
        axis.plot([readout.day], [readout.equals], "o", ms=3.5, color=color, zorder=3)
    elif readout.take in ("maximum", "minimum"):
        ends = [readout.start, readout.end]
        axis.plot(ends, [readout.equals] * 2, color=color, lw=0.8, ls=dashes)
    elif readout.take != "auc":  # a day
        axis.axvline(readout.equals, color=color, lw=0.8, ls=dashes)


def _scale(axis: Axes, curve: np.ndarray, found: ReferenceCourse, name: str) -> None:
    """Take a logarithmic axis where the curve spans orders of magnitude and is never negative."""
    marks = [r.equals for r in found.readouts if r.of == name and r.take in ("value", "maximum")]
    largest = float(np.max(curve))
    if not (largest > 0.0 and float(np.min(curve)) >= -1e-9 * largest):
        return
    above = curve[curve > _LOWEST * largest]
    if largest > _LOG_SPAN * float(np.min(above)):
        axis.set_yscale("log")
        low = min([float(np.min(above)), *(m for m in marks if m > _LOWEST * largest)])
        axis.set_ylim(0.5 * low, 2.0 * max([largest, *marks]))
