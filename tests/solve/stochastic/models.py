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


def stages(*, start: float = 50.0, a: float = 0.7, b: float = 0.3) -> Model:
    """Naive cells become effectors, effectors become memory: each cell by itself."""
    m = ModelBuilder("stages", dimensions="off")
    m.species("N", initial=start, **UNIT)
    m.species("E", initial=0.0, **UNIT)
    m.species("M", initial=0.0, **UNIT)
    m.parameter("a", a, "1/day")
    m.parameter("b", b, "1/day")
    m.reaction("priming", "N -> E", rate="a * N")
    m.reaction("rest", "E -> M", rate="b * E")
    return m.build()


def promoter(*, on: float = 0.5, off: float = 0.8, make: float = 12.0, decay: float = 1.0) -> Model:
    """A gene that is on or off and a product that is made while it is on."""
    m = ModelBuilder("promoter", dimensions="off")
    m.species("G", initial=0.0, **UNIT)
    m.species("X", initial=0.0, **UNIT)
    for name, value in {"on": on, "off": off, "make": make, "decay": decay}.items():
        m.parameter(name, value, "1/day")
    m.reaction("switch_on", "-> G", rate="on * (1 - G)")
    m.reaction("switch_off", "G ->", rate="off * G")
    m.reaction("making", "-> X", rate="make * G")
    m.reaction("decaying", "X ->", rate="decay * X")
    return m.build()


def schloegl() -> Model:
    """One species with two stable numbers, about 85 and 565."""
    m = ModelBuilder("schloegl", dimensions="off")
    m.species("X", initial=250.0, **UNIT)
    m.reaction("gain", "2 X -> 3 X", rate="0.015 * X * (X - 1)")
    m.reaction("loss", "3 X -> 2 X", rate="1e-4 / 6 * X * (X - 1) * (X - 2)")
    m.reaction("arrival", "-> X", rate="200")
    m.reaction("death", "X ->", rate="3.5 * X")
    return m.build()


def hunting(
    *, hunters: float = 60.0, tumor: float = 200.0, kill: float = 0.012, grow: float = 0.4
) -> Model:
    """Effectors that die out and a tumour that they kill on contact: two species that interact."""
    m = ModelBuilder("hunting", dimensions="off")
    m.species("E", initial=hunters, **UNIT)
    m.species("T", initial=tumor, **UNIT)
    m.parameter("k", kill, "1/cell/day")
    m.parameter("g", grow, "1/day")
    m.parameter("p", 0.3, "1/day")
    m.parameter("d", 0.2, "1/day")
    m.reaction("division", "T -> 2 T", rate="g * T")
    m.reaction("killing", "T ->", rate="k * E * T")
    m.reaction("expansion", "E -> 2 E", rate="p * E * T / (T + 100)")
    m.reaction("death", "E ->", rate="d * E")
    return m.build()
