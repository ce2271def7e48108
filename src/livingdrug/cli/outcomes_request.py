"""What the outcomes command asks for, checked before anything runs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from livingdrug.cli.request import Request
from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["OutcomesRequest", "parse_detection", "parse_tumors", "parse_turnovers"]


@dataclass(frozen=True, slots=True)
class OutcomesRequest:
    """Outcomes as the command line asks for them.

    Attributes
    ----------
    base : Request
        Who is simulated, and how.
    tumors : mapping from label to species, or None
    detection : float, mapping from label to float, or None
    turnover : mapping from species to tuple of float
    at : tuple of float
        Days at which incidences are printed.
    level : float
    """

    base: Request
    tumors: Mapping[str, str] | None = None
    detection: float | Mapping[str, float] | None = None
    turnover: Mapping[str, tuple[float, ...]] = dataclasses.field(default_factory=dict)
    at: tuple[float, ...] = ()
    level: float = 0.95

    def __post_init__(self) -> None:
        issues = []
        if not 0.0 < self.level < 1.0:
            text = f"{self.level:g} given; it must lie between 0 and 1, as 0.95"
            issues.append(Issue("error", "--level", text))
        late = [day for day in self.at if not 0.0 <= day <= self.end]
        if late:
            text = f"day {late[0]:g} is not simulated; the period is day 0 to {self.end:g}"
            issues.append(Issue("error", "--at", text, "raise --days or leave it out"))
        raise_issues(issues, OptionError)

    @property
    def end(self) -> float:
        """The horizon."""
        return self.base.days or 365.0

    @property
    def replicates(self) -> int:
        """Runs of each person."""
        return self.base.jumps.replicates or 1

    def arguments(self) -> list[str]:
        """Return the command that asks for this."""
        words = ["livingdrug", "outcomes", *self.base.arguments()[2:]]
        for label, name in (self.tumors or {}).items():
            words += ["--tumor", f"{label}={name}"]
        if isinstance(self.detection, Mapping):
            for label, level in self.detection.items():
                words += ["--detection", f"{label}={level!r}"]
        elif self.detection is not None:
            words += ["--detection", repr(self.detection)]
        for name, values in self.turnover.items():
            words += ["--turnover", f"{name}={','.join(map(repr, values))}"]
        if self.at:
            words += ["--at", ",".join(map(repr, self.at))]
        return words + ([] if self.level == 0.95 else ["--level", repr(self.level)])


def parse_turnovers(given: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Read repeated ``NAME=V`` or ``NAME=V,V,V``.

    Parameters
    ----------
    given : sequence of str

    Returns
    -------
    dict from str to tuple of float

    Raises
    ------
    OptionError
        Listing every problem.
    """
    found: dict[str, tuple[float, ...]] = {}
    issues = []
    for item in given:
        name, equals, text = (part.strip() for part in item.partition("="))
        values: list[float] = []
        with_numbers = bool(equals and name and text)
        for piece in text.split(","):
            try:
                values.append(float(piece))
            except ValueError:
                with_numbers = False
        if not with_numbers:
            fix = "as --turnover T=0,0.05,0.2"
            issues.append(Issue("error", "--turnover", f"{item!r} is not name=values", fix))
        elif not all(math.isfinite(value) and value >= 0.0 for value in values):
            issues.append(Issue("error", f"--turnover {name}", f"{text} given; 0 or more per day"))
        elif name in found or len(set(values)) < len(values):
            issues.append(Issue("error", f"--turnover {name}", "is given twice", "give it once"))
        found[name] = tuple(values)
    raise_issues(issues, OptionError)
    return found


def parse_tumors(given: Sequence[str]) -> dict[str, str] | None:
    """Read repeated ``SPECIES`` or ``LABEL=SPECIES``.

    Parameters
    ----------
    given : sequence of str

    Returns
    -------
    dict from label to species, or None
        None when nothing was given.

    Raises
    ------
    OptionError
    """
    found: dict[str, str] = {}
    for item in given:
        label, equals, name = (part.strip() for part in item.partition("="))
        if not label or (equals and not name):
            raise OptionError(f"--tumor: {item!r} given; as --tumor TP or antigen-positive=TP")
        if label in found:
            raise OptionError(f"--tumor: {label!r} is given twice; give it once")
        found[label] = name or label
    return found or None


def parse_detection(given: Sequence[str]) -> float | dict[str, float] | None:
    """Read one number, or repeated ``LABEL=NUMBER``.

    Parameters
    ----------
    given : sequence of str

    Returns
    -------
    float, dict from label to float, or None

    Raises
    ------
    OptionError
    """
    from livingdrug.cli.options import parse_pairs

    if len(given) == 1 and "=" not in given[0]:
        try:
            return float(given[0])
        except ValueError:
            raise OptionError(f"--detection: {given[0]!r} is not a number") from None
    return parse_pairs("--detection", given) or None
