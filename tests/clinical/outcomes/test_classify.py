"""The class of a run from what happened in it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import xarray as xr

from livingdrug.clinical.outcomes.classify import outcomes, reduction_name
from livingdrug.clinical.outcomes.rules import OutcomeRules
from livingdrug.core.errors import DataError, OptionError

NEVER = math.nan
END = 100.0
TWO = OutcomeRules({"P": "TP", "N": "TN"}, {"P": 10.0, "N": 10.0}, entities={"P": 1.0, "N": 1.0})
ONE = OutcomeRules({"P": "TP"}, {"P": 10.0}, "progression", entities={"P": 1.0})


def reduced(rules: OutcomeRules, **rows: list[float]) -> xr.Dataset:
    """A result of reductions: ``kind_label`` to one value for each run."""
    n = len(next(iter(rows.values())))
    names = [
        reduction_name(kind, label)
        for kind in ("extinction", "below", "back", "nadir", "nadir_day", "last")
        for label in rules.tumors
    ]
    values = {name: np.full((1, n), NEVER) for name in names}
    for key, row in rows.items():
        kind, _, label = key.partition("_")
        values[reduction_name(kind, label) if label else kind] = np.array([row])
    lead = ("subject", "replicate")
    if rules.progression:
        values.setdefault("progression", np.full((1, n), NEVER))
    return xr.Dataset(
        {name: (lead, value) for name, value in values.items()}
        | {
            "status": (lead, np.zeros((1, n), dtype=int)),
            "status_message": (lead, np.full((1, n), "", dtype=object)),
        },
        coords={"subject": [0], "replicate": np.arange(n)},
        attrs={"first_day": 0.0, "last_day": END, "assumed": "[]"},
    )


def classes(found: xr.Dataset) -> list[tuple[str, float]]:
    names = json.loads(found["outcome"].attrs["classes"])
    return [
        (names[code], day)
        for code, day in zip(
            found["outcome"].values[0].tolist(),
            found["outcome_day"].values[0].tolist(),
            strict=True,
        )
    ]


def test_the_first_population_to_come_back_names_the_relapse():
    found = outcomes(
        reduced(
            TWO,
            last_P=[0, 90, 90, 90, 5],
            last_N=[0, 0, 90, 90, 5],
            extinction_P=[30, NEVER, NEVER, NEVER, NEVER],
            extinction_N=[40, 5, NEVER, NEVER, NEVER],
            below_P=[10, 10, 10, 10, 10],
            below_N=[0, 0, 0, 0, 0],
            back_P=[NEVER, 60, 60, 60, NEVER],
            back_N=[NEVER, NEVER, 50, 70, NEVER],
        ),
        TWO,
    )
    assert classes(found) == [
        ("cure", 40), ("relapse, P", 60), ("relapse, N", 50), ("relapse, P", 60),
        ("none by the horizon", END),
    ]  # fmt: skip
    assert found["remission_day"].values[0].tolist() == [10] * 5


def test_who_grows_while_the_other_still_shrinks_ends_no_remission():
    found = outcomes(
        reduced(TWO, last_P=[5], last_N=[90], below_P=[30], below_N=[0], back_N=[20]), TWO
    )
    assert classes(found) == [("none by the horizon", END)]
    assert math.isnan(found["remission_day"].values[0, 0])


def test_progression_counts_before_a_relapse_only():
    found = outcomes(
        reduced(
            ONE,
            last_P=[90, 90, 0, 90],
            extinction_P=[NEVER, NEVER, 80, NEVER],
            below_P=[NEVER, 10, 50, 50],
            back_P=[NEVER, 40, NEVER, 70],
            progression=[20, 60, 5, 30],
        ),
        ONE,
    )
    assert classes(found) == [
        ("progression", 20),
        ("relapse", 40),
        ("cure", 80),
        ("progression", 30),
    ]


def test_a_population_that_came_back_after_it_was_gone_is_no_cure():
    """As where antigen loss seeds it again: gone on day 30, there at the end."""
    found = outcomes(
        reduced(TWO, last_P=[0], last_N=[3], extinction_P=[50], extinction_N=[30], below_P=[9],
                below_N=[0]),
        TWO,
    )  # fmt: skip
    assert classes(found) == [("none by the horizon", END)]


def test_no_tumour_from_the_start_is_cured_on_the_first_day():
    assert classes(outcomes(reduced(TWO, last_P=[0], last_N=[0]), TWO)) == [("cure", 0.0)]


def test_a_failed_run_has_no_outcome():
    made = reduced(ONE, last_P=[0, 0], extinction_P=[5, 5])
    made["status"].values[0, 1] = 3
    made["status_message"].values[0, 1] = "day 2: too much"
    found = outcomes(made, ONE)
    assert found["outcome"].values.tolist() == [[1, -1]]
    assert math.isnan(found["outcome_day"].values[0, 1])
    assert found.attrs["failure"] == "day 2: too much"


def test_what_is_missing_is_named():
    with pytest.raises(DataError, match="the result has no 'last\\(N\\)'"):
        outcomes(reduced(ONE, last_P=[0]), TWO)
    with pytest.raises(OptionError) as caught:
        OutcomeRules({"a": "T", "b": "T", "cure": "X"}, {"a": -1.0, "b": 1.0})
    assert len(caught.value.issues) == 4  # named twice, reserved name, level missing, level below 0
