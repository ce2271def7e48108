"""The synthetic study: every part occurs, and nobody can take it for patients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.core.censoring import ABOVE, BELOW, MEASURED, censoring_codes
from livingdrug.core.errors import OptionError
from livingdrug.core.schema import check_study
from livingdrug.data.checks.run import check_measured
from livingdrug.data.example import example_study
from livingdrug.data.interventions import study_interventions
from livingdrug.data.open_study import open_study
from livingdrug.data.persons import study_persons
from livingdrug.data.readers.table import check_study_table


def write(folder, **options):
    for name, text in example_study(**options).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


# 12 people where nobody says; 24, where rarer answers occur too
@pytest.fixture(params=[{}, {"n": 24}], ids=["12", "24"])
def opened(tmp_path, request):
    return open_study(str(write(tmp_path, **request.param)))


def test_every_part_of_a_study_occurs(opened):
    study = opened.get()
    assert check_study(study) == []
    assert opened.issues == ()
    codes = censoring_codes(study)
    assert set(codes.tolist()) == {BELOW, MEASURED, ABOVE}
    # nothing is stored as measured beyond its limit
    assert np.isnan(study.obs_value.values[codes != MEASURED]).all()
    assert {one.status for one in study_interventions(study)} >= {
        "given", "not given", "given, day unknown",
    }  # fmt: skip
    kinds = {one.type for one in study_persons(study)}
    assert kinds == {"number", "category", "grade", "day", "flag"}


def test_nothing_is_found_in_its_values(tmp_path):
    # of 12 people the smallest values may lie on top of each other by chance, as at a limit
    opened = open_study(str(write(tmp_path, n=24)))
    assert list(check_measured(opened.measured)) == []


def test_it_is_called_synthetic_in_every_file_row_and_attribute(opened):
    study = opened.get()
    assert str(study.attrs["title"]).startswith("SYNTHETIC")
    assert str(study.attrs["note"]).startswith("SYNTHETIC")
    assert set(study.obs_assay.values.tolist()) == {"synthetic"}
    for names in (study.subject.values, study.obs_subject.values):
        assert all(str(name).startswith("SYNTHETIC-") for name in names)
    files = example_study()
    assert files["study.toml"].startswith("# SYNTHETIC")
    for name, text in files.items():
        if name.endswith(".csv"):
            assert all("SYNTHETIC-" in line for line in text.splitlines()[1:])


@given(st.integers(1, 40), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_any_size_and_seed_is_read_without_a_word(tmp_path_factory, n, seed):
    assert example_study(n, seed=seed) == example_study(n, seed=seed)
    folder = write(tmp_path_factory.mktemp("study"), n=n, seed=seed)
    assert check_study_table(folder) == ()


def test_another_seed_is_another_study():
    assert example_study(5, seed=3) != example_study(5, seed=4)


@pytest.mark.parametrize(
    ("options", "allowed"),
    [({"n": 0}, "1 to 500"), ({"n": 501}, "1 to 500"), ({"seed": -1}, "from 0 on")],
)
def test_out_of_range(options, allowed):
    with pytest.raises(OptionError, match=f"allowed are .*{allowed}"):
        example_study(**options)
