"""Which catalogue models can count entities, and why others cannot."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.core.errors import CapabilityError
from livingdrug.solve.stochastic import Stochastic
from livingdrug.system.hybrid import hybrid_model

# model: species that are counted, and the term for which others that have a count are not
COUNTED = {
    "adhikarla2021": ("N_T N_R N_C", {}),
    "barros2021": ("CT CM T", {}),
    "carrgo_sahoo2020": ("X Y", {}),
    "depillis2005": ("T N L", {}),
    "hardiansyah2019": ("B E Et M Mt", {}),
    "hosseini2020": (
        "Tr B Bp Tr_sp B_sp Tr_ln B_ln Tr_bm B_bm Tr_tu B_tu Ta Ta_sp Ta_ln Ta_bm Ta_tu "
        "T0 T0_sp T0_ln T0_bm T0_tu",
        {},
    ),
    "kimmel2021": ("B", {"N": "log(T / K_N)", "C": "log(T / K_C)"}),
    "leontriana2020": ("C L B", {}),
    "owensbozic2021": ("T E C", {}),
    "park2025": (
        "CD8_TN_blood CD8_TCM_blood CD8_TEM_blood CD8_TEff_blood CD4_TN_blood CD4_TCM_blood "
        "CD4_TEM_blood CD4_TEff_blood X_CD8_blood X_CD4_blood CD8_TN_marrow CD8_TCM_marrow "
        "CD8_TEM_marrow CD8_TEff_marrow CD4_TN_marrow CD4_TCM_marrow CD4_TEM_marrow "
        "CD4_TEff_marrow X_CD8_marrow X_CD4_marrow B_blood B_marrow B_recovering",
        {},
    ),
    "reference": ("I ES M X EL B H HN R TP TN", {}),
    "rodrigues2024_melanoma_tam": ("T M C", {}),
    "singh2021": ("Eb Mb Em Mm X T", {}),
}
# models with an infusion of cells
DOSED = (
    "adhikarla2021", "barros2021", "hardiansyah2019", "owensbozic2021", "park2025", "reference",
    "singh2021",
)  # fmt: skip
# model: the unit of its populations, whose sources do not say how many cells it stands for
NO_CELLS = {
    "ahmed2020": "mg",  # drug
    "baker2013": "1",  # scaled by the source
    "carrgo_dex_brummer2022": "1",  # cell index, an impedance
    "chaudhury2020": "cell/uL",  # without a volume
    "dwivedi2014": "nM",  # cytokine and receptors
    "frey2010": "mg",
    "hoffman2018": "1",  # scaled by the source
    "hornik2019": "mg",
    "kara2024_bystander": "mm^3",
    "kareva_gevertz2023_exhaustion": "1",  # scaled by the source
    "krzyzanski2021": "mg",
    "muellerschoell2021": "cell/uL",  # without a volume
    "nikanjam2019": "mg",
    "stein2019": "copies/ug",
    "urien2013": "mg",
    "varela2025": "mg",
}


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ld.core.errors.DraftModelWarning)
        yield


def test_every_model_has_an_expected_outcome():
    # a new model belongs into one of the two tables above
    assert sorted([*COUNTED, *NO_CELLS]) == sorted(ld.list_models())


def test_the_guide_lists_the_models_that_cannot_be_counted():
    guide = Path(__file__).parents[3] / "docs/how_to/count_single_cells.md"
    section = guide.read_text("utf-8").partition("Which catalogue models can be counted?")[2]
    rows = [row for row in section.partition("\n## ")[0].splitlines() if row.startswith("| `")]
    assert {name for row in rows for name in re.findall("`([^`]+)`", row)} == {*NO_CELLS}


@pytest.mark.parametrize("name", COUNTED)
def test_a_model_with_cells_runs(name):
    species, terms = COUNTED[name]
    model = ld.get_model(name)
    made = hybrid_model(model)
    assert list(made.species) == species.split()
    assert set(made.left_out) == set(terms)
    for left, term in terms.items():
        assert term in made.left_out[left]
    agrees(model, made.species, None)


@pytest.mark.parametrize("name", DOSED)
def test_a_model_with_cells_runs_after_an_infusion(name):
    # the first cells of every pool arrive one by one, in hardiansyah2019 100 of them in 1e-9 day
    model = ld.get_model(name)
    dose = next(item for item in model.doses if item.name == "infusion")
    regimen = ld.Regimen.infusion(dose.typical or 1e8, dose.unit, time=0.0)
    first = model.parameters[0]
    cohort = ld.cohort_from_arrays(model, {first.name: [first.value]}, regimen=regimen)
    agrees(model, hybrid_model(model).species, cohort)


def agrees(model, counted, cohort):
    """Hold populations that are large all the time to the rate equations; others may differ."""
    threshold = 1e3
    course = ld.simulate(
        model, cohort, times=[0.0, 0.5, 1.0], method="hybrid", replicates=2,
        stochastic=Stochastic(threshold=threshold),
    )  # fmt: skip
    assert (course["status"].values == 0).all()
    smooth = ld.simulate(model, cohort, times=[0.0, 0.5, 1.0])
    for item in model.species:
        if item.name in counted:
            there = smooth[item.name].values[0]
            if (there * item.count_per_unit > 1e6).all():
                # what is counted moves these by chance: 1 / sqrt(threshold) of it
                assert course[item.name].values[0] == pytest.approx(
                    np.broadcast_to(there, (2, 3)), rel=0.05
                ), item.name


@pytest.mark.parametrize("name", NO_CELLS)
def test_a_model_without_cells_says_so(name):
    model = ld.get_model(name)
    assert NO_CELLS[name] in {item.unit for item in model.species}
    with pytest.raises(CapabilityError, match=f"{name}: no species has a count_per_unit"):
        ld.simulate(model, times=[0.0, 1.0], method="hybrid", replicates=1)
