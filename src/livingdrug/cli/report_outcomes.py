"""Print and write outcomes: the chances, their intervals, incidences and every run."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.cli.outcomes_run import OutcomesResult, outcome_table
from livingdrug.cli.people import finite
from livingdrug.cli.report import interval, number
from livingdrug.cli.report_json import DISCLAIMER
from livingdrug.cli.tables import echo, name_of, print_table, whom
from livingdrug.clinical.outcomes.probability import Probability, outcome_probability

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.compare.turnover import TurnoverCase

__all__ = ["outcomes_dataset", "outcomes_json", "print_outcomes", "write_runs"]


def print_outcomes(result: OutcomesResult, written: Sequence[str], *, as_json: bool) -> None:
    """Print a result.

    Parameters
    ----------
    result : OutcomesResult
    written : sequence of str
    as_json : bool
    """
    if as_json:
        sys.stdout.write(json.dumps(outcomes_json(result, written), indent=2) + "\n")
        return
    _print_heading(result)
    if len(result.cases) > 1:
        _print_turnovers(result)
    for case, incidence in zip(result.cases, result.incidences, strict=True):
        _print_case(result, case, incidence)
    _print_run(result, written)


def _print_heading(result: OutcomesResult) -> None:
    model, request = result.model, result.request
    n = result.cases[0].outcomes.sizes["subject"]
    who = "one subject at the values of the model"
    if request.base.subjects is not None:
        who = f"{n:,} virtual subject{'s' if n > 1 else ''}"
    runs = f"{request.replicates:,} run{'s' if request.replicates > 1 else ''}"
    runs += " each" * (n > 1)
    echo(f"{model.title or model.id}{whom(model)}")
    echo(f"{name_of(model)}, status: {model.status}; {who}, {runs}, until day {request.end:g}")
    for line in result.manifest.assumptions:
        echo(f"ASSUMED: {line.removesuffix(', ASSUMED')}")
    for line in result.warnings:
        echo(f"warning: {line}")
    echo(result.rules.text())


def _print_turnovers(result: OutcomesResult) -> None:
    echo()
    echo(
        "The source gives a net rate: births and deaths are the net rate + turnover, and turnover."
    )
    echo("The turnover is ASSUMED. Probability of cure for each:")
    rows = [
        [_turnover_text(case.turnover), number(case.cure.value), *_limits(case.cure)]
        for case in result.cases
    ]
    print_table(("turnover, 1/day", "cure", *_limit_names(result)), rows)


def _print_case(result: OutcomesResult, case: TurnoverCase, incidence: xr.Dataset) -> None:
    request = result.request
    if len(result.cases) > 1:
        echo(f"with turnover {_turnover_text(case.turnover)} (ASSUMED):")
    rows: list[list[str]] = []
    notes: list[str] = []
    for name, found in _classes(case, request.level).items():
        rows.append([name, number(found.value), *_limits(found), _median_day(case, name)])
        notes += found.notes
    print_table(("outcome", "share", *_limit_names(result), "median day"), rows)
    notes = list(dict.fromkeys(note for note in notes if not note.startswith("everybody")))
    if case.cure.n_failed:
        bounds = interval(case.cure.lowest, case.cure.highest)
        notes.append(f"cure, if no failed run or every failed run had been one: {bounds}")
    if notes:
        echo("\n".join(f"  {note}" for note in notes))
        echo()
    if request.at:
        names = [str(name) for name in incidence["outcome"].values]
        values = incidence["incidence"].values
        print_table(
            ("cumulative incidence", *(f"day {day:g}" for day in request.at)),
            [
                [name, *(number(float(x)) for x in values[place])]
                for place, name in enumerate(names)
            ],
        )


def _limit_names(result: OutcomesResult) -> tuple[str, ...]:
    level = f"{result.request.level:.0%}"
    names = (f"{level} simulation (these people)", f"{level} all people", "SD between people")
    return names if result.cases[0].cure.n_subjects > 1 else names[:1]


def _limits(found: Probability) -> tuple[str, ...]:
    texts = (
        interval(found.simulation_lower, found.simulation_upper),
        interval(found.lower, found.upper),
        number(found.spread),
    )
    return texts if found.n_subjects > 1 else texts[:1]


def _classes(case: TurnoverCase, level: float) -> dict[str, Probability]:
    names = json.loads(str(case.outcomes["outcome"].attrs["classes"]))
    return {
        name: outcome_probability(case.outcomes, name, level=level)
        for name in [*names[1:], names[0]]
    }


def _median_day(case: TurnoverCase, name: str) -> str:
    """Return the middle day of the runs that had an outcome."""
    names = json.loads(str(case.outcomes["outcome"].attrs["classes"]))
    place = names.index(name)
    days = case.outcomes["outcome_day"].values[case.outcomes["outcome"].values == place]
    return number(float(np.median(days))) if days.size and place else "-"


def _turnover_text(turnover: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in turnover.items())


def _print_run(result: OutcomesResult, written: Sequence[str]) -> None:
    base = result.request.base
    runs = sum(case.cure.n_runs + case.cure.n_failed for case in result.cases)
    failed = sum(case.cure.n_failed for case in result.cases)
    echo(
        f"seed {base.seed}; method {base.method}, rtol {base.rtol:g}; {failed:,} of {runs:,} runs "
        f"failed; {result.wall_s:.2f} s"
    )
    echo(f"variability: {result.cases[0].outcomes.attrs.get('variability', 'none')}")
    if written:
        echo(f"written: {', '.join(written)}")
    echo(DISCLAIMER)


def outcomes_json(result: OutcomesResult, written: Sequence[str]) -> dict[str, object]:
    """Return a result as plain data; ``docs/reference/command_line`` documents every key.

    Parameters
    ----------
    result : OutcomesResult
    written : sequence of str

    Returns
    -------
    dict
    """
    model, request, rules = result.model, result.request, result.rules
    return {
        "model": model.id,
        "variant": model.variant,
        "status": model.status,
        "subjects": result.cases[0].outcomes.sizes["subject"],
        "replicates": request.replicates,
        "days": request.end,
        "seed": request.base.seed,
        "method": request.base.method,
        "level": request.level,
        "rules": {
            "tumors": dict(rules.tumors),
            "detection": dict(rules.levels),
            "units": dict(rules.units),
            "progression": rules.progression or None,
        },
        "assumed": list(result.manifest.assumptions),
        "warnings": list(result.warnings),
        "cases": [
            {
                "turnover": case.turnover,
                "failed": case.cure.n_failed,
                "outcomes": {
                    name: _probability_json(found)
                    for name, found in _classes(case, request.level).items()
                },
                "incidence": _incidence_json(incidence),
            }
            for case, incidence in zip(result.cases, result.incidences, strict=True)
        ],
        "wall_s": round(result.wall_s, 3),
        "written": list(written),
        "citations": [citation.doi for citation in result.manifest.citations],
        "disclaimer": DISCLAIMER,
    }


def _probability_json(found: Probability) -> dict[str, object]:
    return {
        "value": found.value,
        "simulation": [found.simulation_lower, found.simulation_upper],
        "all_people": _pair(found.lower, found.upper),
        "spread": finite(found.spread),
        "between_people": _pair(found.spread_lower, found.spread_upper),
        "bounds": [found.lowest, found.highest],
        "runs": found.n_runs,
        "notes": list(found.notes),
    }


def _pair(low: float, high: float) -> list[float] | None:
    return [low, high] if math.isfinite(low + high) else None


def _incidence_json(incidence: xr.Dataset) -> list[dict[str, object]]:
    return [
        {
            "day": float(day),
            **{
                str(name): float(incidence["incidence"].values[row, column])
                for row, name in enumerate(incidence["outcome"].values)
            },
        }
        for column, day in enumerate(incidence["day"].values)
    ]


def write_runs(result: OutcomesResult, *, force: bool) -> None:
    """Write every run with its manifest, completely or not at all.

    Parameters
    ----------
    result : OutcomesResult
    force : bool
        Replace an existing result.

    Raises
    ------
    OutputError
    """
    from livingdrug.cli.outputs import stage_result
    from livingdrug.interop.course_files import write_parquet, write_store

    def write(target: Path) -> None:
        suffix = Path(result.request.base.out).suffix.lower()
        found = outcomes_dataset(result).assign_attrs(provenance=result.manifest.to_json())
        if suffix == ".zarr":
            write_store(target, found)
        elif suffix == ".parquet":
            write_parquet(target, outcome_table(result.cases), found.attrs)
        else:
            outcome_table(result.cases).to_csv(target, index=False)

    with contextlib.ExitStack() as stack:
        stage_result(stack, result.request.base.out, write, result.manifest, force=force)


def outcomes_dataset(result: OutcomesResult) -> xr.Dataset:
    """Return the outcomes of all cases in one dataset.

    Parameters
    ----------
    result : OutcomesResult

    Returns
    -------
    xarray.Dataset
        With the dimension ``case`` where there are several turnovers.
    """
    import xarray as xr

    if len(result.cases) == 1:
        return result.cases[0].outcomes
    whole: xr.Dataset = xr.concat(
        [case.outcomes for case in result.cases], dim="case", combine_attrs="drop_conflicts"
    )
    turnovers = {
        f"turnover({name})": ("case", [case.turnover[name] for case in result.cases])
        for name in result.cases[0].turnover
    }
    return whole.assign_coords(turnovers)
