"""Compartments and species."""

from __future__ import annotations

import pytest

from livingdrug.model.species import Extinction, Species


@pytest.mark.parametrize(
    ("compartment", "only_substance", "is_concentration"),
    [("", False, False), ("", True, False), ("V", False, True), ("V", True, False)],
)
def test_what_the_symbol_means(
    compartment: str, only_substance: bool, is_concentration: bool
) -> None:
    species = Species("A", "mol", 1.0, compartment, only_substance)
    assert species.is_concentration is is_concentration


def test_extinction_is_off_unless_given() -> None:
    assert Species("A", "cell", 1.0).extinction is None
    assert Species("A", "cell", 1.0, extinction=Extinction(1.0)).extinction == Extinction(1.0)
