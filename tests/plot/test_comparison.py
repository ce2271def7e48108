"""The figure of a comparison: a column for each model, refusals in words."""

from __future__ import annotations

import dataclasses
import math

from livingdrug.compare.compare import Answer
from livingdrug.plot.comparison import comparison_figure


def answer(**changes: object) -> Answer:
    base = Answer(
        "one", "", "human", "dose", "cells", "peak", "peak", "cell/uL", (0.5, 1.0, 2.0),
        (1.0, 2.0, 4.0), (1.0, 1.0), 1.0,
    )  # fmt: skip
    return dataclasses.replace(base, **changes)


def test_curves_and_refusals() -> None:
    left = {"outcome": "tumor_left_28d", "unit": "1"}
    figure = comparison_figure(
        [
            answer(),
            answer(axis="tumor_burden", values=(1.0, math.nan, 9.0)),
            answer(**left, values=(0.0, 0.0, 0.0)),
            answer(model="two", values=(), reason="no dose: because"),
            answer(
                model="two",
                **left,
                values=(),
                reason="nothing in two has the term of a tumour; it has others",
            ),
        ]
    )
    top_one, top_two, low_one, low_two = figure.axes
    assert top_one.get_title() == "one\n(human)"
    # the first lines of the first panel, which are empty, are those of the legend
    drawn = [line.get_ydata().tolist() for line in top_one.lines if len(line.get_ydata())]
    assert drawn == [[1.0, 2.0, 4.0], [1.0, 9.0]]
    assert top_one.get_ylabel() == "peak (cells/µL)"
    assert "nothing above 0" in low_one.texts[0].get_text().replace("\n", " ")
    assert "cannot answer (no dose)" in top_two.texts[0].get_text().replace("\n", " ")
    assert "cannot answer (nothing has the term of a tumour)" in low_two.texts[
        0
    ].get_text().replace("\n", " ")
    for axes in (top_two, low_two):
        assert not axes.lines


def test_a_curve_that_does_not_move_looks_flat() -> None:
    figure = comparison_figure([answer(values=(2.0, 2.0, 2.0001))])
    low, high = figure.axes[0].get_ylim()
    assert low < 1.0 < 4.0 < high
