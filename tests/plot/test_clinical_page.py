"""The page of a course for clinicians."""

import numpy as np
import pytest
import xarray as xr

from livingdrug.core.errors import DataError, SolveError
from livingdrug.plot.clinical_page import PageFacts, plot_clinical_page

TIMES = np.array([-5.0, 0, 1, 7, 14, 28, 60, 180])


def course(n=3, failed=()):
    rng = np.random.default_rng(1)
    names = ("ES", "M", "X", "TP", "TN", "B", "H", "HN", "IL6", "IFN", "CRP", "temperature")
    arrays = {name: rng.lognormal(3, 1, (n, TIMES.size)) for name in names}
    arrays["temperature"] = rng.uniform(0, 3, (n, TIMES.size))
    arrays["TN"][:] = 0.0
    made = xr.Dataset(
        {name: (("subject", "time"), values) for name, values in arrays.items()},
        {"subject": np.arange(n), "time": TIMES},
    )
    return made.assign(status=("subject", np.isin(np.arange(n), failed).astype(int)))


def texts(figure):
    figure.canvas.draw()
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [axes.get_title(loc=side) for side in ("left", "right")]
        found += [text.get_text() for text in axes.texts]
        if axes.get_legend() is not None:
            found += [text.get_text() for text in axes.get_legend().get_texts()]
    return "\n".join(found)


def facts(n=3, **options):
    grades = np.zeros((n, TIMES.size), int)
    grades[0, 3] = 3
    given = {
        "grades": grades,
        "scale": "penn",
        "drugs": {"tocilizumab": np.array([6.0, 7.0]), "dexamethasone": np.array([])},
        "failure": np.array([100.0, np.inf, np.inf])[:n],
        "failure_name": "event-free",
        "visits": (28.0, 180.0),
    } | options
    return PageFacts(**given)


def test_every_part_that_a_clinician_looks_for_is_on_the_page():
    figure = plot_clinical_page(course(), facts(), title="A trial", subtitle="UNCALIBRATED")
    shown = texts(figure)
    for part in (
        "A trial", "UNCALIBRATED", "CAR cells in blood", "memory", "with the antigen",
        "antigen lost", "IL-6", "interferon", "CRP", "Temperature, °C", "tocilizumab, 2 doses",
        "Cytokine release: grade, share of people (Penn)", "3: 33 %", "T cells", "NK cells",
        "People event-free, %", "n = 3", "not medical advice",
    ):  # fmt: skip
        assert part in shown
    assert "dexamethasone" not in shown  # nobody got it


def test_the_curve_of_outcome_falls_by_those_who_failed():
    figure = plot_clinical_page(course(), facts(), title="x")
    (axes,) = [a for a in figure.axes if "event-free" in a.get_title(loc="left")]
    days, free = axes.lines[1].get_data() if len(axes.lines) > 1 else axes.lines[0].get_data()
    assert days.tolist() == [0, 100, 180]
    assert free == pytest.approx([100, 200 / 3, 200 / 3])


def test_one_person_has_words_instead_of_shares():
    one = facts(1, failure=np.array([100.0]))
    shown = texts(plot_clinical_page(course(1), one, title="x"))
    assert "event-free until day 100" in shown
    assert "worst grade: 3 (penn)" in shown
    assert "tocilizumab: day 6, 7" in shown
    assert "grade (Penn)" in shown


def test_who_failed_is_left_out_and_a_foreign_course_is_refused():
    figure = plot_clinical_page(course(failed=[2]), facts(), title="x")
    assert "n = 2" in texts(figure)
    with pytest.raises(SolveError, match="nothing to draw"):
        plot_clinical_page(course(failed=[0, 1, 2]), facts(), title="x")
    with pytest.raises(DataError, match="lacks IL6"):
        plot_clinical_page(course().drop_vars("IL6"), facts(), title="x")


def test_without_grades_the_strip_says_so():
    assert "not graded" in texts(plot_clinical_page(course(), facts(grades=None), title="x"))
