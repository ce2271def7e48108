"""Timeline of grades: a strip for each person, with the treatments on it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from livingdrug.core.errors import OptionError
from livingdrug.plot.style import DISCLAIMER, STYLE, day_step, wrapped

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from livingdrug.clinical.grading.crs import CrsGrades, WardCrs

__all__ = ["MOST_PEOPLE", "plot_grades"]

MOST_PEOPLE = 300
"""Strips in one figure."""
_MOST_NAMES = 80
"""People whose names and treatments still fit; more are drawn as narrow strips without them."""

_GRADES = ("#ececec", "#fde0a8", "#f3a95a", "#d55e00", "#8c2d04", "#1a1a1a")
"""From none to 5: lighter to darker, so that they are told apart in grey too."""
_NAMES = {
    "astct": "ASTCT 2019",
    "lee": "Lee 2014",
    "penn": "Penn",
    "mskcc": "MSKCC",
    "ctcae5": "CTCAE 5.0",
}
_MARKS = {
    "tocilizumab": ("v", "#00558c"),
    "steroid": ("s", "#009e73"),
    "siltuximab": ("^", "#56b4e9"),
    "anakinra": ("D", "#cc79a7"),
    "antipyretic": ("|", "#222222"),
}
_ROW, _NARROW = 0.2, 0.05
_HEAD, _AXIS, _FOOT = 0.62, 0.42, 1.0
"""Heights of a strip and of the parts of the figure, inch."""


def plot_grades(
    ward: WardCrs, scale: str, *, note: str = "", subjects: Sequence[str] | None = None
) -> Figure:
    """Draw the grade of each person over time.

    Parameters
    ----------
    ward : WardCrs
    scale : str
        One of its scales.
    note : str, optional
        Added below the figure.
    subjects : sequence of str, optional
        Who is drawn; everybody when not given.

    Returns
    -------
    matplotlib.figure.Figure
        It belongs to no window.

    Raises
    ------
    OptionError
        When there is nobody, or more people than fit.
    """
    people = [p for p in ward.people if subjects is None or p.subject in subjects]
    if not people:
        raise OptionError("nobody was graded; there is nothing to draw")
    if len(people) > MOST_PEOPLE:
        raise OptionError(
            f"{len(people)} people; a figure holds {MOST_PEOPLE} at most: draw one with --explain"
        )
    ordered = sorted(people, key=lambda p: (-int(p.grades[scale][0].max()), p.subject))
    named = len(ordered) <= _MOST_NAMES
    middle = (_ROW if named else _NARROW) * max(len(ordered), 3)
    height = _HEAD + middle + _AXIS + _FOOT
    figure = Figure(figsize=(STYLE.width, height))
    FigureCanvasAgg(figure)
    longest = max(len(p.subject) for p in ordered) if named else 3
    left = min(0.05 + 0.0095 * longest, 0.3)
    axes = figure.add_axes((left, (_AXIS + _FOOT) / height, 0.97 - left, middle / height))
    end = max(p.times[-1] for p in ordered) or 1.0
    for place, person in enumerate(ordered):
        _strip(axes, person, scale, place, named=named)
    axes.set_xlim(0, end)
    axes.set_ylim(len(ordered) - 0.5, -0.5)
    if named:
        axes.set_yticks(range(len(ordered)), [p.subject for p in ordered], fontsize=STYLE.small)
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{len(ordered)} people, worst first", fontsize=STYLE.text)
    step = day_step(end)
    axes.set_xticks(np.arange(0, end + 1e-9, step))
    axes.tick_params(labelsize=STYLE.small, length=2)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("day after infusion", fontsize=STYLE.text)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    _words(figure, ward, scale, ordered, height, note)
    return figure


def _strip(axes: Axes, person: CrsGrades, scale: str, place: int, *, named: bool) -> None:
    low, high = person.grades[scale]
    times = [*person.times, person.times[-1]]
    for k, (a, b) in enumerate(itertools.pairwise(times)):
        lowest, highest = int(low[k]), int(high[k])
        axes.add_patch(
            Rectangle((a, place - 0.38), b - a, 0.76, facecolor=_GRADES[lowest], edgecolor="none")
        )
        if highest > lowest:  # the lower edge of the strip shows how bad it may have been
            axes.add_patch(
                Rectangle(
                    (a, place + 0.12), b - a, 0.26, facecolor=_GRADES[highest], edgecolor="none"
                )
            )
            axes.add_patch(
                Rectangle((a, place + 0.10), b - a, 0.03, facecolor="white", edgecolor="none")
            )
    for item, (mark, colour) in _MARKS.items() if named else ():
        days = [e.start for e in person.treatments if e.item == item and e.start >= 0]
        axes.plot(
            days,
            [place - 0.1] * len(days),
            mark,
            color=colour,
            markersize=4.5,
            markeredgecolor="white" if mark != "|" else colour,
            markeredgewidth=0.5 if mark != "|" else 1.0,
            linestyle="none",
        )


def _scale_name(scale: str) -> str:
    base, _, mark = scale.partition("_")
    return _NAMES[base] + (f" ({mark})" if mark else "")


def _words(
    figure: Figure,
    ward: WardCrs,
    scale: str,
    people: Sequence[CrsGrades],
    height: float,
    note: str,
) -> None:
    title = f"Cytokine release syndrome, {_scale_name(scale)}"
    figure.text(
        0.02, 1 - 0.08 / height, title, fontsize=STYLE.title, fontweight="bold",
        color=STYLE.ink, va="top",
    )  # fmt: skip
    peaks = [(int(p.grades[scale][0].max()), int(p.grades[scale][1].max())) for p in people]
    exact = sum(a == b for a, b in peaks)
    facts = [
        f"{len(people)} people" if len(people) > 1 else "1 person",
        f"{exact} with an exact peak grade",
    ]
    if ward.left_out:
        facts.append(f"{len(ward.left_out)} left out")
    figure.text(
        0.02, 1 - 0.3 / height, "  ·  ".join(facts), fontsize=STYLE.text, color=STYLE.ink, va="top"
    )
    top = max(high for _, high in peaks)
    handles: list[Artist] = [
        Patch(facecolor=_GRADES[g], label=f"grade {g}" if g else "no syndrome")
        for g in range(max(top, 1) + 1)
    ]
    handles += [
        Line2D([], [], marker=m, color=c, linestyle="none", markersize=5, label=name)
        for name, (m, c) in (_MARKS.items() if len(people) <= _MOST_NAMES else ())
        if any(e.item == name for p in people for e in p.treatments)
    ]
    figure.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, (_FOOT + 0.04) / height),
        ncols=min(len(handles), 6), frameon=False, fontsize=STYLE.small, handlelength=1.2,
    )  # fmt: skip
    text = "Strips: grade over time."
    if exact < len(people):
        text = (
            "Strips: lowest grade that the record allows; where a lower band is set off, the "
            "highest one."
        )
    if len(people) > _MOST_NAMES:
        text += f" Names and treatments are drawn for {_MOST_NAMES} people at most."
    foot = "\n".join(wrapped(t, 134) for t in (text, note, DISCLAIMER) if t)
    figure.text(
        0.02, 0.07 / height, foot, fontsize=STYLE.small, color=STYLE.ink, va="bottom",
        linespacing=1.25,
    )  # fmt: skip
