"""What the commands on records of a ward share: options, reading, and who could be graded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from livingdrug.clinical.monitoring.record import Ward
    from livingdrug.core.errors import Issue

__all__ = [
    "Adults",
    "AsJson",
    "Columns",
    "Explain",
    "File",
    "Force",
    "Hold",
    "Ignore",
    "Recorded",
    "Unconfirmed",
    "check_somebody",
    "names_of",
    "read_ward",
]

File = Annotated[
    str, typer.Argument(metavar="FILE", help="Monitoring record (CSV), or a folder of daily data.")
]
Recorded = Annotated[
    str,
    typer.Option(
        metavar="GROUPS",
        help="What the ward records although the file has no row of it, as 'vasopressor,oxygen' "
        "or 'all': then there was none.",
    ),
]
Ignore = Annotated[str, typer.Option(metavar="ITEMS", help="Items or columns not to be read.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=HEADER", help="Header for a name, as subject=id. Repeatable."),
]
Hold = Annotated[
    str, typer.Option(metavar="HOURS", help="For which a row without a stop holds at most.")
]
Explain = Annotated[
    str, typer.Option(metavar="PATIENT", help="Show the rows and rules behind each grade.")
]
Adults = Annotated[
    bool, typer.Option("--adults", help="Whoever has no age recorded is 18 or older.")
]
Unconfirmed = Annotated[
    bool,
    typer.Option(
        "--unconfirmed", help="Needed: the rules were not confirmed; names end in _unconfirmed."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Force = Annotated[bool, typer.Option("--force", help="Replace existing results.")]


def names_of(text: str) -> list[str]:
    """Return the names of a list that commas separate.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
    """
    return [name.strip() for name in text.split(",") if name.strip()]


def read_ward(file: str, recorded: str, ignore: str, column: Sequence[str] | None) -> Ward:
    """Read a monitoring record, or a folder of daily data.

    Parameters
    ----------
    file, recorded, ignore : str
    column : sequence of str, optional
        As ``subject=id``.

    Returns
    -------
    Ward

    Raises
    ------
    DataError
        When the file cannot be read.
    OptionError
        When an option says what this file cannot have.
    """
    from livingdrug.cli.people import parse_columns
    from livingdrug.clinical.monitoring.daily import read_daily_folder
    from livingdrug.clinical.monitoring.read import LONG_COLUMNS, read_monitoring
    from livingdrug.core.errors import OptionError

    columns = parse_columns(column or [], LONG_COLUMNS)
    if Path(file).is_dir():
        given = {"--recorded": recorded, "--ignore": ignore, "--column": column}
        wrong = ", ".join(name for name, value in given.items() if value)
        if wrong:
            raise OptionError(f"{wrong}: {file} is a folder of daily data; give it to a table only")
        return read_daily_folder(file)
    return read_monitoring(
        file, recorded=names_of(recorded), ignore=names_of(ignore), columns=columns
    )


def check_somebody(people: Sequence[object], left_out: Mapping[str, Sequence[Issue]]) -> None:
    """Refuse when nobody could be graded: then the problems are the message.

    Parameters
    ----------
    people : sequence
    left_out : mapping of str to sequence of Issue

    Raises
    ------
    DataError
    """
    from livingdrug.core.errors import DataError

    if not people:
        raise DataError(_together(left_out))


def _together(left_out: Mapping[str, Sequence[Issue]]) -> list[Issue]:
    """List problems; what many people have in common, as a missing column, is listed once."""
    from livingdrug.core.errors import Issue

    people: dict[tuple[str, str, str], list[str]] = {}
    for subject, issues in left_out.items():
        for issue in issues:
            where = issue.where.replace(f", subject {subject!r}", "")
            message = issue.message.replace(f"subject {subject!r}: ", "")
            people.setdefault((where, message, issue.fix), []).append(subject)
    found = []
    for (where, message, fix), subjects in people.items():
        if len(subjects) == 1:
            whom = f"subject {subjects[0]!r}"
        else:
            more = f" and {len(subjects) - 3} more" if len(subjects) > 3 else ""
            whom = f"subjects {', '.join(map(repr, subjects[:3]))}{more}"
        found.append(Issue("error", where, f"{whom}: {message}", fix))
    return found
