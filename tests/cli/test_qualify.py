"""The command that qualifies an installation."""

from __future__ import annotations

import dataclasses
import json

from livingdrug.catalogue.index import get_entry

ID = "rodrigues2024_melanoma_tam"


def test_a_report_is_written(livingdrug, folder):
    done = livingdrug(f"qualify --models {ID} --report q.html")
    assert done.code == 0
    assert "all passed" in done.out
    assert f"checking {ID} (1 of 1)" in done.err
    text = (folder / "q.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert [path.name for path in folder.iterdir()] == ["q.html"]


def test_json_on_the_output_and_in_a_file(livingdrug, folder):
    done = livingdrug(f"qualify --models {ID} --report q.json --json")
    assert (done.code, done.err) == (0, "")
    assert done.json["passed"] is True
    written = json.loads((folder / "q.json").read_text(encoding="utf-8"))
    assert written == done.json


def test_a_failure_has_a_code_of_its_own_and_is_reported(livingdrug, folder, monkeypatch):
    entry = get_entry(ID)
    wrong = dataclasses.replace(entry.readouts[0], equals=entry.readouts[0].equals + 1e9)
    changed = dataclasses.replace(entry, readouts=(wrong,), equations=())
    monkeypatch.setattr("livingdrug.qc.qualify.check_named", lambda _name: (changed, []))
    done = livingdrug(f"qualify --models {ID} --report q.html")
    assert done.code == 3
    assert f"FAILED {ID}" in done.out
    assert "1 of " in done.err
    assert "What failed" in (folder / "q.html").read_text(encoding="utf-8")


def test_what_cannot_be_done_is_refused(refused, folder):
    refused("qualify --models kimel2021", "did you mean 'kimmel2021'")
    refused("qualify --models ,", "--models: '' given")
    refused("qualify --report q.pdf", "written as .html or .json")
    refused("qualify --report no/q.html", "does not exist")
    (folder / "q.html").write_text("mine")
    refused("qualify --report q.html", "use --force")
