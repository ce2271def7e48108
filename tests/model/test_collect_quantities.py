"""Declaring quantities."""

from __future__ import annotations

import math

from livingdrug.core.source import Origin
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.parameter import Covariate, Input, Parameter
from livingdrug.model.species import Compartment, Species


def test_each_quantity_arrives_as_it_was_given() -> None:
    m = ModelBuilder("m", dimensions="off")
    m.compartment("V", 5, "L", origin=Origin.FIXED, at="p. 3", doc="blood")
    m.species(
        "A", initial=2, unit="cell/L", compartment="V", boundary=True, constant=True,
        conversion_factor="c", count_per_unit=10, nominal=3, log_state=True, term="car_t_blood",
        symbol="A_1", origin=Origin.DIGITISED, at="Fig. 1", doc="cells",
    )  # fmt: skip
    m.parameter("c", 1, "1", lower=0, upper=2, symbol="gamma", origin=Origin.ESTIMATED, at="T 1")
    m.input("drug", "mg/L", default=0, interpolation="linear", at="Fig. 2", doc="level")
    m.covariate("age", "year", reference=40, at="T 2", doc="at infusion")
    m.initial("A", "2 * c")
    model = m.build()
    assert model.compartments == (Compartment("V", 5.0, "L", Origin.FIXED, "p. 3", "blood"),)
    assert model.species == (
        Species(
            "A", "cell/L", 2.0, "V", False, True, True, "c", 10.0, 3.0, True, True, None,
            "car_t_blood", "A_1", Origin.DIGITISED, "Fig. 1", "cells",
        ),
    )  # fmt: skip
    assert model.parameters == (
        Parameter("c", 1.0, "1", Origin.ESTIMATED, "T 1", 0.0, 2.0, "gamma", ""),
    )
    assert model.inputs == (Input("drug", "mg/L", 0.0, "linear", "Fig. 2", "level"),)
    assert model.covariates == (Covariate("age", "year", 40.0, "T 2", "at infusion"),)
    assert [name for name, _ in model.initial_assignments] == ["A"]


def test_defaults_say_that_a_number_is_assumed() -> None:
    m = ModelBuilder("m")
    m.parameter("k", math.inf, "day")
    assert m.build().parameter("k").origin is Origin.ASSUMED
