"""Delays in SBML files: every place that may hold one, against closed forms, and written back."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from tests.interop import sbml_text as x

import livingdrug as ld
from livingdrug.core.errors import CapabilityError
from livingdrug.interop.sbml.read import read_sbml, translate_sbml

SUITE = Path(__file__).resolve().parents[3] / "shared" / "sbml_suite" / "semantic"


@pytest.fixture
def both(tmp_path):
    """Read a file, and what is written of it."""

    def read(text):
        path = tmp_path / "file.xml"
        path.write_text(text, encoding="utf-8")
        model = read_sbml(path)
        ld.write_sbml(model, tmp_path / "again.xml")
        return model, read_sbml(tmp_path / "again.xml")

    return read


def values(models, name, times):
    """Return a course, once the two models have agreed."""
    first, again = (
        ld.simulate(m, times=times, rtol=1e-10, atol=1e-12, on_failure="raise")[name].values[0]
        for m in models
    )
    assert again == pytest.approx(first, rel=1e-9, abs=1e-12)
    return first


def test_every_part_of_a_reaction(both):
    models = both(
        x.model(
            Compartments=x.compartment("V", "2", constant="false"),
            Species=x.species("S", "V", 'initialConcentration="3"')
            + x.species("P", "V", 'initialAmount="0"', amount="true")
            + x.species("Q", "V", 'initialAmount="0"', amount="true"),
            Parameters=x.parameter("r", constant="false")
            + x.parameter("v", constant="false")
            + x.parameter("n", constant="false"),
            Rules=x.rule("rate", "V", "1")
            + x.rule("assignment", "r", "delay(J, 1)")
            + x.rule("assignment", "v", "delay(V, 0.5)")
            + x.rule("assignment", "n", "delay(P, 1)"),
            Reactions=x.reaction(
                "J",
                "0.5 * delay(S * V, tau)",
                products=x.reference("P"),
                modifiers=("S",),
                local='<localParameter id="tau" value="2"/>',
            )
            + x.reaction("K", "0.1 * S * V", x.reference("S"), x.reference("Q")),
        )
    )
    # the amount of S is 6 exp(-0.1 t)
    times = [0.0, 1.5, 3.0, 4.0]

    def law(t):
        return 3 * math.exp(-0.1 * max(t - 2, 0))

    def product(t):
        return 3 * min(t, 2) + 30 * -math.expm1(-0.1 * max(t - 2, 0)) if t > 0 else 0.0

    assert values(models, "r", times) == pytest.approx([law(t - 1) for t in times], rel=1e-8)
    assert values(models, "v", times) == pytest.approx([2.0, 3.0, 4.5, 5.5], rel=1e-9)
    assert values(models, "P", times) == pytest.approx([product(t) for t in times], rel=1e-8)
    expected = [product(t - 1) for t in times]
    assert values(models, "n", times) == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_stoichiometries_that_change_have_a_past(both):
    models = both(
        x.model(
            Compartments=x.compartment("V"),
            Species=x.species("S", "V", 'initialAmount="0"', amount="true"),
            Parameters=x.parameter("late", constant="false"),
            Rules=x.rule("rate", "count", "1") + x.rule("assignment", "late", "delay(count, 1)"),
            Reactions=x.reaction(
                "J", "delay(time, 1)", products=x.reference("S", "2", 'id="count" constant="false"')
            ),
        )
    )
    # S' = (2 + t)(t - 1): before the start time is negative
    times = [0.0, 2.0]
    assert values(models, "S", times) == pytest.approx([0.0, 8 / 3 + 2 - 4], abs=1e-8)
    assert values(models, "late", times) == pytest.approx([2.0, 3.0], rel=1e-9)


def test_every_part_of_an_event(both):
    models = both(
        x.model(
            Parameters=x.parameter("p", "0", "false")
            + x.parameter("q", "0", "false")
            + x.parameter("u", "0", "false"),
            Rules=x.rule("rate", "p", "1"),
            Events=x.event("e", "delay(p > 1, 0.5)", {"q": "delay(p, 1)"}, delay="delay(p, 1.25)")
            + x.event("f", "p > 2", {"u": "1"}, priority="delay(p, 1.9)")
            + x.event("g", "p > 2", {"u": "2"}, priority="0.2"),
        )
    )
    # e triggers at 1.5, takes p(0.5), and acts p(0.25) later; f acts after g at 2
    assert values(models, "q", [1.7, 1.8]) == pytest.approx([0.0, 0.5], abs=1e-9)
    assert values(models, "u", [1.9, 2.1]) == pytest.approx([0.0, 1.0])


def test_initial_assignments_and_algebraic_rules(both):
    models = both(
        x.model(
            Parameters=x.parameter("p", "1", "false")
            + x.parameter("w", constant="false")
            + x.parameter("z", "0", "false")
            + x.parameter("s", constant="false"),
            InitialAssignments=x.initial("p", "delay(w, 2) + delay(delay(w, 1), 1)"),
            Rules=x.rule("assignment", "w", "time^2")
            + x.rule("rate", "p", "-p")
            + x.rule("assignment", "s", "delay(rateOf(p), 1)")
            + x.rule("algebraic", "", "z + delay(p, 1) - 10"),
        )
    )
    # up to the start p is 2 (t - 2)**2, as its initial assignment says
    times = [0.0, 0.5, 2.0]
    expected = [10 - 18, 10 - 12.5, 10 - 8 * math.exp(-1)]
    assert values(models, "z", times) == pytest.approx(expected, rel=1e-8)
    expected = [-12.0, -10.0, -8 * math.exp(-1)]
    assert values(models, "s", times) == pytest.approx(expected, rel=1e-8)


def test_before_the_start_an_initial_assignment_holds(both):
    models = both(
        x.model(
            Parameters=x.parameter("p", "0", "false") + x.parameter("late", constant="false"),
            InitialAssignments=x.initial("p", "3 + sin(time)"),
            Rules=x.rule("assignment", "late", "delay(p, 1)"),
        )
    )
    times = [0.0, 0.75, 1.5]
    expected = [3 + math.sin(-1), 3 + math.sin(-0.25), 3.0]
    assert values(models, "late", times) == pytest.approx(expected, rel=1e-12)


def test_a_negative_delay_is_refused_by_name(both):
    model, _ = both(
        x.model(
            Parameters=x.parameter("d", constant="false"),
            Rules=x.rule("assignment", "d", "delay(time, -1)"),
        )
    )
    with pytest.raises(CapabilityError, match=r"assignment d.*negative"):
        ld.compile_model(model)


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs ../shared/sbml_suite, the SBML Test Suite")
def test_delays_of_the_suite_come_back_from_a_written_file(tmp_path):
    done = 0
    for folder in sorted(SUITE.iterdir()):
        if "CSymbolDelay" not in (folder / f"{folder.name}-model.m").read_text():
            continue
        path = next(folder.glob("*-sbml-*.xml"))
        model = read_sbml(path)
        if any(reaction.fast for reaction in model.reactions):
            continue  # Level 3 Version 2 has none
        ld.write_sbml(model, tmp_path / "again.xml")
        again = translate_sbml(tmp_path / "again.xml").model  # what another tool would read
        times = np.linspace(0.0, 2.0, 5)
        first, second = (ld.simulate(m, times=times, rtol=1e-9) for m in (model, again))
        for name in set(first.data_vars) & set(second.data_vars):
            if first[name].dims == ("subject", "time"):
                assert second[name].values == pytest.approx(
                    first[name].values, rel=1e-7, abs=1e-9, nan_ok=True
                ), (folder.name, name)
        done += 1
    assert done >= 25
