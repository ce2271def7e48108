"""What has no clones is refused by name, all problems at once."""

import pytest

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, DataError, OptionError, UnknownNameError
from livingdrug.model.builder import ModelBuilder
from tests.solve.clones.models import UNIT, phenotypes
from tests.solve.stochastic.models import birth_death, dimers, immigration


def refused(model, error, *, clones, **options):
    with pytest.raises(error) as caught:
        ld.simulate(model, times=[0.0, 1.0], clones=clones, **options)
    return str(caught.value)


def test_a_record_of_nonsense_lists_everything():
    with pytest.raises(OptionError) as caught:
        ld.Clones(
            0, (), fitness_cv=-1.0, size_cv=float("nan"), step=0.0, keep=-1,
            outliers=(ld.Outlier(-0.5, cells=0, number=0),),
        )  # fmt: skip
    text = str(caught.value)
    assert "9 problems" in text
    for part in (
        "n: is 0",
        "species",
        "fitness_cv",
        "size_cv",
        "step",
        "keep",
        "outlier 1, fitness",
    ):
        assert part in text


def test_a_species_may_be_given_alone_and_not_twice():
    assert ld.Clones(3, "A").species == ("A",)
    with pytest.raises(OptionError, match="each once"):
        ld.Clones(3, ("A", "A"))


def test_options_that_do_not_go_with_clones():
    text = refused(
        birth_death(),
        OptionError,
        clones=ld.Clones(3, "A"),
        method="ssa",
        side="left",
        stochastic=ld.Stochastic(threshold=100.0, turnover={"A": 0.0}),
        reduce={"x": ld.Reduction("maximum", "A")},
    )
    assert "4 problems" in text
    assert "its turnover and nothing else" in text
    assert "method 'ssa' simulates no clones" in text
    with pytest.raises(OptionError, match="clones=Clones"):
        ld.simulate(birth_death(), times=[0.0, 1.0], method="clones")


def test_names_that_are_not_there():
    text = refused(birth_death(), UnknownNameError, clones=ld.Clones(3, ("AA", "Z")))
    assert "did you mean 'A'" in text
    assert "'Z'" in text


def test_fewer_cells_than_clones():
    text = refused(
        birth_death(start=4.0), DataError, clones=ld.Clones(4, "A", outliers=ld.Outlier(2))
    )
    assert "holds 4 cells, fewer than the 5 that its 5 clones need" in text


def test_cells_out_of_nothing():
    text = refused(immigration(), CapabilityError, clones=ld.Clones(1, "A"))
    assert "arrival: no reading in clones: cells of A appear that no cell of a clone makes" in text


def test_pairs():
    text = refused(dimers(), CapabilityError, clones=ld.Clones(1, ("A", "B")))
    assert "pairing: no reading in clones: it takes several cells at once" in text


def test_a_phenotype_that_is_not_listed():
    text = refused(phenotypes(), CapabilityError, clones=ld.Clones(1, "E"))
    assert "list I too, where these cells come from" in text
    assert "recall" in text


def test_net_rates_need_their_turnover():
    text = refused(ld.get_model("kimmel2021"), CapabilityError, clones=ld.Clones(1, "C"))
    assert "turnover={'C': 0.0}" in text


def test_what_is_not_counted():
    text = refused(ld.get_model("reference"), CapabilityError, clones=ld.Clones(1, ("G", "IFN")))
    assert "2 problems" in text
    assert "cannot be counted" in text


def test_an_event_that_sets_cells():
    m = ModelBuilder("set", dimensions="off")
    m.species("A", initial=10.0, **UNIT)
    m.reaction("birth", "A -> 2 A", rate="0.1 * A")
    m.event("cull", {"A": "A / 2"}, when="A > 20")
    text = refused(m.build(), CapabilityError, clones=ld.Clones(1, "A"))
    assert "event cull: no reading in clones: it sets A" in text


def test_doses_that_have_no_reading():
    model = phenotypes(start=1e6)
    slow = ld.Regimen((ld.Dose("infusion", 1e6, duration=0.5),))
    cohort = ld.cohort_from_arrays(model, {"b": [0.9]}, regimen=slow)
    clones = ld.Clones(2, ("I", "E", "M", "X"))
    assert "brings cells over 0.5 days" in refused(
        model, CapabilityError, cohort=cohort, clones=clones
    )
    refill = ld.Regimen((ld.Dose("refill", 1e9, time=0.5),))
    cohort = ld.cohort_from_arrays(model, {"b": [0.9]}, regimen=refill)
    assert "sets E to more than there was" in refused(
        model, DataError, cohort=cohort, clones=clones
    )


def test_too_much_to_keep():
    with pytest.raises(OptionError, match=r"5,000,000 clones x 101 times need 3\.76 GiB"):
        ld.simulate(birth_death(start=1e9), times=range(101), clones=ld.Clones(5_000_000, "A"))
