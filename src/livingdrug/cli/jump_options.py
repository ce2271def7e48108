"""Options of the methods that simulate jumps of single cells, shared by commands."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from livingdrug.cli.options import parse_number, parse_whole
from livingdrug.core.errors import CapabilityError, Issue, OptionError, SolveError

if TYPE_CHECKING:
    from livingdrug.solve.stochastic import Stochastic

__all__ = [
    "MAX_REPLICATES", "Count", "Epsilon", "JumpOptions", "MaxEvents", "Release", "Replicates",
    "RoundInitial", "Threshold", "Turnover", "command_words", "options_as_given",
]  # fmt: skip

MAX_REPLICATES = 1_000_000

Replicates = Annotated[
    int | None,
    typer.Option(
        parser=parse_whole, metavar="N",
        help="Runs of each subject, with a method that simulates jumps; adds a dimension.",
    ),
]  # fmt: skip
Threshold = Annotated[
    float | None,
    typer.Option(
        parser=parse_number, metavar="NUMBER",
        help="hybrid: cells at or below which a population is counted, or inf [10000].",
    ),
]  # fmt: skip
Release = Annotated[
    float | None,
    typer.Option(
        parser=parse_number, metavar="NUMBER",
        help="hybrid: above this multiple of the threshold it is continuous again [1.5].",
    ),
]  # fmt: skip
Epsilon = Annotated[
    float | None,
    typer.Option(
        parser=parse_number, metavar="NUMBER",
        help="tau, langevin: largest relative change of a propensity in a leap [0.03].",
    ),
]  # fmt: skip
Turnover = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Births and deaths per cell and day that a net rate hides. Marked ASSUMED.",
    ),
]
Count = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SPECIES", help="Count this species, and only those named [all that can be]."
    ),
]
RoundInitial = Annotated[
    bool,
    typer.Option("--round-initial", help="Round initial values that are no whole number of cells."),
]
MaxEvents = Annotated[
    int | None,
    typer.Option(
        parser=parse_whole, metavar="N",
        help="Jumps after which a run is stopped and marked [100000000].",
    ),
]  # fmt: skip

_WORDS = (
    (r"turnover=\{'([^']*)': 0\.0\}", r"--turnover \1=0"),
    (r"method='(\w+)' or '(\w+)'", r"--method \1 or \2"),
    (r"raise max_events", "raise --max-events"),
    (r"more jumps than max_events", "more jumps than --max-events"),
    (r"Stochastic\(initial='round'\)", "--round-initial"),
)
"""What the functions call an option, and what the command line calls it."""

_HYBRID, _LEAPS = ("hybrid",), ("tau", "langevin")
_EXACT = ("ssa", "tau", "langevin")


def command_words(text: str) -> str:
    """Name options in a message as the command line does.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> command_words("state it: turnover={'N': 0.0}, in 1/day")
    'state it: --turnover N=0, in 1/day'
    """
    for pattern, replacement in _WORDS:
        text = re.sub(pattern, replacement, text)
    return text


@contextlib.contextmanager
def options_as_given() -> Iterator[None]:
    """Let errors name options as the command line does.

    Raises
    ------
    LivingDrugError
        Of the class that was raised.
    """
    try:
        yield
    except (CapabilityError, OptionError, SolveError) as error:
        issues = [
            dataclasses.replace(
                item, message=command_words(item.message), fix=command_words(item.fix)
            )
            for item in error.issues
        ]
        raise type(error)(issues) from None


@dataclass(frozen=True, slots=True)
class JumpOptions:
    """What a command says of the simulation of jumps; None and empty where it says nothing.

    Attributes
    ----------
    replicates : int or None
    threshold, release, epsilon : float or None
    turnover : tuple of (str, float)
    count : tuple of str
    round_initial : bool
    max_events : int or None
    """

    replicates: int | None = None
    threshold: float | None = None
    release: float | None = None
    epsilon: float | None = None
    turnover: tuple[tuple[str, float], ...] = ()
    count: tuple[str, ...] = ()
    round_initial: bool = False
    max_events: int | None = None

    def issues(self, method: str, subjects: int) -> list[Issue]:
        """Find what cannot be asked for.

        Parameters
        ----------
        method : str
            Empty for the engine's own.
        subjects : int
            For the number of runs.

        Returns
        -------
        list of Issue
        """
        from livingdrug.solve.methods import JUMP_METHODS, METHODS

        given = [name for name, value in self._options() if value not in (None, (), False)]
        if method in METHODS or not method:
            fix = f"add --method {', '.join(list(JUMP_METHODS)[:-1])} or {list(JUMP_METHODS)[-1]}"
            text = f"needs a method that simulates jumps, and {method or 'the default'} does not"
            return [Issue("error", name, text, fix) for name in given]
        if method not in JUMP_METHODS:
            return []  # the unknown name is refused where methods are known
        return [*self._ranges(subjects), *self._misplaced(method, given)]

    def stochastic(self) -> Stochastic:
        """Return the options of the engine."""
        from livingdrug.solve.stochastic import Stochastic

        stated: dict[str, object] = {"turnover": dict(self.turnover)}
        for name in ("threshold", "release", "epsilon", "max_events"):
            value = getattr(self, name)
            if value is not None:
                stated[name] = value
        if self.count:
            stated["species"] = self.count
        if self.round_initial:
            stated["initial"] = "round"
        return Stochastic(**stated)  # type: ignore[arg-type]

    def _options(self) -> Iterator[tuple[str, object]]:
        for name in self.__slots__:
            yield "--" + name.replace("_", "-"), getattr(self, name)

    def _ranges(self, subjects: int) -> Iterator[Issue]:
        def wrong(name: str, value: object, allowed: str) -> Issue:
            return Issue("error", name, f"{value} given; {allowed}")

        if self.replicates is not None:
            if not 1 <= self.replicates <= MAX_REPLICATES:
                allowed = f"allowed are 1 to {MAX_REPLICATES:,}"
                yield wrong("--replicates", f"{self.replicates:,}", allowed)
            elif self.replicates * subjects > 10_000_000:
                text = f"{subjects:,} subjects x {self.replicates:,} replicates are "
                text += f"{self.replicates * subjects:,} runs; allowed are 10,000,000"
                yield Issue("error", "--replicates", text)
        if self.threshold is not None and not self.threshold >= 1.0:
            yield wrong("--threshold", f"{self.threshold:g}", "1 cell or more; inf counts always")
        if self.release is not None and not (math.isfinite(self.release) and self.release > 1.0):
            text = "more than 1: a population is released above the threshold it is counted below"
            yield wrong("--release", f"{self.release:g}", text)
        if self.epsilon is not None and not 0.0 < self.epsilon < 1.0:
            yield wrong("--epsilon", f"{self.epsilon:g}", "between 0 and 1; 0.03 is usual")
        if self.max_events is not None and not 1 <= self.max_events <= 10**15:
            yield wrong("--max-events", f"{self.max_events:,}", "1 or more")
        for name, value in self.turnover:
            if not (math.isfinite(value) and value >= 0.0):
                yield wrong(f"--turnover {name}", f"{value:g}", "0 or more per day")
        if len(set(self.count)) < len(self.count):
            yield Issue("error", "--count", "a species is named twice", "name each once")

    def _misplaced(self, method: str, given: Sequence[str]) -> Iterator[Issue]:
        homes = {
            "--threshold": _HYBRID,
            "--release": _HYBRID,
            "--epsilon": _LEAPS,
            "--round-initial": _EXACT,
        }
        for name in given:
            if method not in homes.get(name, (method,)):
                text = f"belongs to --method {' or '.join(homes[name])}, and {method} is given"
                yield Issue("error", name, text, "leave it out")
