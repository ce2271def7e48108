"""Files of the user: what they may name, and everything that can be wrong with them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.core.errors import DataError
from livingdrug.records.check import check_record
from livingdrug.records.index import KINDS, load, names
from livingdrug.records.read import read_toml
from livingdrug.records.setting import resolve
from livingdrug.records.trial import FACTS

MODEL = get_model("reference")
ALL = {"product": "car_t_cd19_41bb", "disease": "b_all"}


def shipped(kind: str, name: str) -> str:
    return (resources.files("livingdrug.records") / kind / f"{name}.toml").read_text("utf-8")


def write(folder: Path, text: str, name: str = "mine.toml") -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return str(file)


def changed(kind: str, name: str, old: str, new: str) -> str:
    text = shipped(kind, name)
    assert text.count(old) >= 1
    return text.replace(old, new, 1)


def refused(folder: Path, kind: str, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        check_record(load(kind, write(folder, text)), MODEL, "mine.toml")


# -- what a file may name ----------------------------------------------------------------------


def test_a_path_in_a_file_starts_at_that_file(tmp_path, monkeypatch):
    """A trial with its own product runs from any folder."""
    write(tmp_path, shipped("products", "ucart19"), "study/cells.toml")
    text = changed("trials", "ucart19", 'product = "ucart19"', 'product = "cells.toml"')
    file = write(tmp_path, text, "study/mine.toml")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    record = load("trials", file)
    assert load("products", record.product) == load("products", "ucart19")
    check_record(record, MODEL, file)


def test_an_edit_of_the_user_counts_as_one(tmp_path):
    """Alemtuzumab spares cells whose own edit sets cd52 to 0, and only those."""
    edit = write(tmp_path, shipped("edits", "cd52_ko"), "my_ko.toml")
    options = {**ALL, "lymphodepletion": "flu_cy_alemtuzumab"}
    assert resolve(MODEL, **options).choices["cd52"].value == 1.0
    assert resolve(MODEL, **options, edits=(edit,)).choices["cd52"].value == 0.0
    # the same edit in another spelling is the same edit
    assert resolve(MODEL, **options, edits=("CD52-KO",)).choices["cd52"].value == 0.0
    both = resolve(MODEL, **options, edits=("CD52-KO", "cd52_ko"))
    assert both.edits == ("cd52_ko",)


def test_selective_without_an_edit_that_makes_it_so_is_a_contradiction(tmp_path):
    write(tmp_path, shipped("edits", "trac_ko"), "other.toml")
    text = changed("products", "ucart19", '"cd52_ko"', '"other.toml"')
    product = write(tmp_path, text)
    with pytest.raises(DataError, match="alemtuzumab is selective, but none of its edits sets"):
        resolve(MODEL, product=product, disease="b_all", lymphodepletion="flu_cy_alemtuzumab")
    resolve(MODEL, product=product, disease="b_all")


@pytest.mark.parametrize(
    ("kind", "name", "old", "new", "words"),
    [
        ("trials", "eliana", '"b_all"', '"b_al"', r"mine\.toml, disease: unknown disease 'b_al'"),
        ("trials", "eliana", '"penn_2015"', '"pen"', r"mine\.toml, policy: unknown policy 'pen'"),
        ("products", "ucart19", '"trac_ko"', '"tcr"', r"mine\.toml, edits: unknown edit 'tcr'"),
        ("edits", "hla_e", '"b2m_ko"', '"b2m"', r"mine\.toml, needs: unknown edit 'b2m'"),
        ("trials", "eliana", '"b_all"', '"no.toml"', r"no\.toml: there is no such file"),
    ],
)
def test_a_record_that_is_not_there_is_named_with_file_and_key(
    tmp_path, kind, name, old, new, words
):
    refused(tmp_path, kind, changed(kind, name, old, new), words)


# -- what can be wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        # "leukemia" is a criterion, but not of this disease
        ("zuma1", '"lugano"', '"leukemia"', "'leukemia', but lbcl is of the kind 'lymphoma'"),
        ("zuma1", '"car_t_cd19_cd28"', '"car_t_bcma_41bb"', "BCMA is not on the cells of lbcl"),
        (
            "zuma1",
            '"car_cells_blood"',
            '"car_cells"',
            "observable: unknown observable 'car",
        ),
        ("zuma1", 'unit = "cell"', 'unit = "mg"', r"arms\[0\].unit: is 'mg' \(allowed: cell"),
        ("zuma1", "amount = 2e6", "amount = -2e6", r"arms\[0\].amount: is -2e\+06"),
        ("zuma1", "amount = 2e6", "amount = nan", r"arms\[0\].amount: is nan \(must be a finite"),
        ("zuma1", "cap = 2e8", "cap = 2e8\nhighest = 1e6", r"arms\[0\].highest: is 1e\+06"),
        ("zuma1", "cap = 2e8", "cap = 2e8\ndays = [1.0]", r"arms\[0\].days: out of order"),
        ("zuma1", "cap = 2e8", "cap = 2e8\nfractions = [0.5]", "parts do not fit"),
        ("zuma1", 'unit = "day"', 'unit = "week"', "people.wait.unit: is 'week' .allowed: day"),
        ("zuma1", 'unit = "kg"', 'unit = "g"', "people.weight.unit: is 'g' .allowed: kg"),
        ("zuma1", "visits = [7.0", "visits = [-7.0", "holds day -7"),
        ("zuma1", "lloq = 0.01", "lloq = -0.01", "assay.lloq: is -0.01"),
        (
            "zuma1",
            "not_given = 9",
            "not_given = 10",
            "10 not given, of 10 not infused",
        ),
        ("zuma1", "[sources]", '[sources]\ncrs = "x"', "sources: unknown key 'crs' .allowed: prod"),
        ("zuma1", 'crs_scale = "lee"', 'crs_scale = "ctcae"', "crs_scale: is 'ctcae' .allowed"),
        ("zuma1", "value = 24.0", "factor = 2.0", "people.wait: gives a factor"),
    ],
)
def test_a_design_that_cannot_be_is_refused(tmp_path, name, old, new, words):
    refused(tmp_path, "trials", changed("trials", name, old, new), words)


@pytest.mark.parametrize(
    ("kind", "name", "old", "new", "words"),
    [
        ("products", "car_nk", 'unit = "cell"', 'unit = "mg"', r"mine\.toml, dose.unit: is 'mg'"),
        ("products", "car_nk", "value = 1e8", "value = 0.0", "dose.value: is 0 .allowed: more"),
        ("products", "ucart19", '"trac_ko"', '"hla_e"', "edit hla_e: means nothing without 'b2m"),
        ("products", "car_nk", "costim", 'edits = ["trac_ko"]\ncostim', "makes no sense in CAR-NK"),
        ("products", "ucart19", '"selective"', '"not selective"', "'cd52_ko' makes it so"),
        ("products", "car_nk", "[parameters]", "[parameters]\nrh0 = 1", "rh0: is 1 .must be a tab"),
        ("products", "car_nk", 'unit = "1/day", ', "", "rho: has a value without a unit"),
        ("products", "car_t_cd22_41bb", "[param", "parameters = 3\n[x", "parameters: is 3"),
        ("diseases", "lbcl", "sd = 1.1", "sd = -1.1", "parameters.T0: sd is -1.1"),
        ("diseases", "lbcl", 'targets = ["CD19", "CD22"]', "targets = []", "holds no antigen"),
        ("diseases", "lbcl", "r = {", "r2 = {", "r missing .a disease needs them"),
        ("diseases", "lbcl", '0.0, unit = "1/day"', '0.0, unit = "day"', "is 'day'"),
        ("lymphodepletion", "flu_cy", "[-5.0, -4.0", "[5.0, -4.0", r"given\[0\].days: holds day 5"),
        ("lymphodepletion", "flu_cy", "step_of = 30.0\n", "", r"given\[0\].step_of: is missing"),
        ("lymphodepletion", "flu_cy", "step_of = 30.0", "step_of = 30.0\ncap = 9.0", "beside step"),
        ("lymphodepletion", "flu_cy", "days = [-5.0, -4.0, -3.0]", "", r"\[0\].days: holds no"),
        ("treatments", "safety_switch", "0.9", "9.0", "amount is 9 .a share: 0 to 1"),
        ("treatments", "safety_switch", '"safety_switch"', '"switch"', "unknown dose 'switch'"),
        ("treatments", "siltuximab", "unsupported =", "notes =", "given: holds nothing"),
        ("policies", "asco_2021", "cap = 800.0", "cap = 0.0", r"rules\[0\].cap: is 0"),
        ("policies", "asco_2021", "most = 4", "most = 0", r"rules\[0\].most: is 0 .doses from 1"),
        ("policies", "asco_2021", "doses_before = 1\n", "", "after_doses_of and doses_before"),
        ("policies", "asco_2021", 'per = "kg"', 'per = "m2"', r"\[0\].per: is 'm2', but people"),
        ("policies", "asco_2021", 'unit = "mg"', 'unit = "cell"', "takes tocilizumab in mg"),
        ("policies", "tocilizumab_late", '"tocilizumab"', '"anakinra"', "unknown dose 'anakinra'"),
        ("policies", "asco_2021", 'at = "ASCO 2021', 'cap = 8\nx = "ASCO 2021', "is not TOML"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_is_refused(tmp_path, kind, name, old, new, words):
    refused(tmp_path, kind, changed(kind, name, old, new), words)


def test_a_dose_in_mg_says_what_it_needs(tmp_path):
    text = 'title = "x"\n[[given]]\ndrug = "fludarabine"\namount = 30.0\nunit = "mg"\ndays = [-5.0]'
    refused(tmp_path, "lymphodepletion", text, "a dose in mg needs step and step_of, as in")


def test_a_folder_or_bytes_are_no_record(tmp_path):
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        load("products", str(folder))
    file = tmp_path / "bytes.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="is not UTF-8 text"):
        load("products", str(file))


def test_a_problem_of_one_parameter_does_not_hide_that_of_another(tmp_path):
    """`r` and `rho` begin alike; both are reported."""
    text = changed("products", "car_t_cd19_cd28", 'value = 1.55, unit = "1/day"', 'value = "x"')
    text += 'r = { value = 1.0, unit = "1/day", origin = "estimated" }\n'
    with pytest.raises(DataError, match="2 problems") as raised:
        load("products", write(tmp_path, text))
    assert {issue.where.split(", ")[1] for issue in raised.value.issues} == {
        "parameters.rho.value",
        "parameters.r",
    }


# -- what every shipped record says ------------------------------------------------------------


def tables(value):
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from tables(item)
    elif isinstance(value, list):
        for item in value:
            yield from tables(item)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_a_shipped_file_states_its_origin(kind):
    """Not even an assumed one leaves it to the default."""
    seen = 0
    for name in names(kind):
        file = resources.files("livingdrug.records") / kind / f"{name}.toml"
        with resources.as_file(file) as path:
            for table in tables(read_toml(path)):
                if {"value", "factor"} & table.keys() or {"drug", "amount"} <= table.keys():
                    assert "origin" in table, (name, table)
                    seen += 1
    assert seen > 0


@pytest.mark.parametrize("name", names("trials"))
def test_every_fact_of_a_shipped_trial_names_its_source(name):
    trial = load("trials", name)
    given = {fact for fact in FACTS if f"\n{fact} = " in shipped("trials", name)}
    assert given <= trial.sources.keys(), name
    assert trial.people.at
    assert trial.assay.at
    assert trial.doi
    assert trial.arms[0].at


def test_no_record_speaks_of_what_its_reader_cannot_see():
    for kind in KINDS:
        for name in names(kind):
            assert "the page" not in shipped(kind, name), name
