"""Small networks with known laws."""

from __future__ import annotations

from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

UNIT = {"unit": "cell", "count_per_unit": 1.0}


def birth_death(*, start: float = 40.0, birth: float = 0.3, death: float = 0.4) -> Model:
    """Cells that divide and die, each on its own; a dose adds some."""
    m = ModelBuilder("birth_death", dimensions="off")
    m.species("A", initial=start, **UNIT)
    m.parameter("b", birth, "1/day")
    m.parameter("d", death, "1/day")
    m.reaction("birth", "A -> 2 A", rate="b * A")
    m.reaction("death", "A ->", rate="d * A")
    m.dose("infusion", "cell", {"A": "dose"})
    m.observable("twice", "2 * A", "cell")
    return m.build()


def immigration(*, influx: float = 5.0, death: float = 0.5) -> Model:
    """Cells that arrive and die: in the long run a Poisson number."""
    m = ModelBuilder("immigration", dimensions="off")
    m.species("A", initial=0.0, **UNIT)
    m.parameter("k", influx, "cell/day")
    m.parameter("d", death, "1/day")
    m.reaction("arrival", "-> A", rate="k")
    m.reaction("death", "A ->", rate="d * A")
    return m.build()


def dimers(*, start: float = 30.0) -> Model:
    """Pairs that form and fall apart; A + 2 B is kept."""
    m = ModelBuilder("dimers", dimensions="off")
    m.species("A", initial=start, **UNIT)
    m.species("B", initial=0.0, **UNIT)
    m.parameter("k", 0.02, "1/cell/day")
    m.parameter("r", 0.3, "1/day")
    m.reaction("pairing", "2 A -> B", rate="k * A**2")
    m.reaction("parting", "B -> 2 A", rate="r * B")
    return m.build()
