"""Dimensions and scales of expressions."""

from __future__ import annotations

import pytest

from livingdrug.core.errors import UnitError
from livingdrug.model.expression.dimensions import (
    Measure,
    check_dimensions,
    describe,
    measure_of_unit,
    same_measure,
)
from livingdrug.model.expression.nodes import add, call, symbol
from livingdrug.model.expression.parse import parse

DAY = measure_of_unit("day")
UNITS: dict[str, Measure | None] = {
    "C": measure_of_unit("cell/uL"),
    "D": measure_of_unit("cell/mL"),
    "k": measure_of_unit("1/day"),
    "V": measure_of_unit("mL"),
    "n": measure_of_unit("1"),
    "p": measure_of_unit("percent"),
    "u": None,
}


def check(text: str, unit: str | None = None) -> tuple[Measure | None, list[str]]:
    expected = None if unit is None else measure_of_unit(unit)
    return check_dimensions(parse(text), UNITS, DAY, expected)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("k * C", "cell/uL/day"),
        ("C * (1 - C / quantity(5, 'cell/uL'))", "cell/uL"),
        ("C + 0", "cell/uL"),
        ("max(C, 0)", "cell/uL"),
        ("hill(C, quantity(2, 'cell/uL'), n)", "1"),
        ("exp(-k * time)", "1"),
        ("sqrt(C * C)", "cell/uL"),
        ("C**2 / C", "cell/uL"),
        ("C**0.5 * C**0.5", "cell/uL"),
        ("n**n", "1"),
        ("safe_ratio(D, C, 0)", "uL/mL"),
        ("piecewise(k, time < quantity(2, 'day'), 0)", "1/day"),
        ("rate_of(C)", "cell/uL/day"),
        ("delay(C, quantity(1, 'day'))", "cell/uL"),
        ("sign(C)", "1"),
        ("abs(C)", "cell/uL"),
        ("log(C / quantity(1, 'cell/uL'))", "1"),
        ("u + C", "cell/uL"),
        ("u * C", "day"),
        ("C > inf", "1"),
        ("D * V", "cell"),
    ],
)
def test_what_fits(text: str, unit: str) -> None:
    assert check(text, unit)[1] == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("C + k", ["term `k` is 1 / [time]", "`C` is [cell] / [length]^3"]),
        ("C + D", ["term `D`", "at 0.001 times the scale", "`C` is [cell] / [length]^3"]),
        ("n + p", ["term `p`", "at 0.01 times the scale"]),
        ("k * (C + n)", ["in `C + n`", "term `n` is dimensionless"]),
        ("C - 3", ["term `-3` is dimensionless"]),
        ("exp(k)", ["in `exp(k)`: `k` must be dimensionless, it is 1 / [time]"]),
        ("exp(p)", ["must be dimensionless", "at 0.01 times the scale"]),
        ("n**k", ["in `n**k`: `k` must be dimensionless"]),
        ("C**n", ["under an exponent that is not a number", "`C` must be dimensionless"]),
        ("C < D", ["in `C < D`", "term `D`"]),
        ("max(C, k)", ["in `max(C, k)`", "term `k`"]),
        ("hill(C, D, n)", ["in `hill(C, D, n)`", "term `D`"]),
        ("hill(C, C, k)", ["`k` must be dimensionless"]),
        ("safe_ratio(C, C, k)", ["term `k` is 1 / [time]"]),
        ("piecewise(C, k > 0, D)", ["term `D`"]),
        ("delay(C, C)", ["[cell]", "[time]"]),
        ("quantity(3, 'day') + n", ["term `n` is dimensionless", "`quantity(3, 'day')` is [time]"]),
    ],
)
def test_messages_name_the_term_and_both_dimensions(text: str, pieces: list[str]) -> None:
    problems = check(text)[1]
    assert len(problems) == 1
    for piece in pieces:
        assert piece in problems[0]


def test_the_whole_is_compared_with_what_it_has_to_be() -> None:
    assert check("k * C", "cell/uL")[1] == [
        "`k * C` is [cell] / [length]^3 / [time], it has to be [cell] / [length]^3"
    ]
    assert check("D", "cell/uL")[1] == [
        "`D` is [cell] / [length]^3 at 0.001 times the scale, it has to be [cell] / [length]^3"
    ]


def test_every_offending_term_is_reported() -> None:
    assert len(check("(C + k) / (D + n) + exp(V)")[1]) == 3


def test_nothing_is_said_about_what_is_not_known() -> None:
    assert check("u") == (None, [])
    assert check("0")[0] is None


def test_measures() -> None:
    per_day = measure_of_unit("1/day")
    assert same_measure(per_day.times(DAY), measure_of_unit("1"))
    assert not same_measure(per_day, measure_of_unit("1/hour"))
    assert same_measure(measure_of_unit("mL"), measure_of_unit("cm**3"))
    assert describe(per_day) == "1 / [time]"
    with pytest.raises(UnitError):
        measure_of_unit("no such unit")


def test_deep_expressions_do_not_recurse() -> None:
    node = symbol("n")
    for _ in range(20_000):
        node = call("exp", add(node, symbol("n")))
    assert check_dimensions(node, UNITS, DAY, measure_of_unit("1"))[1] == []
