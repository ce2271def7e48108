"""Sample paths of tumour and CAR cells, coloured by how they end, and incidence of outcomes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, MultipleLocator, NullLocator
from numpy.typing import NDArray

from livingdrug.clinical.outcomes.classify import FAILED, outcomes
from livingdrug.clinical.outcomes.rules import OutcomeRules
from livingdrug.clinical.survival.competing import Incidence
from livingdrug.core.errors import DataError, OptionError, UnknownNameError, unknown_name
from livingdrug.plot.frame import GROUP_COLORS, finish, plain_axes, start
from livingdrug.plot.style import STYLE, day_step, unit_text
from livingdrug.plot.survival import incidence_figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["incidence_of_outcomes", "sample_paths"]

Floats = NDArray[np.float64]

_PATHS = 60
_DECADES = 7
"""Labels on an axis of values, at most."""


def sample_paths(
    course: xr.Dataset,
    rules: OutcomeRules,
    *,
    cells: str | None = None,
    paths: int = _PATHS,
    title: str | None = None,
) -> Figure:
    """Draw runs of a course over time, coloured by their outcome, with the split beside it.

    Parameters
    ----------
    course : xarray.Dataset
        With replicates, as of a method that simulates jumps. It holds the tumour populations.
    rules : OutcomeRules
        From `outcome_rules`. Outcomes are those of `outcomes` on the days of the course.
    cells : str, optional
        Variable of a further panel; the first with a term of CAR cells when not given, or none.
    paths : int, optional
        Runs that are drawn, spread evenly over all; the split and the medians are of all.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        Values are on a logarithmic axis whose lowest line is 0: the last cell has died.

    Raises
    ------
    DataError
        When every run failed, or a tumour population is missing.
    OptionError, UnknownNameError
    """
    if paths < 1:
        raise OptionError(f"paths = {paths}: allowed are 1 or more")
    found = outcomes(course, rules)
    code = found["outcome"].values.ravel()
    used = np.flatnonzero(code != FAILED)
    if not used.size:
        raise DataError("every run failed; there is nothing to draw")
    drawn = used[
        np.unique(np.linspace(0, used.size - 1, min(paths, used.size)).round().astype(int))
    ]
    figure = start()
    cells = _cells(course) if cells is None else cells
    curves = [str(name) for name, v in course.data_vars.items() if "time" in v.dims]
    if cells and cells not in curves:
        raise UnknownNameError([unknown_name("variable", cells, curves, where="course")])
    names = [*rules.tumors.values(), *([cells] if cells else [])]
    levels = dict(zip(rules.tumors.values(), rules.levels.values(), strict=True))
    columns = min(len(names), 2)
    rows = math.ceil(len(names) / columns)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for unused in axes[len(names) :]:
        unused.remove()
    for ax, name in zip(axes, names, strict=False):
        _panel(ax, course, name, code, used, drawn, levels.get(name))
    handles = _legend(found, code, used, bool(levels))
    people, runs = course.sizes["subject"], course.sizes.get("replicate", 1)
    lost = int((code == FAILED).sum())
    attrs = course.attrs
    return finish(
        figure,
        title=title or f"{attrs.get('model', 'model')}: {drawn.size} of {used.size} sample paths",
        facts=[
            f"{people} virtual subject{'s' if people > 1 else ''} x {runs} "
            f"replicate{'s' if runs > 1 else ''}",
            f"method {attrs.get('method', 'not stated')}",
            f"model status: {attrs.get('model_status', 'not stated')}",
            f"seed {attrs.get('seed', '')}",
            f"{lost} failed and left out" if lost else "",
        ],
        notes=[
            f"Notice: {attrs['notice']}." if attrs.get("notice") else "",
            rules.text(),
            "Shares count every run; thick lines are medians over the runs of a class on each day.",
            _assumed(found),
        ],
        handles=handles,
        body=rows * STYLE.panel_height if columns == 2 else STYLE.lone_height,
        columns=2,
    )


def _assumed(found: xr.Dataset) -> str:
    items = json.loads(str(found.attrs["assumed"]))
    return (
        "Assumed: " + "; ".join(str(item).removesuffix(", ASSUMED") for item in items) + "."
        if items
        else ""
    )


def _cells(course: xr.Dataset) -> str:
    for name, variable in course.data_vars.items():
        if str(variable.attrs.get("term", "")).startswith("car_") and "time" in variable.dims:
            return str(name)
    return ""


def _panel(
    axes: Axes,
    course: xr.Dataset,
    name: str,
    code: NDArray[np.int8],
    used: NDArray[np.intp],
    drawn: NDArray[np.intp],
    level: float | None,
) -> None:
    times = course["time"].values
    attrs = course[name].attrs
    values = course[name].transpose("subject", ..., "time").values.reshape(-1, times.size)
    positive = values[used][values[used] > 0]
    count = float(attrs.get("count_per_unit", 0.0) or 0.0)
    least = float(positive.min()) if positive.size else 1.0
    # nothing lies between one cell and none
    floor = max(1.0 / count, least) if count else least
    zero = floor / 10.0
    shown = np.where(values > 0, np.maximum(values, zero), zero)
    axes.set_yscale("log")
    for run in drawn:
        axes.plot(
            times, shown[run], color=_color(int(code[run])), linewidth=0.5, alpha=0.35, zorder=2
        )
    for kind in np.unique(code[used]):
        of_kind = code == kind
        if of_kind.sum() > 1:
            # the middle run itself: a mean of none and some is neither
            middle = np.quantile(shown[of_kind], 0.5, axis=0, method="inverted_cdf")
            axes.plot(times, middle, color=_color(int(kind)), linewidth=1.8, zorder=3)
    if level is not None:
        axes.axhline(level, color=STYLE.limit, linestyle=":", linewidth=0.9, zorder=1)
    top = max(float(positive.max()) if positive.size else 1.0, level or 0.0)
    _values_axis(axes, floor, zero, top, gone=bool((values[used] <= 0).any()))
    axes.set_xlim(float(times[0]), float(times[-1]))
    axes.xaxis.set_major_locator(MultipleLocator(day_step(float(times[-1] - times[0]))))
    axes.set_xlabel("Time since first infusion (days)")
    unit = unit_text(str(attrs.get("units", "")))
    label = str(attrs.get("long_name", name))
    axes.set_ylabel(f"{label} ({unit})" if unit else label)
    plain_axes(axes)


def _values_axis(axes: Axes, floor: float, zero: float, top: float, *, gone: bool) -> None:
    """Label decades, and below a break the line of none."""
    low, high = math.floor(math.log10(floor)), math.ceil(math.log10(top))
    step = max(1, math.ceil((high - low) / _DECADES))
    powers = [power for power in range(low, high + 1, step) if 10.0**power >= floor * 0.99]
    ticks = [10.0**power for power in powers]
    # an axis over many decades has powers of ten all along
    plain = low >= -3 and high <= 4
    labels = [
        f"{tick:g}" if plain else f"$10^{{{power}}}$"
        for tick, power in zip(ticks, powers, strict=True)
    ]
    if gone:
        ticks, labels = [zero, *ticks], ["0", *labels]
        axes.axhline(zero, color=STYLE.faint, linewidth=0.6, zorder=0)
        # two strokes across the axis say that it is broken
        for shift in (0.42, 0.58):
            axes.plot(
                [-0.012, 0.012], [zero * 10.0 ** (shift - 0.06), zero * 10.0 ** (shift + 0.06)],
                transform=axes.get_yaxis_transform(), color=STYLE.ink, linewidth=0.8,
                clip_on=False, zorder=5,
            )  # fmt: skip
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FixedFormatter(labels))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim((zero if gone else floor) / 2.0, top * 3.0)


def _color(code: int) -> str:
    """Return the colour of an outcome: grey for none, so that classes stand out."""
    return STYLE.faint if code == 0 else GROUP_COLORS[(code - 1) % (len(GROUP_COLORS) - 2)]


def _legend(
    found: xr.Dataset, code: NDArray[np.int8], used: NDArray[np.intp], detection: bool
) -> Mapping[str, Artist]:
    classes = json.loads(str(found["outcome"].attrs["classes"]))
    handles: dict[str, Artist] = {}
    for kind in [*range(1, len(classes)), 0]:
        n = int((code == kind).sum())
        if n:
            label = f"{classes[kind]}: {n / used.size:.3g} ({n} of {used.size} runs)"
            handles[label] = Line2D([], [], color=_color(kind), linewidth=1.8)
    if detection:
        handles["level of detection"] = Line2D([], [], color=STYLE.limit, linestyle=":")
    return handles


def incidence_of_outcomes(incidence: xr.Dataset, *, title: str | None = None) -> Figure:
    """Draw the cumulative incidence of competing outcomes with its interval.

    Parameters
    ----------
    incidence : xarray.Dataset
        From `outcome_incidence`.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    attrs = incidence.attrs
    names = [str(name) for name in incidence["outcome"].values]
    shape = ("outcome", "day")
    value, error, lower, upper = (
        incidence[name].transpose(*shape).values
        for name in ("incidence", "simulation_error", "lower", "upper")
    )
    seen = value[:, -1] > 0
    kept = np.flatnonzero(seen if seen.any() else ~seen)
    curves = Incidence(
        incidence["day"].values, tuple(kept.tolist()), value[kept], error[kept],
        np.where(np.isnan(lower), value, lower)[kept],
        np.where(np.isnan(upper), value, upper)[kept], incidence["free"].values,
    )  # fmt: skip
    people, runs = int(attrs["n_subjects"]), int(attrs["n_runs"])
    interval = f"{attrs['level']:.0%} interval {attrs['interval']}"
    notice = f"Notice: {attrs['notice']}. " if attrs.get("notice") else ""
    return incidence_figure(
        curves,
        {
            place: f"{name}: {value[place, -1]:.3g} by day {attrs['horizon']:g}"
            for place, name in enumerate(names)
        },
        definition=f"{notice}{attrs['rules']} {_assumed(incidence)}".strip(),
        title=title or f"{attrs.get('model', 'model')}: cumulative incidence of outcomes",
        facts=[
            f"{people:,} virtual subject{'s' if people > 1 else ''}, {runs:,} runs",
            "competing risks, averaged over people",
            interval,
        ],
    )
