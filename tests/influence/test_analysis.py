"""The whole analysis on models whose answer is known."""

from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.core.errors import DraftModelWarning, OptionError, SolveError
from livingdrug.influence.analysis import sensitivity
from livingdrug.influence.shares import share
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.regimen import Regimen
from livingdrug.model.variability import IIV
from livingdrug.solve.reductions import Reduction

from .models import PUBLISHED, product


@pytest.fixture(autouse=True)
def quiet():
    """The models of these tests are drafts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)
        yield


def test_sobol_indices_of_a_sum_of_logarithms() -> None:
    pytest.importorskip("SALib", reason="the extra 'stats' is not installed")
    found = sensitivity(product(), ["value@10"], method="sobol", n=1024, days=20, resamples=200)
    # log x = log a + log b - k t with standard deviations 0.3 and 0.4: no interaction
    truth = np.array([0.09, 0.16]) / 0.25
    one = found.sel(readout="value@10")
    assert one["scale"].item() == "log"
    for index in ("first", "total"):
        # 1,024 quasi-random points of a smooth function
        assert one[index].values == pytest.approx(truth, abs=0.02)
        assert (one[f"{index}_lower"].values < truth).all()
        assert (truth < one[f"{index}_upper"].values).all()
    assert one["explained"].item() == pytest.approx(1.0, abs=0.02)
    # the value of b is ASSUMED, its spread is not
    assert one["share_assumed"].item() == pytest.approx(0.64, abs=0.02)
    assert one["share_value_assumed"].item() == one["share_assumed"].item()
    assert one["share_spread_assumed"].item() == 0.0
    assert one["share_assumed_lower"].item() < 0.64 < one["share_assumed_upper"].item()


def test_prcc_of_a_sum_of_logarithms() -> None:
    found = sensitivity(product(), ["value@10"], n=2000, days=20, resamples=200).sel(
        readout="value@10"
    )
    spearman = 6 / math.pi * np.arcsin(np.array([0.6, 0.8]) / 2)
    truth = spearman / np.sqrt(spearman**2 + 1 - np.sum(spearman**2))
    assert found["prcc"].values == pytest.approx(truth, abs=0.01)  # hypercube of 2,000
    assert (found["prcc_lower"].values < found["prcc"].values).all()
    assert (found["prcc"].values < found["prcc_upper"].values).all()
    weights = spearman**2
    assert found["share_assumed"].item() == pytest.approx(weights[1] / weights.sum(), abs=0.02)


@pytest.mark.parametrize("method", ["prcc", "sobol"])
def test_the_result_depends_on_the_seed_and_not_on_threads_or_pieces(method: str) -> None:
    if method == "sobol":
        pytest.importorskip("SALib", reason="the extra 'stats' is not installed")
    model = get_model("singh2021")
    options = {
        "method": method, "n": 64, "days": 60, "resamples": 20,
        "regimen": Regimen.infusion(1e8),
    }  # fmt: skip
    one = sensitivity(model, ["cmax", "tmax"], **options)
    two = sensitivity(model, ["cmax", "tmax"], **options, threads=2, piece=7)
    other = sensitivity(model, ["cmax", "tmax"], **options, seed=2)
    assert one.identical(two)
    index = "prcc" if method == "prcc" else "total"
    assert (one[index].values != other[index].values).any()


def test_a_read_out_more_changes_no_other() -> None:
    model = get_model("stein2019")
    one = sensitivity(model, ["cmax"], n=100, resamples=20)
    two = sensitivity(model, ["auc", "cmax"], n=100, resamples=20)
    assert one["prcc"].sel(readout="cmax").equals(two["prcc"].sel(readout="cmax"))


def test_the_peak_of_stein2019_is_its_parameter() -> None:
    found = sensitivity(get_model("stein2019"), ["cmax", "tmax"], n=200, resamples=50)
    prcc = found["prcc"]
    assert prcc.sel(readout="cmax", parameter="Cmax").item() > 0.99
    assert prcc.sel(readout="tmax", parameter="Tmax").item() > 0.99
    others = [name for name in found["parameter"].values if name not in ("Cmax", "Tmax")]
    assert np.abs(prcc.sel(parameter=others).values).max() < 0.2


def test_everything_is_said_of_the_run() -> None:
    model = get_model("singh2021")
    found = sensitivity(
        model, {"mine": Reduction("maximum", "Eb")}, n=40, days=60, resamples=20,
        regimen=Regimen.infusion(1e8),
    )  # fmt: skip
    attrs = found.attrs
    assert (attrs["model"], attrs["method"], attrs["n"], attrs["days"]) == (
        "singh2021", "prcc", 40, 60,
    )  # fmt: skip
    assert json.loads(attrs["doses"]) == ["infusion 1e+08 cell on day 0"]
    assert found["units"].values.tolist() == ["cell"]
    assert set(found["origin"].values.tolist()) <= {"estimated", "fixed", "literature"}
    assert found["without_value"].values.tolist() == [0]
    assert found["used"].values.tolist() == [40]


def test_a_read_out_that_many_lack() -> None:
    pytest.importorskip("SALib", reason="the extra 'stats' is not installed")
    # x falls from about 2,000 as exp(-0.1 t): below 700 on day 10 in half of them
    level = 2000 * math.exp(-1)
    asked = {
        "gone": Reduction("first day below", "x", level=level),
        "flat": Reduction("day of minimum", "x"),
    }
    found = sensitivity(product(), asked, n=200, days=10, resamples=20)
    missing = int(found["without_value"].sel(readout="gone"))
    assert 60 < missing < 140
    gone, flat = found.sel(readout="gone"), found.sel(readout="flat")
    assert gone["note"].item() == f"{missing} of 200 subjects have no value and are left out"
    assert gone["used"].item() == 200 - missing
    assert gone["prcc"].sel(parameter="a").item() > 0.5
    assert flat["note"].item() == "it does not vary"
    assert np.isnan(flat["prcc"].values).all()
    assert math.isnan(flat["share_assumed"].item())
    by_variance = sensitivity(product(), asked, method="sobol", n=64, days=10, resamples=20)
    gone = by_variance.sel(readout="gone")
    assert "use prcc" in gone["note"].item()
    assert np.isnan(gone["total"].values).all()


def test_amounts_that_reach_zero_are_taken_by_rank() -> None:
    pytest.importorskip("SALib", reason="the extra 'stats' is not installed")
    m = ModelBuilder("dying", organism="test")
    m.species("x", initial=0.0, unit="cell", count_per_unit=1.0, extinct_below=1.0)
    m.parameter("a", 100.0, "cell", **PUBLISHED, iiv=IIV.sd(1.0, at="Table 1"))
    m.parameter("k", 0.46, "1/day", **PUBLISHED, iiv=IIV.sd(0.3, at="Table 1"))
    m.initial("x", "a")
    m.reaction("loss", "x ->", rate="k * x")
    found = sensitivity(m.build(), ["value:x@10"], method="sobol", n=128, days=20, resamples=20)
    one = found.isel(readout=0)
    assert one["scale"].item() == "rank"
    assert 0.5 < one["explained"].item() <= 1.1
    assert np.isfinite(one["total"].values).all()


def exploding(threshold: float) -> object:
    """A model that cannot be simulated where a exceeds a threshold: dx/dt = x**2 blows up."""
    m = ModelBuilder("exploding", organism="test")
    m.species("x", initial=0.0, unit="cell", count_per_unit=1.0)
    m.parameter("a", 1.0, "cell", **PUBLISHED, iiv=IIV.sd(0.5, at="Table 1"))
    m.parameter("c", 1 / threshold / 10, "1/cell/day", **PUBLISHED)
    m.initial("x", "a")
    m.reaction("growth", "-> x", rate="c * x * x")
    return m.build()


def test_failed_subjects_are_left_out_and_said() -> None:
    # log-normal with sd 0.5: above exp(0.5 * 1.645) in 1 of 20
    found = sensitivity(exploding(math.exp(0.5 * 1.645)), ["value:x@1"], n=200, days=10,
                        resamples=20)  # fmt: skip
    assert found.attrs["failed"] == 10
    assert any("10 of 200 subjects could not be simulated" in n
               for n in json.loads(found.attrs["notes"]))  # fmt: skip
    assert found["used"].item() == 190


def test_too_many_failures_are_refused() -> None:
    with pytest.raises(SolveError, match="100 of 200 subjects could not be simulated, more than"):
        sensitivity(exploding(1.0), ["value:x@1"], n=200, days=10, resamples=20)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"method": "sobolev"}, "unknown method 'sobolev'"),
        ({"n": 5}, "2 parameters need 20 points or more"),
        ({"method": "sobol", "n": 1000}, "powers of two from 16 to 262144, as 1024"),
        ({"method": "sobol", "n": 0}, "powers of two"),
        ({"days": 0.0}, "give a day after day 0"),
        ({"resamples": 1}, "10 to 100000"),
        ({"level": 1.0}, "allowed are 0.5 to below 1"),
        ({"piece": 0}, "give a number >= 1"),
    ],
)
def test_what_is_not_allowed_is_named(options, text: str) -> None:
    with pytest.raises(OptionError, match=text):
        sensitivity(product(), ["value@5"], **({"days": 10.0} | options))


def test_shares() -> None:
    flags = np.array([True, False, True])
    assert share(np.array([0.5, 0.25, 0.25]), flags) == 0.75
    assert share(np.array([0.5, 0.5, -0.2]), flags) == 0.5  # an estimate below 0 is none
    assert np.isnan(share(np.zeros(3), flags))
    assert share(np.array([[1.0, 1, 0], [0, 1, 0]]), flags).tolist() == [0.5, 0.0]
