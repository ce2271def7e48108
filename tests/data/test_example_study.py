"""The synthetic study: every part occurs, and nobody can take it for patients."""

import numpy as np
import pytest

from livingdrug.core.censoring import ABOVE, BELOW, censoring_codes
from livingdrug.core.errors import OptionError
from livingdrug.core.schema import check_study
from livingdrug.data.checks.run import check_measured
from livingdrug.data.example import example_study
from livingdrug.data.interventions import study_interventions
from livingdrug.data.open_study import open_study
from livingdrug.data.persons import study_persons


def write(folder, **options):
    for name, text in example_study(**options).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def opened(tmp_path):
    return open_study(str(write(tmp_path, n=24)))


def test_every_part_of_a_study_occurs(opened):
    study = opened.get()
    assert check_study(study) == []
    assert opened.issues == ()
    assert {BELOW, ABOVE} <= set(censoring_codes(study).tolist())
    # nothing is stored as measured beyond its limit
    assert np.isnan(study.obs_value.values[censoring_codes(study) != 0]).all()
    assert {one.status for one in study_interventions(study)} >= {
        "given", "given, day unknown", "not given",
    }  # fmt: skip
    kinds = {one.type for one in study_persons(study)}
    assert kinds == {"number", "day", "grade", "flag", "category"}
    assert list(check_measured(opened.measured)) == []


def test_it_is_called_synthetic_everywhere(opened):
    study = opened.get()
    assert str(study.attrs["title"]).startswith("SYNTHETIC")
    assert str(study.attrs["note"]).startswith("SYNTHETIC")
    for names in (study.subject.values, study.obs_subject.values):
        assert all(str(name).startswith("SYNTHETIC-") for name in names)
    assert set(study.obs_assay.values.tolist()) == {"synthetic"}
    assert example_study()["study.toml"].startswith("# SYNTHETIC")


def test_it_is_equal_for_an_equal_seed():
    assert example_study(5, seed=3) == example_study(5, seed=3)
    assert example_study(5, seed=3) != example_study(5, seed=4)


@pytest.mark.parametrize("options", [{"n": 0}, {"n": 501}, {"seed": -1}])
def test_out_of_range(options):
    with pytest.raises(OptionError, match="allowed are"):
        example_study(**options)
