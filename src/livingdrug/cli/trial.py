"""``livingdrug trial run|compare``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from livingdrug.cli.exits import PARTIAL, complain
from livingdrug.cli.options import parse_number, parse_whole
from livingdrug.cli.published_table import readouts_command
from livingdrug.cli.trial_request import Choices, TrialResult, planned, run_plan
from livingdrug.core.errors import OptionError

__all__ = ["app"]

app = typer.Typer(
    help="Virtual versions of published trials, UNCALIBRATED: run one, compare several.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Subjects = Annotated[
    int, typer.Option(parser=parse_whole, metavar="N", help="Virtual people infused.")
]
Days = Annotated[
    float | None,
    typer.Option(
        parser=parse_number, metavar="NUMBER", help="Last day [what the published read-outs need]."
    ),
]
PolicyName = Annotated[
    str | None,
    typer.Option(metavar="POLICY", help="Record: who gets which drug when [that of the trial]."),
]
Uncertainty = Annotated[
    int,
    typer.Option(
        parser=parse_whole,
        metavar="N",
        help="Draws of the population values from their priors: a layer of its own.",
    ),
]
TrialSd = Annotated[
    float,
    typer.Option(
        "--trial-sd",
        parser=parse_number,
        metavar="SD",
        help="Of what trials differ in beyond chance: logit of rates, logarithm of others.",
    ),
]
Seed = Annotated[
    int, typer.Option(parser=parse_whole, metavar="N", help="Seed of all random numbers.")
]
Threads = Annotated[
    int, typer.Option(parser=parse_whole, metavar="N", help="Threads; results do not depend on it.")
]
Plot = Annotated[str | None, typer.Option(metavar="FILE", help="Write a page: .png, .svg or .pdf.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Force = Annotated[bool, typer.Option("--force", help="Replace existing results.")]


@app.command(name="run")
def run_command(
    trial: Annotated[
        str, typer.Argument(metavar="TRIAL", help="A trial record: name, or path of a .toml file.")
    ],
    subjects: Subjects = 500,
    days: Days = None,
    policy: PolicyName = None,
    uncertainty: Uncertainty = 0,
    trial_sd: TrialSd = 0.0,
    seed: Seed = 1,
    threads: Threads = 1,
    plot: Plot = None,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Run a virtual trial and set every confirmed read-out beside the published one."""
    from livingdrug.cli.page import check_page, write_trial_page
    from livingdrug.cli.trial_json import print_json, run_json
    from livingdrug.cli.trial_report import print_run
    from livingdrug.core.provenance import utc_now

    started = utc_now()
    choices = Choices(subjects, days, policy, uncertainty, seed, threads, trial_sd)
    choices.check()
    if plot is not None:
        check_page(plot, force=force)
    result = run_plan(planned(trial, choices), choices, as_json=as_json)
    written = []
    if plot is not None:
        command = ["livingdrug", "trial", "run", trial, *choices.words(), "--plot", plot]
        write_trial_page(result, plot, command, started, force=force)
        written.append(plot)
    if as_json:
        print_json(run_json(result, written))
    else:
        print_run(result, written)
    _complain_of_failures([result])


@app.command(name="compare")
def compare_command(
    trials: Annotated[
        list[str], typer.Argument(metavar="TRIAL...", help="Trial records: names or paths.")
    ],
    subjects: Subjects = 500,
    days: Days = None,
    uncertainty: Uncertainty = 0,
    trial_sd: TrialSd = 0.0,
    seed: Seed = 1,
    threads: Threads = 1,
    as_json: AsJson = False,
) -> None:
    """Compare several virtual trials with the published ones, misses and baselines included."""
    from livingdrug.cli.trial_json import compare_json, print_json
    from livingdrug.cli.trial_report import print_compare

    choices = Choices(subjects, days, None, uncertainty, seed, threads, trial_sd)
    choices.check()
    twice = sorted({name for name in trials if trials.count(name) > 1})
    if twice:
        raise OptionError(f"TRIAL: {', '.join(twice)} given twice; name each trial once")
    plans = [planned(name, choices) for name in trials]  # a bad name is refused before any work
    results = [run_plan(plan, choices, as_json=as_json) for plan in plans]
    if as_json:
        print_json(compare_json(results))
    else:
        print_compare(results)
    _complain_of_failures(results)


app.command(name="readouts")(readouts_command)


def _complain_of_failures(results: Sequence[TrialResult]) -> None:
    failed = sum(result.made.not_simulated for result in results)
    if failed:
        complain(f"{failed:,} people could not be simulated; they are left out of every read-out")
        raise typer.Exit(PARTIAL)
