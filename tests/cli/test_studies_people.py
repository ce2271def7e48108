"""Commands on the people and interventions of a study, tried on the synthetic one."""

import pytest


@pytest.fixture
def study(livingdrug):
    assert livingdrug("studies example ward").code == 0
    return "ward"


def test_the_example_is_labelled_in_what_is_printed_and_drawn(livingdrug, study, folder):
    done = livingdrug("studies example other --people 30 --seed 2")
    assert "SYNTHETIC" in done.out
    assert sorted(path.name for path in (folder / "other").iterdir()) == [
        "interventions.csv", "observations.csv", "people.csv", "study.toml",
    ]  # fmt: skip
    for line in (
        f"studies show {study}",
        f"response {study} --criterion lugano --modality pet",
        f"response {study} --criterion recorded",
        f"survival {study} --estimand pfs --visits 28,90,180",
        f"groups {study} --by response --term car_t_blood",
    ):
        done = livingdrug(line)
        assert done.code == 0, done.err
        assert "SYNTHETIC study: invented people, no patient" in done.out, line
    for line, file in (
        (f"studies plot {study} a.svg", "a.svg"),
        (f"response {study} --criterion lugano --modality pet --plot swimmer b.svg", "b.svg"),
        (f"survival {study} --estimand os --plot curve c.svg", "c.svg"),
        (f"groups {study} --by response --term car_t_blood --plot kinetics d.svg", "d.svg"),
    ):
        assert livingdrug(line).code == 0
        assert "SYNTHETIC study" in (folder / file).read_text("utf-8"), line


def test_show_names_interventions_people_and_both_limits(livingdrug, study):
    facts = livingdrug(f"studies show {study} --json").json
    terms = {one["term"]: one for one in facts["terms"]}
    assert (terms["il6_serum"]["uloq"], terms["car_t_blood"]["lloq"]) == ([400.0], [0.2])
    assert terms["il6_serum"]["above_limit"] > 0
    given = {(one["name"], one["status"]): one for one in facts["interventions"]}
    assert given["fludarabine", "given"]["days"] == [-5, -4, -3]
    assert given["tocilizumab", "given, day unknown"]["people"] == 1
    people = {one["name"]: one for one in facts["persons"]}
    assert facts["people"] == 12
    assert sum(people["response"]["counts"].values()) == 12
    shown = livingdrug(f"studies show {study}").out
    for words in ("upper limit", "cytokine blockade", "not given", "of 12 people", "crs_grade_max"):
        assert words in shown


def test_a_recorded_response_has_the_rates_of_the_criterion(livingdrug, study):
    recorded = livingdrug(f"response {study} --criterion recorded --json").json
    graded = livingdrug(f"response {study} --criterion lugano --modality pet --json").json
    assert recorded["rates"]["overall response"] == graded["rates"]["overall response"]
    methods = {one["method"] for one in recorded["rates"]["complete response"]}
    assert methods == {"clopper-pearson", "wilson"}
    more = livingdrug(f"response {study} --criterion recorded --enrolled 20 --json").json
    assert more["rates"]["overall response"][0]["n"] == 20


def test_survival_to_an_onset_censors_who_had_none(livingdrug, study):
    found = livingdrug(
        f"survival {study} --column time=crs_onset_day --column until=last_contact "
        "--column group=sex --at 3,7 --json"
    ).json
    assert sum(one["n"] for one in found["groups"]) == 12
    assert sum(one["events"] for one in found["groups"]) == 10
    table = livingdrug(f"survival {study} --estimand os --json").json
    assert table["groups"][0]["events"] == 3


def test_groups_read_values_outside_limits(livingdrug, study):
    done = livingdrug(f"groups {study} --by crs_grade_max --json")
    assert done.code == 0
    assert "values above the upper limit count as it" in done.err
    assert "term uptake: left out" in done.err
    peaks = {one["analyte"]: one for one in done.json["analytes"]}
    assert "uptake" not in peaks
    assert max(group["median"] for group in peaks["il6_serum"]["groups"]) <= 400.0


def test_a_monitoring_record_is_written_and_graded(livingdrug, study, folder):
    done = livingdrug(f"studies record {study} record.csv --json")
    assert done.json["written"] == ["record.csv"]
    assert "tocilizumab: given on an unknown day" in done.err
    graded = livingdrug("grade crs record.csv --recorded all")
    assert graded.code == 0, graded.err
    assert "SYNTHETIC-001" in graded.out


def test_a_unit_that_is_not_settled_stays_out_of_the_record(livingdrug, folder):
    rows = ["time,term,value,unit,subject"]
    rows += [
        f"{day},{term},{value},{unit},P{who}"
        for who in range(10)
        for term, unit in (("crp_serum", "mg/L"), ("ferritin_serum", "ug/L"))
        for day, base in enumerate((2, 5, 30, 110, 180, 120, 60, 30, 9, 4))
        for value in [base * (10 if term == "crp_serum" and who > 6 and base > 100 else 1)]
    ]
    (folder / "crp.csv").write_text("\n".join(rows) + "\n", "utf-8")
    done = livingdrug("studies record crp.csv record.csv")
    assert done.code == 0
    assert "term crp_serum: not written" in done.err
    text = (folder / "record.csv").read_text("utf-8")
    assert ",ferritin," in text
    assert ",crp," not in text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("studies example ward", "ward exists"),
        ("studies example new --people 0", "0 people; allowed are 1 to 500"),
        ("studies example new --people many", "many"),
        ("studies example new --seed -1", "seed -1"),
        ("response ward --criterion recorded --outcome respons", "did you mean 'response'"),
        ("response ward --criterion recorded --outcome sex", "'F', 'M' is no response"),
        ("response ward --criterion recorded --enrolled 3", "--enrolled: 3 given; 12 people"),
        ("response ward --criterion recorded --plot swimmer x.png", "has no visits"),
        ("response ward --criterion recist", "no individual observations of the term sum"),
        ("response ward --criterion lugano --modality pet --outcome response", "--outcome"),
        ("response zuma1 --criterion recorded", "records no category of people"),
        ("response x.csv --criterion recorded", "is no study"),
        ("survival ward --column time=crs_onset_day", "column until"),
        (
            "survival ward --column time=crs_onset_day --column event=neurotoxicity",
            "a column until",
        ),
        ("survival ward --estimand os --cox response", "response: is a category"),
        ("survival zuma1 --estimand os", "no variables of people"),
        ("groups ward --by responce", "did you mean 'response'"),
        ("groups ward --by age", "at most 7"),
        ("groups ward --by response --term il_6", "unknown term 'il_6'"),
        ("groups ward --by response --people p.csv", "--people"),
        ("groups p.csv --by response", "--people: the table p.csv needs one"),
        ("studies record zuma1 x.csv", "no individual value"),
        ("studies record ward ward/study.toml", "exists"),
    ],
)
def test_refusals(study, refused, line, words):
    refused(line, words)
