"""Write what a simulation gave: each result with its manifest, all of them or none."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.core.errors import OutputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from livingdrug.cli.request import Request
    from livingdrug.cli.simulation import Outcome
    from livingdrug.core.provenance import Manifest

__all__ = ["check_outputs", "manifest_path", "stage_result", "write_outputs"]

_STORE = ".zarr"


def manifest_path(result: str) -> Path:
    """Return where the manifest of a result lies.

    Parameters
    ----------
    result : str

    Returns
    -------
    Path
        Inside a Zarr store, beside other files; `interop.stream` puts its own into any folder.
    """
    path = Path(result)
    if path.suffix.lower() == _STORE:
        return path / "manifest.json"
    return path.with_name(path.name + ".manifest.json")


def check_outputs(request: Request, *, force: bool) -> None:
    """Refuse, before any work, what cannot be written.

    Parameters
    ----------
    request : Request
    force : bool
        Existing results may be replaced.

    Raises
    ------
    OptionError, OutputError
    """
    from livingdrug.core.files import check_output

    if request.out:
        from livingdrug.interop.course_files import FORMATS, course_format

        check_output(request.out, force, kind=FORMATS[course_format(request.out)])
    if request.plot:
        from livingdrug.plot.course import figure_format

        figure_format(request.plot)
        check_output(request.plot, force)
    for result in (request.out, request.plot):
        if result and Path(result).suffix.lower() != _STORE:
            check_output(manifest_path(result), force)


def write_outputs(outcome: Outcome, *, force: bool) -> list[str]:
    """Write the course and the figure that were asked for.

    Parameters
    ----------
    outcome : Outcome
    force : bool
        Existing results may be replaced; they stay until everything new is complete.

    Returns
    -------
    list of str
        What was written, without the manifests.

    Raises
    ------
    OutputError
        When something cannot be written; then nothing is.
    """
    request = outcome.request
    writers: list[tuple[str, Callable[[Path], None]]] = []
    if request.out:
        writers.append((request.out, lambda target: _write_course(target, outcome)))
    if request.plot:
        writers.append((request.plot, lambda target: _write_figure(target, outcome)))
    # every file is complete under a temporary name before the first one takes its place
    with contextlib.ExitStack() as stack:
        for result, write in writers:
            stage_result(stack, result, write, outcome.manifest, force=force)
    return [result for result, _ in writers]


def stage_result(
    stack: contextlib.ExitStack,
    result: str,
    write: Callable[[Path], None],
    manifest: Manifest,
    *,
    force: bool,
) -> None:
    """Write a result and its manifest under temporary names, which a stack puts in place.

    Parameters
    ----------
    stack : contextlib.ExitStack
    result : str
    write : callable
        Writes to a path.
    manifest : Manifest
    force : bool
        An existing result may be replaced.
    """
    from livingdrug.core.files import atomic_path
    from livingdrug.core.provenance import sha256_file, write_manifest

    is_store = Path(result).suffix.lower() == _STORE
    try:
        temporary = stack.enter_context(
            atomic_path(result, force=force, kind="directory" if is_store else "file")
        )
        write(temporary)
        if is_store:
            write_manifest(temporary / "manifest.json", manifest)
            return
        digests = {**manifest.outputs, Path(result).name: sha256_file(temporary)}
        beside = stack.enter_context(atomic_path(manifest_path(result), force=force))
        write_manifest(beside, dataclasses.replace(manifest, outputs=digests))
    except OSError as error:
        cause = error.__cause__ if isinstance(error, OutputError) else error
        if not isinstance(cause, OSError):
            raise
        # a failing write names the temporary file; the user knows the result
        raise OutputError(f"{result}: cannot be written: {cause.strerror or cause}") from cause


def _write_course(target: Path, outcome: Outcome) -> None:
    from livingdrug.interop.course_files import write_course

    write_course(target, outcome.course.assign_attrs(provenance=outcome.manifest.to_json()))


def _write_figure(target: Path, outcome: Outcome) -> None:
    from livingdrug.plot.course import plot_course, save_figure

    if "replicate" in outcome.course.dims:
        save_figure(_figure_of_runs(outcome), target)
        return
    figure = plot_course(outcome.course, study=outcome.study, comparisons=outcome.comparisons)
    save_figure(figure, target)


def _figure_of_runs(outcome: Outcome) -> Figure:
    """Draw sample paths by outcome; without a tumour, medians and bands over runs."""
    from livingdrug.cli.runs import as_runs
    from livingdrug.core.errors import OptionError
    from livingdrug.plot.course import plot_course
    from livingdrug.plot.outcomes import sample_paths
    from livingdrug.solve.outcome_reductions import outcome_rules

    try:
        rules = outcome_rules(outcome.model)
    except OptionError:
        note = "Spread is between the runs of the subjects, not between people."
        return plot_course(as_runs(outcome.course), note=note)
    return sample_paths(outcome.course, rules)
