"""One keyed random number, the same as `livingdrug.core.random.uniforms` gives."""

from __future__ import annotations

import numpy as np

from livingdrug.solve.backends.native.loop.compiled import inner

__all__ = ["uniform"]

_MASK = np.uint64(0xFFFFFFFF)
_32, _20, _12, _1 = np.uint64(32), np.uint64(20), np.uint64(12), np.uint64(1)
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


@inner
def uniform(key_0, key_1, word_0, word_1, word_2, draw):
    """Return draw number `draw` of a stream; the words are those of `core.random`."""
    k0, k1 = np.uint64(key_0), np.uint64(key_1)
    c0, c1, c2 = np.uint64(word_0), np.uint64(word_1), np.uint64(word_2)
    c3 = np.uint64(draw) >> _1
    for turn in range(10):
        if turn > 0:
            k0 = (k0 + _WEYL_0) & _MASK
            k1 = (k1 + _WEYL_1) & _MASK
        product_0 = c0 * _MULTIPLIER_0
        product_1 = c2 * _MULTIPLIER_1
        c0 = (product_1 >> _32) ^ c1 ^ k0
        c2 = (product_0 >> _32) ^ c3 ^ k1
        c1 = product_1 & _MASK
        c3 = product_0 & _MASK
    if np.uint64(draw) & _1 != np.uint64(0):
        c0, c1 = c2, c3
    bits = (c0 << _20) | (c1 >> _12)
    return (np.float64(bits) + 0.5) * 2.0**-52
