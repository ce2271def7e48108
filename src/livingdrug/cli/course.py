"""``livingdrug course``: a product in a disease, from infusion to outcome, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import PARTIAL, complain
from livingdrug.cli.options import parse_number, parse_pairs, parse_whole
from livingdrug.core.errors import OptionError

if TYPE_CHECKING:
    from livingdrug.trial.run import Plan

__all__ = ["course_command"]

_MAX_SUBJECTS = 100_000


Product = Annotated[str, typer.Option(metavar="PRODUCT", help="Record, or .toml file.")]
Disease = Annotated[str, typer.Option(metavar="DISEASE", help="Record, or .toml file.")]
Dose = Annotated[
    float | None,
    typer.Option(parser=parse_number, metavar="CELLS", help="CAR cells [usual dose]."),
]
Subjects = Annotated[
    int | None,
    typer.Option(parser=parse_whole, metavar="N", help="People [one at the population values]."),
]
Edits = Annotated[
    list[str] | None, typer.Option(metavar="EDIT", help="Further edit; may be repeated.")
]
Depletion = Annotated[str, typer.Option(metavar="NAME", help="Record of what is given before.")]
Treatments = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Record; may be repeated.")
]
PolicyName = Annotated[
    str, typer.Option(metavar="POLICY", help="Record: who gets which drug when.")
]
Days = Annotated[float, typer.Option(parser=parse_number, metavar="NUMBER", help="Last day.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Parameter of the reference model."),
]
Seed = Annotated[
    int, typer.Option(parser=parse_whole, metavar="N", help="Seed of all random numbers.")
]
Threads = Annotated[int, typer.Option(parser=parse_whole, metavar="N", help="Threads.")]
Plot = Annotated[str | None, typer.Option(metavar="FILE", help="Write a page: .png, .svg or .pdf.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Force = Annotated[bool, typer.Option("--force", help="Replace existing results.")]


def course_command(
    product: Product,
    disease: Disease,
    dose: Dose = None,
    subjects: Subjects = None,
    edit: Edits = None,
    lymphodepletion: Depletion = "flu_cy",
    treatment: Treatments = None,
    policy: PolicyName = "asco_2021",
    days: Days = 365.0,
    set_: Set = None,
    seed: Seed = 1,
    threads: Threads = 1,
    plot: Plot = None,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Simulate a product in a disease with the reference model, UNCALIBRATED."""
    from livingdrug.cli.course_report import print_course, write_course_page
    from livingdrug.cli.page import check_page
    from livingdrug.cli.report import progress_bar
    from livingdrug.core.provenance import utc_now
    from livingdrug.trial.course_plan import plan_course
    from livingdrug.trial.run import run_trial

    started = utc_now()
    _check(subjects, seed, threads)
    if plot is not None:
        check_page(plot, force=force)
    values = parse_pairs("--set", set_ or [])
    plan = plan_course(
        product, disease, dose=dose, edits=edit or (), lymphodepletion=lymphodepletion,
        treatments=treatment or (), policy=policy, days=days, values=values,
    )  # fmt: skip
    with progress_bar(subjects or 1, quiet=as_json) as progress:
        made = run_trial(
            plan, subjects or 1, seed=seed, threads=threads, typical=subjects is None,
            progress=progress,
        )  # fmt: skip
    written = []
    if plot is not None:
        command = _words(plan, subjects, seed, plot, edit or [], treatment or [], set_ or [])
        write_course_page(made, plot, command, started, seed=seed, force=force)
        written.append(plot)
    print_course(made, written, seed=seed, as_json=as_json)
    if made.not_simulated:
        complain(f"{made.not_simulated:,} people could not be simulated; they are left out")
        raise typer.Exit(PARTIAL)


def _check(subjects: int | None, seed: int, threads: int) -> None:
    for name, value, low, high in (
        ("--subjects", 1 if subjects is None else subjects, 1, _MAX_SUBJECTS),
        ("--seed", seed, 0, 2**64 - 1),
        ("--threads", threads, 1, 256),
    ):
        if not low <= value <= high:
            raise OptionError(f"{name}: {value:,} given; allowed are {low:,} to {high:,}")


def _words(
    plan: Plan,
    subjects: int | None,
    seed: int,
    plot: str,
    edits: list[str],
    treatments: list[str],
    values: list[str],
) -> list[str]:
    trial = plan.trial
    words = ["livingdrug", "course", "--product", trial.product, "--disease", trial.disease]
    words += ["--dose", f"{trial.arms[0].amount:g}", "--days", f"{plan.follow.end:g}"]
    words += ["--lymphodepletion", trial.lymphodepletion, "--policy", plan.policy]
    words += [] if subjects is None else ["--subjects", str(subjects)]
    for option, given in (("--edit", edits), ("--treatment", treatments), ("--set", values)):
        for item in given:
            words += [option, item]
    return [*words, "--seed", str(seed), "--plot", plot]
