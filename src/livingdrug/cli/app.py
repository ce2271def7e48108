"""The application: its commands, and how errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from livingdrug.cli import (
    citation,
    compare,
    course,
    grade,
    groups,
    models,
    outcomes,
    petab,
    qualify,
    rerun,
    response,
    score,
    sensitivity,
    simulate,
    studies,
    studies_convert,
    survival,
    trial,
)
from livingdrug.cli.exits import DATA_ERROR, RUN_ERROR, complain, exit_code_of
from livingdrug.cli.records import RECORD_APPS
from livingdrug.core.errors import LivingDrugError

__all__ = ["app", "run"]

_INTERRUPTED = 130
"""What the parser of options makes of an interrupt."""

app = typer.Typer(
    name="livingdrug",
    help="Engineered immune cells against cancer, computable. Research simulation, not medical "
    "advice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.add_typer(models.app, name="models")
app.add_typer(trial.app, name="trial")
studies.app.command(name="convert")(studies_convert.convert_command)
app.add_typer(studies.app, name="studies")
app.add_typer(studies.app, name="study", hidden=True)  # one study is often meant
app.command(name="course")(course.course_command)
for _kind, _records in RECORD_APPS.items():
    app.add_typer(_records, name=_kind)
app.add_typer(grade.app, name="grade")
app.add_typer(score.app, name="score")
app.command(name="simulate")(simulate.simulate_command)
app.add_typer(petab.app, name="petab")
app.command(name="outcomes")(outcomes.outcomes_command)
app.command(name="compare")(compare.compare_command)
app.command(name="sensitivity")(sensitivity.sensitivity_command)
app.command(name="response")(response.response_command)
app.command(name="survival")(survival.survival_command)
app.command(name="groups")(groups.groups_command)
app.command(name="citation")(citation.citation_command)
app.command(name="rerun")(rerun.rerun_command)
app.command(name="qualify")(qualify.qualify_command)


def _show_version(value: bool) -> None:
    if value:
        from livingdrug._version import __version__

        typer.echo(f"livingdrug {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_show_version,
        is_eager=True,
        help="Show the version and exit.",
    ),
) -> None:
    del version


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the application and end the process.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process when not given.
    """
    words = list(arguments) if arguments is not None else None
    try:
        code = app(args=words, prog_name="livingdrug", standalone_mode=False)
        sys.stdout.flush()
    except LivingDrugError as error:
        complain(str(error))
        sys.exit(exit_code_of(error))
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except MemoryError:
        complain("out of memory; ask for fewer subjects or times")
        sys.exit(RUN_ERROR)
    except BrokenPipeError:  # whoever read the output has seen enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error found by the parser of options
            _complain_of_usage(error)
            sys.exit(DATA_ERROR)
        raise
    if code == _INTERRUPTED:
        complain("interrupted; nothing was written")
        code = RUN_ERROR
    sys.exit(code or 0)


def _complain_of_usage(error: Exception) -> None:
    """Print a usage error; the parser has no class in common over its versions."""
    message = str(getattr(error, "format_message")())  # noqa: B009  # no type declares it
    command = getattr(getattr(error, "ctx", None), "command_path", "livingdrug")
    if message.startswith("Usage:"):  # no command was given: this is its help
        typer.echo(message, err=True)
        return
    complain(f"{message.rstrip('.')} (see '{command} --help')")
