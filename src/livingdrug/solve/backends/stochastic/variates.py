"""Random variates of one lane, drawn one after the other from its keyed stream."""

from __future__ import annotations

import math

import numpy as np

from livingdrug.solve.backends.native.loop.call import stay_apart
from livingdrug.solve.backends.native.loop.compiled import inner
from livingdrug.solve.backends.native.loop.philox import uniform
from livingdrug.solve.backends.stochastic.tables import DRAW, KEY_0, KEY_1, LABEL, REPLICATE

__all__ = ["draw_normal", "draw_poisson", "draw_uniform"]

_1 = np.uint64(1)
_SMALL = 10.0
"""Means below are inverted term by term; above, rejection takes a few numbers whatever the mean."""


@inner
def draw_uniform(job, i):
    """Return the next uniform number of a lane."""
    words = job.words
    value = uniform(
        words[KEY_0, i], words[KEY_1, i], words[LABEL, i], words[REPLICATE, i], job.stream,
        words[DRAW, i],
    )  # fmt: skip
    words[DRAW, i] += _1
    return value


@inner
def draw_normal(job, i):
    """Return a standard normal number (Box and Muller 1958)."""
    radius = math.sqrt(-2.0 * math.log(draw_uniform(job, i)))
    return radius * math.cos(2.0 * math.pi * draw_uniform(job, i))


@inner
def draw_poisson(job, i, mean):
    """Return a Poisson number.

    By inversion, or by transformed rejection with squeeze (PTRS, Hoermann 1993,
    doi:10.1016/0167-6687(93)90997-4).
    """
    stay_apart()
    if not mean > 0.0:
        return 0.0
    if mean < _SMALL:
        level, count = draw_uniform(job, i), 0.0
        term = math.exp(-mean)
        total = term
        while level > total and term > 0.0:
            count += 1.0
            term *= mean / count
            total += term
        return count
    root, log_mean = math.sqrt(mean), math.log(mean)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    right = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u, v = draw_uniform(job, i) - 0.5, draw_uniform(job, i)
        edge = 0.5 - abs(u)
        count = math.floor((2.0 * a / edge + b) * u + mean + 0.43)
        if edge >= 0.07 and v <= right:
            return count
        if count < 0.0 or (edge < 0.013 and v > edge):
            continue
        height = math.log(v) + math.log(inverse_alpha) - math.log(a / (edge * edge) + b)
        if height <= count * log_mean - mean - math.lgamma(count + 1.0):
            return count
