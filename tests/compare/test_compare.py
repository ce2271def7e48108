"""The same question to many models: who answers, with what, and who says that it cannot."""

from __future__ import annotations

import dataclasses
import math

import pytest

import livingdrug as ld
from livingdrug.catalogue.index import get_entry
from livingdrug.compare.compare import Answer
from livingdrug.compare.handles import car_variable, find_handle, tumor_name, usual_regimen
from livingdrug.core.errors import DraftModelWarning, OptionError, UnknownNameError
from livingdrug.model.model import Model


def ask(*models: object, **vary: list[float]) -> dict[tuple[str, str, str], Answer]:
    answers = ld.compare_models(models, vary=vary)
    return {(answer.model, answer.axis, answer.outcome): answer for answer in answers}


def counter(*, tumor: bool = True, dose: bool = True) -> Model:
    """Cells that grow in proportion to a tumour that nothing touches, and die."""
    m = ld.ModelBuilder("counter", organism="in silico", dimensions="strict")
    m.species("C", initial=0.0, unit="cell", term="car_t_tumor", at="chosen")
    m.parameter("start", 100.0, "cell", at="chosen")
    m.species("T", initial=0.0, unit="cell", term="tumor_burden" if tumor else "", at="chosen")
    m.initial("T", "3 * start")
    m.parameter("k", 0.01, "1/day", lower=0.0, at="chosen")
    m.parameter("loss", 0.5, "1/day", lower=0.0, at="chosen")
    m.reaction("make", "-> C", rate="k * T")
    m.reaction("die", "C ->", rate="loss * C")
    m.reaction("shrink", "T ->", rate="quantity(0.01, '1/day') * T")
    if dose:
        m.dose("infusion", "cell", {"C": "dose"}, typical=1.0, at="chosen")
    return m.build()


def test_elasticities_of_a_model_that_can_be_solved_by_hand() -> None:
    found = ask(counter(), tumor_burden=[1, 2, 4], dose=[1, 2, 4])
    peak = found["counter", "tumor_burden", "peak"]
    # cells are the sum of a part in proportion to the tumour and one infused cell, gone by then
    assert peak.elasticities == pytest.approx((1.0, 1.0), abs=0.01)
    assert peak.note == "parameter start, which sets the start of T"
    assert peak.quantity == "C"
    assert peak.unit == "cell"
    left = found["counter", "tumor_burden", "tumor_left_28d"]
    assert left.values == pytest.approx((math.exp(-0.28),) * 3, rel=1e-6)
    assert left.elasticities == (0.0, 0.0)
    # what is left of the infused cells at the peak, e^-2 or so of them
    assert found["counter", "dose", "peak"].elasticity == pytest.approx(0.0, abs=0.02)
    # nothing that the infused cells do reaches the tumour
    refused = found["counter", "dose", "tumor_nadir"]
    assert refused.reason == "the equations of T do not hold the dose"
    assert refused.values == ()
    assert math.isnan(refused.elasticity)


def test_what_a_model_lacks_is_said() -> None:
    found = ask(counter(tumor=False), tumor_burden=[1, 2], dose=[1, 2])
    assert (
        found["counter", "tumor_burden", "peak"].reason
        == "nothing in counter has the term of a tumour"
    )
    assert (
        found["counter", "dose", "tumor_nadir"].reason
        == "nothing in counter has the term of a tumour"
    )
    assert not found["counter", "dose", "peak"].reason
    found = ask(counter(dose=False), dose=[1, 2])
    assert found["counter", "dose", "peak"].reason == "counter infuses nothing"


def test_the_models_of_the_catalogue_answer_or_say_why_not() -> None:
    names = ["singh2021", "park2025", "kimmel2021", "stein2019", "muellerschoell2021"]
    found = ask(*names, tumor_burden=[0.2, 1, 5], dose=[0.1, 1, 10])
    burden = {name: found[name, "tumor_burden", "peak"] for name in names}
    dose = {name: found[name, "dose", "peak"] for name in names}
    assert burden["kimmel2021"].reason == "the equations of car_t_blood have no tumour term"
    assert not found["kimmel2021", "tumor_burden", "tumor_nadir"].reason
    assert burden["stein2019"].reason == "nothing in stein2019 has the term of a tumour"
    assert "it has b_cells_blood" in burden["park2025"].reason
    assert dose["stein2019"].reason.startswith("no dose: the kinetics start at Cmax / foldx")
    assert dose["muellerschoell2021"].reason.startswith("no dose: each phenotype starts")
    for name in ("singh2021", "muellerschoell2021"):
        assert burden[name].elasticity > 1
    for name in ("singh2021", "park2025", "kimmel2021"):
        assert not dose[name].reason
    assert abs(dose["singh2021"].elasticity) < 0.05 < dose["park2025"].elasticity
    assert "stands" not in dose["kimmel2021"].note
    assert dose["kimmel2021"].note.startswith("initial value of C: the infusion is the initial")


def test_peaks_are_those_that_the_entries_have_to_reproduce() -> None:
    entry = get_entry("singh2021")
    found = ask("singh2021", tumor_burden=[0.2, 1, 5], dose=[1 / 9, 1])
    # read-outs of the peak after day 1, at 450 million cells and at 50 million
    expected = {
        round(r.values["T0"] / 2.5e9, 6): r.equals
        for r in entry.readouts
        if r.take == "maximum" and r.of == "car_transgene" and r.doses[0].amount == 450e6
    }
    answer = found["singh2021", "tumor_burden", "peak"]
    some = [f for f in answer.factors if f in expected]
    assert 1.0 in some
    for factor, value in zip(answer.factors, answer.values, strict=True):
        if factor in expected:
            # the curve is read every 0.05 day
            assert value == pytest.approx(expected[factor], rel=2e-3)
    lower = {
        r.doses[0].amount: r.equals
        for r in entry.readouts
        if r.take == "maximum" and r.of == "car_transgene" and r.values["T0"] == 2.5e9
    }
    assert found["singh2021", "dose", "peak"].values[0] == pytest.approx(lower[50e6], rel=2e-3)


def test_another_term_can_be_turned() -> None:
    found = ask("park2025", b_cells_blood=[0.5, 1, 2])
    answer = found["park2025", "b_cells_blood", "peak"]
    assert answer.note == "parameter B0_blood, which sets the start of b_cells_blood"
    assert 0 < answer.elasticity < 0.5
    assert "nothing in park2025 has the term of il6_serum" in ask("park2025", il6_serum=[1, 2])[
        "park2025", "il6_serum", "peak"
    ].reason  # fmt: skip


@pytest.mark.filterwarnings("ignore::livingdrug.core.errors.DraftModelWarning")
def test_every_model_of_the_catalogue_can_be_asked() -> None:
    for name in ld.list_models():
        found = ask(name, tumor_burden=[0.5, 1], dose=[0.5, 1])
        assert len(found) == 10
        for answer in found.values():
            assert bool(answer.reason) != bool(answer.values), answer
            assert answer.reason or answer.note


def test_a_value_that_is_no_peak_or_no_value_is_marked() -> None:
    found = ask("carrgo_sahoo2020", dose=[1, 2])
    assert found["carrgo_sahoo2020", "dose", "peak"].caveats == (
        "factor 1: still rising on day 90", "factor 2: still rising on day 90",
    )  # fmt: skip
    found = ask("muellerschoell2021", tumor_burden=[0.2, 1])
    assert "no later peak" in found["muellerschoell2021", "tumor_burden", "peak"].caveats[0]
    broken = ask("kara2024_bystander", tumor_burden=[1, 5])
    answer = broken["kara2024_bystander", "tumor_burden", "peak"]
    assert math.isfinite(answer.values[0])
    assert math.isnan(answer.values[1])
    assert "factor 5 could not be simulated" in answer.caveats[0]
    # an extinct tumour has no logarithm
    gone = ask("barros2021", dose=[1, 2])["barros2021", "dose", "tumor_left_28d"]
    assert gone.values == (0.0, 0.0)
    assert math.isnan(gone.elasticity)


def test_handles_are_read_off_the_structure() -> None:
    assert car_variable(ld.get_model("barros2021")) == "car_t_cells"  # which has no term
    assert car_variable(ld.get_model("dwivedi2014")) == ""
    assert tumor_name(ld.get_model("singh2021")) == "tumor_burden"
    assert tumor_name(ld.get_model("park2025")) == ""
    handle = find_handle(ld.get_model("kara2024_bystander"), "tumor_burden", typical=True)
    assert handle.values == (("T_start", 50.0),)
    hosseini = find_handle(ld.get_model("hosseini2020"), "tumor_burden", typical=False)
    assert "computed" in hosseini.missing


def test_the_regimen_is_the_one_of_the_evidence() -> None:
    model, entry = ld.get_model("hardiansyah2019"), get_entry("hardiansyah2019")
    split = usual_regimen(model, entry)
    assert [dose.time for dose in split.doses] == [0.0, 1.0, 2.0]
    assert sum(dose.amount for dose in split.doses) == pytest.approx(1.1e9)
    single = usual_regimen(model, None)
    assert [dose.amount for dose in single.doses] == [1.1e9]
    assert usual_regimen(ld.get_model("stein2019"), get_entry("stein2019")) is None


def test_a_variant_and_a_model_may_be_named() -> None:
    found = ask("singh2021:no_seed", dose=[0.5, 1])
    assert found["singh2021", "dose", "peak"].variant == "no_seed"
    model = ld.get_model("singh2021")
    steeper = dataclasses.replace(
        model,
        parameters=tuple(
            dataclasses.replace(p, value=1.9) if p.name == "Kexp_max" else p
            for p in model.parameters
        ),
    )
    usual = ask(model, dose=[0.5, 1])["singh2021", "dose", "peak"].values[1]
    assert ask(steeper, dose=[0.5, 1])["singh2021", "dose", "peak"].values[1] > 1.5 * usual


@pytest.mark.parametrize(
    ("models", "vary", "days", "error", "message"),
    [
        (["singh2021"], {}, 90, OptionError, "nothing is turned"),
        ([], {"dose": [1, 2]}, 90, OptionError, "none is named"),
        (["singh2021"], {"dose": [1]}, 90, OptionError, "two or more different factors"),
        (["singh2021"], {"dose": [0, 1]}, 90, OptionError, "factors > 0"),
        (["singh2021"], {"dose": [1, math.inf]}, 90, OptionError, "factors > 0"),
        (["singh2021"], {"dose": [1, 2]}, 14, OptionError, "28 or more"),
        (["singh2021"], {"tumour": [1, 2]}, 90, OptionError, "did you mean 'tumor_burden'|'tumor"),
        (["sing2021"], {"dose": [1, 2]}, 90, UnknownNameError, "did you mean 'singh2021'"),
        (["das_carnk_cd33"], {"dose": [1, 2]}, 90, UnknownNameError, "get_function"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    models: list[str], vary: dict, days: float, error: type, message: str
) -> None:
    with pytest.raises(error, match=message):
        ld.compare_models(models, vary=vary, days=days)


def test_a_draft_warns_once_and_its_answers_say_so() -> None:
    draft = dataclasses.replace(ld.get_model("singh2021"), status="draft")
    with pytest.warns(DraftModelWarning, match="singh2021 is a draft") as caught:
        answers = ld.compare_models([draft], vary={"dose": [0.5, 1, 2]})
    assert len(caught) == 1
    assert answers[0].caveats == ("a draft: it has not been shown to reproduce its source",)
