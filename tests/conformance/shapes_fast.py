"""Features: fast reactions, in equilibrium at all times."""

from __future__ import annotations

import numpy as np

from .shapes import Case, builder, feature

TIMES = np.linspace(0.0, 2.0, 9)


@feature
def fast_reaction():
    """A and B share what there is as 1 to 3, and what is A is lost."""
    m = builder(A=4.0)
    m.species("B", initial=0.0, unit="1")
    m.reaction("share", "A -> B", rate="3 * A", reverse="B", fast=True)
    m.reaction("loss", "A ->", rate="2 * A")
    # A + B falls by 2 A = (A + B) / 2
    total = 4.0 * np.exp(-TIMES / 2.0)
    return Case(m.build(), TIMES, {"A": total / 4.0, "B": 0.75 * total})
