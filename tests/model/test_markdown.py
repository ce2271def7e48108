"""Plain text in Markdown."""

from __future__ import annotations

import pytest

from livingdrug.model.markdown import escape_markdown, markdown_table


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", r"a\|b"),
        ("car_t", r"car\_t"),
        ("a * b", r"a \* b"),
        ("$x$ <b> [1] `c` \\ #{r}", r"\$x\$ \<b\> \[1\] \`c\` \\ \#\{r\}"),
        ("two\nlines  here", "two lines here"),
    ],
)
def test_escape(text: str, written: str) -> None:
    assert escape_markdown(text) == written


def test_table() -> None:
    assert markdown_table(("name", "what"), [("a|b", "x|y"), ("", "z")], code=("name",)) == [
        "| name | what |",
        "| --- | --- |",
        r"| `a\|b` | x\|y |",
        "|  | z |",
        "",
    ]
    assert markdown_table(("name",), []) == []


def test_the_columns_of_a_row_have_to_fit() -> None:
    with pytest.raises(ValueError, match="zip"):
        markdown_table(("name", "what"), [("a",)])
