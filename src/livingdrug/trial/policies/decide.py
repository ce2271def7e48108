"""Who gets a drug now: the rules of a policy, applied to many people at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.grading.episodes import Episodes
from livingdrug.clinical.grading.rungs import crs_from_rungs
from livingdrug.records.drugs import Policy, Rule

__all__ = ["Decision", "Decisions", "Seen"]

FloatArray = NDArray[np.float64]
Truths = NDArray[np.bool_]

_SLACK = 1e-6  # day: decisions stand on sums of quarters of a day


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of people at a decision.

    Attributes
    ----------
    fever : ndarray of bool, shape (n,)
    pressure, oxygen : ndarray of rungs, shape (n,)
    icans : ndarray of int, shape (n,)
        Grade of neurotoxicity.
    """

    fever: Truths
    pressure: NDArray[np.int64]
    oxygen: NDArray[np.int64]
    icans: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Decision:
    """A drug that is given now.

    Attributes
    ----------
    rule : int
        Position in the policy.
    rows : ndarray of int
        Positions of the people who get it.
    """

    rule: int
    rows: NDArray[np.int64]


class Decisions:
    """The course of decisions for a group of people.

    Parameters
    ----------
    policy : Policy
    n : int
        Number of people.

    Attributes
    ----------
    episodes : Episodes
    grade : ndarray of int, shape (n,)
        At the last decision, on the scale of the policy.
    """

    def __init__(self, policy: Policy, n: int) -> None:
        self.policy, self.episodes = policy, Episodes(n)
        self.grade = np.zeros(n, dtype=np.int64)
        drugs = list(dict.fromkeys(rule.drug for rule in policy.rules))
        self._given = {drug: _Given(n) for drug in drugs}

    def at(self, day: float, seen: Seen) -> list[Decision]:
        """Decide on a day, later than the last one.

        Parameters
        ----------
        day : float
        seen : Seen

        Returns
        -------
        list of Decision
            In the order of the rules; nobody gets one drug twice.
        """
        episodes = self.episodes
        present = episodes.advance(day, seen.fever, seen.pressure, seen.oxygen)
        self.grade = crs_from_rungs(self.policy.scale, present, seen.pressure, seen.oxygen)
        done: dict[str, Truths] = {}
        made = []
        for place, rule in enumerate(self.policy.rules):
            wanted = self._asked(rule, day, seen) & self._allowed(rule, day)
            wanted &= ~done.get(rule.drug, np.zeros_like(wanted))
            rows = np.flatnonzero(wanted)
            if rows.size:
                done[rule.drug] = done.get(rule.drug, np.zeros_like(wanted)) | wanted
                self._given[rule.drug].note(rows, day, self.grade, episodes.number)
                made.append(Decision(place, rows))
        for decision in made:
            episodes.treat(decision.rows)
        return made

    def _asked(self, rule: Rule, day: float, seen: Seen) -> Truths:
        """Tell for whom the conditions of a rule hold; one of grade and fever is enough."""
        asked = np.zeros(self.grade.size, dtype=bool)
        if rule.crs_at_least:
            asked |= self.grade >= rule.crs_at_least
        if not math.isnan(rule.fever_longer_than):
            lasting = day - self.episodes.fever_since >= rule.fever_longer_than - _SLACK
            asked |= self.episodes.active & lasting
        if rule.icans_at_least:
            asked |= seen.icans >= rule.icans_at_least
        if rule.after_doses_of:
            before = self._given[rule.after_doses_of]
            enough = before.count_in(self.episodes.number) >= rule.doses_before
            waited = day - before.last >= rule.not_better_for - _SLACK
            asked &= enough & waited & (self.grade >= before.grade)
        return asked

    def _allowed(self, rule: Rule, day: float) -> Truths:
        given = self._given[rule.drug]
        allowed = day - given.last >= rule.interval - _SLACK
        allowed &= given.total < rule.most
        if rule.most_in_24h < 1_000:
            allowed &= given.within(day, 1.0) < rule.most_in_24h
        return allowed


class _Given:
    """What people have had of one drug."""

    def __init__(self, n: int) -> None:
        self.last = np.full(n, -np.inf)
        self.total = np.zeros(n, dtype=np.int64)
        self.grade = np.zeros(n, dtype=np.int64)
        self._episode = np.zeros(n, dtype=np.int64)
        self._in_episode = np.zeros(n, dtype=np.int64)
        self._days: list[tuple[float, NDArray[np.int64]]] = []

    def note(
        self,
        rows: NDArray[np.int64],
        day: float,
        grade: NDArray[np.int64],
        episode: NDArray[np.int64],
    ) -> None:
        fresh = rows[self._episode[rows] != episode[rows]]
        self._in_episode[fresh] = 0
        self._episode[rows] = episode[rows]
        self._in_episode[rows] += 1
        self.last[rows] = day
        self.total[rows] += 1
        self.grade[rows] = grade[rows]
        self._days.append((day, rows))

    def count_in(self, episode: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many doses belong to the present episode."""
        return np.where(self._episode == episode, self._in_episode, 0)

    def within(self, day: float, span: float) -> NDArray[np.int64]:
        """Return how many doses were given in the last `span` days."""
        self._days = [item for item in self._days if day - item[0] < span - _SLACK]
        counts = np.zeros(self.total.size, dtype=np.int64)
        for _, rows in self._days:
            counts[rows] += 1
        return counts
