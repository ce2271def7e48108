"""What SBML leaves to the reader, or what is easily read in another way, against closed forms."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys

import pytest
from tests.interop import sbml_text as x

import livingdrug as ld
from livingdrug.core.errors import CapabilityError
from livingdrug.interop.sbml.read import translate_sbml

ENGINES = ("reference", "native")
COMP = 'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'


@pytest.fixture
def course(tmp_path):
    """Read a file and simulate it."""

    def run(text, times, backend="reference"):
        (tmp_path / "file.xml").write_text(text, encoding="utf-8")
        model = translate_sbml(tmp_path / "file.xml").model
        found = ld.simulate(
            model, times=times, backend=backend, rtol=1e-9, atol=1e-11, on_failure="raise"
        )
        return lambda name: found[name].values[0].tolist()

    return run


def varying(*names):
    return "".join(x.parameter(name, "0", "false") for name in names)


# -- algebraic rules --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('initialConcentration="2"', 'initialConcentration="3" boundaryCondition="true"'),
        ("", 'initialConcentration="3"'),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_rule_determines_the_same_quantity_in_every_run(tmp_path, first, second, seed):
    """What is held from outside, or has a value, stays; the order of a set is no reason."""
    text = x.model(
        Compartments=x.compartment("C"),
        Species=x.species("A", "C", first) + x.species("B", "C", second),
        Rules=x.rule("algebraic", "", "B - A"),
    )
    (tmp_path / "file.xml").write_text(text, encoding="utf-8")
    code = (
        "import livingdrug as ld; m = ld.read_sbml('file.xml'); print(*m.algebraic_variables, "
        "ld.simulate(m, times=[0, 1])['A'].values[0, -1])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["A", "3.0"]


def test_a_rule_that_may_determine_either_is_refused(course):
    text = x.model(
        Parameters=x.parameter("a", "1", "false") + x.parameter("b", "2", "false"),
        Rules=x.rule("algebraic", "", "a - 2 * b"),
    )
    with pytest.raises(CapabilityError, match=r"may determine '[ab]' or '[ab]'"):
        course(text, [0, 1])


def test_two_rules_share_three_quantities_by_what_they_can_take(course):
    """The first rule could take the one that only the second can use, and moves on."""
    found = course(
        x.model(
            Parameters=x.parameter("p", "", "false") + x.parameter("q", "", "false")
            + x.parameter("k", "5", "false") + varying("t"),
            Rules=x.rule("rate", "t", "1")
            + x.rule("algebraic", "", "p + q - k - t")
            + x.rule("algebraic", "", "p - 2 * t"),
        ),
        [0, 1, 3],
    )  # fmt: skip
    assert found("p") == pytest.approx([0.0, 2.0, 6.0], abs=1e-9)
    assert found("q") == pytest.approx([5.0, 4.0, 2.0])


@pytest.mark.parametrize("backend", ENGINES)
def test_an_amount_in_a_compartment_that_a_rule_gives(course, backend):
    """The size in the file is not the one at the start; the amounts are."""
    found = course(
        x.model(
            Compartments=x.compartment("C", "1", constant="false"),
            Species=x.species("S", "C", 'initialAmount="4"')
            + x.species("F", "C", 'initialAmount="6" boundaryCondition="true" constant="true"')
            + x.species("Q", "C", 'initialConcentration="3"', amount="true"),
            Parameters=varying("t"),
            Rules=x.rule("rate", "t", "1") + x.rule("algebraic", "", "C - 2 - t"),
            Reactions=x.reaction("r", "0.5 * S * C", x.reference("S")),
        ),
        [0, 1, 4],
        backend,
    )
    times = (0, 1, 4)
    assert found("S") == pytest.approx([4 * math.exp(-0.5 * t) / (2 + t) for t in times], rel=1e-7)
    assert found("F") == pytest.approx([6 / (2 + t) for t in times], rel=1e-7)
    assert found("Q") == pytest.approx([6.0] * 3)


# -- triggers at the start --------------------------------------------------------------------


@pytest.mark.parametrize("backend", ENGINES)
@pytest.mark.parametrize(
    ("trigger", "initial_value", "fires"),
    [
        ("time > 0", "true", [0.0, 1.0]),
        ("not(time <= 0)", "true", [0.0, 1.0]),
        ("time > 0", "false", [0.0, 1.0]),
        ("time >= 0", "true", [0.0, 0.0]),
        ("time >= 0", "false", [1.0, 1.0]),
        ("time <= 0", "true", [0.0, 0.0]),
        ("time <= 0", "false", [1.0, 1.0]),
        ("s > 0", "true", [0.0, 1.0]),
    ],
)
def test_a_trigger_at_the_start_has_the_truth_of_that_time(
    course, backend, trigger, initial_value, fires
):
    found = course(
        x.model(
            Parameters=varying("s", "n", "m"),
            Rules=x.rule("rate", "s", "1"),
            Events=x.event("e", trigger, {"n": "n + 1"}, initial_value=initial_value)
            + x.event("f", trigger, {"m": "2"}, initial_value=initial_value, delay="0.5"),
        ),
        [0, 0.25, 1],
        backend,
    )
    assert found("n") == pytest.approx([*fires, fires[-1]])
    assert found("m") == pytest.approx([0.0, 0.0, 2 * fires[-1]])


# -- submodels with a time of their own -------------------------------------------------------


def submodel(inner, factors=(("time", "2"),)):
    body = re.search(r'<model id="test" >(.*)</model>', inner, re.DOTALL)[1]
    given = "".join(f' comp:{kind}ConversionFactor="{kind}"' for kind, _ in factors)
    numbers = "".join(x.parameter(kind, value) for kind, value in factors)
    return x.HEAD.replace(' level="3"', f' {COMP} level="3"') + (
        f'<model id="outer"><listOfParameters>{numbers}</listOfParameters><comp:listOfSubmodels>'
        f'<comp:submodel comp:id="A" comp:modelRef="inner"{given}/></comp:listOfSubmodels></model>'
        "<comp:listOfModelDefinitions>"
        f'<comp:modelDefinition id="inner">{body}</comp:modelDefinition>'
        "</comp:listOfModelDefinitions></sbml>"
    )


def test_rates_of_change_are_in_the_time_of_the_submodel(course):
    """Its time is half of ours: s is t/2, and a is s²/2 with rateOf(a) = s."""
    found = course(
        submodel(
            x.model(
                Parameters=varying("a", "b", "d", "h", "n", "i"),
                InitialAssignments=x.initial("i", "2 * rateOf(a) + rateOf(d) + 1"),
                Rules=x.rule("rate", "a", "time")
                + x.rule("rate", "i", "0")
                + x.rule("rate", "d", "0.5 * rateOf(a) + 3")
                + x.rule("assignment", "b", "2 + 3 * rateOf(a) * time")
                + x.rule("assignment", "h", "delay(rateOf(a), 1)"),
                Events=x.event("e", "rateOf(a) >= 1", {"n": "rateOf(d)"}),
            )
        ),
        [0, 1, 2.5, 4],
    )
    own = [0.0, 0.5, 1.25, 2.0]
    assert found("A__b") == pytest.approx([2 + 3 * s * s for s in own])
    assert found("A__d") == pytest.approx([s * s / 4 + 3 * s for s in own])
    assert found("A__h") == pytest.approx([max(0.0, s - 1) for s in own], abs=1e-9)
    assert found("A__n") == pytest.approx([0.0, 0.0, 3.5, 3.5], rel=1e-6)
    assert found("A__i") == pytest.approx([4.0] * 4)


def test_the_clock_of_a_submodel_is_no_part_of_the_model(tmp_path):
    inner = x.model(
        Parameters=varying("a", "b"),
        Rules=x.rule("rate", "a", "3") + x.rule("assignment", "b", "rateOf(a)"),
    )
    (tmp_path / "file.xml").write_text(submodel(inner), encoding="utf-8")
    model = ld.read_sbml(tmp_path / "file.xml")
    assert {item.name for item in model.parameters} == {"time_", "A__a", "A__b"}


def test_rates_of_reactions_in_time_and_extent_of_the_submodel(course):
    """The amount falls at 0.5 * 3 / 2; inside, the reaction still goes at 0.5 S."""
    found = course(
        submodel(
            x.model(
                Compartments=x.compartment("C"),
                Species=x.species("S", "C", 'initialAmount="2"'),
                Parameters=varying("v", "w"),
                Rules=x.rule("assignment", "v", "rateOf(S)")
                + x.rule("assignment", "w", "delay(r, 1)"),
                Reactions=x.reaction("r", "0.5 * S", x.reference("S")),
            ),
            (("time", "2"), ("extent", "3")),
        ),
        [0, 1, 3],
    )
    assert found("A__v") == pytest.approx([-3 * math.exp(-0.75 * t) for t in (0, 1, 3)])
    assert found("A__w") == pytest.approx([1.0, 1.0, math.exp(-0.75)])


def test_rates_in_another_file_under_a_time_conversion_are_refused(course, tmp_path):
    inner = x.model(
        Parameters=varying("a", "b"),
        Rules=x.rule("rate", "a", "3") + x.rule("assignment", "b", "rateOf(a)"),
    )
    (tmp_path / "part.xml").write_text(inner, encoding="utf-8")
    text = re.sub(
        "<comp:listOfModelDefinitions>.*</comp:listOfModelDefinitions>",
        '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="inner" '
        'comp:source="part.xml"/></comp:listOfExternalModelDefinitions>',
        submodel(inner),
        flags=re.DOTALL,
    )
    with pytest.raises(CapabilityError, match=r"inner, part\.xml: uses rateOf"):
        course(text, [0, 1])
