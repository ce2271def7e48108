"""What can move what, read off the equations."""

from __future__ import annotations

import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.dependence import states_shown, upstream
from livingdrug.model.model import Model


@pytest.fixture(scope="module")
def small() -> Model:
    m = ModelBuilder("small", dimensions="off")
    for name in ("A", "B", "C", "D", "E", "cat"):
        m.species(name, initial=1.0, unit="1")
    for name in ("k", "start", "held", "unused"):
        m.parameter(name, 1.0, "1/day")
    m.assign("twice", "2 * A", "1")
    m.rate("B", "k * twice - B")
    m.reaction("turn", "C + cat -> D + cat", rate="C * cat")
    m.initial("E", "start")
    m.event("press", {"held": "E"}, when="D > 2")
    m.dose("shot", "mg", {"A": "dose * k"})
    m.observable("seen", "twice + B", "1")
    return m.build()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A", {"A", "k"}),  # through the amount of the dose
        ("B", {"B", "k", "twice", "A"}),
        ("seen", {"B", "k", "twice", "A"}),
        ("D", {"D", "C", "cat"}),
        ("cat", {"cat"}),  # a catalyst is not changed
        ("E", {"E", "start"}),
        ("held", {"held", "E", "start", "D", "C", "cat"}),
    ],
)
def test_upstream(small: Model, name: str, expected: set[str]) -> None:
    assert upstream(small, [name]) == expected


def test_states_shown(small: Model) -> None:
    assert states_shown(small, "seen") == {"A", "B"}
    assert states_shown(small, "A") == {"A"}
    assert states_shown(small, "k") == set()


def test_expansion_reads_the_tumour_where_it_is_written_so() -> None:
    assert "B" not in upstream(get_model("kimmel2021"), ["car_t_blood"])
    assert "C" in upstream(get_model("kimmel2021"), ["tumor_volume"])
    assert {"T", "T0"} <= upstream(get_model("singh2021"), ["car_transgene"])
    assert "V" in upstream(get_model("muellerschoell2021"), ["car_t_blood"])
