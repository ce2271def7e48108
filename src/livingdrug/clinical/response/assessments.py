"""What was measured at each visit of each person, in the shape that every criterion reads."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.response.categories import Categories, Response
from livingdrug.core.errors import DataError, Issue, raise_issues

__all__ = ["Assessed", "Assessments", "Rule", "ended", "from_long", "need_baseline"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a criterion, and where it can be read.

    Attributes
    ----------
    text : str
    source : str
        What was opened; a DOI or an address.
    confirmed : bool
        The text of the rule was read there.
    """

    text: str
    source: str
    confirmed: bool = True

    def __str__(self) -> str:
        return f"{self.text} [{self.source}{'' if self.confirmed else '; unconfirmed'}]"


@dataclass(frozen=True, slots=True)
class Assessments:
    """Visits of many people, each row padded at its end.

    Attributes
    ----------
    subjects : tuple of str
    day : ndarray, shape (n_subjects, n_visits), day
        After the baseline, increasing in each row; NaN where a row has no more visits.
    values : mapping of str to ndarray, shape (n_subjects, n_visits)
        NaN where nothing was measured. True and false are 1 and 0.
    baseline : mapping of str to ndarray, shape (n_subjects,)
        The last value on day 0 or before.
    places : tuple of tuple of str
        Where each visit stands in the user's file, for messages; empty without a file.
    """

    subjects: tuple[str, ...]
    day: Floats
    values: Mapping[str, Floats]
    baseline: Mapping[str, Floats]
    places: tuple[tuple[str, ...], ...] = ()

    def at(self, name: str) -> Floats:
        """Return a measurement at the visits; NaN everywhere when it was not taken.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (n_subjects, n_visits)
        """
        found = self.values.get(name)
        return np.full(self.day.shape, np.nan) if found is None else found

    def start(self, name: str) -> Floats:
        """Return a measurement at baseline.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (n_subjects,)
        """
        found = self.baseline.get(name)
        return np.full(len(self.subjects), np.nan) if found is None else found

    def marked(self, name: str) -> NDArray[np.bool_]:
        """Return where a measurement is above 0; what was not measured is not.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray of bool, shape (n_subjects, n_visits)
        """
        return np.nan_to_num(self.at(name)) > 0

    def visited(self) -> NDArray[np.bool_]:
        """Return where a row has a visit.

        Returns
        -------
        ndarray of bool, shape (n_subjects, n_visits)
        """
        return np.isfinite(self.day)

    def latest(self, name: str) -> Floats:
        """Return the latest measurement at or before each visit, the baseline left aside.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (n_subjects, n_visits)
        """
        values = self.at(name).copy()
        for j in range(1, values.shape[1]):
            unknown = np.isnan(values[:, j])
            values[unknown, j] = values[unknown, j - 1]
        return values


@dataclass(frozen=True, slots=True)
class Assessed:
    """Result of a criterion.

    Attributes
    ----------
    criterion : str
    category : ndarray of Response, shape (n_subjects, n_visits)
    best : ndarray of Response, shape (n_subjects,)
        With the confirmation that the criterion asks for.
    best_unconfirmed : ndarray of Response, shape (n_subjects,)
    confirmation : str
        In words.
    rules : tuple of Rule
    extra : mapping of str to ndarray
        What only one criterion knows, as ``"mrd_negative"``.
    """

    criterion: str
    category: Categories
    best: Categories
    best_unconfirmed: Categories
    confirmation: str
    rules: tuple[Rule, ...]
    extra: Mapping[str, NDArray[np.generic]]


def ended(category: ArrayLike, visited: ArrayLike) -> Categories:
    """Let every visit after a progression be one: a record ends there.

    Parameters
    ----------
    category : array_like of Response, shape (n_subjects, n_visits)
    visited : array_like of bool, shape (n_subjects, n_visits)

    Returns
    -------
    ndarray of Response, shape (n_subjects, n_visits)
    """
    given = np.asarray(category, dtype=np.int8)
    over = np.logical_or.accumulate(given == Response.PROGRESSIVE, axis=1)
    kept: Categories = np.where(
        ~np.asarray(visited, dtype=np.bool_),
        Response.NOT_EVALUABLE,
        np.where(over, Response.PROGRESSIVE, given),
    ).astype(np.int8)
    return kept


def from_long(
    subject: Sequence[str],
    day: ArrayLike,
    columns: Mapping[str, ArrayLike],
    *,
    places: Sequence[str] = (),
) -> Assessments:
    """Arrange a table of one row for each person and visit.

    Parameters
    ----------
    subject : sequence of str, shape (n_rows,)
    day : array_like, shape (n_rows,), day
        Day 0 is the start of treatment; the last row on day 0 or before is the baseline. Of an
        earlier row, only what that one lacks is used.
    columns : mapping of str to array_like, shape (n_rows,)
        NaN where nothing was measured.
    places : sequence of str, optional
        Where each row stands, as ``"visits.csv, row 7"``.

    Returns
    -------
    Assessments

    Raises
    ------
    DataError
        When a person has two rows on one day, or only a baseline, or the lengths differ.
    """
    people = [str(name) for name in subject]
    days = np.asarray(day, dtype=np.float64)
    table = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    _check_lengths(people, days, table)
    where = list(places) or [f"row {i}" for i in range(len(people))]
    names = tuple(dict.fromkeys(people))
    index = {name: i for i, name in enumerate(names)}
    owner = np.array([index[name] for name in people], dtype=np.int64)
    order = np.lexsort((days, owner))
    issues: list[Issue] = []
    for i, j in itertools.pairwise(order):
        if owner[i] == owner[j] and days[i] == days[j]:
            message = f"{people[j]!r} already has a row on day {days[j]:g}: {where[i]}"
            issues.append(Issue("error", f"{where[j]}, column day", message, "keep one of them"))
    later = order[days[order] > 0]
    counts = np.bincount(owner[later], minlength=len(names))
    issues += [
        Issue("error", where[people.index(names[i])], f"{names[i]!r} has no visit after day 0")
        for i in np.flatnonzero(counts == 0)
    ]
    raise_issues(issues, DataError)
    column = np.concatenate([np.arange(count) for count in counts]) if names else counts
    shape = (len(names), int(counts.max(initial=0)))

    def spread(values: Floats) -> Floats:
        grid = np.full(shape, np.nan)
        grid[owner[later], column] = values[later]
        return grid

    return Assessments(
        subjects=names,
        day=spread(days),
        values={name: spread(values) for name, values in table.items()},
        baseline={
            name: _baseline(values, owner, days, order, len(names))
            for name, values in table.items()
        },
        places=_spread_places(where, owner, later, column, shape),
    )


def _check_lengths(people: list[str], days: Floats, table: Mapping[str, Floats]) -> None:
    lengths = {"day": days.shape, **{name: values.shape for name, values in table.items()}}
    issues = [
        Issue("error", name, f"has shape {shape}; there are {len(people)} rows")
        for name, shape in lengths.items()
        if shape != (len(people),)
    ]
    if not issues and not np.isfinite(days).all():
        issues = [Issue("error", "day", "is missing for a row")]
    raise_issues(issues, DataError)


def _baseline(
    values: Floats, owner: NDArray[np.int64], days: Floats, order: NDArray[np.intp], n: int
) -> Floats:
    start = np.full(n, np.nan)
    early = order[(days[order] <= 0) & np.isfinite(values[order])]
    start[owner[early]] = values[early]  # sorted by day: the last one stays
    return start


def _spread_places(
    where: Sequence[str],
    owner: NDArray[np.int64],
    later: NDArray[np.intp],
    column: NDArray[np.int64],
    shape: tuple[int, int],
) -> tuple[tuple[str, ...], ...]:
    grid = [[""] * shape[1] for _ in range(shape[0])]
    for row, i, j in zip(later, owner[later], column, strict=True):
        grid[int(i)][int(j)] = where[int(row)]
    return tuple(tuple(line) for line in grid)


def need_baseline(assessments: Assessments, names: Sequence[str], criterion: str) -> None:
    """Refuse people for whom none of some measurements was taken at baseline.

    Parameters
    ----------
    assessments : Assessments
    names : sequence of str
        One of them is enough.
    criterion : str

    Raises
    ------
    DataError
        Naming each person.
    """
    known = np.zeros(len(assessments.subjects), dtype=np.bool_)
    for name in names:
        known |= np.isfinite(assessments.start(name))
    words = " or ".join(repr(name) for name in names)
    raise_issues(
        [
            Issue(
                "error",
                f"subject {assessments.subjects[i]}",
                f"has no {words} on day 0 or before, which {criterion} compares with",
                "add the baseline row, with day 0 or less",
            )
            for i in np.flatnonzero(~known)
        ],
        DataError,
    )
