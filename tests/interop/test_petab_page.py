"""The page on PEtab says what the code gives, and the cases that it counts are there."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from tests.interop.petab_cases_v1 import V1
from tests.interop.petab_cases_v2 import V2

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how_to" / "petab.md"
_BLOCK = re.compile(r"```\{testcode\}\n(.*?)```(?:\n\n```\{testoutput\}\n(.*?)```)?", re.DOTALL)


def test_the_examples_print_what_the_page_shows() -> None:
    names: dict[str, object] = {}
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 4
    for code, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert printed.getvalue() == (shown or "")


def test_the_page_counts_the_cases() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"All {len(V1)} cases of version 1 and {len(V2)} of the 31 of version 2" in text
    assert {case.number for case in V2} | {24, 25} == set(range(1, 33)) - {19}
    assert {case.number for case in V1} == set(range(1, 21))
