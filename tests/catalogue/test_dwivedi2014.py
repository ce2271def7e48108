"""What dwivedi2014 says beyond its read-outs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.cytokine._dwivedi2014_tables import STATES
from livingdrug.catalogue.index import get_entry, get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

VARIANTS = tuple(get_entry("dwivedi2014").published.variants)


def give(mg: float, days: np.ndarray, variant: str = "anti_il6r", **values: float) -> xr.Dataset:
    """Simulate one dose on day 0; none for 0 mg."""
    model = get_model("dwivedi2014", variant)
    regimen = Regimen((Dose(model.doses[0].name, mg, "mg"),)) if mg else None
    cohort = cohort_from_arrays(model, values, regimen=regimen)
    return simulate(model, cohort, times=days.tolist(), rtol=1e-8, on_failure="raise")


@pytest.mark.parametrize("variant", VARIANTS)
def test_without_a_drug_every_state_rests(variant: str) -> None:
    course = give(0.0, np.array([0.0, 10.0, 400.0]), variant)
    for name, values in STATES.items():
        start = values[variant == "healthy"]
        # derivatives of the deposits are below 1e-12 nM per hour
        assert course[name].values[0] == pytest.approx(np.full(3, start), rel=1e-6), name


def test_an_antibody_against_the_receptor_raises_il6_and_lowers_the_signal() -> None:
    days = np.linspace(0.0, 28.0, 57)
    course = give(560.0, days)
    il6, signal = course["il6"].values[0], course["signal_liver"].values[0]
    assert 1.4 * il6[0] < il6[14] < 1.8 * il6[0]
    assert signal[-1] < 0.02 * signal[0]
    against_il6 = give(560.0, days, "anti_il6")
    assert against_il6["il6"].values[0, 14] < 0.1 * il6[0]
    # while the total rises, since the antibody holds what it binds
    assert against_il6["il6_total"].values[0, 14] > 3 * against_il6["il6_total"].values[0, 0]
    assert against_il6["signal_liver"].values[0, -1] < 0.1 * signal[0]


def test_soluble_gp130_blocks_less_than_an_antibody() -> None:
    days = np.array([0.0, 10.0, 14.0])
    least = {v: give(560.0, days, v)["crp_percent"].values[0, -1] for v in VARIANTS[:3]}
    assert least["sgp130fc"] > 1.5 * max(least["anti_il6"], least["anti_il6r"])


def test_more_antibody_adds_duration_and_not_speed() -> None:
    days = np.linspace(0.0, 60.0, 121)
    small, large = (give(mg, days)["crp_percent"].values[0] for mg in (300.0, 800.0))
    early = days <= 7
    assert small[early] == pytest.approx(large[early], abs=0.1)  # percent of the start
    assert (large < 50).sum() > 1.5 * (small < 50).sum()


def test_a_receptor_that_stays_on_for_days_makes_crp_slow() -> None:
    days = np.array([0.0, 2.0, 7.0])
    slow = give(560.0, days)["crp_percent"].values[0]
    fast = give(560.0, days, kia=1.0, Vrd=0.0)["crp_percent"].values[0]
    assert slow[2] > 85
    assert fast[2] < 0.3 * slow[2]


def test_an_antibody_as_strong_as_tocilizumab_is_known_to_be_does_little_here() -> None:
    days = np.array([0.0, 14.0, 28.0])
    deposited = give(560.0, days)["crp_percent"].values[0]
    weaker = give(560.0, days, abon=1.0)["crp_percent"].values[0]  # 2.5 nM
    assert deposited[1] < 45
    assert weaker.min() > 85


def test_units_of_the_observables() -> None:
    course = give(560.0, np.array([0.0, 1e-6]))
    # 4.36e-4 nM of 21 kDa are 9 pg/mL; 560 mg in 2.88 L are 194 ug/mL
    assert float(course["il6"][0, 0]) == pytest.approx(4.35629e-4 * 21e3, rel=1e-5)
    assert float(course["drug"][0, -1]) == pytest.approx(560 / 2.88, rel=1e-3)
    assert float(course["crp_percent"][0, 0]) == pytest.approx(100.0, rel=1e-9)


def test_receptor_is_neither_made_nor_lost_by_binding() -> None:
    course = give(560.0, np.array([0.0, 1e-3]), kint=0.0, kia=0.0, ksR=0.0, kib=0.0, kdA=0.0)
    held = sum(course[name] for name in ("R_L", "RL_L", "AR_L"))
    # complexes with gp130 form from both receptors; on a minute and a half they hardly change
    assert held.values[0] == pytest.approx(np.full(2, held.values[0, 0]), rel=1e-4)
    for p in ("L", "G"):
        stat = course[f"STAT_{p}"] + course[f"pSTAT_{p}"]
        assert stat.values[0] == pytest.approx(np.full(2, 10.0), rel=1e-7)
