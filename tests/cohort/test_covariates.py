"""Baselines resampled from a study."""

import numpy as np
import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.covariates import quantile_values
from livingdrug.cohort.sample import draw_cohort
from livingdrug.data.datasets import load_study

N = 4000


def zuma1_volumes(**options):
    cohort = draw_cohort(get_model("kimmel2021"), N, seed=1, study=load_study("zuma1"), **options)
    return cohort["B"].values, cohort


def test_resampled_volumes_have_the_quantiles_of_the_study():
    study = load_study("zuma1")
    wanted = study["cov_value"].sel(covariate="baseline_tumor_volume").values
    drawn, _ = zuma1_volumes()
    assert drawn.min() >= wanted.min()
    assert drawn.max() <= wanted.max()
    for p, value in zip(study["quantile"].values, wanted, strict=True):
        # standard error of the share below a quantile
        assert (drawn <= value).mean() == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / N) + 1e-9)


def test_the_cohort_says_where_its_volumes_come_from():
    _, cohort = zuma1_volumes()
    assert "B resampled from study zuma1" in cohort.attrs["variability"]
    assert cohort.attrs["source"] == "zuma1"
    assert cohort["B"].attrs["role"] == "initial"


def test_resampled_volumes_are_keyed_by_subject():
    model, study = get_model("kimmel2021"), load_study("zuma1")
    alone = draw_cohort(model, 1, first_subject=17, seed=1, study=study)
    assert alone["B"].item() == zuma1_volumes()[0][17]


def test_between_two_quantiles_the_logarithm_is_linear():
    p, q = np.array([0.0, 0.5, 1.0]), np.array([1.0, 100.0, 1e6])
    got = quantile_values(p, q, np.array([0.0, 0.25, 0.5, 0.75, 1.0]))
    assert got == pytest.approx([1.0, 10.0, 100.0, 1e4, 1e6], rel=1e-12)


def test_quantiles_that_are_not_positive_are_joined_by_straight_lines():
    got = quantile_values(np.array([0.0, 1.0]), np.array([-1.0, 3.0]), np.array([0.25, 0.5]))
    assert got.tolist() == [0.0, 1.0]
