"""The page that explains the reference model counts what the model holds."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import livingdrug as ld
from livingdrug.catalogue.index import get_entry

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "reference_model.md"


def test_the_example_of_the_page_prints_what_it_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (code,) = re.findall(r"```\{testcode\}\n(.*?)```", text, re.DOTALL)
    (expected,) = re.findall(r"```\{testoutput\}\n(.*?)```", text, re.DOTALL)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(PAGE), "exec"), {})
    assert printed.getvalue() == expected


def test_the_page_names_what_the_model_has() -> None:
    model = ld.get_model("reference")
    known = {s.name for s in model.species} | {p.name for p in model.parameters}
    known |= {a.name for a in model.assignments} | {"reference"}
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Za-z]\w*)`", text)) - {"literature", "derived", "assumed"}
    assert named <= known
    tuned = [p for p in model.parameters if "tuned" in p.at]
    assert "Six values" in text
    assert len(tuned) == 6


def test_every_output_of_the_entry_says_uncalibrated() -> None:
    entry = get_entry("reference")
    assert "uncalibrated" in entry.published.source.title
    assert "UNCALIBRATED" in entry.about
    assert "uncalibrated" in ld.get_model("reference").title
