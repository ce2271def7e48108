"""``livingdrug sensitivity``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import PARTIAL, complain
from livingdrug.cli.options import parse_number, parse_pairs, parse_whole
from livingdrug.core.errors import Issue, OptionError, raise_issues, unknown_name

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.model import Model
    from livingdrug.model.regimen import Dose, Regimen

__all__ = ["parse_dose", "sensitivity_command"]

_METHODS = ("prcc", "sobol")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_DOSE = re.compile(rf"(?P<name>[^=@]+)=(?P<amount>{_NUMBER})(?:@(?P<day>{_NUMBER}))?")

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
        help="Infused cells, or NAME=AMOUNT@DAY of any dose that the model declares, in its unit. "
        "May be given again.",
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


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is done with the result."""

    plot: str | None
    top: int
    as_json: bool
    force: bool


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
    from livingdrug.influence.analysis import sensitivity

    _check(method, points, top, threads, seed, plot, force=force)
    found_model = _model(model, variant)
    regimen = _regimen(found_model, dose or [])
    names: list[str] | str | None = None if parameters is None else _split(parameters)
    with progress_bar(10**9 if points else 10**9, quiet=True) as progress:
        found = sensitivity(
            found_model,
            None if readouts is None else _split(readouts),
            method="sobol" if method == "sobol" else "prcc",
            n=points,
            days=days,
            regimen=regimen,
            parameters="all" if names == ["all"] else names,
            values=parse_pairs("--set", set_ or []),
            assume_cv=parse_pairs("--assume-cv", assume_cv or []),
            span=span,
            seed=seed,
            resamples=resamples,
            threads=threads,
            progress=progress,
        )
    _show(found, found_model, regimen, _Shown(plot, top, as_json, force))
