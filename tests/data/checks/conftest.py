"""Small made-up columns; nothing here is a person."""

import numpy as np
import pytest

from livingdrug.data.measured import Measured


@pytest.fixture
def column():
    """Make a column of values of some people, one row each."""

    def make(term, unit, values, *, subjects=None, days=None, signed=False, censored=None):
        values = np.asarray(values, dtype=float)
        n = len(values)
        return Measured(
            file="labs.csv",
            column="x",
            term=term,
            unit=unit,
            row=np.arange(2, n + 2),
            subject=np.array(subjects or [f"P{place // 10}" for place in range(n)]),
            day=np.asarray(days if days is not None else [place % 10 for place in range(n)], float),
            value=values,
            censored=np.zeros(n, dtype=bool) if censored is None else np.asarray(censored),
            signed=signed,
        )

    return make
