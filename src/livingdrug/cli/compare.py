"""``livingdrug compare``."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.options import parse_number
from livingdrug.core.errors import DraftModelWarning, OptionError

if TYPE_CHECKING:
    from livingdrug.compare.compare import Answer

__all__ = ["compare_command", "parse_vary"]


def compare_command(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="Model ids, or ID:VARIANT.")
    ],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            metavar="NAME=FACTORS",
            help="What is turned, as dose=0.1,1,10: 'dose', 'tumor_burden' or another shared term, "
            "in multiples of the published value. May be given again.",
        ),
    ] = None,
    days: Annotated[
        float,
        typer.Option(parser=parse_number, metavar="NUMBER", help="Last day after the infusion."),
    ] = 90.0,
    plot: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write a figure: .png, .svg or .pdf.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing figure.")] = False,
) -> None:
    """Ask many models how peak and outcome follow the dose or the tumour burden."""
    turns = parse_vary(vary or [])
    if plot is not None:
        from livingdrug.core.files import check_output
        from livingdrug.plot.course import figure_format

        figure_format(plot)
        check_output(plot, force)
    from livingdrug.compare.compare import compare_models

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)  # the answers say so
        answers = compare_models(models, vary=turns, days=days)
    if plot is not None:
        from livingdrug.plot.comparison import comparison_figure
        from livingdrug.plot.course import save_figure

        save_figure(comparison_figure(answers), plot, force)
    if as_json:
        typer.echo(json.dumps([_plain(answer) for answer in answers], indent=2))
        return
    _print(answers)
    if plot is not None:
        typer.echo(f"wrote {plot}")


def parse_vary(texts: Sequence[str]) -> dict[str, list[float]]:
    """Read ``NAME=FACTORS``.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    dict from str to list of float

    Raises
    ------
    OptionError
        When a text is not of that form, or a name comes twice.
    """
    if not texts:
        raise OptionError("--vary: nothing to turn; give it as in --vary dose=0.1,1,10")
    found: dict[str, list[float]] = {}
    for text in texts:
        name, equals, factors = text.partition("=")
        name = name.strip()
        try:
            numbers = [float(part) for part in factors.split(",")]
        except ValueError:
            numbers = []
        if not (name and equals and numbers):
            raise OptionError(f"--vary: {text!r} given; write it as in dose=0.1,1,10")
        if name in found:
            raise OptionError(f"--vary: {name!r} is given twice; put all factors into one")
        found[name] = numbers
    return found


def _plain(answer: Answer) -> dict[str, object]:
    """Return an answer for JSON, which has no NaN."""

    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    whole: dict[str, object] = dataclasses.asdict(answer)
    for name in ("values", "elasticities"):
        whole[name] = [finite(value) for value in getattr(answer, name)]
    whole["elasticity"] = finite(answer.elasticity)
    return whole


def _print(answers: Sequence[Answer]) -> None:
    from livingdrug.cli.tables import echo, print_table

    for axis in dict.fromkeys(answer.axis for answer in answers):
        mine = [answer for answer in answers if answer.axis == axis]
        factors = mine[0].factors
        echo(f"{axis.replace('_', ' ')} times {', '.join(f'{f:g}' for f in factors)}")
        steps = [f"{a:g}-{b:g}" for a, b in itertools.pairwise(factors)]
        header = ("model", "outcome", *(f"x{f:g}" for f in factors), "unit",
                  *(f"e {step}" for step in steps), "elasticity")  # fmt: skip
        print_table(
            header,
            [
                (
                    answer.model, answer.label, *map(_number, answer.values), answer.unit,
                    *map(_slope, answer.elasticities), _slope(answer.elasticity),
                )
                for answer in mine
                if not answer.reason
            ],
        )  # fmt: skip
        for line in _remarks(mine):
            echo(f"  {line}")
        echo()


def _remarks(answers: Sequence[Answer]) -> list[str]:
    """Say who cannot answer what, what was turned, and what a value is not."""
    refusals: dict[tuple[str, str], list[str]] = {}
    notes: dict[str, None] = {}
    for answer in answers:
        if answer.reason:
            refusals.setdefault((answer.model, answer.reason), []).append(answer.label)
            continue
        notes.setdefault(f"{answer.model}: turned is the {answer.note}")
        for caveat in answer.caveats:
            notes.setdefault(f"{answer.model}: {caveat}")
    every = len({answer.outcome for answer in answers})
    lines = [
        f"{model} cannot answer{'' if len(labels) == every else ' (' + ', '.join(labels) + ')'}: "
        f"{reason}"
        for (model, reason), labels in refusals.items()
    ]
    return lines + list(notes)


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "-"


def _slope(value: float) -> str:
    return f"{value:+.2f}" if math.isfinite(value) else "-"
