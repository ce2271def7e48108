"""Every shipped record loads and names its sources; wrong ones are refused plainly."""

from __future__ import annotations

import dataclasses
import math

import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.core.errors import DataError, UnknownNameError
from livingdrug.core.source import Origin
from livingdrug.records.cells import Product
from livingdrug.records.check import check_record
from livingdrug.records.index import KINDS, load, names
from livingdrug.records.read import Number
from livingdrug.records.trial import Trial

SHIPPED = [(kind, name) for kind in KINDS for name in names(kind)]
MODEL = get_model("reference")


def numbers(value, key=""):
    """Walk over every number of a record."""
    if isinstance(value, Number):
        yield key, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from numbers(getattr(value, field.name), f"{key}.{field.name}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from numbers(item, f"{key}.{name}")
    elif isinstance(value, tuple):
        for item in value:
            yield from numbers(item, key)


def test_what_the_field_asks_for_is_there():
    assert {"car_t_cd19_41bb", "car_t_cd19_cd28", "car_t_cd22_41bb", "car_t_bcma_41bb"} <= set(
        names("products")
    )
    assert {"car_t_cd19_41bb_short", "ucart19", "car_nk", "car_nk_il15", "car_t_cldn18_2"} <= set(
        names("products")
    )
    assert len(names("trials")) >= 11
    assert {"b_all", "lbcl", "cll", "myeloma", "gastric_cldn18_2"} <= set(names("diseases"))


@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_a_shipped_record_fits_the_model_and_names_its_sources(kind, name):
    record = load(kind, name)
    check_record(record, MODEL, name)
    for key, number in numbers(record):
        assert number.at or number.origin is Origin.ASSUMED, key


@pytest.mark.parametrize("name", names("trials"))
def test_a_trial_names_records_that_exist(name):
    trial = load("trials", name)
    assert isinstance(trial, Trial)
    for kind, wanted in (
        ("products", trial.product),
        ("diseases", trial.disease),
        ("lymphodepletion", trial.lymphodepletion),
        ("policies", trial.policy),
        *(("treatments", item) for item in trial.treatments),
    ):
        assert load(kind, wanted).title
    assert trial.assay.observable in {item.name for item in MODEL.observables}


def test_medicines_hyphens_and_case_find_their_record():
    assert load("products", "Axi-cel") == load("products", "car_t_cd19_cd28")
    assert load("trials", "ZUMA-1") == load("trials", "zuma1")


def test_an_unknown_record_names_the_nearest_and_the_way_out():
    with pytest.raises(UnknownNameError, match=r"elianna.*'eliana'.*\.toml"):
        load("trials", "elianna")


# -- files of the user -------------------------------------------------------------------------

GOOD = """
title = "Mine"
cells = "CAR-T"
donor = "allogeneic"
target = "CD19"
costimulation = "4-1BB"
dose = { value = 1.0, unit = "Gcell" }
edits = ["trac_ko"]

[parameters]
rho = { value = 1.2, unit = "1/day", origin = "estimated", at = "my fit" }
"""


def write(tmp_path, text):
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_file_of_the_user_is_a_record(tmp_path):
    record = load("products", write(tmp_path, GOOD))
    assert isinstance(record, Product)
    assert record.parameters["rho"].value == 1.2


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('cells = "CAR-T"', 'cells = "T"', r"mine\.toml, cells: is 'T' \(allowed: 'CAR-T'"),
        ('title = "Mine"', "", r"the key 'title' is missing"),
        ('title = "Mine"', 'titel = "Mine"', r"unknown key 'titel' \(did you mean 'title'"),
        ("value = 1.2", 'value = "fast"', r"parameters\.rho\.value: is 'fast' \(must be a number"),
        ('origin = "estimated"', 'origin = "guess"', r"origin: is 'guess' \(allowed: estimated"),
        (', at = "my fit"', "", r"'estimated' without a source"),
        ("value = 1.2,", "", r"neither or both of value and factor"),
        ('["trac_ko"]', '"trac_ko"', r"edits: is 'trac_ko' \(must be a list"),
        ('title = "Mine"', 'title = "Mine', r"is not TOML"),
        (
            'edits = ["trac_ko"]',
            'alemtuzumab = "selective"',
            r"'selective', but without the edit 'cd52_ko'",
        ),
    ],
)
def test_a_wrong_file_is_one_clear_message(tmp_path, old, new, words):
    assert old in GOOD
    with pytest.raises(DataError, match=words):
        load("products", write(tmp_path, GOOD.replace(old, new)))


def test_all_problems_of_a_file_come_together(tmp_path):
    text = GOOD.replace('"CAR-T"', '"T"').replace("value = 1.2", "value = true")
    with pytest.raises(DataError, match="2 problems"):
        load("products", write(tmp_path, text))


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(DataError, match=r"nowhere\.toml: there is no such file"):
        load("products", "nowhere.toml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("response_visits = [28.0, 56.0", "response_visits = [56.0, 28.0", "day 28 after day 56"),
        ("infused = 79", "infused = 179", "179 infused of 97 enrolled"),
        ("share = 1.0", "share = 0.5", "shares add up to 0.5"),
        ('criterion = "leukemia"', "", "the key 'criterion' is missing"),
    ],
)
def test_a_design_that_cannot_be_is_refused(tmp_path, old, new, words):
    from importlib import resources

    text = (resources.files("livingdrug.records") / "trials/eliana.toml").read_text()
    assert old in text
    with pytest.raises(DataError, match=words):
        load("trials", write(tmp_path, text.replace(old, new)))


BACKGROUND = 'neurological_background = { any = { value = 0.2, unit = "1" }, ge3 = GE3 }'


@pytest.mark.parametrize(
    ("ge3", "words"),
    [
        ('{ value = 0.3, unit = "1" }', "neurological_background: ge3 0.3 is more than any 0.2"),
        ('{ value = 1.3, unit = "1" }', r"neurological_background\.ge3: is 1.3"),
        ('{ value = 0.1, unit = "%" }', r"its unit is '%' \(a share has the unit '1'"),
        ("0.1", r"neurological_background\.ge3: is 0.1 \(must be a table"),
    ],
)
def test_a_background_that_cannot_be_is_refused(tmp_path, ge3, words):
    from importlib import resources

    text = (resources.files("livingdrug.records") / "trials/eliana.toml").read_text()
    with pytest.raises(DataError, match=words):
        load("trials", write(tmp_path, f"{BACKGROUND.replace('GE3', ge3)}\n{text}"))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('drug = "tocilizumab"\namount = 8.0\nunit = "mg"', "states no condition"),
        ('drug = "x"\namount = 8.0\nunit = "mg"\ncrs_at_least = 7', "grades are 1 to 4"),
        ('drug = "x"\namount = 0.0\nunit = "mg"\ncrs_at_least = 2', "must be > 0"),
        (
            'drug = "x"\namount = 1.0\nunit = "mg"\ncrs_at_least = 2\nafter_doses_of = "y"',
            "drugs of earlier rules: none",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_refused(tmp_path, rule, words):
    text = f'title = "Mine"\nscale = "astct"\n\n[[rules]]\n{rule}\n'
    with pytest.raises(DataError, match=words):
        load("policies", write(tmp_path, text))


def test_a_policy_on_an_unknown_scale_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"scale: is 'who' \(allowed: 'astct', 'lee', 'penn'"):
        load("policies", write(tmp_path, 'title = "Mine"\nscale = "who"\n'))


def test_nan_is_no_number_by_accident():
    assert all(
        not (math.isnan(number.value) and math.isnan(number.factor))
        for kind, name in SHIPPED
        for _, number in numbers(load(kind, name))
    )
