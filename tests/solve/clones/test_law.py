"""The law of one clone over one step, against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from livingdrug.solve.clones.law import StepLaw, branch, line_law, mean_fitness, transition
from livingdrug.system.clonal import Channel

RATES = st.floats(0.0, 8.0)


def generating(u, births, deaths):
    """1 - F(1 - u), with F the generating function of the line of one cell: nothing cancels."""
    alive, success = line_law(births, deaths)
    return alive * u / (success + (1.0 - success) * u)


@given(RATES, RATES, st.floats(0.0, 1.0))
def test_two_steps_are_one_of_twice_the_length(births, deaths, u):
    # the generating functions of a process with rates in a fixed ratio are a semigroup
    twice = generating(generating(u, births, deaths), births, deaths)
    assert twice == pytest.approx(float(generating(u, 2 * births, 2 * deaths)), rel=1e-12)


@given(RATES, RATES)
def test_mean_and_extinction_of_a_line(births, deaths):
    alive, success = line_law(births, deaths)
    assert alive / success == pytest.approx(np.exp(births - deaths), rel=1e-12)
    # the textbook form, where it can be computed: d (e - 1) / (b e - d)
    if abs(births - deaths) > 1e-3:
        growth = np.exp(births - deaths)
        lost = deaths * (growth - 1.0) / (births * growth - deaths)
        assert 1.0 - alive == pytest.approx(lost, abs=1e-12)


def test_equal_rates_are_the_limit():
    near, at = line_law(1.0, 1.0 + 1e-12), line_law(1.0, 1.0)
    assert np.allclose(near, at, rtol=1e-11)
    assert at[0] == pytest.approx(0.5)  # 1 / (1 + b t)


@pytest.mark.parametrize(("births", "deaths"), [(0.7, 0.2), (0.2, 0.7), (0.5, 0.5), (0.4, 0.0)])
def test_moments_of_clones_of_one_cell(births, deaths):
    n = 200_000
    rng = np.random.default_rng(5)
    sizes = branch(rng, np.ones(n, dtype=np.int64), births, deaths)
    net, growth = births - deaths, np.exp(births - deaths)
    spread = 2 * births if net == 0 else (births + deaths) / net * growth * (growth - 1)
    assert abs(sizes.mean() - growth) < 5 * np.sqrt(spread / n)
    # the fourth moment of a geometric number is below 24 / success**4
    fourth = 24.0 * (1.0 + spread + growth) ** 2
    assert abs(sizes.var() - spread) < 5 * np.sqrt(fourth / n)
    lost = 1.0 - line_law(births, deaths)[0]
    assert abs((sizes == 0).mean() - lost) <= 5 * np.sqrt(lost * (1 - lost) / n)


def test_large_clones_are_drawn_from_the_same_law():
    n, cells = 4_000, 10**12
    sizes = branch(np.random.default_rng(1), np.full(n, cells), 0.7, 0.2)
    growth = np.exp(0.5)
    spread = cells * 0.9 / 0.5 * growth * (growth - 1)
    scaled = (sizes - cells * growth) / np.sqrt(spread)
    assert abs(scaled.mean()) < 5 / np.sqrt(n)
    assert abs(scaled.var() - 1) < 5 * np.sqrt(2 / n)


def test_a_clone_that_is_gone_stays_gone():
    sizes = branch(np.random.default_rng(1), np.array([0, 5, 0]), 5.0, 0.0)
    assert sizes[[0, 2]].tolist() == [0, 0]
    assert sizes[1] >= 5


def test_cells_that_only_change_are_kept():
    channels = [Channel("change", 0, 1, 1, ""), Channel("change", 1, 2, 1, "")]
    law = StepLaw(channels, 3)
    cells = np.array([[1000, 3], [0, 0], [0, 7]])
    rates = np.array([0.8, 0.5])
    rng = np.random.default_rng(2)
    drawn = np.array([law.draw(rng, cells, np.ones(2), rates) for _ in range(2_000)])
    assert (drawn.sum(axis=1) == [1000, 10]).all()
    # Bateman: of the first species what is left, and what has gone through both
    left, middle = np.exp(-0.8), 0.8 / (0.5 - 0.8) * (np.exp(-0.8) - np.exp(-0.5))
    for place, share in enumerate((left, middle, 1 - left - middle)):
        spread = np.sqrt(1000 * share * (1 - share) / 2_000)
        assert abs(drawn[:, place, 0].mean() - 1000 * share) < 5 * spread


@pytest.mark.parametrize("fastest", [0.0, 1e-300, 1e-9, 0.3, 1.0, 7.0, 400.0])
def test_probabilities_of_changes_are_the_exponential_of_their_rates(fastest):
    rng = np.random.default_rng(8)
    generator = rng.random((5, 5)) * (rng.random((5, 5)) < 0.6)
    generator[4] = 0.0  # whoever has died stays so
    np.fill_diagonal(generator, 0.0)
    generator -= np.diag(generator.sum(axis=1))
    generator *= fastest / -generator.diagonal().min()
    found = transition(generator)
    assert (found >= 0.0).all()
    assert found.sum(axis=1) == pytest.approx(np.ones(5), rel=1e-13)
    # each of up to 9 squarings doubles what rounding has left
    assert found == pytest.approx(expm(generator), rel=1e-12, abs=1e-13)


def test_one_cell_may_become_several():
    law = StepLaw([Channel("change", 0, 1, 4, "")], 2)
    after = law.draw(np.random.default_rng(3), np.array([[500], [1]]), np.ones(1), np.array([0.7]))
    assert after[1, 0] == 1 + 4 * (500 - after[0, 0])


def test_the_model_between_pauses_takes_the_fitness_of_the_clones():
    # over one step: the growth of the sum, not the mean of the growth
    sizes, fitness = np.array([1e12, 1e12, 1e12]), np.array([2.0, 0.0, 1.0])
    births = 0.4 * 2.0
    factor = mean_fitness(sizes, fitness, births)
    exact = np.log(np.mean(np.exp(fitness * births))) / births
    assert factor == pytest.approx(exact, rel=1e-12)
    assert mean_fitness(sizes, fitness, 0.0) == 1.0
    assert mean_fitness(np.zeros(3), fitness, 1.0) == 1.0


def test_budding_keeps_the_source_and_counts_fitness():
    law = StepLaw([Channel("budding", 0, 1, 2, "")], 2)
    cells = np.array([[1000, 1000, 0], [5, 0, 0]])
    rng = np.random.default_rng(4)
    drawn = np.array(
        [law.draw(rng, cells, np.array([1.0, 3.0, 1.0]), np.array([0.2])) for _ in range(1_000)]
    )
    assert (drawn[:, 0] == cells[0]).all()
    assert (drawn[:, 1, 2] == 0).all()
    new = (drawn[:, 1, :2] - cells[1, :2]) / 2
    for place, mean in enumerate((200.0, 600.0)):
        assert abs(new[:, place].mean() - mean) < 5 * np.sqrt(mean / 1_000)
        assert abs(new[:, place].var() / mean - 1) < 5 * np.sqrt(2 / 1_000)
