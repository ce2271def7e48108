"""People of a virtual trial and what is written down about them."""

import dataclasses
import math

import numpy as np
import pytest
import xarray as xr

import livingdrug as ld
from livingdrug.core.errors import DataError
from livingdrug.core.source import Origin
from livingdrug.model.regimen import Regimen
from livingdrug.records.index import load
from livingdrug.records.read import Number
from livingdrug.records.trial import Arm
from livingdrug.trial.people import draw_people
from livingdrug.trial.person_readouts import Follow, person_readouts, readout_times

ELIANA = load("trials", "eliana")
MODEL = ld.get_model("reference")


def follow(trial=ELIANA, response="leukemia", end=365.0, **options):
    return Follow(trial, response, options.pop("death_rate", 0.0), -5.0, end, **options)


def draw(trial, n=400, **options):
    return draw_people(MODEL, trial, Regimen(), n, seed=3, **options)


def test_doses_follow_weight_range_and_limit():
    found = draw(ELIANA)
    light = found.weight <= 50
    assert 0.5 < light.mean() < 0.95
    per_kg = found.dose[light] / found.weight[light]
    assert per_kg.min() >= 2e5
    assert per_kg.max() <= 5e6
    # the trial's own median, 3e6 per kg; 280 people, and a density of 0.25 / 3.2 / 0.84 there
    assert math.log(np.median(per_kg) / 3e6) == pytest.approx(0, abs=0.12)
    heavy = found.dose[~light]
    assert heavy.min() >= 1e7
    assert heavy.max() <= 2.5e8
    records = found.cohort
    assert set(records["dose_name"].values) == {"infusion"}
    assert np.array_equal(np.sort(records["dose_amount"].values), np.sort(found.dose))


def test_without_a_published_median_a_range_is_even_on_the_log_scale():
    found = draw(dataclasses.replace(ELIANA, readouts=""), n=1000)
    light = found.weight <= 50
    middle = np.median(found.dose[light] / found.weight[light])
    # a log range of 3.2 wide: the median of 700 people is known to 0.06
    assert math.log(middle / 1e6) == pytest.approx(0, abs=0.2)


def test_a_cap_and_parts_on_several_days_hold():
    arm = Arm(1.0, 2e6, "cell", per="kg", cap=1e8, days=(0.0, 3.0), fractions=(0.25, 0.75))
    found = draw(dataclasses.replace(ELIANA, arms=(arm,)), n=50)
    assert found.dose.max() == 1e8
    assert found.dose.min() < 1e8
    days, amounts = found.cohort["dose_time"].values, found.cohort["dose_amount"].values
    assert amounts[days == 3].sum() == pytest.approx(0.75 * found.dose.sum())


def test_arms_get_their_share_and_a_weight_without_an_arm_is_refused():
    arms = (Arm(0.2, 1e8, "cell"), Arm(0.8, 3e8, "cell"))
    doses = draw(dataclasses.replace(ELIANA, arms=arms), n=2000).dose
    assert (doses == 1e8).mean() == pytest.approx(0.2, abs=0.03)  # 3.4 standard errors
    only_light = dataclasses.replace(ELIANA, arms=(Arm(1.0, 1e8, "cell", up_to_weight=30.0),))
    with pytest.raises(DataError, match="no dose level holds for a weight of"):
        draw(only_light)


def test_a_person_is_the_same_in_every_arm_and_in_pieces():
    arms = (Arm(1.0, 1e8, "cell"),)
    first, other = draw(ELIANA, n=20), draw(dataclasses.replace(ELIANA, arms=arms), n=20)
    assert np.array_equal(first.weight, other.weight)
    for name in ("rho", "KE", "T0"):
        assert np.array_equal(first.cohort[name].values, other.cohort[name].values)
    part = draw(ELIANA, n=5, first_subject=15)
    assert np.array_equal(part.dose, first.dose[15:])


def test_times_hold_every_visit_and_beyond_the_record_its_last_interval():
    watched = follow(end=800.0)
    times = readout_times(watched)
    assert set(watched.visits) | set(watched.samples) <= set(times.tolist())
    assert watched.visits[-4:] == (549.0, 641.0, 733.0, 800.0)
    assert (np.diff(times[times <= 45]) <= 0.25 + 1e-9).all()


def course(tumour, *, cells=None, failed=(), lost=None):
    """People whose tumour is given as a function of the day."""
    times = readout_times(follow())
    n = len(tumour)
    whole = np.stack([np.vectorize(item)(times) for item in tumour]).astype(float)
    away = (
        np.zeros_like(whole) if lost is None else np.stack([np.vectorize(i)(times) for i in lost])
    )
    flat = np.ones_like(whole)
    blood = flat if cells is None else np.stack([np.vectorize(c)(times) for c in cells])
    dims = ("subject", "time")
    return xr.Dataset(
        {
            "TP": (dims, whole - away),
            "TN": (dims, away),
            "car_cells_blood": (dims, blood),
            "t_cells_blood": (dims, 100 * flat),
            "status": ("subject", np.isin(np.arange(n), failed).astype(int)),
        },
        {"subject": np.arange(n), "time": ("time", times, {"units": "day"})},
    )


def readouts(made, watched=None, wait=0.0, **more):
    n = made.sizes["subject"]
    return person_readouts(
        made, watched or follow(), seed=1, capacity=np.full(n, 1.2e12), dose=np.full(n, 1e8),
        wait=np.full(n, wait), more=more,
    )  # fmt: skip


FULL, GONE = 6e11, 1e5


def cured(day):
    return FULL if day < 20 else GONE


def relapsed(day):
    return FULL if day < 20 or day > 200 else GONE


def never(day):
    return FULL


def test_response_relapse_and_failure_are_read_at_the_visits():
    found = readouts(course([cured, relapsed, never], lost=[lambda d: 0, relapsed, lambda d: 0]))
    assert found["complete"].values.tolist() == [True, True, False]
    assert found["residual_negative"].values.tolist() == [True, True, False]
    # seen at the visit after day 200
    assert found["failure_day"].values.tolist() == [math.inf, 273.0, 91.0]
    assert found["response_duration"].values[1] == 273 - 28
    assert np.isnan(found["response_duration"].values[2])
    assert found["relapse"].values.tolist() == [False, True, False]
    assert found["antigen_negative"].values.tolist() == [False, True, False]


def test_a_late_response_counts_for_nothing_where_the_trial_says_by_when():
    def late(day):
        return FULL if day < 150 else GONE

    found = readouts(course([late]))
    assert not found["complete"].item()
    assert found["failure_day"].item() == 91.0
    patient = dataclasses.replace(ELIANA, best_by=365.0)
    assert readouts(course([late]), follow(patient))["complete"].item()


def test_time_from_enrolment_holds_the_wait():
    trial = dataclasses.replace(ELIANA, endpoint_origin="enrolment")
    found = readouts(course([relapsed]), follow(trial), wait=40.0)
    assert found["event_day"].item() == 273 + 40


def test_death_without_relapse_has_the_stated_hazard_and_ends_what_follows():
    n = 2000
    found = readouts(course([relapsed] * n), follow(death_rate=0.002))
    before = found["death_day"].values <= 273
    assert before.mean() == pytest.approx(1 - math.exp(-0.002 * 273), abs=0.035)
    assert np.array_equal(found["event_day"].values[before], found["death_day"].values[before])
    assert (found["event_day"].values[~before] == 273).all()
    assert (readouts(course([relapsed]))["death_day"].values == math.inf).all()


def test_who_could_not_be_simulated_is_left_out_and_counted():
    found = readouts(course([cured, cured, never], failed=[1]), grade=np.array([1, 2, 3]))
    assert found["subject"].values.tolist() == [0, 2]
    assert found["grade"].values.tolist() == [1, 3]
    assert found.attrs["not_simulated"] == 1
    with pytest.raises(DataError, match="no person"):
        readouts(course([cured], failed=[0]))


def test_endpoints_come_from_samples_with_the_assay_of_the_trial():
    def peak(day):
        return 80.0 * math.exp(-abs(day - 9) * 0.3) if day >= 0 else 0.0

    quiet = Number(0.0, "1", Origin.ASSUMED)
    assay = dataclasses.replace(ELIANA.assay, residual=quiet, method="flow", lloq=0.1)
    made = course([cured], cells=[peak])
    found = readouts(made, follow(dataclasses.replace(ELIANA, assay=assay)))
    assert found["tmax"].item() in (7.0, 11.0)  # the visits on both sides of day 9
    assert found["cmax"].item() == pytest.approx(80 * math.exp(-0.6))
    assert found["car_day_28"].item() == pytest.approx(80 * math.exp(-0.3 * 19))
    assert found["car_day_91"].item() == 0.05  # below the limit counts as half of it
    pcr = dataclasses.replace(ELIANA.assay, residual=quiet)
    copies = readouts(made, follow(dataclasses.replace(ELIANA, assay=pcr), copies_per_cell=2.0))
    cells = 80 * math.exp(-0.6)
    assert copies["cmax"].item() == pytest.approx(3e5 * cells / (cells + 100 + 200), rel=1e-6)


def test_lymphoma_has_no_marrow_to_look_for_residual_disease():
    found = readouts(course([cured]), follow(response="lymphoma"))
    assert "residual_negative" not in found
    assert "marrow" in found.attrs["no_residual_negative"]
    # an event is progression: who only does not respond has none
    assert readouts(course([never]), follow(response="lymphoma"))["failure_day"].item() == math.inf
