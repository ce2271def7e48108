"""Kaplan-Meier curves with the people at risk below, and cumulative incidences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from livingdrug.core.errors import DataError
from livingdrug.plot.frame import GROUP_COLORS, finish, plain_axes, start
from livingdrug.plot.style import STYLE, day_step

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from livingdrug.clinical.survival.competing import Incidence
    from livingdrug.clinical.survival.kaplan_meier import SurvivalCurve

__all__ = ["incidence_figure", "survival_figure"]

_DASHES: tuple[Literal["-", "--", "-.", ":"], ...] = ("-", "--", "-.", ":")
_MOST = len(GROUP_COLORS)


def survival_figure(
    curves: Mapping[str, SurvivalCurve],
    *,
    name: str = "Share without an event",
    definition: str = "",
    unit: str = "day",
    notes: Sequence[str] = (),
    title: str = "Kaplan-Meier estimate",
) -> Figure:
    """Draw curves with their intervals, marks of censoring and the table of people at risk.

    Parameters
    ----------
    curves : mapping of str to SurvivalCurve
        By group; one group named ``""`` for all people together.
    name : str, optional
        Of the axis of values, as ``"Progression-free survival"``.
    definition : str, optional
        Of the estimand, below the figure.
    unit : str, optional
        Of the times.
    notes : sequence of str, optional
        As the result of a test.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not curves or len(curves) > _MOST:
        raise DataError(f"{len(curves)} groups given; 1 to {_MOST} can be told apart")
    figure = start()
    rows = len(curves)
    table_height = 0.28 + 0.17 * rows
    axes, table = figure.subplots(2, 1, sharex=True, height_ratios=[3.0, table_height])
    last = max(float(curve.times[-1]) for curve in curves.values())
    step = day_step(last) if unit == "day" else _round_step(last)
    handles: dict[str, Artist] = {}
    for place, (group, curve) in enumerate(curves.items()):
        color = GROUP_COLORS[place]
        label = f"{group or 'all people'} (n = {curve.n}, {int(curve.events.sum())} events)"
        _draw_curve(axes, curve, color, _DASHES[place % len(_DASHES)])
        handles[label] = Line2D(
            [], [], color=color, linestyle=_DASHES[place % len(_DASHES)], linewidth=1.6
        )
    level = next(iter(curves.values())).level
    handles[f"{level:.0%} interval"] = Patch(facecolor=STYLE.faint, alpha=0.25, linewidth=0)
    if any(curve.censored.any() for curve in curves.values()):
        handles["censored"] = Line2D(
            [], [], linestyle="none", marker="|", markersize=6, color=STYLE.ink
        )
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, last * 1.03)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.yaxis.set_major_locator(MultipleLocator(0.2))
    axes.set_ylabel(name)
    plain_axes(axes)
    _risk_table(table, curves, np.arange(0.0, last * 1.0001, step), unit)
    return finish(
        figure,
        title=title,
        facts=[_median_text(curves, unit)],
        notes=[*notes, definition],
        handles=handles,
        body=3.0 + table_height,
        columns=2,
    )


def _draw_curve(axes: Axes, curve: SurvivalCurve, color: str, dash: str) -> None:
    t = np.concatenate([[0.0], curve.times])
    s = np.concatenate([[1.0], curve.survival])
    low = np.concatenate([[1.0], curve.lower])
    high = np.concatenate([[1.0], curve.upper])
    axes.fill_between(t, low, high, step="post", color=color, alpha=0.15, linewidth=0)
    axes.step(t, s, where="post", color=color, linestyle=dash, linewidth=1.5)
    cut = curve.censored > 0
    axes.plot(
        curve.times[cut], curve.survival[cut], linestyle="none", marker="|", markersize=5,
        markeredgewidth=0.8, color=color,
    )  # fmt: skip


def _risk_table(
    axes: Axes, curves: Mapping[str, SurvivalCurve], ticks: np.ndarray, unit: str
) -> None:
    """Write how many people are at risk at each tick."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_ylim(len(curves) - 0.4, -0.9)
    axes.set_yticks(range(len(curves)), [name or "all" for name in curves])
    axes.tick_params(length=0, labelsize=STYLE.text, colors=STYLE.ink)
    axes.tick_params(axis="y", pad=12)  # the first count is centred on the axis
    axes.tick_params(axis="x", labelbottom=True, length=0)
    axes.set_title("At risk", loc="left", fontsize=STYLE.small, color=STYLE.ink, pad=0, y=0.86)
    for row, (place, curve) in enumerate(zip(GROUP_COLORS, curves.values(), strict=False)):
        axes.get_yticklabels()[row].set_color(place)
        for tick, count in zip(ticks, curve.at_risk_at(ticks), strict=True):
            axes.text(
                tick, row, str(int(count)), ha="center", va="center", fontsize=STYLE.text,
                color=STYLE.ink,
            )  # fmt: skip
    axes.set_xlabel(f"Time ({unit}s)", fontsize=STYLE.text, color=STYLE.ink)


def _median_text(curves: Mapping[str, SurvivalCurve], unit: str) -> str:
    def number(value: float) -> str:
        return "not reached" if math.isinf(value) else f"{value:.4g}"

    parts = []
    for group, curve in curves.items():
        median = curve.median()
        words = number(median.value)
        if math.isfinite(median.value):
            words += f" {unit}s ({number(median.lower)} to {number(median.upper)})"
        parts.append(f"{group}: {words}" if group else words)
    return "median " + ", ".join(parts)


def _round_step(span: float) -> float:
    rough = span / 6.0
    scale = 10.0 ** math.floor(math.log10(rough))
    return next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= rough)


def incidence_figure(
    incidence: Incidence,
    names: Mapping[int, str],
    *,
    unit: str = "day",
    definition: str = "",
    n: int = 0,
    title: str = "Cumulative incidence of competing events",
    facts: Sequence[str] = (),
) -> Figure:
    """Draw the incidence of each kind of event with its interval.

    Parameters
    ----------
    incidence : Incidence
    names : mapping of int to str
        Of the causes.
    unit, definition : str, optional
    n : int, optional
        People; not shown when 0.
    title : str, optional
    facts : sequence of str, optional
        In place of the number of people and the name of the estimate.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = start()
    axes = figure.subplots()
    handles: dict[str, Artist] = {}
    for row, cause in enumerate(incidence.causes):
        color, dash = GROUP_COLORS[row % _MOST], _DASHES[row % len(_DASHES)]
        t = np.concatenate([[0.0], incidence.times])
        low, value, high = (
            np.concatenate([[0.0], part[row]])
            for part in (incidence.lower, incidence.incidence, incidence.upper)
        )
        axes.fill_between(t, low, high, step="post", color=color, alpha=0.15, linewidth=0)
        axes.step(t, value, where="post", color=color, linestyle=dash, linewidth=1.5)
        handles[names.get(cause, str(cause))] = Line2D(
            [], [], color=color, linestyle=dash, linewidth=1.6
        )
    axes.set_ylim(0, 1)
    axes.set_xlim(0, float(incidence.times[-1]) * 1.03)
    axes.set_xlabel(f"Time ({unit}s)")
    axes.set_ylabel("Cumulative incidence")
    plain_axes(axes)
    return finish(
        figure,
        title=title,
        facts=facts or [f"{n} people" if n else "", "Aalen-Johansen estimate, 95% interval"],
        notes=[definition],
        handles=handles,
        body=3.2,
    )
