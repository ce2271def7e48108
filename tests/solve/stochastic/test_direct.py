"""The direct method: the same path as the plain one, and the laws that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, OptionError, UnknownNameError
from livingdrug.core.status import Status
from livingdrug.solve.backends.stochastic.backend import StochasticBackend
from livingdrug.solve.backends.stochastic.kernel import JumpKernel
from livingdrug.solve.backends.stochastic.plain import run_plainly
from livingdrug.solve.bind import bind_inputs
from livingdrug.solve.plan import make_plan
from livingdrug.solve.stochastic import Stochastic
from livingdrug.system.compile import compile_model

from .models import birth_death, dimers, immigration

TIMES = [0.0, 0.5, 2.0, 5.0]


def run(model, *, replicates=200, times=TIMES, **options):
    return ld.simulate(model, times=times, method="ssa", replicates=replicates, **options)


def within(values, mean, variance, *, sigmas=5.0):
    """Tell whether the mean of a sample is where its law puts it: 5 standard errors."""
    return abs(values.mean() - mean) <= sigmas * np.sqrt(variance / values.size)


# -- the compiled loop means the plain one ----------------------------------------------------


@pytest.mark.parametrize("make", [birth_death, immigration, dimers])
@pytest.mark.parametrize("width", [1, 4, 16, 32])
def test_every_path_is_that_of_the_plain_method(make, width):
    system = compile_model(make())
    plan = make_plan(
        system, method="ssa", rtol=1e-6, atol=None, extinction="model", seed=3, max_steps=100
    )
    kernel = JumpKernel(system, plan, width)
    bound = bind_inputs(system, None, TIMES, left=False, replicates=21)
    results = StochasticBackend().run(kernel, bound.tasks)
    for task, result in zip(bound.tasks, results, strict=True):
        path, reported = run_plainly(kernel, task)
        assert result.values.T.tolist() == reported
        assert result.n_steps == len(path) - 1


def test_a_path_does_not_depend_on_chunks_threads_or_other_replicates(monkeypatch):
    whole = run(birth_death(), replicates=50, threads=2)
    monkeypatch.setattr("livingdrug.solve.backends.stochastic.backend.CHUNK", 7)
    pieces = run(birth_death(), replicates=20)
    assert np.array_equal(whole["A"].values[:, :20], pieces["A"].values)


def test_a_path_does_not_depend_on_when_it_is_looked_at():
    dense = run(birth_death(), times=np.linspace(0, 5, 41).tolist())
    few = run(birth_death(), times=[0.0, 5.0])
    assert np.array_equal(dense["A"].sel(time=5.0).values, few["A"].sel(time=5.0).values)


def test_replicates_and_subjects_differ_and_the_seed_counts():
    course = run(birth_death(), replicates=3)
    assert len({tuple(path) for path in course["A"].values[0].tolist()}) == 3
    other = run(birth_death(), replicates=3, seed=9)
    assert not np.array_equal(course["A"].values, other["A"].values)


# -- laws -------------------------------------------------------------------------------------


def test_births_and_deaths_have_their_mean_variance_and_extinction():
    b, d, n, t = 0.3, 0.4, 40, 5.0
    course = run(birth_death(start=n, birth=b, death=d), replicates=20_000, times=[0.0, t])
    values = course["A"].values[0, :, -1]
    growth = np.exp((b - d) * t)
    variance = n * (b + d) / (b - d) * growth * (growth - 1.0)
    assert within(values, n * growth, variance)
    # the variance of a sample variance is about 2 variance**2 / size for so many cells
    assert abs(values.var() - variance) < 5 * variance * np.sqrt(2 / values.size)
    few = run(birth_death(start=3, birth=b, death=d), replicates=20_000, times=[0.0, t])
    gone = float(np.mean(few["A"].values[0, :, -1] == 0))
    e = np.exp((d - b) * t)
    expected = (d * (e - 1.0) / (d * e - b)) ** 3
    assert abs(gone - expected) < 5 * np.sqrt(expected * (1 - expected) / 20_000)


def test_arrivals_and_deaths_end_in_a_poisson_law():
    course = run(immigration(), replicates=10_000, times=[0.0, 40.0])
    values = course["A"].values[0, :, -1].astype(int)
    expected = stats.poisson(10.0 * (1 - np.exp(-0.5 * 40.0)))
    observed = np.bincount(values, minlength=31)[:31]
    cells = expected.pmf(np.arange(31)) * values.size
    keep = cells > 5
    chi2 = float((((observed - cells) ** 2) / cells)[keep].sum())
    assert chi2 < stats.chi2(int(keep.sum()) - 1).ppf(1 - 1e-6)


def test_first_passage_of_a_pure_death_process():
    # the last of n cells dies at the maximum of n exponential times
    n, d = 5, 0.4
    course = run(
        birth_death(start=n, birth=0.0, death=d),
        replicates=5_000,
        times=[0.0, 100.0],
        reduce={"end": ld.Reduction("event day", "extinct(A)")},
    )
    days = course["end"].values[0]
    assert np.isfinite(days).all()
    law = stats.kstest(days, lambda x: (1 - np.exp(-d * x)) ** n)
    assert law.pvalue > 1e-6


def test_pairs_follow_the_master_equation():
    # A + 2 B is kept, so the law is a chain over the number of pairs
    start, k, r, t = 30, 0.02, 0.3, 2.0
    size = start // 2 + 1
    rates = np.zeros((size, size))
    for pairs in range(size):
        free = start - 2 * pairs
        if pairs + 1 < size:
            rates[pairs + 1, pairs] += k * free * (free - 1)
        if pairs > 0:
            rates[pairs - 1, pairs] += r * pairs
        rates[pairs, pairs] = -rates[:, pairs].sum()
    from scipy.linalg import expm

    law = expm(rates * t)[:, 0]
    values = run(dimers(), replicates=20_000, times=[0.0, t])["B"].values[0, :, -1].astype(int)
    cells = law * values.size
    keep = cells > 5
    observed = np.bincount(values, minlength=size)
    chi2 = float((((observed - cells) ** 2) / cells)[keep].sum())
    assert chi2 < stats.chi2(int(keep.sum()) - 1).ppf(1 - 1e-6)


def test_large_numbers_follow_the_rate_equations():
    stochastic = run(birth_death(start=1e6), replicates=4, times=[0.0, 1.0])
    smooth = ld.simulate(birth_death(start=1e6), times=[0.0, 1.0])
    # the relative spread of 1e6 cells is 1e-3
    assert stochastic["A"].values[0, :, -1] == pytest.approx(smooth["A"].values[0, -1], rel=5e-3)


# -- doses, reductions, the log ---------------------------------------------------------------


def dosed(model, amount=7.0, day=1.0):
    regimen = ld.Regimen.infusion(amount, "cell", time=day)
    return ld.cohort_from_arrays(model, {"A": [0.0, 5.0]}, regimen=regimen)


def test_a_dose_is_given_on_its_day_on_the_side_asked_for():
    model = birth_death(birth=0.0, death=0.0)
    cohort = dosed(model)
    after = run(model, cohort=cohort, times=[0.0, 1.0, 2.0], replicates=2)
    assert after["A"].values[:, 0].tolist() == [[0, 7, 7], [5, 12, 12]]
    before = run(model, cohort=cohort, times=[0.0, 1.0, 2.0], replicates=2, side="left")
    assert before["A"].values[:, 1].tolist() == [[0, 0, 7], [5, 5, 12]]
    assert set(after["event_name"].values.tolist()) == {"infusion"}
    assert after["event_replicate"].values.tolist() == [0, 1, 0, 1]


def test_paths_with_doses_are_those_of_the_plain_method():
    model = birth_death()
    system = compile_model(model)
    plan = make_plan(
        system, method="ssa", rtol=1e-6, atol=None, extinction="model", seed=5, max_steps=100
    )
    kernel = JumpKernel(system, plan)
    bound = bind_inputs(system, dosed(model), TIMES, left=False, replicates=10)
    for task, result in zip(bound.tasks, StochasticBackend().run(kernel, bound.tasks), strict=True):
        assert result.values.T.tolist() == run_plainly(kernel, task)[1]


def test_reductions_are_those_of_the_path():
    model = birth_death()
    options = {"replicates": 5, "seed": 2}
    reduced = run(
        model,
        times=[0.0, 5.0],
        reduce={
            "top": ld.Reduction("maximum", "A"),
            "when": ld.Reduction("day of maximum", "A"),
            "area": ld.Reduction("auc", "twice", start=1.0, end=4.0),
            "below": ld.Reduction("first day below", "A", level=20.0),
            "last": ld.Reduction("value", "A", day=5.0),
        },
        **options,
    )
    system = compile_model(model)
    plan = make_plan(
        system, method="ssa", rtol=1e-6, atol=None, extinction="model", seed=2, max_steps=100
    )
    kernel = JumpKernel(system, plan)
    bound = bind_inputs(system, None, [0.0, 5.0], left=False, replicates=5)
    for k, task in enumerate(bound.tasks):
        path, _ = run_plainly(kernel, task)
        days = [*(day for day, _ in path), 5.0]
        counts = [count[0] for _, count in path]
        assert reduced["top"].values[0, k] == max(counts)
        # the logarithms of both may differ in the last place
        assert reduced["when"].values[0, k] == pytest.approx(days[counts.index(max(counts))])
        area = sum(
            2 * count * max(0.0, min(end, 4.0) - max(start, 1.0))
            for start, end, count in zip(days, days[1:], counts, strict=False)
        )
        assert reduced["area"].values[0, k] == pytest.approx(area, rel=1e-12)
        low = [day for day, count in zip(days, counts, strict=False) if count <= 20]
        assert reduced["below"].values[0, k] == pytest.approx(low[0]) if low else True
        assert reduced["last"].values[0, k] == counts[-1]


def test_extinction_is_logged_once_and_only_where_it_is_final():
    course = run(birth_death(start=2.0, death=3.0), replicates=50, times=[0.0, 50.0])
    assert course["event_name"].values.tolist() == ["extinct(A)"] * 50
    assert run(immigration(), replicates=50)["event_name"].size == 0


# -- what is refused --------------------------------------------------------------------------


def test_an_explosion_is_stopped_with_a_status():
    model = birth_death(start=100.0, birth=50.0, death=0.0)
    with pytest.warns(ld.core.errors.SubjectFailureWarning, match="max_events"):
        course = run(model, replicates=3, stochastic=Stochastic(max_events=50_000))
    assert (course["status"].values == int(Status.TOO_MANY_EVENTS)).all()
    assert np.isnan(course["A"].values).all()


def test_parts_of_entities_are_rounded_only_if_asked():
    model = birth_death(start=10.4)
    with pytest.warns(ld.core.errors.SubjectFailureWarning, match=r"10.4 entities.*'round'"):
        course = run(model, replicates=1)
    assert (course["status"].values == int(Status.BAD_INITIAL)).all()
    rounded = run(model, replicates=1, stochastic=Stochastic(initial="round"))
    assert rounded["A"].values[0, 0, 0] == 10.0


@pytest.mark.parametrize("replicates", [0, -1, True])
def test_replicates_must_be_a_number_of_them(replicates):
    with pytest.raises(OptionError, match="whole number >= 1"):
        run(birth_death(), replicates=replicates)


def test_a_method_without_chance_has_no_replicates():
    with pytest.raises(OptionError, match=r"same every time.*ssa"):
        ld.simulate(birth_death(), times=[0, 1], replicates=5)


def test_thresholds_out_of_order_are_refused():
    with pytest.raises(OptionError, match="release"):
        Stochastic(threshold=100.0, release=0.5)


def test_an_unknown_species_is_named():
    with pytest.raises(UnknownNameError, match="'A'"):
        run(birth_death(), stochastic=Stochastic(turnover={"a": 0.1}))


def test_what_moves_continuously_is_refused_by_name():
    with pytest.raises(CapabilityError, match="kimmel2021, rate of N"):
        run(ld.get_model("kimmel2021"))
