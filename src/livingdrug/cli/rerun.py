"""``livingdrug rerun``: repeat a run from its manifest and compare."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.exits import DATA_ERROR
from livingdrug.cli.jump_options import JumpOptions
from livingdrug.cli.options import parse_pairs, parse_visits
from livingdrug.cli.request import Request
from livingdrug.core.errors import DataError

if TYPE_CHECKING:
    from livingdrug.cli.differences import Differences
    from livingdrug.core.provenance import Manifest

__all__ = ["find_manifest", "rerun_command"]


def rerun_command(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A result of 'simulate' or 'outcomes', or its manifest."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Repeat a run from its manifest; say identical, or what differs and by how much."""
    from livingdrug.cli.differences import compare_manifests, compare_runs
    from livingdrug.cli.pieces import compare_pieces
    from livingdrug.cli.report import progress_bar
    from livingdrug.cli.rerun_outcomes import is_outcomes
    from livingdrug.cli.simulation import run_request
    from livingdrug.core.provenance import read_manifest
    from livingdrug.interop.journal import JOURNAL

    path = find_manifest(file)
    manifest = read_manifest(path)
    if is_outcomes(manifest):
        found, digest = _rerun_outcomes(manifest, path, Path(file), as_json=as_json)
        _report(found, digest, "outcomes", as_json=as_json)
        return
    request = request_of(manifest, path)
    with progress_bar(request.expected_runs, quiet=as_json) as progress:
        if request.piece_size is not None:
            folder = path.parent if (path.parent / JOURNAL).is_file() else None
            repeated, lines = compare_pieces(request, folder, progress)
            found = compare_manifests(manifest, repeated, "pieces", lines)
            digest = repeated.outputs["pieces"]
        else:
            outcome = run_request(request, progress)
            found = compare_runs(manifest, outcome, path, Path(file))
            digest = outcome.manifest.outputs["course"]
    what = "course" if request.piece_size is None else "pieces"
    _report(found, digest, what, as_json=as_json)


def _rerun_outcomes(
    manifest: Manifest, path: Path, file: Path, *, as_json: bool
) -> tuple[Differences, str]:
    from livingdrug.cli.outcomes_run import run_outcomes
    from livingdrug.cli.report import progress_bar
    from livingdrug.cli.rerun_outcomes import compare_outcomes, outcomes_request_of

    pairs = _options(list(manifest.command[3:])) or []
    request = outcomes_request_of(manifest, pairs, lambda base: request_of(base, path))
    with progress_bar(request.base.expected_runs, quiet=as_json) as progress:
        result = run_outcomes(request, progress)
    return compare_outcomes(manifest, result, path, file)


def _report(found: Differences, digest: str, what: str, *, as_json: bool) -> None:
    if as_json:
        content = {
            "identical": not found.results,
            what: digest,
            "differences": list(found.results),
            "surroundings": list(found.surroundings),
        }
        typer.echo(json.dumps(content, indent=2))
    else:
        _print(found, digest)
    if found.results:
        raise typer.Exit(DATA_ERROR)


def _print(found: Differences, digest: str) -> None:
    typer.echo("different:" if found.results else f"identical: {digest}")
    for line in found.results:
        typer.echo(f"  {line}")
    if found.surroundings:
        typer.echo("surroundings that have changed since the run:")
        for line in found.surroundings:
            typer.echo(f"  {line}")


def find_manifest(file: str) -> Path:
    """Find the manifest of a result.

    Parameters
    ----------
    file : str
        A manifest, a file with one beside it, or a store with one inside.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        When there is none.
    """
    path = Path(file)
    tried = [
        path / "manifest.json",
        path / "_manifest.json",
        path.with_name(path.name + ".manifest.json"),
    ]
    if path.is_file() and path.name.endswith("manifest.json"):
        return path
    for candidate in tried:
        if candidate.is_file():
            return candidate
    if not path.exists():
        raise DataError(f"{file}: there is no such file")
    names = " or ".join(str(item) for item in tried)
    raise DataError(f"{file}: no manifest is with it; looked for {names}")


def request_of(manifest: Manifest, path: Path) -> Request:
    """Turn the command of a manifest back into a request.

    Parameters
    ----------
    manifest : Manifest
    path : Path
        Of the manifest; inputs are looked for from its folder when they are not found here.

    Returns
    -------
    Request

    Raises
    ------
    DataError
        When the command is not a simulation, or an input is missing or has changed.
    """
    words = list(manifest.command)
    options = _options(words[3:])
    if words[:2] != ["livingdrug", "simulate"] or len(words) < 3 or options is None:
        raise DataError(
            f"{path}: the command {' '.join(words)!r} cannot be repeated; only runs of "
            "'livingdrug simulate' and 'livingdrug outcomes' can"
        )
    fields: dict[str, object] = {"model": words[2]}
    jumps: dict[str, object] = {}
    pairs: dict[str, list[str]] = {"set": [], "assume-cv": [], "turnover": [], "count": []}
    kinds = {field.name: str(field.type) for field in dataclasses.fields(Request)}
    of_jumps = {field.name: str(field.type) for field in dataclasses.fields(JumpOptions)}
    for option, value in options:
        name = option.removeprefix("--")
        if name in pairs:
            pairs[name].append(value)
            continue
        key = name.replace("-", "_")
        if key not in kinds | of_jumps or key == "jumps":
            raise DataError(f"{path}: unknown option {option!r} in the command")
        try:
            if key in of_jumps:
                jumps[key] = _read(of_jumps[key], value)
            else:
                fields[key] = _read(kinds[key], value)
        except ValueError as error:
            raise DataError(f"{path}: {option} {value} in the command: {error}") from error
    fields["values"] = tuple(parse_pairs("--set", pairs["set"]).items())
    fields["assume_cv"] = tuple(parse_pairs("--assume-cv", pairs["assume-cv"]).items())
    jumps["turnover"] = tuple(parse_pairs("--turnover", pairs["turnover"]).items())
    jumps["count"] = tuple(pairs["count"])
    fields["jumps"] = JumpOptions(**jumps)  # type: ignore[arg-type]
    for key in ("model", "study", "data"):
        if key in fields:
            fields[key] = _find_input(str(fields[key]), manifest, path)
    fields["out"] = fields["plot"] = ""
    return Request(**fields)  # type: ignore[arg-type]


def _options(words: list[str]) -> list[tuple[str, str]] | None:
    """Pair options with their values; None when one has lost its value."""
    pairs = []
    rest = iter(words)
    for option in rest:
        value = "" if option in ("--reduce", "--round-initial") else next(rest, None)
        if value is None:
            return None
        pairs.append((option, value))
    return pairs


def _read(kind: str, value: str) -> object:
    if kind == "bool":
        return True
    if kind.startswith("tuple[float"):
        return tuple(parse_visits(value))
    if kind.startswith("int"):
        return int(value)
    return float(value) if kind.startswith("float") else value


def _find_input(name: str, manifest: Manifest, path: Path) -> str:
    from livingdrug.core.provenance import sha256_file

    recorded = {item.name: item.sha256 for item in manifest.inputs}
    if name not in recorded:
        return name
    here = [Path(name), path.parent / name, path.parent.parent / name]
    found = [item for item in here if item.exists()]
    if not found:
        raise DataError(
            f"{path}: the input {name!r} is not here nor beside the manifest; copy it there"
        )
    for item in found:
        if sha256_file(item) == recorded[name]:
            return os.fspath(item)
    raise DataError(f"{found[0]}: the input has changed since the run (its SHA-256 differs)")
