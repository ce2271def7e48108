"""``livingdrug response STUDY --criterion recorded``: rates of what the source recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from livingdrug.core.errors import OptionError

if TYPE_CHECKING:
    from livingdrug.clinical.rates import Rate
    from livingdrug.clinical.response.recorded import Recorded

__all__ = ["run_recorded"]


def run_recorded(place: str, outcome: str, enrolled: int | None, *, as_json: bool) -> None:
    """Count a recorded response and print its rates.

    Parameters
    ----------
    place : str
        Of the study.
    outcome : str
        Name of the variable of people.
    enrolled : int or None
        People that rates are of.
    as_json : bool

    Raises
    ------
    OptionError
        When the place is no study.
    """
    from livingdrug.cli.study_place import study_at
    from livingdrug.clinical.response.recorded import recorded_response

    study = study_at(place)
    if study is None:
        raise OptionError(
            f"--criterion recorded: {place!r} is no study; it reads a study folder whose people "
            "have a recorded response"
        )
    found = recorded_response(study, outcome)
    n = enrolled or len(found.subjects)
    if n < len(found.subjects):
        raise OptionError(f"--enrolled: {n} given; {len(found.subjects)} people are in the study")
    rates = _rates(found, n)
    if as_json:
        _print_json(found, rates, n)
        return
    _print(found, rates, str(study.attrs["title"]))


def _rates(found: Recorded, n: int) -> dict[str, tuple[Rate, Rate]]:
    from livingdrug.clinical.rates import rate
    from livingdrug.clinical.response.categories import RESPONDERS, Response

    hits = {
        "overall response": sum(one >= RESPONDERS for one in found.category),
        "complete response": sum(one >= Response.COMPLETE for one in found.category),
    }
    if Response.COMPLETE_INCOMPLETE_COUNTS in found.category or (
        Response.COMPLETE_PARTIAL_COUNTS in found.category
    ):
        hits["complete, any counts"] = sum(
            one >= Response.COMPLETE_INCOMPLETE_COUNTS for one in found.category
        )
    hits |= {f"recorded as {level}": found.level.count(level) for level in found.levels}
    return {
        words: (rate(int(count), n), rate(int(count), n, method="wilson"))
        for words, count in hits.items()
    }


def _print_json(found: Recorded, rates: dict[str, tuple[Rate, Rate]], n: int) -> None:
    import typer

    from livingdrug.cli.people import rate_json

    typer.echo(json.dumps({
        "criterion": f"recorded, {found.name}", "about": found.about, "people": n,
        "unknown": sum(not level for level in found.level),
        "rates": {words: [rate_json(one) for one in pair] for words, pair in rates.items()},
        "subjects": [
            {"subject": name, "recorded": level}
            for name, level in zip(found.subjects, found.level, strict=True)
        ],
    }, indent=2))  # fmt: skip


def _print(found: Recorded, rates: dict[str, tuple[Rate, Rate]], title: str) -> None:
    from livingdrug.cli.people import rate_text
    from livingdrug.cli.tables import echo, print_table

    echo(title)
    echo(f"{found.name}: {found.about}; as the source recorded it, no criterion was applied")
    print_table(
        ("rate", "95 % Clopper-Pearson", "95 % Wilson"),
        [(words, rate_text(exact), rate_text(score)) for words, (exact, score) in rates.items()],
    )
    unknown = sum(not level for level in found.level)
    if unknown:
        echo(f"{unknown} people without a recorded response count as without one.")
    echo("Research simulation, not medical advice.")
