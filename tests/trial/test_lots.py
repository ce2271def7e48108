"""What people with cells of one donor share."""

import dataclasses
import math

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.core.errors import DataError
from livingdrug.model.regimen import Regimen
from livingdrug.records.cells import Lot
from livingdrug.records.index import load, names
from livingdrug.records.setting import apply, resolve
from livingdrug.trial.people import draw_people
from livingdrug.trial.run import plan_trial, run_trial

MODEL = ld.get_model("reference")
TRIAL = load("trials", "liu2020")
SIZES = {"keng": 0.4, "Gm": 0.05, "gam": 0.2}
LOT = Lot(20, SIZES)


def factors(lot, n=200, first=0, **options):
    """Return the ratio of what is drawn with lots to what is drawn without, and the cohort."""
    both = [
        draw_people(MODEL, TRIAL, Regimen(), n, seed=3, first_subject=first, lot=each, **options)
        for each in (lot, None)
    ]
    with_lots, without = (drawn.cohort for drawn in both)
    return {name: with_lots[name].values / without[name].values for name in SIZES}, with_lots


def test_people_of_one_lot_share_the_shift_and_nothing_else():
    found, cohort = factors(LOT)
    for factor in found.values():
        lots = factor.reshape(10, 20)
        # all of one lot are the same to rounding, and no two lots are
        assert np.abs(np.log(lots) - np.log(lots[:, :1])).max() < 1e-9
        assert len(set(np.round(lots[:, 0], 9))) == 10
    assert len(set(cohort["keng"].values)) == 200


def test_what_has_no_lot_effect_is_untouched():
    with_lots = draw_people(MODEL, TRIAL, Regimen(), 30, seed=3, lot=LOT).cohort
    without = draw_people(MODEL, TRIAL, Regimen(), 30, seed=3).cohort
    for name in set(without.data_vars) - set(SIZES):
        assert np.array_equal(with_lots[name].values, without[name].values), name


@pytest.mark.parametrize("name", sorted(SIZES))
def test_lots_differ_by_the_stated_spread(name):
    found, _ = factors(Lot(1, SIZES), n=4000)
    logs = np.log(found[name])
    # 4,000 lots give a standard deviation to 1.1 % and a mean to 1.6 % of it; keng and Gm are
    # bounded so far off that the bounds do not show
    assert logs.std() == pytest.approx(SIZES[name], rel=0.05)
    assert abs(logs.mean()) < 0.07 * SIZES[name]


def test_parameters_of_a_lot_are_independent():
    found, _ = factors(Lot(1, SIZES), n=4000)
    table = np.corrcoef([np.log(found[name]) for name in SIZES])
    assert np.abs(table - np.eye(3)).max() < 0.06  # 3.8 standard errors of a correlation of 0


def test_a_lot_is_the_same_in_pieces_and_under_other_population_values():
    whole, _ = factors(LOT, n=60)
    part, _ = factors(LOT, n=25, first=30)
    moved, _ = factors(LOT, n=60, values={"keng": 0.3})
    for name, factor in whole.items():
        assert factor[30:55] == pytest.approx(part[name], rel=1e-12)
        assert factor == pytest.approx(moved[name], rel=1e-12)


def test_a_value_stays_within_its_bounds():
    wild = Lot(1, {"keng": 50.0})
    drawn = draw_people(MODEL, TRIAL, Regimen(), 200, seed=3, lot=wild).cohort["keng"].values
    limits = next((p.lower, p.upper) for p in MODEL.parameters if p.name == "keng")
    assert limits[0] <= drawn.min() <= drawn.max() <= limits[1]


def test_a_parameter_that_does_not_differ_between_people_may_differ_between_lots():
    bare = dataclasses.replace(MODEL, iiv=tuple(i for i in MODEL.iiv if i[0] != "kloss"))
    drawn = draw_people(bare, TRIAL, Regimen(), 40, seed=3, lot=Lot(20, {"kloss": 0.3})).cohort
    assert len(set(np.round(drawn["kloss"].values, 12))) == 2


def test_the_typical_person_has_no_lot():
    drawn = draw_people(MODEL, TRIAL, Regimen(), 1, seed=3, lot=LOT, typical=True).cohort
    assert "keng" not in drawn


@pytest.mark.parametrize("name", names("products"))
def test_cells_of_a_donor_have_lots_and_a_person_s_own_have_none(name):
    product = load("products", name)
    assert (product.lot is not None) == (product.donor == "allogeneic")


def test_the_lot_goes_with_the_setting():
    found = resolve(MODEL, product="car_nk_il15", disease="cll")
    assert found.lot == load("products", "car_nk_il15").lot
    assert resolve(MODEL, product="car_t_cd19_41bb", disease="b_all").lot is None
    assert math.isclose(dict(apply(found, MODEL).iiv)["keng"].scale, 1.2)


def test_a_virtual_trial_knows_the_lot_of_each_person_and_says_what_is_assumed():
    made = run_trial(plan_trial("liu2020", days=30.0), 45, seed=1, piece=25)
    assert made.people["lot"].values.tolist() == [0] * 20 + [1] * 20 + [2] * 5
    assert any("20 people share a donor lot" in text for text in made.assumed)
    own = run_trial(plan_trial("zuma1", days=91.0), 3, seed=1)
    assert "lot" not in own.people
    assert not any("donor lot" in text for text in own.assumed)


GOOD = """
title = "Mine"
cells = "CAR-NK"
donor = "allogeneic"
target = "CD19"
costimulation = "CD28"
dose = { value = 1e8, unit = "cell" }
[lot]
people = 10
sd = { keng = 0.3 }
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"allogeneic"', '"autologous"', "lot: autologous cells are of one person each"),
        ("people = 10", "people = 0", r"lot\.people: is 0"),
        ("people = 10", "people = 2.5", r"lot\.people: is 2\.5 \(must be a whole number"),
        ("keng = 0.3", "keng = -0.3", r"lot\.sd\.keng: is -0\.3"),
        ("keng = 0.3", 'keng = "much"', r"lot\.sd\.keng: is 'much' \(must be a number"),
        ("keng = 0.3", "kenk = 0.3", r"lot\.sd\.kenk: unknown parameter 'kenk'"),
        ("people = 10", 'people = 10\norigin = "literature"', "lot: origin 'literature' without"),
    ],
)
def test_a_lot_that_cannot_be_is_refused(tmp_path, old, new, words):
    file = tmp_path / "mine.toml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(DataError, match=words):
        resolve(MODEL, product=str(file), disease="cll")
