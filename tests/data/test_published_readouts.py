"""The published read-outs of trials: same facts as their source, checks, one row per estimand."""

import csv
import dataclasses
from pathlib import Path

import pytest

from livingdrug.core.errors import DataError, UnknownNameError
from livingdrug.data.published_readouts import (
    PublishedReadout,
    choose,
    from_memory,
    published_readouts,
    published_trials,
    read_readouts,
    readouts_of,
)

SOURCE = Path(__file__).resolve().parents[2].parent / "shared" / "clinical" / "trial_readouts.csv"
FOLDER = Path(__file__).resolve().parents[2] / "src" / "livingdrug" / "data" / "readouts"

ROW = PublishedReadout(
    trial="a", endpoint="ORR", people="infused", part="", n=100, value=50.0, lower=float("nan"),
    upper=float("nan"), unit="%", dose="", confirmed=True, suspect="", citation="x", doi="",
    note="",
)  # fmt: skip


@pytest.mark.skipif(not SOURCE.is_file(), reason="trial_readouts.csv is not beside the checkout")
def test_every_fact_of_the_collection_is_here_and_nothing_else():
    with SOURCE.open(encoding="utf-8") as file:
        given = list(csv.DictReader(file))
    rows, trials = published_readouts(), published_trials()
    assert len(given) == len(rows)
    for theirs, ours in zip(given, rows, strict=True):
        trial = trials[ours.trial]
        assert (theirs["trial"], theirs["product"], theirs["cells"], theirs["disease"]) == (
            trial.title, trial.product, trial.cells, trial.disease
        )  # fmt: skip
        assert theirs["dose"] == (ours.dose or trial.dose)
        assert theirs["endpoint"] == ours.endpoint
        assert (theirs["n"] or "0") == str(ours.n)
        for name, number in (
            ("value", ours.value),
            ("lower95", ours.lower),
            ("upper95", ours.upper),
        ):
            assert float(theirs[name] or "nan") == pytest.approx(number, nan_ok=True)
        assert (theirs["unit"], theirs["citation"], theirs["doi"], theirs["notes"]) == (
            ours.unit, ours.citation, ours.doi, ours.note
        )  # fmt: skip
        assert (theirs["confirmed_in_stored_source"] == "yes") == ours.confirmed


def test_the_survival_with_a_wrong_citation_is_kept_marked_and_never_chosen():
    (row,) = [r for r in published_readouts("zuma1") if r.endpoint == "OS_24mo"]
    assert row.value == 54
    assert "citation" in row.suspect
    assert row.confirmed
    assert not row.usable
    assert row not in choose(published_readouts("zuma1"))


def test_a_pooled_report_counts_for_the_trials_in_it():
    names = {row.trial for row in published_readouts("eliana")}
    assert names == {"eliana", "eliana_ensign"}


def test_one_row_for_each_estimand_in_the_whole_table():
    chosen = choose(published_readouts())
    assert len({row.estimand for row in chosen}) == len(chosen)
    assert all(row.confirmed and not row.suspect for row in chosen)
    estimands = {row.estimand for row in published_readouts() if row.usable}
    assert {row.estimand for row in chosen} == estimands


@pytest.mark.parametrize(
    ("trial", "endpoint", "value", "n"),
    [
        ("eliana", "CR_or_CRi", 82, 79),  # more people than 81 % of 75
        ("juliet", "ORR", 53, 115),  # all infused, not the 68 of the label
        ("zuma2", "ORR", 91, 68),
        ("zuma1", "ORR", 82, 101),  # the primary report before the one at five years
        ("felix", "CRS_ge3", 2.4, 127),
    ],
)
def test_among_cut_offs_the_row_with_most_people_stands(trial, endpoint, value, n):
    key = (trial, endpoint, "infused", "")
    (row,) = [r for r in choose(published_readouts(trial)) if r.estimand == key]
    assert (row.value, row.n) == (value, n)


def test_limits_break_a_tie_and_unconfirmed_or_suspect_rows_never_win():
    limits = dataclasses.replace(ROW, value=51.0, lower=40.0, upper=60.0, citation="y")
    memory = dataclasses.replace(ROW, n=900, confirmed=False, citation="z")
    wrong = dataclasses.replace(ROW, n=900, suspect="citation", citation="w")
    assert choose([ROW, limits, memory, wrong]) == (limits,)
    assert choose([memory, wrong]) == ()
    other = dataclasses.replace(ROW, part="independent review")
    assert choose([ROW, other]) == (ROW, other)


def test_an_unknown_trial_is_refused():
    with pytest.raises(UnknownNameError, match="eliana"):
        published_readouts("elliana")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("75,77,,,%", "75,177,,,%", "177 %; a proportion lies between 0 and 100"),
        ("79,70,58,79,%", "79,80,58,79,%", "80 lies outside its limits, 58 to 79"),
        ("CRS_any,infused,,75", "CRS_any,patients,,75", "'patients'; allowed: infused"),
        ("eliana,CRS_any", "eliane,CRS_any", "'eliane' is not in trials.csv"),
        ("75,77,,,%", "75,77,,,percent", "'percent'; allowed: %"),
        ("eliana,ICANS_any,infused,,75,40", "eliana,CRS_any,infused,,75,77", "repeats row 3"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, old, new, message):
    text = (FOLDER / "readouts.csv").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "readouts.csv"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"readouts\.csv, row") as error:
        read_readouts(FOLDER / "trials.csv", file)
    assert message in str(error.value)


def test_a_pooled_number_is_left_out_where_the_trial_has_its_own():
    rows = readouts_of("ELIANA")
    (dose,) = [row for row in rows if row.endpoint == "dose_median"]
    assert dose.trial == "eliana"
    assert [row.trial for row in rows if row.endpoint == "tocilizumab_use"] == ["eliana_ensign"]


def test_what_is_only_remembered_is_kept_apart():
    rows = from_memory("eliana")
    assert {(r.endpoint, r.value) for r in rows} >= {("CRS_ge3", 47.0), ("CRS_onset_median", 3.0)}
    # 37 % of ELIANA is from memory, 36 % of ELIANA and ENSIGN is confirmed
    assert "tocilizumab_use" not in {r.endpoint for r in rows}
    assert not set(rows) & set(readouts_of("eliana"))
