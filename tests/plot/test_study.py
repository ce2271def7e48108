"""The figure of a study."""

import numpy as np
import pytest

from livingdrug.core.errors import DataError, UnknownNameError
from livingdrug.data.datasets import load_study
from livingdrug.data.interventions import DAY_UNKNOWN, NOT_GIVEN, Intervention
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
    assert legend(figure) == [
        "median over people", "fludarabine (planned)", "cyclophosphamide (planned)",
    ]  # fmt: skip
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


def test_values_above_a_limit_and_what_was_given_are_drawn():
    rows = [Observation(float(day), "il6_serum", 10.0 * day + 1, "pg/mL", subject="P", uloq=400.0)
            for day in range(9)]  # fmt: skip
    above = Observation(9.0, "il6_serum", np.nan, "pg/mL", subject="P", uloq=400.0, alq=True)
    study = build_study("ward", [*rows, above], interventions=[
        Intervention("car_t", "engineered cells", start=0.0),
        Intervention("tocilizumab", "cytokine blockade", "P", start=3.0, stop=5.0),
        Intervention("steroid", "corticosteroid", "P", status=DAY_UNKNOWN),
        Intervention("steroid", "corticosteroid", "Q", status=NOT_GIVEN),
        Intervention("anakinra", "cytokine blockade", "Q", start=20.0),
    ])  # fmt: skip
    figure = study_figure(study)
    (axes,) = [one for one in figure.axes if one.axison]
    assert {"above the limit", "limit of quantification", "CAR-T cells", "tocilizumab"} <= set(
        legend(figure)
    )
    (mark,) = [line for line in axes.lines if line.get_marker() == "^"]
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([9.0], [400.0])
    # the drug of a person who is not in the panel is not drawn there
    assert "anakinra" not in legend(figure)
    assert axes.get_xlim()[1] < 20
    text = "".join(one.get_text() for one in figure.texts)
    assert "not known, so not drawn: steroid 1 of 2" in text


def test_arms_show_what_they_were_given():
    study = build_study(
        "mice",
        [Observation(float(day), f"tumor_volume_{arm}", 1.0 + day, "mL", "mean", n=5)
         for arm in ("treated_50", "control_50") for day in range(4)],
        interventions=[Intervention("car_t", "engineered cells", group="treated_50", start=1.0)],
    )  # fmt: skip
    treated, control = [one for one in study_figure(study).axes if one.axison]
    assert len(treated.lines) == len(control.lines) + 1
