"""``livingdrug petab check|show|simulate|convert``: problems of parameter estimation."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livingdrug.cli.exits import DATA_ERROR, DONE
from livingdrug.cli.options import parse_number, parse_whole

if TYPE_CHECKING:
    import pandas as pd

    from livingdrug.interop.petab.problem import PetabProblem

__all__ = ["app"]

app = typer.Typer(
    help="PEtab problems, versions 1 and 2: check, show, simulate and convert them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
File = Annotated[str, typer.Argument(metavar="PROBLEM.yaml", help="The YAML file of the problem.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]


@app.command(name="check")
def check_command(file: File, as_json: AsJson = False) -> None:
    """List every problem of the files: what is wrong, and what this software does not take.

    Ends with code 0 when there is none, and with 2 otherwise.
    """
    from livingdrug.core.errors import CapabilityError, LivingDrugError
    from livingdrug.interop.petab.read import read_petab

    found: LivingDrugError | None = None
    try:
        problem = read_petab(file)
    except LivingDrugError as error:
        if not as_json:
            raise
        found = error
    if as_json:
        issues = [] if found is None else list(found.issues)
        kind = "not supported" if isinstance(found, CapabilityError) else "wrong"
        rows = [
            {"kind": kind, "where": i.where, "message": i.message, "fix": i.fix} for i in issues
        ]
        if found is not None and not rows:
            rows = [{"kind": kind, "where": file, "message": str(found), "fix": ""}]
        typer.echo(json.dumps({"problem": file, "errors": len(rows), "issues": rows}, indent=2))
        raise typer.Exit(DONE if found is None else DATA_ERROR)
    from livingdrug.cli.tables import echo

    echo(f"{file}: a PEtab problem of version {problem.version}; nothing is wrong")


@app.command(name="show")
def show_command(file: File, as_json: AsJson = False) -> None:
    """Show what a problem holds: model, parameters, observables, experiments, measurements."""
    from livingdrug.interop.petab.read import read_petab

    problem = read_petab(file)
    facts = _facts(problem)
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    from livingdrug.cli.tables import echo, print_table

    echo(f"{problem.id}: PEtab {problem.version}, model {problem.model.id}, time in "
         f"{problem.model.time_unit}, {len(problem.measurements)} measurements")  # fmt: skip
    for name in ("parameters", "observables", "experiments"):
        rows: list[dict[str, Any]] = facts[name]
        if rows:
            echo(f"{name}:")
            print_table(list(rows[0]), [[_shown(cell) for cell in row.values()] for row in rows])


def _facts(problem: PetabProblem) -> dict[str, Any]:
    counts: dict[str, int] = {}
    by_experiment: dict[str, int] = {}
    for item in problem.measurements:
        counts[item.observable] = counts.get(item.observable, 0) + 1
        by_experiment[item.experiment] = by_experiment.get(item.experiment, 0) + 1
    experiments = {name: problem.experiments.get(name, ()) for name in by_experiment}
    return {
        "id": problem.id,
        "version": problem.version,
        "model": problem.model.id,
        "time_unit": problem.model.time_unit,
        "measurements": len(problem.measurements),
        "parameters": [
            {"id": item.id, "nominal": _finite(item.nominal), "lower": _finite(item.lower),
             "upper": _finite(item.upper), "estimate": item.estimate, "scale": item.scale,
             "prior": item.prior}
            for item in problem.parameters
        ],
        "observables": [
            {"id": item.id, "formula": item.formula, "noise": item.noise_formula,
             "distribution": item.distribution, "scale": item.scale,
             "measurements": counts.get(item.id, 0)}
            for item in problem.observables
        ],
        "experiments": [
            {"id": name or "(none)",
             "periods": "; ".join(f"{p.start:g}: {' + '.join(p.conditions) or 'no change'}"
                                  for p in periods) or "0: no change",
             "measurements": by_experiment[name]}
            for name, periods in experiments.items()
        ],
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _shown(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


@app.command(name="simulate")
def simulate_command(
    file: File,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="In place of a nominal value; may be repeated."
        ),
    ] = None,
    rtol: Annotated[str, typer.Option(metavar="NUMBER", help="Relative tolerance.")] = "1e-9",
    horizon: Annotated[
        str, typer.Option(metavar="TIME", help="How long a steady state is waited for.")
    ] = "1e9",
    out: Annotated[
        str, typer.Option(metavar="FILE", help="Write the rows: a PEtab simulation table, TSV.")
    ] = "",
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Simulate what was measured; print log-likelihood and chi2."""
    from livingdrug.cli.options import parse_pairs
    from livingdrug.core.errors import OptionError
    from livingdrug.core.files import check_output
    from livingdrug.interop.petab.read import read_petab

    if out:
        check_output(out, force)
    tolerance, wait = parse_number(rtol), parse_number(horizon)
    if not 0 < tolerance < 1:
        raise OptionError(f"--rtol {rtol}: give a number between 0 and 1")
    if not 0 < wait < math.inf:
        raise OptionError(f"--horizon {horizon}: give a number above 0")
    given = parse_pairs("--set", change or [])
    problem = read_petab(file)
    table = problem.simulate(given, rtol=tolerance, horizon=wait)
    likelihood = float(table["logLikelihood"].sum())
    chi2 = float((table["residual"] ** 2).sum(skipna=False))
    if out:
        _write(table, problem, out, force=force)
    if as_json:
        rows = json.loads(table.to_json(orient="records", double_precision=15))
        for row, time in zip(rows, table["time"], strict=True):
            row["time"] = time if math.isfinite(time) else "inf"
        typer.echo(json.dumps({
            "problem": problem.id, "version": problem.version, "log_likelihood":
            _finite(likelihood), "chi2": _finite(chi2), "measurements": rows,
        }, indent=2))  # fmt: skip
        return
    from livingdrug.cli.tables import echo, print_table

    print_table(
        [str(name) for name in table.columns],
        [[_shown(cell) for cell in row] for row in table.itertuples(index=False)],
    )
    echo(f"log-likelihood {likelihood:.10g}, chi2 {chi2:.10g}, {len(table)} measurements")
    if out:
        echo(f"wrote {out}")


def _write(table: pd.DataFrame, problem: PetabProblem, out: str, *, force: bool) -> None:
    """Write a simulation table of PEtab, and noise and residuals beside it."""
    from livingdrug.core.files import atomic_path

    shown = table.drop(columns="measurement")
    if problem.version == 1:
        pairs = [problem.experiments[name] for name in table["experimentId"]]
        shown = shown.drop(columns="experimentId")
        shown.insert(1, "simulationConditionId", [p[-1].conditions[0] for p in pairs])
        before = ["".join(p[0].conditions) if len(p) > 1 else "" for p in pairs]
        shown.insert(1, "preequilibrationConditionId", before)
    with atomic_path(out, force=force) as temporary:
        shown.to_csv(temporary, sep="\t", index=False)


@app.command(name="convert")
def convert_command(
    file: File,
    out: Annotated[str, typer.Option(metavar="FOLDER", help="A new folder for the problem.")],
    to: Annotated[str, typer.Option(metavar="VERSION", help="1 or 2.")] = "2",
) -> None:
    """Write a problem in the other version, with the same likelihood."""
    from livingdrug.cli.tables import echo
    from livingdrug.interop.petab.read import read_petab
    from livingdrug.interop.petab.write import write_petab

    problem = read_petab(file)
    echo(f"wrote {write_petab(problem, out, version=parse_whole(to))}")
