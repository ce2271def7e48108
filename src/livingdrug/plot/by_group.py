"""Measurements by group of people: kinetics by response, and panels of peaks by grade."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.by_group import GroupPeaks
from livingdrug.core.errors import DataError
from livingdrug.plot.frame import GROUP_COLORS, finish, plain_axes, start
from livingdrug.plot.style import STYLE, day_step, number_text, unit_text, wrapped

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["kinetics_figure", "panels_figure"]

Floats = NDArray[np.float64]

_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_MOST = len(GROUP_COLORS)


def kinetics_figure(
    subject: Sequence[str],
    day: ArrayLike,
    value: ArrayLike,
    group: Sequence[str],
    peaks: Sequence[GroupPeaks],
    *,
    name: str,
    unit: str,
    by: str,
    p: float = math.nan,
    notes: Sequence[str] = (),
    title: str = "",
) -> Figure:
    """Draw each person's measurements over time, coloured by group, and the peaks beside them.

    Parameters
    ----------
    subject : sequence of str, shape (n_rows,)
    day, value : array_like, shape (n_rows,)
    group : sequence of str, shape (n_rows,)
    peaks : sequence of GroupPeaks
        From `livingdrug.clinical.by_group.peaks_by_group`, of the same rows.
    name, unit : str
        Of the measurement.
    by : str
        What the groups are, as ``"response"``.
    p : float, optional
        From `rank_sum`; not shown when NaN.
    notes : sequence of str, optional
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    _check_groups(peaks)
    days, values = np.asarray(day, dtype=np.float64), np.asarray(value, dtype=np.float64)
    names, kinds = np.array(list(subject)), np.array(list(group))
    floor = _floor(values)
    figure = start()
    axes, strip = figure.subplots(1, 2, width_ratios=[2.4, 1.0], sharey=True)
    kept = np.isfinite(values) & np.isfinite(days)
    handles: dict[str, Artist] = {}
    for place, one in enumerate(peaks):
        color, marker = GROUP_COLORS[place], _MARKERS[place]
        for person in one.subjects:
            rows = kept & (names == person) & (kinds == one.group)
            order = np.argsort(days[rows])
            axes.plot(
                days[rows][order], np.maximum(values[rows][order], floor), color=color,
                linewidth=0.7, marker=marker, markersize=2.2, alpha=0.65,
            )  # fmt: skip
        handles[f"{one.group} (n = {len(one.subjects)})"] = Line2D(
            [], [], color=color, marker=marker, markersize=3.5, linewidth=1.2
        )
    zero = int((values[kept] <= 0).sum())
    last = float(days[kept].max())
    axes.set_xlim(min(0.0, float(days[kept].min())), last * 1.03)
    axes.xaxis.set_major_locator(MultipleLocator(day_step(last)))
    axes.set_xlabel("Days since the infusion")
    axes.set_ylabel(f"{name} ({unit_text(unit) or '1'})")
    axes.set_title("Each person", loc="left", fontsize=STYLE.text, color=STYLE.ink)
    plain_axes(axes)
    _strip(strip, peaks, floor)
    strip.set_title("Peaks", loc="left", fontsize=STYLE.text, color=STYLE.ink)
    strip.tick_params(labelleft=False)
    _log_axis(axes, values[kept], floor)
    words = [
        f"{o.group}: median peak {number_text(_round(o.median))} {unit_text(unit)}" for o in peaks
    ]
    facts = [*words, f"rank-sum p = {p:.2g}" if math.isfinite(p) else ""]
    below = f"{zero} values of 0 are drawn at the foot of the axis." if zero else ""
    bars = "Peaks: the largest value of each person; bars are medians. The test compares peaks."
    return finish(
        figure,
        title=title or f"{name} by {by}",
        facts=facts,
        notes=[" ".join(text for text in (bars, below) if text), *notes],
        handles=handles,
        body=3.2,
    )


def panels_figure(
    panels: Mapping[str, Sequence[GroupPeaks]],
    *,
    units: Mapping[str, str],
    by: str,
    p: Mapping[str, float] | None = None,
    notes: Sequence[str] = (),
    title: str = "",
) -> Figure:
    """Draw one small panel of peaks by group for each analyte.

    Parameters
    ----------
    panels : mapping of str to sequence of GroupPeaks
        By analyte.
    units : mapping of str to str
        By analyte.
    by : str
        What the groups are, as ``"CRS grade"``.
    p : mapping of str to float, optional
        From `rank_sum`.
    notes : sequence of str, optional
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not panels:
        raise DataError("there is no analyte to draw")
    for groups in panels.values():
        _check_groups(groups)
    most: dict[str, int] = {}
    for one in (one for groups in panels.values() for one in groups):
        most[one.group] = max(most.get(one.group, 0), len(one.subjects))
    colors = {name: place for place, name in enumerate(sorted(most))}
    columns = min(4, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = start()
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (analyte, groups) in zip(grid, panels.items(), strict=False):
        everything = np.concatenate([one.peaks for one in groups])
        floor = _floor(everything)
        _strip(axes, groups, floor, colors)
        _log_axis(axes, everything, floor)
        unit = unit_text(units.get(analyte, ""))
        axes.set_title(analyte, loc="left", fontsize=STYLE.text, color=STYLE.ink, pad=3)
        value = (p or {}).get(analyte, math.nan)
        if math.isfinite(value):
            axes.set_title(f"p {value:.1g}", loc="right", fontsize=STYLE.small, color=STYLE.faint)
        axes.set_ylabel(unit, fontsize=STYLE.small)
        axes.tick_params(labelsize=STYLE.small)
    for axes in grid[len(panels) :]:
        axes.remove()
    handles: dict[str, Artist] = {
        f"{by} {name} (n = {most[name]})": Line2D(
            [], [], linestyle="none", marker=_MARKERS[place], markersize=4,
            color=GROUP_COLORS[place],
        )
        for name, place in colors.items()
    }  # fmt: skip
    bars = (
        "Largest value of each person; bars are medians. p: equality of all groups, not adjusted."
    )
    return finish(
        figure,
        title=title or f"Peaks by {by}",
        facts=[f"{len(panels)} analytes"],
        notes=[bars, *notes],
        handles=handles,
        body=1.55 * rows + 0.1,
        columns=4,
    )


def _check_groups(groups: Sequence[GroupPeaks]) -> None:
    if not groups or len(groups) > _MOST:
        raise DataError(f"{len(groups)} groups given; 1 to {_MOST} can be told apart")


def _strip(
    axes: Axes, groups: Sequence[GroupPeaks], floor: float, colors: Mapping[str, int] | None = None
) -> None:
    """Draw the peaks of each group side by side, spread so that none hides another."""
    for place, one in enumerate(groups):
        index = place if colors is None else colors[one.group]
        color, marker = GROUP_COLORS[index], _MARKERS[index]
        order = np.argsort(one.peaks)
        # a low-discrepancy spread: equal in every run, and never in a line
        sideways = ((np.arange(order.size) * 0.618034) % 1.0 - 0.5) * 0.5
        axes.plot(
            place + sideways, np.maximum(one.peaks[order], floor), linestyle="none",
            marker=marker, markersize=3, color=color, alpha=0.75, markeredgewidth=0,
        )  # fmt: skip
        height = max(one.median, floor)
        axes.plot([place - 0.33, place + 0.33], [height] * 2, color=STYLE.ink, linewidth=1.4)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    names = [wrapped(one.group, 24 // len(groups)) for one in groups]
    longest = max(len(line) for name in names for line in name.splitlines())
    axes.set_xticks(range(len(groups)), names)
    plain_axes(axes)
    if longest * len(groups) > 24:  # a word that is longer than its place is written smaller
        axes.tick_params(axis="x", labelsize=max(5.0, 8.0 * 24 / (longest * len(groups))))


def _floor(values: Floats) -> float:
    """Return where zeros are drawn: a third of the smallest value above 0."""
    positive = values[np.isfinite(values) & (values > 0)]
    return float(positive.min()) / 3.0 if positive.size else 0.0


def _log_axis(axes: Axes, values: Floats, floor: float) -> None:
    if floor <= 0:
        return
    axes.set_yscale("log")
    low = floor if (values <= 0).any() else floor * 3.0
    axes.set_ylim(low / 1.5, float(values.max()) * 2.0)
    axes.yaxis.set_minor_formatter(NullFormatter())


def _round(value: float) -> float:
    """Three digits."""
    return float(f"{value:.3g}")
