"""Print and draw a course of the reference model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.cli.report import number
from livingdrug.cli.report_json import DISCLAIMER
from livingdrug.cli.tables import echo, print_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from livingdrug.trial.run import VirtualTrial

__all__ = ["print_course", "write_course_page"]

_STATUS = (
    "reference model v0.1, status: UNCALIBRATED: values are set by hand within priors, not fitted"
)

Value = tuple[str, str, str, "NDArray[np.float64]"]
"""Key, label, unit, and one number for each person."""


def print_course(made: VirtualTrial, written: Sequence[str], *, seed: int, as_json: bool) -> None:
    """Print what happens to the people of a course.

    Parameters
    ----------
    made : VirtualTrial
    written : sequence of str
    seed : int
    as_json : bool
    """
    values, rates = _values(made), _rates(made)
    if as_json:
        from livingdrug.cli.trial_json import print_json

        print_json(_json(made, values, rates, written, seed))
        return
    n = made.people.sizes["subject"]
    trial, follow = made.plan.trial, made.plan.follow
    echo(trial.title)
    echo(_STATUS)
    who = "one person at the population values" if n == 1 else f"{n:,} virtual people"
    echo(
        f"{who}, {trial.lymphodepletion} before, policy {made.plan.policy}, until day "
        f"{follow.end:g}, seed {seed}"
    )
    for line in made.assumed:
        echo(f"ASSUMED: {line}")
    header = ("what", "value") if n == 1 else ("what", "median", "5 to 95 % of people", "people")
    rows = [
        (f"{label}, {unit}" if unit else label, *_cells(found)) for _, label, unit, found in values
    ]
    print_table(header, rows)
    if n > 1:
        print_table(("what", "% of people"), [(label, number(v)) for _, label, v in rates])
    else:
        echo("; ".join(label for _, label, v in rates if v == 100) or "no response, no event")
    for name in written:
        echo(f"wrote {name}")
    echo(DISCLAIMER)


def _cells(found: NDArray[np.float64]) -> tuple[str, ...]:
    known = found[np.isfinite(found)]
    if found.size == 1:
        return (number(float(found[0])),)
    if known.size == 0:
        return "-", "-", "0"
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
    return number(middle), f"{number(low)} to {number(high)}", str(known.size)


def _values(made: VirtualTrial) -> list[Value]:
    """Numbers of each person: from the curves of those that are shown, and their read-outs."""
    people = made.people
    course = made.course.sel(time=made.course["time"] >= 0)
    days = course["time"].values
    cells, tumour = course["car_cells_blood"].values, course["TP"].values + course["TN"].values
    found: list[Value] = [
        ("car_peak", "peak of CAR cells in blood", "cells/µL", cells.max(axis=1)),
        ("car_peak_day", "day of the peak", "day", days[cells.argmax(axis=1)]),
        ("tumor_nadir", "smallest tumour", "cells", tumour.min(axis=1)),
        ("il6_peak", "peak of IL-6", "pg/mL", course["IL6"].values.max(axis=1)),
        ("fever_peak", "highest temperature", "°C", 37 + course["temperature"].values.max(axis=1)),
    ]
    for name, label in (
        ("event_day", "day of progression or death"),
        ("crs_onset", "first day of the syndrome"),
        ("crs_grade", "worst grade of the syndrome (ASTCT)"),
        ("icans_grade", "worst grade of neurotoxicity"),
    ):
        if name in people:
            unit = "" if "grade" in name else "day"
            found.append((name, label, unit, people[name].values.astype(np.float64)))
    return found


def _rates(made: VirtualTrial) -> list[tuple[str, str, float]]:
    people = made.people
    found = []
    for name, label in (
        ("response", "response"),
        ("complete", "complete response"),
        ("relapse", "relapse after a response"),
        ("antigen_negative", "progression without the antigen"),
        ("crs_any", "cytokine release syndrome"),
        ("crs_ge3", "cytokine release syndrome, grade 3 or 4"),
        ("icans_any", "neurotoxicity"),
        ("iechs_any", "haemophagocytic syndrome after cytokine release (IEC-HS, ASSUMED)"),
        ("tocilizumab", "tocilizumab given"),
        ("steroid", "steroid given"),
    ):
        if name in people:
            found.append((name, label, 100 * float(people[name].values.astype(float).mean())))
    return found


def _json(
    made: VirtualTrial,
    values: Sequence[Value],
    rates: Sequence[tuple[str, str, float]],
    written: Sequence[str],
    seed: int,
) -> dict[str, object]:
    plan = made.plan

    def summary(found: NDArray[np.float64]) -> dict[str, object]:
        known = found[np.isfinite(found)]
        quantiles = np.quantile(known, [0.05, 0.5, 0.95]) if known.size else [math.nan] * 3
        low, middle, high = (float(q) if math.isfinite(q) else None for q in quantiles)
        return {"median": middle, "p05": low, "p95": high, "people": int(known.size)}

    return {
        "status": "UNCALIBRATED",
        "model": plan.model.id,
        "product": plan.trial.product,
        "disease": plan.trial.disease,
        "dose_cells": plan.trial.arms[0].amount,
        "policy": plan.policy,
        "people": made.people.sizes["subject"],
        "not_simulated": made.not_simulated,
        "days": plan.follow.end,
        "seed": seed,
        "assumed": list(made.assumed),
        "values": {key: {"unit": unit, **summary(found)} for key, _, unit, found in values},
        "percent": {key: value for key, _, value in rates},
        "written": list(written),
        "disclaimer": DISCLAIMER,
    }


def write_course_page(
    made: VirtualTrial, plot: str, command: Sequence[str], started: str, *, seed: int, force: bool
) -> None:
    """Draw the page of a course.

    Parameters
    ----------
    made : VirtualTrial
    plot : str
    command : sequence of str
    started : str
    seed : int
    force : bool
    """
    from livingdrug.cli.page import course_drugs, write_page
    from livingdrug.plot.clinical_page import PageFacts

    plan, n = made.plan, made.people.sizes["subject"]
    shown = made.course["subject"].values
    facts = PageFacts(
        grades=made.grades,
        scale=plan.trial.crs_scale,
        drugs=course_drugs(made.course),
        failure=made.people["event_day"].reindex(subject=shown).values,
        failure_name="progression-free",
        visits=plan.follow.visits,
    )
    who = "one person at the population values" if n == 1 else f"{n:,} virtual people"
    subtitle = (
        f"Reference model v0.1, UNCALIBRATED  ·  {who}  ·  {plan.trial.lymphodepletion} before  ·  "
        f"policy {plan.policy}  ·  seed {seed}"
    )
    write_page(
        plot, made.course, facts, plan.model, title=plan.trial.title, subtitle=subtitle,
        command=command, started=started, seed=seed, assumed=made.assumed, force=force,
    )  # fmt: skip
