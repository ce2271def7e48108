"""Relapse of masked cells against closed forms, and the closed forms against simpler ones."""

import numpy as np
import pytest
from scipy import stats

import livingdrug as ld
from livingdrug.core.errors import OptionError, UnknownNameError


def kimmel(turnover=0.1):
    return ld.with_masked_cells(
        ld.get_model("kimmel2021"), "B", kill="tumor_killing", turnover=turnover
    )


def test_one_cell_has_the_law_of_its_line():
    law = ld.Outgrowth(ld.Contamination(cells=1), birth=0.3, death=0.1, level=1e10)
    assert law.probability == pytest.approx(2 / 3)
    # W is exponential: P(T > t) = 1 - exp(-L exp(-rt) r / b)
    days = np.array([90.0, 115.0, 130.0])
    expected = np.exp(-1e10 * np.exp(-0.2 * days) * 2 / 3)
    assert law.reached(days) == pytest.approx(expected, rel=1e-9)
    assert law.reached(law.day([0.1, 0.5, 0.9])) == pytest.approx([0.1, 0.5, 0.9], rel=1e-9)


def test_many_cells_are_an_exponential():
    law = ld.Outgrowth(ld.Contamination(cells=10**6), birth=0.3, death=0.1, level=1e10)
    assert law.probability == 1.0
    assert law.day(0.5) == pytest.approx(np.log(1e4) / 0.2, abs=0.02)


def test_a_poisson_number_is_a_mixture():
    poisson = ld.Contamination(dose=1e8, purity=1 - 2e-8)
    assert poisson.expected == pytest.approx(2.0)
    law = ld.Outgrowth(poisson, birth=0.3, death=0.1, level=1e10)
    weights = stats.poisson.pmf(np.arange(1, 40), 2.0)
    exact = [
        ld.Outgrowth(ld.Contamination(cells=k), birth=0.3, death=0.1, level=1e10)
        for k in range(1, 40)
    ]
    chances = np.array([item.probability for item in exact])
    assert law.probability == pytest.approx(weights @ chances)
    by_day = np.array([float(item.reached(110.0)) for item in exact])
    assert law.reached(110.0) == pytest.approx(weights @ (chances * by_day) / (weights @ chances))


@pytest.mark.parametrize("turnover", [0.0, 0.05, 0.2])
def test_relapse_in_a_model_is_that_of_the_closed_form(turnover):
    # masked cells of this model only divide and die: its tumour has no roof
    given = [ld.Contamination(cells=1), ld.Contamination(dose=1e8, purity=1 - 4e-8)]
    found = ld.masked_relapse(
        kimmel(turnover), given, detect=1e9, days=600.0, replicates=250, seed=7
    )
    for place, contamination in enumerate(given):
        law = ld.Outgrowth(contamination, 0.105 + turnover, turnover, 1e9)
        p = law.probability
        error = np.sqrt(max(p * (1 - p), 1e-12) / 250)
        assert abs(float(found["probability"][place]) - p) <= 5 * error
        days = found["day"].values[place]
        # exact but for what is continuous above 200 cells: some 1 % of the spread
        assert stats.kstest(days[np.isfinite(days)], law.reached).pvalue > 1e-5
    low, high = found["probability_low"].values, found["probability_high"].values
    assert (low <= found["probability"].values).all()
    assert (found["probability"].values <= high).all()


def test_a_product_keeps_its_numbers():
    one, two = ld.Contamination(dose=1e8, purity=1 - 1e-8), ld.Contamination(cells=2)
    options = {"detect": 1e6, "days": 400.0, "replicates": 40, "seed": 3}
    both = ld.masked_relapse(kimmel(), [one, two], **options)
    single = ld.masked_relapse(kimmel(), [one], **options)
    assert np.array_equal(both["day"].values[0], single["day"].values[0])
    assert both["seeded"].values[1] == 2.0
    assert both["seeded"].values[0] == both["cells"].values[0].mean()
    none = ld.masked_relapse(kimmel(), [ld.Contamination(cells=0)], **options)
    assert none["probability"].values.tolist() == [0.0]
    assert np.isnan(none["relapse_day"].values).all()


def test_numbers_of_cells():
    contamination = ld.Contamination(dose=2e8, purity=0.9999, transduced=0.3, engrafting=1e-3)
    assert contamination.expected == pytest.approx(6.0)
    drawn = contamination.draw(4_000, seed=1)
    assert abs(drawn.mean() - 6.0) < 5 * np.sqrt(6.0 / 4_000)
    assert abs(drawn.var() - 6.0) < 5 * 6.0 * np.sqrt(2.2 / 4_000)
    assert (ld.Contamination(cells=3).draw(5) == 3).all()


def test_nonsense_is_refused():
    with pytest.raises(OptionError, match="give either cells, or dose and purity"):
        ld.Contamination(dose=1e8)
    with pytest.raises(OptionError, match="say the same again"):
        ld.Contamination(cells=1, dose=1e8)
    with pytest.raises(OptionError) as caught:
        ld.Contamination(dose=-1.0, purity=1.2, transduced=2.0)
    assert "3 problems" in str(caught.value)
    with pytest.raises(OptionError, match="birth above death"):
        ld.Outgrowth(ld.Contamination(cells=1), 0.1, 0.1, 1e9)
    with pytest.raises(OptionError, match="without a masked cell"):
        ld.Outgrowth(ld.Contamination(cells=0), 0.2, 0.1, 1e9).day(0.5)
    with pytest.raises(UnknownNameError, match="with_masked_cells"):
        ld.masked_relapse(
            ld.get_model("kimmel2021"), [ld.Contamination(cells=1)], detect=1e9, days=9.0
        )
    with pytest.raises(OptionError) as caught:
        ld.masked_relapse(kimmel(), [], detect=0.0, days=-1.0, replicates=0, quantiles=[2.0])
    assert "5 problems" in str(caught.value)
