"""The likelihood of rebuilt cases of the PEtab test suite agrees with the published one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.interop.petab_cases import Case, write_case
from tests.interop.petab_cases_v1 import V1
from tests.interop.petab_cases_v2 import V2

import livingdrug as ld

TOLERANCE = 1e-3  # of the suite, for the log-likelihood, chi2 and the mean of simulated values


@pytest.mark.parametrize("case", [*V1, *V2], ids=lambda case: case.name)
def test_agrees_with_the_suite(case: Case, tmp_path: Path) -> None:
    problem = ld.read_petab(write_case(case, tmp_path))
    assert problem.version == case.version
    table = problem.simulate()
    distance = np.abs(table["simulation"].to_numpy() - np.asarray(case.simulated, float))
    assert distance.max() < TOLERANCE
    assert table["logLikelihood"].sum() == pytest.approx(case.llh, abs=TOLERANCE)
    assert (table["residual"] ** 2).sum() == pytest.approx(case.chi2, abs=TOLERANCE)
