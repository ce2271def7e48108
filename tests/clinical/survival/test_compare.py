"""Log-rank and Cox on the data of Freireich 1963, against printed values and lifelines."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from tests.clinical.survival.freireich import MERCAPTOPURINE, PLACEBO

from livingdrug.clinical.survival import cox, log_rank
from livingdrug.core.errors import CapabilityError, DataError

TIME = [*MERCAPTOPURINE[0], *PLACEBO[0]]
EVENT = [*MERCAPTOPURINE[1], *PLACEBO[1]]
GROUP = ["6-MP"] * 21 + ["placebo"] * 21


def test_log_rank_prints_what_r_prints() -> None:
    found = log_rank(TIME, EVENT, GROUP)
    assert found.groups == ("6-MP", "placebo")
    assert found.observed == (9, 21)
    # survdiff of R: expected 19.3 and 10.7, chi-squared 16.8, p 4.17e-05
    assert [round(x, 1) for x in found.expected] == [19.3, 10.7]
    assert round(found.chi_squared, 1) == 16.8
    assert float(f"{found.p:.3g}") == 4.17e-05


def test_log_rank_agrees_with_lifelines_in_three_groups_with_ties() -> None:
    statistics = pytest.importorskip("lifelines.statistics")
    rng = np.random.default_rng(3)
    time, event = rng.integers(1, 20, 90), rng.random(90) < 0.7
    group = np.repeat(["a", "b", "c"], 30)
    theirs = statistics.multivariate_logrank_test(time, group, event)
    ours = log_rank(time, event, list(group))
    assert ours.chi_squared == pytest.approx(theirs.test_statistic, rel=1e-9)
    assert ours.p == pytest.approx(theirs.p_value, rel=1e-9)
    assert ours.degrees == 2


def efron(beta: float) -> float:
    """Minus log partial likelihood of the group, with Efron's ties, written out."""
    time, event = np.array(TIME), np.array(EVENT)
    risk = np.exp(beta * (np.array(GROUP) == "6-MP"))
    total = 0.0
    for t in np.unique(time[event]):
        dead = event & (time == t)
        d, alive = int(dead.sum()), risk[time >= t].sum()
        total += np.log(risk[dead]).sum()
        total -= sum(np.log(alive - k / d * risk[dead].sum()) for k in range(d))
    return -total


def test_cox_agrees_with_the_partial_likelihood() -> None:
    pytest.importorskip("lifelines")
    from scipy.optimize import minimize_scalar

    best = minimize_scalar(efron, bounds=(-4, 0), method="bounded", options={"xatol": 1e-10})
    (term,) = cox(TIME, EVENT, {"treated": [1.0] * 21 + [0.0] * 21})
    # the bounded search finds the flat top to about the root of a rounding
    assert term.coefficient == pytest.approx(best.x, abs=1e-6)
    h = 1e-4
    curvature = (efron(best.x + h) - 2 * efron(best.x) + efron(best.x - h)) / h**2
    assert term.standard_error == pytest.approx(curvature**-0.5, rel=1e-4)
    assert term.hazard_ratio == pytest.approx(np.exp(best.x), rel=1e-5)
    assert term.lower < term.hazard_ratio < term.upper < 1


def test_without_lifelines_the_message_says_how_to_get_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "lifelines", None)
    with pytest.raises(CapabilityError, match=r"livingdrug\[stats\]"):
        cox([1, 2], [True, True], {"x": [0, 1]})


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(DataError, match="two or more"):
        log_rank([1, 2], [True, True], ["a", "a"])
    with pytest.raises(DataError, match="nobody had the event"):
        log_rank([1, 2], [False, False], ["a", "b"])
    with pytest.raises(DataError, match="same for everyone"):
        cox([1, 2], [True, True], {"x": [1, 1]})
    with pytest.raises(DataError, match="'x'"):
        cox([1, 2], [True, True], {"x": [1, np.nan]})
