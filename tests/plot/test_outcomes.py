"""Sample paths and incidence: what is drawn is what was simulated."""

from __future__ import annotations

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.core.errors import DataError, OptionError, UnknownNameError
from livingdrug.plot.outcomes import incidence_of_outcomes, sample_paths


@pytest.fixture(scope="module")
def course():
    model = ld.get_model("kimmel2021")
    person = ld.cohort_from_arrays(model, {"r_B": [0.105]})
    return ld.simulate(
        model, person, times=np.arange(0.0, 360.0, 4.0).tolist(), method="hybrid", replicates=30,
        seed=1, stochastic=ld.Stochastic(threshold=100),
    )  # fmt: skip


@pytest.fixture(scope="module")
def rules():
    return ld.outcome_rules(ld.get_model("kimmel2021"))


def texts(figure) -> str:
    legends = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    return "\n".join([*(t.get_text() for t in figure.texts), *legends])


def test_paths_end_on_the_line_of_none_where_they_are_cured(course, rules):
    figure = sample_paths(course, rules, paths=12)
    tumour, cells = figure.axes
    found = ld.outcomes(course, rules)
    cured = int((found["outcome"] == 1).sum())
    shown = texts(figure)
    assert f"cure: {cured / 30:.3g} ({cured} of 30 runs)" in shown
    assert "12 of 30 sample paths" in shown
    assert "not medical advice" in shown
    labels = [t.get_text() for t in tumour.get_yticklabels()]
    assert labels[0] == "0"
    zero = tumour.get_yticks()[0]
    assert zero < 1e-9  # below one cell
    paths = [line for line in tumour.lines if line.get_linewidth() == 0.5]
    assert len(paths) == 12
    ends = np.array([line.get_ydata()[-1] for line in paths])
    drawn = np.unique(np.linspace(0, 29, 12).round().astype(int))
    is_cured = (found["outcome"].values[0, drawn] == 1).tolist()
    assert (ends == zero).tolist() == is_cured
    assert 0 < sum(is_cured) < 12
    assert "0" not in [t.get_text() for t in cells.get_yticklabels()][:1]


def test_incidence_shows_the_classes_that_happened(course, rules):
    found = ld.outcome_incidence(ld.outcomes(course, rules))
    shown = texts(incidence_of_outcomes(found))
    assert "cure: " in shown
    assert "relapse: " in shown
    assert "progression: " not in shown
    assert "interval of the simulation alone" in shown
    assert "Assumed: B is detected" in shown


def test_refusals(course, rules):
    with pytest.raises(OptionError, match="paths = 0"):
        sample_paths(course, rules, paths=0)
    with pytest.raises(UnknownNameError, match="unknown variable 'D'"):
        sample_paths(course, rules, cells="D")
    with pytest.raises(DataError, match="no 'B'"):
        sample_paths(course.drop_vars("B"), rules)
    failed = course.copy(deep=True)
    failed["status"].values[:] = 1
    with pytest.raises(DataError, match="every run failed"):
        sample_paths(failed, rules)
