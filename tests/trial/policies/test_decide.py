"""The rules of a policy on made-up severities, against the same rules written person by person."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.clinical.grading.episodes import crs_episodes
from livingdrug.records.drugs import Policy, Rule, check_policy
from livingdrug.trial.policies.decide import BY_FEVER, BY_GRADE, BY_ICANS, Decisions, Seen

PEOPLE, LOOKS = 4, 40
SLACK = 1e-6


def tocilizumab(**stated):
    return Rule("tocilizumab", 8.0, "mg", per="kg", cap=800.0, **stated)


def run(policy, fever, pressure, oxygen, icans):
    """Return (look, rule, person, why) of every dose, in order."""
    decisions, made = Decisions(policy, len(fever)), []
    for k in range(fever.shape[1]):
        seen = Seen(fever[:, k], pressure[:, k], oxygen[:, k], icans[:, k])
        for decision in decisions.at(k * policy.every, seen):
            rows = zip(decision.rows.tolist(), decision.why.tolist(), strict=True)
            made += [(k, decision.rule, row, why) for row, why in rows]
    return made


def steady(*, fever=True, pressure=0, oxygen=0, icans=0, looks=LOOKS):
    """Return one person who stays as they are."""
    shape = (1, looks)
    return (
        np.full(shape, fever), np.full(shape, pressure), np.full(shape, oxygen),
        np.full(shape, icans),
    )  # fmt: skip


@st.composite
def rules(draw):
    asked = draw(st.sampled_from(["grade", "fever", "either", "icans", "both"]))
    return tocilizumab(
        crs_at_least=draw(st.integers(1, 4)) if asked in ("grade", "either", "both") else 0,
        fever_longer_than=draw(st.sampled_from([0.0, 0.5, 3.0]))
        if asked in ("fever", "either")
        else math.nan,
        icans_at_least=draw(st.integers(1, 4)) if asked in ("icans", "both") else 0,
        interval=draw(st.sampled_from([0.25, 1 / 3, 0.5, 1.0])),
        most_in_24h=draw(st.sampled_from([1, 2, 3, 1_000])),
        most=draw(st.sampled_from([1, 2, 4, 1_000])),
    )


@st.composite
def severities(draw):
    """Return severities that stay for some looks, as those of people do."""

    def stretch(highest):
        rows = []
        for _ in range(PEOPLE):
            levels = draw(st.lists(st.integers(0, highest), min_size=8, max_size=8))
            rows.append(np.repeat(levels, LOOKS // 8))
        return np.array(rows)

    return stretch(1).astype(bool), stretch(5), stretch(4), stretch(4)


@settings(max_examples=150, deadline=None)
@given(rule=rules(), seen=severities(), scale=st.sampled_from(["astct", "lee", "penn"]))
def test_a_rule_gives_its_drug_whenever_it_may_and_never_else(rule, seen, scale):
    fever, pressure, oxygen, icans = seen
    policy = Policy("made up", scale, (rule,))
    assert check_policy(policy) == []
    made = run(policy, fever, pressure, oxygen, icans)
    treated = np.zeros(fever.shape, bool)
    for k, _, row, _ in made:
        treated[row, k] = True
    days = np.arange(LOOKS) * policy.every
    # what is decided on is what grading the whole course afterwards finds
    before = np.zeros_like(treated)
    before[:, 1:] = treated[:, :-1]
    found = crs_episodes(days, fever, pressure, oxygen, scales=(scale,), treated=before)
    for row in range(PEOPLE):
        had: list[float] = []
        hot_since = math.nan
        for k, day in enumerate(days.tolist()):
            since = day if math.isnan(hot_since) else hot_since
            hot_since = since if fever[row, k] else math.nan
            grade = bool(rule.crs_at_least) and found.grade[scale][row, k] >= rule.crs_at_least
            lasting = (
                found.episode[row, k] > 0 and day - hot_since >= rule.fever_longer_than - SLACK
            )
            asks = grade or lasting
            if rule.icans_at_least:
                alone = not rule.crs_at_least and math.isnan(rule.fever_longer_than)
                asks = (asks or alone) and icans[row, k] >= rule.icans_at_least
            may = (
                len(had) < rule.most
                and (not had or day - had[-1] >= rule.interval - SLACK)
                and sum(day - other < 1.0 - SLACK for other in had) < rule.most_in_24h
            )
            assert treated[row, k] == (asks and may), (row, k)
            if treated[row, k]:
                had.append(day)


def test_asco_on_a_person_who_stays_ill():
    rule = tocilizumab(crs_at_least=2, interval=1 / 3, most_in_24h=3, most=4)
    made = run(Policy("", "astct", (rule,)), *steady(pressure=2))
    # every 8 h means every 12 h where people are looked at every 6 h
    assert [k * 0.25 for k, *_ in made] == [0.0, 0.5, 1.0, 1.5]
    closer = run(Policy("", "astct", (rule,), every=1 / 3), *steady(pressure=2))
    # the fourth within 24 h waits until the first is a day old
    assert [k / 3 for k, *_ in closer] == pytest.approx([0, 1 / 3, 2 / 3, 1.0])


def test_steroid_follows_when_tocilizumab_has_not_helped():
    first = tocilizumab(crs_at_least=2, interval=1 / 3, most=1)
    then = Rule(
        "dexamethasone", 10.0, "mg", crs_at_least=2, after_doses_of="tocilizumab", doses_before=1,
        not_better_for=1.0,
    )  # fmt: skip
    policy = Policy("", "astct", (first, then))
    made = run(policy, *steady(pressure=3))
    assert made[0][:2] == (0, 0)
    assert [k for k, rule, *_ in made if rule == 1] == list(range(4, LOOKS))
    better = steady(pressure=3)
    better[1][:, 2:] = 2  # grade 3 becomes 2: the drug helped
    assert [rule for _, rule, *_ in run(policy, *better)] == [0]


def test_a_new_episode_starts_its_count_of_doses_anew():
    first = tocilizumab(crs_at_least=1, most=2, interval=30.0)
    then = Rule(
        "dexamethasone", 10.0, "mg", crs_at_least=1, after_doses_of="tocilizumab", doses_before=1,
    )  # fmt: skip
    fever, *rest = steady(fever=False)
    fever[0, 0] = fever[0, 20:24] = True  # two episodes, tocilizumab in the first only
    made = run(Policy("", "astct", (first, then)), fever, *rest)
    assert made == [(0, 0, 0, BY_GRADE)]


def test_why_a_drug_was_given():
    rule = tocilizumab(crs_at_least=3, fever_longer_than=3.0, most=1)
    assert [why for *_, why in run(Policy("", "astct", (rule,)), *steady())] == [BY_FEVER]
    ill = steady(pressure=3)
    assert [why for *_, why in run(Policy("", "astct", (rule,)), *ill)] == [BY_GRADE]
    nervous = tocilizumab(icans_at_least=2, most=1)
    made = run(Policy("", "astct", (nervous,)), *steady(fever=False, icans=3))
    assert [why for *_, why in made] == [BY_ICANS]


def test_a_drug_of_two_rules_is_given_once_and_counts_for_both():
    rules = (
        tocilizumab(crs_at_least=4, interval=0.25, most=2),
        tocilizumab(crs_at_least=1, interval=0.25, most=2),
    )
    made = run(Policy("", "astct", rules), *steady(pressure=5))
    assert [(k, rule) for k, rule, *_ in made] == [(0, 0), (1, 0)]


def test_treatment_by_a_regimen_counts_and_waives_fever():
    rule = tocilizumab(crs_at_least=2, most=1)
    fever, pressure, oxygen, icans = steady(fever=False, pressure=3)
    fever[0, 0] = True
    decisions = Decisions(Policy("", "astct", (rule,)), 1)
    pressure[0, 0] = 0
    for k in range(12):
        if k == 1:
            decisions.given_otherwise(0.1, "tocilizumab", np.array([0]))
        seen = Seen(fever[:, k], pressure[:, k], oxygen[:, k], icans[:, k])
        assert decisions.at(k * 0.25, seen) == []
    assert decisions.grade.tolist() == [3]  # without fever for more than two days


@pytest.mark.parametrize(
    ("drug", "grade"), [("dexamethasone", 3), ("dexamethasone_iv", 3), ("safety_switch", 0)]
)
def test_only_a_drug_against_fever_or_cytokines_waives_fever(drug, grade):
    rule = Rule(drug, 1.0, "1", crs_at_least=1, most=1)
    fever, pressure, oxygen, icans = steady(fever=False, pressure=3, looks=6)
    fever[0, 0] = True
    decisions = Decisions(Policy("", "astct", (rule,)), 1)
    made = [
        decisions.at(k * 0.25, Seen(fever[:, k], pressure[:, k], oxygen[:, k], icans[:, k]))
        for k in range(6)
    ]
    assert [len(m) for m in made] == [1, 0, 0, 0, 0, 0]  # given once, at the fever
    assert decisions.grade.tolist() == [grade]


def test_nobody_ill_nobody_treated():
    rule = tocilizumab(crs_at_least=1, icans_at_least=0)
    assert run(Policy("", "astct", (rule,)), *steady(fever=False, pressure=5)) == []
