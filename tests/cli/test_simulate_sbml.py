"""SBML files on the command line: their own unit of time, and one message for what is wrong."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from tests.interop import sbml_text as x

HOUR = (
    '<unitDefinition id="h"><listOfUnits><unit kind="second" exponent="1" scale="0" '
    'multiplier="3600"/></listOfUnits></unitDefinition>'
)
TEXT = x.model(
    'timeUnits="h"',
    UnitDefinitions=HOUR,
    Compartments=x.compartment("V", "5"),
    Species=x.species("drug", "V", 'initialAmount="10"'),
    Parameters=x.parameter("k", "0.1"),
    Reactions=x.reaction("loss", "V*k*drug", x.reference("drug")),
)


@pytest.fixture
def file():
    Path("drug.xml").write_text(TEXT)
    return "drug.xml"


def test_a_file_is_simulated_in_its_own_unit_of_time(livingdrug, file):
    done = livingdrug(f"simulate {file} --days 24 --json")
    assert (done.code, done.err) == (0, "")
    assert (done.json["end"], done.json["time_unit"], done.json["days"]) == (24.0, "hour", None)
    assert done.json["metrics"]["drug_end"]["median"] == pytest.approx(
        2.0 * math.exp(-2.4), rel=1e-5
    )
    shown = livingdrug(f"simulate {file} --days 24")
    assert "until time 24 hour" in shown.out
    assert "drug at 24 hour" in shown.out


def test_a_state_that_falls_below_zero_has_values_at_the_end_and_no_kinetics(livingdrug):
    text = TEXT.replace('multiplier="3600"', 'multiplier="86400"')
    Path("below.xml").write_text(text.replace('initialAmount="10"', 'initialAmount="-10"'))
    done = livingdrug("simulate below.xml --days 1 --out below.csv --json")
    assert (done.code, done.err) == (0, "")
    assert done.json["time_unit"] == "day"
    assert done.json["metrics"]["drug_end"]["median"] == pytest.approx(
        -2.0 * math.exp(-0.1), rel=1e-5
    )
    assert Path("below.csv").is_file()


def test_what_counts_in_days_is_refused(livingdrug, file):
    done = livingdrug(f"simulate {file} --subjects 3 --reduce")
    assert done.code == 2
    assert "--reduce" in done.err
    assert "'hour'" in done.err


def test_a_file_is_shown(livingdrug, file):
    done = livingdrug(f"models show {file}")
    assert done.code == 0
    assert "d(drug * V)/dt" in done.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<sbml", "line 1"),
        (TEXT.replace("<ci> k </ci>", "<ci> kk </ci>"), "line"),
        (TEXT.replace('initialAmount="10"', 'initialAmount="INF"'), "species drug: starts at inf"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + TEXT.partition("?>")[2], "document type"),
    ],
)
def test_a_bad_file_is_one_message_and_exit_code_2(livingdrug, text, message):
    Path("bad.xml").write_text(text)
    done = livingdrug("simulate bad.xml")
    assert done.code == 2
    assert "bad.xml" in done.err
    assert message in done.err
    assert "Traceback" not in done.err
