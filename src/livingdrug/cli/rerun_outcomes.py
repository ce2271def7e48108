"""Repeat a run of ``livingdrug outcomes`` from its manifest."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.cli.options import parse_days
from livingdrug.cli.outcomes_request import (
    OutcomesRequest,
    parse_detection,
    parse_tumors,
    parse_turnovers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from livingdrug.cli.differences import Differences
    from livingdrug.cli.outcomes_run import OutcomesResult
    from livingdrug.cli.request import Request
    from livingdrug.core.provenance import Manifest

__all__ = ["compare_outcomes", "is_outcomes", "outcomes_request_of"]

_OWN = ("--tumor", "--detection", "--turnover", "--at", "--level")


def is_outcomes(manifest: Manifest) -> bool:
    """Whether a manifest is of the outcomes command.

    Parameters
    ----------
    manifest : Manifest

    Returns
    -------
    bool
    """
    return list(manifest.command[:2]) == ["livingdrug", "outcomes"] and len(manifest.command) > 2


def outcomes_request_of(
    manifest: Manifest, pairs: Sequence[tuple[str, str]], base_of: Callable[[Manifest], Request]
) -> OutcomesRequest:
    """Turn the command of a manifest back into a request.

    Parameters
    ----------
    manifest : Manifest
    pairs : sequence of (str, str)
        Its options with their values.
    base_of : callable
        Reads the manifest of a simulation.

    Returns
    -------
    OutcomesRequest
    """
    own: dict[str, list[str]] = {name: [] for name in _OWN}
    rest: list[str] = []
    for name, value in pairs:
        if name in own:
            own[name].append(value)
        else:
            rest += [name, value] if value else [name]
    command = ("livingdrug", "simulate", manifest.command[2], *rest)
    return OutcomesRequest(
        base_of(dataclasses.replace(manifest, command=command)),
        tumors=parse_tumors(own["--tumor"]),
        detection=parse_detection(own["--detection"]),
        turnover=parse_turnovers(own["--turnover"]),
        at=tuple(parse_days("--at", own["--at"][0])) if own["--at"] else (),
        level=float(own["--level"][0]) if own["--level"] else 0.95,
    )


def compare_outcomes(
    manifest: Manifest, result: OutcomesResult, path: Path, stored: Path
) -> tuple[Differences, str]:
    """List what differs between a recorded run and its repetition.

    Parameters
    ----------
    manifest : Manifest
    result : OutcomesResult
        Of the repetition.
    path : Path
        Of the manifest.
    stored : Path
        The result that was asked about, or its manifest.

    Returns
    -------
    Differences
    str
        Digest of the first outcomes.
    """
    from livingdrug.cli.differences import Differences, compare_manifests, course_differences
    from livingdrug.cli.report_outcomes import outcomes_dataset
    from livingdrug.interop.course_files import read_course

    lines: list[str] = []
    if path.parent.suffix.lower() == ".zarr":
        changed = course_differences(read_course(path.parent), outcomes_dataset(result))
        lines += [f"stored {line}" for line in changed]
    elif stored != path and stored.is_file() and _changed(manifest, stored):
        lines.append(f"stored {stored.name}: is not the file that the run wrote")
    names = [name for name in result.manifest.outputs if name.startswith("outcomes")]
    found = [compare_manifests(manifest, result.manifest, name, []) for name in names]
    results = [line for part in found for line in part.results]
    return (
        Differences(tuple(dict.fromkeys([*results, *lines])), found[0].surroundings),
        result.manifest.outputs[names[0]],
    )


def _changed(manifest: Manifest, stored: Path) -> bool:
    from livingdrug.core.provenance import sha256_file

    return sha256_file(stored) not in manifest.outputs.values()
