"""Listing, showing and verifying models."""

from __future__ import annotations

import dataclasses
import json

import pytest

import livingdrug as ld
from livingdrug.catalogue import index
from livingdrug.qc import entry_checks


def test_list(livingdrug):
    done = livingdrug("models list")
    assert (done.code, done.err) == (0, "")
    for text in ("kimmel2021", "human", "published, quartile", "stein2019"):
        assert text in done.out


def test_list_json(livingdrug):
    rows = json.loads(livingdrug("models list --json").out)
    assert [row["id"] for row in rows] == index.list_entries()
    assert [r["id"] for r in rows if r["kind"] == "function"] == ld.list_functions()
    assert all({"organism", "status", "variants", "title", "doi"} <= set(row) for row in rows)


def test_show(livingdrug):
    done = livingdrug("models show kimmel2021")
    assert (done.code, done.err) == (0, "")
    for text in (
        "organism                  human",
        f"status                    {ld.get_model('kimmel2021').status}",
        "dN/dt = -r_N * N * log(T / K_N)",
        "Deviations from print:",
        "doi:10.1098/rspb.2021.0229",
    ):
        assert text in done.out
    row = next(line for line in done.out.splitlines() if line.startswith(" gamma_B "))
    for text in ("1.15", "1/day", "estimated", "Table 1", "cv 0.05"):
        assert text in row


def test_show_variant(livingdrug):
    assert "cv 0.05" not in livingdrug("models show kimmel2021 --variant quartile").out


def test_show_json(livingdrug):
    found = json.loads(livingdrug("models show stein2019 --variant omega_variance --json").out)
    model = ld.get_model("stein2019", "omega_variance")
    assert found["math_hash"] == model.math_hash
    assert found["variant"] == "omega_variance"
    assert {row["name"] for row in found["parameters"]} == {p.name for p in model.parameters}
    assert all(row["origin"] for row in found["parameters"])


@pytest.mark.parametrize("width", [80, 160])
def test_names_are_never_broken(livingdrug, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = livingdrug("models show stein2019").out.splitlines()
    assert any(line.startswith(" t_tocilizumab ") for line in lines)


def test_one_line_stays_one_line_in_a_pipe(livingdrug, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = livingdrug("models show kimmel2021").out.splitlines()
    assert any(line.strip().startswith("cure_probability = ") and len(line) > 160 for line in lines)


@pytest.fixture
def few_readouts(monkeypatch):
    """Leave three read-outs of stein2019, so that a verification takes a moment."""

    def use(spoil: bool):
        entry = index.get_entry("stein2019")
        chosen = [item for item in entry.readouts if item.population is None][:3]
        if spoil:
            chosen[0] = dataclasses.replace(chosen[0], equals=chosen[0].equals * 1.5 + 1.0)
        small = dataclasses.replace(entry, readouts=tuple(chosen))
        monkeypatch.setattr(entry_checks, "get_entry", lambda _name: small)

    return use


def test_verify(livingdrug, few_readouts):
    few_readouts(spoil=False)
    done = livingdrug("models verify stein2019")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert len(lines) == len(index.get_entry("stein2019").published.variants)
    assert all(": passed; 3 of 3 read-outs, 2 of 2 printed equations" in line for line in lines)
    done = livingdrug("models verify stein2019 --all")
    assert done.out.count(" ok") == 3 * len(lines)


def test_verify_fails(livingdrug, few_readouts):
    few_readouts(spoil=True)
    done = livingdrug("models verify stein2019")
    assert done.code == 2
    assert "stein2019, variant omega_sd: FAILED; 2 of 3 read-outs" in done.out
    assert done.out.count(" FAILED\n") + done.out.count(" FAILED ") >= 1
    found = livingdrug("models verify stein2019 --json")
    assert found.code == 2
    rows = found.json
    assert [row["passed"] for row in rows] == [False] * len(rows)
    assert [item["passed"] for item in rows[0]["readouts"]] == [False, True, True]
    assert all(item["passed"] for item in rows[0]["equations"])
