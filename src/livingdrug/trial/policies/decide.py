"""Who gets a drug now: the rules of a policy, applied to many people at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livingdrug.clinical.grading.episodes import EpisodeTracker, waives_fever
from livingdrug.clinical.grading.rungs import crs_from_rungs
from livingdrug.records.drugs import Policy, Rule

__all__ = ["BY_FEVER", "BY_GRADE", "BY_ICANS", "Decision", "Decisions", "Seen"]

FloatArray = NDArray[np.float64]
Truths = NDArray[np.bool_]

BY_GRADE, BY_FEVER, BY_ICANS = 1, 2, 4
"""Bits of why a drug is given."""

_SLACK = 1e-6  # day: decisions stand on sums of quarters of a day
_NO_LIMIT = 1_000  # of a rule that states none, see `Rule`


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
    rows : ndarray of int, shape (n,)
        Positions of the people who get it.
    why : ndarray of int, shape (n,)
        Sum of `BY_GRADE`, `BY_FEVER` and `BY_ICANS`: the conditions of the rule that hold.
    grade : ndarray of int, shape (n,)
        Of cytokine release syndrome, on the scale of the policy.
    """

    rule: int
    rows: NDArray[np.int64]
    why: NDArray[np.int64]
    grade: NDArray[np.int64]


class Decisions:
    """The course of decisions for a group of people.

    Parameters
    ----------
    policy : Policy
    n : int
        Number of people.

    Attributes
    ----------
    episodes : EpisodeTracker
    grade : ndarray of int, shape (n,)
        At the last decision, on the scale of the policy.
    """

    def __init__(self, policy: Policy, n: int) -> None:
        self.policy, self.episodes = policy, EpisodeTracker(n)
        self._treated = np.zeros(n, dtype=bool)
        self.grade = np.zeros(n, dtype=np.int64)
        self._given = {rule.drug: _Given(n) for rule in policy.rules}

    def given_otherwise(self, day: float, drug: str, rows: NDArray[np.int64]) -> None:
        """Note a drug of the policy that people got by a regimen: it counts as theirs.

        Parameters
        ----------
        day : float
            Not before the last decision.
        drug : str
        rows : ndarray of int
            Positions of the people, each once.
        """
        self._given[drug].note(rows, day, self.grade, self.episodes.number)
        self._treated[rows] |= waives_fever(drug)

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
        present = episodes.advance(
            day, seen.fever, seen.pressure, seen.oxygen, treated=self._treated
        )
        self._treated[:] = False
        self.grade = crs_from_rungs(self.policy.scale, present, seen.pressure, seen.oxygen)
        if not (episodes.open.any() or seen.icans.any()):
            return []
        done: dict[str, Truths] = {}
        made = []
        for place, rule in enumerate(self.policy.rules):
            why = self._reasons(rule, day, seen)
            before = done.get(rule.drug, np.zeros(why.size, dtype=bool))
            wanted = (why > 0) & ~before
            if not wanted.any():
                continue
            wanted &= self._allowed(rule, day)
            rows = np.flatnonzero(wanted)
            if rows.size:
                done[rule.drug] = before | wanted
                self._given[rule.drug].note(rows, day, self.grade, episodes.number)
                made.append(Decision(place, rows, why[rows], self.grade[rows]))
        for decision in made:
            self._treated[decision.rows] |= waives_fever(self.policy.rules[decision.rule].drug)
        return made

    def _reasons(self, rule: Rule, day: float, seen: Seen) -> NDArray[np.int64]:
        """Return why people ask for the drug of a rule, 0 for those who do not.

        Of grade and fever one is enough; everything else that the rule states must hold.
        """
        why = np.zeros(self.grade.size, dtype=np.int64)
        if rule.crs_at_least:
            why[self.grade >= rule.crs_at_least] += BY_GRADE
        if not math.isnan(rule.fever_longer_than):
            lasting = day - self.episodes.fever_since >= rule.fever_longer_than - _SLACK
            why[self.episodes.open & lasting] += BY_FEVER
        if rule.icans_at_least:
            nervous = seen.icans >= rule.icans_at_least
            if rule.crs_at_least or not math.isnan(rule.fever_longer_than):
                nervous &= why > 0
                why[~nervous] = 0
            why[nervous] += BY_ICANS
        if rule.after_doses_of:
            before = self._given[rule.after_doses_of]
            enough = before.count_in(self.episodes.number) >= rule.doses_before
            # a dose of this moment has not failed yet
            waited = (day > before.last) & (day - before.last >= rule.not_better_for - _SLACK)
            why[~(enough & waited & (self.grade >= before.grade))] = 0
        return why

    def _allowed(self, rule: Rule, day: float) -> Truths:
        given = self._given[rule.drug]
        allowed = day - given.last >= rule.interval - _SLACK
        allowed &= given.total < rule.most
        if rule.most_in_24h < _NO_LIMIT:
            allowed &= given.within(day, 1.0) < rule.most_in_24h
        return allowed


class _Given:
    """What people have had of one drug."""

    def __init__(self, n: int) -> None:
        self.last = np.full(n, -np.inf)
        self.total = np.zeros(n, dtype=np.int64)
        self.grade = np.zeros(n, dtype=np.int64)
        self._episode = np.zeros(n, dtype=np.int16)
        self._in_episode = np.zeros(n, dtype=np.int64)
        self._days: list[tuple[float, NDArray[np.int64]]] = []

    def note(
        self,
        rows: NDArray[np.int64],
        day: float,
        grade: NDArray[np.int64],
        episode: NDArray[np.int16],
    ) -> None:
        fresh = rows[self._episode[rows] != episode[rows]]
        self._in_episode[fresh] = 0
        self._episode[rows] = episode[rows]
        self._in_episode[rows] += 1
        self.last[rows] = day
        self.total[rows] += 1
        self.grade[rows] = grade[rows]
        self._days.append((day, rows))

    def count_in(self, episode: NDArray[np.int16]) -> NDArray[np.int64]:
        """Return how many doses belong to the present episode."""
        return np.where(self._episode == episode, self._in_episode, 0)

    def within(self, day: float, span: float) -> NDArray[np.int64]:
        """Return how many doses were given in the last `span` days."""
        self._days = [item for item in self._days if day - item[0] < span - _SLACK]
        counts = np.zeros(self.total.size, dtype=np.int64)
        for _, rows in self._days:
            counts[rows] += 1
        return counts
