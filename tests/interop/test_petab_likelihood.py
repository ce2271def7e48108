"""Noise and priors of PEtab against scipy, closed forms and the numbers of the test suite."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from scipy import stats
from tests.interop import sbml_text as sbml
from tests.interop.petab_cases import (
    Case,
    conversion,
    growing,
    observable,
    ramp,
    table,
    write_case,
)
from tests.interop.petab_cases_v1 import V1
from tests.interop.petab_cases_v2 import V2

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, DataError, SolveError
from livingdrug.interop.petab.likelihood import log_density
from livingdrug.interop.petab.records import Observable

LN_10 = math.log(10.0)
M, Y, S = 0.7, 1.3, 0.4


@pytest.mark.parametrize(
    ("distribution", "scale", "expected"),
    [
        ("normal", "lin", stats.norm(Y, S).logpdf(M)),
        ("normal", "log", stats.lognorm(S, scale=Y).logpdf(M)),
        ("normal", "log10", stats.lognorm(S * LN_10, scale=Y).logpdf(M)),
        ("laplace", "lin", stats.laplace(Y, S).logpdf(M)),
        ("laplace", "log", stats.laplace(math.log(Y), S).logpdf(math.log(M)) - math.log(M)),
        ("laplace", "log10",
         stats.laplace(math.log10(Y), S).logpdf(math.log10(M)) - math.log(M * LN_10)),
    ],
)  # fmt: skip
def test_densities(distribution: str, scale: str, expected: float) -> None:
    item = Observable("o", "A", "s", distribution, scale)  # type: ignore[arg-type]
    assert log_density(item, M, Y, S) == pytest.approx(expected, rel=1e-13)


def test_what_is_impossible_has_no_likelihood() -> None:
    assert log_density(Observable("o", "A", "s"), M, Y, 0.0) == -math.inf
    assert log_density(Observable("o", "A", "s"), M, Y, -1.0) == -math.inf
    assert log_density(Observable("o", "A", "s", scale="log"), M, -Y, S) == -math.inf


# log of prior densities at 5 within (0, 10), and within the domain of each: cases 24 and 25 of
# version 2 of the suite (source: petab_cases), which asks for 1e-14
PRIORS = {
    "uniform": ((2.0, 8.0), -1.79175946922805, (2.0, 8.0), -1.79175946922805),
    "normal": ((4.0, 2.0), -1.71269052620973, (-math.inf, math.inf), -1.73708571376462),
    "log-normal": ((5.0, 2.0), -2.23619159741645, (0.0, math.inf), -4.65851253490362),
    "cauchy": ((3.0, 5.0), -2.15728237835358, (-math.inf, math.inf), -2.90258780340177),
    "chisquare": ((4.0,), -2.23558885282238, (0.0, math.inf), -2.27685644868579),
    "exponential": ((3.0,), -2.72895309496787, (0.0, math.inf), -2.76527895533478),
    "gamma": ((3.0, 5.0), -2.17348344324312, (0.0, math.inf), -3.30258509299405),
    "laplace": ((3.0, 5.0), -2.19557833470717, (-math.inf, math.inf), -2.70258509299405),
    "log-laplace": ((3.0, 5.0), -3.35750526098019, (0.0, math.inf), -4.19013542294133),
    "log-uniform": ((3.0, 5.0), -0.93771092034198, (3.0, 5.0), -0.93771092034198),
    "rayleigh": ((3.0,), -1.9728021416671, (0.0, math.inf), -1.97667555379101),
}


@pytest.mark.parametrize("wide", [False, True])
def test_priors(wide: bool, tmp_path: Path) -> None:
    path = write_case(V2[0], tmp_path)
    rows: list[dict[str, object]] = []
    for name, (given, _, (low, high), _) in PRIORS.items():
        rows.append({
            "parameterId": "p_" + name.replace("-", "_"), "lowerBound": low if wide else 0,
            "upperBound": high if wide else 10, "nominalValue": 5, "estimate": "true",
            "priorDistribution": name, "priorParameters": ";".join(map(str, given)),
        })  # fmt: skip
    rows.append({"parameterId": "p1", "lowerBound": 0, "upperBound": 2, "nominalValue": 1,
                 "estimate": "true"})  # fmt: skip
    rows.append({"parameterId": "fixed", "nominalValue": 1, "estimate": "false"})
    table(tmp_path / "parameters.tsv", rows)
    problem = ld.read_petab(path)
    found = problem.log_prior()
    expected = {
        "p_" + name.replace("-", "_"): numbers[3 if wide else 1] for name, numbers in PRIORS.items()
    } | {"p1": -0.69314718055995}
    assert found == pytest.approx(expected, abs=1e-13)  # 14 decimals are published
    assert problem.log_prior({"p1": 3.0})["p1"] == -math.inf
    again = ld.read_petab(ld.write_petab(problem, tmp_path / "again"))
    assert again.log_prior() == found


def test_priors_of_version_1_are_kept_but_have_no_density(tmp_path: Path) -> None:
    problem = ld.read_petab(write_case(V1[0], tmp_path))
    assert problem.log_prior() == {}
    first = dataclasses.replace(
        problem.parameters[0], prior="parameterScaleNormal", prior_parameters=(1.0, 2.0)
    )
    problem = dataclasses.replace(problem, parameters=(first, *problem.parameters[1:]))
    assert ld.read_petab(ld.write_petab(problem, tmp_path / "one")).parameters[0] == first
    with pytest.raises(CapabilityError, match="parameterScaleNormal of version 1"):
        problem.log_prior()
    two = ld.read_petab(ld.write_petab(problem, tmp_path / "two", version=2))
    assert two.parameters[0].prior == "normal"
    log10 = dataclasses.replace(first, scale="log10")
    problem = dataclasses.replace(problem, parameters=(log10, *problem.parameters[1:]))
    with pytest.raises(CapabilityError, match="on the scale log10"):
        ld.write_petab(problem, tmp_path / "three", version=2)


def test_parameters_in_place_of_nominal_values(tmp_path: Path) -> None:
    problem = ld.read_petab(write_case(V1[0], tmp_path))
    simulated = problem.simulate({"k1": 0.0, "k2": 0.0})["simulation"]
    assert simulated.tolist() == pytest.approx([1.0, 1.0])
    by_hand = stats.norm(1.0, 0.5).logpdf([0.7, 0.1]).sum()
    assert problem.log_likelihood({"k1": 0.0, "k2": 0.0}) == pytest.approx(by_hand, rel=1e-12)
    assert problem.chi2({"k1": 0.0, "k2": 0.0}) == pytest.approx(0.36 + 3.24, rel=1e-12)
    with pytest.raises(DataError, match=r"unknown parameter 'k3' \(did you mean"):
        problem.simulate({"k3": 1.0})


def test_a_parameter_without_a_value_is_asked_for(tmp_path: Path) -> None:
    problem = ld.read_petab(write_case(V1[0], tmp_path))
    bare = dataclasses.replace(problem.parameters[0], nominal=math.nan)
    problem = dataclasses.replace(problem, parameters=(bare, *problem.parameters[1:]))
    with pytest.raises(DataError, match="'a0' has no nominal value"):
        problem.simulate()
    assert problem.simulate({"a0": 1.0})["simulation"][0] == pytest.approx(1.0)


def test_no_steady_state_is_refused(tmp_path: Path) -> None:
    """A clock never stands still, and a slow decay needs a longer wait."""
    moving = Case(
        2, 0, 0, 0, [], {"p": 1.0}, [observable(formula="S")], [("obs_a", "e", 0, 1)], {},
        [("e", "-inf", "")], model=growing("S >= 1e300"),
    )  # fmt: skip
    problem = ld.read_petab(write_case(moving, tmp_path))
    with pytest.raises(SolveError, match=r"experiment e: no steady state by time 1e\+09: S \("):
        problem.simulate()
    slow = Case(
        2, 0, 0, 0, [], {"k1": 1e-9, "k2": 0.0}, [observable()], [("obs_a", "", "inf", 1)],
    )  # fmt: skip
    problem = ld.read_petab(write_case(slow, tmp_path))
    with pytest.raises(SolveError, match=r"experiment \(none\): no steady state"):
        problem.simulate()
    assert problem.simulate(horizon=1e12)["simulation"][0] == pytest.approx(0.0, abs=1e-9)


def test_time_goes_on_over_the_periods(tmp_path: Path) -> None:
    """dx/dt = time from 1 on; a condition at 4 takes what the observable and the time are."""
    model = sbml.model(
        Parameters=sbml.parameter("x", "0", constant="false") + sbml.parameter("k", "1"),
        Rules=sbml.rule("rate", "x", "k * time"),
    )
    case = Case(
        2, 0, 0, 0, [], {"s": 1.0}, [observable("o", "x + time", "s")],
        [("o", "e", t, 1) for t in (1, 3, 4, 6)],
        {"c": {"x": "x + time", "k": 2}}, [("e", 1, ""), ("e", 4, "c")], model=model,
    )  # fmt: skip
    found = ld.read_petab(write_case(case, tmp_path)).simulate()["simulation"].tolist()
    at_4 = (16 - 1) / 2 + 4
    by_hand = [0 + 1, (9 - 1) / 2 + 3, at_4 + 4, at_4 + (36 - 16) + 6]
    assert found == pytest.approx(by_hand, rel=1e-8)


def test_an_event_fires_once_over_the_periods(tmp_path: Path) -> None:
    """The jump of a period that is over does not come again in the next one."""
    case = Case(
        2, 0, 0, 0, [], {"p0": 495.0}, [observable("o", "p", 1)],
        [("o", "e", t, 1) for t in (4, 6, 9, 20)],
        {}, [("e", 0, ""), ("e", 7, ""), ("e", 15, "")], model=ramp(),
    )  # fmt: skip
    found = ld.read_petab(write_case(case, tmp_path)).simulate()["simulation"].tolist()
    assert found == pytest.approx([499, 1500, 1500, 1500], rel=1e-8)


def test_delays_over_periods_are_refused(tmp_path: Path) -> None:
    model = sbml.model(
        Parameters=sbml.parameter("x", "1", constant="false") + sbml.parameter("k", "1"),
        Rules=sbml.rule("rate", "x", "-k * x"),
        Events=sbml.event("late", "x < 0.5", {"x": "1"}, delay="2"),
    )
    case = Case(
        2, 0, 0, 0, [], {"k": 1.0}, [observable("o", "x", 1)], [("o", "e", 3, 1)], {},
        [("e", 0, ""), ("e", 2, "")], model=model,
    )  # fmt: skip
    problem = ld.read_petab(write_case(case, tmp_path))
    with pytest.raises(CapabilityError, match="event late: it has a delay"):
        problem.simulate()


def test_many_experiments_are_one_cohort(tmp_path: Path) -> None:
    """Experiments of other lengths and conditions run together and stay apart."""
    from tests.interop.petab_cases import a_at

    names = [f"c{k}" for k in range(6)]
    case = Case(
        1, 0, 0, 0, [], {"k1": 0.8, "k2": 0.6}, [observable()],
        [("obs_a", name, 3 + k, 1) for k, name in enumerate(names)],
        {name: {"a0": k, "b0": "nan" if k % 2 else 2} for k, name in enumerate(names)},
        model=conversion(),
    )  # fmt: skip
    found = ld.read_petab(write_case(case, tmp_path)).simulate()["simulation"].tolist()
    by_hand = [a_at(3 + k, k, 1 if k % 2 else 2) for k in range(6)]
    assert found == pytest.approx(by_hand, rel=1e-7)
