"""The bundled studies, against the collection they were made from where that is present."""

import csv
import dataclasses
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from livingdrug.core.errors import DataError, UnknownNameError
from livingdrug.core.schema import check_study
from livingdrug.data.datasets import list_studies, load_study
from livingdrug.data.views import (
    study_covariate_quantiles,
    study_covariate_values,
    study_doses,
    study_readouts,
    study_source,
    study_terms,
    study_visits,
)

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
RAW = SHARED / "data" / "kimmel2021_zuma1_mtv" / "baseline_mtv.csv"
MEDIANS = SHARED / "data" / "kimmel2021_zuma1_median" / "median_kinetics.csv"
CARRGODEX = SHARED / "data" / "carrgodex_il13ra2_invitro" / "cell_index.csv"
TRIALS = SHARED / "clinical" / "trial_readouts.csv"
VOLUME = "baseline_tumor_volume"


def needs(path):
    return pytest.mark.skipif(not path.is_file(), reason=f"{path.name} is not beside the checkout")


@pytest.mark.parametrize("name", list_studies())
def test_every_study_is_clean_documented_and_licensed(name):
    study = load_study(name)  # a warning would fail here
    assert check_study(study) == []
    assert study.attrs["id"] == name
    assert study.attrs["licence"]
    assert study_source(study) is not None
    folder = resources.files("livingdrug.data") / "studies" / name
    for page in ("SOURCE.md", "LICENCE.md"):
        assert (folder / page).read_text("utf-8").strip()


@pytest.mark.parametrize("name", list_studies())
def test_every_pooled_number_says_over_how_many_people(name):
    study = load_study(name)
    pooled = study.obs_statistic.values != "individual"
    assert (study.obs_n.values[pooled] > 0).all()
    for readout in study_readouts(study):
        assert readout.citation
        assert readout.n > 0 or "not" in readout.note


@pytest.mark.parametrize("name", list_studies())
def test_no_value_of_a_single_person_ships(name):
    study = load_study(name)
    if study.attrs["organism"] == "in vitro":
        return  # wells, no people
    assert "cov_values" not in study
    assert not (study.obs_statistic.values == "individual").any()


def test_unknown_study():
    with pytest.raises(UnknownNameError, match="did you mean 'zuma1'"):
        load_study("zuma-1")


def test_carrgodex_is_a_part_of_the_table_of_its_authors():
    study = load_study("carrgodex")
    index = study_terms(study)[0]
    assert index == "cell_index"
    rows = study.obs_term.values == index
    assert len(set(study.obs_subject.values[rows].tolist())) == 48
    assert study.obs_value.values[rows].min() < 0  # before cells attach
    assert (study.obs_value.values[~rows] >= 0).all()


@needs(CARRGODEX)
def test_carrgodex_holds_readings_of_the_collection_unaltered():
    with CARRGODEX.open(encoding="utf-8") as file:
        raw = {
            (
                f"{r['cell_line']} T{r['effectors_plated']} D{float(r['dex_ug_per_ml']):g}",
                round(float(r["time_h"]), 6),
            ): float(r["cell_index_mean"])
            for r in csv.DictReader(file)
        }
    study = load_study("carrgodex")
    rows = np.flatnonzero(study.obs_term.values == "cell_index")
    assert len(rows) == 48 * 42
    for row in rows:
        key = (str(study.obs_subject.values[row]), round(float(study.obs_time.values[row]) * 24, 6))
        assert raw[key] == study.obs_value.values[row]


def test_zuma1_kinetics():
    study = load_study("zuma1")
    assert study_terms(study) == ("car_t_blood", "non_car_t_blood")
    car = study_visits(study, "car_t_blood")
    assert [visit.time for visit in car] == [7, 14, 28, 90, 180]
    assert {(visit.statistic, visit.n, visit.unit) for visit in car} == {("median", 101, "cell/uL")}
    other = study_visits(study, "non_car_t_blood")
    assert [visit.time for visit in other] == [0, 7, 14, 28, 90, 180]
    assert {visit.n for visit in other} == {55}
    assert np.isnan(study.obs_lloq.values).all()
    assert np.isnan(study.obs_lower.values).all()
    assert set(study.obs_assay.values) == {"unknown"}
    for words in ("Limit of quantification: not stated", "per uL", "Assay:"):
        assert words in study.attrs["note"]
    assert "0.5 %" in study.attrs["accuracy"]


def test_zuma1_dose():
    (dose,) = study_doses(load_study("zuma1"))
    assert (dose.amount, dose.unit, dose.cap, dose.cap_unit) == (2e6, "cell/kg", 2e8, "cell")
    assert dose.time == 0


def test_zuma1_tumour_volume_quantiles():
    quantiles = study_covariate_quantiles(load_study("zuma1"), VOLUME)
    assert quantiles.attrs == {"units": "mL", "n": 96}
    # printed with all their digits, so equality is exact
    expected = {0.0: 2.3, 0.25: 20.675, 0.5: 94.84, 0.75: 350.32, 1.0: 1275.3}
    assert {p: float(quantiles.sel(quantile=p)) for p in expected} == expected
    assert quantiles.sizes["quantile"] == 21


def test_zuma1_unconfirmed_readouts_are_no_targets():
    study = load_study("zuma1")
    every = study_readouts(study, confirmed_only=False)
    unconfirmed = [readout for readout in every if not readout.confirmed]
    assert len(unconfirmed) == 5
    assert all("from memory" in readout.citation for readout in unconfirmed)
    assert not {r.value for r in unconfirmed} & {r.value for r in study_readouts(study)}
    assert study_readouts(study, "auc_0_28d") == ()


@needs(MEDIANS)
def test_zuma1_medians_are_those_of_the_collection():
    term = {"CAR_T_cells_median": "car_t_blood", "normal_T_cells_median": "non_car_t_blood"}
    with MEDIANS.open(encoding="utf-8") as file:
        raw = {
            (term[row["analyte"]], float(row["day"]), float(row["value"]), int(row["n_patients"]))
            for row in csv.DictReader(file)
        }
    study = load_study("zuma1")
    ours = {(v.term, v.time, v.value, v.n) for t in term.values() for v in study_visits(study, t)}
    assert ours == raw


@needs(TRIALS)
def test_zuma1_readouts_are_those_of_the_collection():
    with TRIALS.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["trial"] == "ZUMA-1"]
    published = {(float(r["value"]), r["confirmed_in_stored_source"] == "yes") for r in rows}
    for readout in study_readouts(load_study("zuma1"), confirmed_only=False):
        assert (readout.value, readout.confirmed) in published, readout


@needs(RAW)
def test_zuma1_quantiles_follow_from_the_raw_values():
    values = np.loadtxt(RAW, skiprows=1)
    quantiles = study_covariate_quantiles(load_study("zuma1"), VOLUME)
    expected = np.quantile(values, quantiles["quantile"].values, method="linear")
    np.testing.assert_allclose(quantiles.values, expected, rtol=1e-9)  # shipped: ten digits


@needs(RAW)
def test_raw_values_are_used_when_the_folder_has_them():
    study = load_study("zuma1", data_dir=RAW.parents[1])
    assert check_study(study) == []
    values = study_covariate_values(study, VOLUME)
    assert values.size == 96
    assert study.cov_values.dims == ("covariate", "patient")
    assert study_covariate_quantiles(study, VOLUME).equals(
        study_covariate_quantiles(load_study("zuma1"), VOLUME)
    )


def write_raw(folder, text):
    path = folder / "kimmel2021_zuma1_mtv" / "baseline_mtv.csv"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")


def test_a_folder_without_the_raw_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"baseline_mtv\.csv"):
        load_study("zuma1", data_dir=tmp_path)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("baseline_mtv_ml\n1\n2\n", "these 2 values are not those"),
        ("volume\n1\n", "column 'baseline_mtv_ml' is missing"),
        ("baseline_mtv_ml\nbig\n", "row 2, column baseline_mtv_ml: 'big' is not a finite number"),
        ("baseline_mtv_ml,x\n,1\n", "row 2, column baseline_mtv_ml: the value is missing"),
        ("", "the file is empty"),
    ],
)
def test_wrong_raw_files_are_refused(tmp_path, text, word):
    write_raw(tmp_path, text)
    with pytest.raises(DataError, match=word):
        load_study("zuma1", data_dir=tmp_path)


def test_data_dir_must_exist(tmp_path):
    with pytest.raises(DataError, match="not a folder"):
        load_study("zuma1", data_dir=tmp_path / "nowhere")


def test_loading_twice_gives_independent_studies():
    first, second = load_study("zuma1"), load_study("zuma1")
    first.attrs["id"] = "changed"
    assert second.attrs["id"] == "zuma1"
    assert dataclasses.astuple(study_doses(second)[0])[0] == "car_t"
