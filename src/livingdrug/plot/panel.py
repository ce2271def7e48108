"""One panel: one variable over time, with bands between people and published points."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MultipleLocator, NullFormatter
from numpy.typing import NDArray

from livingdrug.core.units import conversion_factor
from livingdrug.plot.axis_range import AxisRange, axis_range, one_cell
from livingdrug.plot.style import STYLE, day_step, unit_text, wrapped

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from livingdrug.clinical.estimand import Comparison

__all__ = ["Panel", "cut_text", "draw_panel", "make_panel"]

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_TITLE_CHARACTERS = 46
_MARKERS = ("o", "s", "^", "D")


@dataclass(frozen=True, slots=True)
class Panel:
    """What is drawn of one variable.

    Attributes
    ----------
    name, title, unit : str
    times : ndarray, shape (n_times,), day
    quantiles : ndarray, shape (5, n_times)
        5, 25, 50, 75 and 95 % between people; the one curve in each row for one subject.
    n : int
        Subjects.
    rows : tuple of Comparison
        With a published value, in the order of time.
    lloq : float
        In `unit`; NaN when not known.
    range : AxisRange
    infused : bool
        Day 0 is an infusion of cells, rather than where the model starts.
    time_unit : str
        Of the model.
    """

    name: str
    title: str
    unit: str
    times: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    n: int
    rows: tuple[Comparison, ...]
    lloq: float
    range: AxisRange
    infused: bool
    time_unit: str = "day"

    @property
    def label(self) -> str:
        """Label of the axis of values: the unit, or the name of what has none."""
        return unit_text(self.unit) or self.name.replace("_", " ")


def make_panel(
    course: xr.Dataset, name: str, people: NDArray[np.bool_], comparisons: Sequence[Comparison]
) -> Panel:
    """Collect what is drawn of one variable.

    Parameters
    ----------
    course : xarray.Dataset
    name : str
    people : ndarray of bool, shape (n_subjects,)
        Subjects that are drawn.
    comparisons : sequence of Comparison
        Of any variable.

    Returns
    -------
    Panel
    """
    attrs = course[name].attrs
    unit = str(attrs.get("units", "1"))
    values = course[name].transpose("subject", "time").values[people].astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    with warnings.catch_warnings():  # a time at which nobody has a value leaves a gap
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        quantiles = np.nanquantile(values, _QUANTILES, axis=0)
    last = float(course["time"].values[-1])
    rows = tuple(
        row
        for row in sorted(comparisons, key=lambda row: row.visit)
        if row.variable == name
        and not row.endpoint
        and math.isfinite(row.published)
        and row.visit <= last  # a point beyond the axis would push everything else together
    )
    lloq = _limit(course, name)
    drawn = [quantiles.ravel(), *(_in_unit(row, unit) for row in rows)]
    ends = axis_range(np.concatenate(drawn), unit=unit, cell=one_cell(course, name), lloq=lloq)
    return Panel(
        name=name,
        title=str(attrs.get("long_name", name)),
        unit=unit,
        times=np.asarray(course["time"].values, dtype=np.float64),
        quantiles=quantiles,
        n=int(people.sum()),
        rows=rows,
        lloq=lloq,
        range=ends,
        infused=course.attrs.get("day_0", "infusion") == "infusion",
        time_unit=str(course["time"].attrs.get("units", "day")),
    )


def _in_unit(row: Comparison, unit: str) -> NDArray[np.float64]:
    numbers = np.array([row.published, row.published_lower, row.published_upper])
    return numbers * conversion_factor(row.unit, unit)


def _limit(course: xr.Dataset, name: str) -> float:
    if "lloq" not in course or "observable" not in course.coords:
        return math.nan
    names = [str(item) for item in course["observable"].values]
    return float(course["lloq"].values[names.index(name)]) if name in names else math.nan


def draw_panel(axes: Axes, panel: Panel, letter: str) -> dict[str, Artist]:
    """Draw one panel.

    Parameters
    ----------
    axes : matplotlib Axes
    panel : Panel
    letter : str
        As ``"a"``; empty for a figure of one panel.

    Returns
    -------
    dict from label to artist
        Entries for the legend of the figure.
    """
    _scales(axes, panel)
    handles: dict[str, Artist] = {}
    day, q = panel.times, panel.quantiles
    if panel.n > 1:
        axes.fill_between(day, q[0], q[4], color=STYLE.band, linewidth=0, zorder=1, label="5-95 %")
        axes.fill_between(
            day, q[1], q[3], color=STYLE.inner_band, linewidth=0, zorder=2, label="25-75 %"
        )
    lone = "o" if day.size == 1 else ""
    axes.plot(day, q[2], color=STYLE.line, linewidth=1.6, marker=lone, zorder=3, label="model")
    line = Line2D([], [], color=STYLE.line, linewidth=1.6)
    if panel.n > 1:
        handles["model: median over subjects"] = line
        handles["25-75 % between subjects"] = Patch(color=STYLE.inner_band, linewidth=0)
        handles["5-95 % between subjects"] = Patch(color=STYLE.band, linewidth=0)
    else:
        handles["model: one subject"] = line
    handles |= _draw_limits(axes, panel)
    handles |= _draw_trials(axes, panel)
    handles |= _draw_points(axes, panel)
    if panel.infused:
        handles |= _draw_infusion(axes, panel)
    _words(axes, panel, letter)
    return handles


def _scales(axes: Axes, panel: Panel) -> None:
    ends, style = panel.range, STYLE
    if ends.log:
        axes.set_yscale("log", nonpositive="clip")
        decades = math.log10(ends.high / ends.low)
        step = max(1, math.ceil(decades / 6))
        axes.yaxis.set_major_locator(LogLocator(base=10.0**step, numticks=20))
        subs = tuple(range(2, 10)) if step == 1 and decades < 5 else (1.0,)
        axes.yaxis.set_minor_locator(LogLocator(base=10.0, subs=subs, numticks=100))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(ends.low, ends.high)
    start, end = float(min(panel.times[0], 0.0)), float(panel.times[-1])
    room = 0.02 * (end - start) or 0.5
    axes.set_xlim(start - room, end + room)
    axes.xaxis.set_major_locator(MultipleLocator(day_step(end - start or 1.0)))
    axes.tick_params(labelsize=style.text, colors=style.ink, width=0.7)
    axes.tick_params(which="minor", width=0.4)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_linewidth(0.7)


def _draw_limits(axes: Axes, panel: Panel) -> dict[str, Artist]:
    handles: dict[str, Artist] = {}
    common = {"linewidth": 1.0, "zorder": 2.5}
    if math.isfinite(panel.lloq):
        label = "limit of quantification"
        axes.axhline(panel.lloq, color=STYLE.limit, linestyle="--", label=label, **common)
        handles[label] = Line2D([], [], color=STYLE.limit, linestyle="--", linewidth=1.0)
    if math.isfinite(panel.range.floor):
        axes.axhline(
            panel.range.floor, color=STYLE.limit, linestyle=":", label="one cell", **common
        )
        handles["one cell"] = Line2D([], [], color=STYLE.limit, linestyle=":", linewidth=1.0)
    return handles


def _draw_trials(axes: Axes, panel: Panel) -> dict[str, Artist]:
    rows = [row for row in panel.rows if "trial statistic" in row.interval]
    if not rows:
        return {}
    scale = np.array([conversion_factor(row.unit, panel.unit) for row in rows])
    low, mid, high = (
        np.array([getattr(row, name) for row in rows]) * scale
        for name in ("lower", "simulated", "upper")
    )
    label = "5-95 % of simulated trials"
    axes.errorbar(
        [row.visit for row in rows],
        mid,
        yerr=np.stack([mid - low, high - mid]),
        fmt="none",
        ecolor=STYLE.trial,
        elinewidth=1.1,
        capsize=2.5,
        zorder=6.5,  # a point that agrees would hide its bar
        label=label,
    )
    return {label: Line2D([], [], color=STYLE.trial, linewidth=1.1, marker="_", markersize=5)}


def _draw_points(axes: Axes, panel: Panel) -> dict[str, Artist]:
    handles: dict[str, Artist] = {}
    kinds = list(dict.fromkeys((row.statistic, row.assay) for row in panel.rows))
    for place, (statistic, assay) in enumerate(kinds):
        rows = [row for row in panel.rows if (row.statistic, row.assay) == (statistic, assay)]
        label = f"study: {statistic} over people" + (f", {assay}" if len(kinds) > 1 else "")
        handles[label] = _draw_kind(axes, rows, panel.unit, label, _MARKERS[place % 4])
    return handles


def _draw_kind(
    axes: Axes, rows: Sequence[Comparison], unit: str, label: str, marker: str
) -> Artist:
    """Draw the points of one statistic and assay."""
    value, low, high = np.array([_in_unit(row, unit) for row in rows]).T
    days = [row.visit for row in rows]
    if np.isfinite(low).any() or np.isfinite(high).any():
        error = np.stack([np.nan_to_num(value - low), np.nan_to_num(high - value)])
        axes.errorbar(
            days, value, yerr=error, fmt="none", ecolor=STYLE.point, elinewidth=1.1, zorder=5
        )
    axes.plot(
        days,
        value,
        linestyle="none",
        marker=marker,
        markersize=5,
        color=STYLE.point,
        markeredgecolor="white",
        markeredgewidth=0.7,
        zorder=6,
        label=label,
        clip_on=False,
    )
    return Line2D([], [], linestyle="none", marker=marker, markersize=5, color=STYLE.point)


def _draw_infusion(axes: Axes, panel: Panel) -> dict[str, Artist]:
    axes.axvline(0.0, color=STYLE.faint, linewidth=0.6, zorder=0.5, label="day 0")
    label = "infusion, day 0"
    axes.plot(
        [0.0],
        [1.03],
        marker="v",
        markersize=5,
        color=STYLE.ink,
        linestyle="none",
        transform=axes.get_xaxis_transform(),
        clip_on=False,
        zorder=7,
        label=label,
    )
    return {label: Line2D([], [], linestyle="none", marker="v", markersize=5, color=STYLE.ink)}


def _words(axes: Axes, panel: Panel, letter: str) -> None:
    size = "" if not panel.rows else f"study: {_sizes(panel.rows)}"
    width = _TITLE_CHARACTERS - len(size) - 2 if size and letter else _TITLE_CHARACTERS
    title = wrapped(panel.title[:1].upper() + panel.title[1:], width)
    axes.set_title(title, loc="left", fontsize=STYLE.text, color=STYLE.ink, pad=11)
    if size:
        axes.set_title(size, loc="right", fontsize=STYLE.small, color=STYLE.point, pad=11)
    if letter:
        axes.annotate(
            letter,
            (0.0, 1.0),
            (-30, 11),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=STYLE.title,
            fontweight="bold",
            color=STYLE.ink,
        )
    axes.set_ylabel(panel.label, fontsize=STYLE.text, color=STYLE.ink)
    since = "Days since the infusion" if panel.infused else "Days"
    if panel.time_unit != "day":
        since = "Time" if panel.time_unit == "1" else f"Time ({panel.time_unit})"
    axes.set_xlabel(since, fontsize=STYLE.text, color=STYLE.ink)


def _sizes(rows: Sequence[Comparison]) -> str:
    sizes = sorted({row.n for row in rows if row.n})
    if not sizes or any(row.n == 0 for row in rows):
        return "n not stated" if not sizes else f"n = {sizes[0]} to {sizes[-1]}, or not stated"
    return f"n = {sizes[0]}" if len(sizes) == 1 else f"n = {sizes[0]} to {sizes[-1]}"


def cut_text(panel: Panel, letter: str) -> str:
    """Say where the axis of a panel ends short of its curves.

    Parameters
    ----------
    panel : Panel
    letter : str

    Returns
    -------
    str
        Empty when it does not.
    """
    if not panel.range.cut:
        return ""
    where = f"Axis of {letter}" if letter else "The axis of values"
    return f"{where} {panel.range.cut}; lower values of the curves are not shown."
