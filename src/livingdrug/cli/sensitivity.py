"""``livingdrug sensitivity``."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.doses import parse_regimen
from livingdrug.cli.exits import PARTIAL, complain
from livingdrug.cli.options import parse_number, parse_pairs, parse_whole
from livingdrug.core.errors import DraftModelWarning, Issue, OptionError, raise_issues, unknown_name

if TYPE_CHECKING:
    from livingdrug.model.model import Model
    from livingdrug.model.regimen import Regimen

__all__ = ["sensitivity_command"]

_METHODS = ("prcc", "sobol")

Readouts = Annotated[
    str | None,
    typer.Option(
        metavar="LIST",
        help="As cmax,il6_max,value@180: headline numbers, or KIND[:QUANTITY][@DAYS] with peak, "
        "day_of_peak, auc, value, nadir, day_of_nadir, day_below, day_above or half_life "
        "[the headline numbers].",
    ),
]
How = Annotated[str, typer.Option(metavar="NAME", help="prcc or sobol (needs the extra stats).")]
N = Annotated[
    int | None,
    typer.Option(
        "-n", "--points", parser=parse_whole, metavar="N",
        help="Points of the Latin hypercube [1000], or base points of Sobol indices [1024].",
    ),
]  # fmt: skip
Days = Annotated[float, typer.Option(parser=parse_number, metavar="NUMBER", help="Last day.")]
DoseOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DOSE",
        help="Infused cells, or NAME=AMOUNT@DAY of any dose that the model declares, in its unit "
        "(NAME=AMOUNT@DAY+DAYS: over so many days). "
        "May be given again; 'none' for no dose [those of the model's own read-outs].",
    ),
]
Parameters = Annotated[
    str | None,
    typer.Option(
        metavar="LIST", help="Parameters that vary, or 'all' [those with a stated variability]."
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Typical value of a parameter or initial value."
    ),
]
AssumeCv = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=CV",
        help="Variability the model does not state, as name=0.3. Marked ASSUMED.",
    ),
]
Span = Annotated[
    float,
    typer.Option(
        parser=parse_number, metavar="FACTOR",
        help="A parameter without a stated variability goes from value / FACTOR to value * FACTOR.",
    ),
]  # fmt: skip
Seed = Annotated[int, typer.Option(parser=parse_whole, metavar="N", help="Of all random numbers.")]
Resamples = Annotated[int, typer.Option(parser=parse_whole, metavar="N", help="Of the bootstrap.")]
Threads = Annotated[
    int, typer.Option(parser=parse_whole, metavar="N", help="Results do not depend on it.")
]
Top = Annotated[
    int, typer.Option(parser=parse_whole, metavar="N", help="Parameters printed for a read-out.")
]
Variant = Annotated[str, typer.Option(metavar="NAME", help="Variant of the model [its first].")]
Plot = Annotated[
    str | None, typer.Option(metavar="FILE", help="Write a figure: .png, .svg or .pdf.")
]


def sensitivity_command(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Model id, as in 'livingdrug models list'.")
    ],
    readouts: Readouts = None,
    method: How = "prcc",
    points: N = None,
    days: Days = 365.0,
    dose: DoseOption = None,
    parameters: Parameters = None,
    set_: Set = None,
    assume_cv: AssumeCv = None,
    span: Span = 1.5,
    variant: Variant = "",
    seed: Seed = 1,
    resamples: Resamples = 1000,
    threads: Threads = 1,
    top: Top = 8,
    plot: Plot = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing figure.")] = False,
) -> None:
    """Show which parameters the read-outs of a model depend on, and how much of it is ASSUMED."""
    from livingdrug.cli.report import progress_bar
    from livingdrug.cli.report_sensitivity import print_sensitivity, write_figure
    from livingdrug.influence.analysis import DEFAULT_N, sensitivity
    from livingdrug.influence.space import make_space

    _check(method, top, threads, seed)
    if plot is not None:
        _check_figure(plot, force=force)
    chosen = _model(model, variant)
    regimen = _regimen(chosen, model, dose or [])
    wanted = _split("--readouts", readouts)
    names = _split("--parameters", parameters)
    varied = "all" if names == ["all"] else names
    values, cvs = parse_pairs("--set", set_ or []), parse_pairs("--assume-cv", assume_cv or [])
    n = DEFAULT_N[method] if points is None else points
    space = make_space(chosen, parameters=varied, values=values, assume_cv=cvs, span=span)
    total = n * (len(space.factors) + 2) if method == "sobol" else n
    with progress_bar(total, quiet=as_json) as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)  # the heading says so
        found = sensitivity(
            chosen, wanted, method="sobol" if method == "sobol" else "prcc", n=n, days=days,
            regimen=regimen, parameters=varied, values=values, assume_cv=cvs, span=span,
            seed=seed, resamples=resamples, threads=threads, progress=progress,
        )  # fmt: skip
    written = [] if plot is None else [write_figure(found, plot, top=top, force=force)]
    print_sensitivity(found, chosen, written, top=top, as_json=as_json)
    failed = int(found.attrs["failed"])
    if failed:
        complain(f"{failed:,} subjects could not be simulated; they are left out")
        raise typer.Exit(PARTIAL)


def _regimen(model: Model, model_id: str, texts: list[str]) -> Regimen | None:
    """Return the doses asked for, or else those with which the model is used."""
    from livingdrug.catalogue.index import get_entry
    from livingdrug.compare.handles import usual_regimen

    if not texts:
        return usual_regimen(model, get_entry(model_id))
    if texts == ["none"]:
        return None
    return parse_regimen(model, texts)


def _model(name: str, variant: str) -> Model:
    from livingdrug.catalogue.index import get_model

    return get_model(name, variant)


def _split(option: str, text: str | None) -> list[str] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise OptionError(f"{option}: {text!r} has an empty name; separate names by commas")
    return parts


def _check(method: str, top: int, threads: int, seed: int) -> None:
    if method not in _METHODS:
        raise OptionError([unknown_name("method", method, _METHODS, where="--method")])
    issues = [
        Issue("error", option, f"{value:,} given; allowed are {low:,} to {high:,}")
        for option, value, low, high in (
            ("--top", top, 1, 1000),
            ("--threads", threads, 1, 1024),
            ("--seed", seed, 0, 2**64 - 1),
        )
        if not low <= value <= high
    ]
    raise_issues(issues, OptionError)


def _check_figure(path: str, *, force: bool) -> None:
    from livingdrug.core.files import check_output
    from livingdrug.plot.course import figure_format

    figure_format(path)
    check_output(path, force)
