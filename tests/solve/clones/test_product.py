"""What a product is made of: every cell belongs to a clone, and every clone has a cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.errors import DataError
from livingdrug.solve.clones.product import Product, clone_generator
from livingdrug.solve.clones.record import Clones, Outlier


@given(
    n=st.integers(1, 60),
    cv=st.sampled_from([0.0, 0.5, 3.0]),
    outliers=st.lists(st.integers(1, 9), max_size=3),
    spare=st.integers(0, 10**7),
    later=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    seed=st.integers(0, 2**64 - 1),
)
def test_cells_are_shared_out_without_a_rest(n, cv, outliers, spare, later, seed):
    clones = Clones(n, ("I", "E"), size_cv=cv, outliers=[Outlier(2.0, k) for k in outliers])
    product, rng = Product(clones, seed, 7), clone_generator(seed, 7, 0, "fate")
    total = clones.n + sum(outliers) + spare
    first = product.give(rng, np.array([total // 3, total - total // 3]))
    sizes = first.sum(axis=0)
    assert sizes.sum() == total
    assert sizes[: len(outliers)].tolist() == outliers
    assert sizes.min() >= 1
    assert product.give(rng, np.array(later)).sum(axis=1).tolist() == list(later)
    # the product is the same for another replicate
    again = Product(clones, seed, 7).give(clone_generator(seed, 7, 1, "fate"), np.array([total, 0]))
    assert np.array_equal(again[0], sizes)


def test_too_few_cells():
    product = Product(Clones(5, "A"), 1, "p01")
    with pytest.raises(DataError, match="subject p01: the product holds 4 cells, fewer than the 5"):
        product.give(clone_generator(1, "p01", 0, "fate"), np.array([4]))


def test_streams_differ_by_everything_that_names_them():
    drawn = {
        clone_generator(*key).integers(2**62)
        for key in ((1, 7, 0, "fate"), (2, 7, 0, "fate"), (1, 8, 0, "fate"), (1, "7", 0, "fate"),
                    (1, 7, 1, "fate"), (1, 7, 0, "product"))
    }  # fmt: skip
    assert len(drawn) == 6
