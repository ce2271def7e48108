"""Exceptions and warnings of livingdrug, and the issue record that messages are made of.

Each error also inherits the built-in exception a caller would expect, so that code written
against the standard library keeps working.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "CapabilityError",
    "DataError",
    "DraftModelWarning",
    "Issue",
    "LivingDrugError",
    "LivingDrugWarning",
    "ModelError",
    "OptionError",
    "OutputError",
    "SolveError",
    "SubjectFailureWarning",
    "UnitError",
    "UnitWarning",
    "UnknownNameError",
    "format_issues",
    "nearest_names",
    "raise_issues",
    "unknown_name",
]

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem found by a check.

    Attributes
    ----------
    level : {"error", "warning"}
        An error stops the work; a warning is reported with the result.
    where : str
        Place of the problem in the user's words: ``"study.csv, row 7, column unit"`` or
        ``"kimmel2021, reaction kill"``.
    message : str
        What was given and what is allowed.
    fix : str
        What to do about it; empty when the message already says so.
    """

    level: Level
    where: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.fix})" if self.fix else text


def format_issues(issues: Sequence[Issue]) -> str:
    """Join issues into one message, one per line.

    Parameters
    ----------
    issues : sequence of Issue

    Returns
    -------
    str
    """
    if len(issues) == 1:
        return str(issues[0])
    lines = [f"{len(issues)} problems:"]
    lines += [f"  {number}. {issue}" for number, issue in enumerate(issues, start=1)]
    return "\n".join(lines)


class LivingDrugError(Exception):
    """Base of every error that livingdrug raises on purpose.

    Parameters
    ----------
    message : str or sequence of Issue
        Text, or all problems found at once.
    """

    def __init__(self, message: str | Sequence[Issue]) -> None:
        self.issues: tuple[Issue, ...]
        if isinstance(message, str):
            self.issues = (Issue("error", "", message),)
        else:
            self.issues = tuple(message)
        super().__init__(format_issues(self.issues))

    def __str__(self) -> str:  # KeyError would print the repr
        return format_issues(self.issues)


class ModelError(LivingDrugError, ValueError):
    """A model description is not valid.

    Attributes
    ----------
    draft : Model or None
        What was described, where the builder knows it.
    """

    draft: object = None


class UnitError(LivingDrugError, ValueError):
    """A unit is unknown or has the wrong dimension."""


class DataError(LivingDrugError, ValueError):
    """A table, study, cohort or course does not fit its schema."""


class OptionError(LivingDrugError, ValueError):
    """An option of a function or command has a value that is not allowed."""


class UnknownNameError(LivingDrugError, KeyError):
    """A name was not found; the message lists the nearest ones."""


class CapabilityError(LivingDrugError, NotImplementedError):
    """The request is valid but this backend, method or model cannot do it."""


class SolveError(LivingDrugError, RuntimeError):
    """The simulation of a whole ensemble failed."""


class OutputError(LivingDrugError, OSError):
    """A result cannot be written where it was asked for."""


class LivingDrugWarning(UserWarning):
    """Base of every warning that livingdrug issues."""


class DraftModelWarning(LivingDrugWarning):
    """The model has not been shown to reproduce its source."""


class SubjectFailureWarning(LivingDrugWarning):
    """Some subjects of an ensemble could not be simulated; they are marked."""


class UnitWarning(LivingDrugWarning):
    """An expression mixes dimensions in a model that only asks for warnings."""


def nearest_names(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """Return the known names closest to a misspelt one.

    Parameters
    ----------
    name : str
    known : iterable of str
    count : int, optional
        How many at most.

    Returns
    -------
    list of str
        Best match first; empty when nothing is near.

    Examples
    --------
    >>> nearest_names("kimmel2012", ["stein2019", "kimmel2021"])
    ['kimmel2021']
    """
    lowered = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), list(lowered), n=count, cutoff=0.5)
    return [lowered[match] for match in matches]


def unknown_name(kind: str, name: str, known: Iterable[str], *, where: str = "") -> Issue:
    """Build the issue for a name that was not found.

    Parameters
    ----------
    kind : str
        What was looked for, as ``"model"`` or ``"parameter"``.
    name : str
    known : iterable of str
    where : str, optional

    Returns
    -------
    Issue
    """
    candidates = sorted(known)
    near = nearest_names(name, candidates)
    if near:
        fix = "did you mean " + " or ".join(repr(match) for match in near) + "?"
    elif candidates:
        shown = ", ".join(candidates[:12]) + (", ..." if len(candidates) > 12 else "")
        fix = f"known: {shown}"
    else:
        fix = "there are none"
    return Issue("error", where, f"unknown {kind} {name!r}", fix)


def raise_issues(issues: Sequence[Issue], error: type[LivingDrugError]) -> None:
    """Raise one error that lists every issue of level ``"error"``, if there is any.

    Parameters
    ----------
    issues : sequence of Issue
    error : type of LivingDrugError

    Raises
    ------
    LivingDrugError
        Of the given type.
    """
    errors = [issue for issue in issues if issue.level == "error"]
    if errors:
        raise error(errors)
