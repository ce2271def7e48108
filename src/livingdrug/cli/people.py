"""What the commands on people's data share: options, notes on the error stream, figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.exits import complain
from livingdrug.core.errors import Issue, OptionError, format_issues, raise_issues

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from livingdrug.clinical.rates import Rate

__all__ = [
    "LONGEST_TABLE",
    "check_figure",
    "finite",
    "parse_columns",
    "rate_json",
    "rate_text",
    "say",
    "write_figure",
]

LONGEST_TABLE = 100
"""Rows that a table on the terminal shows; --json has them all."""


def say(issues: Sequence[Issue]) -> None:
    """Print warnings, in one message, on the error stream.

    Parameters
    ----------
    issues : sequence of Issue
    """
    if issues:
        complain(f"warning: {format_issues(issues)}")


def finite(value: float) -> float | None:
    """Return a number for JSON, which has neither NaN nor infinity.

    Parameters
    ----------
    value : float

    Returns
    -------
    float or None
    """
    return float(value) if math.isfinite(value) else None


def parse_columns(given: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Read repeated ``--column name=header`` options.

    Parameters
    ----------
    given : sequence of str
    known : sequence of str
        Names that may be given.

    Returns
    -------
    dict from str to str
        Of every known name to the header that stands for it: itself unless given.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> parse_columns(["subject=id"], ["subject", "day"])
    {'subject': 'id', 'day': 'day'}
    """
    found = {name: name for name in known}
    issues = []
    for item in given:
        name, equals, header = (part.strip() for part in item.partition("="))
        if not equals or not header or name not in found:
            allowed = ", ".join(known)
            issues.append(
                Issue("error", "--column", f"{item!r} given", f"as subject=id; names: {allowed}")
            )
        else:
            found[name] = header
    raise_issues(issues, OptionError)
    return found


def check_figure(plot: tuple[str, str] | None, kinds: Sequence[str], *, force: bool) -> None:
    """Refuse, before any work, a figure that cannot be drawn or written.

    Parameters
    ----------
    plot : tuple of (kind, file) or None
    kinds : sequence of str
    force : bool
    """
    if plot is None:
        return
    from livingdrug.core.errors import UnknownNameError, unknown_name
    from livingdrug.core.files import check_output
    from livingdrug.plot.course import figure_format

    kind, path = plot
    if kind not in kinds:
        raise UnknownNameError([unknown_name("figure", kind, kinds, where="--plot")])
    figure_format(path)
    check_output(path, force)


def write_figure(
    plot: tuple[str, str] | None, draw: Callable[[str], Figure], *, force: bool
) -> list[str]:
    """Draw and write the figure that was asked for.

    Parameters
    ----------
    plot : tuple of (kind, file) or None
    draw : callable
        From the kind to the figure.
    force : bool

    Returns
    -------
    list of str
        What was written.
    """
    if plot is None:
        return []
    from livingdrug.plot.course import save_figure

    kind, path = plot
    save_figure(draw(kind), path, force)
    return [path]


def rate_text(rate: Rate) -> str:
    """Return a proportion as a table shows it.

    Parameters
    ----------
    rate : Rate

    Returns
    -------
    str
    """
    if not rate.n:
        return "0/0"
    limits = f"{100 * rate.lower:.1f} to {100 * rate.upper:.1f}"
    return f"{rate.hits}/{rate.n}, {100 * rate.value:.1f} % ({limits})"


def rate_json(rate: Rate) -> dict[str, object]:
    """Return a proportion for JSON.

    Parameters
    ----------
    rate : Rate

    Returns
    -------
    dict
    """
    return {
        "hits": rate.hits,
        "n": rate.n,
        "value": finite(rate.value),
        "lower": rate.lower,
        "upper": rate.upper,
        "method": rate.method,
        "level": rate.level,
    }
