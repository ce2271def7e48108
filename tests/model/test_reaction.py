"""Reading the species of a reaction."""

from __future__ import annotations

import pytest

from livingdrug.core.errors import ModelError
from livingdrug.model.expression.parse import parse
from livingdrug.model.reaction import parse_reaction

ONE = parse("1")


@pytest.mark.parametrize(
    ("text", "reactants", "products"),
    [
        ("A -> B", {"A": "1"}, {"B": "1"}),
        ("A + 2 B -> C", {"A": "1", "B": "2"}, {"C": "1"}),
        ("2*A -> 0.5 * B", {"A": "2"}, {"B": "0.5"}),
        (" -> A", {}, {"A": "1"}),
        ("A ->", {"A": "1"}, {}),
        ("->", {}, {}),
        ("A -> (n) B", {"A": "1"}, {"B": "n"}),
        ("A -> (n + 1) * B + C", {"A": "1"}, {"B": "n + 1", "C": "1"}),
        ("A -> (f(a + b)) B", {"A": "1"}, {"B": "exp(a + b)"}),
    ],
)
def test_sides(text: str, reactants: dict[str, str], products: dict[str, str]) -> None:
    got = parse_reaction(text.replace("f(", "exp("), where="r")
    assert got == tuple(
        tuple((name, parse(count)) for name, count in side.items())
        for side in (reactants, products)
    )


def test_a_species_may_stand_twice() -> None:
    assert parse_reaction("A + A -> B", where="r")[0] == (("A", ONE), ("A", ONE))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A B", "reaction r: 'A B' needs exactly one '->', as in 'A + 2 B -> C'"),
        ("A -> B -> C", "needs exactly one '->'"),
        ("A <-> B", "cannot read 'A <' in 'A <-> B'"),
        ("A + -> B", "cannot read '' in 'A + -> B'"),
        ("n B -> C", "cannot read 'n B'"),
        ("2 -> C", "cannot read '2'"),
        ("-1 A -> C", "cannot read '-1 A'"),
        ("A -> (n +) B", "cannot read 'n +'"),
    ],
)
def test_what_is_no_reaction(text: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse_reaction(text, where="reaction r")
    assert message in str(caught.value)
