"""What a time-to-event number is about: from when, which events, who is censored, who is in it.

Two curves are comparable only when these records agree; each result carries its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

from livingdrug.core.errors import DataError, Issue, raise_issues

__all__ = ["ESTIMANDS", "Censoring", "Estimand", "Event", "Start"]


class Start(Enum):
    """Day that a time is counted from."""

    ENROLMENT = "enrolment"
    RANDOMISATION = "randomisation"
    INFUSION = "infusion"
    RESPONSE = "response"
    """First response; only responders are in the population."""


class Event(Enum):
    """What can end a time."""

    PROGRESSION = "progression"
    """Progression, or relapse after a response."""
    NO_RESPONSE = "no response"
    """Failure to respond by a stated visit."""
    NEW_THERAPY = "new therapy"
    DEATH = "death"


class Censoring(Enum):
    """Where a time ends that no event ends."""

    LAST_ASSESSMENT = "last adequate assessment"
    """The last visit at which progression could have been seen."""
    LAST_CONTACT = "last contact"
    """The last day on which the person was known to be alive."""


@dataclass(frozen=True, slots=True)
class Estimand:
    """The definition of a time to an event.

    Attributes
    ----------
    name : str
        As ``"progression-free survival"``.
    start : Start
    events : tuple of Event
        The first of them is the event.
    censoring : Censoring
    censored_by_therapy : bool
        A person who begins another therapy is censored there: at the last assessment before it,
        or on the day itself, as `censoring` says. Not together with `Event.NEW_THERAPY`.
    visits : tuple of float, day
        The grid on which progression is looked for; empty when it is not needed or not stated.
    response_by : float, day
        Last day on which a response still counts; for `Event.NO_RESPONSE`.
    missed_visits : int
        A progression or death after more than this many missed visits in a row is censored at the
        last assessment before; 0 for never.
    population : str
        As ``"all enrolled"``.
    source : str
    """

    name: str
    start: Start
    events: tuple[Event, ...]
    censoring: Censoring
    censored_by_therapy: bool = False
    visits: tuple[float, ...] = ()
    response_by: float = math.nan
    missed_visits: int = 0
    population: str = "all infused"
    source: str = ""

    def __post_init__(self) -> None:
        issues = []

        def wrong(what: str, message: str) -> None:
            issues.append(Issue("error", f"estimand {self.name!r}, {what}", message))

        if not self.events:
            wrong("events", "there is none; name one or more")
        if Event.NEW_THERAPY in self.events and self.censored_by_therapy:
            wrong("censored_by_therapy", "a new therapy is already an event of it")
        if (Event.NO_RESPONSE in self.events) != math.isfinite(self.response_by):
            wrong("response_by", "goes with the event 'no response', and only with it")
        if any(b <= a for a, b in zip(self.visits, self.visits[1:], strict=False)):
            wrong("visits", f"{self.visits} must increase")
        if self.missed_visits < 0 or (self.missed_visits and not self.visits):
            wrong("missed_visits", "must be 0 or more, and needs the visits")
        raise_issues(issues, DataError)

    def on(self, visits: tuple[float, ...], population: str = "") -> Estimand:
        """Return the same estimand on the visits, and of the population, of a trial.

        Parameters
        ----------
        visits : tuple of float, day
        population : str, optional
            Unchanged when empty.

        Returns
        -------
        Estimand
        """
        return replace(self, visits=visits, population=population or self.population)

    def text(self) -> str:
        """Return the definition in one sentence.

        Returns
        -------
        str
        """
        events = " or ".join(event.value for event in self.events)
        words = f"{self.name}: from {self.start.value} to {events}, the first of them"
        if Event.NO_RESPONSE in self.events:
            words += f" (response by day {self.response_by:g})"
        words += f"; censored at {self.censoring.value}"
        if self.censored_by_therapy:
            words += ", also when another therapy begins"
        if self.missed_visits:
            words += f"; an event after more than {self.missed_visits} missed visits is censored"
        grid = ", ".join(f"{day:g}" for day in self.visits)
        words += f"; visits on day {grid}" if grid else "; visits not stated"
        return f"{words}; population: {self.population}."


_PFS = Estimand(
    "progression-free survival",
    Start.INFUSION,
    (Event.PROGRESSION, Event.DEATH),
    Censoring.LAST_ASSESSMENT,
    censored_by_therapy=True,
)

ESTIMANDS: Mapping[str, Estimand] = MappingProxyType(
    {
        "pfs": _PFS,
        "efs": Estimand(
            "event-free survival",
            Start.INFUSION,
            (Event.NO_RESPONSE, Event.PROGRESSION, Event.DEATH),
            Censoring.LAST_ASSESSMENT,
            censored_by_therapy=True,
            response_by=90.0,
            source="failure by 3 months as in trials of tisagenlecleucel (unconfirmed)",
        ),
        "os": Estimand("overall survival", Start.INFUSION, (Event.DEATH,), Censoring.LAST_CONTACT),
        "dor": Estimand(
            "duration of response",
            Start.RESPONSE,
            (Event.PROGRESSION, Event.DEATH),
            Censoring.LAST_ASSESSMENT,
            censored_by_therapy=True,
            population="all with a response",
        ),
    }
)
"""Usual definitions to start from. A trial's own protocol decides; change them with `replace`."""
