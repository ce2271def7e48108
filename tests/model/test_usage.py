"""The list of every expression of a model."""

from __future__ import annotations

from collections import Counter

from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.parse import parse
from livingdrug.model.usage import Use, expressions_of


def test_every_expression_is_listed_with_its_place() -> None:
    m = ModelBuilder("m", dimensions="off")
    m.species("A", initial=1, unit="1")
    for name in "kpqn":
        m.parameter(name, 1, "1")
    m.assign("s", "k", "1")
    m.rate("k", "p")
    m.reaction("r", "A -> (n) A", rate="q")
    m.algebraic("q - 3", "q")
    m.integral("area", "A", "1")
    m.observable("o", "2*A", "1")
    m.initial("p", "n")
    m.event(
        "e", {"A": "7"}, when="A > 1", delay="11", priority="13",
    )  # fmt: skip
    m.event("f", {"A": "17"}, at_time="19", every="23", count=2)
    m.dose("d", "1", {"A": "dose"}, lag="29")
    uses = list(expressions_of(m.build()))
    assert Counter(use.kind for use in uses) == {
        "assignment": 1, "rate": 1, "reaction": 1, "stoichiometry": 2, "algebraic": 1,
        "integral": 1, "observable": 1, "initial": 1, "trigger": 1, "time": 4, "priority": 1,
        "value": 2, "dose": 1,
    }  # fmt: skip
    assert {use.node for use in uses if use.kind == "time"} == {
        parse(t) for t in ("11", "19", "23", "29")
    }
    assert Use("reaction r", "reaction", parse("q"), "r") in uses
    assert Use("event e", "value", parse("7"), "A") in uses
