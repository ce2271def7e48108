"""Resets (EVID 3 and 4): what follows one is what a person who starts then would have."""

import functools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livingdrug.cohort.cohort import add_records, cohort_from_arrays
from livingdrug.cohort.table import cohort_from_table
from livingdrug.core.errors import CapabilityError, DataError
from livingdrug.core.schema import check_cohort
from livingdrug.data.readers.nonmem import read_nonmem
from livingdrug.model.builder import ModelBuilder
from livingdrug.solve.reductions import Reduction
from livingdrug.solve.simulate import simulate

ENGINES = ("native", "reference")
K, LAG, F = 0.7, 0.4, 0.8


@functools.cache
def everything():
    """Start values, a lag, an input in time, a delayed event and one at a known time."""
    m = ModelBuilder("everything", dimensions="off")
    m.species("A", initial=2.0, unit="mg")
    m.species("N", initial=0.0, unit="1")
    m.species("late", initial=0.0, unit="1")
    m.parameter("k", K, "1/day")
    m.parameter("start", 0.3, "1")
    m.input("u", "mg/day", default=0.5, interpolation="constant")
    m.initial("N", "start * u")
    m.rate("A", "u - k * A")
    m.dose("d", "mg", {"A": f"{F} * dose"}, lag=LAG)
    m.dose("now", "mg", {"A": "dose"})
    m.event("over", {"late": "late + 1"}, when="A > 6", delay=0.5)
    m.event("visit", {"N": "N + 10"}, at_time=[1.0, 3.0, 7.0])
    return m.build()


def decay():
    m = ModelBuilder("decay", dimensions="off")
    m.species("A", initial=0.0, unit="mg")
    m.parameter("k", K, "1/day")
    m.rate("A", "-k * A")
    m.dose("d", "mg", {"A": f"{F} * dose"}, lag=LAG)
    m.dose("now", "mg", {"A": "dose"})
    return m.build()


def read(text, **options):
    chosen = {"term": "x", "unit": "mg", "dose_names": "now", "dose_unit": "mg", "day_one": False}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(text, encoding="utf-8")
        return read_nonmem(path, **{**chosen, **options})


def at_records(model, text, backend, **options):
    table = read(text, **options)
    cohort = cohort_from_table(model, table)
    assert check_cohort(cohort) == []
    return simulate(model, cohort, times="records", backend=backend)


@pytest.mark.parametrize("backend", ENGINES)
def test_a_reset_empties_everything_and_stops_what_is_on_its_way(backend):
    course = at_records(
        decay(),
        "ID,TIME,AMT,DUR,DOSE,EVID,DV\n"
        "1,0,10,4,now,1,.\n"  # an infusion of four days
        "1,1,.,.,.,0,1\n"
        "1,1.8,50,0,d,1,.\n"  # arrives on day 2.2
        "1,2,.,.,.,0,1\n"  # before the reset: its row comes first
        "1,2,.,.,.,3,.\n"
        "1,2,.,.,.,0,1\n"  # after it
        "1,3,.,.,.,0,1\n"  # neither infusion nor lagged dose
        "1,4,.,.,.,0,1\n"  # before the dose of its time
        "1,4,20,0,now,4,.\n"
        "1,4,.,.,.,0,1\n"
        "1,5,.,.,.,0,1\n",
        backend,
    )
    rise = 10 / 4 / K * -np.expm1(-K * np.array([1.0, 2.0]))
    expected = [*rise, 0.0, 0.0, 0.0, 20.0, 20.0 * np.exp(-K)]
    # rtol of the simulation is 1e-6; errors of steps add up
    assert course["A"].values == pytest.approx(expected, rel=1e-5, abs=1e-12)
    log = list(zip(course["event_time"].values, course["event_name"].values, strict=True))
    assert log == [(0.0, "now"), (2.0, "reset"), (4.0, "reset"), (4.0, "now")]


@pytest.mark.parametrize("backend", ENGINES)
def test_the_log_is_whole_where_time_falls_at_a_reset(backend):
    course = at_records(
        everything(),
        "ID,TIME,AMT,EVID,DV\n1,0,10,1,.\n1,4,.,0,1\n1,0,.,3,.\n1,2,.,0,1\n",
        backend,
    )
    log = list(zip(course["event_time"].values, course["event_name"].values, strict=True))
    # the delayed event comes 0.5 after the dose; day 7 lies beyond both clocks
    assert log == [
        (0.0, "now"), (0.5, "over"), (1.0, "visit"), (3.0, "visit"), (0.0, "reset"), (1.0, "visit")
    ]  # fmt: skip


@pytest.mark.parametrize("backend", ENGINES)
def test_the_model_starts_anew_with_its_own_initial_values_at_that_time(backend):
    course = at_records(
        everything(),
        "ID,TIME,AMT,EVID,DV\n1,0,10,1,.\n1,0.6,.,0,1\n1,2,.,0,1\n1,2,.,3,.\n1,2,.,0,1\n"
        "1,4,.,0,1\n",
        backend,
    )
    assert course["A"].values[2] == 2.0
    # 0.3 u with u = 0.5; visits on days 1 and 3 add 10
    assert course["N"].values == pytest.approx([0.15, 10.15, 0.15, 10.15], rel=1e-12)
    assert course["late"].values.tolist() == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("backend", ENGINES)
def test_time_may_fall_and_every_stretch_has_its_own_clock(backend):
    course = at_records(
        decay(),
        "ID,TIME,AMT,EVID,DV\n1,0,10,4,.\n1,2,.,0,1\n1,0,20,4,.\n1,2,.,0,1\n2,0,5,1,.\n2,2,.,0,1\n",
        backend,
    )
    expected = np.array([10.0, 20.0, 5.0]) * np.exp(-2 * K)
    assert course["A"].values == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("backend", ENGINES)
def test_a_pending_event_is_dropped(backend):
    # A is above 6 from day 0 on, and the event would come on day 0.5
    text = "ID,TIME,AMT,EVID,DV\n1,0,10,1,.\n1,0.2,.,{evid},.\n1,2,.,0,1\n"
    late = [at_records(everything(), text.format(evid=evid), backend)["late"].values[-1]
            for evid in (2, 3)]  # fmt: skip
    assert late == [1.0, 0.0]


ROWS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 1.0, 2.5]),  # days since the row before
        st.sampled_from(["seen", "now", "infused", "lagged", "reset", "reset and dose"]),
    ),
    min_size=2,
    max_size=10,
)


@given(ROWS, st.booleans())
@settings(max_examples=30, deadline=None)
@pytest.mark.filterwarnings("ignore::livingdrug.data.readers.table.StudyTableWarning")
def test_what_follows_a_reset_is_what_a_new_person_has(rows, falls):
    """One person with resets, and one person for each stretch: the same numbers to the bit."""
    whole, apart, day, stretch = [], [], 0.0, 0
    for step, kind in rows:
        back = kind.startswith("reset")
        day = 0.0 if back and falls else day + step
        if back and not falls:  # a run ends at its last row; so that both end there
            whole.append(f"1,{day},.,0,now,2,.")
            apart.append(f"{stretch},{day},.,0,now,2,.")
        stretch += back
        evid = {"seen": 0, "reset": 3, "reset and dose": 4}.get(kind, 1)
        amount = 0 if kind in {"seen", "reset"} else 10
        rest = f"{amount or '.'},{1.5 if kind == 'infused' else 0},"
        rest += f"{'d' if kind == 'lagged' else 'now'}"
        dv = 1 if kind == "seen" else "."
        whole.append(f"1,{day},{rest},{evid},{dv}")
        # a person of its own begins with the same row, which is a reset of nothing
        apart.append(f"{stretch},{day},{rest},{evid},{dv}")
    head = "ID,TIME,AMT,DUR,DOSE,EVID,DV"
    texts = ["\n".join([head, *lines]) + "\n" for lines in (whole, apart)]
    try:
        one, many = (at_records(everything(), text, "native") for text in texts)
    except NotImplementedError as error:
        assert "between two doses" in str(error)  # noqa: PT017
        return
    for name in ("A", "N", "late"):
        np.testing.assert_array_equal(one[name].values, many[name].values)


def cohort_of(text, model):
    return cohort_from_table(model, read(text))


TWICE = "ID,TIME,AMT,EVID,DV\n1,0,10,1,.\n1,2,20,4,.\n1,4,.,0,1\n2,0,10,1,.\n2,4,.,0,1\n"


@pytest.mark.parametrize("backend", ENGINES)
def test_a_course_over_days_passes_through_the_resets(backend):
    model = decay()
    cohort = cohort_of(TWICE, model)
    days = [0.0, 1.0, 2.0, 3.0]
    right = simulate(model, cohort, times=days, backend=backend)["A"].values
    left = simulate(model, cohort, times=days, side="left", backend=backend)["A"].values
    falling = np.exp(-K * np.array([0.0, 1.0, 2.0, 3.0]))
    assert right[0] == pytest.approx([10, 10 * falling[1], 20, 20 * falling[1]], rel=1e-5)
    assert left[0] == pytest.approx([0, *(10 * falling[1:3]), 20 * falling[1]], rel=1e-5)
    assert right[1] == pytest.approx(10 * falling, rel=1e-5)
    # the neighbour of somebody who is set back is not touched
    alone = simulate(model, cohort_of(TWICE[TWICE.index("2,0,10") :].join(
        ["ID,TIME,AMT,EVID,DV\n", ""]), model), times=days, backend=backend)  # fmt: skip
    np.testing.assert_array_equal(right[1], alone["A"].values[0])


def test_a_failure_after_a_reset_is_a_failure_of_the_person():
    m = ModelBuilder("bursts", dimensions="off")
    m.species("A", initial=1.0, unit="mg")
    m.rate("A", "A * A")
    m.dose("now", "mg", {"A": "dose"})
    model = m.build()
    cohort = cohort_of("ID,TIME,AMT,EVID,DV\n1,0,.,0,1\n1,0.5,9,4,.\n1,2,.,0,1\n", model)
    with pytest.warns(match="subject 1"):
        course = simulate(model, cohort, times="records", max_steps=1000)
    assert course["status"].values[0] != 0
    assert np.isnan(course["A"].values).all()


def test_what_is_not_known_of_a_reset_is_refused_by_name():
    model = decay()
    cohort = cohort_of(TWICE, model)
    with pytest.raises(CapabilityError, match=r"subject 1: a reset, and a maximum .*own"):
        simulate(model, cohort, times=[0, 4], reduce={"top": Reduction("maximum", "A")})
    m = ModelBuilder("jumps", dimensions="off")
    m.species("A", initial=0.0, unit="cell", count_per_unit=1.0)
    m.parameter("k", K, "1/day")
    m.reaction("out", "A -> ", rate="k * A")
    m.dose("now", "mg", {"A": "dose"})
    jumps = m.build()
    with pytest.raises(CapabilityError, match="method 'ssa' starts nobody anew"):
        simulate(jumps, cohort_of(TWICE, jumps), times=[0, 4], method="ssa")
    falls = cohort_of(TWICE.replace("1,2,20,4", "1,0,20,4").replace("1,2,20", "1,0,20").replace(
        "1,0,10,1,.\n1,0,20", "1,0,10,1,.\n1,3,.,0,1\n1,0,20"), model)  # fmt: skip
    with pytest.raises(DataError, match=r"time falls at reset 1 to day 0.*times='records'"):
        simulate(model, falls, times=[0, 4])


def test_records_of_a_cohort_with_resets_say_where_they_stand():
    model = decay()
    cohort = cohort_of(TWICE, model)
    dose = {"subject": ["1"], "name": ["now"], "time": [3.0], "amount": [5.0], "unit": ["mg"],
            "duration": [0.0]}  # fmt: skip
    with pytest.raises(DataError, match="give the column 'resets'"):
        add_records(cohort, "dose", dose)
    more = add_records(cohort, "dose", {**dose, "resets": [1]})
    got = simulate(model, more, times="records")["A"].values[0]
    assert got == pytest.approx(20 * np.exp(-2 * K) + 5 * np.exp(-K), rel=1e-5)
    wrong = add_records(cohort, "dose", {**dose, "resets": [2]})
    with pytest.raises(DataError, match="2 resets before a record, and 1 resets"):
        simulate(model, wrong, times="records")


def test_a_steady_state_after_a_reset_is_that_of_the_closed_form():
    table = read(
        "ID,TIME,AMT,EVID,SS,II,DV\n1,0,50,1,.,.,.\n1,1,.,0,.,.,1\n1,2,10,4,1,0.5,.\n"
        "1,2.25,.,0,.,.,1\n"
    )
    model = decay()
    course = simulate(model, cohort_from_table(model, table, run_in=60), times="records")
    # after n doses the state differs from the steady one by exp(-n k tau), here 1e-9
    steady = 10 * np.exp(-K * 0.25) / -np.expm1(-K * 0.5)
    assert course["A"].values == pytest.approx([50 * np.exp(-K), steady], rel=1e-5)
    late = read("ID,TIME,AMT,EVID,SS,II,DV\n1,0,50,4,.,.,.\n1,1,10,1,1,0.5,.\n1,2,.,0,.,.,1\n")
    with pytest.raises(CapabilityError, match=r"row 3, column SS, subject 1.*first after a reset"):
        cohort_from_table(model, late, run_in=60)


def test_an_input_in_time_goes_on_through_a_reset():
    model = everything()
    cohort = cohort_of("ID,TIME,AMT,EVID,DV\n1,1,.,3,.\n1,3,.,0,1\n", model)
    cohort = add_records(
        cohort, "knot", {"subject": ["1", "1"], "input": ["u", "u"], "time": [0.0, 2.0],
                         "value": [1.0, 3.0]},
    )  # fmt: skip
    course = simulate(model, cohort, times="records")
    got = course["A"].values
    assert course["N"].values[0] == pytest.approx(0.3 + 10 + 10)  # 0.3 u at the reset; two visits
    after_one = 2 * np.exp(-K) + 1 / K * -np.expm1(-K)
    assert got == pytest.approx(after_one * np.exp(-K) + 3 / K * -np.expm1(-K), rel=1e-5)


@pytest.mark.parametrize("backend", ENGINES)
def test_lag_and_bioavailability_of_the_model_hold_for_a_table(backend):
    course = at_records(
        decay(),
        "ID,TIME,AMT,DUR,EVID,DOSE,ADDL,II,DV\n"
        "1,0,10,0,1,d,1,2,.\n"  # arrives on days 0.4 and 2.4
        "1,0.3,.,.,0,.,.,.,1\n1,1,.,.,0,.,.,.,1\n1,3,.,.,0,.,.,.,1\n"
        "2,0,10,1,1,d,.,.,.\n"  # infused from day 0.4 to 1.4
        "2,0.9,.,.,0,.,.,.,1\n2,3,.,.,0,.,.,.,1\n",
        backend,
    )
    one = F * 10 * np.exp(-K * 0.6)
    assert course["A"].values[:3] == pytest.approx(
        [0.0, one, one * np.exp(-K * 2) + one], rel=1e-5, abs=1e-12
    )
    full = F * 10 / K
    assert course["A"].values[3:] == pytest.approx(
        [full * -np.expm1(-K * 0.5), full * -np.expm1(-K) * np.exp(-K * 1.6)], rel=1e-5
    )


def test_amounts_in_another_unit_are_converted_and_one_that_does_not_fit_is_refused():
    model = decay()
    text = "ID,TIME,AMT,RATE,EVID,DV\n1,0,10,.,1,.\n1,1,.,.,0,1\n2,0,10,20,1,.\n2,1,.,.,0,1\n"
    milli = at_records(model, text, "native")["A"].values
    micro = at_records(model, text, "native", dose_unit="ug")["A"].values
    assert micro == pytest.approx(milli / 1000, rel=1e-5)
    with pytest.raises(DataError, match=r"table, row 2 and 1 more, column AMT, dose now: .*cell"):
        cohort_from_table(model, read(text, dose_unit="cell"))
    assert cohort_from_arrays(model, {}).sizes.get("reset", 0) == 0
