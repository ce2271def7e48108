"""Figure of a sensitivity analysis: one panel of bars for each read-out."""

from __future__ import annotations

import json
import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Patch

from livingdrug.plot.frame import finish, plain_axes, start
from livingdrug.plot.style import STYLE, unit_text

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_sensitivity"]

_KNOWN, _ASSUMED = "#94c1de", "#f0b48a"
_BAR = 0.2
_PANEL = 0.75
"""Heights of a bar and of what stands around the bars of a panel, inch."""
_TITLE = 44
"""Characters of a line of a panel's title."""


def plot_sensitivity(found: xr.Dataset, *, top: int = 8) -> Figure:
    """Draw the strongest parameters of each read-out.

    Parameters
    ----------
    found : xarray.Dataset
        From `livingdrug.sensitivity`.
    top : int, optional
        Parameters of each read-out.

    Returns
    -------
    matplotlib.figure.Figure
        It belongs to no window, and nothing global was changed.
    """
    attrs = found.attrs
    names = [str(name) for name in found["readout"].values]
    bars = min(top, found.sizes["parameter"])
    columns = 1 if len(names) == 1 else 2
    rows = math.ceil(len(names) / columns)
    figure = start()
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    is_prcc = attrs["method"] == "prcc"
    for axes, name in zip(panels, names, strict=False):
        _draw(axes, found.sel(readout=name), name, bars, is_prcc=is_prcc)
    for unused in panels[len(names) :]:
        unused.remove()
    return finish(
        figure,
        title=f"What matters in {attrs['model']}",
        facts=_facts(found),
        notes=_notes(found, bars, is_prcc=is_prcc),
        handles=_handles(is_prcc=is_prcc),
        body=rows * (_PANEL + _BAR * bars),
    )


def _draw(axes: Axes, one: xr.Dataset, name: str, bars: int, *, is_prcc: bool) -> None:
    index = "prcc" if is_prcc else "total"
    plain_axes(axes)
    unit = unit_text(one["units"].item())
    label = one["label"].item() + (f", {unit}" if unit else "")
    text = textwrap.wrap(label if label.startswith(name) else f"{name}: {label}", _TITLE)
    values = one[index].values
    if np.isfinite(values).all():
        share = 100 * one["share_assumed"].item()
        text.append(f"ASSUMED: {share:.0f} % of what is explained")
    axes.set_title("\n".join(text), fontsize=STYLE.small, color=STYLE.ink, loc="left")
    axes.set_xlim((-1, 1) if is_prcc else (0, 1))
    axes.set_xlabel("PRCC" if is_prcc else "Sobol index")
    if not np.isfinite(values).all():
        axes.set_yticks([])
        axes.text(
            0.5, 0.5, "\n".join(textwrap.wrap(one["note"].item(), _TITLE)),
            transform=axes.transAxes, ha="center", va="center", fontsize=STYLE.small,
            color=STYLE.faint,
        )  # fmt: skip
        return
    order = np.argsort(-np.abs(values), kind="stable")[:bars]
    places = np.arange(len(order))
    assumed = one["assumed"].values[order]
    drawn = axes.barh(
        places, values[order], height=0.7,
        color=[_ASSUMED if flag else _KNOWN for flag in assumed],
    )  # fmt: skip
    for bar, flag in zip(drawn, assumed, strict=True):
        if flag:  # told apart without colour too
            bar.set_hatch("////")
            bar.set_edgecolor("white")
            bar.set_linewidth(0)
    low, high = one[f"{index}_lower"].values[order], one[f"{index}_upper"].values[order]
    axes.hlines(places, low, high, color=STYLE.ink, linewidth=1.0)
    if is_prcc:
        axes.axvline(0, color=STYLE.faint, linewidth=0.7)
    else:
        first = one["first"].values[order]
        axes.plot(first, places, "D", color=STYLE.ink, markersize=3, markerfacecolor="white",
                  markeredgewidth=0.8, clip_on=False)  # fmt: skip
        axes.set_xlim(min(0.0, float(first.min())), max(1.0, float(high.max())))
    axes.set_yticks(places, [str(one["parameter"].values[i]) for i in order])
    axes.set_ylim(bars - 0.5, -0.5)


def _facts(found: xr.Dataset) -> list[str]:
    attrs = found.attrs
    variant = f"variant {attrs['variant']}" if attrs["variant"] else ""
    return [
        variant,
        f"model status: {attrs['status']}",
        f"{found.sizes['parameter']} parameters",
        f"{attrs['simulations']:,} simulations to day {attrs['days']:g}",
        f"seed {attrs['seed']}",
        f"{attrs['failed']:,} failed and left out" if attrs["failed"] else "",
    ]


def _notes(found: xr.Dataset, bars: int, *, is_prcc: bool) -> list[str]:
    attrs = found.attrs
    what = "Partial rank correlation" if is_prcc else "Total Sobol index (bar)"
    lines = [
        f"Notice: {attrs['notice']}." if attrs["notice"] else "",
        f"{what} of the {bars} strongest parameters; lines: {100 * attrs['level']:g} % bootstrap "
        "interval. Parameters vary independently of each other.",
    ]
    doses = json.loads(attrs["doses"])
    lines.append(f"Doses: {'; '.join(doses)}." if doses else "")
    lines += [f"{line[:1].upper()}{line[1:]}." for line in json.loads(attrs["notes"])]
    return lines


def _handles(*, is_prcc: bool) -> dict[str, Artist]:
    from matplotlib.lines import Line2D

    handles: dict[str, Artist] = {
        "value and spread from a source": Patch(facecolor=_KNOWN),
        "value or spread ASSUMED": Patch(
            facecolor=_ASSUMED, hatch="////", edgecolor="white", linewidth=0
        ),
    }
    if not is_prcc:
        handles["first-order index"] = Line2D(
            [], [], marker="D", linestyle="", color=STYLE.ink, markerfacecolor="white", markersize=3
        )
    return handles
