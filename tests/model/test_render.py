"""Equations, tables, summary and page of a model."""

from __future__ import annotations

import json

import pytest

from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.render import (
    READOUT_COLUMNS,
    equations_latex,
    equations_text,
    kinks,
    markdown_page,
    parameter_table,
    reaction_table,
    species_table,
    summary,
)
from livingdrug.model.variability import IIV

SOURCE = Source(
    "10.1/x", ("Doe, Jane",), 2020, "A | B", "Journal", note="only the abstract was read"
)


@pytest.fixture(scope="module")
def model() -> Model:
    m = ModelBuilder(
        "doe2020", title="Cells | and *signs*", organism="mouse", population="10 mice",
        source=SOURCE, variant="main", dimensions="off",
    )  # fmt: skip
    m.compartment("V", 2.0, "mL")
    m.species(
        "A", initial=10, unit="cell", log_state=True, extinct_below=1, at="Fig. 1", doc="cells"
    )
    m.species("D", initial=0, unit="mg/mL", compartment="V")
    m.parameter(
        "k", 0.5, "1/day", origin=Origin.ESTIMATED, at="Table 1 | left", lower=0, symbol="kappa",
        doc="loss", iiv=IIV.cv(0.3, upper=2.0),
    )  # fmt: skip
    m.parameter("l", 0.1, "1/day", iiv=IIV.sd(0.2))
    m.parameter("n", 2, "1")
    m.initial("D", "k * 2")
    m.covariate("age", "year", reference=40)
    m.covariate_effect("k", "age", 0.01, at="Table 2")
    m.correlation(["k", "l"], [[1, 0.4], [0.4, 1]])
    m.input("cytokine", "pg/mL", default=1)
    m.reaction("loss", "A ->", rate="k * A * max(0, 1 - D)", at="Eq. 1")
    m.reaction("bind", "A + 2 D -> (n) D", rate="l * A * abs(D)")
    m.rate("n", "min(k, l)", at="Eq. 2")
    m.dose("infusion", "cell", {"A": "dose"}, typical=1e6, entity="CAR+ cells")
    m.dose_stand_in("A", "no dose")
    m.observable("seen", "max(0, 1 - D)", "1")
    return m.build()


def test_equations_text_has_a_heading_for_each_group(model: Model) -> None:
    lines = equations_text(model).splitlines()
    assert lines[0] == "initial value:"
    assert lines[1] == "  A(start) = 10 cell    [Fig. 1]"
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads == ["initial value:", "rate of change:", "dose:", "observable:"]
    assert "  infusion: dose in cell: A += dose" in lines


def test_equations_latex_has_labels(model: Model) -> None:
    labels = [label for label, _ in equations_latex(model)]
    assert labels == [
        "initial value A", "initial value D", "rate of change A", "rate of change D",
        "rate of change n", "dose infusion", "observable seen",
    ]  # fmt: skip


def test_parameter_table(model: Model) -> None:
    first, second, _ = parameter_table(model)
    assert first == {
        "name": "k", "symbol": "kappa", "value": 0.5, "unit": "1/day", "origin": "estimated",
        "at": "Table 1 | left", "variability": "cv 0.3, lognormal, at most 2", "lower": 0.0,
        "upper": None, "doc": "loss",
    }  # fmt: skip
    assert (second["symbol"], second["origin"], second["variability"]) == (
        "l",
        "assumed",
        "sd 0.2, lognormal",
    )
    json.dumps(parameter_table(model), allow_nan=False)


def test_species_table(model: Model) -> None:
    first, second = species_table(model)
    assert (first["initial"], first["extinct_below"], first["at"]) == (10.0, 1.0, "Fig. 1")
    assert (second["initial"], second["compartment"]) == ("2 * k", "V")


def test_reaction_table(model: Model) -> None:
    rows = [(row["name"], row["reaction"], row["at"]) for row in reaction_table(model)]
    assert rows == [
        ("loss", "A ->", "Eq. 1"), ("bind", "A + 2 D -> (n) D", ""), ("n", "dn/dt", "Eq. 2"),
    ]  # fmt: skip


def test_kinks_are_listed_once(model: Model) -> None:
    assert kinks(model) == ["min(k, l)", "max(0, 1 - D)", "abs(D)"]


def test_summary(model: Model) -> None:
    text = summary(model, switches=["D > 1 (rate)", "A < 2 (trigger)"])
    assert text.splitlines()[0] == "doe2020: Cells | and *signs*"
    facts = dict(line[2:].split("  ", 1) for line in text.splitlines()[1:])
    facts = {key.strip(): value.strip() for key, value in facts.items()}
    assert facts["organism"] == "mouse"
    assert facts["status"] == "not in the catalogue"
    assert facts["variant"] == "main"
    assert facts["species"] == "A (cell), D (mg/mL)"
    assert facts["integrated as logarithms"] == "A"
    assert facts["extinction"] == "A below 1 cell"
    assert facts["doses"] == (
        "infusion (1e+06 cell of CAR+ cells) to A; A stands for the dose: no dose"
    )
    assert facts["inputs"] == "cytokine (pg/mL)"
    assert facts["switches (jump or event)"] == "D > 1 (rate); A < 2 (trigger)"
    assert facts["kinks (bend only)"] == "min(k, l); max(0, 1 - D); abs(D)"


def test_summary_says_what_is_missing() -> None:
    text = summary(ModelBuilder("m").build(), switches=())
    for missing in ("organism                  not stated", "doses                     none"):
        assert missing in text
    assert "switches" not in summary(ModelBuilder("m").build())


def test_the_page_has_every_section(model: Model) -> None:
    page = markdown_page(
        model,
        about="Words about the *biology*.",
        variants={"main": "as printed", "other": "with | pipes"},
        differences=["They differ."],
        readouts=[("peak | day 7", "3", "cell", "exact", "3", "yes", "Fig. 1", "source")],
        deviations=[("printed", "used", "why")],
        switches=["D > 1 (rate)"],
    )
    heads = [line for line in page.splitlines() if line.startswith("#")]
    assert heads == [
        r"# Cells \| and \*signs\* (mouse)", "## What it says", "## Equations",
        "### Initial value", "### Rate of change", "### Dose", "### Observable", "## Species",
        "## Parameters", "## Reactions", "## Covariate effects", "## Correlation of k, l",
        "## Variants", "## Read-outs", "## Deviations from print", "## Source",
    ]  # fmt: skip
    assert "Words about the *biology*." in page
    assert r"| `k` | kappa | 0.5 | 1/day | estimated | Table 1 \| left |" in page
    assert r"| `other` | with \| pipes |" in page
    assert r"| peak \| day 7 | 3 | cell | exact | 3 | yes | Fig. 1 | source |" in page
    assert "<https://doi.org/10.1/x>" in page
    assert r"Doe (2020). A \| B." in page
    assert "only the abstract was read" in page


def test_the_rows_of_each_table_have_as_many_cells_as_its_head(model: Model) -> None:
    width = 0
    for line in markdown_page(model, readouts=[("x|",) * len(READOUT_COLUMNS)]).splitlines():
        cells = line.replace(r"\|", "").count("|")
        assert cells in (0, width or cells), line
        width = cells


def test_a_bare_model_gives_a_short_page() -> None:
    page = markdown_page(ModelBuilder("m").build())
    assert page.startswith("# m (organism not stated)\n")
    assert "## Read-outs" not in page
    assert "## Source" not in page
