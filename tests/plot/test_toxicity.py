"""The timeline says what it shows: strips, treatments, and what is not exact."""

from __future__ import annotations

import dataclasses

import pytest

from livingdrug.clinical.grading.crs import grade_crs
from livingdrug.clinical.monitoring.example import example_ward
from livingdrug.clinical.monitoring.read import read_monitoring
from livingdrug.core.errors import OptionError
from livingdrug.plot.toxicity import MOST_PEOPLE, plot_grades


def graded(tmp_path, n=6, recorded=("all",)):
    path = tmp_path / "ward.csv"
    path.write_text(example_ward(n), encoding="utf-8")
    return grade_crs(read_monitoring(path, recorded=recorded), ("astct", "lee"))


def texts(figure):
    found = [t.get_text() for t in figure.texts]
    return "\n".join([*found, *(t.get_text() for t in figure.legends[0].get_texts())])


def colours(figure):
    return {patch.get_facecolor() for patch in figure.axes[0].patches}


def test_worst_first_with_all_words(tmp_path):
    figure = plot_grades(graded(tmp_path), "astct", note="SYNTHETIC ward")
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert labels[:3] == ["SYNTHETIC-005", "SYNTHETIC-004", "SYNTHETIC-003"]
    for word in ("ASTCT 2019", "6 with an exact", "tocilizumab", "grade 4", "SYNTHETIC ward",
                 "not medical advice"):  # fmt: skip
        assert word in texts(figure)
    assert len(colours(figure)) == 5  # none and four grades


def test_what_is_not_exact_is_shown(tmp_path):
    exact = plot_grades(graded(tmp_path), "lee")
    opened = plot_grades(graded(tmp_path, recorded=()), "lee")
    assert "lower band" in texts(opened)
    assert "3 with an exact" in texts(opened)
    assert len(opened.axes[0].patches) > len(exact.axes[0].patches)


def test_one_person(tmp_path):
    figure = plot_grades(graded(tmp_path), "astct", subjects=["SYNTHETIC-002"])
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["SYNTHETIC-002"]

    assert "1 person" in texts(figure)


def test_many_people_are_narrow_strips_without_names(tmp_path):
    figure = plot_grades(graded(tmp_path, 81), "astct")
    assert list(figure.axes[0].get_yticks()) == []
    assert "81 people" in figure.axes[0].get_ylabel()
    assert "80 people at most" in texts(figure)
    assert "tocilizumab" not in texts(figure)
    assert len(colours(figure)) == 5
    assert figure.get_size_inches()[1] < 80 * 0.2


def test_too_many_and_nobody(tmp_path):
    ward = graded(tmp_path, 6)
    many = dataclasses.replace(ward, people=ward.people * (MOST_PEOPLE // 6 + 1))
    with pytest.raises(OptionError, match=f"{MOST_PEOPLE} at most"):
        plot_grades(many, "astct")
    with pytest.raises(OptionError, match="nobody"):
        plot_grades(ward, "astct", subjects=["x"])
