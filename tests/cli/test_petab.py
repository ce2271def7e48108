"""``livingdrug petab``: what it prints and writes, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.interop.petab_cases import write_case
from tests.interop.petab_cases_v1 import V1
from tests.interop.petab_cases_v2 import V2

CASE = V1[16]


@pytest.fixture
def problem(livingdrug):
    Path("p").mkdir()
    return str(write_case(CASE, Path("p")))


def test_check(livingdrug, problem):
    done = livingdrug(f"petab check {problem}")
    assert (done.code, done.err) == (0, "")
    assert "version 1; nothing is wrong" in done.out
    assert livingdrug(f"petab check {problem} --json").json == {
        "problem": problem, "errors": 0, "issues": [],
    }  # fmt: skip
    table = Path("p/observables.tsv")
    table.write_text(table.read_text().replace("\tA\t", "\tAAA\t"))
    done = livingdrug(f"petab check {problem} --json")
    assert done.code == 2
    (issue,) = done.json["issues"]
    assert issue["kind"] == "wrong"
    assert issue["where"] == "observables.tsv, row 2, column observableFormula"
    done = livingdrug(f"petab check {problem}")
    assert done.code == 2
    assert "unknown id 'AAA'" in done.err


def test_show(livingdrug, problem):
    done = livingdrug(f"petab show {problem}")
    assert done.code == 0
    assert "-inf: preeq_c0; 0: c0" in done.out
    facts = livingdrug(f"petab show {problem} --json").json
    assert facts["version"] == 1
    assert facts["parameters"][0]["id"] == "k2"
    assert facts["observables"][0]["measurements"] == 2


def test_simulate(livingdrug, problem):
    done = livingdrug(f"petab simulate {problem} --out s.tsv")
    assert (done.code, done.err) == (0, "")
    assert "log-likelihood -1.22064" in done.out.replace("-1.220639576", "-1.22064")
    header, *rows = [line.split("\t") for line in Path("s.tsv").read_text().splitlines()]
    assert header[:5] == [
        "observableId", "preequilibrationConditionId", "simulationConditionId", "time",
        "simulation",
    ]  # fmt: skip
    assert [float(row[4]) for row in rows] == pytest.approx(list(CASE.simulated), abs=1e-3)
    found = livingdrug(f"petab simulate {problem} --json").json
    assert found["log_likelihood"] == pytest.approx(CASE.llh, abs=1e-3)
    assert found["chi2"] == pytest.approx(CASE.chi2, abs=1e-3)
    other = livingdrug(f"petab simulate {problem} --json --set k2=0.7").json
    assert other["log_likelihood"] != found["log_likelihood"]
    assert livingdrug(f"petab simulate {problem} --out s.tsv").code == 2
    assert livingdrug(f"petab simulate {problem} --out s.tsv --force").code == 0


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ("--set k3=1", 2, "did you mean 'k2'"),
        ("--set k2", 2, "is not name=value"),
        ("--rtol 2", 2, "--rtol 2: give a number between 0 and 1"),
        ("--horizon 0", 2, "--horizon 0: give a number above 0"),
        ("--horizon 1", 3, "no steady state by time 1"),
        ("--out nowhere/s.tsv", 2, "does not exist"),
    ],
)
def test_what_simulate_refuses(livingdrug, problem, options, code, message):
    done = livingdrug(f"petab simulate {problem} {options}")
    assert done.code == code
    assert message in done.err


def test_convert(livingdrug, problem):
    done = livingdrug(f"petab convert {problem} --to 2 --out two")
    assert (done.code, done.err) == (0, "")
    found = livingdrug("petab simulate two/problem.yaml --json").json
    assert found["version"] == 2
    assert found["log_likelihood"] == pytest.approx(CASE.llh, abs=1e-3)
    assert livingdrug(f"petab convert {problem} --out two").code == 2
    Path("later").mkdir()
    later = write_case(next(case for case in V2 if case.number == 28), Path("later"))
    done = livingdrug(f"petab convert {later} --to 1 --out one")
    assert done.code == 2
    assert "version 1 has one that starts at 0" in done.err
    assert not Path("one").exists()
