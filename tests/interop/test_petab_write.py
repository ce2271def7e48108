"""Problems written in either version are read back with the same likelihood, and pass lint."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from tests.interop.petab_cases import Case, write_case
from tests.interop.petab_cases_v1 import V1
from tests.interop.petab_cases_v2 import V2

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, OptionError, OutputError

TOLERANCE = 1e-3  # of the suite
ONLY_V2 = {16, 18, 22, 26, 27, 28, 29, 30, 31}
"""Cases of version 2 with formulas in conditions, later periods, or another start than 0."""


@pytest.mark.parametrize("case", [*V1, *V2], ids=lambda case: case.name)
def test_round_trip_in_its_version(case: Case, tmp_path: Path) -> None:
    problem = ld.read_petab(write_case(case, tmp_path))
    again = ld.read_petab(ld.write_petab(problem, tmp_path / "again"))
    assert again.parameters == problem.parameters
    assert again.observables == problem.observables
    assert again.measurements == problem.measurements
    assert again.experiments == problem.experiments
    assert again.conditions == problem.conditions
    assert again.model.evidence_hash == problem.model.evidence_hash


@pytest.mark.parametrize("case", V1, ids=lambda case: case.name)
def test_version_1_in_version_2(case: Case, tmp_path: Path) -> None:
    problem = ld.read_petab(write_case(case, tmp_path))
    again = ld.read_petab(ld.write_petab(problem, tmp_path / "two", version=2))
    assert again.version == 2
    assert again.log_likelihood() == pytest.approx(case.llh, abs=TOLERANCE)
    assert again.chi2() == pytest.approx(case.chi2, abs=TOLERANCE)


@pytest.mark.parametrize("case", V2, ids=lambda case: case.name)
def test_version_2_in_version_1(case: Case, tmp_path: Path) -> None:
    problem = ld.read_petab(write_case(case, tmp_path))
    if case.number in ONLY_V2:
        with pytest.raises(CapabilityError, match="version 1"):
            ld.write_petab(problem, tmp_path / "one", version=1)
        assert not (tmp_path / "one").exists()
        return
    again = ld.read_petab(ld.write_petab(problem, tmp_path / "one", version=1))
    assert again.version == 1
    assert again.log_likelihood() == pytest.approx(case.llh, abs=TOLERANCE)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "case", [c for c in [*V1, *V2] if c.version == 1 or c.number not in ONLY_V2],
    ids=lambda case: case.name,
)  # fmt: skip
def test_what_is_written_passes_lint(case: Case, version: int, tmp_path: Path) -> None:
    pytest.importorskip("petab", reason="the package petab checks what was written")
    problem = ld.read_petab(write_case(case, tmp_path))
    path = ld.write_petab(problem, tmp_path / "out", version=version)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if version == 1:
            from petab.v1 import Problem, lint_problem

            assert not lint_problem(Problem.from_yaml(str(path)))
        else:
            from petab.v2 import Problem as Problem2
            from petab.v2 import lint

            found = lint.lint_problem(Problem2.from_yaml(path))
            errors = [str(x) for x in found if x.level >= lint.ValidationIssueSeverity.ERROR]
            assert not errors


def test_a_folder_in_use_is_kept(tmp_path: Path) -> None:
    problem = ld.read_petab(write_case(V1[0], tmp_path))
    with pytest.raises(OutputError, match="it is not replaced"):
        ld.write_petab(problem, tmp_path)
    with pytest.raises(OptionError, match="allowed are 1 and 2"):
        ld.write_petab(problem, tmp_path / "new", version=3)
