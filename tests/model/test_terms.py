"""The shared vocabulary."""

from __future__ import annotations

import re

import pytest

from livingdrug.core.errors import UnitError, UnknownNameError
from livingdrug.core.units import parse_unit, same_dimension
from livingdrug.model.terms import TERMS, get_term, term_problem


def test_what_models_and_studies_share_now() -> None:
    assert {
        "car_t_blood", "non_car_t_blood", "car_transgene_blood", "tumor_volume", "tumor_burden",
        "b_cells_blood", "il6_serum", "crp_serum", "ferritin_serum",
    } <= set(TERMS)  # fmt: skip


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS.keys())
def test_terms_are_well_formed(term: object) -> None:
    name, units = term.name, term.units  # type: ignore[attr-defined]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert TERMS[name] is term
    assert units
    dimensions = [parse_unit(unit).dimension for unit in units]
    assert len(set(dimensions)) == len(dimensions)  # one unit for each dimension


def test_get_term() -> None:
    assert get_term("il6_serum").specimen == "serum"
    with pytest.raises(UnknownNameError, match=r"unknown term 'il6_blood' \(did you mean"):
        get_term("il6_blood")


@pytest.mark.parametrize(
    ("name", "unit", "problem"),
    [
        ("", "anything", ""),
        ("car_t_blood", "cell/mL", ""),
        ("car_t_blood", "percent", ""),
        ("car_transgene_blood", "copies/ug", ""),
        (
            "car_t_blood",
            "cell",
            "'car_t_blood' is given in 'cell'; the vocabulary knows it in cell/uL or percent",
        ),
        ("tumour_volume", "mL", "is not in the shared vocabulary; did you mean 'tumor_volume'?"),
        ("zzz", "mL", "'zzz' is not in the shared vocabulary"),
    ],
)
def test_problems(name: str, unit: str, problem: str) -> None:
    found = term_problem(name, unit)
    assert problem in found
    assert bool(found) == bool(problem)


def test_a_unit_that_is_none() -> None:
    with pytest.raises(UnitError):
        term_problem("il6_serum", "pigs")


def test_the_terms_of_the_catalogue_are_known() -> None:
    from livingdrug.catalogue.index import get_model, list_models

    for model_id in list_models():
        model = get_model(model_id)
        for item in (*model.species, *model.observables):
            assert term_problem(item.term, item.unit) == ""
    assert same_dimension("cell/uL", "cell/mL")
