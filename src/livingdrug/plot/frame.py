"""The frame of a figure of people: title and facts above, legend and notes below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from livingdrug.plot.layout import SteadyLayoutEngine
from livingdrug.plot.style import DISCLAIMER, STYLE, wrapped

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["GROUP_COLORS", "finish", "plain_axes", "start"]

GROUP_COLORS = ("#00558c", "#d55e00", "#009e73", "#6a4a7c", "#b8860b", "#8a8a8a", "#56b4e9")
"""Of groups, in their order; told apart in grey by the markers and dashes beside them."""

_LINE = 0.135
_WIDE = 134


def start() -> Figure:
    """Return an empty figure that belongs to no window.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(layout=SteadyLayoutEngine(h_pad=0.06, w_pad=0.08))
    FigureCanvasAgg(figure)
    return figure


def plain_axes(axes: Axes) -> None:
    """Take away what tells nothing: upper and right edge, heavy lines.

    Parameters
    ----------
    axes : matplotlib Axes
    """
    axes.tick_params(labelsize=STYLE.text, colors=STYLE.ink, width=0.7)
    axes.tick_params(which="minor", width=0.4)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_linewidth(0.7)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_fontsize(STYLE.text)
        label.set_color(STYLE.ink)


def finish(
    figure: Figure,
    *,
    title: str,
    facts: Sequence[str],
    notes: Sequence[str],
    handles: Mapping[str, Artist],
    body: float,
    columns: int = 3,
) -> Figure:
    """Write what stands around the axes, and set the size.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    title : str
    facts : sequence of str
        One line below the title.
    notes : sequence of str
        Below the figure; the disclaimer is added.
    handles : mapping of str to artist
        Of the legend; none is drawn when empty.
    body : float
        Height of the axes, inch.
    columns : int, optional
        Of the legend.

    Returns
    -------
    matplotlib.figure.Figure
    """
    head = (wrapped(title, 88), wrapped("  ·  ".join(fact for fact in facts if fact), 118))
    foot = [wrapped(note, _WIDE) for note in (*notes, DISCLAIMER) if note]
    top = 0.16 + 0.17 * sum(text.count("\n") + 1 for text in head)
    legend = 0.16 + 0.19 * -(-len(handles) // columns) if handles else 0.08
    bottom = 0.12 + _LINE * sum(text.count("\n") + 1 for text in foot)
    height = top + body + legend + bottom
    figure.set_size_inches(STYLE.width, height)
    engine = figure.get_layout_engine()
    if isinstance(engine, SteadyLayoutEngine):
        engine.set(rect=(0.0, (legend + bottom) / height, 0.99, body / height))
    down = 0.08 + 0.19 * (head[0].count("\n") + 1)
    figure.text(
        0.02, 1 - 0.08 / height, head[0], fontsize=STYLE.title, fontweight="bold",
        color=STYLE.ink, va="top", ha="left",
    )  # fmt: skip
    figure.text(
        0.02, 1 - down / height, head[1], fontsize=STYLE.text, color=STYLE.ink, va="top", ha="left"
    )
    if handles:
        figure.legend(
            list(handles.values()),
            list(handles),
            loc="upper center",
            bbox_to_anchor=(0.5, (legend + bottom - 0.02) / height),
            ncols=columns,
            frameon=False,
            fontsize=STYLE.text,
            columnspacing=1.6,
            handlelength=1.8,
        )
    figure.text(
        0.02, 0.08 / height, "\n".join(foot), fontsize=STYLE.small, color=STYLE.ink,
        va="bottom", ha="left", linespacing=1.25,
    )  # fmt: skip
    return figure
