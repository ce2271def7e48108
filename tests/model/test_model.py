"""The Model: immutable, with roles and two hashes."""

from __future__ import annotations

import dataclasses
import os
import pickle
import subprocess
import sys
from collections.abc import Callable

import pytest

from livingdrug.core.errors import UnknownNameError
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.parse import parse
from livingdrug.model.model import Model, Role, plain_data
from livingdrug.model.variability import IIV, ResidualError


def full(**header: str) -> ModelBuilder:
    m = ModelBuilder("m", **header)  # type: ignore[arg-type]
    m.compartment("V", 2.0, "mL")
    m.compartment("W", 2.0, "mL")
    m.species("A", initial=10.0, unit="cell/mL", compartment="V", at="Fig. 1", count_per_unit=2.0)
    m.species("B", initial=1.0, unit="cell", boundary=True)
    m.species("C", initial=1.0, unit="cell", constant=True)
    m.parameter("k", 0.5, "1/day", iiv=IIV.sd(0.1))
    m.parameter("held", 0.0, "1")
    m.parameter("given", 0.0, "1")
    m.parameter("moving", 0.0, "1")
    m.parameter("x", 0.0, "1")
    m.input("drug", "mg", default=0.0)
    m.assign("given", "k * quantity(2, 'day')", "1")
    m.rate("moving", "k")
    m.rate("W", "k * W")
    m.reaction("loss", "A ->", rate="k * A * V", at="Eq. 1")
    m.integral("auc", "A", "cell/mL*day")
    m.algebraic("x - held", "x")
    m.event("stop", {"held": "1"}, when="A < quantity(1, 'cell/mL')", at="p. 2")
    m.dose("infusion", "cell", {"A": "dose / V"})
    m.observable("seen", "A", "cell/mL", residual=ResidualError("proportional", 0.2))
    return m


@pytest.fixture
def model() -> Model:
    return full().build()


def test_nothing_can_be_changed(model: Model) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.id = "other"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.parameters[0].value = 1.0  # type: ignore[misc]
    assert all(
        isinstance(getattr(model, field.name), tuple)
        for field in dataclasses.fields(model)
        if field.default == ()
    )
    model.units["k"] = "changed"  # type: ignore[index]
    assert model.units["k"] == "1/day"


def test_roles(model: Model) -> None:
    assert dict(model.roles) == {
        "V": Role.CONSTANT,
        "W": Role.STATE,
        "A": Role.STATE,
        "B": Role.STATE,
        "C": Role.CONSTANT,
        "k": Role.CONSTANT,
        "held": Role.HELD,
        "given": Role.ASSIGNED,
        "moving": Role.STATE,
        "x": Role.ALGEBRAIC,
        "drug": Role.INPUT,
        "auc": Role.INTEGRAL,
    }


def test_lookups(model: Model) -> None:
    assert model.parameter("k").value == 0.5
    assert model.species_named("A").unit == "cell/mL"
    assert model.dose("infusion").unit == "cell"
    assert model.units["auc"] == "cell/mL*day"
    for find, name, hint in (
        (model.parameter, "heldd", "unknown parameter 'heldd' (did you mean 'held'?)"),
        (model.species_named, "AA", "unknown species 'AA' (did you mean 'A'?)"),
        (model.dose, "infuson", "unknown dose 'infuson' (did you mean 'infusion'?)"),
    ):
        with pytest.raises(UnknownNameError) as caught:
            find(name)
        assert f"m: {hint}" in str(caught.value)


def test_equal_content_is_an_equal_model(model: Model) -> None:
    assert full().build() == model
    assert hash(full().build()) == hash(model)


def test_a_model_survives_pickling(model: Model) -> None:
    again = pickle.loads(pickle.dumps(model))
    assert again == model
    assert again.math_hash == model.math_hash


Change = Callable[[Model], Model]


def _parameter(**changes: object) -> Change:
    def change(model: Model) -> Model:
        first, *rest = model.parameters
        new = dataclasses.replace(first, **changes)  # type: ignore[arg-type]
        return dataclasses.replace(model, parameters=(new, *rest))

    return change


def _first(group: str, **changes: object) -> Change:
    def change(model: Model) -> Model:
        first, *rest = getattr(model, group)
        new = (dataclasses.replace(first, **changes), *rest)
        return dataclasses.replace(model, **{group: new})

    return change


TEXTS = {
    "doc": _parameter(doc="another text"),
    "title": lambda m: dataclasses.replace(m, title="t"),
    "population": lambda m: dataclasses.replace(m, population="t"),
    "status": lambda m: dataclasses.replace(m, status="reproduced"),
    "notice": lambda m: dataclasses.replace(m, notice="uncalibrated: set by hand"),
    "source": lambda m: dataclasses.replace(m, source=Source("10.1/x", ("A, B",), 2020, "t")),
    "symbol": _parameter(symbol="kappa"),
}
VALUES = {
    "value": _parameter(value=0.6),
    "unit": _parameter(unit="1/hour"),
    "origin": _parameter(origin=Origin.FIXED),
    "locator": _parameter(at="Table 9"),
    "bound": _parameter(lower=0.0),
    "initial value": _first("species", initial=11.0),
    "count": _first("species", count_per_unit=3.0),
    "compartment size": _first("compartments", size=3.0),
    "variability": lambda m: dataclasses.replace(m, iiv=(("k", IIV.sd(0.2)),)),
    "residual": _first("observables", residual=ResidualError("proportional", 0.3)),
    "additive part of a residual": _first(
        "observables", residual=ResidualError.combined(sd_proportional=0.2, sd_additive=1.0)
    ),
    "limit": _first("observables", lloq=1.0),
    "typical dose": _first("doses", typical=5.0),
    "default": _first("inputs", default=1.0),
    "variant": lambda m: dataclasses.replace(m, variant="v"),
    "organism": lambda m: dataclasses.replace(m, organism="mouse"),
}
MATHEMATICS = {
    "rate": _first("reactions", rate=parse("2 * k * A * V")),
    "stoichiometry": _first("reactions", reactants=(("A", parse("2")),)),
    "log state": _first("species", log_state=True),
    "compartment": _first("species", only_substance=True),
    "event": _first("events", persistent=False),
    "trigger": _first("events", trigger=parse("A < 2")),
    "dose": _first("doses", lag=parse("1")),
    "assignment": _first("assignments", expression=parse("k")),
    "integral": _first("integrals", integrand=parse("2 * A")),
    "observable": _first("observables", expression=parse("2 * A")),
    "initial assignment": lambda m: dataclasses.replace(
        m, initial_assignments=(("A", parse("k")),)
    ),
    "algebraic": lambda m: dataclasses.replace(m, algebraic=(parse("x - 2"),)),
    "interpolation": _first("inputs", interpolation="linear"),
    "new parameter": lambda m: dataclasses.replace(m, parameters=m.parameters[:-1]),
}


@pytest.mark.parametrize("change", TEXTS.values(), ids=TEXTS.keys())
def test_texts_are_in_no_hash(model: Model, change: Change) -> None:
    other = change(model)
    assert other != model
    assert (other.math_hash, other.evidence_hash) == (model.math_hash, model.evidence_hash)


@pytest.mark.parametrize("change", VALUES.values(), ids=VALUES.keys())
def test_values_are_in_the_evidence_hash_alone(model: Model, change: Change) -> None:
    other = change(model)
    assert other.math_hash == model.math_hash
    assert other.evidence_hash != model.evidence_hash


@pytest.mark.parametrize("change", MATHEMATICS.values(), ids=MATHEMATICS.keys())
def test_mathematics_is_in_both_hashes(model: Model, change: Change) -> None:
    other = change(model)
    assert other.math_hash != model.math_hash
    assert other.evidence_hash != model.evidence_hash


def test_every_field_of_the_model_is_covered_by_a_hash_or_is_text() -> None:
    # a new field must be sorted into one of the three tables above
    known = {
        "id", "title", "organism", "population", "time_unit", "source", "variant",
        "dimension_policy", "compartments", "species", "parameters", "assignments", "rates",
        "reactions", "events", "doses", "inputs", "integrals", "observables", "covariates",
        "algebraic", "algebraic_variables", "initial_assignments", "iiv", "correlations",
        "covariate_effects", "dose_stand_in", "status", "notice", "parts",
    }  # fmt: skip
    assert {field.name for field in dataclasses.fields(Model)} == known


def test_the_hash_does_not_depend_on_how_a_number_is_written() -> None:
    assert plain_data(1, set()) == plain_data(1.0, set())
    assert plain_data(True, set()) != plain_data(1, set())


def test_hashes_are_the_same_in_another_process() -> None:
    code = (
        "from livingdrug.model.builder import ModelBuilder\n"
        "m = ModelBuilder('m'); m.species('A', initial=1.0, unit='cell')\n"
        "m.parameter('k', 0.5, '1/day'); m.reaction('loss', 'A ->', rate='k * A')\n"
        "print(m.build().evidence_hash)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    m = ModelBuilder("m")
    m.species("A", initial=1.0, unit="cell")
    m.parameter("k", 0.5, "1/day")
    m.reaction("loss", "A ->", rate="k * A")
    assert run.stdout.strip() == m.build().evidence_hash


def test_repr_names_what_matters(model: Model) -> None:
    text = repr(dataclasses.replace(model, organism="mouse", variant="v", status="draft"))
    assert text == "<Model m, variant 'v': 3 species, 5 parameters, mouse, status draft>"
    assert "organism not stated" in repr(model)
