"""``livingdrug qualify``: re-run every installed check on this machine and write a report."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import RUN_ERROR, complain

if TYPE_CHECKING:
    from livingdrug.qc.qualification import Qualification

__all__ = ["qualify_command"]

_SHOWN = 10


def qualify_command(
    report: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the report: .html or .json.")
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(metavar="IDS", help="Only these, as kimmel2021,stein2019 [all]."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing report.")] = False,
) -> None:
    """Re-run every installed check on this machine: evidence, engines, kept code, files."""
    from livingdrug.core.files import check_output, write_text
    from livingdrug.qc.qualify import qualify

    names = _names(models)
    suffix = _suffix(report)
    if report is not None:
        check_output(report, force)  # before minutes of work
    with _progress(quiet=as_json) as progress:
        found = qualify(names, progress=progress)
    if report is not None:
        write_text(report, _written(found, suffix), force=force)
    if as_json:
        typer.echo(_written(found, ".json"), nl=False)
    else:
        _print(found, report)
    if not found.passed:
        complain(f"{len(found.failed):,} of {len(found.findings):,} checks failed")
        raise typer.Exit(
            RUN_ERROR
        )  # this installation does not do what it should; a report says so


def _names(text: str | None) -> list[str]:
    from livingdrug.core.errors import OptionError

    if text is None:
        return []
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise OptionError("--models: '' given; name ids, as kimmel2021,stein2019, or leave it out")
    return names


def _suffix(report: str | None) -> str:
    from pathlib import Path

    from livingdrug.core.errors import OptionError

    suffix = Path(report).suffix.lower() if report is not None else ""
    if report is not None and suffix not in (".html", ".htm", ".json"):
        raise OptionError(f"--report: {report!r} given; a report is written as .html or .json")
    return suffix


def _written(found: Qualification, suffix: str) -> str:
    from livingdrug.qc.qualification_page import qualification_page

    if suffix == ".json":
        return json.dumps(found.to_plain(), indent=2, allow_nan=False) + "\n"
    return qualification_page(found)


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show on the error stream which entry is being checked: a bar, or a line each in a log."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield lambda name, n, total: typer.echo(f"checking {name} ({n} of {total})", err=True)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from livingdrug.cli.tables import console

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task("starting")
        yield lambda name, n, total: bar.update(
            task, total=total, completed=n - 1, description=name
        )


def _print(found: Qualification, report: str | None) -> None:
    from livingdrug.cli.tables import echo, print_table

    echo(f"livingdrug {found.surroundings['livingdrug (version)']}, {found.started}")
    rows = [(kind, f"{good:,}", f"{total:,}") for kind, (good, total) in found.counts().items()]
    print_table(("check", "passed", "of"), rows)
    for item in found.failed[:_SHOWN]:
        where = " ".join(part for part in (item.model, item.variant) if part) or "installation"
        numbers = "" if item.got != item.got else f": {item.got:.8g}, expected {item.expected:.8g}"
        echo(f"FAILED {where}: {item.label}{numbers} {item.unit}; {item.note}")
    if len(found.failed) > _SHOWN:
        echo(f"and {len(found.failed) - _SHOWN:,} more")
    echo("all passed" if found.passed else "FAILED")
    if report is not None:
        echo(f"written: {report}")
