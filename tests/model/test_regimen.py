"""Doses and regimens."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livingdrug.core.errors import OptionError
from livingdrug.model.regimen import Dose, Regimen


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amount": -1.0}, "amount -1.0 must be a finite number >= 0"),
        ({"amount": math.nan}, "amount nan must be"),
        ({"time": math.inf}, "time inf must be a finite day"),
        ({"duration": -1.0}, "duration -1.0 must be"),
        ({"per": "kilo"}, "per 'kilo' must be '', 'kg' or 'm2'"),
        ({"cap": 0.0}, "cap 0.0 must be > 0"),
    ],
)
def test_a_dose_that_makes_no_sense(changes: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=f"dose infusion: {message}"):
        Dose(**({"name": "infusion", "amount": 1.0} | changes))  # type: ignore[arg-type]


def test_all_problems_of_a_dose_at_once() -> None:
    with pytest.raises(OptionError) as caught:
        Dose("infusion", -1.0, time=math.nan, duration=math.inf, per="x", cap=-1.0)
    assert len(caught.value.issues) == 5


def test_infusion() -> None:
    assert Regimen.infusion(2e6, "cell", per="kg", cap=2e8, time=1.0).doses == (
        Dose("infusion", 2e6, "cell", 1.0, 0.0, "kg", 2e8),
    )


@given(st.integers(1, 6), st.floats(1.0, 1e9), st.floats(1.0, 1e9))
def test_a_split_dose_adds_up(parts: int, total: float, cap: float) -> None:
    regimen = Regimen.split(
        total, "cell", fractions=[1 / parts] * parts, days=range(parts), per="kg", cap=cap
    )
    assert [dose.time for dose in regimen.doses] == list(range(parts))
    # rounding of parts: a few units in the last place
    assert sum(dose.amount for dose in regimen.doses) == pytest.approx(total, rel=1e-14)
    assert sum(dose.cap for dose in regimen.doses) == pytest.approx(cap, rel=1e-14)


@pytest.mark.parametrize(
    ("fractions", "days"), [((0.5, 0.4), (0, 1)), ((0.5, 0.5), (0,)), ((), ())]
)
def test_fractions_that_do_not_add_up(fractions: tuple[float, ...], days: tuple[int, ...]) -> None:
    with pytest.raises(OptionError, match="as many fractions as days, adding up to 1"):
        Regimen.split(1.0, fractions=fractions, days=days)


def test_lymphodepletion_of_zuma_1() -> None:
    # Neelapu 2017: 30 mg/m2 fludarabine, 500 mg/m2 cyclophosphamide on days -5, -4 and -3
    doses = Regimen.lymphodepletion().doses
    assert [(d.name, d.amount, d.unit, d.time, d.per) for d in doses[:2]] == [
        ("fludarabine", 30.0, "mg", -5.0, "m2"),
        ("cyclophosphamide", 500.0, "mg", -5.0, "m2"),
    ]
    assert sorted({d.time for d in doses}) == [-5.0, -4.0, -3.0]


def test_a_drug_can_be_left_out() -> None:
    doses = Regimen.lymphodepletion(fludarabine=0.0).doses
    assert {dose.name for dose in doses} == {"cyclophosphamide"}


def test_then_keeps_the_record_order() -> None:
    both = Regimen.lymphodepletion().then(Regimen.infusion(1.0))
    assert [dose.name for dose in both.doses][-1] == "infusion"
    assert (both.name, both.source) == ("lymphodepletion", "10.1056/NEJMoa1707447")
    assert Regimen(name="a").then(Regimen(name="b")).name == "a + b"
