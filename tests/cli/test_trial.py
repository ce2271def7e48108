"""Virtual trials and courses of the reference model on the command line."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def seen():
    """Results that several tests look at, made once."""
    return {}


def eliana(livingdrug, seen):
    if "eliana" not in seen:
        seen["eliana"] = livingdrug("trial run eliana --subjects 60 --json")
    return seen["eliana"]


def test_every_confirmed_readout_is_compared_or_has_a_reason(livingdrug, seen):
    done = eliana(livingdrug, seen)
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert found["status"] == "UNCALIBRATED"
    rows = {(row["endpoint"], row["people"], row["part"]): row for row in found["readouts"]}
    assert len(rows) == len(found["readouts"])
    response = rows["CR_or_CRi", "infused", ""]
    assert (response["published"], response["n"]) == (82, 79)
    assert response["predicted"]["lower"] <= response["predicted"]["median"]
    assert response["published_interval_computed"]
    # from memory only, so no target
    assert not [key for key in rows if key[0] == "CRS_ge3"]
    for row in found["readouts"]:
        assert (row["predicted"] is None) == bool(row["why_not"])
    assert found["enrolled"] == 97
    assert found["infused"] == 79


def test_the_pooled_kinetics_of_eliana_use_copies(livingdrug, seen):
    rows = eliana(livingdrug, seen).json["readouts"]
    (peak,) = [
        row for row in rows if row["endpoint"] == "Cmax_geomean" and row["people"] == "responders"
    ]
    assert peak["reported_for"] == "eliana_ensign"
    assert peak["unit"] == "copies/ug"
    # below saturation and above the limit of the assay
    assert 50 < peak["predicted"]["median"] < 1.5e5


def test_the_table_says_uncalibrated_and_names_what_is_not_compared(livingdrug):
    done = livingdrug("trial run eliana --subjects 40")
    assert done.code == 0
    assert "UNCALIBRATED" in done.out
    assert "CR_or_CRi" in done.out
    assert (
        "deaths from the disease and treatment after relapse are not simulated: OS_18mo" in done.out
    )
    assert "79 infused (81 %)" in done.out
    assert "not medical advice" in done.out


def test_a_page_is_written_with_its_manifest(livingdrug, folder):
    done = livingdrug("trial run liu2020 --subjects 20 --plot page.png")
    assert done.code == 0, done.err
    assert (folder / "page.png").stat().st_size > 50_000
    manifest = json.loads((folder / "page.png.manifest.json").read_text())
    assert manifest["command"][:4] == ["livingdrug", "trial", "run", "liu2020"]
    assert manifest["seed"] == 1
    again = livingdrug("trial run liu2020 --subjects 20 --plot page.png")
    assert again.code == 2
    assert "--force" in again.err


def test_uncertain_values_are_a_layer_of_their_own(livingdrug):
    line = "trial run liu2020 --subjects 20 --json"
    plain = livingdrug(line).json
    layered = livingdrug(f"{line} --uncertainty 3").json
    for one, other in zip(plain["readouts"], layered["readouts"], strict=True):
        assert one["predicted"] == other["predicted"]  # never mixed with what differs by chance
        assert one["with_uncertain_values"] is None
        assert (other["with_uncertain_values"] is None) == (other["predicted"] is None)


def test_a_trial_effect_is_stated_and_widens(livingdrug):
    line = "trial run liu2020 --subjects 20"
    assert "trials differ beyond chance with SD 0.5" in livingdrug(f"{line} --trial-sd 0.5").out
    plain, wide = (
        {
            row["endpoint"]: row["predicted"]
            for row in livingdrug(f"{line} --json{more}").json["readouts"]
        }
        for more in ("", " --trial-sd 0.5")
    )

    def width(item):
        return item["upper"] - item["lower"]

    assert width(wide["ORR"]) > width(plain["ORR"])


def test_compare_prints_scores_of_the_model_and_of_two_baselines(livingdrug):
    done = livingdrug("trial compare zuma1 karmma --subjects 40 --json")
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert [trial["trial"] for trial in found["trials"]] == ["zuma1", "karmma"]
    scores = found["scores"]
    for name in ("pooled mean of the product class", "disease + costimulation"):
        pair = scores[name]
        assert pair["baseline"]["readouts"] == pair["model"]["readouts"] > 0
        assert pair["baseline"]["crps_rates"] == pair["model"]["crps_rates"] > 0
        assert pair["model"]["crps_rates_points"] > 0
    shown = livingdrug("trial compare zuma1 karmma --subjects 40").out
    assert "baseline: disease + costimulation" in shown
    assert "CRPS, rates, points" in shown
    assert "UNCALIBRATED" in shown


def test_the_published_table_of_a_trial(livingdrug):
    done = livingdrug("trial readouts zuma1")
    assert (done.code, done.err) == (0, "")
    assert "suspect: OS_24mo: citation" in done.out
    rows = livingdrug("trial readouts ZUMA-1 --json").json
    used = [row for row in rows if row["endpoint"] == "ORR" and row["used"] and not row["part"]]
    assert [row["value"] for row in used] == [82]
    assert livingdrug("trial readouts zuma11").code == 2


def test_a_course_of_one_person_and_of_many(livingdrug, folder):
    line = "course --product car_nk_il15 --disease cll --dose 1e8"
    done = livingdrug(f"{line} --plot course.png --json")
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert (found["people"], found["dose_cells"], found["status"]) == (1, 1e8, "UNCALIBRATED")
    assert found["values"]["car_peak"]["median"] > 0.1
    assert (folder / "course.png").is_file()
    many = livingdrug(f"{line} --subjects 30").out
    assert "30 virtual people" in many
    assert "complete response" in many


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        ("trial run elianna", ["unknown trial 'elianna'", "'eliana'"]),
        ("trial run nowhere.toml", ["nowhere.toml", "no such file"]),
        ("trial run eliana --policy asco2022", ["unknown policy 'asco2022'"]),
        ("trial run eliana --subjects 1", ["--subjects: 1 given"]),
        ("trial run eliana --subjects ten", ["'ten' is not a whole number"]),
        ("trial run eliana --days 3", ["days = 3", "day 28"]),
        ("trial run eliana --trial-sd -1", ["--trial-sd: -1 given; allowed are 0 to 3"]),
        ("trial run eliana --trial-sd nan", ["--trial-sd"]),
        ("trial run eliana --uncertainty -1", ["--uncertainty: -1 given"]),
        ("trial run eliana --plot page.gif", ["page.gif", ".png"]),
        ("trial compare eliana eliana", ["eliana given twice"]),
        ("trial compare eliana zuma9", ["unknown trial 'zuma9'"]),
        ("course --product car_nk_il15 --disease clll", ["unknown disease 'clll'", "'cll'"]),
        ("course --product car_nk_il16 --disease cll", ["unknown product 'car_nk_il16'"]),
        ("course --product car_t_bcma_41bb --disease cll", ["BCMA", "cll"]),
        ("course --product car_nk_il15 --disease cll --dose 0", ["dose = 0"]),
        ("course --product car_nk_il15 --disease cll --days 5", ["days = 5"]),
        ("course --product car_nk_il15 --disease cll --set rhoo=1", ["rhoo"]),
        ("course --product car_nk_il15", ["--disease"]),
    ],
)
def test_bad_input_gives_one_message_and_leaves_nothing(livingdrug, folder, line, messages):
    done = livingdrug(line)
    assert (done.code, done.out) == (2, "")
    for message in messages:
        assert message in done.err
    assert "Traceback" not in done.err
    assert not list(folder.iterdir())
