"""Published functions: what they take, what they refuse, and what they give beside data."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import livingdrug as ld
from livingdrug.catalogue.function import Argument, ClosedForm, Formula, Output
from livingdrug.catalogue.index import get_entry, get_model, status_of
from livingdrug.catalogue.readout import Readout
from livingdrug.core.errors import DraftModelWarning, OptionError, UnitError, UnknownNameError
from livingdrug.core.source import Source
from livingdrug.model.parameter import Parameter
from livingdrug.qc.measure import evaluate_readout
from livingdrug.qc.verify import verify

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SOURCE = Source("", ("Test, A.",), 2020, "Test")

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")


def line(**changes: object) -> ClosedForm:
    """y = a x + c, which needs no catalogue."""
    form = ClosedForm(
        "line", "A line", "in silico", "nobody", SOURCE, "only",
        arguments=(
            Argument("x", "mg", None, 0.0, 10.0, "amount"), Argument("c", "mg", 1.0, doc="offset"),
        ),
        outputs=(Output("y", "mg", "result"),),
        parameters=(Parameter("a", 2.0, "1", lower=0.0),),
        formulas=(Formula("y", "a * x + c", "here"),),
        law=lambda x, p: {"y": p["a"] * x["x"] + x["c"]},
    )  # fmt: skip
    return dataclasses.replace(form, **changes)


def test_lists_span_a_grid_and_numbers_do_not() -> None:
    found = line()(x=[1.0, 2.0, 3.0], c=[0.0, 10.0])
    assert found["y"].dims == ("x", "c")
    np.testing.assert_array_equal(found["y"], [[2, 12], [4, 14], [6, 16]])
    assert found["y"].attrs == {"units": "mg", "long_name": "result"}
    assert found.attrs["source"] == SOURCE.citation()
    single = line()(x=3.0)
    assert single["y"].dims == ()
    assert float(single["y"]) == 7.0
    assert float(single["c"]) == 1.0
    assert float(line()(x=3.0, parameters={"a": 5.0})["y"]) == 16.0


def test_an_argument_with_units_is_converted() -> None:
    given = xr.DataArray([0.001, 0.002], dims="x", attrs={"units": "g"})
    np.testing.assert_allclose(line()(x=given)["y"], [3.0, 5.0], rtol=1e-14)
    with pytest.raises(UnitError, match="argument x"):
        line()(x=xr.DataArray(1.0, attrs={"units": "L"}))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "argument x: is not given"),
        ({"x": 1.0, "z": 1.0}, "unknown argument 'z'"),
        ({"x": [1.0, 11.0]}, r"argument x: 11 given \(allowed are 0 to 10\)"),
        ({"x": np.nan}, "nan given"),
        ({"x": [[1.0]]}, r"shape \(1, 1\)"),
        ({"x": []}, r"shape \(0,\)"),
        ({"x": "many"}, "'many' is not a number"),
        ({"x": 1.0, "parameters": {"b": 1.0}}, "unknown parameter 'b'"),
        ({"x": 1.0, "parameters": {"a": -1.0}}, "parameter a: -1 given"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        line()(**given)


def test_a_draft_warns() -> None:
    with pytest.warns(DraftModelWarning, match="line is a draft"):
        line(status="draft")(x=1.0)


def test_the_evidence_hash_follows_values_and_text() -> None:
    usual = line().evidence_hash
    assert line().evidence_hash == usual
    assert line(digest="other text").evidence_hash != usual
    assert line(parameters=(Parameter("a", 2.5, "1"),)).evidence_hash != usual
    form = ld.get_function("das_carnk_cd33")
    assert len(form.digest) == 64
    edited = dataclasses.replace(form, digest="0" * 64)
    assert status_of(edited) == "draft"
    assert len({ld.get_function("das_carnk_cd33", v).evidence_hash
                for v in get_entry("das_carnk_cd33").published.variants}) == 6  # fmt: skip


def test_models_and_functions_are_told_apart() -> None:
    assert not set(ld.list_models()) & set(ld.list_functions())
    with pytest.raises(UnknownNameError, match=r"use get_function\('das_carnk_cd33'\)"):
        get_model("das_carnk_cd33")
    with pytest.raises(UnknownNameError, match=r"use get_model\('kimmel2021'\)"):
        ld.get_function("kimmel2021")
    with pytest.raises(UnknownNameError, match="did you mean 'das_carnk_cd33'"):
        ld.get_function("das_carnk_cd3")
    with pytest.raises(UnknownNameError, match="unknown variant of das_carnk_cd33 'hl60_gen5'"):
        ld.get_function("das_carnk_cd33", "hl60_gen5")


def test_a_readout_of_another_unit_or_kind_cannot_pass() -> None:
    right = Readout("y", "value", "y", 7.0, "mg", "here", rtol=1e-12, values={"x": 3.0})
    assert evaluate_readout(line(), right) == 7.0
    for change in ({"unit": "g"}, {"take": "maximum"}, {"of": "z"}):
        assert np.isnan(evaluate_readout(line(), dataclasses.replace(right, **change)))


def test_a_value_that_is_a_percent_off_is_found() -> None:
    entry = get_entry("prybutok2022_binding")
    build = entry.published.build

    def wrong(variant: str) -> ClosedForm:
        form = build(variant)
        parameters = tuple(
            dataclasses.replace(p, value=1.01 * p.value) if p.name == "f" else p
            for p in form.parameters
        )
        return dataclasses.replace(form, parameters=parameters)

    assert verify(entry).passed
    changed = dataclasses.replace(
        entry, published=dataclasses.replace(entry.published, build=wrong)
    )
    assert not verify(changed).passed


# -- the two entries ------------------------------------------------------------------------------


def test_the_printed_form_of_the_switch_is_the_one_that_is_computed() -> None:
    from livingdrug.catalogue.closed_form.das_carnk_cd33 import _switch

    K1, K2 = 0.00150075, 0.0461675
    v = np.array([1e-3, 0.3, 0.9, 1.1, 2.0, 30.0])
    b = (v - 1) - K2 * (K1 / K2 + v)
    printed = (b + np.sqrt(b**2 + 4 * K2 * (v - 1) * v)) / (2 * (v - 1))
    # the printed form loses some ten digits where its numerator is a difference of near numbers
    np.testing.assert_allclose(_switch(v, K1, K2), printed, rtol=1e-9)
    # the limit at 1, where the printed form is 0 / 0
    np.testing.assert_allclose(_switch(np.array([1.0]), K1, K2), 1 / (1 + K1 / K2), rtol=1e-12)
    assert _switch(np.array([np.inf]), K1, K2) == pytest.approx(1.0, rel=1e-9)


def test_lysis_rises_with_cells_and_time_and_falls_with_hla() -> None:
    lyse = ld.get_function("das_carnk_cd33", "kasumi1_gen4")
    found = lyse(et_ratio=[0.0, 1.0, 5.0], hla=[0.0, 0.5, 1.0, 2.0], t=[2.0, 4.0])["lysis"]
    assert float(abs(found.sel(et_ratio=0.0)).max()) < 1e-10  # rounding of weights that sum to 1
    assert (found.diff("et_ratio") > 0).all()
    assert (found.diff("t").sel(et_ratio=[1.0, 5.0]) > 0).all()
    assert (found.diff("hla").sel(et_ratio=[1.0, 5.0]) < 0).all()


@pytest.mark.parametrize(
    ("variant", "effector", "squares"),
    [
        ("kasumi1_gen4", "CAR_Gen4", 25.013),
        ("kasumi1_gen2", "CAR_Gen2", 18.505),
        ("kasumi1_wt", "WT_NK", 16.236),
    ],
)
def test_lysis_beside_the_measured_one(variant: str, effector: str, squares: float) -> None:
    path = SHARED / "carnk_cd33_aml_invitro" / "lysis_by_et_4h.csv"
    if not path.is_file():
        pytest.skip(f"no data of the assay at {path}; they have no licence to be packed")
    with path.open(encoding="utf-8") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if (row["nk_donor"], row["target_line"], row["run"], row["effector"])
            == ("donor1", "Kasumi1", "1stRun", effector)
        ]
    assert len(rows) == 5
    # 6,200 NK cells on 10,000 targets: the table of data writes 0.62 as 0.6
    ratios = [{0.6: 0.62}.get(r, r) for r in (float(row["et_ratio"]) for row in rows)]
    measured = np.array([float(row["specific_lysis_pct_mean"]) for row in rows])
    lysis = ld.get_function("das_carnk_cd33", variant)(et_ratio=ratios)["lysis"].values
    # the sum of squares is known to 5 digits
    assert float(np.sum((lysis - measured) ** 2)) == pytest.approx(squares, abs=2e-3)


def test_binding_is_the_same_for_half_of_the_antigen_at_half_of_the_constant() -> None:
    bind = ld.get_function("prybutok2022_binding")
    first = bind(L=[10.0, 1e3], KD=1e-8)["p"]
    second = bind(L=[5.0, 5e2], KD=5e-9)["p"]
    np.testing.assert_allclose(first, second.values, rtol=1e-13)
    assert float(bind(L=0.0, KD=0.0)["p"]) == 0.0  # nothing to bind
    half = bind(L=1.0, KD=1e-8)["L_half"]
    occupied = np.arctanh(bind(L=float(half), KD=1e-8)["p"]) * 2 / 3.0
    assert float(occupied) == pytest.approx(0.5, rel=1e-12)


def test_whole_numbers_of_receptors_jump() -> None:
    n = [49_999.0, 50_000.0, 99_999.0, 100_000.0]
    exact = ld.get_function("prybutok2022_binding", "car")(L=1e3, KD=1e-8, n=n)["p"].values
    whole = ld.get_function("prybutok2022_binding", "car_carcade")(L=1e3, KD=1e-8, n=n)["p"].values
    assert np.all(np.diff(exact) > 0)
    assert whole[0] == 0.0
    assert whole[1] == whole[2] == exact[1]
    assert whole[3] == exact[3]
    arcade = ld.get_function("prybutok2022_binding", "car_arcade3")(L=1e3, KD=1e-8)["p"]
    assert float(arcade) > 0.99  # ten times the exponent of the published program
    assert 0.4 < exact[1] < 0.5


def test_the_binding_map_orders_the_simulated_outcomes() -> None:
    path = SHARED / "carcade2022_design_space" / "dish_coculture_mean.csv"
    if not path.is_file():
        pytest.skip(f"no outcomes of CARCADE at {path}; they are not packed")
    with path.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if float(row["antigens_healthy"]) == 0.0]
    bind = ld.get_function("prybutok2022_binding", "car_carcade")
    chance = [
        float(bind(L=float(r["antigens_cancer"]), KD=float(r["car_kd_molar"]))["p"]) for r in rows
    ]
    left = [float(row["cancer_live_rel_initial"]) for row in rows]
    ranks = [np.argsort(np.argsort(values)) for values in (chance, left)]
    # dose and CD4 fraction vary as well; a wrong sign or no relation would be far from this
    assert np.corrcoef(*ranks)[0, 1] < -0.3
