"""The reference model: engines agree, terms that the trajectories leave off, doses, spread."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import xarray as xr

import livingdrug as ld
from livingdrug.catalogue.reference._reference_evidence import (
    EQUATIONS,
    LYMPHODEPLETION,
    SETTINGS,
)
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.source import Origin
from livingdrug.qc.verify import compare_equations

MODEL = dataclasses.replace(ld.get_model("reference"), status="")  # a draft would warn
CAR = ("I", "ES", "M", "X", "EL")


def run(
    days: list[float],
    *extra: ld.Dose,
    name: str = "A",
    depletion: bool = True,
    rtol: float = 1e-6,
    backend: str = "native",
    **values: float,
) -> xr.Dataset:
    cells, own = SETTINGS[name]
    doses = (*(LYMPHODEPLETION if depletion else ()), ld.Dose("infusion", cells), *extra)
    cohort = cohort_from_arrays(MODEL, {**own, **values}, regimen=ld.Regimen(doses))
    return ld.simulate(MODEL, cohort, times=days, rtol=rtol, backend=backend)


def at(course: xr.Dataset, name: str, day: float) -> float:
    return float(course[name].sel(time=day).values[0])


@pytest.mark.parametrize("name", SETTINGS)
def test_both_engines_agree(name: str) -> None:
    days = [0.0, 3.0, 7.0, 10.5, 14.0, 28.0, 60.0, 180.0, 365.0]
    drug = [ld.Dose("tocilizumab", 560.0, time=10.0)] if name == "D" else []
    native, other = (
        run(days, *drug, name=name, rtol=1e-8, backend=backend)
        for backend in ("native", "reference")
    )
    for species in MODEL.species:
        ours, theirs = native[species.name].values, other[species.name].values
        # 1e-8 a step; what has decayed to 1e-6 of its largest value has no digits to compare
        floor = 1e-6 * np.max(np.abs(theirs))
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * floor, err_msg=species.name)


def test_the_equations_hold_with_every_term_switched_on() -> None:
    # numbers of one size, so that no term hides behind another; shares stay below 1
    shares = {
        "psi": 0.6,
        "tme": 0.5,
        "kx": 0.3,
        "ImI": 0.5,
        "ImP": 0.4,
        "ImE": 0.3,
        "tme_left": 0.7,
    }
    cells = {"KE": 900.0, "h": 40.0, "KT": 500.0, "KB": 300.0, "KH": 200.0, "KN": 60.0, "KR": 70.0,
             "KRc": 300.0, "hR": 20.0, "hN": 15.0, "KF": 30.0, "pB": 5.0, "Gm": 50.0, "ng": 2.0,
             "pI": 0.3, "cd52": 0.6}  # fmt: skip
    off = {"kin", "a15", "nkd", "mu", "kby", "inn", "mmT", "mmN", "kI15", "iC"}
    assert off == {p.name for p in MODEL.parameters if p.value == 0} - {"tme", "cd52"}
    values = dict.fromkeys(off, 0.8) | shares | cells
    parameters = tuple(
        dataclasses.replace(p, value=values.get(p.name, p.value)) for p in MODEL.parameters
    )
    model = dataclasses.replace(MODEL, parameters=parameters)
    assert {one.equation.state for one in compare_equations(model, EQUATIONS)} == {
        species.name for species in model.species
    }
    for one in compare_equations(model, EQUATIONS, n=200):
        assert one.worst < 1e-9, one.equation.state  # as `verify` allows
    # and a wrong term is seen
    wrong = dataclasses.replace(EQUATIONS[0], rate=EQUATIONS[0].rate.replace("cd52", "2 * cd52"))
    assert next(iter(compare_equations(model, [wrong]))).worst > 1e-3


def test_antigen_lost_cells_start_only_as_whole_cells() -> None:
    for f, expected in ((3e-12, 0.0), (1e-6, 2.5e5)):
        start = cohort_from_arrays(MODEL, {"f": f})
        course = ld.simulate(MODEL, start, times=[0.0])
        assert at(course, "TN", 0.0) == pytest.approx(expected, rel=1e-12)
        assert at(course, "TP", 0.0) == pytest.approx(2.5e11 * (1 - f), rel=1e-12)


def test_alemtuzumab_spares_cells_without_cd52() -> None:
    drug = ld.Dose("alemtuzumab", 1.0, time=-6.0)
    days = [0.0, 7.0]
    spared, hit = run(days, drug), run(days, drug, cd52=1.0)
    assert at(spared, "H", 0.0) == pytest.approx(at(hit, "H", 0.0), rel=1e-6)
    assert at(spared, "H", 0.0) < 0.2 * at(run(days), "H", 0.0)
    assert at(hit, "ES", 7.0) < 0.2 * at(spared, "ES", 7.0)


def test_the_safety_switch_takes_its_fraction_of_all_donor_cells() -> None:
    days = [12.0, 12.000001]
    course = run(days, ld.Dose("safety_switch", 0.9, time=12.0), name="B", rtol=1e-9)
    before = run(days, name="B", rtol=1e-9)
    for name in CAR:
        assert at(before, name, 12.0) > 0
        # growth in 1e-6 of a day is below 1e-5
        assert at(course, name, days[1]) == pytest.approx(0.1 * at(before, name, 12.0), rel=2e-5)
    assert at(course, "H", days[1]) == pytest.approx(at(before, "H", days[1]), rel=1e-6)


def test_pd1_block_acts_while_it_is_there() -> None:
    lesions = {"psi": 0.0, "kin": 0.08, "kout": 0.15, "tme": 0.65, "xi": 0.03, "r": 0.01}
    on, end = ld.Dose("pd1_block", 0.5, time=7.0), ld.Dose("pd1_block", 1.0, time=21.0)
    days = [7.0, 21.0, 60.0]
    none, short, long = (
        run(days, **lesions),
        run(days, on, end, **lesions),
        run(days, on, **lesions),
    )
    assert at(short, "TP", 7.0) == pytest.approx(at(none, "TP", 7.0), rel=1e-5)
    assert at(long, "TP", 60.0) < at(short, "TP", 60.0) < 0.5 * at(none, "TP", 60.0)
    # one that leaves everything is none
    idle = run(days, ld.Dose("pd1_block", 1.0, time=7.0), **lesions)
    assert at(idle, "TP", 60.0) == pytest.approx(at(none, "TP", 60.0), rel=1e-4)


def test_il15_feeds_support_until_it_is_stopped() -> None:
    given = [ld.Dose("il15", 1.0, time=40.0), ld.Dose("il15", 0.0, time=80.0)]
    plain, fed = run([79.0, 160.0]), run([79.0, 160.0], *given, kI15=100.0)
    # production is twice as high for 40 days, and the turnover takes about one
    assert at(fed, "C", 79.0) == pytest.approx(2 * at(plain, "C", 79.0), rel=0.02)
    assert at(fed, "IFN", 79.0) > at(plain, "IFN", 79.0) + 50
    assert at(fed, "C", 160.0) == pytest.approx(at(plain, "C", 160.0), rel=0.01)


def test_the_assays_read_the_same_cells() -> None:
    course = run([10.0, 14.0], VCN=2.0)
    cells = sum(at(course, name, 14.0) for name in CAR[:4]) / 5e8
    assert at(course, "car_cells_blood", 14.0) == pytest.approx(cells, rel=1e-9)
    others = at(course, "t_cells_blood", 14.0) + 3000.0
    copies = 1.5e5 * 2.0 * cells / (cells + others)
    assert at(course, "car_transgene", 14.0) == pytest.approx(copies, rel=1e-9)
    # where no other cell dilutes them, every cell gives VCN copies
    alone = run([14.0], VCN=2.0, ANC=0.0, KH=1.0, depletion=False)
    assert 2.9e5 < at(alone, "car_transgene", 14.0) <= 3e5
    warm = 36.5 + 0.85 * at(course, "V", 14.0) - 37.0
    assert at(course, "temperature", 14.0) == pytest.approx(warm, rel=1e-9)


def test_the_spread_is_that_of_the_page() -> None:
    spread = {name: iiv.scale for name, iiv in MODEL.iiv}
    assert spread == {
        "rho": 0.14, "kap": 0.6, "h": 0.8, "alpha": 0.45, "eps": 0.8, "beta": 0.6, "r": 0.5,
        "keng": 1.2, "p6": 0.6, "pI": 0.5, "Kc": 0.3, "infused_fraction": 0.3, "T0": 1.0,
        "f": 3.0, "KE": pytest.approx(1.5), "gam": pytest.approx(math.sqrt(0.5)),
        "Gm": pytest.approx(math.sqrt(0.025)),
    }  # fmt: skip
    cohort = ld.draw_cohort(MODEL, 20_000, seed=5)
    logs = np.log([cohort[name].values for name in ("KE", "gam", "Gm")])
    covariance = np.cov(logs)
    shared = np.array([0.9, 0.5, 0.05])
    own = np.diag([1.2, 0.5, 0.15]) ** 2
    # the error of a covariance over n people is s1 s2 sqrt(2 / n), 0.01 of it; four of them
    size = np.sqrt(np.diag(own + np.outer(shared, shared)))
    assert np.all(np.abs(covariance - own - np.outer(shared, shared)) < 0.04 * np.outer(size, size))


def test_every_number_says_whence_and_keeps_its_mark() -> None:
    by_name = {p.name: p for p in MODEL.parameters}
    assert all(p.doc and p.at for p in MODEL.parameters)
    assert "(M)" in by_name["KD"].at
    assert "(M)" in by_name["dcrp"].at
    assert by_name["alpha"].origin is Origin.LITERATURE
    assert by_name["EmF"].origin is Origin.ASSUMED
    assert "tuned" in by_name["EmF"].at
    # what a source of the catalogue is said to hold, it holds
    assert by_name["alpha"].value == ld.get_model("stein2019").parameter("alpha").value
    assert by_name["beta"].value == ld.get_model("stein2019").parameter("beta").value
    assert by_name["rH"].value == ld.get_model("kimmel2021").parameter("r_N").value
    assert by_name["dI"].value == ld.get_model("hardiansyah2019").parameter("d_IFNg").value
    moes = ld.get_model("frey2010", "icu")
    for ours, theirs in (("Vt", "V1"), ("CLt", "CL"), ("VMt", "VM"), ("KMt", "KM")):
        assert by_name[ours].value == moes.parameter(theirs).value
    krzyzanski = ld.get_model("krzyzanski2021")
    assert by_name["Vd"].value == krzyzanski.parameter("V1").value
    assert by_name["CLd"].value == pytest.approx(24 * krzyzanski.parameter("CL").value, rel=1e-3)
    stein = ld.get_model("stein2019")
    formed = stein.parameter("F_B").value * (0.16 - 0.0032)
    assert by_name["eps"].value == pytest.approx(formed, rel=2e-3)  # rounded to three digits


def test_a_drawn_year_fails_for_nobody() -> None:
    doses = (*LYMPHODEPLETION, ld.Dose("infusion", 1e8))
    cohort = ld.draw_cohort(MODEL, 300, seed=11, regimen=ld.Regimen(doses))
    course = ld.simulate(MODEL, cohort, times=range(366))
    assert not course["status"].values.any()
    for species in MODEL.species:
        values = course[species.name].values
        assert np.isfinite(values).all()
        # round-off of a solver below zero, never more than a billionth of the largest value
        assert values.min() >= -1e-9 * max(values.max(), 1.0), species.name
