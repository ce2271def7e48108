"""Tables of times, errors and ratios, and the work-precision plot."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np

__all__ = ["draw", "print_table", "time_at"]

Rows = list[tuple[float, float, float]]
"""rtol, seconds per subject, error."""

_TARGETS = (1e-3, 1e-4, 1e-5, 1e-6)
_OURS = "livingdrug native"


def time_at(rows: Rows, target: float) -> float:
    """Return the time at which a solver reaches an error, between the points of its sweep.

    Parameters
    ----------
    rows : list of (float, float, float)
    target : float

    Returns
    -------
    float
        Seconds per subject; NaN when no point of the sweep reaches it. Where the loosest point
        is already better, its time.
    """
    good = [(error, seconds) for _, seconds, error in rows if math.isfinite(error) and error > 0]
    reach = [seconds for error, seconds in good if error <= target]
    if not reach:
        return math.nan
    best = min(reach)
    for (e1, s1), (e2, s2) in itertools.pairwise(good):
        if e2 <= target < e1:
            part = (math.log(e1) - math.log(target)) / (math.log(e1) - math.log(e2))
            best = min(best, math.exp((1 - part) * math.log(s1) + part * math.log(s2)))
    return best


def print_table(name: str, n_states: int, found: dict[str, Rows]) -> str:
    """Return the ratios of one problem, then the points they come from."""
    lines = [
        f"\n## {name} ({n_states} states)",
        "",
        "us per subject and core, (ratio to native), at equal error",
    ]
    lines += ["| solver | " + " | ".join(f"error {t:g}" for t in _TARGETS) + " |"]
    lines += ["| --- |" + " --- |" * len(_TARGETS)]
    ours = [time_at(found.get(_OURS, []), target) for target in _TARGETS]
    for solver, rows in found.items():
        cells = []
        for target, base in zip(_TARGETS, ours, strict=True):
            seconds = time_at(rows, target)
            cells.append(
                "-" if math.isnan(seconds) else f"{seconds * 1e6:,.0f} ({seconds / base:.1f})"
            )
        lines.append(f"| {solver} | " + " | ".join(cells) + " |")
    lines.append("")
    for solver, rows in found.items():
        points = "; ".join(f"{r:.0e}: {s * 1e6:,.0f} us, {e:.1e}" for r, s, e in rows)
        lines.append(f"- {solver}: {points}")
    return "\n".join(lines)


def draw(results: dict[str, dict[str, Rows]], file: Path) -> None:
    """Draw error against time per subject, one panel for each problem."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    columns = min(3, max(1, len(results)))
    rows = math.ceil(max(1, len(results)) / columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.6 * columns, 3.8 * rows), squeeze=False)
    solvers = list(dict.fromkeys(solver for found in results.values() for solver in found))
    for axis, (name, found) in zip(axes.flat, results.items(), strict=False):
        for solver, points in found.items():
            place = solvers.index(solver)
            data = np.array([(e, s * 1e6) for _, s, e in points if math.isfinite(e) and e > 0])
            if len(data):
                axis.loglog(data[:, 0], data[:, 1], "o-", ms=3, color=f"C{place}")
        axis.invert_xaxis()
        axis.set(title=name, xlabel="error", ylabel="us per subject and core")
        axis.grid(alpha=0.3)
    for axis in list(axes.flat)[len(results) :]:
        axis.set_axis_off()
    handles = [mpl.lines.Line2D([], [], color=f"C{k}", marker="o") for k in range(len(solvers))]
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    figure.legend(handles, solvers, loc="upper center", ncols=4, fontsize=8)
    figure.savefig(file, dpi=120)
