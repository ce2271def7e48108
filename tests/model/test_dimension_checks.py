"""Dimensions of a whole model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from livingdrug.core.errors import ModelError
from livingdrug.model.builder import ModelBuilder

Change = Callable[[ModelBuilder], object]


def base() -> ModelBuilder:
    m = ModelBuilder("m", dimensions="strict")
    m.compartment("V", 2.0, "mL")
    m.species("A", initial=10.0, unit="cell")
    m.species("C", initial=1.0, unit="ng/mL", compartment="V")
    m.parameter("k", 0.5, "1/day")
    m.parameter("c", 2.0, "ng/cell")
    return m


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.reaction("r", "A ->", rate="k * A"),
        lambda m: m.reaction("r", "C ->", rate="k * C * V"),  # amount per time
        lambda m: m.rate("C", "k * C"),
        lambda m: m.assign("x", "c * A", "ng"),
        lambda m: m.initial("C", "c * A / V"),
        lambda m: m.integral("auc", "C", "ng/mL*day"),
        lambda m: m.dose("d", "ng", {"C": "dose / V"}, lag="quantity(1, 'day')"),
        lambda m: m.event("e", {"A": "2 * A"}, when="k * time > 1", priority="3"),
        lambda m: m.event("e", {}, at_time="quantity(3, 'day')"),
        lambda m: (
            m.species("D", initial=0, unit="ng", conversion_factor="c"),
            m.reaction("r", "A -> D", rate="k * A"),
        ),
    ],
)
def test_what_fits(change: Change) -> None:
    m = base()
    change(m)
    assert m.build().dimension_policy == "strict"


@pytest.mark.parametrize(
    ("change", "where", "text"),
    [
        (lambda m: m.reaction("r", "A ->", rate="A"), "reaction r", "it has to be [cell] / [time]"),
        (
            lambda m: m.reaction("r", "C ->", rate="k * C"),
            "reaction r",
            "it has to be [mass] / [time]",
        ),
        (lambda m: m.rate("A", "A"), "rate of A", "it has to be [cell] / [time]"),
        (lambda m: m.assign("x", "k", "day"), "assignment x", "it has to be [time]"),
        (lambda m: m.initial("A", "k"), "initial value of A", "it has to be [cell]"),
        (lambda m: m.integral("x", "A", "cell"), "integral x", "it has to be [cell] / [time]"),
        (lambda m: m.observable("o", "A", "ng"), "observable o", "it has to be [mass]"),
        (lambda m: m.dose("d", "ng", {"A": "dose"}), "dose d", "`dose` is [mass]"),
        (lambda m: m.dose("d", "cell", {"A": "dose"}, lag="k"), "dose d", "it has to be [time]"),
        (lambda m: m.event("e", {"A": "k"}, at_time="0"), "event e", "it has to be [cell]"),
        (lambda m: m.event("e", {}, at_time="k"), "event e", "it has to be [time]"),
        (lambda m: m.event("e", {}, when="A > k"), "event e", "in `A > k`"),
        (
            lambda m: m.event("e", {}, at_time="0", priority="k"),
            "event e",
            "it has to be dimensionless",
        ),
        (lambda m: m.algebraic("A - k", "A"), "algebraic rule for A", "term `-k`"),
        (
            lambda m: m.reaction("r", "(c) A ->", rate="k * A"),
            "reaction r",
            "has to be dimensionless",
        ),
    ],
)
def test_each_place_of_an_expression_is_looked_at(change: Change, where: str, text: str) -> None:
    m = base()
    change(m)
    with pytest.raises(ModelError) as caught:
        m.build()
    (issue,) = caught.value.issues
    assert issue.where == f"m, {where}"
    assert text in issue.message


def test_species_in_different_units_need_a_conversion_factor() -> None:
    m = base()
    m.species("D", initial=0, unit="ng")
    m.reaction("r", "A -> D", rate="k * A")
    with pytest.raises(
        ModelError, match=r"species 'D' is \[mass\], the reaction's extent is \[cell\]"
    ):
        m.build()


def test_a_scale_that_does_not_fit_says_how_much() -> None:
    m = base()
    m.species("D", initial=0, unit="ug")
    m.species("E", initial=0, unit="ng")
    m.reaction("r", "D -> E", rate="k * D")
    with pytest.raises(ModelError, match=r"species 'E' is \[mass\] at 0.001 times the scale"):
        m.build()
