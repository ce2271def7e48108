"""What is wrong with a model file is said sentence by sentence, all together."""

from __future__ import annotations

import pytest

from livingdrug.catalogue.index import get_entry, list_entries
from livingdrug.catalogue.scaffold import scaffold
from livingdrug.qc.entry_checks import check_entry, check_named

BAD = '''"""A model with every slip of the pen."""
from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import PrintedEquation, Readout
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder

SOURCE = Source("10.1000/x", ("Smith, A.",), 2026, "Title")

@published(source=SOURCE, variants={"one": "first", "two": "second"})
def model(variant):
    m = ModelBuilder("another", title="t", organism="human", population="p", source=SOURCE,
                     variant=variant, dimensions="strict")
    m.species("C", initial=1.0, unit="cell", term="car_t_blod", origin=Origin.FIXED, at="Table 1")
    m.species("idle", initial=1.0, unit="cell", origin=Origin.FIXED, at="Table 1")
    m.parameter("k", 0.1, "1/day", origin=Origin.ESTIMATED)
    m.parameter("r", 0.1, "1/day", origin=Origin.FIXED, at="Table 1", lower=0.0, iiv=0.3)
    m.parameter("spare", 1.0, "1", origin=Origin.FIXED, at="Table 1")
    m.reaction("loss", "C ->", rate="(k + r) * C")
    m.event("never", {"C": 0}, when="C < 0")
    m.event("past", {"C": 0}, at_time="quantity(-3, 'day')")
    m.event("ended", {"C": 0}, when="time < quantity(5, 'day')")
    m.event("mark", {}, when="C < quantity(0.5, 'cell')")
    m.dose_stand_in("C", "the infusion is the initial value")
    return m.build()

READOUTS = (
    Readout("a", "value", "D", 1.0, "cell", "Table 2", rtol=0.1, day=1.0),
    Readout("b", "value", "C", 1.0, "day", "", rtol=0.1),
    Readout("c", "maximum", "C", 1.0, "cell", "Table 2", rtol=0.1, variant="three"),
    Readout("d", "value", "C", 1.0, "cell", "Table 2", rtol=0.1, day=1.0, values={"q": 1.0}),
)
EQUATIONS = (PrintedEquation("D", "-k * C", ""),)
'''

SENTENCES = (
    "the file has no DEVIATIONS (where it departs from print",
    "another, parameter k: origin 'estimated' needs a locator (at='Table 1')",
    "another, parameter r: variability 0.3 has no scale (write IIV.sd",
    "another, species idle: is never used: no reaction, rate, event or dose changes it",
    "another, parameter spare: is never used: no expression reads it",
    "another, event never: can never fire: `C < 0` is false for all values",
    "another, event past: can never fire: its time, `quantity(-3, 'day')`, is before day 0",
    "another, event ended: can never fire: `time < quantity(5, 'day')` ends as time passes",
    "the model calls itself 'another', and its file 'kimmel2021'",
    "the id 'kimmel2021' is taken by livingdrug (livingdrug.catalogue.car_t.kimmel2021)",
    "printed equation of D: has no locator",
    "read-out 'b': has no locator",
    "read-out 'b': takes a value and says no day",
    "read-out 'c': unknown variant 'three'",
    "read-out 'c': looks at a period and says no end",
)


@pytest.fixture
def sentences(tmp_path):
    def call(text, name="kimmel2021.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return [str(issue) for issue in check_named(path)[1] if issue.level == "error"]

    return call


def test_everything_is_reported_together_and_once(sentences):
    found = sentences(BAD)
    for text in SENTENCES:
        assert sum(text in line for line in found) == 1, (text, found)
    assert len(found) == len(SENTENCES), found


def test_events_that_may_fire_are_left_alone(sentences):
    assert not any("event mark" in line for line in sentences(BAD))


def test_evidence_is_compared_with_the_model_once_it_can_be_built(sentences):
    text = BAD.replace("ESTIMATED)", "ESTIMATED, at='Table 1')").replace("iiv=0.3", "")
    found = sentences(text)
    for sentence in (
        "read-out 'a': unknown quantity 'D'",
        "read-out 'b': is in 'day', and C in 'cell'",
        "read-out 'd', values: unknown quantity 'q'",
        "printed equation of D: unknown state 'D'",
    ):
        assert sum(sentence in line for line in found) == 1, sentence


def test_a_plain_model_that_cannot_be_built_is_looked_at_too(sentences):
    text = """
import livingdrug as ld
m = ld.ModelBuilder("other", dimensions="strict")
m.species("C", initial=1.0, unit="cell", at="here")
m.parameter("k", 1.0, "1/day", origin=ld.Origin.FIXED)
model = m.build()
"""
    found = sentences(text)
    assert any("parameter k: origin 'fixed' needs a locator" in line for line in found)
    assert any("species C: is never used" in line for line in found)
    assert any("parameter k: is never used" in line for line in found)
    assert any("id 'kimmel2021' is taken" in line for line in found)


def test_a_file_that_does_not_run_is_one_sentence(sentences):
    (found,) = sentences("x = 1 / 0", "mine.py")
    assert "line 1: running the file failed with ZeroDivisionError" in found


def test_a_builder_that_raises_is_a_sentence(sentences):
    text = BAD[: BAD.index("    m = ModelBuilder")] + "    raise KeyError('no')\nREADOUTS = ()\n"
    found = sentences(text)
    assert any("variant two: building it failed with KeyError: 'no'" in line for line in found)
    assert any("READOUTS is empty" in line for line in found)


def test_a_scaffold_says_what_is_to_be_written(sentences):
    text = scaffold("smith2026_x", "10.1000/x")
    found = sentences(text, "smith2026_x.py")
    assert all("TODO" in line for line in found)
    # every mark in the file but those in its comments
    assert len(found) == text.count('"TODO') + 1 - text.count('"""TODO')
    filled = text.replace("TODO: ", "")
    assert sentences(filled, "smith2026_x.py") == []


def test_a_file_may_not_have_a_name_that_is_no_id(sentences):
    assert any("'My-Model' cannot be an id" in line for line in sentences(BAD, "My-Model.py"))


@pytest.mark.parametrize("entry_id", [name for name in list_entries() if name != "reference"])
def test_every_entry_is_complete(entry_id):
    assert [str(i) for i in check_entry(get_entry(entry_id)) if i.level == "error"] == []


def test_the_file_of_an_entry_is_not_a_second_one_with_its_id():
    import livingdrug.catalogue.car_t.kimmel2021 as module

    entry, issues = check_named(module.__file__)
    assert entry is not None
    assert not any("is taken" in str(issue) for issue in issues)
