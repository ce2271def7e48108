"""What a figure of a course contains."""

from __future__ import annotations

import json
import math
import sys

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection

from livingdrug.clinical.estimand import compare
from livingdrug.core.errors import (
    DataError,
    OptionError,
    OutputError,
    SolveError,
    UnknownNameError,
)
from livingdrug.plot.axis_range import axis_range
from livingdrug.plot.course import figure_format, main_variables, plot_course, save_figure
from livingdrug.plot.style import DISCLAIMER, day_step, unit_text

NAN = math.nan
DAYS = np.arange(0.0, 61.0)
CELLS, TUMOUR, CURE = "car_t_blood", "tumor_volume", "cure_probability"


def make_course(n=21, *, failed=(), observed=False):
    """CAR-T cells from 1 to 2 cell/uL, a tumour that falls tenfold every 3 days, a chance."""
    spread = np.linspace(1.0, 2.0, n)[:, None] if n > 1 else np.ones((1, 1))
    cells = spread * np.ones_like(DAYS)
    tumour = 100 * spread * 10 ** (-DAYS / 3)
    chance = (spread - 1) * DAYS / 60 if n > 1 else DAYS[None] / 60
    status = np.isin(np.arange(n), failed).astype(np.int8)
    dims = ("subject", "time")

    def curve(values, unit, kind, long_name, **attrs):
        values = np.where(status[:, None] != 0, np.nan, values)
        return (dims, values, {"units": unit, "kind": kind, "long_name": long_name, **attrs})

    course = xr.Dataset(
        {
            "C": curve(cells, "cell/uL", "species", "CAR-T cells"),
            CELLS: curve(cells, "cell/uL", "observable", "CAR-T cells in blood", term=CELLS),
            TUMOUR: curve(tumour, "mL", "observable", "tumour", count_per_unit=1e9, term=TUMOUR),
            CURE: curve(chance, "1", "observable", "chance that no tumour cell is left"),
            "status": (("subject",), status),
        },
        coords={"subject": np.arange(n), "time": ("time", DAYS, {"units": "day"})},
        attrs={
            "model": "toy2020", "variant": "slow", "model_status": "draft", "organism": "human",
            "seed": 7, "assumed": "[]",
        },
    )  # fmt: skip
    if not observed:
        return course
    return course.assign(
        observed=(("observable", *dims), cells[None]),
        blq=(("observable", *dims), np.zeros((1, *cells.shape), bool)),
        lloq=(("observable",), [0.5]),
    ).assign_coords(observable=("observable", [CELLS]))


def make_study(*rows):
    base = {
        "time": 7.0, "term": CELLS, "value": 1.5, "unit": "cell/uL", "statistic": "median",
        "subject": "", "n": 30, "lower": NAN, "upper": NAN, "lloq": NAN, "blq": False,
        "assay": "unknown",
    }  # fmt: skip
    rows = [base | row for row in rows]
    source = {
        "doi": "10.1/x",
        "authors": ["Doe, Jo", "Roe, A", "Poe, B"],
        "year": 2020,
        "title": "T",
    }
    return xr.Dataset(
        {f"obs_{name}": (("observation",), np.array([row[name] for row in rows])) for name in base},
        attrs={
            "id": "s", "title": "A study", "organism": "human", "licence": "CC-BY-4.0",
            "source": json.dumps(source),
        },
    )  # fmt: skip


def axes_of(figure, title):
    (found,) = [axes for axes in figure.axes if axes.get_title(loc="left").startswith(title)]
    return found


def line_of(axes, label):
    (found,) = [line for line in axes.get_lines() if line.get_label() == label]
    return found


def labels_of(axes):
    return {item.get_label() for item in (*axes.get_lines(), *axes.collections, *axes.containers)}


def legend_of(figure):
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def words_of(figure):
    return "\n".join(text.get_text() for text in figure.texts)


def test_there_is_one_panel_for_each_observable():
    figure = plot_course(make_course())
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "CAR-T cells in blood",
        "Tumour",
        "Chance that no tumour cell is left",
    ]
    assert [axes.get_ylabel() for axes in figure.axes] == ["cells/µL", "mL", "cure probability"]
    assert {axes.get_xlabel() for axes in figure.axes} == {"Days since the infusion"}


def test_the_line_is_the_median_and_the_bands_are_quantiles_between_subjects():
    axes = axes_of(plot_course(make_course()), "CAR-T")
    line = line_of(axes, "model")
    assert line.get_xdata() == pytest.approx(DAYS)
    assert line.get_ydata() == pytest.approx(np.full(DAYS.size, 1.5))
    bands = {b.get_label(): b for b in axes.collections if isinstance(b, PolyCollection)}
    heights = {
        label: (band.get_paths()[0].vertices[:, 1].min(), band.get_paths()[0].vertices[:, 1].max())
        for label, band in bands.items()
    }
    # 1 + p for 21 subjects evenly from 1 to 2
    assert heights["5-95 %"] == pytest.approx((1.05, 1.95))
    assert heights["25-75 %"] == pytest.approx((1.25, 1.75))


def test_one_subject_has_a_line_and_no_bands():
    figure = plot_course(make_course(1), study=make_study({}))
    axes = axes_of(figure, "CAR-T")
    assert not axes.collections
    assert "model: one subject" in legend_of(figure)
    assert not any("between" in text for text in legend_of(figure))
    assert "1 virtual subject " in words_of(figure)
    assert "not to be compared" in words_of(figure)


def test_published_values_are_points_in_the_unit_of_the_panel():
    study = make_study({"value": 1600.0, "unit": "cell/mL"}, {"time": 14.0, "n": 12})
    figure = plot_course(make_course(), study=study)
    axes = axes_of(figure, "CAR-T")
    points = line_of(axes, "study: median over people")
    assert points.get_xdata() == pytest.approx([7.0, 14.0])
    assert points.get_ydata() == pytest.approx([1.6, 1.5])
    assert axes.get_title(loc="right") == "study: n = 12 to 30"
    assert axes_of(figure, "Tumour").get_title(loc="right") == ""
    assert "study: median over people" in legend_of(figure)
    assert "Points: A study; from Doe et al. 2020, doi:10.1/x. Licence of the data: CC-BY-4.0." in (
        words_of(figure)
    )


def test_statistics_and_assays_have_points_of_their_own():
    study = make_study({"assay": "qPCR"}, {"statistic": "mean", "assay": "ddPCR", "value": 1.7})
    axes = axes_of(plot_course(make_course(), study=study), "CAR-T")
    median, mean = (
        line_of(axes, f"study: {kind} over people, {assay}")
        for kind, assay in (("median", "qPCR"), ("mean", "ddPCR"))
    )
    assert median.get_marker() != mean.get_marker()
    assert mean.get_ydata() == pytest.approx([1.7])


def test_points_of_another_organism_or_dimension_are_not_drawn():
    mouse = make_study({}).assign_attrs(organism="mouse")
    copies = make_study({"unit": "copies/ug"})
    for study in (mouse, copies):
        figure = plot_course(make_course(), study=study)
        assert not any(text.startswith("study") for text in legend_of(figure))
        assert "Points" not in words_of(figure)


def test_given_comparisons_are_drawn_with_their_trials():
    course, study = make_course(20), make_study({"n": 5})
    rows = compare(course, study, trials=np.arange(20) // 5)
    figure = plot_course(course, study=study, comparisons=rows)
    (bars,) = axes_of(figure, "CAR-T").containers
    (segment,) = bars.lines[2][0].get_segments()
    assert segment[:, 0] == pytest.approx([7.0, 7.0])
    assert segment[:, 1] == pytest.approx([rows[0].lower, rows[0].upper])
    assert "5-95 % of simulated trials" in legend_of(figure)
    assert "over 4 trials of that size" in words_of(figure)
    assert not any(
        text.startswith("study")
        for text in legend_of(plot_course(course, study=study, comparisons=[]))
    )


def test_the_interval_of_a_published_value_is_drawn():
    figure = plot_course(make_course(), study=make_study({"lower": 1.2, "upper": 1.9}))
    (bars,) = axes_of(figure, "CAR-T").containers
    (segment,) = bars.lines[2][0].get_segments()
    assert segment[:, 1] == pytest.approx([1.2, 1.9])
    assert "intervals as the study gives them" in words_of(figure)


def test_the_limit_of_quantification_is_a_line():
    figure = plot_course(make_course(observed=True))
    line = line_of(axes_of(figure, "CAR-T"), "limit of quantification")
    assert set(line.get_ydata()) == {0.5}
    assert "limit of quantification" in legend_of(figure)
    assert "without the residual error and limit" in words_of(figure)
    assert "limit of quantification" not in legend_of(plot_course(make_course()))


def test_a_wide_axis_is_logarithmic_and_ends_at_one_cell_and_says_so():
    figure = plot_course(make_course())
    tumour, cells = axes_of(figure, "Tumour"), axes_of(figure, "CAR-T")
    assert tumour.get_yscale() == "log"
    assert cells.get_yscale() == "linear"
    assert tumour.get_ylim()[0] == pytest.approx(0.5e-9)
    assert set(line_of(tumour, "one cell").get_ydata()) == {1e-9}
    assert "Axis of b ends at one cell (10⁻⁹ mL)" in words_of(figure)


def test_without_the_number_of_cells_an_axis_ends_at_eight_decades():
    course = make_course()
    del course[TUMOUR].attrs["count_per_unit"]
    figure = plot_course(course, variables=[TUMOUR])
    largest = 100 * 1.95  # the 95 % quantile of day 0
    assert figure.axes[0].get_ylim()[0] == pytest.approx(largest * 1e-8)
    assert "The axis of values ends 8 decades below its largest value" in words_of(figure)
    assert "one cell" not in legend_of(figure)


def test_a_chance_has_an_axis_from_0_to_1():
    low, high = axes_of(plot_course(make_course()), "Chance").get_ylim()
    assert -0.1 < low <= 0
    assert 1 <= high < 1.1


def test_day_0_is_marked_in_every_panel_and_named():
    figure = plot_course(make_course())
    for axes in figure.axes:
        assert set(line_of(axes, "day 0").get_xdata()) == {0.0}
        assert axes.get_xlim()[0] < 0
    assert "infusion, day 0" in legend_of(figure)


def test_the_head_names_model_organism_status_size_and_seed():
    words = words_of(plot_course(make_course()))
    for part in (
        "toy2020, variant slow",
        "human",
        "status: draft",
        "21 virtual subjects",
        "seed 7",
    ):
        assert part in words
    titled = words_of(plot_course(make_course(), title="My run", note="My note"))
    assert titled.startswith("My run\n")
    assert "toy2020, variant slow" in titled
    assert "My note" in titled


def test_the_foot_ends_with_the_disclaimer_and_names_assumptions():
    course = make_course().assign_attrs(assumed='["CV of K = 0.3 (log-normal), ASSUMED"]')
    words = words_of(plot_course(course))
    assert words.endswith(DISCLAIMER)
    assert "Assumed: CV of K = 0.3" in words


def test_failed_subjects_are_left_out_and_counted():
    course = make_course(21, failed=(20,))
    figure = plot_course(course)
    assert line_of(axes_of(figure, "CAR-T"), "model").get_ydata()[0] == pytest.approx(1.475)
    assert "1 failed and left out" in words_of(figure)
    with pytest.raises(SolveError, match="1 of 21"):
        plot_course(course, failures="raise")
    with pytest.raises(SolveError, match="every simulation"):
        plot_course(make_course(2, failed=(0, 1)))


def test_variables_can_be_chosen():
    figure = plot_course(make_course(), variables=["C"])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["CAR-T cells"]
    with pytest.raises(UnknownNameError, match="did you mean 'tumor_volume'"):
        plot_course(make_course(), variables=["tumour_volume"])
    with pytest.raises(OptionError, match="empty"):
        plot_course(make_course(), variables=[])


def test_species_are_shown_when_there_are_no_observables():
    course = make_course()
    assert main_variables(course) == [CELLS, TUMOUR, CURE]
    assert main_variables(course[["C", "status"]]) == ["C"]
    with pytest.raises(DataError, match="nothing to draw"):
        plot_course(course.drop_vars(["C", CELLS, TUMOUR, CURE]))


def test_nothing_that_is_drawn_overlaps():
    study = make_study({}, {"time": 14.0})
    course = make_course(observed=True)
    for figure in (plot_course(course, study=study), plot_course(course, variables=[CELLS])):
        figure.draw_without_rendering()
        renderer = figure.canvas.get_renderer()
        boxes = [axes.get_tightbbox(renderer) for axes in figure.axes]
        boxes += [legend.get_window_extent(renderer) for legend in figure.legends]
        boxes += [text.get_window_extent(renderer) for text in figure.texts]
        for place, box in enumerate(boxes):
            assert box.x0 >= 0
            assert box.y0 >= 0
            assert box.x1 <= figure.bbox.x1
            assert box.y1 <= figure.bbox.y1
            for other in boxes[:place]:
                assert not box.overlaps(other)


@pytest.mark.parametrize(
    ("suffix", "head"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
def test_a_figure_is_written_completely_and_never_over_another_file(tmp_path, suffix, head):
    target = tmp_path / f"figure.{suffix}"
    save_figure(plot_course(make_course()), target)
    first = target.read_bytes()
    assert first.startswith(head)
    with pytest.raises(OutputError, match="exists"):
        save_figure(plot_course(make_course()), target)
    save_figure(plot_course(make_course()), target, force=True)
    assert target.read_bytes() == first  # the same figure is the same file
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    target = tmp_path / "figure.png"
    target.write_bytes(b"old")
    figure = plot_course(make_course())

    def fail(path, **_):
        path.write_bytes(b"half")
        raise RuntimeError("broken renderer")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(RuntimeError, match="broken"):
        save_figure(figure, target, force=True)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path):
    assert figure_format("a/B.PNG") == "png"
    with pytest.raises(OptionError, match=r"\.png, \.svg, \.pdf"):
        save_figure(plot_course(make_course()), tmp_path / "figure.gif")
    assert not list(tmp_path.iterdir())


def test_nothing_global_is_touched(tmp_path):
    before = dict(mpl.rcParams)
    figure = plot_course(make_course(), study=make_study({}))
    save_figure(figure, tmp_path / "a.svg")
    assert dict(mpl.rcParams) == before
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


# The ends of an axis


def test_without_a_limit_an_axis_spans_at_most_eight_decades():
    values = np.array([1e-30, 1e3])
    found = axis_range(values, unit="mL")
    assert found.low == pytest.approx(1e-5)
    assert "8 decades" in found.cut


def test_a_limit_goes_before_one_cell_that_is_lower():
    values = np.array([1e-12, 1e3])
    found = axis_range(values, unit="mL", cell=1e-9, lloq=3e-4)
    assert found.low == pytest.approx(1e-4)
    assert math.isnan(found.floor)
    assert "limit of quantification" in found.cut


@pytest.mark.parametrize("lloq", [0.3, 1e-4])
def test_nothing_is_cut_where_the_values_stay_above(lloq):
    found = axis_range(np.array([0.2, 500.0]), unit="mL", cell=1e-9, lloq=lloq)
    assert found.log
    assert found.low < min(0.2, lloq)
    assert found.cut == ""


def test_zeros_and_negative_values_do_not_make_a_logarithmic_axis_fail():
    assert axis_range(np.array([-1.0, 1e6]), unit="mL").low < -1
    assert not axis_range(np.array([0.0, 0.0]), unit="mL").log
    assert not axis_range(np.array([NAN]), unit="mL").log
    assert axis_range(np.array([0.0, 1.0, 1e6]), unit="mL").log


@pytest.mark.parametrize(
    ("unit", "shown"),
    [
        ("cell/uL", "cells/µL"),
        ("copies/ug", "copies/µg"),
        ("1/day", "1/day"),
        ("", ""),
        ("cell", "cells"),
    ],
)
def test_units_are_printed_as_in_a_paper(unit, shown):
    assert unit_text(unit) == shown


@pytest.mark.parametrize("span", [0.5, 3.0, 28.0, 60.0, 181.0, 365.0, 3650.0, 1e5])
def test_ticks_of_days_are_few_and_not_none(span):
    assert 1 <= span / day_step(span) <= 10


def test_a_model_without_an_infusion_is_not_said_to_have_one():
    import livingdrug as ld

    course = ld.simulate(ld.get_model("hosseini2020"), times=[0, 7, 14])
    assert course.attrs["day_0"] == "start"
    figure = plot_course(course)
    assert {axes.get_xlabel() for axes in figure.axes} == {"Days"}
    assert "infusion, day 0" not in legend_of(figure)
