"""Marks of what was given, at the top of a panel of values over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from livingdrug.data.interventions import DAY_UNKNOWN, Intervention
from livingdrug.plot.frame import GROUP_COLORS

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["draw_interventions", "intervention_note"]

_MARKS = ("v", "D", "s", "P", "X", "*")
_MOST = len(_MARKS)
"""Names that are told apart in one figure."""
_ROW = 6.0
"""Height of a row of marks, point."""
_WORDS = {
    "car_t": "CAR-T cells", "car_nk": "CAR-NK cells", "nk": "NK cells", "ivig": "IVIG",
    "gcsf": "G-CSF",
}  # fmt: skip


def draw_interventions(
    axes: Axes, given: Sequence[Intervention], handles: dict[str, Artist]
) -> float:
    """Mark the days on which something was given, one row of marks for each name.

    Parameters
    ----------
    axes : matplotlib Axes
        With its limits set: the marks take room above them.
    given : sequence of Intervention
        Those without a day are left out, see `intervention_note`.
    handles : dict of str to artist
        Of the legend; receives one for each name.

    Returns
    -------
    float
        Height of the rows, point: the title of the panel stands above them.
    """
    dated = [one for one in given if np.isfinite(one.start)]
    names = list(dict.fromkeys(one.name for one in dated))[:_MOST]
    low, high = axes.get_xlim()
    days = [one.start for one in dated if one.name in names]
    if days:
        margin = 0.03 * (high - low)
        axes.set_xlim(min(low, *(day - margin for day in days)),
                      max(high, *(day + margin for day in days)))  # fmt: skip
    for place, name in enumerate(names):
        color, mark = GROUP_COLORS[1:][place % len(GROUP_COLORS[1:])], _MARKS[place]
        raised = ScaledTranslation(0, (3 + _ROW * place) / 72, axes.figure.dpi_scale_trans)
        at = axes.get_xaxis_transform() + raised
        mine = [one for one in dated if one.name == name]
        for one in mine:
            if np.isfinite(one.stop) and one.stop > one.start:
                axes.plot(
                    [one.start, one.stop], [1, 1], color=color, linewidth=1.6, alpha=0.5,
                    transform=at, clip_on=False,
                )  # fmt: skip
        axes.plot(
            sorted({one.start for one in mine}), [1] * len({one.start for one in mine}),
            linestyle="", marker=mark, markersize=4, color=color, markeredgewidth=0,
            transform=at, clip_on=False,
        )  # fmt: skip
        planned = all(one.status == "planned" for one in mine)
        label = f"{_words(name)}{' (planned)' if planned else ''}"
        handles.setdefault(
            label, Line2D([], [], linestyle="", marker=mark, color=color, markersize=4)
        )
    return _ROW * len(names)


def _words(name: str) -> str:
    return _WORDS.get(name, name.replace("_", " "))


def intervention_note(given: Sequence[Intervention]) -> str:
    """Say what was given on an unknown day, and to how many people.

    Parameters
    ----------
    given : sequence of Intervention

    Returns
    -------
    str
        Empty when every day is known.
    """
    parts = []
    for name in dict.fromkeys(one.name for one in given if one.status == DAY_UNKNOWN):
        mine = [one for one in given if one.name == name]
        treated = {one.subject or one.group for one in mine if one.status == DAY_UNKNOWN}
        known = {one.subject or one.group for one in mine}
        parts.append(f"{_words(name)} {len(treated)} of {len(known)}")
    return f"Given on a day that is not known, so not drawn: {', '.join(parts)}." if parts else ""
