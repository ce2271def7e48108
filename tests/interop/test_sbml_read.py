"""SBML files written here, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.interop import sbml_text as x

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, DataError, ModelError
from livingdrug.interop.sbml import document
from livingdrug.interop.sbml.math import translate
from livingdrug.interop.sbml.read import read_sbml, translate_sbml
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.nodes import symbol

ENGINES = ("reference", "native")


@pytest.fixture
def read(tmp_path):
    def write(text, name="file.xml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_sbml(path)

    return write


def run(model, times, backend="reference"):
    course = ld.simulate(
        model, times=times, backend=backend, rtol=1e-9, atol=1e-12, on_failure="raise"
    )
    assert course.attrs["backend"] == backend
    return course


def last(course, name):
    return float(course[name].values[0, -1])


# -- amounts, concentrations, sizes -----------------------------------------------------------


@pytest.mark.parametrize("backend", ENGINES)
def test_a_law_in_amounts_of_a_concentration(read, backend):
    """Amount A in V loses V k A/V per time; the product is an amount with a conversion factor."""
    law = x.reaction("r", "V*k*S", x.reference("S"), x.reference("P", "2"))
    model = read(
        x.model(
            Compartments=x.compartment("V", "4"),
            Species=x.species("S", "V", 'initialAmount="8"')
            + x.species("P", "V", 'initialConcentration="0.5" conversionFactor="f"', "true"),
            Parameters=x.parameter("k", "0.3") + x.parameter("f", "10"),
            Reactions=law,
        )
    )
    course = run(model, [0, 2], backend)
    gone = 8.0 * (1.0 - math.exp(-0.6))
    assert last(course, "S") == pytest.approx((8.0 - gone) / 4.0, rel=1e-7)
    assert last(course, "P") == pytest.approx(0.5 * 4.0 + 10.0 * 2.0 * gone, rel=1e-7)


@pytest.mark.parametrize("backend", ENGINES)
def test_a_constant_species_is_diluted_by_a_growing_compartment(read, backend):
    model = read(
        x.model(
            Compartments=x.compartment("V", "1", "false"),
            Species=x.species("S", "V", 'initialConcentration="3" constant="true"'),
            Rules=x.rule("rate", "V", "0.5"),
        )
    )
    assert last(run(model, [0, 4], backend), "S") == pytest.approx(1.0, rel=1e-8)


@pytest.mark.parametrize("backend", ENGINES)
def test_an_event_writes_a_concentration_into_the_compartment_before_it(read, backend):
    """Amount 0.2 x 0.5, then the size becomes 0.2: the concentration ends at 0.5."""
    model = read(
        x.model(
            Compartments=x.compartment("V", "0.5", "false"),
            Species=x.species("S", "V", 'initialConcentration="2" boundaryCondition="true"'),
            Events=x.event("e", "time >= 1", {"S": "0.2", "V": "0.2"}),
        )
    )
    course = run(model, [0, 2], backend)
    assert (last(course, "S"), last(course, "V")) == pytest.approx((0.5, 0.2))


def test_initial_values_in_a_compartment_whose_size_is_computed(read):
    model = read(
        x.model(
            Compartments=x.compartment("V", "", "true"),
            Species=x.species("S", "V", 'initialAmount="6"')
            + x.species("N", "V", 'initialConcentration="6"', "true"),
            Parameters=x.parameter("a", "1.5"),
            InitialAssignments=x.initial("V", "2*a"),
        )
    )
    course = run(model, [0, 1])
    assert (last(course, "S"), last(course, "N")) == pytest.approx((2.0, 18.0))


# -- reactions --------------------------------------------------------------------------------


def test_a_reversible_law_written_as_a_difference_becomes_two_reactions(read):
    text = x.model(
        Compartments=x.compartment("V"),
        Species=x.species("A", "V", 'initialAmount="1"') + x.species("B", "V", 'initialAmount="0"'),
        Parameters=x.parameter("k", "1"),
        Reactions=x.reaction(
            "r", "V*(k*A - j*B)", x.reference("A"), x.reference("B"),
            local='<localParameter id="j" value="2"/>', reversible="true",
        ),
    )  # fmt: skip
    model = read(text)
    assert [(r.name, r.net) for r in model.reactions] == [
        ("r_forward", False),
        ("r_reverse", False),
    ]
    assert model.parameter("r_j").value == 2.0
    assert last(run(model, [0, 30]), "B") == pytest.approx(1.0 / 3.0, rel=1e-6)
    one_way = read(text.replace('reversible="true"', 'reversible="false"'))
    assert [(r.name, r.net) for r in one_way.reactions] == [("r", True)]


@pytest.mark.parametrize("backend", ENGINES)
def test_a_stoichiometry_that_a_rule_and_one_that_an_event_changes(read, backend):
    """dA/dt = s with ds/dt = 1; dB/dt = n with n = 1, then 3 from time 1."""
    model = read(
        x.model(
            Compartments=x.compartment("V"),
            Species="".join(x.species(n, "V", 'initialAmount="0"') for n in "AB"),
            Rules=x.rule("rate", "s", "1"),
            Reactions=x.reaction(
                "r", "1", "",
                x.reference("A", "0", 'id="s" constant="false"')
                + x.reference("B", "1", 'id="n" constant="false"'),
            ),
            Events=x.event("e", "time >= 1", {"n": "3"}),
        )
    )  # fmt: skip
    course = run(model, [0, 2], backend)
    assert (last(course, "A"), last(course, "B")) == pytest.approx((2.0, 4.0), rel=1e-7)


def test_the_rate_of_a_reaction_is_a_symbol(read):
    model = read(
        x.model(
            Compartments=x.compartment("V"),
            Species=x.species("A", "V", 'initialAmount="4"'),
            Parameters=x.parameter("seen", constant="false"),
            Rules=x.rule("assignment", "seen", "2*r"),
            Reactions=x.reaction("r", "0.5*A", x.reference("A")),
        )
    )
    assert last(run(model, [0, 1]), "seen") == pytest.approx(4.0 * math.exp(-0.5), rel=1e-7)


# -- conditions and jumps ---------------------------------------------------------------------


@pytest.mark.parametrize("backend", ENGINES)
def test_a_condition_that_is_not_linear_in_time_is_located(read, backend):
    """sin(2 time) turns positive at pi, 2 pi and 3 pi before time 10."""
    model = read(
        x.model(
            Parameters=x.parameter("n", "0", "false") + x.parameter("at", "0", "false"),
            Events=x.event("e", "sin(2*time) > 0", {"n": "n + 1", "at": "time"}),
        )
    )
    course = run(model, [0, 0.1, 10], backend)
    times = course["event_time"].values
    assert course["n"].values[0].tolist() == [0.0, 1.0, 4.0]
    turns = [0.0, math.pi, 2 * math.pi, 3 * math.pi]  # it rises just behind the start as well
    np.testing.assert_allclose(times, turns, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("backend", ENGINES)
def test_a_floor_in_a_rate_jumps_where_the_whole_number_is_reached(read, backend):
    """x' = 1 + floor(x) from 0: x is 1 at 1, 2 at 1.5, 3 at 1.8333, then 3 + 4 (t - 1.8333)."""
    model = read(
        x.model(
            Parameters=x.parameter("x", "0", "false"), Rules=x.rule("rate", "x", "1 + floor(x)")
        )
    )
    course = run(model, [0, 0.5, 1.25, 2.0], backend)
    expected = [0.0, 0.5, 1.5, 3.0 + 4.0 * (2.0 - 11.0 / 6.0)]
    np.testing.assert_allclose(course["x"].values[0], expected, rtol=1e-9)
    assert course.sizes["event_log"] == 0  # the engine's own events are not the model's


@pytest.mark.parametrize("backend", ENGINES)
def test_a_ceiling_falls_with_its_argument(read, backend):
    """x' = -ceil(x) from 2.5: slope -3 for 1/6, then -2 for 1/2, then -1."""
    model = read(
        x.model(Parameters=x.parameter("x", "2.5", "false"), Rules=x.rule("rate", "x", "-ceil(x)"))
    )
    course = run(model, [0, 1 / 6, 2 / 3, 1.0], backend)
    np.testing.assert_allclose(course["x"].values[0], [2.5, 2, 1, 1 - 1 / 3], rtol=1e-7)


@pytest.mark.parametrize("backend", ENGINES)
def test_a_factorial_of_a_ceiling(read, backend):
    """y' = ceil(time)! : 1 + 2 + 6 / 2 at time 2.5."""
    model = read(
        x.model(
            Parameters=x.parameter("y", "0", "false"),
            Rules=x.rule("rate", "y", "factorial(ceil(time))"),
        )
    )
    assert last(run(model, [0, 2.5], backend), "y") == pytest.approx(6.0, rel=1e-8)


@pytest.mark.parametrize("backend", ENGINES)
def test_a_rate_of_change_gives_an_initial_value(read, backend):
    model = read(
        x.model(
            Parameters=x.parameter("x", "3", "false") + x.parameter("p", constant="false"),
            InitialAssignments=x.initial("p", "2*rateOf(x)"),
            Rules=x.rule("rate", "x", "-0.5*x") + x.rule("rate", "p", "0"),
        )
    )
    assert last(run(model, [0, 1], backend), "p") == pytest.approx(-3.0)


@pytest.mark.parametrize("backend", ENGINES)
def test_simultaneous_events_run_by_priority_with_the_values_that_they_ask_for(read, backend):
    """`high` writes 10 first; `now` sees it, `then` keeps the 1 of the time of the trigger."""
    model = read(
        x.model(
            Parameters="".join(
                x.parameter(n, v, "false") for n, v in zip("abc", "100", strict=True)
            ),
            Events=x.event("then", "time >= 1", {"b": "a"}, priority="1")
            + x.event("now", "time >= 1", {"c": "a"}, priority="1", from_trigger="false")
            + x.event("high", "time >= 1", {"a": "10"}, priority="2"),
        )
    )
    if backend == "native":  # needs a state
        model = read(
            x.model(
                Parameters="".join(
                    x.parameter(n, v, "false") for n, v in zip("abcx", "1000", strict=True)
                ),
                Rules=x.rule("rate", "x", "1"),
                Events=x.event("then", "time >= 1", {"b": "a"}, priority="1")
                + x.event("now", "time >= 1", {"c": "a"}, priority="1", from_trigger="false")
                + x.event("high", "time >= 1", {"a": "10"}, priority="2"),
            )
        )
    course = run(model, [0, 2], backend)
    assert [last(course, name) for name in "abc"] == [10.0, 1.0, 10.0]
    assert course["event_name"].values[0] == "high"


def test_a_constraint_is_seen_in_the_event_log(read):
    model = read(
        x.model(
            Parameters=x.parameter("x", "0", "false"),
            Rules=x.rule("rate", "x", "1"),
            Constraints=f"<constraint>{x.math('x < 2')}</constraint>",
        )
    )
    course = run(model, [0, 3])
    assert course["event_name"].values.tolist() == ["constraint_1"]
    assert course["event_time"].values[0] == pytest.approx(2.0)


# -- mathematics ------------------------------------------------------------------------------

A, B = 2.75, -1.5
FORMULAS = {
    "a^2 - sqrt(a) + root(3, a)": A**2 - math.sqrt(A) + A ** (1 / 3),
    "log10(a) + log(2, a) + ln(a)": math.log10(A) + math.log2(A) + math.log(A),
    "sec(a) + csc(a) + cot(a)": 1 / math.cos(A) + 1 / math.sin(A) + 1 / math.tan(A),
    "sech(a) + csch(a) + coth(a)": 1 / math.cosh(A) + 1 / math.sinh(A) + 1 / math.tanh(A),
    "arcsec(a) + arccsc(a) + arccot(a)": math.acos(1 / A) + math.asin(1 / A) + math.atan(1 / A),
    "arccsch(a) + arccoth(a) + arcsech(1/a)": math.asinh(1 / A) + math.atanh(1 / A) + math.acosh(A),
    "arcsinh(a) + arccosh(a) + arctanh(1/a)": math.asinh(A) + math.acosh(A) + math.atanh(1 / A),
    "quotient(b, 0.4) + 10*rem(b, 0.4)": -3.0 + 10 * (B + 3 * 0.4),
    "min(a, b, 1) + 10*max(a, b, 1)": B + 10 * A,
    "floor(b) + 10*ceil(b) + 100*abs(b)": -2.0 - 10.0 + 150.0,
    "piecewise(1, a < b, 2, b < a, 3)": 2.0,
    "(a > b) + (a < b) + 10*true": 11.0,
    "piecewise(5, xor(a > b, true), 6) + piecewise(1, implies(a > b, false), 2)": 8.0,
    "piecewise(7, a, 8)": 7.0,
    "piecewise(1, true == (b > 0), 2)": 2.0,
    "piecewise(1, 1 < a < 3, 2)": 1.0,
    "factorial(5) + avogadro/1e23": 120.0 + 6.02214179,
    "exponentiale + pi + 1e2 + (3/4)": math.e + math.pi + 100.75,
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_mathematics_has_its_meaning(formula):
    import libsbml

    node = translate(libsbml.parseL3Formula(formula), symbol, {}, "test")
    assert evaluate(node, {"a": A, "b": B}) == pytest.approx(FORMULAS[formula], rel=1e-12)


def test_a_choice_without_otherwise_is_not_a_number():
    import libsbml

    node = translate(libsbml.parseL3Formula("piecewise(1, a < b)"), symbol, {}, "test")
    assert math.isnan(evaluate(node, {"a": A, "b": B}))


def test_a_deep_expression_needs_no_deep_stack():
    import libsbml

    tree = libsbml.parseL3Formula("a")
    for _ in range(5000):
        outer = libsbml.ASTNode(libsbml.AST_FUNCTION_ABS)
        outer.addChild(tree)
        tree = outer
    assert translate(tree, symbol, {}, "test").depth == 5000


def test_functions_are_expanded_where_they_are_called(read):
    functions = (
        f'<functionDefinition id="f">{x.math("lambda(u, v, u + 2*v)")}</functionDefinition>'
        f'<functionDefinition id="g">{x.math("lambda(v, f(v, u1(v)))")}</functionDefinition>'
        f'<functionDefinition id="u1">{x.math("lambda(u, u*u)")}</functionDefinition>'
    )
    model = read(
        x.model(
            FunctionDefinitions=functions,
            Parameters=x.parameter("v", "3") + x.parameter("w", constant="false"),
            Rules=x.rule("assignment", "w", "g(v + 1)"),
        )
    )
    assert last(run(model, [0, 1]), "w") == 4.0 + 2.0 * 16.0


# -- names, units, time -----------------------------------------------------------------------


def test_ids_that_are_words_of_ours_get_another_name(tmp_path):
    path = tmp_path / "words.xml"
    names = ("exp", "status", "lambda", "exp_")
    path.write_text(
        x.model(
            Parameters="".join(x.parameter(n, str(k)) for k, n in enumerate(names))
            + x.parameter("sum", constant="false"),
            Rules=x.rule("assignment", "sum", "exp_ + status"),
        )
    )
    found = translate_sbml(path)
    assert len({str(found.symbols[name]) for name in names}) == len(names)
    assert last(run(found.model, [0, 1]), "sum") == 4.0


def test_time_is_in_the_unit_of_the_file(read):
    hour = (
        '<unitDefinition id="h"><listOfUnits><unit kind="second" exponent="1" scale="0" '
        'multiplier="3600"/></listOfUnits></unitDefinition>'
        '<unitDefinition id="c"><listOfUnits><unit kind="mole" exponent="1" scale="-3" '
        'multiplier="1"/><unit kind="litre" exponent="-1" scale="0" multiplier="1"/>'
        "</listOfUnits></unitDefinition>"
    )
    model = read(
        x.model(
            'timeUnits="h"',
            UnitDefinitions=hour,
            Parameters=x.parameter("x", "1", "false", 'units="c"'),
            Rules=x.rule("rate", "x", "-x"),
        )
    )
    course = run(model, [0, 2])
    assert (model.time_unit, course["time"].attrs["units"]) == ("hour", "hour")
    assert course["event_time"].attrs["units"] == "hour"
    assert course["x"].attrs["units"] == "mmol/L"
    assert last(course, "x") == pytest.approx(math.exp(-2.0), rel=1e-7)


def test_levels_one_and_two_count_seconds(read):
    text = (
        '<?xml version="1.0"?><sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2">'
        '<model name="old"><listOfCompartments><compartment name="V" volume="2"/>'
        '</listOfCompartments><listOfSpecies><species name="A" compartment="V" '
        'initialAmount="4" boundaryCondition="false"/></listOfSpecies><listOfParameters>'
        '<parameter name="k" value="0.5"/></listOfParameters><listOfReactions>'
        '<reaction name="r" reversible="false"><listOfReactants><speciesReference species="A" '
        'stoichiometry="1"/></listOfReactants><kineticLaw formula="k*A*V"/></reaction>'
        "</listOfReactions></model></sbml>"
    )
    model = read(text)
    assert (model.id, model.time_unit) == ("old", "s")
    assert last(run(model, [0, 1]), "A") == pytest.approx(2.0 * math.exp(-0.5), rel=1e-7)


# -- algebraic rules, submodels, refusals -----------------------------------------------------


def test_algebraic_rules_are_matched_with_what_nothing_else_determines(read):
    """x has a rate, so the first rule gives y; the second then has to give z."""
    model = read(
        x.model(
            Parameters="".join(x.parameter(n, "1", "false") for n in "xyz"),
            Rules=x.rule("rate", "x", "1")
            + x.rule("algebraic", "", "x + y - 5")
            + x.rule("algebraic", "", "y + z - 7"),
        )
    )
    assert model.algebraic_variables == ("y", "z")


def test_an_algebraic_rule_with_nothing_to_determine(read):
    text = x.model(Parameters=x.parameter("k", "1"), Rules=x.rule("algebraic", "", "k - 1"))
    with pytest.raises((CapabilityError, ModelError), match="algebraic rule 1"):
        read(text)


COMP = 'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'


def _with_submodels(source):
    inner = (
        x.model(Parameters=x.parameter("x", "1", "false"), Rules=x.rule("rate", "x", "-x"))
        .split("\n", 2)[2]
        .replace("</sbml>", "")
        .replace('<model id="test" >', '<comp:modelDefinition id="inner">')
        .replace("</model>", "</comp:modelDefinition>")
    )
    listed = f"<comp:listOfModelDefinitions>{inner}</comp:listOfModelDefinitions>"
    if source:
        listed = (
            "<comp:listOfExternalModelDefinitions><comp:externalModelDefinition "
            f'comp:id="inner" comp:source="{source}"/></comp:listOfExternalModelDefinitions>'
        )
    listed = listed.replace('modelDefinition id="inner"', 'modelDefinition comp:id="inner"')
    listed = listed.replace("<comp:modelDefinition comp:id", "<comp:modelDefinition id")
    return x.HEAD.replace(' level="3"', f' {COMP} level="3"') + (
        '<model id="outer"><comp:listOfSubmodels><comp:submodel comp:id="one" '
        'comp:modelRef="inner"/><comp:submodel comp:id="two" comp:modelRef="inner"/>'
        f"</comp:listOfSubmodels></model>{listed}</sbml>"
    )


def test_submodels_come_back_flat(read):
    model = read(_with_submodels(""))
    course = run(model, [0, 1])
    assert {"one__x", "two__x"} <= set(course.data_vars)
    assert last(course, "two__x") == pytest.approx(math.exp(-1.0), rel=1e-7)


def test_submodels_of_other_files(read, tmp_path):
    with pytest.raises(DataError, match=r"inner.*part\.xml: cannot be read"):
        read(_with_submodels("part.xml"))
    part = x.model(Parameters=x.parameter("x", "1", "false"), Rules=x.rule("rate", "x", "-x"))
    (tmp_path / "part.xml").write_text(part)
    assert last(run(read(_with_submodels("part.xml")), [0, 1]), "one__x") < 0.4
    (tmp_path / "part.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><sbml/>')
    with pytest.raises(DataError, match="document type"):
        read(_with_submodels("part.xml"))
    with pytest.raises((CapabilityError, ModelError), match="https"):
        read(_with_submodels("https://example.org/part.xml"))


def _decay(**change):
    values = {"initial": 'initialAmount="10"', "law": "k*A", "species": "A"} | change
    return x.model(
        Compartments=x.compartment("V"),
        Species=x.species("A", "V", values["initial"]),
        Parameters=x.parameter("k", "0.1"),
        Reactions=x.reaction("loss", values["law"], x.reference(values["species"])),
    )


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("<sbml", ModelError, "line 1"),
        ("", ModelError, "line"),
        (_decay().replace("</model>", ""), ModelError, "line"),
        (_decay(law="k*B"), ModelError, r"line \d+.*'B'"),
        (_decay(species="B"), ModelError, r"line \d+.*'B'"),
        (_decay(initial='initialAmount="INF"'), CapabilityError, "species A: starts at inf"),
        (_decay(initial=""), CapabilityError, "species A: has no initial value"),
        (f'<?xml version="1.0"?><!-- x --><!DOCTYPE a [<!ENTITY b "c">]>{_decay()}', DataError,
         "line 1: declares a document type"),
        ('<?xml version="1.0" encoding="UTF-7"?><sbml/>', DataError, "encoding 'UTF-7'"),
        (_decay().replace("<kineticLaw>", "<kineticLaw><!--").replace(
            "</kineticLaw>", "--></kineticLaw>"), CapabilityError, "reaction loss: has no kinetic"),
        (x.model(Parameters=x.parameter("d", constant="false"),
                 Rules=x.rule("assignment", "d", "delay(time, -1)")), CapabilityError,
         "d: .*negative"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(read, text, error, message):
    with pytest.raises(error, match=message) as caught:
        ld.compile_model(read(text))
    assert "test" in str(caught.value) or "file.xml" in str(caught.value)


def test_a_fast_reaction_is_in_equilibrium_from_the_start(read):
    text = _decay().replace("version2/core", "version1/core").replace('version="2"', 'version="1"')
    text = text.replace('reversible="false"', 'reversible="false" fast="true"')
    model = read(text)
    assert [reaction.fast for reaction in model.reactions] == [True]
    course = ld.simulate(model, times=[0.0, 1.0])
    assert course["A"].values.ravel() == pytest.approx([0.0, 0.0], abs=1e-12)


def test_a_package_that_changes_the_meaning_is_refused(read):
    needed = 'xmlns:q="http://www.sbml.org/sbml/level3/version1/qual/version1" q:required="true"'
    with pytest.raises((CapabilityError, ModelError), match=r"qual|'q'"):
        read(_decay().replace(' level="3"', f' {needed} level="3"'))


def test_a_large_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(document, "MAX_BYTES", 100)
    path = tmp_path / "large.xml"
    path.write_text(_decay())
    with pytest.raises(DataError, match="refused"):
        read_sbml(path)
    with pytest.raises(DataError, match="is a folder"):
        read_sbml(tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        read_sbml(tmp_path / "none.xml")


def test_reductions_are_in_the_time_of_the_file(tmp_path):
    path = tmp_path / "seconds.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">'
        '<model timeUnits="second"><listOfParameters>'
        '<parameter id="x" value="1" constant="false"/></listOfParameters><listOfRules>'
        '<rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">'
        "<apply><minus/><ci>x</ci></apply></math></rateRule></listOfRules></model></sbml>"
    )
    reduce = {
        "when": ld.Reduction("first day below", "x", level=0.5),
        "area": ld.Reduction("auc", "x"),
    }
    kept = ld.simulate(ld.read_sbml(path), times=[0.0, 3.0], reduce=reduce)
    unit = kept["when"].attrs["units"]
    assert unit in ("s", "second")
    assert kept["area"].attrs["units"].endswith(unit)
    assert kept["when"].item() == pytest.approx(np.log(2.0), rel=1e-5)
