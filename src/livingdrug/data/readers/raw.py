"""The reader of delimited files under the name it had; new code imports `core.delimited`."""

from __future__ import annotations

from livingdrug.core.delimited import (
    RawTable,
    RowCells,
    column_issues,
    is_missing,
    read_raw_table,
    read_text,
)

__all__ = ["RawTable", "RowCells", "column_issues", "is_missing", "read_raw_table", "read_text"]
