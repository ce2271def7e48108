"""Make the two figures of the engine tutorial: ``python docs/figures/make_engine_figures.py``.

Both show what `livingdrug` itself reports: the number of steps that each subject took, and the
values of its courses. Beside them it prints the figures that the pages quote.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

import livingdrug as ld
from livingdrug.model.model import Model
from livingdrug.solve.backends.base import SubjectResult
from livingdrug.solve.bind import bind_inputs
from livingdrug.solve.engines import BACKENDS
from livingdrug.solve.plan import make_plan
from livingdrug.system.compile import compile_model

FOLDER = Path(__file__).parent
WIDTH = 8
BLUE, RED, GREY = "#2b6a99", "#b3452c", "#7a7a7a"


def run_native(model: Model, cohort: xr.Dataset, day: float) -> list[SubjectResult]:
    """Run a cohort to a day, keeping what the engine says about each subject."""
    system = compile_model(model)
    plan = make_plan(
        system,
        method="rodas5p",
        rtol=1e-6,
        atol=None,
        extinction="model",
        seed=1,
        max_steps=100_000,
    )
    engine = BACKENDS.get("native")()
    tasks = bind_inputs(system, cohort, [day], left=False).tasks
    return engine.run(engine.prepare(system, plan), tasks)


def busy_shares(steps: np.ndarray, width: int) -> tuple[float, float]:
    """Return the share of useful lane-steps without and with refill of finished lanes."""
    groups = steps[: len(steps) // width * width].reshape(-1, width)
    waiting = groups.sum() / (groups.max(axis=1).sum() * width)
    clocks = np.zeros(width)
    for count in steps:  # each subject goes into the lane that is free first
        clocks[clocks.argmin()] += count
    return float(waiting), float(steps.sum() / (clocks.max() * width))


def own_clocks() -> None:
    """Plot the day that each of eight subjects has reached against the steps it has taken.

    Each point is a run of its own that ends on that day.
    """
    model = ld.get_model("kimmel2021")
    cohort = ld.draw_cohort(model, n=512, seed=1, study=ld.load_study("zuma1"))
    eight = cohort.isel(subject=slice(0, WIDTH))
    days = np.unique(np.concatenate([np.geomspace(0.01, 28, 40), np.linspace(28, 365, 110)]))
    taken = np.array([[r.n_steps for r in run_native(model, eight, day)] for day in days])
    steps = np.array([result.n_steps for result in run_native(model, cohort, 365.0)])
    waiting, refilled = busy_shares(steps, WIDTH)
    course = ld.simulate(model, eight, times=[365.0])
    print("events:", course["event_subject"].values, course["event_time"].values.round(1))
    print(f"steps to day 365: {steps.min()} to {steps.max()}, median {np.median(steps):.0f}")
    print(f"busy lanes: {waiting:.1%} without refill, {refilled:.1%} with refill")

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    for lane in range(WIDTH):
        shade = plt.get_cmap("viridis")(0.1 + 0.8 * lane / (WIDTH - 1))
        left.plot(taken[:, lane], days, color=shade, lw=1.5, label=f"lane {lane + 1}")
    left.set(xlabel="steps taken", ylabel="day reached", title="Eight subjects, eight clocks")
    left.legend(fontsize=7, frameon=False, ncols=2)
    right.hist(steps, bins=40, color=BLUE)
    right.set(
        xlabel="steps to day 365",
        ylabel="subjects of 512",
        title=f"Lanes busy: {refilled:.0%} refilled, {waiting:.0%} if not",
    )
    figure.savefig(FOLDER / "engine_clocks.png", dpi=130)
    plt.close(figure)


def largest_error(course: xr.Dataset, exact: xr.Dataset, names: list[str]) -> float:
    """Return the largest relative error over subjects and times.

    Values below a thousandth of their largest in the cohort are compared with that thousandth.
    """
    worst = 0.0
    for name in names:
        reference = exact[name].values
        scale = np.maximum(np.abs(reference), 1e-3 * np.abs(reference).max())
        worst = max(worst, float((np.abs(course[name].values - reference) / scale).max()))
    return worst


def error_against_tolerance() -> None:
    """Plot the error of Rodas5P and LSODA against what was asked for, and against steps."""
    model = ld.get_model("kimmel2021")
    cohort = ld.draw_cohort(model, n=16, seed=1, study=ld.load_study("zuma1"))
    times = [1.0, 3.0, 7.0, 10.0, 14.0, 21.0, 28.0, 60.0, 90.0]
    names = [slot.name for slot in compile_model(model).layout.states]
    exact = ld.simulate(model, cohort, times=times, method="dop853", rtol=1e-12)
    tolerances = 10.0 ** -np.arange(3, 10)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    for method, label, colour, mark in (
        ("rodas5p", "Rodas5P (native)", BLUE, "o"),
        ("lsoda", "LSODA (reference)", RED, "s"),
    ):
        errors, steps = [], []
        for rtol in tolerances:
            course = ld.simulate(model, cohort, times=times, method=method, rtol=float(rtol))
            errors.append(largest_error(course, exact, names))
            steps.append(course.attrs["n_steps"] / cohort.sizes["subject"])
            print(f"{method} rtol {rtol:.0e}: error {errors[-1]:.2e}, {steps[-1]:.0f} steps")
        left.loglog(tolerances, errors, marker=mark, color=colour, label=label)
        right.loglog(steps, errors, marker=mark, color=colour, label=label)
    left.loglog(tolerances, tolerances, color=GREY, ls=":", label="error = rtol")
    left.invert_xaxis()
    left.set(xlabel="rtol asked for", ylabel="largest relative error", title="Asked and got")
    left.legend(fontsize=8, frameon=False)
    right.set(xlabel="steps of one subject", title="What it takes")
    right.set_xticks([50, 100, 200, 400], ["50", "100", "200", "400"])
    right.minorticks_off()
    figure.savefig(FOLDER / "engine_error.png", dpi=130)
    plt.close(figure)


if __name__ == "__main__":
    own_clocks()
    error_against_tolerance()
