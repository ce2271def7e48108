"""Uncertainty of population values."""

import math

import numpy as np
import pytest

import livingdrug as ld
from livingdrug.core.errors import OptionError
from livingdrug.trial.priors import assumed_text, draw_values, priors


@pytest.fixture(scope="module")
def model():
    return ld.get_model("reference")


def test_every_prior_belongs_to_a_parameter_of_the_reference_model(model):
    assert set(priors()) <= {item.name for item in model.parameters}


def test_only_the_stated_sds_are_not_marked_assumed():
    assert {name for name, p in priors().items() if p.origin == "stated"} == {"gam", "h"}
    assert (priors()["gam"].ln_sd, priors()["h"].ln_sd) == (0.3, 0.5)
    assert "gam" not in assumed_text()
    assert "ASSUMED" in assumed_text(["KE"])


def test_draws_have_the_stated_spread_around_the_value_of_the_setting(model):
    values = {item.name: item.value for item in model.parameters}
    draws = [draw_values(model, k, seed=4) for k in range(400)]
    logs = np.log([d["h"] / values["h"] for d in draws])
    # 400 numbers: SD of the mean 0.025, of the SD 0.018
    assert abs(logs.mean()) < 0.1
    assert logs.std() == pytest.approx(0.5, abs=0.07)
    pairs = np.array([[math.log(d["h"]), math.log(d["gam"])] for d in draws])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.2


def test_a_value_of_zero_stays_zero_and_bounds_hold(model):
    assert "a15" not in draw_values(model, 0, seed=1)
    by_name = {item.name: item for item in model.parameters}
    for draw in range(50):
        for name, value in draw_values(model, draw, seed=1).items():
            assert by_name[name].lower <= value <= by_name[name].upper


def test_a_draw_is_the_same_whatever_else_is_drawn(model):
    assert draw_values(model, 7, seed=1) == draw_values(model, 7, seed=1)
    assert draw_values(model, 7, seed=1) != draw_values(model, 8, seed=1)
    with pytest.raises(OptionError, match="draw = -1"):
        draw_values(model, -1, seed=1)
