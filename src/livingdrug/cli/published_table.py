"""``livingdrug trial readouts``: the published table of a trial, all cut-offs."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Annotated

import typer

__all__ = ["readouts_command"]


def readouts_command(
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Id or title in the table.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List every published read-out of a trial, and which row stands for its estimand."""
    from livingdrug.data.published_readouts import published_readouts, published_trial, readouts_of

    found = published_trial(trial)
    rows, chosen = published_readouts(found.id), set(map(id, readouts_of(found.id)))
    if as_json:
        content = [
            {
                name: None if isinstance(value, float) and math.isnan(value) else value
                for name, value in dataclasses.asdict(row).items()
            }
            | {"used": id(row) in chosen}
            for row in rows
        ]
        typer.echo(json.dumps(content, indent=2))
        return
    from livingdrug.cli.report import number
    from livingdrug.cli.tables import echo, print_table

    echo(f"{found.title}: {found.product} in {found.disease}; {found.dose}")
    table = []
    for row in rows:
        limits = f" ({row.lower:g} to {row.upper:g})" if math.isfinite(row.lower) else ""
        state = "used" if id(row) in chosen else "another cut-off"
        if not row.usable:
            state = "suspect" if row.suspect else "from memory"
        over = ", ".join(part for part in (row.people, row.part) if part)
        table.append(
            (row.endpoint, over, str(row.n or "-"), f"{number(row.value)} {row.unit}{limits}",
             state, row.citation)
        )  # fmt: skip
    print_table(("read-out", "over", "n", "value (95 %)", "row", "citation"), table)
    for row in rows:
        if row.suspect:
            echo(f"suspect: {row.endpoint}: {row.suspect}")
