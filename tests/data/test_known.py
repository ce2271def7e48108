"""Data sets that are not shipped: their records, and the sets themselves where they lie near."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from livingdrug.core.censoring import censoring_codes, upper_limits
from livingdrug.core.errors import DataError, UnknownNameError
from livingdrug.core.schema import check_study
from livingdrug.core.units import parse_unit
from livingdrug.data.checks.run import check_measured
from livingdrug.data.datasets import list_studies
from livingdrug.data.interventions import study_interventions
from livingdrug.data.persons import study_person
from livingdrug.data.readers.known import read_known_set, recognize_set
from livingdrug.data.readers.known_record import get_known, list_known
from livingdrug.data.readers.table import check_study_table, read_study
from livingdrug.data.views import study_terms

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
DAILY = (
    "id,day,temp_c,crp_mg_per_l,ferritin_ug_per_l,procalcitonin_ng_per_ml,il6_pg_per_ml,"
    "wbc_1e9_per_l,icans_grade\n"
)


def folder_of(name):
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not beside the checkout")
    return folder


@pytest.fixture
def ward(tmp_path):
    """A made-up folder with the files and columns of the set of Boston."""
    (tmp_path / "daily.csv").write_text(
        DAILY + "W1,0,37.5,3,,,,4.2,0\nW1,1,,40,900,,12,,1.5\nW2,-1,36,,,,,,\n", encoding="utf-8"
    )
    (tmp_path / "patients.csv").write_text(
        "id,age,sex,diagnosis,subtype,aggressive_histology,crs_peak_grade,crs_onset_day,"
        "crs_peak_day,tocilizumab_doses,icans_max,first_day,last_day,icans_onset_day\n"
        "W1,60,F,Lymphoma,DLBCL,1.0,2.0,1.0,2.0,2.0,1.5,0,14,1\n"
        "W2,71,M,,MM,,0.0,,,0.0,0.0,-1,14,\n",
        encoding="utf-8",
    )
    return tmp_path


@pytest.mark.parametrize("name", list_known())
def test_a_record_says_what_it_is_and_why_it_is_not_shipped(name):
    record = get_known(name)
    assert record.id == name
    assert name not in list_studies()
    for text in (record.title, record.organism, record.licence, record.origin,
                 record.why_not_shipped, record.source.title, record.note):  # fmt: skip
        assert text
    for table in record.tables:
        for rule in table.columns:
            parse_unit(rule.unit)
            assert bool(rule.term) != bool(rule.endpoint)


@pytest.mark.parametrize("name", list_known())
def test_the_set_is_recognized_and_read_where_it_is_present(name):
    folder = folder_of(name)
    assert recognize_set(folder) == name
    data = read_known_set(folder)
    assert [issue for issue in check_study(data.study) if issue.level == "error"] == []
    assert data.study.attrs["licence"] == data.record.licence
    sizes = data.study.sizes
    assert sizes["observation"] + sizes["readout"] + sizes["covariate"] > 0


def test_a_made_up_ward_is_read_in_the_units_of_the_record(ward):
    assert recognize_set(ward) == "bwh_crs_icans"
    study = read_known_set(ward).study
    rows = {
        (str(t), str(s), float(d)): float(v)
        for t, s, d, v in zip(
            study.obs_term.values, study.obs_subject.values, study.obs_time.values,
            study.obs_value.values, strict=True,
        )
    }  # fmt: skip
    assert rows["body_temperature", "W1", 0.0] == pytest.approx(0.5)
    assert rows["leukocytes_blood", "W1", 0.0] == pytest.approx(4200.0)
    assert rows["body_temperature", "W2", -1.0] == pytest.approx(-1.0)
    assert len(rows) == 9
    assert study.cov_values.values.tolist() == [[60.0, 71.0]]
    assert study_person(study, "crs_grade_max") == {"W1": 2.0, "W2": 0.0}
    assert study_person(study, "icans_grade_max") == {"W1": 1.5, "W2": 0.0}
    assert study_person(study, "diagnosis") == {"W1": "Lymphoma", "W2": ""}
    given = [(one.subject, one.status, one.count) for one in study_interventions(study)]
    assert given == [("W1", "given, day unknown", 2), ("W2", "not given", 0)]
    assert read_study(ward).identical(study)


def test_other_folders_are_not_taken_for_a_set(tmp_path, ward):
    assert recognize_set(tmp_path / "nowhere") is None
    (ward / "daily.csv").write_text("id,day,crp\nW1,0,3\n", encoding="utf-8")
    assert recognize_set(ward) is None
    with pytest.raises(DataError, match=r"no known data set; known: .*bwh_crs_icans"):
        read_known_set(ward)
    with pytest.raises(UnknownNameError, match="did you mean 'bwh_crs_icans'"):
        get_known("bwh_crs_ican")


def test_a_bad_cell_names_its_row_and_column(ward):
    (ward / "daily.csv").write_text(DAILY + "W1,0,hot,3,,,,4.2,0\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"daily\.csv, row 2, column temp_c: 'hot'"):
        read_known_set(ward)
    assert [issue.level for issue in check_study_table(ward)] == ["error"]


def patients_of_the_nci(row):
    """One made-up person with the columns that the record of the set names."""
    record = get_known("car22_nci_pediatric_all")
    (people,) = record.people
    columns = ["id", *(rule.header for rule in people.variables)]
    columns += [column for one in record.interventions for column in one.columns]
    columns = list(dict.fromkeys(columns))
    return ",".join(columns) + "\n" + ",".join(row.get(name, "") for name in columns) + "\n"


def test_an_analyte_or_unit_without_a_rule_is_refused(tmp_path):
    files = {
        "cellular_kinetics.csv": "id,day,car_pct_of_t,car_cells_per_ul\nA,0,0,0\nA,7,20,31.5\n",
        "cytokines.csv": "id,day,analyte,value,unit\nA,0,IL-6,3,pg/mL\n",
        "labs.csv": "id,day,analyte,value,unit\nA,0,CRP,3,mg/L\nA,1,CRP,3,mg/dL\n",
        "lymphocytes.csv": "id,day,population,cells_per_ul\nA,0,CD19,3\n",
        "patients.csv": patients_of_the_nci({"id": "A", "response": "CR_MRDpos", "cr": "1",
                                             "bm_blast_pct": "30", "dose_level": "1",
                                             "tocilizumab": "0", "steroids": "1"}),
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"labs\.csv, row 3, column analyte: 'CRP' has no known"):
        read_known_set(tmp_path)
    (tmp_path / "labs.csv").write_text("id,day,analyte,value,unit\nA,0,CRP,3,mg/L\n", "utf-8")
    study = read_known_set(tmp_path).study
    car = study.obs_term.values == "car_t_blood"
    # no cell was seen on day 0: below the limit, and no number
    assert study.obs_blq.values[car].tolist() == [True, False]
    assert np.isnan(study.obs_value.values[car][0])
    assert study.obs_lloq.values[car].tolist() == [0.1, 0.1]
    assert study_person(study, "response") == {"A": "CR, MRD positive"}
    assert study_person(study, "mrd_negative") == {"A": 0.0}
    given = {one.name: one.status for one in study_interventions(study)}
    # anakinra is empty in the sheet: neither given nor not given
    assert given == {"tocilizumab": "not given", "steroid": "given, day unknown", "car_t": "given"}


def test_the_ward_of_boston_mixes_units_of_crp_and_caps_interleukin_6():
    data = read_known_set(folder_of("bwh_crs_icans"))
    found = {(one.check, one.column): one for one in check_measured(data.measured)}
    mixture = found["unit mixture", "crp_mg_per_l"]
    assert mixture.level == "error"
    assert (len(mixture.rows), mixture.total, len(mixture.subjects)) == (492, 2379, 69)
    assert "divided by 10 all of them fit" in mixture.message
    cap = found["assay ceiling", "il6_pg_per_ml"]
    assert (len(cap.rows), cap.total) == (141, 1269)
    assert "400 to 401 pg/mL" in cap.message
    assert "takes them as right-censored" in cap.fix
    study = data.study
    il6 = study.obs_term.values == "il6_serum"
    assert int((censoring_codes(study)[il6] == -1).sum()) == 141
    assert set(upper_limits(study)[il6].tolist()) == {400.0}
    assert np.nanmax(study.obs_value.values[il6]) == 394.0
    grades = list(study_person(study, "crs_grade_max").values())
    assert [grades.count(grade) for grade in (0, 1, 2, 3)] == [48, 31, 52, 5]
    toci = study_interventions(study, "tocilizumab")
    assert sum(one.status == "given, day unknown" for one in toci) == 18
    assert sum(one.count for one in toci) == 31
    # the sheet has more ids than the article has people
    pairs = [one.subjects for one in found.values() if one.check == "repeated person"]
    assert pairs
    # on day 0 the same small whole numbers stand in three columns
    filled = {column for check, column in found if check == "placeholder"}
    assert {"procalcitonin_ng_per_ml", "il6_pg_per_ml", "wbc_1e9_per_l"} <= filled
    # no other column is an error
    assert [key for key, one in found.items() if one.level == "error"] == [
        ("unit mixture", "crp_mg_per_l")
    ]


def test_the_children_of_the_nci_have_caps_and_no_mixed_units():
    data = read_known_set(folder_of("car22_nci_pediatric_all"))
    assert {"car_t_blood", "il6_serum", "crp_serum", "b_cells_blood"} <= set(
        study_terms(data.study)
    )
    found = check_measured(data.measured)
    assert all(one.level == "warning" for one in found)
    caps = {one.column for one in found if one.check == "assay ceiling"}
    assert {"value (CRP)", "value (LDH)", "value (IL-18)"} <= caps
    study = data.study
    il6 = study.obs_term.values == "il6_serum"
    codes = censoring_codes(study)[il6]
    # limits differ between plates, and a diluted sample lies far above them
    assert sorted(set(upper_limits(study)[il6][codes == -1].tolist())) == [1472.0, 1502.0, 1530.0]
    assert int((codes == -1).sum()) == 18
    assert np.nanmax(study.obs_value.values[il6]) == 12215.23
    # Lee and ASTCT disagree in the numbers that the source states: 2-3 in seven, 3-3 in one
    lee, astct = (study_person(study, f"crs_grade_max_{s}") for s in ("lee", "astct"))
    pairs = [(int(lee[name]), int(astct[name])) for name in lee]
    assert [pairs.count(p) for p in ((0, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3))] == [
        4, 15, 5, 8, 7, 1,
    ]  # fmt: skip
    everything = [one for one in study_interventions(study) if one.status == "given, day unknown"]
    given = Counter(one.name for one in everything)
    assert given == {"tocilizumab": 14, "steroid": 9, "anakinra": 5}


def test_treatments_of_mice_and_wells():
    mice = read_known_set(folder_of("adhikarla_mm_xenograft_trt_cart")).study
    cells = [one for one in study_interventions(mice, "car_t") if one.status == "given"]
    assert sorted({(one.start, one.amount, one.unit) for one in cells}) == [
        (7.0, 1e6, "cell"), (18.0, 1e6, "cell"),
    ]  # fmt: skip
    assert len(cells) == 15
    arms = study_person(mice, "arm")
    untreated = {name for name, arm in arms.items() if arm == "control"}
    assert len(untreated) == 7
    assert all(one.status == "not given" for one in study_interventions(mice)
               if one.subject in untreated)  # fmt: skip
    wells = read_known_set(folder_of("carrgodex_il13ra2_invitro")).study
    dexamethasone = study_interventions(wells, "dexamethasone")
    assert {one.unit for one in dexamethasone if one.status != "not given"} == {"ug/mL"}
    assert len(dexamethasone) == 48
    arms_of_mice = read_known_set(folder_of("kara2024_bystander_mouse")).study
    groups = {one.group for one in study_interventions(arms_of_mice, "cyclophosphamide")}
    assert groups == {"ctx75", "ctx90"}


def test_every_folder_of_the_data_has_a_record():
    if not DATA.is_dir():
        pytest.skip("no data sets beside the checkout")
    folders = {folder.name for folder in DATA.iterdir() if folder.is_dir()}
    assert folders <= set(list_known())
