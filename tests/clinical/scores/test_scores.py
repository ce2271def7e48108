"""Scores: formulas, units, equality at cut-offs, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.clinical.scores.easix import TIMES, easix, modified_easix, simplified_easix
from livingdrug.clinical.scores.hematotox import car_hematotox_unconfirmed
from livingdrug.core.errors import OptionError

WHEN = TIMES[0]
VALUES = st.floats(0.01, 1e4)


def test_formulas():
    ldh, platelets = (300.0, "U/L"), (150.0, "10^9/L")
    assert easix(ldh, (1.5, "mg/dL"), platelets, when=WHEN) == 3.0
    assert simplified_easix(ldh, platelets, when=WHEN) == 2.0
    assert modified_easix(ldh, (2.0, "mg/dL"), platelets, when=WHEN) == 4.0


@given(VALUES, VALUES, VALUES)
def test_units_of_creatinine_and_platelets_do_not_matter(ldh, creatinine, platelets):
    first = easix((ldh, "U/L"), (creatinine, "mg/dL"), (platelets, "10^9/L"), when=WHEN)
    second = easix(
        (ldh, "IU/L"), (creatinine * 88.4, "umol/L"), (platelets * 1000, "1/uL"), when=WHEN
    )
    assert second == pytest.approx(first, rel=1e-12)  # a few roundings


@given(VALUES, VALUES, VALUES)
def test_the_unit_of_crp_does_not_matter(ldh, crp, platelets):
    first = modified_easix((ldh, "U/L"), (crp, "mg/dL"), (platelets, "10^9/L"), when=WHEN)
    second = modified_easix((ldh, "U/L"), (crp * 10, "mg/L"), (platelets, "G/L"), when=WHEN)
    assert second == pytest.approx(first, rel=1e-12)


def test_easix_refuses():
    good = ((300.0, "U/L"), (1.0, "mg/dL"), (150.0, "10^9/L"))
    with pytest.raises(OptionError, match="day 14"):
        easix(*good, when="day 14")
    with pytest.raises(OptionError, match="divides by platelets"):
        easix(*good[:2], (0.0, "10^9/L"), when=WHEN)
    with pytest.raises(OptionError, match="not a unit of blood cells"):
        easix(*good[:2], (150.0, "mg/L"), when=WHEN)
    with pytest.raises(OptionError, match="2 problems"):
        easix((-1.0, "U/L"), (float("nan"), "mg/dL"), good[2], when=WHEN)
    with pytest.raises(OptionError, match="crp"):  # no molar mass is assumed
        modified_easix(good[0], (1.0, "umol/L"), good[2], when=WHEN)


BEST = {
    "platelets": (200.0, "10^9/L"),
    "anc": (3000.0, "1/uL"),
    "hemoglobin": (12.0, "g/dL"),
    "crp": (1.0, "mg/dL"),
    "ferritin": (100.0, "ug/L"),
    "when": "before lymphodepletion",
    "disease": "lbcl",
    "product": "axi-cel",
}


def score(**changed):
    return car_hematotox_unconfirmed(**{**BEST, **changed})


@pytest.mark.parametrize(
    ("item", "value", "unit", "points"),
    [
        ("platelets", 175.1, "10^9/L", 0), ("platelets", 175, "10^9/L", 1),
        ("platelets", 75, "10^9/L", 1), ("platelets", 74.9, "10^9/L", 2),
        ("anc", 1201, "1/uL", 0), ("anc", 1200, "1/uL", 1), ("anc", 0, "1/uL", 1),
        ("hemoglobin", 9.1, "g/dL", 0), ("hemoglobin", 9.0, "g/dL", 1),
        ("hemoglobin", 90, "g/L", 1),
        ("crp", 2.9, "mg/dL", 0), ("crp", 3.0, "mg/dL", 1), ("crp", 30, "mg/L", 1),
        ("crp", 29, "mg/L", 0),
        ("ferritin", 649, "ng/mL", 0), ("ferritin", 650, "ng/mL", 1),
        ("ferritin", 2000, "ug/L", 1), ("ferritin", 2001, "ug/L", 2),
    ],
)  # fmt: skip
def test_hematotox_cut_offs(item, value, unit, points):
    found = score(**{item: (float(value), unit)})
    assert getattr(found, item) == points
    assert found.total == points
    assert found.high == (points >= 2)


def test_hematotox_is_at_most_7():
    worst = score(
        platelets=(1.0, "1/uL"), anc=(1.0, "1/uL"), hemoglobin=(5.0, "g/dL"),
        crp=(20.0, "mg/dL"), ferritin=(1e5, "ug/L"),
    )  # fmt: skip
    assert worst.total == 7


@given(st.floats(0.1, 500))
def test_hematotox_in_mg_per_litre(crp):
    # away from the cut-off, where the last digit of a conversion decides
    if abs(crp - 30) > 1e-9:
        assert score(crp=(crp, "mg/L")) == score(crp=(crp / 10, "mg/dL"))


def test_hematotox_is_not_extrapolated():
    for name, value in (("disease", "all"), ("product", "cilta-cel"), ("when", "day 7")):
        with pytest.raises(OptionError, match="not extrapolated"):
            score(**{name: value})
