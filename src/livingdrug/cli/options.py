"""Read the values of options: numbers, ``name=value`` pairs and lists of days."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import typer

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["parse_days", "parse_number", "parse_pairs", "parse_visits", "parse_whole"]


def parse_number(text: str | float) -> float:
    """Read the number of an option; the caller checks its range.

    Parameters
    ----------
    text : str or float
        A default comes as a number.

    Returns
    -------
    float

    Raises
    ------
    typer.BadParameter
        Naming what was given.
    """
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number") from None


def parse_whole(text: str | int) -> int:
    """Read the whole number of an option; the caller checks its range.

    Parameters
    ----------
    text : str or int

    Returns
    -------
    int

    Raises
    ------
    typer.BadParameter
        Naming what was given.
    """
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a whole number") from None


def parse_pairs(option: str, given: Sequence[str]) -> dict[str, float]:
    """Read repeated ``name=value`` options, reporting every problem.

    Parameters
    ----------
    option : str
        As ``"--set"``, for messages.
    given : sequence of str

    Returns
    -------
    dict from str to float

    Raises
    ------
    OptionError

    Examples
    --------
    >>> parse_pairs("--set", ["r_B=0.2", "K_C=150"])
    {'r_B': 0.2, 'K_C': 150.0}
    """
    values: dict[str, float] = {}
    issues = []
    for item in given:
        name, equals, text = item.partition("=")
        name = name.strip()
        number = _number(text)
        if not equals or not name:
            issues.append(
                Issue("error", option, f"{item!r} is not name=value", f"as {option} name=0.3")
            )
        elif number is None:
            issues.append(Issue("error", option, f"{text!r} in {item!r} is not a number"))
        elif name in values:
            issues.append(Issue("error", option, f"{name!r} is given twice", "give it once"))
        else:
            values[name] = number
    raise_issues(issues, OptionError)
    return values


def parse_visits(text: str) -> list[float]:
    """Read the days of ``--visits``.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of float

    Raises
    ------
    OptionError
    """
    return parse_days("--visits", text)


def parse_days(option: str, text: str) -> list[float]:
    """Read days, as ``"7,14,28"``.

    Parameters
    ----------
    option : str
        For messages.
    text : str

    Returns
    -------
    list of float
        Increasing.

    Raises
    ------
    OptionError
    """
    days = []
    issues = []
    for piece in text.split(","):
        number = _number(piece)
        if number is None or not math.isfinite(number):
            issues.append(
                Issue("error", option, f"{piece.strip()!r} is not a day", f"as {option} 7,14,28")
            )
        else:
            days.append(number)
    raise_issues(issues, OptionError)
    if any(b <= a for a, b in itertools.pairwise(days)):
        raise OptionError(f"{option}: days must increase, each given once; {text!r} given")
    return days


def _number(text: str) -> float | None:
    try:
        number = float(text.strip())
    except ValueError:
        return None
    return None if math.isnan(number) else number
