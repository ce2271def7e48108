"""One figure of what many models say: peak and outcome against what was turned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.figure
import numpy as np
from matplotlib.ticker import NullFormatter, NullLocator

from livingdrug.plot.layout import SteadyLayoutEngine
from livingdrug.plot.style import DISCLAIMER, STYLE, number_text, unit_text, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livingdrug.compare.compare import Answer

__all__ = ["comparison_figure"]

_ROWS = ("peak", "tumor_left_28d")
_COLORS = (STYLE.line, STYLE.point, STYLE.limit, STYLE.ink)
_MARKERS = ("o", "s", "^", "D")


def comparison_figure(answers: Sequence[Answer]) -> Figure:
    """Draw one column for each model, the peak above and what is left of the tumour below.

    Parameters
    ----------
    answers : sequence of Answer

    Returns
    -------
    matplotlib.figure.Figure
    """
    models = list(dict.fromkeys((a.model, a.variant, a.organism) for a in answers))
    axes_turned = list(dict.fromkeys(a.axis for a in answers))
    width = max(STYLE.width, 2.0 * len(models))
    figure = matplotlib.figure.Figure(figsize=(width, 5.2), layout=SteadyLayoutEngine())
    panels = figure.subplots(2, len(models), squeeze=False)
    for column, (model, variant, organism) in enumerate(models):
        for row, outcome in enumerate(_ROWS):
            mine = [
                a for a in answers if (a.model, a.variant, a.outcome) == (model, variant, outcome)
            ]
            _panel(panels[row][column], mine, axes_turned)
        panels[0][column].set_title(
            f"{wrapped(model.replace('_', ' '), 20)}\n({organism})", fontsize=STYLE.text
        )
    panels[1][0].set_ylabel("tumour on day 28, of its start", fontsize=STYLE.small)
    handles = [
        panels[0][0].plot([], [], color=_COLORS[i % 4], marker=_MARKERS[i % 4], ms=4)[0]
        for i in range(len(axes_turned))
    ]
    labels = [axis.replace("_", " ") for axis in axes_turned]
    figure.legend(
        handles, labels, loc="outside upper left", ncols=len(labels), frameon=False,
        fontsize=STYLE.small,
    )  # fmt: skip
    figure.supxlabel(
        f"multiple of the published value\n{DISCLAIMER}", fontsize=STYLE.small, color=STYLE.ink
    )
    return figure


def _panel(axes: Axes, answers: Sequence[Answer], turned: Sequence[str]) -> None:
    """Draw one outcome of one model; what it cannot answer is written into the panel."""
    axes.set_xscale("log")
    axes.tick_params(labelsize=STYLE.small)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    refused, drawn = [], []
    for answer in answers:
        place = turned.index(answer.axis) % 4
        values = np.asarray(answer.values, dtype=float)
        good = np.isfinite(values) & (values > 0.0)
        if answer.reason or not good.any():
            why = answer.reason or "nothing above 0"
            axis = answer.axis.replace("_", " ")
            refused.append(f"{axis}: cannot answer ({_short(why, answer.model)})")
            continue
        factors = np.asarray(answer.factors)
        axes.plot(
            factors[good], values[good], color=_COLORS[place], marker=_MARKERS[place], ms=4, lw=1.2
        )
        drawn.append(answer)
    if drawn:
        _scales(axes, drawn)
    else:
        axes.set_xscale("linear")  # a logarithmic one has small ticks of its own
        axes.set_xticks([])
        axes.set_yticks([])
    if refused:
        text = "\n".join(wrapped(line, 26) for line in refused)
        # a panel with curves has them above the words
        high = 0.5 if not drawn else 0.03
        axes.text(
            0.5, high, text, transform=axes.transAxes, ha="center",
            va="center" if not drawn else "bottom", fontsize=STYLE.small - 1, color=STYLE.faint,
        )  # fmt: skip


def _scales(axes: Axes, drawn: Sequence[Answer]) -> None:
    values = np.concatenate([np.asarray(a.values, dtype=float) for a in drawn])
    values = values[np.isfinite(values) & (values > 0.0)]
    low, high = float(values.min()), float(values.max())
    axes.set_yscale("log")
    # a curve that hardly moves must look flat, and words below it need room
    middle = math.sqrt(low * high)
    half = max(high / middle, 3.0) ** 1.15
    axes.set_ylim(middle / half**1.8, middle * half)
    if high / low < 10.0:
        ticks = sorted({float(f"{value:.2g}") for value in (low, middle, high)})
        axes.set_yticks(ticks, [number_text(tick) for tick in ticks])
        axes.set_yticks([], minor=True)
    axes.yaxis.set_minor_formatter(NullFormatter())
    factors = sorted({factor for answer in drawn for factor in answer.factors})
    axes.set_xticks(factors, [f"{factor:g}" for factor in factors])
    axes.xaxis.set_minor_locator(NullLocator())
    if drawn[0].outcome == "peak":
        unit = unit_text(drawn[0].unit)
        axes.set_ylabel(f"peak ({unit})" if unit else "peak", fontsize=STYLE.small)


def _short(reason: str, model: str) -> str:
    """Leave out what the title of the column says already, and what is said at length elsewhere."""
    return reason.replace(f" in {model}", "").split(";")[0].split(":")[0]
