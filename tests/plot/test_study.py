"""The figure of a study."""

import numpy as np
import pytest

from livingdrug.core.errors import DataError, UnknownNameError
from livingdrug.data.datasets import load_study
from livingdrug.data.study import Observation, StudyReadout, build_study
from livingdrug.plot.study import MOST_PANELS, study_figure


def ward(cap=400.0):
    """Interleukin 6 of three made-up people, capped, and one value below the limit."""
    rows = [
        Observation(float(day), "il6_serum", min(2.0 * 1.4**day * who, cap), "pg/mL",
                    subject=f"P{who}", lloq=1.0)
        for who in (1, 2, 3)
        for day in range(1, 21)
    ]  # fmt: skip
    below = Observation(0.0, "il6_serum", np.nan, "pg/mL", subject="P1", lloq=1.0, blq=True)
    return build_study("ward", [below, *rows])


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_people_limits_and_values_below_them_are_drawn():
    figure = study_figure(ward())
    (axes,) = [one for one in figure.axes if one.axison]
    assert axes.get_yscale() == "log"
    assert {"limit of quantification", "repeats at the top: ceiling?",
            "below the limit", "one person, animal or well"} == set(legend(figure))  # fmt: skip
    drawn = [line for line in axes.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in drawn] == [21, 20, 20]
    assert drawn[0].get_ydata()[0] == 1.0  # a value below the limit stands at the limit
    across = {line.get_ydata()[0] for line in axes.lines if len(set(line.get_ydata())) == 1}
    assert {1.0, 400.0} <= across


def test_no_ceiling_where_nothing_piles_up():
    assert "repeats at the top: ceiling?" not in legend(study_figure(ward(cap=1e9)))


def test_pooled_values_are_called_what_they_are():
    figure = study_figure(load_study("zuma1"))
    assert legend(figure) == ["median over people"]
    assert sum(axes.axison for axes in figure.axes) == 2
    assert "pooled values only" in "".join(text.get_text() for text in figure.texts)


def test_terms_can_be_chosen_and_too_many_are_named():
    study = load_study("carrgodex")
    assert sum(axes.axison for axes in study_figure(study, terms=["cell_index"]).axes) == 1
    with pytest.raises(UnknownNameError, match="cell_index"):
        study_figure(study, terms=["cel_index"])
    many = build_study(
        "many",
        [Observation(day, f"term{n}", 1.0 + day, "1", subject="P")
         for n in range(MOST_PANELS + 1) for day in (0.0, 1.0)],
    )  # fmt: skip
    figure = study_figure(many)
    assert "Not drawn: term12." in "".join(text.get_text() for text in figure.texts)


def test_a_study_without_a_course_in_time_is_refused():
    study = build_study("flat", [], readouts=[StudyReadout("orr", 50.0, "percent", "percent")])
    with pytest.raises(DataError, match="no values over time"):
        study_figure(study)
