"""Figures of people: what is drawn is what was given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from livingdrug.clinical.by_group import peaks_by_group
from livingdrug.clinical.response import Response
from livingdrug.clinical.survival import cumulative_incidence, kaplan_meier
from livingdrug.core.errors import DataError
from livingdrug.plot.by_group import kinetics_figure, panels_figure
from livingdrug.plot.course import save_figure
from livingdrug.plot.response import RESPONSE_COLORS, spider, swimmer, waterfall
from livingdrug.plot.survival import incidence_figure, survival_figure

NAN = np.nan
PD, SD, PR = Response.PROGRESSIVE, Response.STABLE, Response.PARTIAL
DAY = [[42.0, 84.0], [42.0, NAN], [42.0, 84.0]]
SEEN = [[PR, PD], [SD, 0], [SD, PR]]
BEST = [PR, SD, PR]


def words(figure: Figure) -> str:
    figure.canvas.draw()
    return " ".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))


def test_swimmer_bars_run_from_visit_to_visit() -> None:
    figure = swimmer(["a", "b", "c"], DAY, SEEN, criterion="RECIST 1.1", death=[100.0, NAN, NAN])
    bars = figure.axes[0].patches
    shown = {
        (round(bar.get_y() + 0.35), bar.get_x(), bar.get_x() + bar.get_width()): to_hex(
            bar.get_facecolor()
        )
        for bar in bars
    }
    # the shortest is lowest: b, then c, then a who died on day 100
    assert shown[(2, 42.0, 84.0)] == RESPONSE_COLORS[PR]
    assert shown[(2, 84.0, 100.0)] == RESPONSE_COLORS[PD]
    assert (0, 0.0, 42.0) in shown
    marks = {line.get_label(): line.get_xdata().tolist() for line in figure.axes[0].lines}
    assert marks["first progression"] == [84.0]
    assert marks["death"] == [100.0]
    assert marks["still followed"] == [42.0, 84.0]
    assert "RECIST 1.1" in words(figure)


def test_waterfall_is_ordered_cut_and_coloured_by_best_response() -> None:
    figure = waterfall(
        [-60.0, NAN, 250.0, 10.0], [PR, SD, PD, SD], criterion="RECIST 1.1", measure="sum",
        lines=(20, -30),
    )  # fmt: skip
    bars = figure.axes[0].patches
    assert [bar.get_height() for bar in bars] == [100.0, 10.0, -60.0]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [
        RESPONSE_COLORS[kind] for kind in (PD, SD, PR)
    ]
    text = words(figure)
    assert "Cut at +100 % (triangles): 1." in text
    assert "People without a value, not drawn: 1." in text


def test_spider_lines_start_at_zero() -> None:
    figure = spider(DAY, [[-10, 5], [NAN, NAN], [0, -40]], BEST, criterion="x", measure="sum")
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [line.get_ydata().tolist() for line in lines] == [[0, -10, 5], [0, 0, -40]]
    assert "2 people" in words(figure)


def test_survival_shows_the_curve_and_who_is_at_risk() -> None:
    curves = {
        "one": kaplan_meier([10, 20, 30], [True, False, True]),
        "two": kaplan_meier([5, 15], [True, True]),
    }
    figure = survival_figure(curves, definition="From infusion to death.")
    axes, table = figure.axes
    steps = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert steps[0].get_ydata() == pytest.approx([1, 2 / 3, 2 / 3, 0])
    counts = [text.get_text() for text in table.texts]
    assert counts[0] == "3"
    assert "From infusion to death." in words(figure)
    assert "two: 5 days" in words(figure)
    with pytest.raises(DataError, match="told apart"):
        survival_figure({})


def test_incidence_names_its_causes() -> None:
    found = cumulative_incidence([1, 2, 3, 4], [0, 1, 0, -1])
    text = words(incidence_figure(found, {0: "relapse", 1: "death"}, n=4))
    assert "relapse" in text
    assert "death" in text


def test_kinetics_and_panels_show_medians_and_zeros() -> None:
    rows = (["a", "a", "b", "b"], [7, 14, 7, 14], [0.0, 9.0, 0.0, 0.0], ["x", "x", "y", "y"])
    peaks = peaks_by_group(*rows)
    text = words(kinetics_figure(*rows, peaks, name="CAR", unit="cell/uL", by="response", p=0.5))
    assert "x: median peak 9 cells/µL" in text
    assert "3 values of 0" in text
    figure = panels_figure({"IL-6": peaks, "CRP": peaks[:1]}, units={"IL-6": "pg/mL"}, by="grade")
    assert "grade x (n = 1)" in words(figure)
    assert len(figure.axes) == 2


def test_a_figure_is_the_same_file_every_time(tmp_path) -> None:
    for name in ("one.png", "two.png"):
        save_figure(swimmer(["a", "b", "c"], DAY, SEEN, criterion="x"), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(DataError, match="needs a visit"):
        swimmer(["a"], [[NAN]], [[0]], criterion="x")
    with pytest.raises(DataError, match="nobody"):
        waterfall([NAN], [SD], criterion="x", measure="sum")
    with pytest.raises(DataError, match="one shape"):
        spider([[1.0]], [[1.0, 2.0]], [SD], criterion="x", measure="sum")


def test_a_waterfall_without_cut_bars_is_as_high_as_one_with_them() -> None:
    heights = []
    for worst in (40.0, 400.0):
        figure = waterfall([-60.0, worst], [PR, SD], criterion="RECIST 1.1", measure="sum")
        figure.canvas.draw()
        box = figure.axes[0].get_position()
        heights.append(box.height * figure.get_size_inches()[1])
    assert min(heights) > 2.0  # of 3 inches for the body with its label
