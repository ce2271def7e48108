"""What goes wrong while a command runs: exit code, one message, and what is kept."""

from __future__ import annotations

import pytest
import xarray as xr

import livingdrug as ld
from livingdrug.catalogue import index
from livingdrug.core.errors import SolveError
from livingdrug.core.source import Origin
from livingdrug.interop.course_files import read_table


def builder(**options):
    """A small valid model; tests spoil it."""
    model = ld.ModelBuilder(
        "small", organism="mouse", population="four mice", dimensions="strict", **options
    )
    stated = {"origin": Origin.ESTIMATED, "at": "Table 1"}
    model.species("A", initial=10.0, unit="cell", term="car_t_blood", **stated)
    model.parameter("k", 0.5, "1/day", lower=0.0, **stated)
    model.reaction("loss", "A ->", rate="k * A", at="Eq. 1")
    return model


def inconsistent_units(_variant):
    model = builder()
    model.parameter("m", 2.0, "mL", origin=Origin.ESTIMATED, at="Table 1")
    model.reaction("gain", "-> A", rate="k * A + m", at="Eq. 2")
    return model.build()


def undefined_symbol(_variant):
    model = builder()
    model.reaction("gain", "-> A", rate="k * A * bogus", at="Eq. 2")
    return model.build()


def cycle(_variant):
    model = builder()
    model.assign("x", "y + 1", "1", at="Eq. 2")
    model.assign("y", "x + 1", "1", at="Eq. 3")
    return model.build()


@pytest.mark.parametrize("command", ["simulate small --out x.csv", "models show small"])
@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (inconsistent_units, ["gain", "m", "[length]^3"]),
        (undefined_symbol, ["gain", "bogus"]),
        (cycle, ["x", "y"]),
    ],
)
def test_broken_model(refused, add_model, build, expected, command):
    add_model("small", build)
    refused(command, *expected)


@pytest.mark.parametrize("build", [inconsistent_units, undefined_symbol, cycle])
def test_broken_model_is_not_verified(livingdrug, add_model, build):
    add_model("small", build)
    done = livingdrug("models verify small")
    assert done.code == 2
    assert "its read-outs were not run" in done.out
    assert "Traceback" not in done.out + done.err


def test_no_variability_is_invented(refused, livingdrug, add_model):
    add_model("small", lambda _variant: builder().build())
    refused(
        "simulate small --subjects 5 --out x.csv",
        "small states no variability",
        "four mice",
        "--assume-cv name=0.3",
    )
    done = livingdrug("simulate small --subjects 5 --days 7 --assume-cv k=0.3")
    assert done.code == 0
    assert "(mouse; four mice)" in done.out.splitlines()[0]
    assert "ASSUMED: CV of k = 0.3 (log-normal)\n" in done.out
    assert "k ASSUMED" in done.out
    found = livingdrug("simulate small --subjects 5 --days 7 --assume-cv k=0.3 --json").json
    assert len(found["assumed"]) == 1
    assert found["metrics"]["peak"]["p05"] < found["metrics"]["peak"]["p95"]


def test_draft_model_is_announced(livingdrug, monkeypatch):
    monkeypatch.setattr(index, "_statuses", dict)  # nobody has verified anything
    done = livingdrug("simulate kimmel2021 --days 7")
    assert done.code == 0
    assert "status: draft" in done.out
    assert "warning: kimmel2021 is a draft" in done.out
    found = livingdrug("simulate kimmel2021 --days 7 --json").json
    assert found["status"] == "draft"
    assert any("draft" in line for line in found["warnings"])


def test_all_subjects_fail(livingdrug, content):
    # by day 30000 the untreated tumour, exp(0.105 * 30000), exceeds every number
    done = livingdrug("simulate kimmel2021 --days 30000 --out x.csv --plot x.png")
    assert done.code == 3
    assert done.err.startswith("livingdrug: 1 of 1 subjects could not be simulated, nothing was")
    assert done.err.count("\n") == 1
    assert content() == {}
    found = livingdrug("simulate kimmel2021 --days 30000 --subjects 2 --json")
    assert found.code == 3
    assert found.json["failed"] == found.json["subjects"] == 2
    assert found.json["metrics"]["peak"]["median"] is None
    assert found.json["written"] == []


def test_some_subjects_fail(livingdrug, folder):
    # numbers end at exp(709); r_B spreads by 5 % around 0.105, and 0.105 * 7000 = 735
    line = "simulate kimmel2021 --days 7000 --subjects 6 --out"
    done = livingdrug(f"{line} x.zarr --json")
    assert done.code == 4
    failed = done.json["failed"]
    assert 0 < failed < 6
    assert len(done.json["failures"]) == failed
    assert done.err.startswith(f"livingdrug: {failed} of 6 subjects could not be simulated, they ")
    assert done.err.count("\n") == 1
    course = xr.open_zarr(folder / "x.zarr")
    bad = course["status"].values != 0
    assert bad.sum() == failed
    assert course["C"].values[bad].size > 0
    assert bool(course["C"].isnull().values[bad].all())
    assert not course["C"].isnull().values[~bad].any()
    assert all(course["status_message"].values[bad])
    assert livingdrug(f"{line} x.csv").code == 4
    table = read_table(folder / "x.csv")
    empty = table.groupby("subject")["value"].apply(lambda values: values.isna().all())
    assert empty.tolist() == bad.tolist()
    assert "expected cured fraction: -" not in livingdrug(f"{line} y.csv").out


def test_interrupt(livingdrug, content, monkeypatch):
    def interrupt(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("livingdrug.cli.simulation.run_request", interrupt)
    done = livingdrug("simulate kimmel2021 --out x.csv")
    assert (done.code, done.out) == (3, "")
    assert done.err == "livingdrug: interrupted; nothing was written\n"
    assert content() == {}


@pytest.mark.parametrize(
    ("error", "message"),
    [(MemoryError(), "out of memory"), (SolveError("the engine gave up"), "the engine gave up")],
)
def test_failure_while_running(refused, monkeypatch, error, message):
    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr("livingdrug.cli.simulation.run_request", fail)
    refused("simulate kimmel2021 --out x.csv", message, code=3)


def test_internal_errors_are_not_hidden(folder, monkeypatch):
    from livingdrug.cli.app import run

    def bug(*_args, **_kwargs):
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("livingdrug.cli.simulation.run_request", bug)
    with pytest.raises(ZeroDivisionError, match="a mistake of ours"):
        run(["simulate", "kimmel2021"])


def test_foreign_warnings_are_not_swallowed(livingdrug, monkeypatch):
    import warnings

    from livingdrug.cli import simulation

    original = simulation.load_any_study

    def warn(*args):
        warnings.warn("numbers look odd", RuntimeWarning, stacklevel=1)
        return original(*args)

    monkeypatch.setattr(simulation, "load_any_study", warn)
    with pytest.raises(RuntimeWarning, match="numbers look odd"):
        livingdrug("simulate kimmel2021 --days 3 --study zuma1")
