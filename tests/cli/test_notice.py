"""What a model has to say with every result, as that it is uncalibrated, reaches every output."""

from __future__ import annotations

import dataclasses
import json

import pytest

import livingdrug as ld
from livingdrug.clinical.kinetics import kinetics
from livingdrug.core.errors import DraftModelWarning
from livingdrug.core.provenance import read_manifest
from livingdrug.model.links import ReceptorClearance, Value
from livingdrug.plot.course import plot_course

TEXT = "uncalibrated: set by hand"
SILENT = "stein2019"

pytestmark = pytest.mark.filterwarnings(f"ignore::{DraftModelWarning.__module__}.DraftModelWarning")


@pytest.fixture
def noted() -> ld.Model:
    return dataclasses.replace(ld.get_model(SILENT), notice=TEXT)


def test_the_builder_takes_it() -> None:
    m = ld.ModelBuilder("m", notice=TEXT)
    m.species("A", initial=1.0, unit="cell")
    assert m.build().notice == TEXT
    assert ld.get_model(SILENT).notice == ""


def test_a_course_its_manifest_and_its_figure_carry_it(noted: ld.Model) -> None:
    course = ld.simulate(noted, times=range(29))
    assert course.attrs["notice"] == TEXT
    assert TEXT in json.loads(course.attrs["provenance"])["warnings"]
    assert any(TEXT in text.get_text() for text in plot_course(course).texts)
    assert kinetics(course, "car_transgene").attrs["notice"] == TEXT


def test_a_model_without_one_says_nothing() -> None:
    course = ld.simulate(ld.get_model(SILENT), times=range(29))
    assert "notice" not in course.attrs
    assert json.loads(course.attrs["provenance"])["warnings"] == []
    assert not any("Notice" in text.get_text() for text in plot_course(course).texts)


def test_pieces_on_disk_carry_it(noted: ld.Model, tmp_path) -> None:
    done = ld.simulate_to(tmp_path / "x.zarr", noted, 4, times=[0.0, 7.0], seed=1, piece=2)
    assert done.manifest.warnings[0] == TEXT
    assert done.attrs["notice"] == TEXT


def test_a_combined_model_says_what_its_parts_say() -> None:
    host = dataclasses.replace(ld.get_model("hardiansyah2019"), notice=TEXT)
    drug = dataclasses.replace(ld.get_model("frey2010"), notice="not for children")
    link = ReceptorClearance(
        "tocilizumab", Value(0.37, "ug/mL"), ("il6_loss",), Value(0.9, "1")
    )  # fmt: skip
    assert ld.combine(host, drug, link=link).notice == f"{TEXT}; not for children"
    twice = dataclasses.replace(drug, notice=TEXT)
    assert ld.combine(host, twice, link=link).notice == TEXT


def test_the_reference_model_is_uncalibrated_in_every_command(livingdrug, folder) -> None:
    notice = ld.get_model("reference").notice
    assert notice.startswith("uncalibrated: ")
    assert "uncalibrated" in livingdrug("models list").out
    rows = json.loads(livingdrug("models list --json").out)
    assert any("uncalibrated" in row["title"] for row in rows if row["id"] == "reference")
    assert notice in livingdrug("models show reference").out
    assert json.loads(livingdrug("models show reference --json").out)["notice"] == notice
    line = "simulate reference --dose 1e8 --days 28"
    # a line of a report may be broken where the window ends
    assert notice in " ".join(livingdrug(f"{line} --plot x.png").out.split())
    assert notice in json.loads(livingdrug(f"{line} --json").out)["warnings"]
    (manifest,) = folder.glob("x*.json")
    assert notice in read_manifest(manifest).warnings
