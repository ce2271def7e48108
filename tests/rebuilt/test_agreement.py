"""Catalogue entries agree with their independent rebuilds, and the status table says so."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from livingdrug.catalogue.index import STATUS_FILE

from .agreement import REBUILDS, differences, is_independent

VARIANTS = [(model_id, variant) for model_id, r in REBUILDS.items() for variant in r.IIV]


@pytest.mark.parametrize(("model_id", "variant"), VARIANTS)
def test_the_rebuild_agrees(model_id: str, variant: str) -> None:
    assert differences(model_id, variant) == []


def test_only_rebuilt_variants_count_as_independent() -> None:
    table = json.loads((resources.files("livingdrug.catalogue") / STATUS_FILE).read_text())
    independent = {
        (row["id"], row["variant"]) for row in table["models"] if row["status"] == "independent"
    }
    assert independent == {key for key in VARIANTS if is_independent(REBUILDS[key[0]])}


def test_a_wrong_rebuild_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    rebuild = REBUILDS["kimmel2021"]
    monkeypatch.setitem(rebuild.PARAMETERS, "gamma_B", 1.2)
    found = differences("kimmel2021", "published")
    assert any("gamma_B" in line for line in found)
