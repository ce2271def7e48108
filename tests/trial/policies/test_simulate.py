"""Policies in a simulation: what they add, what they must not change, what they refuse."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import xarray as xr

import livingdrug as ld
from livingdrug.clinical.severity import REFERENCE_LADDER, Ladder, support_in_course
from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.core.errors import CapabilityError, DataError, OptionError
from livingdrug.core.schema import check_course
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.records.drugs import Policy, Rule
from livingdrug.records.index import load
from livingdrug.solve.reductions import Reduction
from livingdrug.trial.policies import simulate
from livingdrug.trial.policies.simulate import simulate_with_policy
from livingdrug.trial.toxicity import syndrome_of

pytestmark = pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")

N = 41
TIMES = [-2.0, 0.0, 1.0, 4.3, 9.0, 15.0, 30.0]
LADDER = Ladder(
    severity="fire", temperature="", pressure=(3.3, 3.6, 4.5, 5.2, 5.9), oxygen=(4.0, 4.9, 6.0, 6.6)
)
NONE = Policy("nothing", "astct", until=12.0)
EARLY = Policy(
    "early", "astct", until=12.0, rules=(
        Rule("tocilizumab", 8.0, "mg", per="kg", cap=800.0, crs_at_least=2, interval=1 / 3, most=2),
        Rule(
            "dexamethasone", 10.0, "mg", crs_at_least=2, after_doses_of="tocilizumab",
            doses_before=1, not_better_for=1.0,
        ),
    ),
)  # fmt: skip


WEAK = Rule("dexamethasone", 1e-9, "mg", crs_at_least=1)
"""Gives next to nothing, at every look with a grade."""


def fire():
    """A severity that rises from day 0, falls by itself, and faster under two drugs."""
    m = ModelBuilder("fire", dimensions="off")
    m.species("spark", initial=0.0, unit="1", nominal=1.0)
    m.species("fire", initial=0.0, unit="1", nominal=1.0)
    m.species("tcz", initial=0.0, unit="mg", nominal=100.0)
    m.species("dex", initial=0.0, unit="mg", nominal=10.0)
    m.parameter("size", 8.0, "1/day")
    m.parameter("fall", 0.5, "1/day")
    m.reaction("heat", "spark -> spark + fire", rate="size * spark")
    m.reaction("ash", "spark ->", rate="0.2 * spark")
    m.reaction("cooling", "fire ->", rate="(fall + 0.0004 * tcz + 0.05 * dex) * fire")
    m.reaction("tcz_loss", "tcz ->", rate="0.2 * tcz")
    m.reaction("dex_loss", "dex ->", rate="4 * dex")
    m.dose("infusion", "1", {"spark": "dose"})
    m.dose("tocilizumab", "mg", {"tcz": "dose"})
    m.dose("dexamethasone", "mg", {"dex": "dose"})
    return m.build()


MODEL = fire()


def people(*more):
    values = {"size": np.linspace(0.5, 9.0, N), "weight": np.linspace(40.0, 130.0, N)}
    infusion = Dose("infusion", 1.0, "1", time=0.0)
    return cohort_from_arrays(MODEL, values, regimen=Regimen([infusion, *more]))


def treated(policy, cohort=None, **options):
    cohort = people() if cohort is None else cohort
    return simulate_with_policy(MODEL, cohort, policy, LADDER, **({"times": TIMES} | options))


def bits(course):
    """Return everything of a course but when it was made."""
    plain = {str(name): item.values for name, item in course.variables.items()}
    return {
        name: values.tolist() if values.dtype == object else values.tobytes()
        for name, values in plain.items()
    }


@pytest.fixture(scope="module")
def early():
    return treated(EARLY)


def test_a_policy_without_rules_changes_nothing_beyond_the_tolerance():
    course, watched = treated(NONE)
    plain = ld.simulate(MODEL, people(), times=TIMES, backend="native")
    for name in ("spark", "fire"):
        # some ten steps of 1e-6 up to a peak of about 10
        np.testing.assert_allclose(course[name], plain[name], rtol=2e-5, atol=1e-7)
    assert course["event_name"].values.tolist() == plain["event_name"].values.tolist()
    assert (watched.given.size, watched.treated.any()) == (0, False)


def test_looking_where_the_run_stops_anyway_changes_no_bit():
    once = dataclasses.replace(NONE, until=0.0)  # day 0 is the day of the infusion
    course, _ = treated(once)
    plain = ld.simulate(MODEL, people(), times=TIMES, backend="native")
    for name in ("spark", "fire", "tcz"):
        assert np.array_equal(course[name], plain[name])


def test_a_rule_that_always_gives_is_a_regimen():
    rule = Rule("tocilizumab", 300.0, "mg", crs_at_least=1, most=1)
    always = dataclasses.replace(LADDER, law=(39.0, 0.0), fever_sd=0.0)
    policy = Policy("always", "astct", (rule,), until=3.0)
    course, _ = simulate_with_policy(MODEL, people(), policy, always, times=TIMES, start=3.0)
    dose = Dose("tocilizumab", 300.0, "mg", time=3.0)
    plain = ld.simulate(MODEL, people(dose), times=TIMES, backend="native")
    for name in ("spark", "fire", "tcz"):
        assert np.array_equal(course[name], plain[name])
    for name in ("event_subject", "event_time", "event_name"):
        assert course[name].values.tolist() == plain[name].values.tolist()


def test_doses_stand_in_the_log_with_amount_and_reason(early):
    course, watched = early
    assert check_course(course) == []
    assert watched.given.size > 0
    logged = course["event_name"].values != "infusion"
    for of_all, of_policy in (("subject", "subject"), ("time", "time"), ("name", "name")):
        found = course[f"event_{of_all}"].values[logged]
        assert found.tolist() == course[f"policy_{of_policy}"].values.tolist()
    first = course["policy_name"].values == "tocilizumab"
    rows = course["policy_subject"].values[first]
    weights = np.linspace(40.0, 130.0, N)[rows]
    assert weights.max() > 100  # so that the cap is reached
    np.testing.assert_allclose(course["policy_amount"].values[first], np.minimum(8 * weights, 800))
    reasons = set(course["policy_reason"].values.tolist())
    assert any(text.startswith("rule 1: ASTCT grade 2") for text in reasons)
    assert any(text.endswith("not better 1 day after tocilizumab") for text in reasons)


def test_the_doses_of_the_log_replayed_by_another_engine_give_the_same_course(early):
    course, _ = early
    steroid = course["policy_subject"].values[course["policy_name"].values == "dexamethasone"]
    chosen = [2, 15, *np.unique(steroid)[:3].tolist()]
    mine = np.isin(course["policy_subject"].values, chosen)
    assert mine.sum() >= 9
    columns = {name: course[f"policy_{name}"].values[mine] for name in ("subject", "name", "time")}
    columns |= {name: course[f"policy_{name}"].values[mine] for name in ("amount", "unit")}
    cohort = add_records(people(), "dose", {**columns, "duration": np.zeros(int(mine.sum()))})
    kept = np.isin(cohort["dose_subject"].values, chosen)
    cohort = cohort.isel(subject=chosen, dose=kept)
    again = ld.simulate(MODEL, cohort, times=TIMES, backend="reference", rtol=1e-8)
    for name in ("fire", "tcz", "dex"):
        # the policy ran at 1e-6, some hundred steps
        np.testing.assert_allclose(again[name], course[name][chosen], rtol=1e-4, atol=1e-5)


def test_numbers_of_each_subject_agree_with_the_log(early):
    course, watched = early
    given = course["policy_name"].values == "tocilizumab"
    counts = np.bincount(course["policy_subject"].values[given], minlength=N)
    assert course["tocilizumab_doses"].values.tolist() == counts.tolist()
    assert counts.max() == 2
    some = counts > 0
    assert np.array_equal(np.isfinite(course["tocilizumab_day"].values), some)
    assert (course["crs_grade"].values[some] >= 2).all()
    assert (course["crs_grade"].values[~some] < 2).all()
    assert watched.doses["tocilizumab"].tolist() == counts.tolist()
    assert "icans_grade" not in course  # this ladder produces none


def test_treatment_helps_and_the_same_people_need_the_same_before_it(early):
    _, watched = early
    _, untreated = treated(NONE)
    some = watched.doses["tocilizumab"] > 0
    assert untreated.pressure[some].sum() > watched.pressure[some].sum()
    for row in range(N):
        until = np.argmax(watched.treated[row]) if watched.treated[row].any() else None
        before = slice(0, until)
        assert np.array_equal(watched.pressure[row, before], untreated.pressure[row, before])
        assert np.array_equal(watched.fever[row, before], untreated.fever[row, before])


@pytest.mark.parametrize("size", [1, 7, 40])
@pytest.mark.parametrize("threads", [1, 2])
def test_results_depend_neither_on_pieces_nor_on_threads(early, monkeypatch, size, threads):
    monkeypatch.setattr(simulate, "CHUNK", size)
    course, watched = treated(EARLY, threads=threads)
    assert bits(course) == bits(early[0])
    assert watched.given.tolist() == early[1].given.tolist()


def test_reductions_hold_the_same_numbers_of_each_subject(early):
    wanted = {"worst": Reduction("maximum", "fire"), "end": Reduction("value", "fire", day=30.0)}
    reduced, _ = treated(EARLY, times=[-2.0, 30.0], reduce=wanted)
    assert "seen_fever" not in reduced
    assert reduced["worst"].shape == (N,)
    for name in ("crs_grade", "crs_onset", "crs_duration", "tocilizumab_doses", "tocilizumab_day"):
        np.testing.assert_array_equal(reduced[name], early[0][name])
    np.testing.assert_allclose(reduced["end"], early[0]["fire"][:, -1], rtol=1e-5, atol=1e-9)
    with pytest.raises(OptionError, match="reduce names 'crs_grade', which the policy adds itself"):
        treated(EARLY, reduce={"crs_grade": Reduction("maximum", "fire")})


def test_a_quantity_that_bears_a_name_of_the_policy_is_not_overwritten():
    m = ModelBuilder("clash", dimensions="off")
    m.species("fire", initial=1.0, unit="1", nominal=1.0)
    m.species("crs_grade", initial=1.0, unit="1", nominal=1.0)
    m.rate("fire", "-fire")
    m.rate("crs_grade", "-fire")
    with pytest.raises(OptionError, match="the model names 'crs_grade'"):
        simulate_with_policy(m.build(), None, NONE, LADDER, times=[0.0, 2.0])


@pytest.mark.filterwarnings("ignore::livingdrug.core.errors.SubjectFailureWarning")
def test_a_subject_that_fails_is_marked_and_the_others_go_on(early):
    fall = np.full(N, 0.5)
    fall[3] = -700.0  # e to the 700 per day
    cohort = people()
    cohort["fall"] = ("subject", fall, {"role": "parameter", "units": "1/day"})
    course, watched = treated(EARLY, cohort)
    assert np.flatnonzero(course["status"]).tolist() == [3]
    assert course.sizes["subject"] == N
    others = np.arange(N) != 3
    assert np.array_equal(course["fire"][others], early[0]["fire"][others])
    assert not watched.fever[3, 8:].any()


def test_a_course_says_what_its_policy_and_ladder_were(early):
    policy = json.loads(early[0].attrs["policy"])
    assert [rule["drug"] for rule in policy["rules"]] == ["tocilizumab", "dexamethasone"]
    assert json.loads(early[0].attrs["ladder"])["severity"] == "fire"
    manifest = json.loads(early[0].attrs["provenance"])
    assert manifest["command"][0] == "livingdrug.trial.simulate_with_policy"
    assert any(text.startswith("policy, tocilizumab") for text in manifest["assumptions"])


def test_what_was_seen_is_what_the_ladder_reads_in_the_course(early):
    course, watched = treated(EARLY, times=[*early[1].days, 13.0])
    fever, pressure, oxygen = support_in_course(LADDER, course.isel(time=slice(0, -1)))
    assert np.array_equal(fever, watched.fever)
    assert np.array_equal(pressure, watched.pressure)
    assert np.array_equal(oxygen, watched.oxygen)


def test_nobody_is_looked_at_on_the_last_day():
    _, watched = treated(NONE, times=[0.0, 6.0])
    assert watched.days[-1] == 5.75
    assert watched.fever[-1, -1]  # still feverish: it does not look as if it ended


def test_doses_of_a_regimen_count_for_the_largest_number():
    doses = [Dose("tocilizumab", 1e-6, "mg", time=0.1 * k) for k in range(1, 5)]
    _, watched = treated(EARLY, people(*doses))
    assert watched.doses["tocilizumab"].tolist() == [0] * N
    assert watched.treated[:, 1].all()  # seen at the decision of day 0.25


def test_grades_of_the_course_are_those_that_were_decided_on():
    doses = [Dose("dexamethasone", 1e-6, "mg", time=day) for day in (-1.0, 0.6, 2.0, 3.3)]
    policy = dataclasses.replace(EARLY, rules=(*EARLY.rules, WEAK))
    for cohort in (people(), people(*doses)):
        _, watched = treated(policy, cohort)
        graded = syndrome_of("astct", watched).grade["astct"]
        place = np.searchsorted(watched.days, watched.given["day"])
        assert np.array_equal(graded[watched.given["row"], place], watched.given["grade"])
        assert len(np.unique(watched.given["grade"])) > 2


def test_one_subject_at_the_values_of_the_model():
    flat = Policy("flat", "astct", (Rule("tocilizumab", 560.0, "mg", crs_at_least=1),))
    course, _ = simulate_with_policy(MODEL, None, flat, LADDER, times=[0, 30])
    assert course.sizes["subject"] == 1


def test_weights_may_come_in_another_unit(early):
    cohort = people()
    cohort["weight"] = cohort["weight"] * 1000
    cohort["weight"].attrs |= {"role": "covariate", "units": "g"}
    course, _ = treated(EARLY, cohort)
    np.testing.assert_allclose(course["policy_amount"], early[0]["policy_amount"], rtol=1e-12)


def without(cohort, name):
    return cohort.drop_vars(name)


BAD = dataclasses.replace(EARLY.rules[0], drug="tocilizumb")
UNIT = dataclasses.replace(EARLY.rules[0], unit="mg/L")
NERVOUS = dataclasses.replace(EARLY.rules[0], icans_at_least=2)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"rules": (BAD,)}, CapabilityError, r"unknown dose 'tocilizumb'.*'tocilizumab'"),
        ({"rules": (UNIT,)}, CapabilityError, r"tocilizumab in 'mg/L'.*fire takes it in mg"),
        ({"rules": (NERVOUS,)}, CapabilityError, "grade of neurotoxicity, which this ladder does"),
        ({"scale": "ctcae9"}, CapabilityError, "unknown scale 'ctcae9'"),
        ({"until": -1.0}, OptionError, "no decision falls into the simulation"),
    ],
)
def test_a_policy_that_does_not_fit_is_refused_in_one_sentence(change, error, message):
    with pytest.raises(error, match=message):
        treated(dataclasses.replace(EARLY, **change))


def test_what_people_lack_is_named():
    with pytest.raises(CapabilityError, match="per kg needs the covariate 'weight'"):
        treated(EARLY, without(people(), "weight"))
    cohort = people()
    cohort["weight"][3] = math.nan
    with pytest.raises(DataError, match="weight: 1 values are not positive numbers"):
        treated(EARLY, cohort)
    with pytest.raises(OptionError, match=r"start = -10: the simulation starts on day -2"):
        treated(EARLY, start=-10.0)
    with pytest.raises(CapabilityError, match="unknown drug 'anakinra'"):
        treated(EARLY, drugs={"anakinra": "tocilizumab"})


def test_a_model_without_the_drug_or_the_severity_says_so():
    policy = load("policies", "tocilizumab_early")
    cell = ld.get_model("stein2019")
    with pytest.raises(CapabilityError) as caught:
        simulate_with_policy(cell, None, policy, REFERENCE_LADDER, times=[0, 20])
    text = str(caught.value)
    assert "unknown quantity 'V'" in text
    assert "unknown dose 'tocilizumab'" in text


@pytest.mark.parametrize("policy", ["tocilizumab_early", "tocilizumab_late", "asco_2021"])
def test_the_policies_of_the_package_run_on_the_reference_model(policy):
    model = ld.get_model("reference")
    lymphodepletion = [Dose("fludarabine", 0.7, "mg/L", time=day) for day in (-5.0, -4.0, -3.0)]
    regimen = Regimen([*lymphodepletion, Dose("infusion", 1e8, "cell", time=0.0)])
    cohort = cohort_from_arrays(
        model, {"p6": 700 * np.array([0.1, 1.0, 20.0]), "weight": np.full(3, 70.0)}, regimen=regimen
    )
    course, watched = simulate_with_policy(
        model, cohort, load("policies", policy), REFERENCE_LADDER, times=[-5, 0, 14, 28, 60]
    )
    assert check_course(course) == []
    # forty times the IL-6 of another person asks for more support before any drug
    _, alone = simulate_with_policy(
        model, cohort, load("policies", "none"), REFERENCE_LADDER, times=[-5, 0, 14, 28, 60]
    )
    assert alone.pressure[2].max() > alone.pressure[0].max()
    if policy != "tocilizumab_late":
        assert watched.doses["tocilizumab"][2] > 0


def test_the_same_policy_file_treats_the_people_of_another_model():
    """dwivedi2014 calls the antibody `anti_il6r`; what its receptor signals stands for severity."""
    model = ld.get_model("dwivedi2014", variant="anti_il6r")
    rest = next(item.value for item in model.parameters if item.name == "ks6")
    cohort = cohort_from_arrays(
        model, {"ks6": rest * np.array([1.0, 1000.0]), "weight": np.full(2, 70.0)}
    )
    ladder = dataclasses.replace(LADDER, severity="signal_liver", need_sd=0.0, fever_sd=0.0)
    policy = load("policies", "tocilizumab_early")
    options = {"times": [0.0, 10.0, 20.0], "drugs": {"tocilizumab": "anti_il6r"}}
    course, watched = simulate_with_policy(model, cohort, policy, ladder, **options)
    assert watched.doses["tocilizumab"].tolist() == [0, 4]
    assert course["event_name"].values.tolist() == ["anti_il6r"] * 4
    assert course["policy_name"].values.tolist() == ["tocilizumab"] * 4
    plain = ld.simulate(model, cohort, times=[0.0, 10.0, 20.0])
    assert float(course["signal_liver"][1, 2]) < 0.2 * float(plain["signal_liver"][1, 2])
    assert isinstance(course, xr.Dataset)
    with pytest.raises(CapabilityError, match="where dwivedi2014 calls it otherwise"):
        simulate_with_policy(model, cohort, policy, ladder, times=[0.0, 20.0])


def test_people_who_start_anew_are_refused():
    cohort = people()
    label = cohort["subject"].values[:1]
    cohort = add_records(cohort, "reset", {"subject": label, "time": [5.0]})
    with pytest.raises(DataError, match="dose_resets"):  # where the doses stand is not said
        treated(NONE, cohort)
    cohort = cohort.assign(dose_resets=("dose", np.zeros(cohort.sizes["dose"], np.int64)))
    with pytest.raises(CapabilityError, match="a reset, and a policy decides about one course"):
        treated(NONE, cohort)
