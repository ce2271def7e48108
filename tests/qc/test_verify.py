"""The verification finds what is wrong."""

from __future__ import annotations

import dataclasses

import pytest

from livingdrug.catalogue.entry import Published
from livingdrug.catalogue.index import get_entry
from livingdrug.catalogue.readout import PrintedEquation, Readout
from livingdrug.model.model import Model
from livingdrug.qc.status import row_of
from livingdrug.qc.verify import verify


def changed(entry_id: str, parameter: str, factor: float) -> object:
    """Return an entry whose builder uses another value."""
    entry = get_entry(entry_id)

    def build(variant: str) -> Model:
        model = entry.published.build(variant)
        parameters = tuple(
            dataclasses.replace(p, value=p.value * factor) if p.name == parameter else p
            for p in model.parameters
        )
        return dataclasses.replace(model, parameters=parameters)

    published = Published(entry.published.source, entry.published.variants, build)
    return dataclasses.replace(entry, published=published)


@pytest.mark.parametrize(
    ("entry_id", "parameter"),
    [
        ("kimmel2021", "gamma_B"),
        ("kimmel2021", "K_N"),
        ("stein2019", "alpha"),
        ("stein2019", "Tmax"),
    ],
)
def test_a_value_that_is_half_a_percent_off_is_found(entry_id: str, parameter: str) -> None:
    result = verify(changed(entry_id, parameter, 1.005))
    assert not result.passed
    assert row_of(result, agrees=True)["status"] == "draft"


def test_an_equation_with_another_sign_is_found() -> None:
    entry = get_entry("kimmel2021")
    wrong = PrintedEquation("B", "r_B * B + gamma_B * B * C / (k_B + C)", "Eq. 2.3")
    result = verify(dataclasses.replace(entry, equations=(wrong,), readouts=()))
    assert not result.passed


def test_a_readout_that_moves_with_the_tolerance_is_found() -> None:
    entry = get_entry("stein2019")
    value = 1373.5588126831
    exact = Readout(
        "too tight", "value", "car_transgene", value, "copies/ug", "here", rtol=1e-12, day=28.0
    )
    result = verify(dataclasses.replace(entry, readouts=(exact,), equations=()))
    (check,) = result.checks
    assert not check.passed


def test_statuses_follow_from_the_evidence() -> None:
    result = verify(get_entry("kimmel2021"))
    assert row_of(result, agrees=False)["status"] == "reproduced"
    assert row_of(result, agrees=True)["status"] == "independent"
