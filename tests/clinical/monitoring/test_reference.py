"""The reference lists what the reader knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from livingdrug.clinical.monitoring.read import LONG_COLUMNS
from livingdrug.clinical.monitoring.schema import (
    ATTRIBUTIONS,
    DETAILS,
    INDICATIONS,
    ITEMS,
    METHODS,
    RECORD_GROUPS,
)

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "monitoring.md"
WORDS = [word for item in ITEMS.values() for word in item.words if word not in ("true", "false")]


@pytest.mark.parametrize(
    "names",
    [LONG_COLUMNS, ITEMS, RECORD_GROUPS, ATTRIBUTIONS, INDICATIONS, METHODS, WORDS,
     *DETAILS.values()],
)  # fmt: skip
def test_every_name_is_on_the_page(names):
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in text] == []
