"""Records on the command line: lists, one record, a product in a disease, what is refused."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.records.index import KINDS, names


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_holds_every_record(livingdrug, kind):
    done = livingdrug(f"{kind} list")
    assert (done.code, done.err) == (0, "")
    rows = livingdrug(f"{kind} list --json").json
    assert [row["name"] for row in rows] == names(kind)
    for row in rows:
        assert row["title"]
        assert f" {row['name']} " in done.out


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_is_shown(livingdrug, kind):
    for name in names(kind):
        done = livingdrug(f"{kind} show {name}")
        assert (done.code, done.err) == (0, ""), name


def test_a_number_stands_with_unit_origin_and_source(livingdrug):
    out = livingdrug("diseases show lbcl").out
    row = next(line for line in out.splitlines() if line.startswith(" parameters.T0 "))
    for text in ("8e+10 (ln SD 1.1)", "cell", "assumed", "kimmel2021"):
        assert text in row
    out = livingdrug("policies show tocilizumab-late").out
    row = next(line for line in out.splitlines() if line.startswith(" rules[0].amount "))
    for text in ("8", "mg", "assumed", "27 % of people"):
        assert text in row


def test_a_fact_of_a_trial_stands_with_its_source(livingdrug):
    out = livingdrug("trials show CALM").out
    row = next(line for line in out.splitlines() if line.startswith(" crs_scale "))
    assert "astct" in row
    assert "not read: ASTCT assumed" in row
    found = livingdrug("trials show CALM --json").json
    assert found["record"]["sources"]["crs_scale"] == "not read: ASTCT assumed"
    assert found["record"]["people"]["enrolled"] == 25


def test_a_file_is_shown_like_a_record(livingdrug, folder):
    text = (resources.files("livingdrug.records") / "products/car_nk.toml").read_text("utf-8")
    Path("mine.toml").write_text(text.replace("CD19 CAR-NK cells", "My cells"), encoding="utf-8")
    assert "My cells" in livingdrug("products show mine.toml").out


def test_a_product_in_a_disease_says_who_says_what(livingdrug):
    line = "products show ucart19 --disease b_all --edit B2M-KO --edit hla_e"
    done = livingdrug(line)
    assert (done.code, done.err) == (0, "")
    assert "uncalibrated" in done.out
    row = next(line for line in done.out.splitlines() if line.startswith(" mmN "))
    for text in ("0.2", "edit hla_e", "1 of edit b2m_ko, 0 of product ucart19"):
        assert text in row
    found = livingdrug(f"{line} --json").json
    model = get_model("reference")
    assert [item["name"] for item in found["parameters"]] == [p.name for p in model.parameters]
    by_name = {item["name"]: item for item in found["parameters"]}
    assert by_name["T0"]["sd"] == 1.0
    assert by_name["rH"]["record"] == "model"
    assert [item["record"] for item in by_name["mmN"]["instead_of"]] == [
        "edit b2m_ko",
        "product ucart19",
    ]
    assert found["notice"] == model.notice


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("products show car_t", "unknown product 'car_t'"),
        ("trials show elianna", "did you mean 'eliana'"),
        ("diseases show no.toml", "no.toml: there is no such file"),
        ("products show ucart19 --edit hla_e", "add --disease DISEASE"),
        ("products show ucart19 --disease myeloma", "target CD19 is not on the cells of myeloma"),
        ("products show car_nk --disease cll --edit hla_e", "means nothing without 'b2m_ko'"),
        ("products show car_nk --disease cll --edit crispr", "unknown edit 'crispr'"),
        ("course --product car_nk --disease cll --treatment siltuximab", "no equation for silt"),
        ("course --product car_nk --disease cll --treatment anakinra", "no equation for anakinra"),
    ],
)
def test_what_is_wrong_is_one_message(refused, line, words):
    refused(line, words)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("products", "title = 3", "mine.toml, title: is 3 (must be text)"),
        ("treatments", 'title = "x"\nunsupported = ""', "mine.toml, given: holds nothing"),
        ("policies", 'title = "x"\nscale = "who"', "allowed: 'astct', 'lee', 'penn'"),
        ("trials", 'title = "x"', "mine.toml: the key 'criterion' is missing"),
    ],
)
def test_a_wrong_file_is_one_message(refused, folder, kind, text, words):
    Path("mine.toml").write_text(text, encoding="utf-8")
    refused(f"{kind} show mine.toml", words)


def test_every_key_is_documented():
    root = Path(__file__).resolve().parents[2]
    text = (root / "docs" / "reference" / "command_line.md").read_text(encoding="utf-8")
    section = re.search(r"\n## Records\n(.*?)\n## ", text, flags=re.DOTALL)
    assert section is not None
    source = (root / "src" / "livingdrug" / "cli" / "records.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'"(\w+)": ', source)) - KINDS.keys()
    assert len(keys) > 10
    assert [key for key in sorted(keys) if f"`{key}`" not in section[1]] == []
