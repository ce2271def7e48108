"""``livingdrug simulate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from typer.models import OptionInfo

from livingdrug.cli.exits import PARTIAL, RUN_ERROR, complain
from livingdrug.cli.jump_options import (
    Count,
    Epsilon,
    JumpOptions,
    MaxEvents,
    Release,
    Replicates,
    RoundInitial,
    Threshold,
    Turnover,
    command_words,
    options_as_given,
)
from livingdrug.cli.options import parse_number, parse_pairs, parse_visits, parse_whole
from livingdrug.cli.request import Request
from livingdrug.core.errors import Issue, OptionError, raise_issues

if TYPE_CHECKING:
    from livingdrug.cli.simulation import Outcome

__all__ = [
    "AsJson", "AssumeCv", "Atol", "Data", "Days", "Dose", "Force", "Name", "Rtol", "Seed", "Set",
    "Study", "Subjects", "Threads", "Variant", "refuse_empty", "simulate_command",
]  # fmt: skip


def _number(text: str) -> OptionInfo:
    option: OptionInfo = typer.Option(parser=parse_number, metavar="NUMBER", help=text)
    return option


def _whole(text: str, *, show_default: bool = True) -> OptionInfo:
    option: OptionInfo = typer.Option(
        parser=parse_whole, metavar="N", help=text, show_default=show_default
    )
    return option


def _text(metavar: str, text: str) -> OptionInfo:
    option: OptionInfo = typer.Option(metavar=metavar, help=text)
    return option


Name = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="Model id, as in 'livingdrug models list', or a file of your own, which is run.",
    ),
]
Subjects = Annotated[
    int | None, _whole("Virtual subjects to draw; without it, one at the model's values.")
]
Days = Annotated[float | None, _number("Last day [365, or the last visit].")]
Dose = Annotated[float | None, _number("Infused dose, in the unit the model declares.")]
Study = Annotated[
    str | None,
    _text("STUDY", "Draw baselines from this study and compare with it: name or path."),
]
Data = Annotated[str | None, _text("FOLDER", "Folder with the raw data of bundled studies.")]
Visits = Annotated[str | None, _text("DAYS", "Days that must be reported, as 7,14,28.")]
Lloq = Annotated[float | None, _number("Limit of quantification of the primary observable.")]
Trials = Annotated[
    int, _whole("Simulate this many trials of the study's size.", show_default=False)
]
Variant = Annotated[str | None, _text("NAME", "Variant of the model [its first].")]
Seed = Annotated[int, _whole("Seed of all random numbers.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Typical value of a parameter or initial value."
    ),
]
AssumeCv = Annotated[
    list[str] | None,
    _text("NAME=CV", "Variability the model does not state, as name=0.3. Marked ASSUMED."),
]
Method = Annotated[
    str | None,
    _text(
        "NAME",
        "Integration: rodas5p, lsoda, bdf, radau, dop853 or rk45 [of the engine]. Jumps of single "
        "cells: ssa, tau, hybrid or langevin.",
    ),
]
Rtol = Annotated[float, _number("Relative tolerance.")]
Atol = Annotated[float | None, _number("Absolute tolerance of every state [from the model].")]
Threads = Annotated[int, _whole("Threads of the native engine; results do not depend on it.")]
Out = Annotated[
    str | None, _text("FILE", "Write the result: .zarr, .parquet or .csv, with a manifest.")
]
Reduce = Annotated[
    bool, typer.Option("--reduce", help="Keep a few numbers of each subject, not its course.")
]
PieceSize = Annotated[
    int | None, _whole("Subjects simulated and written at once [by the size of the course].")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with a result in pieces that was not finished.")
]
Plot = Annotated[str | None, _text("FILE", "Write a figure: .png, .svg or .pdf.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Force = Annotated[bool, typer.Option("--force", help="Replace existing results.")]


def simulate_command(
    model: Name,
    subjects: Subjects = None,
    days: Days = None,
    dose: Dose = None,
    study: Study = None,
    data: Data = None,
    visits: Visits = None,
    lloq: Lloq = None,
    trials: Trials = 0,
    variant: Variant = None,
    seed: Seed = 1,
    set_: Set = None,
    assume_cv: AssumeCv = None,
    method: Method = None,
    rtol: Rtol = 1e-6,
    atol: Atol = None,
    threads: Threads = 1,
    replicates: Replicates = None,
    threshold: Threshold = None,
    release: Release = None,
    epsilon: Epsilon = None,
    turnover: Turnover = None,
    count: Count = None,
    round_initial: RoundInitial = False,
    max_events: MaxEvents = None,
    out: Out = None,
    plot: Plot = None,
    reduce: Reduce = False,
    piece_size: PieceSize = None,
    resume: Resume = False,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Simulate a published model, or your own: one subject, a virtual cohort or virtual trials."""
    refuse_empty(study=study, data=data, visits=visits, variant=variant, out=out, plot=plot)
    jumps = JumpOptions(
        replicates=replicates, threshold=threshold, release=release, epsilon=epsilon,
        turnover=tuple(parse_pairs("--turnover", turnover or []).items()),
        count=tuple(count or ()), round_initial=round_initial, max_events=max_events,
    )  # fmt: skip
    request = Request(
        model=model, variant=variant or "", subjects=subjects, days=days, dose=dose,
        study=study or "", data=data or "", visits=tuple(parse_visits(visits)) if visits else (),
        lloq=lloq, seed=seed, trials=trials, values=tuple(parse_pairs("--set", set_ or []).items()),
        assume_cv=tuple(parse_pairs("--assume-cv", assume_cv or []).items()), method=method or "",
        rtol=rtol, atol=atol, threads=threads, out=out or "", plot=plot or "", reduce=reduce,
        piece_size=piece_size, jumps=jumps,
    )  # fmt: skip
    if resume and force:
        raise OptionError("--resume: goes on, and --force starts anew; give one of them")
    with options_as_given():
        _run(request, resume=resume, force=force, as_json=as_json)


def _run(request: Request, *, resume: bool, force: bool, as_json: bool) -> None:
    from livingdrug.cli.pieces import goes_in_pieces

    if goes_in_pieces(request, resume=resume):
        _run_pieces(request, resume=resume, force=force, as_json=as_json)
    else:
        _run_whole(request, force=force, as_json=as_json)


def _run_whole(request: Request, *, force: bool, as_json: bool) -> None:
    from livingdrug.cli.outputs import check_outputs, write_outputs
    from livingdrug.cli.report import print_outcome, progress_bar
    from livingdrug.cli.simulation import run_request

    check_outputs(request, force=force)
    expected = request.expected_runs
    with progress_bar(expected, quiet=as_json) as progress:
        outcome = run_request(request, progress)
    all_failed = outcome.n_failed == outcome.n_runs
    written = [] if all_failed else write_outputs(outcome, force=force)
    print_outcome(outcome, written, as_json=as_json)
    if outcome.n_failed:
        complain(_failures(outcome, kept=not all_failed))
        raise typer.Exit(RUN_ERROR if all_failed else PARTIAL)


def _run_pieces(request: Request, *, resume: bool, force: bool, as_json: bool) -> None:
    from livingdrug.cli.pieces import run_in_pieces
    from livingdrug.cli.report import progress_bar
    from livingdrug.cli.report_pieces import print_pieces
    from livingdrug.interop.pieces import StreamInterrupted

    n = request.subjects or 1
    try:
        with progress_bar(n, quiet=as_json) as progress:
            outcome = run_in_pieces(request, resume=resume, force=force, progress=progress)
    except StreamInterrupted as stop:
        complain(f"interrupted; {stop}")
        raise typer.Exit(RUN_ERROR) from None
    print_pieces(outcome, as_json=as_json)
    streamed = outcome.streamed
    if streamed.n_failed:
        first = streamed.manifest.failures[0]
        complain(
            f"{streamed.n_failed:,} of {streamed.n_subjects:,} subjects could not be simulated, "
            f"they are marked in the result; subject {first.subject}: {first.message}"
        )
        raise typer.Exit(RUN_ERROR if streamed.n_failed == streamed.n_subjects else PARTIAL)


def refuse_empty(**given: str | None) -> None:
    """Refuse an empty text, as an unset variable of a shell leaves it.

    Parameters
    ----------
    **given : str or None
        Option to its text.

    Raises
    ------
    OptionError
    """
    issues = [
        Issue("error", f"--{name}", "'' given", "give a value or leave the option out")
        for name, text in given.items()
        if text is not None and not text.strip()
    ]
    raise_issues(issues, OptionError)


def _failures(outcome: Outcome, *, kept: bool) -> str:
    first = outcome.manifest.failures[0]
    fate = "they are marked in the result" if kept else "nothing was written"
    what = "subjects" if first.replicate is None else "runs"
    which = "" if first.replicate is None else f", replicate {first.replicate}"
    return (
        f"{outcome.n_failed:,} of {outcome.n_runs:,} {what} could not be simulated, {fate}; "
        f"subject {first.subject}{which}: {command_words(first.message)}"
    )
