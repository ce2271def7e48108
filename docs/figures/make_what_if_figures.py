"""Make the figures of the what-if pages: ``python docs/figures/make_what_if_figures.py``.

Every figure asks the reference model, which is uncalibrated, what the page beside it asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import livingdrug as ld
from livingdrug.trial.run import VirtualTrial

FOLDER = Path(__file__).parent
BLUE, RED, GREEN, GREY, GOLD = "#2b6a99", "#b3452c", "#4a7c3a", "#7a7a7a", "#c58a1a"
PEOPLE = 300

ALL = ("car_t_cd19_41bb", "b_all")
"""Product and disease of most pages."""


def one(product: str, disease: str, **choices: object) -> xr.Dataset:
    """Return the curves of one person at the population values."""
    given = {"policy": "none"} | choices
    return ld.course(product, disease, **given).course.isel(subject=0)  # type: ignore[arg-type]


def many(product: str, disease: str, **choices: object) -> VirtualTrial:
    """Return 300 people."""
    given = {"policy": "none"} | choices
    return ld.course(product, disease, subjects=PEOPLE, **given)  # type: ignore[arg-type]


def figure_of(panels: int) -> tuple[Figure, Sequence[Axes]]:
    """Return a figure of panels side by side."""
    figure, axes = plt.subplots(1, panels, figsize=(9.5, 3.8), layout="constrained")
    figure.suptitle(
        "Reference model v0.1, UNCALIBRATED", fontsize=8, color=GREY, x=0.99, ha="right"
    )
    return figure, axes


def lines(
    axis: Axes, runs: Mapping[str, tuple[xr.Dataset, str]], name: str, last: float, add: float = 0.0
) -> None:
    """Draw one quantity of several runs."""
    for label, (course, color) in runs.items():
        shown = course[name].sel(time=course["time"] <= last)
        axis.plot(shown["time"], shown + add, color=color, lw=1.8, label=label)


def save(figure: Figure, name: str) -> None:
    """Write a figure beside the others."""
    figure.savefig(FOLDER / f"what_if_{name}.png", dpi=130)
    plt.close(figure)


def log_from(axis: Axes, low: float, high: float | None = None) -> None:
    """Make the vertical axis logarithmic, from a value that can be seen."""
    axis.set_yscale("log")
    axis.set_ylim(low, high)


def dose_and_burden() -> None:
    """Draw curves at four doses, and the peak of people against the dose."""
    figure, (left, right) = figure_of(2)
    doses = np.array([4e6, 1e7, 1e8, 1e9])
    shades = plt.get_cmap("viridis")(np.linspace(0.1, 0.8, doses.size))
    peaks = []
    for dose, shade in zip(doses, shades, strict=True):
        run = one(*ALL, dose=dose)
        lines(left, {f"{dose:.0e} cells": (run, shade)}, "car_cells_blood", 60)
        peaks.append(peak_of(many(*ALL, dose=dose)))
    log_from(left, 0.01, 400)
    left.set(xlabel="day", ylabel="CAR-T cells, 1/µL", title="One person, four doses", xlim=(0, 60))
    left.legend(fontsize=8, frameon=False)
    right.loglog(doses, peaks, "o-", color=BLUE, label="model, 300 people")
    right.loglog(
        doses, peaks[2] * (doses / 1e8) ** 0.093, "--", color=GREY,
        label="published slope 0.093 (stein2019)",
    )  # fmt: skip
    short = peak_of(many("car_t_cd19_41bb_short", "b_all"))
    right.loglog([4e6], [short], "D", color=RED, label="model, short culture")
    right.set(xlabel="dose, cells", ylabel="peak, 1/µL (geometric mean)", title="Peak and dose")
    right.set_yticks([30, 50, 100], ["30", "50", "100"])
    right.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    right.legend(fontsize=8, frameon=False, loc="lower right")
    save(figure, "dose_and_burden")


def peak_of(made: VirtualTrial) -> float:
    """Return the geometric mean over people of the highest number of CAR cells in blood."""
    return float(np.exp(np.log(made.course["car_cells_blood"].max("time")).mean()))


def no_lymphodepletion() -> None:
    """Draw CAR-T cells, host T cells and support after three kinds of depletion."""
    figure, axes = figure_of(3)
    runs = {
        label: (one(*ALL, lymphodepletion=name), color)
        for name, label, color in (
            ("flu_cy", "both drugs", BLUE),
            ("cy", "cyclophosphamide", GOLD),
            ("none", "none", RED),
        )
    }
    for axis, name, what in zip(
        axes,
        ("car_cells_blood", "t_cells_blood", "C"),
        ("CAR-T cells, 1/µL", "host T cells, 1/µL", "support, 1 in health"),
        strict=True,
    ):
        lines(axis, runs, name, 40)
        axis.set(xlabel="day", title=what, xlim=(-5, 40))
    log_from(axes[0], 0.01, 400)
    log_from(axes[1], 3, 800)
    axes[2].set_ylim(0, None)
    axes[2].legend(fontsize=8, frameon=False)
    save(figure, "no_lymphodepletion")


def tocilizumab() -> None:
    """Draw IL-6, CRP and temperature without tocilizumab and with it early or late."""
    figure, axes = figure_of(3)
    runs = {
        label: (one(*ALL, treatments=given, days=28), color)
        for label, given, color in (
            ("none", (), GREY),
            ("day 3", ("tocilizumab_early",), GREEN),
            ("day 10", ("tocilizumab",), RED),
        )
    }
    for axis, name, what, add in zip(
        axes,
        ("IL6", "CRP", "temperature"),
        ("serum IL-6, pg/mL", "CRP, mg/L", "temperature, °C"),
        (0, 0, 37),
        strict=True,
    ):
        lines(axis, runs, name, 28, add)
        axis.set(xlabel="day", title=what, xlim=(0, 28))
        for day, color in ((3, GREEN), (10, RED)):
            axis.axvline(day, color=color, lw=0.8, ls=":")
    log_from(axes[0], 3, 3000)
    axes[2].axhline(38, color=GREY, lw=0.8, ls="--")
    axes[2].text(27.5, 38.03, "fever", color=GREY, fontsize=8, ha="right")
    axes[1].legend(fontsize=8, frameon=False, title="tocilizumab", title_fontsize=8)
    save(figure, "tocilizumab")


def steroids() -> None:
    """Draw CAR-T cells, IL-6 and tumour without dexamethasone and with it early or late."""
    figure, axes = figure_of(3)
    runs = {
        label: (one(*ALL, treatments=given), color)
        for label, given, color in (
            ("none", (), GREY),
            ("days 5 to 15", ("dexamethasone_early",), GREEN),
            ("days 10 to 14", ("dexamethasone",), RED),
        )
    }
    for axis, name, what in zip(
        axes,
        ("car_cells_blood", "IL6", "tumor_burden"),
        ("CAR-T cells, 1/µL", "serum IL-6, pg/mL", "leukaemia, cells"),
        strict=True,
    ):
        lines(axis, runs, name, 60 if name == "tumor_burden" else 28)
        axis.set(xlabel="day", title=what, xlim=(0, None))
    log_from(axes[0], 0.1, 400)
    log_from(axes[1], 3, 300)
    log_from(axes[2], 1, 1e12)
    axes[0].legend(fontsize=8, frameon=False, title="dexamethasone", title_fontsize=8)
    save(figure, "steroids")


def donor_cells() -> None:
    """Draw donor cells over time, and the share of people that still have them."""
    figure, (left, right) = figure_of(2)
    donor = ("ucart19", "b_all")
    for label, product, edits, depletion, color in (
        ("autologous", ALL, (), "flu_cy", GREY),
        ("donor", donor, (), "flu_cy", RED),
        ("donor, B2M", donor, ("b2m_ko",), "flu_cy", GOLD),
        ("donor, B2M + HLA-E", donor, ("b2m_ko", "hla_e"), "flu_cy", BLUE),
        ("donor, alemtuzumab", donor, (), "flu_cy_alemtuzumab", GREEN),
    ):
        choices = {"edits": edits, "lymphodepletion": depletion, "dose": 8e7, "days": 182}
        lines(left, {label: (one(*product, **choices), color)}, "car_cells_blood", 120)
        cells = many(*product, **choices).course["car_cells_blood"]
        left_at = cells["time"].where(cells > 0.01).max("time")
        days = cells["time"].values[cells["time"].values >= 1]
        share = [100 * float((left_at >= day).mean()) for day in days]
        right.step(days, share, where="post", color=color, lw=1.8)
    left.axhline(0.01, color="black", lw=0.8, ls=":")
    log_from(left, 1e-3, 500)
    left.set(xlabel="day", ylabel="CAR-T cells, 1/µL", title="One person", xlim=(0, 120))
    left.legend(fontsize=8, frameon=False)
    right.set(
        xlabel="day (looked at weekly after day 45)", ylabel="people, %", xlim=(0, 120),
        title="People with more than 0.01 cells/µL", ylim=(0, 104),
    )  # fmt: skip
    save(figure, "donor_cells")


def car_nk_and_il15() -> None:
    """Draw CAR-NK cells and tumour with and without IL-15."""
    figure, (left, right) = figure_of(2)
    runs = {
        label: (one(product, "cll", treatments=given, days=730), color)
        for label, product, given, color in (
            ("alone", "car_nk", (), RED),
            ("IL-15 as a drug", "car_nk", ("il15",), GOLD),
            ("own IL-15", "car_nk_il15", (), BLUE),
        )
    }
    lines(left, runs, "car_cells_blood", 540)
    lines(right, runs, "tumor_burden", 540)
    left.axhline(0.01, color="black", lw=0.8, ls=":")
    left.axvspan(365, 540, color=GREY, alpha=0.12, lw=0)
    left.text(372, 150, "still seen after\n12 months (Liu 2020)", fontsize=8, va="top")
    log_from(left, 1e-3, 200)
    log_from(right, 1, 1e13)
    left.set(xlabel="day", ylabel="CAR-NK cells, 1/µL", title="One person, 1e8 cells")
    right.set(xlabel="day", ylabel="CLL, cells", title="The same person")
    right.legend(fontsize=8, frameon=False)
    save(figure, "car_nk_and_il15")


def pd1_block() -> None:
    """Draw cells in the lesion and the best change of each tumour."""
    figure, (left, right) = figure_of(2)
    solid = ("car_t_cldn18_2", "gastric_cldn18_2")
    for label, choices, color in (
        ("nothing", {}, GREY),
        ("PD-1 antibody, days 7 to 91", {"treatments": ("pd1_block",)}, BLUE),
        ("cells without PD-1", {"edits": ("pd1_ko",)}, GOLD),
    ):
        course = many(*solid, policy="asco_2021", **choices).course
        lines(left, {label: (course.median("subject", keep_attrs=True), color)}, "EL", 180)
        burden = course["tumor_burden"]
        after = burden.sel(time=burden["time"] >= 28) / burden.isel(time=0)
        best = 100 * (after.min("time").values ** (1 / 3) - 1)
        right.plot(np.linspace(0, 100, best.size), np.sort(best)[::-1], color=color, lw=1.8)
    log_from(left, 1e6, 1e11)
    left.set(xlabel="day", ylabel="CAR-T cells in the lesion", title="Median of 300 people")
    left.legend(fontsize=8, frameon=False)
    right.axhline(-30, color="black", lw=0.8, ls=":")
    right.text(99, -28, "partial response", fontsize=8, ha="right", va="bottom")
    right.set(
        xlabel="people, % (from the largest)", ylabel="best change of the diameter, %",
        title="Each person's tumour", ylim=(-100, 30),
    )  # fmt: skip
    save(figure, "pd1_block")


def safety_switch() -> None:
    """Draw what follows the first grade 3 without treatment, with a switch, with tocilizumab."""
    figure, (left, right) = figure_of(2)
    runs = {
        label: (many(*ALL, policy=policy), color)
        for label, policy, color in (
            ("nothing", "none", GREY),
            ("safety switch", "safety_switch_grade_3", RED),
            ("tocilizumab", "tocilizumab_late", GREEN),
        )
    }
    untreated = runs["nothing"][0]
    severe = np.flatnonzero(untreated.people["crs_ge3"].values)
    start = (untreated.grades[severe] >= 3).argmax(axis=1)
    steps = np.arange(-8, 4 * 14 + 1)  # quarters of a day
    for label, (made, color) in runs.items():
        at = around(severe, start, steps)
        high = 100 * (made.grades[at] >= 3).mean(axis=0)
        cells = np.median(made.course["car_cells_blood"].values[at], axis=0)
        left.plot(steps / 4, high, color=color, lw=1.8, label=label)
        right.plot(
            steps / 4, cells, color=color, lw=1.8, ls="--" if label == "tocilizumab" else "-"
        )
    left.set(
        xlabel="days since the first grade 3", ylabel="people with grade 3 or more, %",
        title=f"{severe.size} of {PEOPLE} people", ylim=(0, 104),
    )  # fmt: skip
    log_from(right, 1, 400)
    right.set(
        xlabel="days since the first grade 3", ylabel="CAR-T cells, 1/µL (median)",
        title="The same people",
    )  # fmt: skip
    left.legend(fontsize=8, frameon=False)
    save(figure, "safety_switch")


def around(
    people: NDArray[np.int64], start: NDArray[np.int64], steps: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of the times about each person's start."""
    return people[:, np.newaxis], start[:, np.newaxis] + steps


if __name__ == "__main__":
    for make in (
        dose_and_burden,
        no_lymphodepletion,
        tocilizumab,
        steroids,
        donor_cells,
        car_nk_and_il15,
        pd1_block,
        safety_switch,
    ):
        make()
