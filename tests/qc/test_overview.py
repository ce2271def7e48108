"""The page of all models, and the courses that the pages show."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from livingdrug.catalogue.index import get_entry, list_entries, list_models
from livingdrug.plot.readouts import draw_reference
from livingdrug.qc.facts import facts_of
from livingdrug.qc.overview_page import overview_page
from livingdrug.qc.pages import catalogue_page, with_figure
from livingdrug.qc.reference_course import reference_course


@pytest.fixture(scope="module")
def page() -> str:
    return overview_page([facts_of(get_entry(name)) for name in list_entries()])


def test_every_entry_has_a_row_that_leads_to_its_page(page):
    for name in list_entries():
        assert f'<a href="{name}.html">{name}</a>' in page
    assert page.count("<tr data-text=") == len(list_entries())


def test_a_filter_offers_what_some_row_has(page):
    for name in ("cells", "terms", "organism", "status", "kind"):
        select = re.search(rf'<select name="{name}">(.*?)</select>', page).group(1)
        offered = re.findall(r"<option>(.*?)</option>", select)
        assert offered
        held = " ".join(re.findall(rf'data-{name}="(.*?)"', page)).split()
        assert set(offered) == set(held)


def test_nothing_is_loaded_from_elsewhere_and_texts_are_escaped(page):
    assert "src=" not in page
    facts = dataclasses.replace(facts_of(get_entry("stein2019")), name='a <b> "c"', about="x\n\ny")
    row = overview_page([facts])
    assert "a &lt;b&gt; &quot;c&quot;" in row
    # a blank line or a fence would end the block that Markdown passes on
    assert row.count("```") == 2
    assert '"c" <' not in row


@pytest.mark.parametrize("model_id", ["kimmel2021", "singh2021", "leontriana2020"])
def test_a_course_meets_the_read_outs_that_are_drawn_on_it(model_id):
    found = reference_course(get_entry(model_id))
    assert len(found.readouts) > 5
    days = found.course["time"].values
    for readout in found.readouts:
        curve = found.course[readout.of].values[0]
        if readout.take == "value":
            # the course is at the default tolerance, which a verified read-out stands
            got = float(curve[np.searchsorted(days, readout.day)])
            assert readout.agrees(got), readout.label


def test_without_read_outs_the_typical_course_is_drawn():
    entry = dataclasses.replace(get_entry("singh2021"), readouts=())
    found = reference_course(entry)
    assert found.readouts == ()
    assert "no read-out is of a course" in found.setting
    assert float(found.course["time"][-1]) == 28.0
    assert isinstance(draw_reference(found), Figure)


@pytest.mark.parametrize("model_id", ["kimmel2021", "stein2019", "baker2013", "reference"])
def test_a_figure_marks_every_read_out(model_id):
    found = reference_course(get_entry(model_id))
    figure = draw_reference(found)
    assert len(figure.axes) == len(found.quantities)
    lines = sum(len(axis.lines) for axis in figure.axes)
    drawn = [r for r in found.readouts if r.take != "auc"]
    assert lines == len(found.quantities) + len(drawn)


def test_a_figure_stands_before_the_equations():
    page = with_figure(catalogue_page("kimmel2021"), "../x.svg", "curves [a]")
    assert page.index(r"![curves \[a\]](../x.svg)") < page.index("## Equations")
    with pytest.raises(ValueError, match="no equations"):
        with_figure("# nothing", "x", "y")


def test_every_model_has_something_to_draw():
    for name in list_models():
        model = get_entry(name).published()
        assert model.observables or model.species
