"""Tables of declared columns: every fault with its row and column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from livingdrug.core.errors import DataError
from livingdrug.data.readers.columns import ColumnRule, read_columns

RULES = {
    "subject": ColumnRule("text", needed=True),
    "day": ColumnRule("number", needed=True),
    "score": ColumnRule("number", low=1, high=5),
    "change": ColumnRule("code", codes={"up": 1.0, "down": -1.0}),
}


def write(folder: Path, text: str) -> Path:
    path = folder / "visits.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_come_typed_with_their_places(tmp_path: Path) -> None:
    path = write(tmp_path, "subject;day;change;other\na;0;Up;x\nb;2.5;NA;y\n")
    table = read_columns(path, RULES, required=["subject", "day"])
    assert table.text == {"subject": ("a", "b")}
    assert table.numbers["day"].tolist() == [0, 2.5]
    assert np.array_equal(table.numbers["change"], [1, np.nan], equal_nan=True)
    assert "score" not in table.numbers
    assert table.places == ("visits.csv, row 2", "visits.csv, row 3")
    assert "other" in str(table.warnings[0])
    assert not read_columns(path, RULES, required=["subject"], quiet=True).warnings


def test_every_fault_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "subject,day,score,change\n,0,6,up\nb,x,3,sideways\nc,1,2.5,down\n")
    with pytest.raises(DataError) as caught:
        read_columns(path, RULES, required=["subject", "day"])
    text = str(caught.value)
    for part in (
        "row 2, column subject: the cell is empty",
        "row 2, column score: 6 is not allowed (allowed: 1 to 5)",
        "row 3, column day: 'x' is not a finite number",
        "row 3, column change: 'sideways' is not allowed (allowed: up, down)",
    ):
        assert part in text
    assert len(caught.value.issues) == 4


def test_missing_columns_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column 'day' is missing"):
        read_columns(write(tmp_path, "subject,score\na,1\n"), RULES, required=["subject", "day"])
    with pytest.raises(DataError, match="does not exist"):
        read_columns(tmp_path / "none.csv", RULES, required=["subject"])
