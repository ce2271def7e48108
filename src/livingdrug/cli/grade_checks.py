"""Checks of the options of ``livingdrug grade``, before any work is done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.core.errors import Issue, OptionError, UnknownNameError, raise_issues, unknown_name

if TYPE_CHECKING:
    from livingdrug.cli.grade_frame import Graded, Person

__all__ = [
    "check_files",
    "check_hold",
    "check_people",
    "check_platelets",
    "check_scales",
    "check_unconfirmed",
]


def check_files(out: str, adae: str, plot: str, *, force: bool) -> None:
    """Refuse, before any work, what cannot be written.

    Parameters
    ----------
    out, adae, plot : str
        Empty for none.
    force : bool
    """
    from livingdrug.core.files import check_output

    for path in (out, adae):
        if path and not path.lower().endswith(".csv"):
            raise OptionError(f"{path}: tables of grades are written as .csv; choose that suffix")
        if path:
            check_output(path, force)
    if plot:
        from livingdrug.plot.course import figure_format

        figure_format(plot)
        check_output(plot, force)


def check_scales(scales: Sequence[str], *, unconfirmed: bool) -> None:
    """Refuse unknown scales, and unconfirmed ones unless they are asked for.

    Parameters
    ----------
    scales : sequence of str
    unconfirmed : bool
    """
    from livingdrug.clinical.grading.crs import SCALES, UNCONFIRMED_SCALES

    issues = []
    for name in scales:
        if name in UNCONFIRMED_SCALES and not unconfirmed:
            message = f"the rules of {name!r} were not confirmed in a source"
            issues.append(Issue("error", "--scale", message, "add --unconfirmed to see it"))
        elif name not in SCALES and name not in UNCONFIRMED_SCALES:
            issues.append(unknown_name("scale", name, SCALES, where="--scale"))
    if not scales:
        issues.append(Issue("error", "--scale", "no scale given", f"known: {', '.join(SCALES)}"))
    raise_issues(issues, OptionError)


def check_unconfirmed(what: str, *, given: bool) -> None:
    """Refuse rules that were not confirmed unless they are asked for.

    Parameters
    ----------
    what : str
        Whose rules.
    given : bool
        They were asked for.
    """
    if not given:
        message = f"the rules of {what} were not confirmed in a source"
        fix = "add --unconfirmed to see them"
        raise OptionError([Issue("error", "--unconfirmed", message, fix)])


def check_platelets(limit: float) -> float:
    """Check the lower limit of the normal range of platelets.

    Parameters
    ----------
    limit : float, 10^9/L

    Returns
    -------
    float
    """
    if not (math.isfinite(limit) and 75 <= limit <= 400):
        raise OptionError(f"--platelets-below: {limit:g} given; allowed are 75 to 400 (10^9/L)")
    return limit


def check_hold(hours: float) -> float:
    """Check how long a row holds.

    Parameters
    ----------
    hours : float

    Returns
    -------
    float
    """
    if not (math.isfinite(hours) and 0 < hours <= 168):
        raise OptionError(f"--hold-hours: {hours:g} given; allowed are more than 0 to 168")
    return hours


def check_people(graded: Graded[Person], explain: str) -> None:
    """Refuse when nobody could be graded, or the person to explain is not among them.

    Parameters
    ----------
    graded : Graded
    explain : str
        A person, or empty.
    """
    from livingdrug.cli.ward_file import check_somebody

    check_somebody(graded.people, graded.left_out)
    known = [person.subject for person in graded.people]
    if not explain or explain in known:
        return
    if explain in graded.left_out:
        raise OptionError(
            f"--explain: {explain!r} was left out because of its rows; run without it"
        )
    raise UnknownNameError([unknown_name("patient", explain, known, where="--explain")])
