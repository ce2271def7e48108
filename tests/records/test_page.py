"""The reference page of records holds every key, and the files of the how-to page work."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.model.regimen import Dose
from livingdrug.records.cells import Disease, Edit, Lot, Product
from livingdrug.records.check import check_record
from livingdrug.records.drugs import Given, Lymphodepletion, Policy, Rule, Treatment
from livingdrug.records.index import load
from livingdrug.records.read import Number
from livingdrug.records.trial import FACTS, Arm, Assay, NeurologicalBackground, People, Trial
from livingdrug.trial.run import plan_trial

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "reference" / "records.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how_to" / "add_a_product_or_trial.md").read_text(encoding="utf-8")

FORMS = {
    "\n## A number\n": (Number,),
    "\n## products\n": (Product,),
    "\n`[lot]`,": (Lot,),
    "\n## edits\n": (Edit,),
    "\n## diseases\n": (Disease,),
    "\n## lymphodepletion and treatments\n": (Lymphodepletion, Treatment),
    "\nEach `[[given]]`:\n": (Given,),
    "\n## policies\n": (Policy,),
    "\nEach `[[rules]]`;": (Rule,),
    "\n## trials\n": (Trial,),
    "\n`[people]`:": (People,),
    "\n`[neurological_background]`,": (NeurologicalBackground,),
    "\nEach `[[arms]]`:\n": (Arm,),
    "\n`[assay]`:\n": (Assay,),
}


def table_after(mark: str) -> list[list[str]]:
    """Return the cells of the first table after a text."""
    assert PAGE.count(mark) == 1, mark
    rows = []
    for line in PAGE.split(mark)[1].splitlines():
        if line.startswith("| "):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
    return rows[2:]


@pytest.mark.parametrize("mark", FORMS)
def test_every_key_of_a_form_is_in_its_table_and_no_other(mark):
    rows = table_after(mark)
    listed = [key for row in rows for key in re.findall(r"`(\w+)`", row[0])]
    fields = {item.name: item for form in FORMS[mark] for item in dataclasses.fields(form)}
    assert sorted(listed) == sorted(fields)
    for row in rows:
        for key in re.findall(r"`(\w+)`", row[0]):
            item = fields[key]
            has_default = (
                item.default is not dataclasses.MISSING
                or item.default_factory is not dataclasses.MISSING
            )
            if row[2] == "needed" and key not in ("days", "parameters"):  # by a check
                assert not has_default, key
            if not has_default and row[2] != "needed":
                # a row of several keys names those that may be left out
                assert f"`{key}`" not in row[2], key


def test_facts_and_drugs_are_all_named():
    assert [fact for fact in FACTS if f"`{fact}`" not in PAGE] == []
    model = get_model("reference")
    row = next(row for row in table_after("\nEach `[[given]]`:\n") if row[0] == "`drug`")
    assert {item.name for item in model.doses} == set(re.findall(r"`(\w+)`", row[1]))


def files() -> dict[str, str]:
    product, depletion, trial = re.findall(r"```toml\n(.*?)```", HOW_TO, flags=re.DOTALL)
    return {"my_cells.toml": product, "depletion.toml": depletion, "my_trial.toml": trial}


def test_the_files_of_the_how_to_page_work(tmp_path):
    for name, text in files().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    model = get_model("reference")
    for kind, name in (
        ("products", "my_cells.toml"),
        ("lymphodepletion", "depletion.toml"),
        ("trials", "my_trial.toml"),
    ):
        file = str(tmp_path / name)
        check_record(load(kind, file), model, file)
    plan = plan_trial(str(tmp_path / "my_trial.toml"))
    assert plan.model.parameter("Gm").value == 13.5
    assert plan.setting.depletion.doses[0] == Dose("fludarabine", 0.7, "mg/L", -5.0)


def test_the_message_of_the_how_to_page_is_what_is_printed(tmp_path):
    shown = re.search(r"`(my_trial\.toml, people: .*?)`", HOW_TO)
    assert shown is not None
    text = files()["my_trial.toml"].replace("infused = 20", "infused = 30")
    (tmp_path / "my_trial.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(shown[1].split(", ", 1)[1])):
        load("trials", str(tmp_path / "my_trial.toml"))
