"""Colours of responses, and the three figures of them: swimmer, waterfall and spider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.response.categories import Response, response_text
from livingdrug.core.errors import DataError
from livingdrug.plot.frame import finish, plain_axes, start
from livingdrug.plot.style import STYLE, day_step

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["RESPONSE_COLORS", "spider", "swimmer", "waterfall"]

Floats = NDArray[np.float64]

RESPONSE_COLORS: Mapping[Response, str] = MappingProxyType(
    {
        Response.STRINGENT_COMPLETE: "#003a5d",
        Response.COMPLETE: "#00558c",
        Response.COMPLETE_PARTIAL_COUNTS: "#2f86bd",
        Response.COMPLETE_INCOMPLETE_COUNTS: "#5aa9d6",
        Response.VERY_GOOD_PARTIAL: "#009e73",
        Response.PARTIAL: "#6fc3a5",
        Response.MINIMAL: "#b9ddcb",
        Response.NOT_COMPLETE_NOT_PROGRESSIVE: "#d8cfa6",
        Response.STABLE: "#c9c9c9",
        Response.UNCONFIRMED_PROGRESSIVE: "#f0b48c",
        Response.PROGRESSIVE: "#d55e00",
        Response.NOT_EVALUABLE: "#f2f2f2",
    }
)
"""One colour for each category: blue and green respond, grey is stable, orange progresses."""

_MOST_ROWS = 60
"""People whose names still fit beside their bars."""
_CUT = 100.0
"""Growth in per cent above which a bar or line is cut."""


def swimmer(
    subjects: Sequence[str],
    day: ArrayLike,
    category: ArrayLike,
    *,
    criterion: str,
    death: ArrayLike | None = None,
    ongoing: ArrayLike | None = None,
    immune: bool = False,
    notes: Sequence[str] = (),
    title: str = "Course of response",
) -> Figure:
    """Draw one bar for each person, coloured by the response from visit to visit.

    Parameters
    ----------
    subjects : sequence of str, shape (n_subjects,)
    day : array_like, shape (n_subjects, n_visits), day
        NaN where a row has no more visits.
    category : array_like of Response, shape (n_subjects, n_visits)
    criterion : str
    death : array_like, shape (n_subjects,), day, optional
    ongoing : array_like of bool, shape (n_subjects,), optional
        Still followed: an arrow at the end. Where it is not given, all without progression and
        death are.
    immune : bool, optional
        Names as iRECIST writes them.
    notes : sequence of str, optional
        Added below the figure.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    days, seen = np.asarray(day, dtype=np.float64), np.asarray(category)
    _check(subjects, days, seen)
    n = len(subjects)
    died = np.full(n, np.nan) if death is None else np.asarray(death, dtype=np.float64)
    end = np.fmax(np.nanmax(days, axis=1), died)
    progressed = (seen == Response.PROGRESSIVE).any(axis=1)
    alive = ~progressed & np.isnan(died) if ongoing is None else np.asarray(ongoing)
    order = np.argsort(end, kind="stable")
    figure = start()
    axes = figure.subplots()
    for place, i in enumerate(order):
        _swim(axes, place, days[i], seen[i], end[i])
    at = np.arange(n)
    handles = _category_handles(seen[np.isfinite(days)], immune=immune)
    handles |= _ends(
        axes, at, end[order], died[order], alive[order], days[order], seen[order],
        progression="confirmed progression" if immune else "first progression",
    )  # fmt: skip
    axes.set_yticks(
        at if n <= _MOST_ROWS else [], [subjects[i] for i in order] if n <= _MOST_ROWS else []
    )
    axes.set_ylim(-0.8, n - 0.2)
    axes.set_xlim(0, float(end.max()) * 1.04)
    axes.xaxis.set_major_locator(MultipleLocator(day_step(float(end.max()))))
    axes.set_xlabel("Days since the start of treatment")
    plain_axes(axes)
    axes.tick_params(axis="y", length=0, labelsize=STYLE.small if n <= 30 else 4.5)
    note = (
        "A colour holds from the visit where it was found to the next one; palest before the first."
    )
    if n > _MOST_ROWS:
        note += f" Names are left out above {_MOST_ROWS} people."
    return finish(
        figure,
        title=title,
        facts=[criterion, f"{n} people"],
        notes=[note, *notes],
        handles=handles,
        body=min(8.0, max(1.8, 0.9 + 0.15 * n)),
        columns=4,
    )


def _swim(axes: Axes, place: int, day: Floats, seen: NDArray[np.generic], end: float) -> None:
    known = np.isfinite(day)
    starts = [0.0, *day[known].tolist()]
    colors = ["#e8e8e8", *(RESPONSE_COLORS[Response(int(c))] for c in seen[known])]
    stops = [*starts[1:], end]
    for left, right, color in zip(starts, stops, colors, strict=True):
        if right > left:
            axes.barh(place, right - left, left=left, height=0.7, color=color, linewidth=0)


def _ends(
    axes: Axes,
    at: NDArray[np.int64],
    end: Floats,
    died: Floats,
    alive: NDArray[np.generic],
    day: Floats,
    seen: NDArray[np.generic],
    *,
    progression: str,
) -> dict[str, Artist]:
    handles: dict[str, Artist] = {}
    size = 4.0 if at.size <= 30 else 2.5
    hit = seen == Response.PROGRESSIVE
    first = np.where(hit, day, np.inf).min(axis=1)
    marks = (
        (progression, first, np.isfinite(first), "D", "white"),
        ("death", died, np.isfinite(died), "X", STYLE.ink),
        ("still followed", end, np.asarray(alive, dtype=np.bool_), ">", STYLE.ink),
    )
    for label, x, where, marker, face in marks:
        if where.any():
            axes.plot(
                x[where], at[where], linestyle="none", marker=marker, markersize=size,
                markerfacecolor=face, markeredgecolor=STYLE.ink, markeredgewidth=0.6,
                clip_on=False, zorder=5, label=label,
            )  # fmt: skip
            handles[label] = Line2D(
                [], [], linestyle="none", marker=marker, markersize=4, markerfacecolor=face,
                markeredgecolor=STYLE.ink, markeredgewidth=0.6,
            )  # fmt: skip
    return handles


def waterfall(
    change: ArrayLike,
    best: ArrayLike,
    *,
    criterion: str,
    measure: str,
    lines: Sequence[float] = (),
    immune: bool = False,
    notes: Sequence[str] = (),
    title: str = "Best change from the baseline",
) -> Figure:
    """Draw the best change of each person as a bar, the worst first.

    Parameters
    ----------
    change : array_like, shape (n_subjects,), percent
        NaN for who has none; they are counted below the figure.
    best : array_like of Response, shape (n_subjects,)
    criterion, measure : str
        As ``"RECIST 1.1"`` and ``"sum of diameters"``.
    lines : sequence of float, percent, optional
        Limits of the criterion, as ``(20, -30)``.
    immune : bool, optional
    notes : sequence of str, optional
        Added below the figure.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    values, seen = np.asarray(change, dtype=np.float64), np.asarray(best)
    if values.ndim != 1 or values.shape != seen.shape:
        raise DataError("one change and one best response are needed for each person")
    known = np.isfinite(values)
    if not known.any():
        raise DataError("nobody has a change from the baseline; there is nothing to draw")
    order = np.argsort(-values[known], kind="stable")
    bars, kinds = values[known][order], seen[known][order]
    figure = start()
    axes = figure.subplots()
    axes.bar(
        np.arange(bars.size),
        np.minimum(bars, _CUT),
        width=0.85 if bars.size <= 100 else 1.0,
        color=[RESPONSE_COLORS[Response(int(k))] for k in kinds],
        linewidth=0,
    )
    over = np.flatnonzero(bars > _CUT)
    if over.size:  # an empty line that is not clipped would count as drawn at the figure's corner
        axes.plot(over, [_CUT + 3] * over.size, "^", color=STYLE.ink, markersize=3, clip_on=False)
    for line in lines:
        axes.axhline(line, color=STYLE.limit, linestyle="--", linewidth=0.9, zorder=3)
    axes.axhline(0.0, color=STYLE.ink, linewidth=0.7)
    axes.set_ylim(-105, min(_CUT, max(10.0, float(bars.max()))) * 1.08)
    axes.set_xlim(-0.8, bars.size - 0.2)
    axes.set_xticks([])
    axes.yaxis.set_major_locator(MultipleLocator(25))
    axes.set_xlabel("People, ordered by change")
    axes.set_ylabel(f"{measure[:1].upper()}{measure[1:]}: change (%)")
    plain_axes(axes)
    axes.spines["bottom"].set_visible(False)
    words = ["The smallest value at any visit up to progression, against the baseline."]
    if over.size:
        words[0] += f" Cut at +{_CUT:g} % (triangles): {over.size}."
    if (~known).any():
        words.append(f"People without a value, not drawn: {int((~known).sum())}.")
    handles = _category_handles(kinds, immune=immune)
    handles |= _limit_handle(lines)
    return finish(
        figure,
        title=title,
        facts=[criterion, f"{bars.size} people", "colour: best response"],
        notes=[*words, *notes],
        handles=handles,
        body=3.0,
        columns=4,
    )


def spider(
    day: ArrayLike,
    change: ArrayLike,
    best: ArrayLike,
    *,
    criterion: str,
    measure: str,
    lines: Sequence[float] = (),
    immune: bool = False,
    notes: Sequence[str] = (),
    title: str = "Change from the baseline over time",
) -> Figure:
    """Draw the change of each person over time as a line that starts at 0.

    Parameters
    ----------
    day, change : array_like, shape (n_subjects, n_visits), day and percent
    best : array_like of Response, shape (n_subjects,)
    criterion, measure : str
    lines : sequence of float, percent, optional
    immune : bool, optional
    notes : sequence of str, optional
        Added below the figure.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    days, values = np.asarray(day, dtype=np.float64), np.asarray(change, dtype=np.float64)
    seen = np.asarray(best)
    if days.shape != values.shape or seen.shape != days.shape[:1]:
        raise DataError("days and changes must have one shape, one best response for each row")
    if not np.isfinite(values).any():
        raise DataError("nobody has a change from the baseline; there is nothing to draw")
    figure = start()
    axes = figure.subplots()
    cut = 0
    for x, y, kind in zip(days, values, seen, strict=True):
        known = np.isfinite(x) & np.isfinite(y)
        if known.any():
            color = RESPONSE_COLORS[Response(int(kind))]
            t, v = np.array([0.0, *x[known]]), np.array([0.0, *y[known]])
            axes.plot(t, v, color=color, linewidth=1.1, marker="o", markersize=2.5)
            cut += int((v > _CUT).any())
    for line in lines:
        axes.axhline(line, color=STYLE.limit, linestyle="--", linewidth=0.9, zorder=0.5)
    axes.axhline(0.0, color=STYLE.faint, linewidth=0.6, zorder=0.4)
    last = float(np.nanmax(days))
    axes.set_xlim(0, last * 1.03)
    axes.set_ylim(-105, min(_CUT, max(10.0, float(np.nanmax(values)))) * 1.08)
    axes.xaxis.set_major_locator(MultipleLocator(day_step(last)))
    axes.yaxis.set_major_locator(MultipleLocator(25))
    axes.set_xlabel("Days since the start of treatment")
    axes.set_ylabel(f"{measure[:1].upper()}{measure[1:]}: change (%)")
    plain_axes(axes)
    handles: dict[str, Artist] = {
        response_text(kind, immune=immune): Line2D([], [], color=color, linewidth=1.6)
        for kind, color in RESPONSE_COLORS.items()
        if (seen == int(kind)).any()
    }
    handles |= _limit_handle(lines)
    words = [f"People whose line leaves the axis above +{_CUT:g} %: {cut}."] if cut else []
    drawn = int(np.isfinite(values).any(axis=1).sum())
    return finish(
        figure,
        title=title,
        facts=[criterion, f"{drawn} people", "colour: best response"],
        notes=[*words, *notes],
        handles=handles,
        body=3.2,
        columns=4,
    )


def _category_handles(seen: NDArray[np.generic], *, immune: bool) -> dict[str, Artist]:
    """Return a legend entry for each category that occurs, the best first."""
    there = {int(value) for value in np.unique(seen)}
    return {
        response_text(kind, immune=immune): Patch(facecolor=color, linewidth=0)
        for kind, color in RESPONSE_COLORS.items()
        if int(kind) in there
    }


def _limit_handle(lines: Sequence[float]) -> dict[str, Artist]:
    line = Line2D([], [], color=STYLE.limit, linestyle="--", linewidth=0.9)
    return {"limits of the criterion": line} if lines else {}


def _check(subjects: Sequence[str], days: Floats, seen: NDArray[np.generic]) -> None:
    if days.ndim != 2 or days.shape != seen.shape or len(subjects) != len(days):
        raise DataError(
            f"{len(subjects)} people, days of shape {days.shape} and categories of shape "
            f"{seen.shape} do not fit together"
        )
    if not len(subjects) or not np.isfinite(days).any(axis=1).all():
        raise DataError("everyone needs a visit; there is nothing to draw for who has none")
