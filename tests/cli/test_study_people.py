"""Commands on the people of a study: example, record, response, survival, groups."""

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def folder_of(name):
    if not (DATA / name).is_dir():
        pytest.skip(f"the data set {name} is not beside the checkout")
    return DATA / name


@pytest.fixture
def ward(livingdrug):
    assert livingdrug("studies example ward --people 24").code == 0
    return "ward"


def test_the_example_is_shown_checked_and_drawn(livingdrug, ward, folder):
    facts = livingdrug(f"studies show {ward} --json").json
    assert facts["title"].startswith("SYNTHETIC")
    shown = livingdrug(f"studies show {ward}").out
    for word in ("SYNTHETIC", "tocilizumab", "given, day unknown", "crs_grade_max", "400"):
        assert word in shown
    assert livingdrug(f"studies check {ward}").code == 0
    assert livingdrug(f"studies plot {ward} ward.png --term il6_serum").code == 0
    assert (folder / "ward.png").stat().st_size > 10_000


def test_a_record_of_a_study_is_graded(livingdrug, ward):
    written = livingdrug(f"studies record {ward} ward.csv --json").json
    assert written["written"] == ["ward.csv"]
    graded = livingdrug("grade crs ward.csv --adults --json").json
    persons = livingdrug(f"studies show {ward} --json").json["persons"]
    grades = next(one for one in persons if one["name"] == "crs_grade_max")["counts"]
    peaks = [person["scales"]["astct"] for person in graded["patients"]]
    # temperature is there each day, so who was invented without CRS has a sure grade of 0
    assert sum(peak["peak_high"] == 0 for peak in peaks) == grades["0"]


def test_response_survival_and_groups_read_people(livingdrug, ward, folder):
    found = livingdrug(f"response {ward} --criterion lugano --modality pet --json").json
    assert found["data"].startswith("Data: SYNTHETIC")
    assert found["people"] == 24
    recorded = livingdrug(f"response {ward} --criterion recorded --json").json
    # the invented response is the best one of the invented scans
    best = {one["subject"]: one["best"] for one in found["subjects"]}
    assert {one["subject"]: one["recorded"] for one in recorded["subjects"]} == best
    line = f"survival {ward} --estimand pfs --column group=sex --json"
    assert {one["group"] for one in livingdrug(line).json["groups"]} == {"F", "M"}
    line = f"groups {ward} --by response --term car_t_blood --plot kinetics k.png --json"
    (analyte,) = livingdrug(line).json["analytes"]
    assert sum(one["n"] for one in analyte["groups"]) == 24
    assert (folder / "k.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("studies example ward", "nothing is replaced"),
        ("studies example other --people 0", "allowed are 1 to 500"),
        ("studies example no/other", "does not exist"),
        ("studies record zuma1 z.csv", "no individual value"),
        ("survival ward --estimand pfs --column group=sx", "unknown person variable 'sx'"),
        ("survival ward", "no variable of people that is called time"),
        ("survival ward --cox response", "is a category"),
        ("groups ward --by respons", "did you mean 'response'"),
        ("groups ward --by age", "cannot be compared by groups"),
        ("groups ward --by sex --term il7", "unknown term 'il7'"),
        ("groups ward --by sex --people p.csv", "has people of its own"),
        ("response ward --criterion recorded --outcome age", "unknown category of people 'age'"),
        ("response ward --criterion recist --outcome response", "belongs to recorded"),
        ("response ward --criterion recist", "no individual observations"),
        ("response zuma1 --criterion recorded", "no category of people"),
        ("response ward --criterion recorded --enrolled 3", "24 people are in the study"),
    ],
)
def test_refusals(refused, ward, line, text):
    refused(line, text)


def test_the_recorded_response_of_the_children_is_the_published_one(livingdrug):
    place = folder_of("car22_nci_pediatric_all")
    rates = livingdrug(f"response {place} --criterion recorded --json").json["rates"]
    # 28 of 40 complete remissions: the column cr of the set, and 70 % in its article
    exact, wilson = rates["complete response"]
    assert (exact["hits"], exact["n"]) == (28, 40)
    assert exact["method"] != wilson["method"]
    assert rates["overall response"][0]["hits"] == 29


def test_the_ward_of_boston_is_written_without_its_mixed_column(livingdrug):
    place = folder_of("bwh_crs_icans")
    done = livingdrug(f"studies record {place} boston.csv --json")
    assert done.json["left_out"] == ["crp_serum"]
    assert "crp_serum" in done.err
