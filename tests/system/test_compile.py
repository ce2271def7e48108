"""compile_model: the same system from the same model, everywhere."""

import os
import pickle
import subprocess
import sys

import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.core.errors import CapabilityError, ModelError
from livingdrug.core.source import Origin
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.text import to_text
from livingdrug.model.model import plain_data
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model


def make(*, rate="k * A * B", value=1.0, doc="", extra=None, **options):
    m = ModelBuilder("pair", dimensions="off")
    m.compartment("V", 2.0, "L")
    m.species("A", initial=value, unit="mg/L", compartment="V", doc=doc)
    m.species("B", initial=0.5, unit="mg", **options)
    m.parameter("k", value, "1/day", lower=0, origin=Origin.FIXED, at="Table 1", doc=doc)
    m.parameter("T", 3.0, "day")
    m.reaction("bind", "A + B ->", rate=rate, doc=doc)
    m.rate("V", "piecewise(0.1, time < T, 0)")
    m.assign("load", "A / (A + B)", "1")
    m.event("e", {"B": "B + 1"}, when="A < 0.5", priority="load")
    m.dose("d", "mg", {"B": "dose"})
    m.integral("area", "A", "day")
    m.observable("seen", "log(A + 1)", "1")
    if extra:
        extra(m)
    return m.build()


def test_the_listing_is_the_same_each_time():
    assert compile_model(make()).listing() == compile_model(make()).listing()


SCRIPT = """
import livingdrug as ld
model = ld.get_model("kimmel2021")
print(ld.compile_model(model).listing(), model.math_hash, model.evidence_hash)
"""


def test_the_listing_is_the_same_in_every_process():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1]
    assert "block rhs" in outputs[0]


def test_the_listing_shows_every_block_over_slots():
    text = compile_model(make()).listing()
    for block in ("init", "rhs", "jacobian", "roots", "conditions", "triggers", "outputs"):
        assert f"block {block}\n" in text
    assert "amount(A)" in text
    assert "load" not in text.partition("block outputs")[0]  # expanded


@pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")
@pytest.mark.parametrize("name", ["pair", "kimmel2021", "stein2019"])
def test_a_system_survives_pickling(name):
    system = compile_model(make() if name == "pair" else get_model(name))
    copy = pickle.loads(pickle.dumps(system))
    assert copy.listing() == system.listing()
    assert copy.model.math_hash == system.model.math_hash
    times = [0.0, 1.0, 5.0]
    ours, theirs = simulate(system, times=times), simulate(copy, times=times)
    variable = system.outputs[0].name
    assert theirs[variable].values.tolist() == ours[variable].values.tolist()


def test_a_system_runs_as_its_model_does():
    model = make()
    a, b = simulate(model, times=[2.0]), simulate(compile_model(model), times=[2.0])
    assert a["seen"].item() == b["seen"].item()


# -- hashes


def changes(other):
    """Which of the two hashes differ from those of the plain model."""
    one = make()
    return one.math_hash != other.math_hash, one.evidence_hash != other.evidence_hash


def test_the_same_model_has_the_same_hashes():
    assert changes(make()) == (False, False)


def test_values_change_the_evidence_and_not_the_mathematics():
    assert changes(make(value=1.5)) == (False, True)
    assert changes(make(count_per_unit=5.0)) == (False, True)


def test_texts_change_neither():
    assert changes(make(doc="a remark")) == (False, False)


def test_equations_change_both():
    assert changes(make(rate="k * A * B * 2")) == (True, True)


@pytest.mark.parametrize(
    "extra",
    [
        lambda m: m.species("C", initial=0.0, unit="mg"),
        lambda m: m.event("f", {"B": 0.0}, at_time=5.0),
        lambda m: m.initial("B", "2 * k"),
        lambda m: m.parameter("p", 1.0, "1"),
        lambda m: m.dose("g", "mg", {"A": "dose / V"}),
        lambda m: m.observable("more", "2 * A", "1"),
        lambda m: m.integral("more", "B", "day"),
    ],
)
def test_parts_change_both(extra):
    assert changes(make(extra=extra)) == (True, True)


@pytest.mark.parametrize("options", [{"log_state": True}, {"boundary": True}])
def test_kinds_of_species_change_both(options):
    assert changes(make(**options)) == (True, True)


def test_a_whole_number_is_the_same_value_as_a_float():
    def plain(lower, below):
        m = ModelBuilder("spelling", dimensions="off")
        m.species("A", initial=1, unit="1", extinct_below=below)
        m.parameter("k", 1, "1", lower=lower)
        m.rate("A", "-k * A")
        return plain_data(m.build(), set())

    assert plain(0, 2) == plain(0.0, 2.0)


def test_the_sum_of_the_terms_does_not_depend_on_how_it_was_written():
    assert not changes(make(rate="k*A*B"))[0]
    assert not changes(make(rate="(k * A) * B"))[0]


# -- what is refused


def small():
    m = ModelBuilder("small", dimensions="off")
    m.species("A", initial=1.0, unit="1")
    return m


def test_delayed_values_are_slots_in_the_order_of_their_needs():
    m = small()
    m.rate("A", "-delay(delay(A, 2) + time, 1) + delay(A, 2)")
    system = compile_model(m.build())
    first, second = system.delays
    assert (first.name, to_text(first.value), to_text(first.lag)) == ("delayed(0)", "A", "2")
    assert to_text(second.value) == "delayed(0) + time"
    assert to_text(first.before) == "initial(A)"
    assert to_text(second.before) == "initial(A) + time"
    assert first.steady
    assert second.steady
    assert system.layout.constants[-2:] == ("delayed(0)", "delayed(1)")


def test_delays_that_no_engine_computes_are_refused():
    m = small()
    m.rate("A", "-A + delay(rate_of(A), 1)")
    with pytest.raises(CapabilityError, match=r"small, rate of A.*neutral"):
        compile_model(m.build())


def test_a_circle_of_rates_is_refused():
    m = small()
    m.rate("A", "rate_of(A) + 1")
    with pytest.raises((CapabilityError, ModelError), match="circle"):
        compile_model(m.build())


@pytest.mark.parametrize("when", ["time >= 1 and time <= 1", "time <= 1 and 1 <= time"])
def test_a_condition_that_holds_at_one_time_only_is_refused(when):
    m = ModelBuilder("instant", dimensions="off")
    m.species("A", initial=1.0, unit="1")
    m.event("e", {"A": "2"}, when=when)
    with pytest.raises(CapabilityError, match="holds at one time only"):
        compile_model(m.build())


def test_a_window_of_time_is_not_refused():
    m = ModelBuilder("window", dimensions="off")
    m.species("A", initial=1.0, unit="1")
    m.event("e", {"A": "2"}, when="time >= 1 and time <= 2")
    assert len(compile_model(m.build()).switches) == 2
