"""The random number of the compiled loop is the one of the Python library, to the bit."""

import numpy as np
import pytest
from numba import njit

from livingdrug.core.random import Purpose, key_words, subject_words, uniforms
from livingdrug.solve.backends.native.loop.philox import uniform


@njit
def one(key_0, key_1, word_0, word_1, word_2, draw):
    return uniform(key_0, key_1, word_0, word_1, word_2, draw)


@pytest.mark.parametrize("label", [0, 17, 2**40 + 3, -5, "patient 7"])
@pytest.mark.parametrize("seed", [0, 1, 2**63 + 12345])
def test_a_draw_is_that_of_core_random(label, seed):
    expected = uniforms(
        seed=seed, purpose=Purpose.EVENT_ORDER, subjects=[label], name=3, replicate=2, draws=5
    )[0]
    low, high = subject_words([label])
    key = key_words(seed, Purpose.EVENT_ORDER)
    got = [one(key[0], key[1] ^ int(high[0]), int(low[0]), 2, 3, draw) for draw in range(5)]
    assert np.array(got).tobytes() == expected.tobytes()
