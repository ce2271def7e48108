"""A qualification finds what is wrong, and its report needs nothing else."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from html.parser import HTMLParser

import pytest

from livingdrug.catalogue.index import get_entry
from livingdrug.core.errors import UnknownNameError
from livingdrug.qc import qualify as module
from livingdrug.qc.qualification import Finding, Qualification
from livingdrug.qc.qualification_page import qualification_page
from livingdrug.qc.qualify import qualify
from livingdrug.solve.backends.native import modules
from livingdrug.system.compile import compile_model

ID = "rodrigues2024_melanoma_tam"  # three states, five variants, one set of equations


@pytest.fixture(scope="module")
def found() -> Qualification:
    return qualify([ID])


def test_every_kind_of_check_is_run(found):
    assert found.passed
    assert not found.whole
    entry = get_entry(ID)
    counts = found.counts()
    assert counts["read-out"] == (len(entry.readouts),) * 2
    assert counts["engines agree"] == counts["kept code"] == counts["complete"] == (1, 1)
    assert counts["printed equation"][0] == counts["printed equation"][1] > 0
    assert set(found.models) == {f"{ID}:{name}" for name in entry.published.variants}
    assert re.fullmatch("[0-9a-f]{64}", found.surroundings["SHA-256 of the program files"])


def test_the_engines_do_not_agree_by_being_the_same(found):
    (item,) = [item for item in found.findings if item.kind == "engines agree"]
    assert 0.0 < item.got < item.tolerance


def test_plain_data_is_json_without_nan(found):
    plain = json.loads(json.dumps(found.to_plain(), allow_nan=False))
    assert plain["passed"] is True
    assert len(plain["checks"]) == len(found.findings)


def test_a_wrong_number_fails(monkeypatch):
    entry = get_entry(ID)
    spoilt = dataclasses.replace(entry.readouts[0], equals=entry.readouts[0].equals * 1.5 + 1.0)
    changed = dataclasses.replace(entry, readouts=(spoilt, *entry.readouts[1:]))
    monkeypatch.setattr(module, "check_named", lambda _name: (changed, []))
    (item,) = qualify([ID]).failed
    assert (item.kind, item.label) == ("read-out", spoilt.label)
    assert item.share > 1.0


def test_an_entry_that_is_not_complete_fails(monkeypatch):
    changed = dataclasses.replace(get_entry(ID), about="")
    monkeypatch.setattr("livingdrug.qc.entry_checks.get_entry", lambda _name: changed)
    (item,) = qualify([ID]).failed
    assert item.kind == "complete"
    assert "no docstring" in item.note


def test_engines_that_differ_fail(monkeypatch):
    honest = module.simulate

    def skewed(system, cohort, **options):
        course = honest(system, cohort, **options)
        if options.get("backend") == "native":
            name = next(iter(json.loads(course.attrs["atol"])))
            course[name] = course[name] * (1.0 + 1e-5)
        return course

    monkeypatch.setattr(module, "simulate", skewed)
    (item,) = qualify([ID]).failed
    assert item.kind == "engines agree"
    assert item.got > item.tolerance


def test_kept_code_that_is_spoilt_or_another_fails(tmp_path, monkeypatch):
    system = compile_model(get_entry(ID).published())
    key = modules.system_key(system, None)

    def write():
        return module.print_system(system, None)

    monkeypatch.setattr(modules, "_file_of", lambda _key: tmp_path / "kernel.o")
    assert modules.kept_problem(key, write) == "nothing is kept"
    modules._made(tmp_path / "kernel.o", write)
    assert modules.kept_problem(key, write) == ""
    other = compile_model(get_entry("kimmel2021").published())
    assert "not what is compiled now" in modules.kept_problem(
        key, lambda: module.print_system(other, None)
    )
    data = bytearray((tmp_path / "kernel.o").read_bytes())
    data[-1] ^= 1
    (tmp_path / "kernel.o").write_bytes(data)
    assert modules.kept_problem(key, write) == "what is kept is spoilt"


def test_files_are_compared_with_the_list_of_the_installer(tmp_path, monkeypatch):
    good, changed = tmp_path / "a.py", tmp_path / "b.py"
    good.write_text("x = 1\n")
    changed.write_text("x = 2\n")
    listed = [("a.py", good, module._record_hash(good)), ("b.py", changed, "another")]
    monkeypatch.setattr(module, "_listed_files", lambda: listed)
    (item,) = module._installation()
    assert not item.passed
    assert (item.got, item.note) == (1.0, "b.py")


def test_an_unknown_name_is_refused_before_anything_runs(monkeypatch):
    monkeypatch.setattr(module, "verify", lambda *_: pytest.fail("it ran"))
    with pytest.raises(UnknownNameError, match="did you mean 'kimmel2021'"):
        qualify([ID, "kimel2021"])


# -- the report -----------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Check that tags are closed in order, and collect what would be loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.loads += [f"{tag} {k}={v}" for k, v in attrs if k in ("src", "href", "data")]
        if tag not in ("meta", "br", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "rect":
            assert self.open.pop() == tag


def test_the_report_is_one_file_with_the_summary_first(found):
    page = qualification_page(found)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.loads == []
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert found.started in page
    assert page.index("All") < page.index("With what") < page.index("Every check")
    assert page.count('<span class="fail">FAILED') == 0
    for item in found.findings:
        assert f"{item.got:.8g}" in page or math.isnan(item.got)
    assert "Not the whole installation" in page


def test_failures_stand_before_everything_else_and_texts_are_escaped(found):
    bad = Finding("m<b>", "v", "read-out", "a & b", 1.0, 2.0, "1", 0.5, False, "<script>x</script>")
    page = qualification_page(dataclasses.replace(found, findings=(*found.findings, bad)))
    assert "1 of " in page
    assert page.index("What failed") < page.index("How much")
    assert "a &amp; b" in page
    assert "<script>" not in page
    assert "m&lt;b&gt;" in page


def test_nothing_checked_is_not_passed(found):
    assert not dataclasses.replace(found, findings=()).passed


def test_shares_of_a_tolerance():
    one = Finding("m", "v", "read-out", "x", 1.0, 1.25, "1", 0.5, True)
    assert one.share == 0.5
    exact = dataclasses.replace(one, tolerance=0.0)
    assert exact.share == math.inf
    assert dataclasses.replace(exact, got=1.0).share == 0.0
    assert math.isnan(dataclasses.replace(one, got=math.nan).share)
