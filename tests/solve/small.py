"""Small models and short ways to dose and run them."""

from __future__ import annotations

import numpy as np

from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.model.builder import ModelBuilder
from livingdrug.solve.simulate import simulate

RTOL = 1e-10
# A few hundred steps with a local error of 1e-10 each, growing by no more than the closed form.
CLOSE = 1e-7


def builder(id="small"):
    return ModelBuilder(id, dimensions="off")


def decay(*, initial=0.0, k=1.0, **options):
    """Build ``A' = -k A`` with a bolus or infusion ``d`` into A."""
    m = builder("decay")
    m.species("A", initial=initial, unit="1", **options)
    m.parameter("k", k, "1/day")
    m.rate("A", "-k * A")
    m.dose("d", "1", {"A": "dose"})
    return m


def dosed(model, *rows, cohort=None, **values):
    """Make one subject with dose records ``(name, day, amount[, duration])`` in this order."""
    cohort = cohort_from_arrays(model, values) if cohort is None else cohort
    subject = cohort["subject"].values[0]
    full = [(*row, 0.0)[:4] for row in rows]
    return add_records(
        cohort,
        "dose",
        {
            "subject": np.array([subject] * len(full)),
            "name": np.array([row[0] for row in full]),
            "time": np.array([row[1] for row in full], dtype=float),
            "amount": np.array([row[2] for row in full], dtype=float),
            "unit": np.array([model.dose(row[0]).unit for row in full]),
            "duration": np.array([row[3] for row in full], dtype=float),
        },
    )


def knots(cohort, name, times, values):
    """Give subject 0 the records of an input."""
    n = len(times)
    columns = {
        "subject": np.zeros(n, dtype=np.int64),
        "input": np.array([name] * n),
        "time": np.array(times, dtype=float),
        "value": np.array(values, dtype=float),
    }
    return add_records(cohort, "knot", columns)


def run(model, cohort=None, *, times, rtol=RTOL, **options):
    return simulate(model, cohort, times=times, rtol=rtol, **options)


def curve(model, cohort=None, name="A", *, times, rtol=RTOL, **options):
    """Return one variable of the first subject at `times`."""
    return run(model, cohort, times=times, rtol=rtol, **options)[name].values[0]


def happenings(course):
    """Return the event log as pairs (name, day)."""
    return list(
        zip(course["event_name"].values.tolist(), course["event_time"].values.tolist(), strict=True)
    )
