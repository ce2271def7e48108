"""The synthetic study: whole, equal for equal seeds, and labelled everywhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.core.censoring import censoring_codes
from livingdrug.core.errors import OptionError
from livingdrug.core.schema import check_study
from livingdrug.data.example import example_study
from livingdrug.data.interventions import study_interventions
from livingdrug.data.readers.table import check_study_table, read_study


@pytest.fixture
def study(tmp_path):
    for name, text in example_study().items():
        (tmp_path / name).write_text(text, "utf-8")
    assert check_study_table(tmp_path) == ()
    return read_study(tmp_path)


def test_it_is_called_synthetic_in_every_file_row_and_attribute(study):
    files = example_study()
    assert files["study.toml"].startswith("# SYNTHETIC")
    assert "SYNTHETIC" in study.attrs["title"]
    assert "SYNTHETIC" in study.attrs["note"]
    assert set(study.obs_assay.values.tolist()) == {"synthetic"}
    assert all(name.startswith("SYNTHETIC-") for name in study.subject.values)
    assert all(name.startswith("SYNTHETIC-") for name in study.obs_subject.values)
    for name, text in files.items():
        if name.endswith(".csv"):
            assert all("SYNTHETIC-" in line for line in text.splitlines()[1:])


def test_it_has_every_part_of_a_study(study):
    assert check_study(study) == []
    assert set(censoring_codes(study).tolist()) == {-1, 0, 1}
    assert {one.status for one in study_interventions(study)} >= {
        "given", "not given", "given, day unknown",
    }  # fmt: skip
    assert {variable.attrs["type"] for variable in study.data_vars.values()
            if variable.dims == ("subject",)} == {
        "number", "category", "grade", "day", "flag",
    }  # fmt: skip


@given(st.integers(1, 40), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_any_size_and_seed_is_read_without_a_word(tmp_path_factory, n, seed):
    files = example_study(n, seed=seed)
    assert files == example_study(n, seed=seed)
    folder = tmp_path_factory.mktemp("study")
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    assert check_study_table(folder) == ()


def test_sizes_and_seeds_out_of_range_are_refused():
    for wrong in (0, 501):
        with pytest.raises(OptionError, match="1 to 500"):
            example_study(wrong)
    with pytest.raises(OptionError, match="from 0 on"):
        example_study(seed=-1)
