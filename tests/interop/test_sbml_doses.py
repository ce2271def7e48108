"""A regimen inside an SBML file: libRoadRunner and our own reader give it as `simulate` does."""

from __future__ import annotations

import dataclasses
import math
import re

import libsbml
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livingdrug as ld
from livingdrug.catalogue.index import get_entry
from livingdrug.cohort.one_subject import one_subject
from livingdrug.compare.handles import reference_regimen
from livingdrug.core.errors import CapabilityError, DataError
from livingdrug.interop.sbml.write.write import sbml_text
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.checks import check_model
from livingdrug.model.regimen import Dose, Regimen

VARIANTS = [(i, v) for i in ld.list_models() for v in get_entry(i).published.variants]
MODELS = [(i, next(iter(get_entry(i).published.variants))) for i in ld.list_models()]
BODY = {"weight": 70.0, "body_surface_area": 1.8}
SETTINGS = ((1e-10, True), (1e-9, True), (1e-9, False))
"""Relative tolerance and whether CVODE is stiff (BDF with Newton) or not (Adams), in the order in
which they are tried: of four variants Newton's iteration fails at any tolerance, as far as the
trial goes, and at 1e-10 CVODE stands still behind the thresholds of two."""


def case(model_id, variant):
    """A model, the doses that it is used with, and times on the clock of its file."""
    model = dataclasses.replace(ld.get_model(model_id, variant), status="reproduced")
    regimen = reference_regimen(model, get_entry(model_id))
    doses = regimen.doses if regimen else ()
    values = BODY if any(dose.per for dose in doses) else {}
    subject = one_subject(model, regimen, values)
    last = max((dose.time + dose.duration + 7.0 for dose in doses), default=0.0)
    end = math.ceil(max(28.0, last)) - subject.start
    return model, regimen, values, subject, np.linspace(0.0, end, 2 * int(end) + 1)


def ours(model, subject, times):
    days = (times + subject.start).tolist()
    return ld.simulate(model, subject.cohort, times=days, rtol=1e-9, on_failure="raise")


def distance(mine, theirs):
    """Largest difference relative to the value and a thousandth of the largest."""
    floor = 1e-3 * max(np.abs(mine).max(), 1e-9)
    return float((np.abs(mine - theirs) / (np.abs(mine) + floor)).max())


def roadrunner_course(text, model, times):
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is in the bench extra")
    roadrunner.Logger.disableLogging()
    species = [item for item in model.species if not item.constant]
    shown = [f"[{s.name}]" if s.is_concentration else s.name for s in species]
    peer = roadrunner.RoadRunner(text)
    peer.timeCourseSelections = ["time", *shown]
    peer.integrator.absolute_tolerance = 1e-12
    for rtol, stiff in SETTINGS:
        peer.reset(roadrunner.SelectionRecord.ALL)
        peer.integrator.relative_tolerance = rtol
        peer.integrator.setValue("stiff", stiff)
        try:
            table = np.array(peer.simulate(times[0], times[-1], len(times)))
        except RuntimeError as error:
            failure = error
            continue
        assert table[:, 0] == pytest.approx(times)
        return {item.name: table[:, place + 1] for place, item in enumerate(species)}
    raise failure


@pytest.mark.parametrize(("model_id", "variant"), VARIANTS)
def test_libroadrunner_gives_the_doses_and_comes_to_the_same_answer(model_id, variant):
    model, regimen, values, subject, times = case(model_id, variant)
    course = ours(model, subject, times)
    text = sbml_text(model, regimen=regimen, values=values)
    theirs = roadrunner_course(text, model, times)
    seen = [name for name in theirs if name in course]
    assert any(np.ptp(course[name].values) > 0.0 for name in seen)  # nothing is at rest
    for name in seen:
        # at 1e-10, CVODE's global error is ten to some thousand times its tolerance, most where
        # doses and thresholds come in between; times of doses are among the times
        assert distance(course[name].values[0], theirs[name]) < 2e-5, name


@pytest.mark.parametrize(("model_id", "variant"), MODELS)
def test_what_is_read_back_gives_the_doses_itself(model_id, variant, tmp_path):
    model, regimen, values, subject, times = case(model_id, variant)
    course = ours(model, subject, times)
    text = sbml_text(model, regimen=regimen, values=values)
    (tmp_path / "own.xml").write_text(text, encoding="utf-8")
    bare = re.sub(r"<annotation>.*?</annotation>", "", text, flags=re.S)
    (tmp_path / "bare.xml").write_text(bare, encoding="utf-8")
    units = {item.name: item.unit for item in subject.model.parameters}
    own, native = (ld.read_sbml(tmp_path / f"{name}.xml") for name in ("own", "bare"))
    assert own == dataclasses.replace(subject.model, status="")
    assert own.iiv == model.iiv
    assert check_model(own) == []
    document = libsbml.readSBMLFromString(text)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    assert native.math_hash != own.math_hash  # nothing of ours is left to read
    assert native.time_unit == model.time_unit
    kept = [item.name for item in native.parameters if item.unit == units.get(item.name)]
    assert len(kept) > 0.9 * len(units)  # blast percent and the like have no kind in SBML
    for back in (own, native):
        again = ld.simulate(back, times=times.tolist(), rtol=1e-9, on_failure="raise")
        for item in (s for s in model.species if s.name in again):
            # two ways of writing one model at 1e-9, over some hundred steps and a few jumps
            got = distance(course[item.name].values[0], again[item.name].values[0])
            assert got < 2e-6, item.name


def test_models_with_a_dose_of_their_own_are_given_it():
    without = {i for i, v in VARIANTS if case(i, v)[0].doses and case(i, v)[1] is None}
    assert without <= {"leontriana2020"}  # its sources infuse again in no read-out


def tablet(lag="t_lag", amount="bio * dose"):
    """One compartment of 2 L with absorption at once, a bioavailability and a lag."""
    m = ModelBuilder("tablet", dimensions="strict")
    m.compartment("plasma", 2.0, "L")
    m.species("C", initial=0.0, unit="mg/L", compartment="plasma")
    m.parameter("k", 0.5, "1/day")
    m.parameter("bio", 0.6, "1")
    m.parameter("t_lag", 0.25, "day")
    m.reaction("loss", "C ->", rate="k * C * plasma")
    m.dose("drug", "mg", {"C": f"{amount} / plasma"}, lag=lag)
    return m.build()


def superposed(doses, times):
    """The closed form of `tablet`: every dose by itself, after the lag."""
    total = np.zeros_like(times)
    for dose in doses:
        since = times - dose.time - 0.25
        if dose.duration == 0.0:
            level = np.where(since >= 0.0, np.exp(-0.5 * np.clip(since, 0.0, None)), 0.0)
        else:
            inside = np.clip(since, 0.0, dose.duration)
            after = np.clip(since - dose.duration, 0.0, None)
            level = (1.0 - np.exp(-0.5 * inside)) * np.exp(-0.5 * after) / (0.5 * dose.duration)
        total += 0.6 * dose.amount / 2.0 * level
    return total


MANY = (
    Dose("drug", 8.0), Dose("drug", 6.0, time=1.0, duration=2.0), Dose("drug", 4000.0, "ug", 2.0),
    Dose("drug", 2.0, time=2.0, duration=0.5), Dose("drug", 3.0, time=4.0, duration=0.5),
)  # fmt: skip


def test_libroadrunner_meets_the_closed_form_with_lag_and_bioavailability():
    times = np.linspace(0.0, 8.0, 65)
    doses = [dataclasses.replace(d, amount=d.amount * (1e-3 if d.unit else 1.0)) for d in MANY]
    text = sbml_text(tablet(), regimen=Regimen(MANY))
    found = roadrunner_course(text, tablet(), times)["C"]
    # doses come at 0.25, 1.25, ..., which are among the times: there, the value is that after it
    assert found == pytest.approx(superposed(doses, times), rel=1e-7, abs=1e-9)
    # two that overlap need two inflows; the one on day 4 takes the first again
    assert text.count('<parameter id="inflow') == 2


amounts = st.floats(0.0, 50.0)
quarters = st.integers(-8, 24).map(lambda n: n / 4)
spans = st.sampled_from([0.0, 0.0, 0.25, 1.0, 3.5])
doses_of_drug = st.builds(
    lambda amount, time, span: Dose("drug", amount, time=time, duration=span),
    amounts, quarters, spans,
)  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(doses=st.lists(doses_of_drug, min_size=1, max_size=6))
def test_any_regimen_written_into_the_model_meets_the_closed_form(doses):
    subject = one_subject(tablet(), Regimen(tuple(doses)))
    clock = np.linspace(0.0, 10.0 - subject.start, 41)
    course = ld.simulate(subject.model, times=clock.tolist(), rtol=1e-9)
    exact = superposed(doses, clock + subject.start)
    # global error of a linear decay at 1e-9, over some twenty pieces
    assert course["C"].values[0] == pytest.approx(exact, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("first", ["top_up", "reset"])
def test_doses_of_one_time_go_in_the_order_of_the_records(first):
    m = ModelBuilder("order", dimensions="off")
    m.species("A", initial=1.0, unit="mg")
    m.parameter("k", 0.0, "1/day")
    m.reaction("loss", "A ->", rate="k * A")
    m.dose("top_up", "mg", {"A": "dose"})
    m.dose("reset", "mg", {"A": "dose"}, mode="assign")
    m.event("double", {"A": "2 * A"}, at_time="2", priority="7")
    model = m.build()
    names = [first, "reset" if first == "top_up" else "top_up"]
    regimen = Regimen(tuple(Dose(name, 5.0, time=2.0) for name in names))
    expected = 2 * (5.0 if first == "top_up" else 10.0)  # and the model's own event after them
    times = np.linspace(0.0, 4.0, 5)
    found = roadrunner_course(sbml_text(model, regimen=regimen), model, times)
    assert found["A"].tolist() == [1.0, 1.0, expected, expected, expected]
    course = ld.simulate(one_subject(model, regimen).model, times=times.tolist())
    assert course["A"].values[0].tolist() == found["A"].tolist()


def crowded():
    """Doses that read and write the same states, among events of the model."""
    m = ModelBuilder("crowded", dimensions="off")
    m.compartment("plasma", 2.0, "L")
    m.species("C", initial=1.0, unit="mg/L", compartment="plasma")
    m.species("A", initial=4.0, unit="mg", extinct_below=0.5)
    m.species("B", initial=2.0, unit="mg")
    m.parameter("k", 0.3, "1/day")
    m.parameter("held", 1.0, "1")
    m.reaction("move", "A -> B", rate="k * A * held")
    m.reaction("take", "B -> C", rate="k * B")
    m.reaction("loss", "C ->", rate="k * C * plasma")
    m.dose("into_c", "mg", {"C": "dose * (1 + A) / (plasma * (2 + A))"})
    m.dose("into_both", "mg", {"A": "0.4 * dose", "B": "0.6 * dose * A / (1 + A)"})
    m.dose("wash", "1", {"A": "A * dose", "B": "B * dose"}, mode="assign", lag="k")
    m.dose("hold", "1", {"held": "dose"}, mode="assign")
    m.event("halve", {"C": "C / 2"}, at_time="2")
    m.event("low", {"B": "B + 3"}, when="B < 1")
    return m.build()


CROWDED = crowded()
any_dose = st.builds(
    lambda name, amount, day, span: Dose(
        name, amount, time=day, duration=span if name.startswith("into") else 0.0
    ),
    st.sampled_from([dose.name for dose in CROWDED.doses]),
    st.integers(0, 3000).map(lambda n: n / 1000),  # no denormals, which libSBML reads as nothing
    st.integers(0, 5).map(float), st.sampled_from([0.0, 1.0, 2.5]),
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(doses=st.lists(any_dose, min_size=1, max_size=8))
def test_doses_inside_the_model_do_what_a_regimen_does(doses):
    regimen = Regimen(tuple(doses))
    times = [0.0, 0.9, 1.0, 1.9, 2.0, 2.1, 2.9, 3.7, 5.0, 6.4, 8.0]
    cohort = ld.cohort_from_arrays(CROWDED, {}, regimen=regimen)
    mine = ld.simulate(CROWDED, cohort, times=times, rtol=1e-9, on_failure="raise")
    inside = one_subject(CROWDED, regimen).model
    theirs = ld.simulate(inside, times=times, rtol=1e-9, on_failure="raise")
    for name in ("A", "B", "C"):
        # global error at 1e-9 over some dozen pieces; days of doses are among the times
        assert theirs[name].values == pytest.approx(mine[name].values, rel=1e-6, abs=1e-9), name


@settings(deadline=None, max_examples=20)
@given(doses=st.lists(any_dose, min_size=1, max_size=8))
def test_libroadrunner_does_what_any_regimen_does(doses):
    regimen, times = Regimen(tuple(doses)), np.linspace(0.0, 8.0, 41)
    cohort = ld.cohort_from_arrays(CROWDED, {}, regimen=regimen)
    mine = ld.simulate(CROWDED, cohort, times=times, rtol=1e-9, on_failure="raise")
    theirs = roadrunner_course(sbml_text(CROWDED, regimen=regimen), CROWDED, times)
    for name in ("A", "B", "C"):
        # CVODE at 1e-10, whose global error is some thousand times that
        assert theirs[name] == pytest.approx(mine[name].values[0], rel=1e-5, abs=1e-6), name


def test_a_dose_that_jumps_below_a_threshold_is_no_extinction():
    m = ModelBuilder("jump", dimensions="off")
    m.species("A", initial=4.0, unit="mg", extinct_below=0.5)
    m.parameter("k", 0.01, "1/day")
    m.reaction("loss", "A ->", rate="k * A")
    m.dose("wash", "1", {"A": "A * dose"}, mode="assign")
    m.dose("more", "mg", {"A": "dose"})
    model = m.build()
    doses = (Dose("wash", 0.1, time=1.0), Dose("more", 0.2, time=3.0))
    times = np.linspace(0.0, 30.0, 31)
    found = roadrunner_course(sbml_text(model, regimen=Regimen(doses)), model, times)["A"]
    low = 0.4 * np.exp(-0.01 * times[2])
    assert found[2] == pytest.approx(low, rel=1e-7)  # below the threshold, and left there
    end = 3.0 + math.log((0.4 * math.exp(-0.03) + 0.2) / 0.5) / 0.01
    assert ((found > 0.0) == (times < end)).all()  # lifted above it, it falls through it


def test_an_infusion_into_a_rate_and_a_clock_that_starts_before_day_0(tmp_path):
    m = ModelBuilder("rates", dimensions="off")
    m.species("A", initial=0.0, unit="mg")
    m.rate("A", "-k * A * (1 + time / 100)")
    m.parameter("k", 0.5, "1/day")
    m.dose("drug", "mg", {"A": "dose"})
    m.event("late", {"A": "A / 2"}, at_time="3")
    model = m.build()
    regimen = Regimen((Dose("drug", 4.0, time=-2.0, duration=1.0), Dose("drug", 1.0, time=0.5)))
    subject = one_subject(model, regimen)
    assert subject.start == -2.0
    assert "time 0 is day -2 of the regimen" in subject.model.notice
    times = np.linspace(0.0, 8.0, 33)
    course = ours(model, subject, times)
    text = sbml_text(model, regimen=regimen)
    theirs = roadrunner_course(text, model, times)
    assert distance(course["A"].values[0], theirs["A"]) < 1e-7
    (tmp_path / "m.xml").write_text(text, encoding="utf-8")
    back = ld.simulate(ld.read_sbml(tmp_path / "m.xml"), times=times.tolist(), rtol=1e-9)
    assert distance(course["A"].values[0], back["A"].values[0]) < 1e-7


def test_a_subject_with_covariates_has_its_own_values_and_amounts():
    model = ld.get_model("frey2010")
    regimen = Regimen((Dose("tocilizumab", 8.0, "mg", per="kg", cap=500.0, duration=1 / 24),))
    subject = one_subject(model, regimen, {"weight": 80.0})
    assert [dose.amount for dose in subject.doses] == [500.0]  # 640 mg, capped
    assert subject.model.parameter("amount_1_tocilizumab").value == 500.0
    applied = [e.covariate for e in subject.model.covariate_effects]
    assert "weight" not in applied


def test_doses_that_cannot_be_given_are_refused_together(tmp_path):
    model = ld.get_model("reference")
    switch = Regimen((Dose("safety_switch", 0.1, duration=1.0), Dose("pd1_block", 0.5, duration=1)))
    with pytest.raises(CapabilityError) as caught:
        ld.write_sbml(model, tmp_path / "m.xml", regimen=switch)
    text = str(caught.value)
    assert "dose 1 of the regimen (safety_switch)" in text
    assert "assigns 'tme_left' rather than adding to it" in text
    weight = Regimen((Dose("infusion", 1e6, "cell", per="kg"), Dose("infusion", 1.0, "mg")))
    with pytest.raises(DataError) as caught:
        ld.write_sbml(model, tmp_path / "m.xml", regimen=weight)
    assert len(caught.value.issues) == 2
    with pytest.raises(CapabilityError, match="a lag that changes in time"):
        ld.write_sbml(
            tablet(lag="t_lag + time"), tmp_path / "m.xml", regimen=Regimen((Dose("drug", 1.0),))
        )
    hours = dataclasses.replace(tablet(), time_unit="hour")
    with pytest.raises(DataError, match="counts time in 'hour'"):
        ld.write_sbml(hours, tmp_path / "m.xml", regimen=Regimen((Dose("drug", 1.0),)))
    assert not list(tmp_path.iterdir())


def test_a_dose_before_day_0_needs_a_model_that_has_a_day_before_it(tmp_path):
    model = ld.get_model("kimmel2021")
    assert model.dose_stand_in is not None
    with pytest.raises(DataError):
        ld.write_sbml(model, tmp_path / "m.xml", regimen=Regimen((Dose("infusion", 1.0),)))
