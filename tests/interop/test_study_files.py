"""A study in other forms and back: tidy CSV, NONMEM-type table, ADaM frames."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import DataError
from livingdrug.core.schema import check_study
from livingdrug.data.datasets import load_study
from livingdrug.data.example import example_study
from livingdrug.data.open_study import open_study
from livingdrug.data.persons import study_persons
from livingdrug.data.readers.adam import read_adam
from livingdrug.data.readers.nonmem import read_nonmem
from livingdrug.data.readers.table import read_study, read_study_folder
from livingdrug.interop.adam import adam_frames, write_adam
from livingdrug.interop.nonmem_table import nonmem_text
from livingdrug.interop.study_files import study_of_course
from livingdrug.interop.tidy import not_carried, tidy_files
from livingdrug.solve.simulate import simulate

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
KEYS = ("time", "term", "value", "unit", "subject", "lloq", "blq")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    for name, text in example_study(12, seed=1).items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_study_folder(folder, "example")[0]


@pytest.fixture(scope="module")
def simulated():
    model = get_model("stein2019")
    return study_of_course(simulate(model, draw_cohort(model, 4, seed=3), times=[0, 7, 28, 90]))


def same(left, right, keys=KEYS):
    for key in keys:
        np.testing.assert_array_equal(left[f"obs_{key}"].values, right[f"obs_{key}"].values)


def test_tidy_csv_comes_back(example, simulated, tmp_path):
    for name, study in (("e", example), ("s", simulated), ("z", load_study("zuma1"))):
        folder = tmp_path / name
        folder.mkdir()
        for file, text in tidy_files(study).items():
            (folder / file).write_text(text, encoding="utf-8")
        again = read_study(folder).drop_vars(["table_line", "table_file"])
        # all of it: people, interventions, readouts, covariates, doses and source
        xr.testing.assert_identical(again, study)
        assert not_carried(study, "tidy") == []


@pytest.mark.filterwarnings("ignore::livingdrug.data.readers.table.StudyTableWarning")
def test_a_nonmem_table_of_a_simulation_comes_back(simulated, tmp_path):
    text, observed = nonmem_text(simulated)
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    term, unit = ({key: pair[at] for key, pair in observed.items()} for at in (0, 1))
    again = read_nonmem(path, term=term, unit=unit, dose_names="infusion", day_one=False).study
    same(again, simulated)


def test_pooled_values_have_no_table_of_people():
    with pytest.raises(DataError, match="pooled values only"):
        nonmem_text(load_study("zuma1"))
    with pytest.raises(DataError, match="pooled values only"):
        adam_frames(load_study("zuma1"))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_adam_frames_come_back(example, simulated, tmp_path, suffix):
    for name, study in (("e", example), ("s", simulated)):
        folder = tmp_path / name
        folder.mkdir()
        write_adam(folder, study, suffix=suffix)
        again = read_adam(folder)
        assert [i for i in check_study(again) if i.level == "error"] == []
        where = ~(study["obs_blq"].values | study["obs_alq"].values)  # AVAL is missing there
        same(again, study, [key for key in KEYS if key != "value"])
        np.testing.assert_array_equal(
            again["obs_value"].values[where], study["obs_value"].values[where]
        )
        for old, new in zip(study_persons(study), study_persons(again), strict=True):
            assert (old.name, old.type, old.role, old.unit) == (
                new.name, new.type, new.role, new.unit,
            )  # fmt: skip
            np.testing.assert_array_equal(np.array(old.values), np.array(new.values))


def test_days_of_adam_have_no_day_0(simulated):
    frame = adam_frames(simulated)["adpc"]
    assert sorted(frame["ADY"].unique()) == [1, 8, 29, 91]
    assert (frame["PARAMCD"].str.len() <= 8).all()


def test_wrong_adam_frames_name_row_and_column(simulated, tmp_path):
    write_adam(tmp_path, simulated)
    path = tmp_path / "adpc.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[3] = lines[3].replace(",DAYS,", ",DAYS,").replace(",7.0,", ",soon,")
    lines[2] = lines[2].replace(",7.0,", ",later,")
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=r"adpc.csv, row \d, column NFRLT: '(soon|later)'"):
        read_adam(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match=r"no adpc\.csv"):
        read_adam(tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public data sets are not here")
@pytest.mark.parametrize("name", ["car22_nci_pediatric_all", "bwh_crs_icans"])
def test_frames_of_real_people(name):
    study = open_study(str(SHARED / name)).study
    frames = adam_frames(study)
    people = study.sizes["subject"]
    assert len(frames["adsl"]) == people
    assert len(frames["adpc"]) == int((study["obs_statistic"] == "individual").sum())
    times = frames["adtte"]
    crs = times[times["PARAM"] == "time to crs"]
    grades = dict(zip(study["subject"].values.tolist(),
                      study["crs_grade_max"].values.tolist(), strict=True))  # fmt: skip
    assert len(crs) > 0
    assert (crs.loc[crs["CNSR"] == 1, "SUBJID"].map(grades) == 0).all()
    graded = frames["adae"]
    assert (graded["AETERM"] == "cytokine release syndrome").sum() == sum(
        grade > 0 for grade in grades.values()
    )
