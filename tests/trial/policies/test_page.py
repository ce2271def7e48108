"""The page on policies prints what it shows."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from pathlib import Path

from livingdrug.records.drugs import Policy, check_policy
from livingdrug.records.read import parse_record, read_toml

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how_to" / "treat_by_policy.md"
_BLOCK = re.compile(r"```\{testcode\}\n(.*?)```(?:\n\n```\{testoutput\}\n(.*?)```)?", re.DOTALL)


def test_the_examples_print_what_the_page_shows() -> None:
    names: dict[str, object] = {}
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 5
    for code, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, names)
        assert printed.getvalue() == shown


def test_the_policy_of_the_page_is_a_policy(tmp_path: Path) -> None:
    written = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "mine.toml").write_text(written[0], encoding="utf-8")
    content = read_toml(tmp_path / "mine.toml")
    policy = parse_record(Policy, content, "mine.toml", (check_policy,))
    assert [rule.drug for rule in policy.rules] == ["tocilizumab", "dexamethasone"]
