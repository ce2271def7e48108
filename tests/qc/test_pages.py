"""Catalogue pages."""

from __future__ import annotations

import pytest

from livingdrug.catalogue.index import (
    get_entry,
    get_function,
    get_model,
    list_entries,
    list_functions,
    list_models,
)
from livingdrug.core.errors import UnknownNameError
from livingdrug.model.model import Model
from livingdrug.qc import pages
from livingdrug.qc.pages import catalogue_page, catalogue_pages, switch_texts


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return catalogue_pages()


def test_each_entry_has_one_page(written: dict[str, str]) -> None:
    assert set(written) == {f"{model_id}.md" for model_id in list_entries()}


@pytest.mark.parametrize("model_id", list_models())
def test_a_page_shows_the_whole_entry(written: dict[str, str], model_id: str) -> None:
    page, entry, model = written[f"{model_id}.md"], get_entry(model_id), get_model(model_id)
    assert page.splitlines()[0].endswith(f"({model.organism})")
    assert f"| status | {model.status} |" in page
    assert entry.about in page
    for name in entry.published.variants:
        assert f"| `{name}` |" in page
    for parameter in model.parameters:
        assert f"| `{parameter.name}` |" in page
    for deviation in entry.deviations:
        assert (
            pages.markdown_table(
                ("a", "b", "c"), [(deviation.what, deviation.instead, deviation.why)]
            )[2]
            in page
        )
    if doi := entry.published.source.doi:
        assert f"https://doi.org/{doi}" in page
    else:
        assert "https://doi.org/" not in page
    head = page.index("## Read-outs")
    rows = [
        line
        for line in page[head : page.index("## Deviations")].splitlines()
        if line.startswith("|")
    ]
    assert len(rows) == len(entry.readouts) + 2


@pytest.mark.parametrize("function_id", list_functions())
def test_the_page_of_a_function_shows_the_whole_entry(
    written: dict[str, str], function_id: str
) -> None:
    page, entry = written[f"{function_id}.md"], get_entry(function_id)
    form = get_function(function_id)
    assert page.splitlines()[0].endswith(f"({form.organism})")
    assert entry.about in page
    for name in (
        *entry.published.variants,
        *(item.name for item in form.arguments),
        *(item.name for item in form.parameters),
    ):
        assert f"| `{name}` |" in page
    for formula in form.formulas:
        assert f"`{formula.text}`" in page
    readouts = page.split("## Read-outs")[1].split("## Deviations")[0]
    assert readouts.count("\n|") == len(entry.readouts) + 2
    # the table of statuses knows it once it has been written
    expected = "| yes |" if form.status != "draft" else "| not run |"
    assert readouts.count(expected) == len(entry.readouts)


@pytest.mark.parametrize("model_id", list_models())
def test_results_come_from_the_status_table(written: dict[str, str], model_id: str) -> None:
    assert get_model(model_id).status != "draft"
    readouts = written[f"{model_id}.md"].split("## Read-outs")[1].split("## Deviations")[0]
    assert "| yes |" in readouts
    assert "| NO |" not in readouts
    assert "not run" not in readouts


def test_results_of_other_content_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_recorded", dict)
    page = catalogue_page("stein2019")
    assert "| not run |  |" in page
    assert "| yes |" not in page


def test_switches_say_what_they_do() -> None:
    assert "time < Tmax (rate)" in switch_texts(get_model("stein2019"))
    assert switch_texts(get_model("kimmel2021")) == ["B > progression_factor * B_start (trigger)"]


def test_differences_of_variants_are_listed(written: dict[str, str]) -> None:
    page = written["stein2019.md"]
    assert r"| omega\_variance | foldx | 3900 | variance 2.4, lognormal |" in page
    assert r"| full\_covariates | Cmax | effect of female | exponential, coefficient 0.25 |" in page


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'stein2019'"):
        catalogue_page("stein2109")


def test_pages_do_not_depend_on_the_order_of_calls(written: dict[str, str]) -> None:
    assert catalogue_page("kimmel2021") == written["kimmel2021.md"]
    assert isinstance(get_model("kimmel2021"), Model)
