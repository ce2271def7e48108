"""A course as a clinician reads it: cells, tumour, cytokines, fever with its grade, host cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, MultipleLocator, NullFormatter
from numpy.typing import NDArray

from livingdrug.core.errors import DataError, SolveError
from livingdrug.plot.layout import SteadyLayoutEngine
from livingdrug.plot.style import DISCLAIMER, STYLE, day_step, wrapped

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["PageFacts", "plot_clinical_page"]

Floats = NDArray[np.float64]

EARLY = 42.0
"""Last day of the panels of the first weeks."""

# Okabe and Ito: told apart with every common deficiency of colour vision
_BLUE, _ORANGE, _GREEN, _PURPLE, _SKY = "#0072b2", "#d55e00", "#009e73", "#a0528a", "#3a9bdc"
_GRADES = ("#ffffff", "#fee391", "#fe9929", "#d94801", "#7f0000")
_GRADE_INK = ("#222222", "#222222", "#222222", "#ffffff", "#ffffff")
_WIDE = 134


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page shows besides the curves.

    Attributes
    ----------
    grades : ndarray, shape (n_subjects, n_times), optional
        Grade of cytokine release syndrome at each time of the course.
    scale : str
        On which it was graded.
    drugs : mapping from str to ndarray
        Days on which each drug was given, over all people.
    failure : ndarray, shape (n_subjects,), optional
        Day of the event that ends the time without one; infinite where there was none.
    failure_name : str
        As ``"event-free"``.
    visits : tuple of float
        Days on which the tumour was assessed.
    """

    grades: NDArray[np.int64] | None = None
    scale: str = ""
    drugs: Mapping[str, Floats] = field(default_factory=dict)
    failure: Floats | None = None
    failure_name: str = "event-free"
    visits: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Curve:
    label: str
    color: str
    values: Floats
    dashed: bool = False


def plot_clinical_page(
    course: xr.Dataset, facts: PageFacts, *, title: str, subtitle: str = "", note: str = ""
) -> Figure:
    """Draw one page of a course of the reference model.

    Parameters
    ----------
    course : xarray.Dataset
        Of the reference model; failed subjects are left out.
    facts : PageFacts
    title, subtitle, note : str

    Returns
    -------
    matplotlib.figure.Figure
        It belongs to no window.

    Raises
    ------
    DataError
        When the course is not one of the reference model.
    SolveError
        When every simulation failed.
    """
    people = course["status"].values == 0 if "status" in course else np.ones(1, bool)
    needed = ("ES", "M", "X", "TP", "TN", "IL6", "IFN", "CRP", "temperature")
    absent = [name for name in needed if name not in course]
    if absent:
        raise DataError(f"the course lacks {', '.join(absent)}: it is not of the reference model")
    if not people.any():
        raise SolveError("every simulation failed; there is nothing to draw")
    page = _Page(course, people, facts)
    figure = Figure(figsize=(STYLE.width, 9.6))
    FigureCanvasAgg(figure)
    foot = [wrapped(text, _WIDE) for text in (page.legend_text(), note, DISCLAIMER) if text]
    lines = sum(text.count("\n") + 1 for text in foot)
    bottom = (0.16 + 0.135 * lines) / 9.6
    first, second = wrapped(title, 82), wrapped(subtitle, 112)
    below = 0.17 * first.count("\n") / 9.6
    head = (0.42 + 0.135 * second.count("\n")) / 9.6 + below
    engine = SteadyLayoutEngine(h_pad=0.05, w_pad=0.08, rect=(0.0, bottom, 0.99, 1 - head - bottom))
    figure.set_layout_engine(engine)
    grid = GridSpec(5, 2, figure=figure, height_ratios=(1, 1, 1, 1, 0.34))
    _draw(figure, grid, page)
    figure.text(
        0.02, 0.992, first, fontsize=STYLE.title, fontweight="bold", color=STYLE.ink, va="top"
    )
    figure.text(0.02, 0.972 - below, second, fontsize=STYLE.text, color=STYLE.ink, va="top")
    figure.text(
        0.02, 0.08 / 9.6, "\n".join(foot), fontsize=STYLE.small, color=STYLE.ink, va="bottom",
        linespacing=1.25,
    )  # fmt: skip
    return figure


class _Page:
    """The numbers of a page."""

    def __init__(self, course: xr.Dataset, people: NDArray[np.bool_], facts: PageFacts) -> None:
        self.days = np.asarray(course["time"].values, dtype=np.float64)
        self.people, self.facts, self._course = people, facts, course
        self.n = int(people.sum())
        self.end = float(self.days[-1])
        self.early = min(EARLY, self.end)
        self.grades = None if facts.grades is None else facts.grades[people]

    def of(self, name: str, scale: float = 1.0) -> Floats:
        """Values of the people that were simulated."""
        values = self._course[name].transpose("subject", "time").values[self.people] * scale
        return np.asarray(values, dtype=np.float64)

    def cells(self) -> list[_Curve]:
        scale = 1 / 5e8  # cells in the body to cells per microlitre, as the model has it
        return [
            _Curve("effector", _BLUE, self.of("ES", scale)),
            _Curve("memory", _GREEN, self.of("M", scale)),
            _Curve("exhausted", _PURPLE, self.of("X", scale), dashed=True),
        ]

    def tumour(self) -> list[_Curve]:
        return [
            _Curve("with the antigen", _BLUE, self.of("TP")),
            _Curve("antigen lost", _ORANGE, self.of("TN"), dashed=True),
        ]

    def cytokines(self) -> list[_Curve]:
        return [
            _Curve("IL-6, pg/mL", _ORANGE, self.of("IL6")),
            _Curve("interferon γ, pg/mL", _BLUE, self.of("IFN")),
            _Curve("CRP, mg/L", _GREEN, self.of("CRP"), dashed=True),
        ]

    def temperature(self) -> Floats:
        """In degrees Celsius; the model reports the difference from 37."""
        return 37.0 + self.of("temperature")

    def host(self) -> list[_Curve]:
        scale = 1 / 5e8
        return [
            _Curve("T cells", _BLUE, self.of("H", scale)),
            _Curve("NK cells", _GREEN, self.of("HN", scale)),
            _Curve("cells with the target", _ORANGE, self.of("B", scale), dashed=True),
        ]

    def legend_text(self) -> str:
        if self.n == 1:
            return "Values of the model, without the error and limit of an assay."
        return (
            "Lines: median over people; bands: 5-95 % between people (for lost antigen the line is "
            "the 95 % quantile). Values of the model, without the error and limit of an assay."
        )


def _draw(figure: Figure, grid: GridSpec, page: _Page) -> None:
    early, late = (-7.0, page.early), (0.0, page.end)
    rows = [
        ("CAR cells in blood, cells/µL", page.cells(), 1e-3, early, (0, 0)),
        ("CAR cells in blood, cells/µL", page.cells(), 1e-3, late, (0, 1)),
        ("Tumour cells in the body", page.tumour(), 1.0, early, (1, 0)),
        ("Tumour cells in the body", page.tumour(), 1.0, late, (1, 1)),
        ("Cytokines and CRP", page.cytokines(), 1.0, early, (2, 0)),
        ("Host cells in blood, cells/µL", page.host(), 1e-2, late, (2, 1)),
    ]
    for letter, (name, curves, floor, span, place) in zip("abcdef", rows, strict=True):
        axes = figure.add_subplot(grid[place])
        _log_panel(axes, page, curves, floor, span)
        words = "first weeks" if span is early else "whole follow-up"
        _words(axes, f"{name}", letter, right=words)
        if place == (1, 1):
            _visits(axes, page)
    axes = figure.add_subplot(grid[3, 0])
    _temperature(axes, page, early)
    _words(axes, "Temperature, °C", "g", right="first weeks")
    strip = figure.add_subplot(grid[4, 0])
    _grade_strip(strip, page, early)
    axes = figure.add_subplot(grid[3:, 1])
    _outcome(axes, page, late)


def _log_panel(
    axes: Axes, page: _Page, curves: Sequence[_Curve], floor: float, span: tuple[float, float]
) -> None:
    inside = (page.days >= span[0]) & (page.days <= span[1])
    days = page.days[inside]
    top = floor
    for curve in curves:
        values = np.maximum(curve.values[:, inside], floor / 10)
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
        if curve.label == "antigen lost" and page.n > 1:
            middle = high  # more than half of the people have none
        elif page.n > 1:
            axes.fill_between(days, low, high, color=curve.color, alpha=0.16, linewidth=0)
        style = "--" if curve.dashed else "-"
        axes.plot(days, middle, color=curve.color, linewidth=1.5, linestyle=style)
        top = max(top, float(high.max()))
    axes.set_yscale("log", nonpositive="clip")
    decades = math.log10(top / floor)
    axes.set_ylim(floor, top * 10 ** (0.38 * max(decades, 1.0)))  # room for the legend
    step = max(1, math.ceil(decades / 5))
    axes.yaxis.set_major_locator(LogLocator(base=10.0**step, numticks=20))
    axes.yaxis.set_minor_formatter(NullFormatter())
    _frame(axes, page, span)
    handles = [
        Line2D([], [], color=c.color, linewidth=1.5, linestyle="--" if c.dashed else "-")
        for c in curves
    ]
    axes.legend(
        handles, [c.label for c in curves], loc="upper right", fontsize=STYLE.small, frameon=False,
        borderpad=0.1, handlelength=1.6, labelspacing=0.2, borderaxespad=0.1,
    )  # fmt: skip


def _frame(axes: Axes, page: _Page, span: tuple[float, float]) -> None:
    room = 0.01 * (span[1] - span[0])
    axes.set_xlim(max(span[0], page.days[0]) - room, span[1] + room)
    axes.xaxis.set_major_locator(MultipleLocator(day_step(span[1] - span[0])))
    axes.axvline(0.0, color=STYLE.faint, linewidth=0.6, zorder=0.5)
    axes.tick_params(labelsize=STYLE.small, colors=STYLE.ink, width=0.7)
    axes.tick_params(which="minor", width=0.4)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel("Days since the infusion", fontsize=STYLE.small, color=STYLE.ink, labelpad=1)


def _words(axes: Axes, title: str, letter: str, *, right: str = "") -> None:
    axes.set_title(f"{letter}  {title}", loc="left", fontsize=STYLE.text, color=STYLE.ink, pad=4)
    axes.set_title(right, loc="right", fontsize=STYLE.small, color=STYLE.faint, pad=4)


def _visits(axes: Axes, page: _Page) -> None:
    days = [day for day in page.facts.visits if 0 <= day <= page.end]
    axes.plot(
        days, np.full(len(days), 0.02), marker="|", linestyle="none", color=STYLE.ink,
        markersize=5, transform=axes.get_xaxis_transform(), zorder=5,
    )  # fmt: skip


_DRUGS = {"tocilizumab": ("v", _PURPLE), "dexamethasone": ("s", _GREEN)}


def _temperature(axes: Axes, page: _Page, span: tuple[float, float]) -> None:
    inside = (page.days >= span[0]) & (page.days <= span[1])
    days, values = page.days[inside], page.temperature()[:, inside]
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
    if page.n > 1:
        axes.fill_between(days, low, high, color=_ORANGE, alpha=0.16, linewidth=0)
    axes.plot(days, middle, color=_ORANGE, linewidth=1.5)
    axes.axhline(38.0, color=STYLE.faint, linewidth=0.8, linestyle=":")
    axes.set_ylim(36.2, max(41.0, float(high.max()) + 0.2))
    _frame(axes, page, span)
    axes.set_xlabel("")
    handles, labels = [], []
    for place, (drug, given) in enumerate(page.facts.drugs.items()):
        if len(given) == 0:
            continue
        marker, color = _DRUGS.get(drug, ("D", STYLE.ink))
        height = 0.05 + 0.09 * place
        axes.plot(
            given, np.full(len(given), height), marker=marker, markersize=3.5, linestyle="none",
            color=color, alpha=1.0 if page.n == 1 else 0.25, markeredgewidth=0,
            transform=axes.get_xaxis_transform(), zorder=4,
        )  # fmt: skip
        handles.append(Line2D([], [], marker=marker, markersize=4, linestyle="none", color=color))
        labels.append(f"{drug}, {len(given)} dose{'s' if len(given) > 1 else ''}")
    if handles:
        axes.legend(
            handles, labels, loc="upper right", fontsize=STYLE.small, frameon=True,
            framealpha=0.85, edgecolor="none", borderpad=0.2, handletextpad=0.3,
        )  # fmt: skip


def _grade_strip(axes: Axes, page: _Page, span: tuple[float, float]) -> None:
    """Draw the share of people in each grade over time; for one person a band of its grade."""
    _frame(axes, page, span)
    axes.set_yticks([0, 1] if page.n > 1 else [], labels=["0", "100 %"] if page.n > 1 else [])
    axes.set_ylim(0, 1)
    axes.spines["left"].set_visible(page.n > 1)
    if page.grades is None:
        axes.text(0.5, 0.5, "not graded", ha="center", va="center", transform=axes.transAxes,
                  fontsize=STYLE.small, color=STYLE.faint)  # fmt: skip
        return
    inside = (page.days >= span[0]) & (page.days <= span[1])
    days, grades = page.days[inside], page.grades[:, inside]
    below = np.zeros(days.size)
    for grade in (4, 3, 2, 1):
        share = (grades == grade).mean(axis=0)
        axes.fill_between(
            days, below, below + share, color=_GRADES[grade], linewidth=0, step="post"
        )
        below = below + share
    worst = grades.max(axis=1)
    handles = [
        Patch(facecolor=_GRADES[g], edgecolor=STYLE.faint, linewidth=0.4) for g in (1, 2, 3, 4)
    ]
    counts = [
        f"{g}: {100 * (worst == g).mean():.0f} %" if page.n > 1 else str(g) for g in (1, 2, 3, 4)
    ]
    axes.legend(
        handles, counts, loc="upper right", ncols=4, fontsize=STYLE.small - 0.5, frameon=True,
        framealpha=0.85, edgecolor="none", borderpad=0.15, handlelength=0.9, columnspacing=0.7,
        handletextpad=0.3,
    )  # fmt: skip
    words = "grade, share of people" if page.n > 1 else "grade"
    scale = page.facts.scale.upper() if page.facts.scale == "astct" else page.facts.scale.title()
    _words(axes, f"Cytokine release: {words} ({scale})", "h")


def _outcome(axes: Axes, page: _Page, span: tuple[float, float]) -> None:
    days = page.facts.failure
    if days is None:
        axes.set_axis_off()
        return
    used = days[page.people]
    if page.n == 1:
        axes.set_axis_off()
        axes.text(0.0, 0.95, _one_outcome(page, float(used[0])), fontsize=STYLE.text,
                  color=STYLE.ink, va="top", transform=axes.transAxes, linespacing=1.5)  # fmt: skip
        return
    _frame(axes, page, span)
    steps = np.concatenate([[0.0], np.sort(used[used <= page.end]), [page.end]])
    free = np.concatenate([[1.0], 1 - np.arange(1, steps.size - 1) / used.size])
    free = np.append(free, free[-1])
    axes.step(steps, 100 * free, where="post", color=_BLUE, linewidth=1.5)
    axes.set_ylim(0, 102)
    axes.yaxis.set_major_locator(MultipleLocator(25))
    _words(
        axes, f"People {page.facts.failure_name}, %", "i", right=f"n = {page.n}, nobody censored"
    )


def _one_outcome(page: _Page, day: float) -> str:
    name = page.facts.failure_name
    lines = [f"{name} to day {page.end:g}" if math.isinf(day) else f"{name} until day {day:g}"]
    if page.grades is not None:
        lines.append(f"worst grade: {int(page.grades.max())} ({page.facts.scale})")
    for drug, given in page.facts.drugs.items():
        if len(given):
            shown = ", ".join(f"{one:g}" for one in given[:3])
            more = f" and {len(given) - 3} more" if len(given) > 3 else ""
            lines.append(f"{drug}: day {shown}{more}")
    return "\n".join(lines)
