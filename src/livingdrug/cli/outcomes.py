"""``livingdrug outcomes``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli import simulate as of_simulate
from livingdrug.cli.exits import PARTIAL, complain
from livingdrug.cli.jump_options import (
    Count,
    Epsilon,
    JumpOptions,
    MaxEvents,
    Release,
    RoundInitial,
    Threshold,
    command_words,
    options_as_given,
)
from livingdrug.cli.options import parse_days, parse_number, parse_pairs, parse_whole
from livingdrug.cli.request import Request

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from livingdrug.cli.outcomes_request import OutcomesRequest
    from livingdrug.cli.outcomes_run import OutcomesResult

__all__ = ["outcomes_command"]

_FIGURES = ("paths", "incidence")

Replicates = Annotated[
    int, typer.Option(parser=parse_whole, metavar="N", help="Runs of each subject.")
]
Method = Annotated[
    str, typer.Option(metavar="NAME", help="Simulation of jumps: hybrid, ssa, tau or langevin.")
]
Tumor = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[LABEL=]SPECIES",
        help="A tumour population, as antigen-negative=TN; may be repeated [by vocabulary].",
    ),
]
Detection = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NUMBER",
        help="Smallest population that is detected, in its unit, or LABEL=NUMBER [1e9 cells].",
    ),
]
Turnover = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUES",
        help="Births and deaths per cell and day that a net rate hides, as T=0,0.05,0.2; one value "
        "is shown beside 0 and its double. Marked ASSUMED.",
    ),
]
At = Annotated[
    str | None, typer.Option(metavar="DAYS", help="Days of the incidence, as 90,180 [the last].")
]
Level = Annotated[float, typer.Option(parser=parse_number, metavar="NUMBER", help="Of intervals.")]
Plot = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="KIND FILE", help="Write a figure: paths or incidence."),
]
Out = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Write every run: .zarr, .parquet or .csv, with a manifest."),
]


def outcomes_command(
    model: of_simulate.Name,
    subjects: of_simulate.Subjects = None,
    replicates: Replicates = 100,
    days: of_simulate.Days = None,
    dose: of_simulate.Dose = None,
    study: of_simulate.Study = None,
    data: of_simulate.Data = None,
    variant: of_simulate.Variant = None,
    seed: of_simulate.Seed = 1,
    set_: of_simulate.Set = None,
    assume_cv: of_simulate.AssumeCv = None,
    tumor: Tumor = None,
    detection: Detection = None,
    turnover: Turnover = None,
    at: At = None,
    level: Level = 0.95,
    method: Method = "hybrid",
    threshold: Threshold = None,
    release: Release = None,
    epsilon: Epsilon = None,
    count: Count = None,
    round_initial: RoundInitial = False,
    max_events: MaxEvents = None,
    rtol: of_simulate.Rtol = 1e-6,
    atol: of_simulate.Atol = None,
    threads: of_simulate.Threads = 1,
    out: Out = None,
    plot: Plot = None,
    as_json: of_simulate.AsJson = False,
    force: of_simulate.Force = False,
) -> None:
    """Say how likely cure and relapse are: simulate every person many times, cell by cell."""
    from livingdrug.cli.outcomes_request import (
        OutcomesRequest,
        parse_detection,
        parse_tumors,
        parse_turnovers,
    )

    of_simulate.refuse_empty(study=study, data=data, variant=variant, out=out, at=at)
    jumps = JumpOptions(
        replicates=replicates, threshold=threshold, release=release, epsilon=epsilon,
        count=tuple(count or ()), round_initial=round_initial, max_events=max_events,
    )  # fmt: skip
    base = Request(
        model=model, variant=variant or "", subjects=subjects, days=days, dose=dose,
        study=study or "", data=data or "", seed=seed, method=method, rtol=rtol, atol=atol,
        threads=threads, out=out or "", jumps=jumps,
        values=tuple(parse_pairs("--set", set_ or []).items()),
        assume_cv=tuple(parse_pairs("--assume-cv", assume_cv or []).items()),
    )  # fmt: skip
    request = OutcomesRequest(
        base, tumors=parse_tumors(tumor or []), detection=parse_detection(detection or []),
        turnover=parse_turnovers(turnover or []), at=tuple(parse_days("--at", at)) if at else (),
        level=level,
    )  # fmt: skip
    _run(request, plot, as_json=as_json, force=force)


def _run(
    request: OutcomesRequest, plot: tuple[str, str] | None, *, as_json: bool, force: bool
) -> None:
    from livingdrug.cli.outcomes_run import run_outcomes
    from livingdrug.cli.report import progress_bar
    from livingdrug.cli.report_outcomes import print_outcomes

    _check_outputs(request.base.out, plot, force=force)
    runs = request.base.expected_runs
    with options_as_given(), progress_bar(runs, quiet=as_json) as progress:
        result = run_outcomes(request, progress)
    written = _write(result, plot, force=force)
    print_outcomes(result, written, as_json=as_json)
    failed = sum(case.cure.n_failed for case in result.cases)
    if failed:
        complain(
            f"{failed:,} runs could not be simulated and are left out; the first: "
            f"{command_words(_first_failure(result))}"
        )
        raise typer.Exit(PARTIAL)


def _check_outputs(out: str, plot: tuple[str, str] | None, *, force: bool) -> None:
    """Refuse, before any work, what cannot be written."""
    from livingdrug.cli.people import check_figure
    from livingdrug.core.files import check_output

    check_figure(plot, _FIGURES, force=force)
    if out:
        from livingdrug.cli.outputs import manifest_path
        from livingdrug.interop.course_files import FORMATS, course_format

        suffix = course_format(out)
        check_output(out, force, kind=FORMATS[suffix])
        if suffix != ".zarr":
            check_output(manifest_path(out), force)


def _first_failure(result: OutcomesResult) -> str:
    texts = [str(case.outcomes.attrs.get("failure", "")) for case in result.cases]
    return next((text for text in texts if text), "")


def _write(result: OutcomesResult, plot: tuple[str, str] | None, *, force: bool) -> list[str]:
    """Write the runs and the figure that were asked for."""
    from livingdrug.cli.outcomes_run import sample_course
    from livingdrug.cli.people import write_figure

    written = []
    if result.request.base.out:
        from livingdrug.cli.report_outcomes import write_runs

        write_runs(result, force=force)
        written.append(result.request.base.out)

    def draw(kind: str) -> Figure:
        from livingdrug.clinical.outcomes.incidence import outcome_incidence
        from livingdrug.plot.outcomes import incidence_of_outcomes, sample_paths

        if kind == "paths":
            return sample_paths(sample_course(result.request, result), result.rules)
        middle = result.cases[len(result.cases) // 2]
        return incidence_of_outcomes(outcome_incidence(middle.outcomes, level=result.request.level))

    return written + write_figure(plot, draw, force=force)
