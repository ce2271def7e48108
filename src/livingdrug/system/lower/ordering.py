"""In which order to eliminate the unknowns of a sparse linear system, decided once for a model.

No value is looked at. A maximum transversal [1]_ pairs each equation with an unknown that it
holds; Markowitz's rule [2]_ then picks, one after the other, the pair whose elimination touches
the fewest entries. Both are deterministic, so that the same model always gives the same program.

References
----------
.. [1] I. S. Duff (1981), On algorithms for obtaining a maximum transversal, ACM Transactions on
   Mathematical Software 7, 315-330, doi:10.1145/355958.355963
.. [2] H. M. Markowitz (1957), The elimination form of the inverse and its application to linear
   programming, Management Science 3, 255-269, doi:10.1287/mnsc.3.3.255
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from livingdrug.core.errors import CapabilityError, Issue

__all__ = ["Ordering", "maximum_transversal", "order"]


@dataclass(frozen=True, slots=True)
class Ordering:
    """The pivots of a factorisation without row exchange, and where its entries are.

    Pivot ``k`` is the entry (``rows[k]``, ``columns[k]``); below, rows and columns are named by
    the position of their pivot.

    Attributes
    ----------
    rows, columns : tuple of int
        Equation and unknown of each pivot; the same where every equation holds its own unknown.
    lower : tuple of tuple of int
        For each row, the pivots left of its diagonal that it holds, fill-in included; increasing.
    upper : tuple of tuple of int
        For each row, the columns right of its diagonal that it holds, fill-in included;
        increasing.
    fill : int
        Entries of the factors that the matrix has not.
    """

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    lower: tuple[tuple[int, ...], ...]
    upper: tuple[tuple[int, ...], ...]
    fill: int

    @property
    def n(self) -> int:
        """Number of unknowns."""
        return len(self.rows)

    @property
    def n_entries(self) -> int:
        """Number of entries of both factors, each pivot counted once."""
        return self.n + sum(len(row) for row in (*self.lower, *self.upper))

    def entries(self) -> list[tuple[int, int]]:
        """Return the equation and unknown of every entry of the factors, in the order of storage.

        Returns
        -------
        list of (int, int)
            Row after row in the order of elimination, each from left to right.
        """
        return [
            (self.rows[k], self.columns[place])
            for k in range(self.n)
            for place in (*self.lower[k], k, *self.upper[k])
        ]


def order(pattern: Sequence[Iterable[int]], names: Sequence[str] = ()) -> Ordering:
    """Choose the pivots of a sparse matrix from its pattern.

    Parameters
    ----------
    pattern : sequence of iterable of int
        For each row, the columns that it holds.
    names : sequence of str, optional
        What rows and columns are called in messages.

    Returns
    -------
    Ordering

    Raises
    ------
    CapabilityError
        When the matrix is singular whatever its values are, naming the rows and columns of each
        block that has too few columns.

    Notes
    -----
    The cost of a pivot is ``(r - 1) (c - 1)`` with the entries ``r`` of its row and ``c`` of its
    column in what is left of the matrix; ties go to the unknown with the smallest index. A row or
    column with nothing but its pivot costs nothing, so constant states and integrals go early and
    never cause fill-in.
    """
    held = [frozenset(row) for row in pattern]
    row_of = maximum_transversal(held, names)
    # from here on a row has the number of its unknown
    rows = [set(held[row]) for row in row_of]
    holders: list[set[int]] = [set() for _ in rows]
    for place, row in enumerate(rows):
        for column in row:
            holders[column].add(place)
    left = list(range(len(rows)))
    sequence: list[int] = []
    lower: list[list[int]] = [[] for _ in rows]
    upper: list[tuple[int, ...]] = []
    while left:
        pivot = min(left, key=lambda k: ((len(rows[k]) - 1) * (len(holders[k]) - 1), k))
        left.remove(pivot)
        others = rows[pivot] - {pivot}
        for other in sorted(holders[pivot] - {pivot}):
            lower[other].append(len(sequence))
            for column in others - rows[other]:
                holders[column].add(other)
            rows[other] |= others
            rows[other].discard(pivot)
        for column in others:
            holders[column].discard(pivot)
        upper.append(tuple(others))
        sequence.append(pivot)
    position = {pivot: k for k, pivot in enumerate(sequence)}
    left_of = tuple(tuple(lower[pivot]) for pivot in sequence)
    right_of = tuple(tuple(sorted(position[column] for column in row)) for row in upper)
    n_entries = len(sequence) + sum(len(row) for row in (*left_of, *right_of))
    return Ordering(
        tuple(row_of[pivot] for pivot in sequence),
        tuple(sequence),
        left_of,
        right_of,
        n_entries - sum(map(len, held)),
    )


def maximum_transversal(pattern: Sequence[Iterable[int]], names: Sequence[str] = ()) -> list[int]:
    """Pair every column with a row that holds it.

    Parameters
    ----------
    pattern : sequence of iterable of int
        For each row, the columns that it holds.
    names : sequence of str, optional
        What rows and columns are called in messages.

    Returns
    -------
    list of int
        For each column its row: the one of the same index where the diagonal has an entry and no
        other column needs it.

    Raises
    ------
    CapabilityError
        When there is no such pairing.
    """
    held = [sorted(row) for row in pattern]
    row_of = [k if k in row else -1 for k, row in enumerate(held)]
    waiting = [k for k, row in enumerate(row_of) if row < 0]
    alone = [row for row in waiting if not _augment(row, held, row_of)]
    if alone:
        raise CapabilityError([_deficit(row, held, row_of, names) for row in alone])
    return row_of


def _augment(start: int, held: Sequence[Sequence[int]], row_of: list[int]) -> bool:
    """Give the row `start` a column, moving other rows to other columns where that is needed.

    Depth first, as Duff does, with a stack of our own: networks may be longer than the
    interpreter's stack is deep.
    """
    seen: set[int] = set()
    path: list[tuple[int, int]] = []  # a row and the column that it would take
    stack = [(start, iter(held[start]))]
    while stack:
        row, columns = stack[-1]
        column = next((c for c in columns if c not in seen), None)
        if column is None:
            stack.pop()
            if path:
                path.pop()
            continue
        seen.add(column)
        path.append((row, column))
        if row_of[column] < 0:
            for new_row, taken in path:
                row_of[taken] = new_row
            return True
        stack.append((row_of[column], iter(held[row_of[column]])))
    return False


def _deficit(
    start: int, held: Sequence[Sequence[int]], row_of: Sequence[int], names: Sequence[str]
) -> Issue:
    """Describe the equations around an unpaired one, which together hold too few unknowns."""
    rows, columns, todo = {start}, set(), [start]
    while todo:
        for column in held[todo.pop()]:
            columns.add(column)
            if row_of[column] not in rows:
                rows.add(row_of[column])
                todo.append(row_of[column])

    def listed(places: set[int]) -> str:
        return ", ".join(names[k] if names else f"state {k}" for k in sorted(places)) or "nothing"

    return Issue(
        "error",
        "linear system of a step",
        f"the {len(rows)} equations of {listed(rows)} hold only {len(columns)} unknowns "
        f"({listed(columns)}), so they do not determine them",
        "an algebraic rule must hold the variable that it determines (index 1)",
    )
