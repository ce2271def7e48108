"""A policy file of one's own on the command line, and what is wrong with one."""

from __future__ import annotations

import pytest

RULE = """
title = "mine"
scale = "{scale}"

[[rules]]
drug = "{drug}"
amount = 8.0
unit = "{unit}"
per = "kg"
crs_at_least = {grade}
"""
GOOD = {"scale": "lee", "drug": "tocilizumab", "unit": "mg", "grade": 2}


def test_a_policy_file_is_used(livingdrug, folder):
    (folder / "mine.toml").write_text(RULE.format(**GOOD), encoding="utf-8")
    done = livingdrug("course --product car_t_cd19_41bb --disease b_all --policy mine.toml --json")
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": "mskcc"}, "mine.toml, scale: is 'mskcc'"),
        ({"grade": 5}, "mine.toml, rules[0].crs_at_least: is 5"),
        ({"grade": 0}, "mine.toml, rules[0]: states no condition"),
        ({"drug": "anakinra"}, "policy, rules[0]: unknown dose 'anakinra'"),
        ({"unit": "mg/L"}, "policy, rules[0]: tocilizumab in 'mg/L'"),
    ],
)
@pytest.mark.parametrize(
    "line",
    ["course --product car_t_cd19_41bb --disease b_all", "trial run eliana --subjects 20"],
)
def test_a_policy_that_cannot_work_is_one_message(livingdrug, folder, line, change, message):
    (folder / "mine.toml").write_text(RULE.format(**(GOOD | change)), encoding="utf-8")
    done = livingdrug(f"{line} --policy mine.toml")
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert [file.name for file in folder.iterdir()] == ["mine.toml"]
