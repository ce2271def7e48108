"""The list of checks, and one failing example for each of their findings."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import pytest

from livingdrug.core.errors import ModelError, UnitWarning
from livingdrug.core.source import Origin
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.checks import CHECKS, check_model
from livingdrug.model.variability import IIV, ResidualError

Change = Callable[[ModelBuilder], object]


def base(dimensions: str = "off") -> ModelBuilder:
    m = ModelBuilder("m", dimensions=dimensions)  # type: ignore[arg-type]
    m.compartment("V", 2.0, "mL")
    m.species("A", initial=10.0, unit="cell")
    m.parameter("k", 0.5, "1/day", iiv=IIV.sd(0.1))
    m.parameter("l", 0.5, "1/day", iiv=IIV.sd(0.1))
    m.covariate("age", "year", reference=40.0)
    m.reaction("loss", "A ->", rate="k * A")
    return m


EXAMPLES: dict[str, list[tuple[Change, str]]] = {
    "check_names": [
        (lambda m: m.parameter("a b", 1, "1"), "parameter a b: 'a b' is not a name"),
        (lambda m: m.parameter("2x", 1, "1"), "'2x' is not a name"),
        (lambda m: m.parameter("time", 1, "1"), "'time' is a word of the expression language"),
        (lambda m: m.species("exp", initial=1, unit="1"), "'exp' is a word of the expression"),
        (lambda m: m.parameter("lambda", 1, "1"), "'lambda' is a word of the expression"),
        (
            lambda m: m.parameter("A", 1, "1"),
            "parameter A: the name 'A' is already used by a species",
        ),
        (lambda m: m.integral("A", "1", "1"), "integral A: the name 'A' is already used"),
        (
            lambda m: m.species("status", initial=1, unit="1"),
            "a name that every course uses itself",
        ),
        (lambda m: m.reaction("loss", "A ->", rate="1"), "reaction loss: the name is used twice"),
        (lambda m: m.reaction("r {i}", "A ->", rate="1"), "reaction r {i}: 'r {i}' is not a name"),
        (lambda m: m.observable("A", "2 * k", "cell"), "observable A: the name is already used"),
        (lambda m: m.observable("a b", "A", "cell"), "observable a b: 'a b' is not a name"),
        (lambda m: m.observable("blq", "A", "cell"), "a name that every course uses itself"),
    ],
    "check_symbols": [
        (lambda m: m.assign("x", "kk", "1"), "assignment x: unknown symbol 'kk' (did you mean 'k'"),
        (lambda m: m.observable("o", "age", "1"), "observable o: unknown symbol 'age'"),
        (lambda m: m.assign("x", "dose", "1"), "assignment x: unknown symbol 'dose'"),
        (
            lambda m: m.dose("d", "1", {"A": "dosis"}),
            "dose d: unknown symbol 'dosis' (did you mean",
        ),
        (lambda m: m.reaction("r", "(n) A ->", rate="1"), "reaction r: unknown symbol 'n'"),
    ],
    "check_cycles": [
        (
            lambda m: (m.assign("x", "y + 1", "1"), m.assign("y", "2 * x", "1")),
            "assignments: circular definition: x -> y -> x",
        ),
        (lambda m: m.assign("x", "x", "1"), "circular definition: x -> x"),
        (
            lambda m: (m.initial("k", "l"), m.initial("l", "k")),
            "initial values: circular definition: k -> l -> k",
        ),
        (
            lambda m: (m.assign("x", "A + 1", "1"), m.initial("A", "x")),
            "initial values: circular definition: x -> A -> x",
        ),
    ],
    "check_determination": [
        (lambda m: m.reaction("r", "->", rate="1"), "reaction r: changes nothing"),
        (lambda m: m.reaction("r", "B ->", rate="1"), "reaction r: unknown species 'B'"),
        (lambda m: m.reaction("r", "k ->", rate="1"), "reaction r: unknown species 'k'"),
        (lambda m: m.rate("A", "1"), "rate of A: the species also takes part in reactions"),
        (lambda m: (m.rate("k", "1"), m.rate("k", "2")), "rate of k: is given twice"),
        (lambda m: (m.rate("k", "1"), m.assign("k", "2", "1")), "also given by an assignment"),
        (lambda m: m.assign("A", "2", "cell"), "assignment A: the species also takes part"),
        (lambda m: m.initial("z", "1"), "initial value of z: unknown quantity 'z'"),
        (
            lambda m: (m.assign("x", "1", "1"), m.initial("x", "1")),
            "initial value of x: the quantity is assigned",
        ),
        (
            lambda m: (m.input("i", "1", default=0), m.initial("i", "1")),
            "initial value of i: the quantity is input",
        ),
        (
            lambda m: m.species("B", initial=1, unit="1", compartment="W"),
            "species B: unknown compartment 'W'",
        ),
        (
            lambda m: m.species("B", initial=1, unit="1", conversion_factor="c"),
            "unknown constant parameter 'c'",
        ),
        (
            lambda m: (
                m.species("B", initial=1, unit="1", constant=True),
                m.reaction("r", "B ->", rate="1"),
            ),
            "reaction r: species 'B' is constant",
        ),
    ],
    "check_algebraic": [
        (lambda m: m.algebraic("A - 1", "z"), "algebraic rule for z: unknown quantity 'z'"),
        (
            lambda m: (m.rate("k", "1"), m.algebraic("k - A", "k")),
            "algebraic rule for k: the quantity is also determined otherwise",
        ),
    ],
    "check_events": [
        (lambda m: m.event("e", {"z": "1"}, at_time=1), "event e: unknown quantity 'z'"),
        (
            lambda m: (m.assign("x", "1", "1"), m.event("e", {"x": "1"}, at_time=1)),
            "event e: 'x' is assigned and cannot be changed",
        ),
        (
            lambda m: (m.input("i", "1", default=0), m.event("e", {"i": "1"}, at_time=1)),
            "event e: 'i' is input and cannot be changed",
        ),
        (
            lambda m: (
                m.species("B", initial=1, unit="1", constant=True),
                m.event("e", {"B": "1"}, at_time=1),
            ),
            "event e: species 'B' is constant and cannot be changed",
        ),
        (lambda m: m.event("e", {}, at_time=1, every=2), "`every` needs `count` >= 1"),
        (lambda m: m.event("e", {}, at_time=1, count=-1), "count -1 must be >= 0"),
        (lambda m: m.dose("d", "1", {}), "dose d: has no target"),
        (lambda m: m.dose("d", "1", {"z": "dose"}), "dose d: unknown quantity 'z'"),
        (lambda m: m.dose_stand_in("z", ""), "dose stand-in: unknown quantity 'z'"),
    ],
    "check_values": [
        (lambda m: m.parameter("p", math.nan, "1"), "parameter p: the value is not a number"),
        (lambda m: m.parameter("p", 3, "1", upper=2), "value 3 is outside its bounds [-inf, 2]"),
        (lambda m: m.species("B", initial=math.inf, unit="1"), "the initial value is not finite"),
        (lambda m: m.species("B", initial=-1, unit="1"), "species B: negative initial value -1"),
        (
            lambda m: m.species("B", initial=1, unit="1", count_per_unit=0),
            "count_per_unit must be > 0",
        ),
        (
            lambda m: m.species("B", initial=1, unit="1", nominal=-1),
            "nominal must be > 0, -1.0 given",
        ),
        (
            lambda m: m.species("B", initial=1, unit="1", extinct_below=0),
            "extinct_below must be > 0",
        ),
        (
            lambda m: m.species("B", initial=1, unit="1", log_state=True, non_negative=False),
            "a log state must be non-negative",
        ),
        (lambda m: m.compartment("W", 0, "mL"), "compartment W: the size must be > 0"),
        (lambda m: m.observable("o", "A", "cell", lloq=0), "observable o: lloq must be > 0"),
        (
            lambda m: m.observable("o", "A", "cell", residual=ResidualError("additive", -1.0)),
            "residual sd -1.0 must be a number >= 0",
        ),
        (
            lambda m: m.observable(
                "o",
                "A",
                "cell",
                residual=ResidualError.combined(sd_proportional=0.1, sd_additive=-2.0),
            ),
            "additive residual sd -2.0 must be a number >= 0",
        ),
        (
            lambda m: m.observable(
                "o", "A", "cell", residual=ResidualError("proportional", 0.1, sd_additive=2.0)
            ),
            "a proportional error has one sd; use ResidualError.combined",
        ),
        (lambda m: m.input("i", "1", default=math.nan), "input i: the default is not a finite"),
        (lambda m: m.dose("d", "1", {"A": "dose"}, typical=0), "typical amount 0.0 must be > 0"),
    ],
    "check_variability": [
        (
            lambda m: m.parameter("p", 1, "1", iiv=IIV.sd(0.1, lower=2, upper=1)),
            "variability of p: limits 2 to 1",
        ),
        (
            lambda m: m.correlation(["k", "A"], [[1, 0], [0, 1]]),
            "correlation of k, A: 'A' has no variability to correlate",
        ),
        (lambda m: m.correlation(["k", "l"], [[1, 0]]), "the matrix must be 2 x 2"),
        (lambda m: m.correlation(["k", "l"], [[1, 0.5], [0.4, 1]]), "must be symmetric with ones"),
        (lambda m: m.correlation(["k", "l"], [[2, 0], [0, 1]]), "must be symmetric with ones"),
        (lambda m: m.correlation(["k", "l"], [[1, 2], [2, 1]]), "is not positive semi-definite"),
        (
            lambda m: [m.correlation(["k", "l"], [[1, 0], [0, 1]]) for _ in range(2)],
            "correlation of k: the parameter is in two blocks",
        ),
        (lambda m: m.covariate_effect("z", "age", 1), "effect of age on z: unknown parameter 'z'"),
        (
            lambda m: m.covariate_effect("k", "sex", 1),
            "effect of sex on k: unknown covariate 'sex'",
        ),
        (
            lambda m: (
                m.covariate("w", "kg", reference=0),
                m.covariate_effect("k", "w", 1, form="power"),
            ),
            "a power effect needs a reference > 0",
        ),
    ],
    "check_log_states": [
        (
            lambda m: (
                m.species("B", initial=1, unit="1", log_state=True),
                m.reaction("r", "-> B", rate="k"),
            ),
            "reaction r: 'B' is a log state, so its rate needs the factor 'B'",
        ),
        (
            lambda m: (
                m.species("B", initial=1, unit="1", log_state=True),
                m.rate("B", "k * B - 1"),
            ),
            "rate of B: 'B' is a log state",
        ),
    ],
}
CASES = [(change, text) for cases in EXAMPLES.values() for change, text in cases]
CASES += [
    (lambda m: m.observable("A", "2 * A", "cell"), "observable A: the name is already used"),
    (lambda m: m.rate("z", "1"), "rate of z: unknown quantity 'z'"),
    (
        lambda m: (m.integral("area", "A", "1"), m.initial("area", "1")),
        "initial value of area: the quantity is integral",
    ),
]


def test_the_base_of_the_examples_is_valid() -> None:
    assert check_model(base().build()) == []


@pytest.mark.parametrize(("change", "text"), CASES, ids=[text for _, text in CASES])
def test_each_finding(change: Change, text: str) -> None:
    m = base()
    change(m)
    with pytest.raises(ModelError) as caught:
        m.build()
    assert any(text in str(issue) for issue in caught.value.issues), str(caught.value)
    assert all(issue.where.startswith("m, ") for issue in caught.value.issues)


def test_every_check_has_a_failing_example() -> None:
    elsewhere = {"check_units", "check_origins"}
    assert {check.__name__ for check in CHECKS} == set(EXAMPLES) | elsewhere


def test_units_that_do_not_parse() -> None:
    m = base("warn")
    m.parameter("p", 1, "cellz/day")
    m.dose("d", "doses", {"A": "dose"})
    with pytest.raises(ModelError) as caught:
        m.build()
    assert [issue.where for issue in caught.value.issues] == ["m, p", "m, dose d"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda m: m.parameter("p", 1, "1", origin=Origin.ESTIMATED), "m, parameter p"),
        (lambda m: m.species("B", initial=1, unit="1", origin=Origin.FIXED), "m, species B"),
        (lambda m: m.compartment("W", 1, "mL", origin=Origin.DERIVED), "m, compartment W"),
    ],
)
def test_a_strict_model_asks_for_locators(change: Change, where: str) -> None:
    for policy in ("strict", "off"):
        m = ModelBuilder("m", dimensions=policy)  # type: ignore[arg-type]
        change(m)
        if policy == "off":
            m.build()
            continue
        with pytest.raises(ModelError, match="needs a locator") as caught:
            m.build()
        assert [issue.where for issue in caught.value.issues] == [where]


def test_an_assumed_number_needs_no_locator() -> None:
    m = ModelBuilder("m", dimensions="strict")
    m.parameter("p", 1, "1")
    assert m.build().parameter("p").at == ""


def test_warnings_name_the_model_and_the_place() -> None:
    m = base("warn")
    m.assign("x", "k + A", "1")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        m.build()
    assert [w.category for w in caught] == [UnitWarning]
    assert str(caught[0].message).startswith("m, assignment x: in `k + A`: term `A` is [cell]")
