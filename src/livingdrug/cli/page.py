"""Write the page of a course that virtual-trial commands draw, with its manifest."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.core.errors import OutputError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    from livingdrug.cli.trial_request import TrialResult
    from livingdrug.core.provenance import Manifest
    from livingdrug.model.model import Model
    from livingdrug.plot.clinical_page import PageFacts

__all__ = ["check_page", "course_drugs", "write_page", "write_trial_page"]


def check_page(plot: str, *, force: bool) -> None:
    """Refuse, before any work, a figure that cannot be written.

    Parameters
    ----------
    plot : str
    force : bool

    Raises
    ------
    OptionError, OutputError
    """
    from livingdrug.cli.outputs import manifest_path
    from livingdrug.core.files import check_output
    from livingdrug.plot.course import figure_format

    figure_format(plot)
    check_output(plot, force)
    check_output(manifest_path(plot), force)


def write_trial_page(
    result: TrialResult, plot: str, command: Sequence[str], started: str, *, force: bool
) -> None:
    """Draw the people of a virtual trial.

    Parameters
    ----------
    result : TrialResult
    plot : str
    command : sequence of str
    started : str
        UTC.
    force : bool
    """
    from livingdrug.plot.clinical_page import PageFacts

    made, plan, choices = result.made, result.plan, result.choices
    shown = made.course["subject"].values
    column = "failure_day" if plan.trial.endpoint == "EFS" else "event_day"
    days = made.people[column].reindex(subject=shown).values
    words = "event-free" if plan.trial.endpoint == "EFS" else "progression-free"
    facts = PageFacts(
        grades=made.grades,
        scale=plan.trial.crs_scale,
        drugs=course_drugs(made.course),
        failure=days,
        failure_name=f"{words} ({plan.trial.endpoint})",
        visits=plan.follow.visits,
    )
    subtitle = (
        f"Virtual trial, reference model v0.1, UNCALIBRATED  ·  {choices.subjects:,} people"
        f"{f', the first {shown.size} drawn' if shown.size < choices.subjects else ''}  ·  "
        f"policy {plan.policy}  ·  seed {choices.seed}"
    )
    write_page(
        plot, made.course, facts, plan.model, title=plan.trial.title, subtitle=subtitle,
        command=command, started=started, seed=choices.seed, assumed=made.assumed, force=force,
    )  # fmt: skip


def course_drugs(course: xr.Dataset) -> dict[str, NDArray[np.float64]]:
    """Return the days on which a policy gave each drug, from the log of a course.

    Parameters
    ----------
    course : xarray.Dataset

    Returns
    -------
    dict from str to ndarray
    """
    names = course["event_name"].values.astype(str)
    days = course["event_time"].values
    drugs = ("tocilizumab", "dexamethasone")
    return {drug: days[names == drug] for drug in drugs}


def write_page(
    plot: str,
    course: xr.Dataset,
    facts: PageFacts,
    model: Model,
    *,
    title: str,
    subtitle: str,
    command: Sequence[str],
    started: str,
    seed: int,
    assumed: Sequence[str],
    force: bool,
) -> None:
    """Write a page and its manifest, both or none.

    Parameters
    ----------
    plot : str
    course : xarray.Dataset
    facts : PageFacts
    model : Model
    title, subtitle : str
    command : sequence of str
    started : str
    seed : int
    assumed : sequence of str
    force : bool

    Raises
    ------
    OutputError
    """
    from livingdrug.cli.outputs import manifest_path
    from livingdrug.core.files import atomic_path
    from livingdrug.core.provenance import sha256_file, write_manifest
    from livingdrug.plot.clinical_page import plot_clinical_page
    from livingdrug.plot.course import save_figure

    note = "Assumed: " + "; ".join(assumed) + "." if assumed else ""
    figure = plot_clinical_page(course, facts, title=title, subtitle=subtitle, note=note)
    try:
        with contextlib.ExitStack() as stack:
            temporary = stack.enter_context(atomic_path(plot, force=force))
            save_figure(figure, temporary)
            digests = {Path(plot).name: sha256_file(temporary)}
            beside = stack.enter_context(atomic_path(manifest_path(plot), force=force))
            write_manifest(beside, _manifest(model, command, started, seed, assumed, digests))
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{plot}: cannot be written: {error.strerror or error}") from error


def _manifest(
    model: Model,
    command: Sequence[str],
    started: str,
    seed: int,
    assumed: Sequence[str],
    outputs: dict[str, str],
) -> Manifest:
    from livingdrug.core.provenance import ModelRecord, new_manifest

    return new_manifest(
        command=command,
        started=started,
        model=ModelRecord(
            model.id, model.variant, model.status, model.math_hash, model.evidence_hash
        ),
        seed=seed,
        outputs=outputs,
        assumptions=assumed,
    )
