"""Time: where integration starts, and which side of a jump is reported."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.cohort.table import cohort_from_table
from livingdrug.core.errors import DataError
from livingdrug.data.readers.nonmem import read_nonmem

from .small import CLOSE, builder, curve, decay, dosed, knots, run


def clock():
    """A counts the days since the start; the input does nothing."""
    m = builder("clock")
    m.species("A", initial=0.0, unit="1")
    m.input("u", "1", default=0.0)
    m.rate("A", "1 + 0 * u")
    m.dose("d", "1", {"A": "dose"})
    return m.build()


def test_integration_starts_at_day_0_however_late_the_first_time():
    assert curve(clock(), times=[5.0])[0] == pytest.approx(5.0, rel=CLOSE)


def test_integration_starts_at_the_earliest_requested_time():
    assert curve(clock(), times=[-2.0, 0.0, 3.0]) == pytest.approx([0.0, 2.0, 5.0], rel=CLOSE)


def test_integration_starts_at_the_earliest_dose():
    model = clock()
    got = curve(model, dosed(model, ("d", -4.0, 0.0), ("d", 1.0, 0.0)), times=[0.0])
    assert got[0] == pytest.approx(4.0, rel=CLOSE)


def test_integration_starts_at_the_earliest_input_record():
    model = clock()
    cohort = knots(cohort_from_arrays(model, {}), "u", [-3.0, 2.0], [1.0, 2.0])
    assert curve(model, cohort, times=[0.0])[0] == pytest.approx(3.0, rel=CLOSE)


def test_subjects_start_each_at_their_own_first_record():
    model = clock()
    cohort = dosed(model, ("d", -4.0, 0.0), cohort=cohort_from_arrays(model, {}, subjects=[7, 9]))
    got = run(model, cohort, times=[0.0])["A"].values[:, 0]
    assert got == pytest.approx([4.0, 0.0], rel=CLOSE)


def test_the_value_at_a_dose_is_the_one_after_it():
    model = decay(initial=1.0, k=0.0).build()
    assert curve(model, dosed(model, ("d", 1.0, 2.0)), times=[1.0])[0] == 3.0


def test_the_left_side_is_the_value_before_the_dose():
    model = decay(initial=1.0, k=0.0).build()
    got = curve(model, dosed(model, ("d", 1.0, 2.0)), times=[0.5, 1.0, 2.0], side="left")
    assert got.tolist() == [1.0, 1.0, 3.0]


def test_the_left_side_holds_at_the_start_too():
    model = decay(initial=1.0, k=0.0).build()
    cohort = dosed(model, ("d", 0.0, 2.0))
    assert curve(model, cohort, times=[0.0, 1.0], side="left").tolist() == [1.0, 3.0]
    assert curve(model, cohort, times=[0.0, 1.0]).tolist() == [3.0, 3.0]


def test_the_left_side_is_the_value_before_an_event():
    m = decay(initial=1.0, k=0.0)
    m.event("e", {"A": 9.0}, at_time=1.0)
    assert curve(m.build(), times=[1.0, 2.0], side="left").tolist() == [1.0, 9.0]


def test_a_dose_at_the_very_last_time_counts():
    model = decay(initial=1.0, k=0.0).build()
    assert curve(model, dosed(model, ("d", 2.0, 2.0)), times=[0.0, 2.0]).tolist() == [1.0, 3.0]


def test_asking_for_more_times_changes_no_value():
    model = decay(initial=1.0).build()
    cohort = dosed(model, ("d", 1.0, 2.0), ("d", 3.0, 1.0, 0.5))
    few = curve(model, cohort, times=[2.0, 4.0])
    many = curve(model, cohort, times=np.linspace(0.0, 4.0, 33))
    assert many[[16, 32]].tolist() == few.tolist()


def test_an_output_between_two_close_doses_is_the_value_between():
    model = decay(initial=0.0, k=0.0).build()
    before, after = np.nextafter(0.3, 0.0), np.nextafter(0.3, 1.0)
    got = curve(model, dosed(model, ("d", before, 1.0), ("d", after, 1.0)), times=[0.3, 1.0])
    assert got.tolist() == [1.0, 2.0]


def test_a_model_without_states_is_evaluated_at_each_time():
    m = builder()
    m.parameter("k", 2.0, "1")
    m.assign("y", "k * time", "1")
    assert curve(m.build(), name="y", times=[-1.0, 0.0, 1.0, 3.0]).tolist() == [-2.0, 0.0, 2.0, 6.0]


def test_an_observation_row_before_the_dose_row_is_the_value_before(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(
        "ID,TIME,DV,AMT,EVID\n"
        "a,0,.,10,1\n"
        "a,1,5,.,0\n"  # trough: stands before the dose of day 1
        "a,1,.,10,1\n"
        "a,2,5,.,0\n"
        "b,0,.,20,1\n"
        "b,1,.,20,1\n"
        "b,1,5,.,0\n",  # stands after the dose of day 1
        encoding="utf-8",
    )
    m = decay(initial=0.0)
    model = m.build()
    events = read_nonmem(table, term="car_t_blood", unit="1", dose_names="d", dose_unit="1")
    course = run(model, cohort_from_table(model, events), times="records")
    e = np.exp(-1.0)
    expected = {
        ("a", 1.0): 10 * e,
        ("a", 2.0): 10 * e * e + 10 * e,
        ("b", 1.0): 20 * e + 20,
    }
    subjects, days = course["record_subject"].values, course["record_time"].values
    got = {
        (str(s), float(t)): v for s, t, v in zip(subjects, days, course["A"].values, strict=True)
    }
    assert got == {key: pytest.approx(value, rel=CLOSE) for key, value in expected.items()}


def test_records_come_back_in_the_order_of_the_table():
    model = decay(initial=1.0).build()
    cohort = add_records(
        cohort_from_arrays(model, {}, subjects=["x", "y"]),
        "record",
        {"subject": ["y", "x", "y"], "time": [2.0, 1.0, 1.0], "side": ["right"] * 3},
    )
    course = run(model, cohort, times="records")
    assert course["A"].values == pytest.approx(np.exp([-2.0, -1.0, -1.0]), rel=CLOSE)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([], "non-empty"),
        ([0.0, 0.0], "increase"),
        ([1.0, 0.5], "increase"),
        ([0.0, np.nan], "finite"),
        (["a"], "numbers"),
        ("records", "records"),
    ],
)
def test_times_that_are_no_grid_are_refused(times, words):
    with pytest.raises(DataError, match=words):
        run(decay().build(), times=times)
