"""The order of elimination: pairing, Markowitz' rule, fill-in."""

import itertools

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.errors import CapabilityError
from livingdrug.system.lower.ordering import maximum_transversal, order


@st.composite
def patterns(draw, *, diagonal=False, largest=9):
    n = draw(st.integers(1, largest))
    pattern = [draw(st.sets(st.integers(0, n - 1))) for _ in range(n)]
    return [row | {k} for k, row in enumerate(pattern)] if diagonal else pattern


def eliminate(pattern, pivots):
    """Mark entries of the factors one at a time, the long way."""
    filled = np.zeros((len(pattern), len(pattern)), dtype=bool)
    for i, row in enumerate(pattern):
        filled[i, list(row)] = True
    for k, (r, c) in enumerate(pivots):
        for r2, _ in pivots[k + 1 :]:
            if filled[r2, c]:
                for _, c2 in pivots[k + 1 :]:
                    filled[r2, c2] |= filled[r, c2]
    return filled


@given(patterns())
def test_a_pairing_is_found_exactly_when_there_is_one(pattern):
    n = len(pattern)
    matrix = np.zeros((n, n))
    for i, row in enumerate(pattern):
        matrix[i, list(row)] = 1
    graph = scipy.sparse.csr_array(matrix)
    exists = (scipy.sparse.csgraph.maximum_bipartite_matching(graph) >= 0).all()
    try:
        row_of = maximum_transversal(pattern)
    except CapabilityError:
        assert not exists
    else:
        assert exists
        assert sorted(row_of) == list(range(n))
        assert all(column in pattern[row] for column, row in enumerate(row_of))


@given(patterns(diagonal=True))
def test_a_full_diagonal_is_kept(pattern):
    assert maximum_transversal(pattern) == list(range(len(pattern)))


@given(patterns())
def test_the_entries_are_those_of_elimination(pattern):
    try:
        ordering = order(pattern)
    except CapabilityError:
        return
    pivots = list(zip(ordering.rows, ordering.columns, strict=True))
    filled = eliminate(pattern, pivots)
    entries = ordering.entries()
    assert sorted(entries) == [tuple(place) for place in np.argwhere(filled).tolist()]
    assert ordering.n_entries == len(entries)
    assert ordering.fill == len(entries) - sum(map(len, pattern))
    assert all(list(row) == sorted(row) for row in (*ordering.lower, *ordering.upper))


@given(patterns(diagonal=True))
def test_every_pivot_is_the_cheapest_one_left(pattern):
    ordering = order(pattern)
    assert ordering.rows == ordering.columns
    left = set(range(len(pattern)))
    rows = [set(row) for row in pattern]
    for pivot in ordering.columns:
        costs = {k: (len(rows[k] & left) - 1) * (sum(k in rows[i] for i in left) - 1) for k in left}
        assert pivot == min(left, key=lambda k: (costs[k], k))
        left.remove(pivot)
        for row in left:
            if pivot in rows[row]:
                rows[row] |= rows[pivot]


@given(patterns())
def test_the_form_of_the_pattern_does_not_matter(pattern):
    try:
        first = order(pattern)
    except CapabilityError:
        return
    assert order([sorted(row, reverse=True) for row in pattern]) == first


def test_a_chain_and_an_arrow_have_no_fill_in():
    n = 30
    chain = [{k for k in (i - 1, i, i + 1) if 0 <= k < n} for i in range(n)]
    arrow = [set(range(n)), *({0, k} for k in range(1, n))]
    assert order(chain).fill == 0
    assert order(arrow).fill == 0
    assert order(arrow).columns[-2:] in ((0, n - 1), (n - 1, 0))  # the hub waits


def test_integrals_and_constants_cause_no_fill_in():
    dense = 5
    core = set(range(dense))
    constants = {dense + k for k in range(4)}
    n = dense + 4 + 3
    # a row of the core reads every constant; an integral reads everything else
    pattern = [core | constants for _ in core]
    pattern += [{k} for k in sorted(constants)]
    pattern += [core | constants | {k} for k in range(n - 3, n)]
    ordering = order(pattern)
    assert ordering.fill == 0
    untouched = [ordering.columns.index(k) for k in constants]
    assert all(not ordering.upper[k] for k in untouched)  # a constant's row is its pivot


def test_ties_go_to_the_smallest_index():
    assert order([{0}, {1}, {2}]).columns == (0, 1, 2)


def test_a_row_without_its_own_unknown_takes_another():
    # x holds only y and y holds both
    ordering = order([{1}, {0, 1}])
    assert sorted(zip(ordering.rows, ordering.columns, strict=True)) == [(0, 1), (1, 0)]


def test_a_long_rearrangement_does_not_overflow_the_stack():
    n = 3000
    pattern = [{k, k + 1} for k in range(n - 1)] + [{0}]
    assert maximum_transversal(pattern) == [n - 1, *range(n - 1)]


def test_a_singular_pattern_is_refused_with_names():
    names = ["T", "drug", "complex", "free"]
    pattern = [{0, 1}, {1}, {1}, {3, 1}]
    with pytest.raises(CapabilityError) as caught:
        order(pattern, names)
    message = str(caught.value)
    assert "2 equations of drug, complex hold only 1 unknowns (drug)" in message
    assert "index 1" in message
    assert "free" not in message


def test_every_singular_block_is_named_at_once():
    with pytest.raises(CapabilityError) as caught:
        order([set(), {1}, {3}, {3}], "abcd")
    assert len(caught.value.issues) == 2
    assert "equations of a hold only 0 unknowns (nothing)" in str(caught.value)
    assert "equations of c, d hold" in str(caught.value)


def test_without_names_the_states_are_numbered():
    with pytest.raises(CapabilityError, match="state 1"):
        order([{0}, {0}])


def test_nothing_can_be_ordered():
    assert order([]).n_entries == 0


def test_all_small_patterns_are_consistent():
    # every 3 x 3 pattern with a full diagonal
    off = [(i, j) for i, j in itertools.product(range(3), repeat=2) if i != j]
    for chosen in itertools.product([False, True], repeat=len(off)):
        pattern = [{0}, {1}, {2}]
        for (i, j), there in zip(off, chosen, strict=True):
            if there:
                pattern[i].add(j)
        ordering = order(pattern)
        pivots = list(zip(ordering.rows, ordering.columns, strict=True))
        fills = [
            eliminate(pattern, [pivots[k] for k in permutation]).sum()
            for permutation in itertools.permutations(range(3))
        ]
        # for three unknowns the greedy rule is the best one
        assert ordering.n_entries == min(fills)
