"""Small models of a product whose laws are known."""

from __future__ import annotations

from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

UNIT = {"unit": "cell", "count_per_unit": 1.0}


def changing_rates(*, start: float = 20_000.0) -> Model:
    """Cells that divide ever more slowly; nothing depends on how many there are."""
    m = ModelBuilder("changing_rates", dimensions="off")
    m.species("A", initial=start, **UNIT)
    m.parameter("b", 1.2, "1/day")
    m.parameter("slowing", 0.5, "1/day")
    m.parameter("d", 0.3, "1/day")
    m.reaction("birth", "A -> 2 A", rate="b * exp(-slowing * time) * A")
    m.reaction("death", "A ->", rate="d * A")
    m.dose("infusion", "cell", {"A": "dose"})
    return m.build()


def rivals(
    *, first: float = 60.0, second: float = 10.0, fitness: float = 1.4, room: float = 150.0
) -> Model:
    """Two clones of one niche, each written out as a species."""
    m = ModelBuilder("rivals", dimensions="off")
    m.species("A", initial=first, **UNIT)
    m.species("B", initial=second, **UNIT)
    m.parameter("b", 1.0, "1/day")
    m.parameter("f", fitness, "1")
    m.parameter("d", 0.4, "1/day")
    m.parameter("K", room, "cell")
    for name, birth in (("A", "b"), ("B", "f * b")):
        m.reaction(f"birth_{name}", f"{name} -> 2 {name}", rate=f"{birth} * {name}")
        m.reaction(f"death_{name}", f"{name} ->", rate=f"d * {name}")
        m.reaction(f"crowding_{name}", f"{name} ->", rate=f"b * {name} * (A + B) / K")
    return m.build()


def one_niche(*, start: float = 70.0, room: float = 150.0) -> Model:
    """The same niche with all cells in one species."""
    m = ModelBuilder("one_niche", dimensions="off")
    m.species("A", initial=start, **UNIT)
    m.parameter("b", 1.0, "1/day")
    m.parameter("d", 0.4, "1/day")
    m.parameter("K", room, "cell")
    m.reaction("birth", "A -> 2 A", rate="b * A")
    m.reaction("death", "A ->", rate="d * A")
    m.reaction("crowding", "A ->", rate="b * A * A / K")
    return m.build()


def in_a_volume(*, start: float = 2e4) -> Model:
    """Cells as a concentration in a place of 4 mL, killed by a dose."""
    m = ModelBuilder("in_a_volume", dimensions="off")
    m.compartment("V", 4.0, "mL")
    m.species("A", initial=start, unit="cell/mL", compartment="V", count_per_unit=4.0)
    m.parameter("b", 0.5, "1/day")
    m.parameter("d", 0.2, "1/day")
    m.reaction("birth", "A -> 2 A", rate="b * A * V")
    m.reaction("death", "A ->", rate="d * A * V")
    m.dose("infusion", "cell", {"A": "dose / V"})
    m.dose("switch", "1", {"A": "A * (1 - dose)"}, mode="assign")
    return m.build()


def phenotypes(*, start: float = 1e12) -> Model:
    """Infused cells engraft as effectors, which divide, become memory, and come back."""
    m = ModelBuilder("phenotypes", dimensions="off")
    m.species("I", initial=start, **UNIT)
    m.species("E", initial=0.0, **UNIT)
    m.species("M", initial=0.0, **UNIT)
    m.species("X", initial=0.0, **UNIT)
    rates = {"g": 1.5, "loss": 1.0, "b": 0.9, "d": 0.2, "e": 0.3, "r": 0.4, "x": 0.25, "dm": 0.05}
    for name, value in rates.items():
        m.parameter(name, value, "1/day")
    m.reaction("engraftment", "I -> E", rate="g * I")
    m.reaction("loss_I", "I ->", rate="loss * I")
    m.reaction("birth", "E -> 2 E", rate="b * E")
    m.reaction("death", "E ->", rate="d * E")
    m.reaction("memory", "E -> M", rate="e * E")
    m.reaction("recall", "M -> M + E", rate="r * M")
    m.reaction("death_M", "M ->", rate="dm * M")
    m.reaction("last_division", "E -> 2 X", rate="x * E")
    m.reaction("death_X", "X ->", rate="0.5 * X")
    m.dose("infusion", "cell", {"I": "dose / 2"})
    killed = {name: f"{name} * (1 - dose)" for name in "IEMX"}
    m.dose("switch", "1", killed, mode="assign")
    m.dose("refill", "cell", {"E": "dose"}, mode="assign")
    return m.build()
