"""What the parts of the builder share."""

from __future__ import annotations

import pytest

from livingdrug.model.collect import AbstractCollector


def test_two_builders_share_nothing() -> None:
    first, second = AbstractCollector("a"), AbstractCollector("b")
    first._add("species", "anything")
    first._problem("here", "wrong", "")
    assert second._parts["species"] == []
    assert second._issues == []


def test_every_part_of_a_model_can_be_collected() -> None:
    parts = AbstractCollector("a")._parts
    assert {"species", "reactions", "events", "iiv", "algebraic", "covariate_effects"} <= set(parts)


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        (None, [{}]),
        ({"i": ["a", "b"]}, [{"i": "a"}, {"i": "b"}]),
        ({"i": ["a"], "j": ["x", "y"]}, [{"i": "a", "j": "x"}, {"i": "a", "j": "y"}]),
    ],
)
def test_combinations(over: dict[str, list[str]] | None, expected: list[dict[str, str]]) -> None:
    assert list(AbstractCollector("a")._indices(over, "here")) == expected


def test_braces_are_left_alone_without_indices() -> None:
    collector = AbstractCollector("a")
    assert collector._fill("T_{site}", {}, "here") == "T_{site}"
    assert collector._fill("T_{site}", {"site": "blood"}, "here") == "T_blood"
    assert collector._issues == []
