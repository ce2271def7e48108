"""The builder: text to parts, all problems at once, indexed parts."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

from livingdrug.core.errors import ModelError, UnitWarning
from livingdrug.core.source import Origin
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.nodes import symbol
from livingdrug.model.expression.parse import parse
from livingdrug.model.variability import IIV, ResidualError

PUBLIC = {
    "add_reaction", "algebraic", "assign", "build", "compartment", "correlation", "covariate",
    "covariate_effect", "dose", "dose_stand_in", "event", "function", "initial", "input",
    "integral", "observable", "parameter", "rate", "reaction", "species",
}  # fmt: skip


def builder() -> ModelBuilder:
    m = ModelBuilder("m", organism="in vitro")
    m.species("A", initial=10, unit="cell")
    m.parameter("k", 0.5, "1/day")
    return m


def problems(m: ModelBuilder) -> list[str]:
    with pytest.raises(ModelError) as caught:
        m.build()
    return [str(issue) for issue in caught.value.issues]


def test_public_methods() -> None:
    members = inspect.getmembers(ModelBuilder, inspect.isfunction)
    assert {name for name, _ in members if not name.startswith("_")} == PUBLIC
    assert all(inspect.getdoc(method) for name, method in members if name in PUBLIC)


def test_parts_keep_the_order_of_the_builder() -> None:
    m = builder()
    m.species("B", initial=0.0, unit="cell", doc="second")
    m.reaction("loss", "A -> ", rate="k * A", at="Eq. 1")
    m.reaction("birth", "-> 2 B", rate="k * B")
    model = m.build()
    assert [s.name for s in model.species] == ["A", "B"]
    assert [r.name for r in model.reactions] == ["loss", "birth"]
    assert model.reactions[0].rate == parse("k * A")
    assert model.reactions[0].at == "Eq. 1"
    assert model.species[0].initial == 10.0
    assert type(model.species[0].initial) is float


def test_expressions_may_be_text_numbers_or_nodes() -> None:
    m = builder()
    m.assign("two", 2, "1")
    m.assign("same", symbol("A"), "cell")
    m.rate("A", "-k * A")
    model = m.build()
    assert [a.expression for a in model.assignments] == [parse("2"), symbol("A")]


def test_a_reversible_reaction_becomes_two() -> None:
    m = builder()
    m.species("B", initial=0.0, unit="cell")
    m.reaction("swap", "A -> B", rate="k * A", reverse="2 * k * B")
    forward, back = m.build().reactions
    assert (forward.name, back.name) == ("swap_forward", "swap_reverse")
    assert back.reactants == forward.products
    assert back.rate == parse("2 * k * B")


def test_functions_are_expanded_where_they_are_called() -> None:
    m = builder()
    m.function("saturating", "x, half", "x / (half + x)")
    m.assign("s", "saturating(A, 3)", "1")
    m.rate("A", "0 * k")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnitWarning)
        assert m.build().assignments[0].expression == parse("A / (3 + A)")


def test_indexed_species_and_reactions() -> None:
    m = ModelBuilder("m")
    over = {"site": ["blood", "tumor"], "kind": ["naive", "effector"]}
    m.parameter("k", 0.1, "1/day")
    m.compartment("blood", 5.0, "L")
    m.compartment("tumor", 0.1, "L")
    m.species("T_{site}_{kind}", initial=1, unit="cell/L", compartment="{site}", over=over)
    m.reaction(
        "loss_{site}_{kind}",
        "T_{site}_{kind} ->",
        rate="k * T_{site}_{kind} * {site}",
        over=over,
    )
    model = m.build()
    assert [s.name for s in model.species] == [
        "T_blood_naive", "T_blood_effector", "T_tumor_naive", "T_tumor_effector",
    ]  # fmt: skip
    assert [s.compartment for s in model.species] == ["blood", "blood", "tumor", "tumor"]
    assert model.reactions[3].rate == parse("k * T_tumor_effector * tumor")


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"site": ["blood"]}, "cannot fill the braces in 'T_{organ}' (known: {site})"),
        ({"organ": "blood"}, "over 'organ': 'blood' is not a list of names"),
        ({"organ": []}, "over 'organ': [] is not a list of names"),
    ],
)
def test_indices_that_do_not_fit(over: dict[str, list[str]], message: str) -> None:
    m = builder()
    m.species("T_{organ}", initial=1, unit="cell", over=over)
    assert any(message in problem for problem in problems(m))


def test_all_problems_are_reported_at_once() -> None:
    m = builder()
    m.parameter("w", 1.0, "1", iiv=0.3)  # type: ignore[arg-type]
    m.reaction("bad_text", "A ->", rate="k * * A")
    m.reaction("bad_arrow", "A - B", rate="k")
    m.reaction("bad_name", "A ->", rate="kk * A")
    m.observable("o", "A", "cells of blood", residual=0.2)  # type: ignore[arg-type]
    m.event("e", {"A": "0"}, when="A < 1", at_time=2.0)
    m.event("e", {"A": "0"})
    m.parameter("p", -1.0, "1", lower=0.0)
    found = problems(m)
    expected = [
        "m, parameter w: variability 0.3 has no scale (write IIV.sd(...), IIV.variance(...) or",
        "m, reaction bad_text: cannot read 'k * * A'",
        "m, reaction bad_arrow: 'A - B' needs exactly one '->'",
        "m, observable o: residual error 0.2 has no scale",
        "m, event e: give either a condition `when` or a time `at_time`",
        "m, reaction bad_name: unknown symbol 'kk'",
        "m, parameter p: value -1 is outside its bounds [0, inf]",
        "m, observable o: 'cells of blood' is not a unit",
    ]
    for text in expected:
        assert any(text in problem for problem in found), (text, found)
    assert len(found) == len(expected) + 1  # the event twice


def test_one_mistake_gives_one_problem() -> None:
    m = builder()
    m.parameter("l", 1.0, "1/day", iiv=IIV.sd(0.2))
    m.parameter("m", 1.0, "1/day", iiv=0.2)  # type: ignore[arg-type]
    m.correlation(["l", "m"], [[1.0, 0.5], [0.5, 1.0]])
    assert len(problems(m)) == 1


@pytest.mark.parametrize("value", ["0.5", None, True, 1j])
def test_what_is_not_a_number_is_refused(value: object) -> None:
    m = builder()
    m.parameter("p", value, "1")  # type: ignore[arg-type]
    assert problems(m) == [f"m, parameter p: {value!r} is not a number"]


def test_numbers_of_numpy_are_numbers() -> None:
    m = builder()
    m.parameter("p", np.float32(0.5), "1", lower=np.int64(0))
    parameter = m.build().parameter("p")
    assert (parameter.value, parameter.lower) == (0.5, 0.0)
    assert type(parameter.value) is float


def test_variability_inherits_the_locator_of_its_parameter() -> None:
    m = builder()
    m.parameter("p", 1.0, "1", at="Table 2", iiv=IIV.sd(0.1))
    m.parameter("q", 1.0, "1", at="Table 2", iiv=IIV.sd(0.1, at="Table 3"))
    assert [iiv.at for _, iiv in m.build().iiv] == ["Table 2", "Table 3"]


def test_extinction_bears_the_origin_of_its_species() -> None:
    m = ModelBuilder("m")
    m.species("A", initial=1, unit="cell", extinct_below=1, origin=Origin.FIXED, at="Methods")
    extinction = m.build().species_named("A").extinction
    assert extinction is not None
    assert (extinction.below, extinction.origin, extinction.at) == (1.0, Origin.FIXED, "Methods")


def test_doses_events_and_stand_ins() -> None:
    m = builder()
    m.parameter("F", 0.8, "1")
    m.dose("infusion", "cell", {"A": "F * dose"}, mode="assign", lag=0.5, typical=1e6)
    m.event("boost", {"A": "2 * A", "k": "0"}, at_time=["1", 7], every=2, count=3)
    m.event("relapse", {}, when="A > 5", delay=1, priority="2", initial_value=False)
    m.dose_stand_in("A", "no dose in the paper")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnitWarning)
        model = m.build()
    assert model.dose("infusion").targets[0].mode == "assign"
    assert model.dose("infusion").lag == parse("0.5")
    boost, relapse = model.events
    assert boost.times == (parse("1"), parse("7"))
    assert [name for name, _ in boost.assignments] == ["A", "k"]
    assert (relapse.trigger, relapse.delay) == (parse("A > 5"), parse("1"))
    assert model.dose_stand_in is not None
    assert model.dose_stand_in.quantity == "A"


def test_dimensions_follow_the_policy() -> None:
    def wrong(policy: str) -> ModelBuilder:
        m = ModelBuilder("m", dimensions=policy)  # type: ignore[arg-type]
        m.species("A", initial=1, unit="cell")
        m.parameter("k", 1, "1/hour")
        m.reaction("loss", "A ->", rate="k * A", at="x")
        return m

    with pytest.raises(ModelError, match=r"`k \* A` is \[cell\] / \[time\] at 24 times the scale"):
        wrong("strict").build()
    with pytest.warns(UnitWarning, match="m, reaction loss: `k"):
        wrong("warn").build()
    assert wrong("off").build().dimension_policy == "off"


def test_a_builder_can_go_on_after_building() -> None:
    m = builder()
    m.rate("A", "-k * A")
    first = m.build()
    m.observable("seen", "A", "cell", residual=ResidualError("proportional", 0.1))
    assert first.observables == ()
    assert [o.name for o in m.build().observables] == ["seen"]
