"""What one entity is, and how fast jumps of single entities are."""

from __future__ import annotations

import pytest

import livingdrug as ld
from livingdrug.catalogue.index import get_model
from livingdrug.core.errors import CapabilityError
from livingdrug.model.builder import ModelBuilder
from livingdrug.system.blocks import Block
from livingdrug.system.layout import make_layout
from livingdrug.system.lower.jumps import entity_amounts, lower_jumps
from livingdrug.system.printers.python import load_block


def build(*reactions, rates=(), size=None, count=1.0, unit="cell", **more):
    m = ModelBuilder("jumps", dimensions="off")
    if size is not None:
        m.compartment("V", size, "L")
    place = {} if size is None else {"compartment": "V"}
    for name in ("A", "B"):
        m.species(name, initial=10.0, unit=unit, count_per_unit=count, **place, **more)
    m.species("D", initial=1.0, unit="mg")
    m.parameter("k", 0.5, "1/day")
    for name, text, rate, *net in reactions:
        m.reaction(name, text, rate=rate, net=bool(net))
    for name, rate in rates:
        m.rate(name, rate)
    return m.build()


def propensities(model, amounts, *, k=0.5, t=0.0, **options):
    layout = make_layout(model)
    jumps = lower_jumps(model, layout, **options)
    block = Block("jumps", tuple(j.name for j in jumps), tuple(j.propensity for j in jumps))
    p = [{"k": k, "V": 2.0}.get(name, 0.0) for name in layout.constants]
    return jumps, load_block(block, layout)(t, amounts, p, [])


COUNTED = {"species": {"A", "B"}}


def test_birth_and_death_of_cells():
    model = build(("birth", "-> A", "k"), ("death", "A ->", "k * A"))
    jumps, got = propensities(model, [10.0, 0.0], **COUNTED)
    assert [j.changes for j in jumps] == [((0, 1),), ((0, -1),)]
    assert [j.reads for j in jumps] == [frozenset(), frozenset({0})]
    assert got == pytest.approx([0.5, 5.0])


def test_a_unit_of_many_entities_scales_the_propensity_and_not_the_jump():
    # 1 cell/uL stands for 5e8 cells: 2 cell/uL dying at 0.5 per day are 5e8 deaths a day
    model = build(("death", "A ->", "k * A"), count=5e8, unit="cell/uL")
    jumps, got = propensities(model, [2.0, 0.0], **COUNTED)
    assert got == pytest.approx([5e8])
    assert jumps[0].changes == ((0, -1),)
    assert entity_amounts(model, make_layout(model))["A"] == 2e-9


def test_pairs_of_one_species_are_distinct():
    # n (n - 1) k, where k n**2 is the rate of pairings of a deterministic law
    model = build(("pair", "2 A -> B", "k * A**2"))
    jumps, got = propensities(model, [10.0, 0.0], **COUNTED)
    assert got == pytest.approx([0.5 * 10 * 9])
    assert dict(jumps[0].changes) == {0: -2, 1: 1}
    for few in (0.0, 1.0):
        assert propensities(model, [few, 0.0], **COUNTED)[1] == [0.0]


def test_pairs_written_as_a_product_and_triples():
    model = build(("pair", "A + A -> B", "k * A * A"), ("triple", "3 A ->", "k * A**3"))
    assert propensities(model, [5.0, 0.0], **COUNTED)[1] == pytest.approx([10.0, 0.5 * 5 * 4 * 3])


def test_pairs_in_a_volume_count_molecules():
    # concentrations c = n / (V count): k c**2 V per day of extent, in entities k n (n - 1) / (V..)
    model = build(("pair", "2 A -> B", "k * A**2 * V"), size=2.0, count=100.0, unit="mg/L")
    entity = entity_amounts(model, make_layout(model))["A"]
    assert entity == pytest.approx(0.02)  # one of 100 per mg/L in 2 L
    n = 7
    _, got = propensities(model, [n * entity, 0.0], **COUNTED)
    assert got == pytest.approx([0.5 * n * (n - 1) * entity**2 / 2.0 / entity])


def test_a_law_that_counts_partners_itself_is_taken_as_written():
    model = build(("pair", "2 A -> B", "k * A * (A - 1) / 2"))
    assert propensities(model, [10.0, 0.0], **COUNTED)[1] == pytest.approx([22.5])


def test_a_saturating_law_is_taken_as_written():
    model = build(("pair", "2 A -> B", "k * A**2 / (1 + A**2)"))
    assert propensities(model, [3.0, 0.0], **COUNTED)[1] == pytest.approx([0.45])
    assert propensities(model, [1.0, 0.0], **COUNTED)[1] == [0.0]  # one cannot pair


def test_nothing_is_taken_from_nothing():
    model = build(("removal", "A ->", "k"), ("both", "A + B ->", "k * A"))
    assert propensities(model, [0.0, 3.0], **COUNTED)[1] == [0.0, 0.0]
    assert propensities(model, [2.0, 0.0], **COUNTED)[1] == pytest.approx([0.5, 0.0])


def test_a_catalyst_is_read_and_not_changed():
    model = build(("copy", "A -> A + B", "k * A"))
    jumps, got = propensities(model, [4.0, 0.0], **COUNTED)
    assert jumps[0].changes == ((1, 1),)
    assert got == pytest.approx([2.0])


def test_a_net_rate_is_split_and_shares_its_turnover():
    model = build(("growth", "-> A", "k * A * (1 - A / 20)", "net"))
    jumps, got = propensities(model, [10.0, 0.0], **COUNTED, turnover={"A": 0.1})
    assert [j.name for j in jumps] == ["growth (gain)", "growth (loss)"]
    assert got == pytest.approx([2.5 + 1.0, 1.0])
    _, beyond = propensities(model, [40.0, 0.0], **COUNTED)
    assert beyond == pytest.approx([0.0, 20.0])


def test_a_plain_rate_needs_its_turnover_stated():
    model = build(rates=[("A", "-k * A")])
    with pytest.raises(CapabilityError, match=r"rate of A.*net rate.*turnover=\{'A': 0.0\}"):
        propensities(model, [4.0, 0.0], **COUNTED)
    _, got = propensities(model, [4.0, 0.0], **COUNTED, turnover={"A": 0.25})
    assert got == pytest.approx([1.0, 3.0])


def test_what_cannot_be_read_is_listed_together():
    model = build(
        ("decay", "D ->", "k * D"),
        ("odd", "A -> 0.3 B", "k * A"),
        ("moving", "-> (A) B", "k"),
    )
    with pytest.raises(CapabilityError) as caught:
        propensities(model, [4.0, 0.0, 1.0])
    message = str(caught.value)
    assert "3 problems" in message
    assert "D, which cannot be counted" in message
    assert "whole entities" not in message.split("reaction decay")[1].split("\n", maxsplit=1)[0]
    assert "stoichiometry `A` of B is not a number" in message


def test_half_an_entity_is_moved_by_two_firings_in_one():
    # A -> 0.5 B: two of A become one of B
    model = build(("half", "A -> 0.5 B", "k * A"))
    jumps, got = propensities(model, [4.0, 0.0], **COUNTED)
    assert dict(jumps[0].changes) == {0: -2, 1: 1}
    assert got == pytest.approx([1.0])


def test_time_and_inputs_are_noticed():
    model = build(("birth", "-> A", "k * (1 + sin(time))"), ("death", "A ->", "k * A"))
    jumps, _ = propensities(model, [1.0, 0.0], **COUNTED)
    assert [j.timed for j in jumps] == [True, False]


def test_the_tumour_of_kimmel2021_is_born_and_killed():
    model = get_model("kimmel2021")
    jumps = lower_jumps(model, make_layout(model), {"B"})
    assert [(j.name, j.changes) for j in jumps] == [
        ("tumor_division", ((2, 1),)),
        ("tumor_killing", ((2, -1),)),
    ]


def two_volumes(ratio="Vm / Vb", *, count=4.0):
    m = ModelBuilder("volumes", dimensions="off")
    m.species("b", initial=0.0, unit="cell/L", count_per_unit=5.0)
    m.species("m", initial=100.0, unit="cell/L", count_per_unit=count)
    m.parameter("Vb", 5.0, "L")
    m.parameter("Vm", 4.0, "L")
    m.parameter("k", 0.3, "1/day")
    m.reaction("out", f"m -> ({ratio}) b", rate="k * m")
    return m.build()


def test_a_ratio_of_volumes_moves_whole_cells():
    # one cell of the marrow is 1/4 cell/L there and 1/5 cell/L of blood
    model, odd, moving = two_volumes(), two_volumes(count=3.0), two_volumes("m / Vb")
    (jump,) = lower_jumps(model, make_layout(model))
    assert dict(jump.changes) == {0: 1, 1: -1}
    assert [ratio.value for ratio in jump.ratios] == [0.8]
    with pytest.raises(CapabilityError, match="no firing changes whole entities"):
        lower_jumps(odd, make_layout(odd))
    with pytest.raises(CapabilityError, match="is not a number"):
        lower_jumps(moving, make_layout(moving))


@pytest.mark.parametrize("method", ["ssa", "tau", "hybrid"])
def test_a_subject_with_another_ratio_is_refused(method):
    model = two_volumes()
    both = ld.cohort_from_arrays(model, {"Vb": [5.0, 2.5], "Vm": [4.0, 2.0]})
    course = ld.simulate(model, both, times=[0.0, 40.0], method=method, replicates=1)
    # whoever it is, 400 cells are 80 cell/L of blood
    assert course["b"].values[:, 0, -1] == pytest.approx([80.0, 80.0])
    other = ld.cohort_from_arrays(model, {"Vb": [5.0, 2.5], "Vm": [4.0, 4.0]})
    with pytest.raises(CapabilityError, match=r"volumes, subject 1: `Vm / Vb` is 1.6.*0\.8"):
        ld.simulate(model, other, times=[0.0, 1.0], method=method, replicates=1)
