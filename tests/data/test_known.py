"""Data sets that are not shipped: their records, and the sets themselves where they lie near."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

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


def people_of(name, *rows):
    """The table of people of a set with the cells of the rows, every other one empty."""
    record = get_known(name)
    (file,) = {one.file for one in record.people}
    headers = [rule.header for one in record.people for rule in one.variables]
    headers = dict.fromkeys(["id", *headers, *(key for row in rows for key in row)])
    lines = [",".join(headers), *(",".join(row.get(key, "") for key in headers) for row in rows)]
    return file, "\n".join(lines) + "\n"


@pytest.fixture
def ward(tmp_path):
    """A made-up folder with the files and columns of the set of Boston."""
    (tmp_path / "daily.csv").write_text(
        DAILY + "W1,0,37.5,3,,,,4.2,0\nW1,1,,40,900,,12,,1.5\nW2,-1,36,,,,,,\n", encoding="utf-8"
    )
    file, text = people_of(
        "bwh_crs_icans",
        {"id": "W1", "age": "60", "tocilizumab_doses": "2", "crs_peak_grade": "3"},
        {"id": "W2", "age": "71", "tocilizumab_doses": "0", "crs_peak_grade": "0"},
    )
    (tmp_path / file).write_text(text, encoding="utf-8")
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
    assert study_person(study, "crs_grade_max") == {"W1": 3.0, "W2": 0.0}
    given = {(one.subject, one.name, one.status, one.count) for one in study_interventions(study)}
    assert given >= {("W1", "tocilizumab", "given, day unknown", 2),
                     ("W2", "tocilizumab", "not given", 0)}  # fmt: skip
    assert "subtype" not in study  # no cell says one, so that it has no level
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


def test_an_analyte_or_unit_without_a_rule_is_refused(tmp_path):
    files = {
        "cellular_kinetics.csv": "id,day,car_pct_of_t,car_cells_per_ul\nA,0,0,0\nA,7,20,31.5\n",
        "cytokines.csv": "id,day,analyte,value,unit\nA,0,IL-6,3,pg/mL\n",
        "labs.csv": "id,day,analyte,value,unit\nA,0,CRP,3,mg/L\nA,1,CRP,3,mg/dL\n",
        "lymphocytes.csv": "id,day,population,cells_per_ul\nA,0,CD19,3\n",
    }
    cells = {"id": "A", "bm_blast_pct": "30", "dose_level": "1", "tocilizumab": "0",
             "steroids": "1", "anakinra": "0"}  # fmt: skip
    file, text = people_of("car22_nci_pediatric_all", cells)
    files[file] = text
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
    # the check needs no word of the record: it is the same where the record names no cap
    blind = [replace(one, capped=None) for one in data.measured]
    (alone,) = (one for one in check_measured(blind)
                if (one.check, one.column) == ("assay ceiling", "il6_pg_per_ml"))  # fmt: skip
    assert (alone.rows, alone.message) == (cap.rows, cap.message)
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
