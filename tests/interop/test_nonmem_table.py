"""A study as a NONMEM-type table: everything the study holds of events comes back."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from tests.data.test_nonmem_events import nonmem_tables

from livingdrug.core.errors import DataError
from livingdrug.data.covariates import covariate_at
from livingdrug.data.event_columns import EVENT_COLUMNS, event_column
from livingdrug.data.readers.nonmem import read_nonmem
from livingdrug.data.readers.table import read_study
from livingdrug.interop.adam import adam_frames
from livingdrug.interop.nonmem_table import covariate_units, nonmem_text
from livingdrug.interop.tidy import tidy_files

OPTIONS = {"term": "x", "unit": "mg", "dose_names": "d", "dose_unit": "mg", "day_one": False}


def read(text, **options):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "t.csv"
        path.write_text(text, encoding="utf-8")
        return read_nonmem(path, **{**OPTIONS, **options}).study


def again(study, **options):
    text, observed = nonmem_text(study)
    term, unit = ({key: pair[at] for key, pair in observed.items()} for at in (0, 1))
    return read(text, term=term, unit=unit, **options), text


FULL = (
    "ID,TIME,AMT,RATE,EVID,CMT,DV,CENS,LIMIT,ADDL,II,SS,OCC,WT\n"
    "7,0,10,.,1,2,.,.,.,2,1,.,1,70\n7,0.5,.,.,0,1,3,0,.,.,.,.,1,.\n"
    "7,1.5,10,-2,1,2,.,0,.,.,.,.,1,.\n7,1.5,.,.,0,1,3,1,1,.,.,.,1,71\n"
    "7,1.6,.,.,2,1,.,.,.,.,.,.,1,72\n7,1.7,.,.,3,1,.,.,.,.,.,.,2,.\n"
    "7,1.7,.,.,0,1,0.5,.,.,.,.,.,2,.\n7,2,20,.,4,2,.,.,.,1,0.4,1,3,68\n"
    "7,3,.,.,0,1,3,.,.,.,.,.,3,.\n8,0,10,5,4,2,.,.,.,.,.,.,1,50\n8,1,.,.,0,1,2,.,.,.,.,.,1,.\n"
)


def test_resets_sides_limits_occasions_codes_and_covariates_come_back():
    options = {"dose_names": {"2": "d"}, "covariates": {"WT": "kg"}, "carry": "backward"}
    study = read(FULL, **options)
    assert covariate_units(study) == {"WT": "kg"}
    made, text = again(study, covariates={"WT": "kg"}, carry="backward")
    assert text.splitlines()[0] == (
        "ID,TIME,AMT,DUR,EVID,DOSE,DVID,DV,MDV,CENS,RATE,II,SS,LIMIT,OCC,WT"
    )
    assert "7,1.6,.,.,2,.,.,.,1,0,.,.,.,.,.,72.0" in text  # the covariate alone
    for name in EVENT_COLUMNS:
        np.testing.assert_array_equal(event_column(made, name), event_column(study, name), name)
    days = np.arange(0, 3, 0.1)
    np.testing.assert_array_equal(
        covariate_at(made, "WT", "7", days), covariate_at(study, "WT", "7", days)
    )
    assert nonmem_text(made)[0] == text


@given(nonmem_tables())
@settings(max_examples=60, deadline=None)
def test_any_table_comes_back_in_its_numbers(case):
    try:
        study = read(case[0].replace("\ufeff", ""), dose_names="d")
    except NotImplementedError as error:
        assert "between two doses" in str(error)  # noqa: PT017
        return
    if not study.sizes["observation"]:
        return
    made, _ = again(study)
    for name in ("obs_time", "obs_value", "obs_lloq", "obs_blq", "obs_subject", *EVENT_COLUMNS):
        sides = []
        for one in (made, study):
            column = event_column(one, name) if name in EVENT_COLUMNS else one[name].values
            # somebody who was dosed and never seen comes after those who were
            who = f"{name.split('_', maxsplit=1)[0]}_subject"
            people = one[who].values if who in one else np.zeros(column.size)
            sides.append(column[np.argsort(people, kind="stable")])
        np.testing.assert_array_equal(*sides, name)


def test_time_that_falls_fits_no_form_without_resets():
    study = read("ID,TIME,AMT,EVID,DV\n7,0,9,1,.\n7,5,.,0,1\n7,0,9,4,.\n7,1,.,0,1\n")
    for write in (tidy_files, adam_frames):
        with pytest.raises(DataError, match="time of subject 7 falls at a reset"):
            write(study)
    goes_on = read("ID,TIME,AMT,EVID,DV\n7,0,9,1,.\n7,5,.,0,1\n7,5,9,4,.\n7,6,.,0,1\n")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in tidy_files(goes_on).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        assert read_study(folder)["obs_time"].values.tolist() == [5.0, 6.0]
