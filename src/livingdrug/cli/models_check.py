"""``livingdrug models verify`` and ``models check``: what models lack, and if they are right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import DATA_ERROR

if TYPE_CHECKING:
    from livingdrug.core.errors import Issue
    from livingdrug.qc.verify import Verification

__all__ = ["check_command", "verify_command"]

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Ids or files of models; all ids when none is named."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def check_command(model_ids: Names = None, as_json: AsJson = False) -> None:
    """Say what models lack to stand in the catalogue, sentence by sentence; simulates nothing."""
    from livingdrug.catalogue.index import list_entries
    from livingdrug.cli.tables import echo
    from livingdrug.qc.entry_checks import check_named

    found = {name: check_named(name)[1] for name in model_ids or list_entries()}
    if as_json:
        typer.echo(json.dumps([_issues_json(*item) for item in found.items()], indent=2))
    else:
        for name, issues in found.items():
            echo(f"{name}: {_count(issues)}")
            _print_issues(issues)
    if any(_is_error(issue) for issues in found.values() for issue in issues):
        raise typer.Exit(DATA_ERROR)


def _is_error(issue: Issue) -> bool:
    return issue.level == "error"


def _count(issues: Sequence[Issue]) -> str:
    errors = sum(_is_error(issue) for issue in issues)
    advice = len(issues) - errors
    parts = [f"{errors} to mend"] * bool(errors) + [f"{advice} to consider"] * bool(advice)
    return ", ".join(parts) or "complete"


def _print_issues(issues: Sequence[Issue]) -> None:
    from livingdrug.cli.tables import echo

    for number, issue in enumerate(issues, start=1):
        echo(f"  {number}. {'' if _is_error(issue) else 'advice: '}{issue}")


def _issues_json(name: str, issues: Sequence[Issue]) -> dict[str, object]:
    return {"id": name, "complete": not any(map(_is_error, issues)), "issues": _plain(issues)}


def _plain(issues: Sequence[Issue]) -> list[dict[str, str]]:
    return [
        {"level": i.level, "where": i.where, "message": i.message, "fix": i.fix} for i in issues
    ]


def verify_command(
    model_ids: Names = None,
    all_readouts: Annotated[
        bool, typer.Option("--all", help="Show every read-out, not only the failing ones.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Re-run the evidence of models: read-outs, and reactions against printed equations."""
    from livingdrug.catalogue.index import list_entries
    from livingdrug.qc.entry_checks import check_named
    from livingdrug.qc.verify import verify

    rows: list[dict[str, object]] = []
    good = True
    for name in model_ids or list_entries():
        entry, issues = check_named(name)
        errors = [issue for issue in issues if _is_error(issue)]
        good = good and not errors
        if entry is None or errors:  # numbers of what is not complete would say little
            if not as_json:
                _print_lacking(name, errors)
            rows.append({"id": name, "variant": "", "passed": False, "issues": _plain(errors)})
            continue
        for variant in entry.published.variants:
            result = verify(entry, variant)
            good = good and result.passed
            rows.append(_verification_json(result))
            if not as_json:  # as they come: each takes seconds
                _print_verification(result, all_readouts=all_readouts)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    if not good:
        raise typer.Exit(DATA_ERROR)


def _print_lacking(name: str, errors: Sequence[Issue]) -> None:
    from livingdrug.cli.tables import echo

    echo(f"{name}: {_count(errors)}; its read-outs were not run")
    _print_issues(errors)


def _verification_json(result: Verification) -> dict[str, object]:
    return {
        "id": result.entry.id,
        "variant": result.variant,
        "passed": result.passed,
        "issues": [],
        "readouts": [
            {
                "label": check.readout.label,
                "expected": check.readout.equals,
                "got": check.got,
                "unit": check.readout.unit,
                "witness": check.readout.witness,
                "at": check.readout.at,
                "passed": check.passed,
            }
            for check in result.checks
        ],
        "equations": [
            {"state": item.equation.state, "at": item.equation.at, "passed": item.passed}
            for item in result.equations
        ],
    }


def _print_verification(result: Verification, *, all_readouts: bool) -> None:
    from livingdrug.cli.tables import echo, print_table

    good = sum(check.passed for check in result.checks)
    equal = sum(item.passed for item in result.equations)
    echo(
        f"{result.entry.id}, variant {result.variant}: {'passed' if result.passed else 'FAILED'}; "
        f"{good} of {len(result.checks)} read-outs, {equal} of {len(result.equations)} printed "
        "equations"
    )
    shown = [check for check in result.checks if all_readouts or not check.passed]
    if shown:
        print_table(
            ("read-out", "expected", "got", "unit", "tolerance", "witness", ""),
            [
                (
                    check.readout.label,
                    f"{check.readout.equals:.8g}",
                    f"{check.got:.8g}",
                    check.readout.unit,
                    f"{check.readout.atol + check.readout.rtol * abs(check.readout.equals):.2g}",
                    check.readout.witness,
                    "ok" if check.passed else "FAILED",
                )
                for check in shown
            ],
        )
    for item in result.equations:
        if not item.passed:
            echo(f"  printed equation of {item.equation.state} differs by {item.worst:.3g}")
