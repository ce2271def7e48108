"""Make the figures of two tutorials: ``python docs/figures/make_clone_figures.py``."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

import livingdrug as ld

FOLDER = Path(__file__).parent
COLORS = {"low": "#2b6a99", "middle": "#c58a1a", "high": "#b3452c"}
GREY = "#7a7a7a"


def clones_of(fitness: float, turnover: float, spread: float = 0.0) -> xr.Dataset:
    """Return the course of a product with one founder, as the tutorial does."""
    clones = ld.Clones(1000, "C", fitness_cv=spread, outliers=ld.Outlier(fitness), step=0.5, keep=1)
    return ld.simulate(
        ld.get_model("kimmel2021"),
        times=np.arange(0, 271, 5),
        clones=clones,
        replicates=12,
        seed=1,
        stochastic=ld.Stochastic(turnover={"C": turnover}),
    ).isel(subject=0)


def one_car_t_clone() -> None:
    """Draw the share of the founder, and the entropy of products with and without it."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    for color, turnover in zip(COLORS.values(), (0.05, 0.1, 0.2), strict=True):
        course = clones_of(2.0, turnover)
        shares = course.outlier_fraction.where(course.outlier_fraction > 0)
        for k, row in enumerate(shares):
            label = f"turnover {turnover:g} per day" if k == 0 else None
            left.plot(course.time, row, color=color, lw=0.9, alpha=0.7, label=label)
    left.axhline(0.94, color=GREY, lw=1, ls=":")
    left.annotate("94 %, published", (2, 0.94), (2, 0.25), color=GREY, fontsize=8)
    left.set(yscale="log", xlabel="day", ylabel="share of CAR-T cells", ylim=(1e-9, 3))
    left.set_title("One founder of fitness 2, twelve fates each", fontsize=10)
    left.legend(fontsize=8, frameon=False, loc="lower right")
    runs = (
        ("all alike", 1.0, 0.0),
        ("fitness CV 10 %", 1.0, 0.1),
        ("founder of fitness 2", 2.0, 0.0),
    )
    for color, (label, fitness, spread) in zip(COLORS.values(), runs, strict=True):
        course = clones_of(fitness, 0.1, spread)
        right.plot(course.time, course.shannon.mean("replicate"), color=color, lw=1.8, label=label)
    right.set(xlabel="day", ylabel="Shannon entropy, nats", ylim=(0, 7.3))
    right.set_title("Diversity, turnover 0.1 per day", fontsize=10)
    right.legend(fontsize=8, frameon=False, loc="lower left")
    figure.savefig(FOLDER / "one_car_t_clone.png", dpi=130)
    plt.close(figure)


def one_leukaemic_cell() -> None:
    """Draw the chance of masked relapse against the cells, and the days of relapse of one."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    model = ld.with_masked_cells(ld.get_model("kimmel2021"), "B", kill="tumor_killing")
    counts = (1, 3, 10, 30)
    for color, turnover in zip(COLORS.values(), (0.0, 0.05, 0.2), strict=True):
        found = ld.masked_relapse(
            model,
            [ld.Contamination(cells=k) for k in counts],
            detect=1e12,
            days=900,
            replicates=150,
            values={"masked_turnover": turnover},
            seed=1,
        )
        smooth = np.geomspace(1, 30, 100)
        chance = 1 - (turnover / (0.105 + turnover)) ** smooth
        left.plot(smooth, chance, color=color, lw=1.5, label=f"turnover {turnover:g} per day")
        middle = found.probability.values
        ends = np.array([middle - found.probability_low, found.probability_high - middle])
        left.errorbar(counts, middle, yerr=ends, fmt="o", ms=4, color=color, capsize=2)
        law = ld.Outgrowth(ld.Contamination(cells=1), 0.105 + turnover, turnover, 1e12)
        days = np.linspace(220, 330, 200)
        right.plot(days, law.reached(days), color=color, lw=1.5)
        seen = np.sort(found.day.values[0][np.isfinite(found.day.values[0])])
        right.step(seen, np.arange(1, seen.size + 1) / seen.size, color=color, lw=0.9, where="post")
    left.set(xscale="log", xlabel="masked cells in the product", ylabel="chance of relapse")
    left.set(ylim=(0, 1.05), xticks=counts, xticklabels=[str(k) for k in counts])
    left.set_title("Lines: closed form. Points: simulated, 95 %", fontsize=10)
    left.legend(fontsize=8, frameon=False, loc="lower right")
    right.axvline(261, color=GREY, lw=1, ls=":")
    right.annotate("day 261 (unconfirmed)", (263, 0.03), color=GREY, fontsize=8)
    right.set(xlabel="day of 1e12 masked cells", ylabel="part of the relapses", xlim=(220, 330))
    right.set_title("One cell. Smooth: closed form. Steps: simulated", fontsize=10)
    figure.savefig(FOLDER / "one_leukaemic_cell.png", dpi=130)
    plt.close(figure)


if __name__ == "__main__":
    one_car_t_clone()
    one_leukaemic_cell()
