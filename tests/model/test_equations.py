"""Equations one by one."""

from __future__ import annotations

import pytest

from livingdrug.model.builder import ModelBuilder
from livingdrug.model.equations import Equation, equations_of, unit_latex
from livingdrug.model.model import Model


def zoo() -> Model:
    m = ModelBuilder("zoo", organism="mouse", dimensions="off")
    m.compartment("V", 5, "mL")
    m.compartment("W", 2, "mL")
    m.species("A", initial=1, unit="ng/mL", compartment="V", symbol="a")
    m.species("B", initial=0, unit="ng", conversion_factor="cf")
    m.species("S", initial=3, unit="1", boundary=True)
    m.parameter("k_on", 0.5, "1/day", symbol="k_1")
    m.parameter("cf", 2, "1")
    m.parameter("drug_level", 0, "%")
    m.initial("B", "2 * cf")
    m.assign("both", "A + B", "1", at="Eq. 3", doc="sum")
    m.reaction("bind", "A + 2 S -> 3 B", rate="k_on*A*V", reverse="0.1*B", at="Fig. 1")
    m.rate("W", "0.1 * W", at="Eq. 4")
    m.integral("auc", "A", "ng/mL*day")
    m.algebraic("A - drug_level", "drug_level")
    m.event(
        "drop", {"A": "A / 2", "S": "0"}, when="A < 1", delay="k_on", priority="A",
        persistent=False, initial_value=False, values_from_trigger=False, at="p. 2",
    )  # fmt: skip
    m.event("visit", {}, at_time=["1", "k_on"], every="7", count=3)
    m.dose("infusion", "mg", {"A": "dose / V", "S": "1"}, lag="0.5")
    m.dose("reset", "1", {"A": "0"}, mode="assign")
    m.observable("drug_in_blood", "A / 2", "ng/mL")
    return m.build()


@pytest.fixture(scope="module")
def equations() -> dict[str, Equation]:
    return {equation.label: equation for equation in equations_of(zoo())}


TEXTS = {
    "initial value A": "A(start) = 1 ng/mL",
    "initial value S": "S(start) = 3",
    "initial value B": "B(start) = 2 * cf",
    "assigned both": "both = A + B",
    "rate of change A": "d(A * V)/dt = -k_on * A * V + 0.1 * B",
    "rate of change B": "dB/dt = 3 * cf * k_on * A * V - 0.30000000000000004 * cf * B",
    "rate of change S": "dS/dt = 0",
    "rate of change W": "dW/dt = 0.1 * W",
    "integral auc": "d(auc)/dt = A",
    "algebraic drug_level": "0 = A - drug_level",
    "event drop": (
        "when A < 1, after a delay of k_on, with values from the time of execution, priority A, "
        "only if the condition still holds, also if the condition holds at the start: "
        "A := A / 2; S := 0"
    ),
    "event visit": "at time 1, k_on and 3 times more, every 7: recorded",
    "dose infusion": "dose in mg after a lag of 0.5: A += dose / V; S += 1",
    "dose reset": "dose in 1: A := 0",
    "observable drug_in_blood": "drug_in_blood = A / 2",
}
LATEX = {
    "initial value A": r"a(t_0) = 1\,\text{ng/mL}",
    "rate of change A": r"\frac{d (a \, V)}{d t} = -k_{1} \, a \, V + 0.1 \, B",
    "algebraic drug_level": r"0 = a - \mathrm{drug\_level}",
    "event visit": (r"t = 1,\ k_{1}\ \text{and 3 times more, every } 7:\quad \text{recorded}"),
    "dose infusion": (
        r"a \leftarrow a + \frac{\mathrm{dose}}{V},\quad S \leftarrow S + 1\quad \text{after } 0.5"
    ),
    "observable drug_in_blood": r"\mathrm{drug\_in\_blood} = \frac{a}{2}",
}


def test_every_part_of_the_model_is_there_once(equations: dict[str, Equation]) -> None:
    assert set(equations) == set(TEXTS)
    assert len(list(equations_of(zoo()))) == len(TEXTS)


@pytest.mark.parametrize("label", TEXTS)
def test_text(equations: dict[str, Equation], label: str) -> None:
    assert equations[label].text == TEXTS[label]


@pytest.mark.parametrize("label", LATEX)
def test_latex(equations: dict[str, Equation], label: str) -> None:
    assert equations[label].latex == LATEX[label]


def test_locators_and_meanings(equations: dict[str, Equation]) -> None:
    assert (equations["assigned both"].at, equations["assigned both"].doc) == ("Eq. 3", "sum")
    assert equations["rate of change A"].at == "Fig. 1"  # of both directions, once
    assert equations["rate of change W"].at == "Eq. 4"


def test_long_sums_get_a_line_for_each_reaction() -> None:
    m = ModelBuilder("m", dimensions="off")
    m.species("A", initial=1, unit="1")
    m.parameter("rate_of_birth", 1, "1")
    m.parameter("rate_of_loss", 1, "1")
    m.reaction("birth", "-> A", rate="rate_of_birth * A * (1 - A)")
    m.reaction("loss", "A ->", rate="rate_of_loss * A / (1 + A)")
    latex = {e.label: e.latex for e in equations_of(m.build())}["rate of change A"]
    assert latex.startswith(r"\begin{aligned} \frac{d A}{d t} = {} & \mathrm{rate\_of\_birth}")
    assert latex.count(r"\\ & \quad -") == 1


def test_a_species_given_by_an_assignment_has_no_initial_value_of_its_own() -> None:
    m = ModelBuilder("m", dimensions="off")
    m.species("A", initial=1, unit="1")
    m.assign("A", "2 * time", "1")
    assert [e.label for e in equations_of(m.build())] == ["assigned A"]


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("", ""),
        ("1", ""),
        ("cell/uL", r"\,\text{cell/uL}"),
        ("%", r"\,\text{\%}"),
        ("blast_pct", r"\,\text{blast\_pct}"),
        ("m^2", r"\,\text{m\^{}2}"),
    ],
)
def test_units(unit: str, written: str) -> None:
    assert unit_latex(unit) == written
