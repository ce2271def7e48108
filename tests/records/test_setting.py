"""Records brought together: precedence, contradictions, and the values of the reference runs."""

from __future__ import annotations

import warnings

import pytest

from livingdrug.catalogue.index import get_model
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.regimen import add_regimen
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import DataError, DraftModelWarning
from livingdrug.core.source import Origin
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.records.read import Number
from livingdrug.records.setting import apply, resolve
from livingdrug.solve.simulate import simulate

MODEL = get_model("reference")


def values(**options):
    setting = resolve(MODEL, **options)
    return setting, {item.name: item.value for item in apply(setting, MODEL).parameters}


ALL = {"product": "car_t_cd19_41bb", "disease": "b_all"}
LBCL = {"product": "car_t_cd19_cd28", "disease": "lbcl"}
NK = {"product": "car_nk_il15", "disease": "cll"}


def test_the_typical_product_in_leukaemia_is_the_model_itself():
    _, got = values(**ALL)
    assert got == {item.name: item.value for item in MODEL.parameters}


def test_record_b_of_the_page_comes_out():
    _, got = values(**LBCL)
    expected = {
        "rho": 1.55, "alpha": 0.22, "eps": 0.0006, "beta": 0.012, "r": 0.05, "KT": 5e12,
        "kap": 1.2, "h": 6e8, "psi": 0.9, "kin": 0.03, "kout": 0.15, "tme": 0.4, "T0": 8e10,
    }  # fmt: skip
    assert {name: got[name] for name in expected} == expected
    unchanged = {item.name: item.value for item in MODEL.parameters if item.name not in expected}
    assert {name: got[name] for name in unchanged} == unchanged


def test_record_c_of_the_page_comes_out():
    _, got = values(**NK)
    expected = {
        "rho": 0.5, "keng": 0.4, "kloss": 0.6, "alpha": 0.005, "eps": 0.0, "beta": 0.0,
        "rre": 0.0, "gam": 0.5, "h": 5e8, "nkd": 1.0, "K15s": 0.3, "fI": 0.1, "pI": 2e-9,
        "Gm": 6.5, "mmT": 0.03, "r": 0.03, "KT": 5e12, "a15": 15.0, "T0": 6e10,
    }  # fmt: skip
    assert {name: got[name] for name in expected} == expected
    unchanged = {item.name: item.value for item in MODEL.parameters if item.name not in expected}
    assert {name: got[name] for name in unchanged} == unchanged


def test_later_records_override_earlier_ones_and_say_so():
    setting, got = values(
        **LBCL, more={"kap": Number(0.6, "1")}, more_from="trial x", values={"h": 7e8}
    )
    assert (got["kap"], got["h"]) == (0.6, 7e8)
    assert setting.choices["kap"].record == "trial x"
    assert setting.choices["h"].record == "user"
    assert setting.choices["T0"].record == "disease lbcl"
    assert setting.choices["T0"].sd == 1.1
    applied = apply(setting, MODEL)
    assert dict(applied.iiv)["T0"].scale == 1.1
    assert next(p for p in applied.parameters if p.name == "rho").at.startswith("product")


def test_a_choice_keeps_what_it_overrides():
    setting, got = values(
        product="ucart19", disease="b_all", edits=("b2m_ko", "hla_e"), values={"mmN": 0.5}
    )
    choice = setting.choices["mmN"]
    assert got["mmN"] == choice.value == 0.5
    assert choice.at == "given with the command or call"
    said = [(item.record, item.value) for item in choice.instead_of]
    assert said == [("edit hla_e", 0.2), ("edit b2m_ko", 1.0), ("product ucart19", 0.0)]
    # what a factor multiplied stands beside it
    assert "0.1 times the 1 of product ucart19" in setting.choices["mmT"].at
    assert setting.choices["rho"].instead_of == ()


def test_origins_are_never_better_than_those_of_the_model():
    """A number that the model only sets near a source is not a literature value in a record."""
    assumed = {item.name for item in MODEL.parameters if item.origin is Origin.ASSUMED}
    choices = resolve(MODEL, **ALL).choices
    assert {name for name in choices if choices[name].origin is not Origin.ASSUMED} == {
        "alpha", "beta", "eps",
    }  # fmt: skip
    assert not {"alpha", "beta", "eps"} & assumed


def test_a_dose_in_mg_makes_a_step_in_proportion():
    def steps(record):
        doses = resolve(MODEL, **ALL, lymphodepletion=record).depletion.doses
        return [(dose.name, dose.time, dose.amount, dose.unit, dose.per) for dose in doses]

    # the steps and days of the reference runs
    assert steps("flu_cy") == [
        step
        for day in (-5.0, -4.0, -3.0)
        for step in (
            ("fludarabine", day, 0.7, "mg/L", ""),
            ("cyclophosphamide", day + 0.02, 27.0, "mg/L", ""),
        )
    ]
    amounts = {name: amount for name, _, amount, *_ in steps("flu_cy_250")}
    assert amounts["fludarabine"] == pytest.approx(0.7 * 25 / 30, rel=1e-12)
    assert amounts["cyclophosphamide"] == pytest.approx(27.0 / 2, rel=1e-12)


REFERENCE_RUNS = {
    # state after 28 days. Run C was made with krej 0.6, which its list of values leaves out: see
    # the deviations of the model
    "B": (LBCL, 1.5e8, {"ES": 6.85068e8, "M": 1.32582e8, "TP": 45462.0, "B": 2.14468e7}),
    "C": (
        {**NK, "values": {"krej": 0.6}},
        1e8,
        {"ES": 3.52135e10, "X": 1.53438e9, "TP": 2.51682e9, "R": 3.98413e6},
    ),
}


@pytest.mark.parametrize("run", REFERENCE_RUNS)
def test_a_reference_run_comes_out_of_records(run):
    options, dose, expected = REFERENCE_RUNS[run]
    setting = resolve(MODEL, **options)
    model = apply(setting, MODEL)
    # the first dose of fludarabine, on day -5, is the start
    regimen = Regimen((*setting.depletion.doses, Dose("infusion", dose, "cell")))
    cohort = add_regimen(cohort_from_arrays(model, {}), model, regimen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DraftModelWarning)
        course = simulate(model, cohort, times=[-5.0, 28.0], rtol=1e-10)
    got = {name: float(course[name].values.squeeze()[-1]) for name in expected}
    # six digits are printed: the last may be off by half, at most 5e-6 of a number
    assert got == pytest.approx(expected, rel=6e-6)


def test_a_setting_is_applied_only_to_a_model_that_has_its_parameters():
    other = get_model("kimmel2021")
    with pytest.raises(DataError, match=r"disease b_all, model kimmel2021: unknown parameter 'T0'"):
        apply(resolve(MODEL, **ALL), other)


def test_edits_multiply_what_the_product_says():
    _, got = values(
        product="ucart19",
        disease="b_all",
        edits=("b2m_ko", "hla_e", "ciita_ko"),
        lymphodepletion="flu_cy_alemtuzumab",
    )
    assert got["mmT"] == pytest.approx(0.1)
    assert got["mmN"] == pytest.approx(0.2)
    assert got["fpre"] == pytest.approx(3e-4)
    assert got["cd52"] == 0.0


def test_alemtuzumab_hits_cells_that_have_cd52():
    _, got = values(product="car_nk", disease="cll", lymphodepletion="flu_cy_alemtuzumab")
    assert got["cd52"] == 1.0


def test_lymphodepletion_stands_before_the_cells_in_the_order_of_days():
    setting, _ = values(**ALL)
    days = [dose.time for dose in setting.depletion.doses]
    assert days == sorted(days)
    assert max(days) < 0
    assert resolve(MODEL, **ALL, lymphodepletion="none").depletion.doses == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"product": "car_nk", "disease": "myeloma"}, "target CD19 is not on the cells of myeloma"),
        ({**NK, "edits": ("trac_ko",)}, "makes no sense in CAR-NK cells"),
        ({**ALL, "edits": ("b2m_ko",)}, "makes no sense in autologous cells"),
        ({**NK, "edits": ("hla_e",)}, "means nothing without 'b2m_ko'"),
        ({**ALL, "treatments": ("siltuximab",)}, "no equation for siltuximab"),
        ({**ALL, "treatments": ("anakinra",)}, "no equation for anakinra"),
        ({**ALL, "values": {"rhoo": 1.0}}, "unknown parameter 'rhoo'"),
        ({**ALL, "values": {"gam": -1.0}}, "out of range"),
        ({**ALL, "more": {"gam": Number(1.0, "mg")}}, "the model has it in 1/day"),
    ],
)
def test_contradictions_are_refused(options, words):
    with pytest.raises(DataError, match=words):
        resolve(MODEL, **options)


def test_everything_wrong_is_listed_at_once():
    with pytest.raises(DataError, match="3 problems"):
        resolve(
            MODEL, product="car_nk", disease="myeloma", edits=("trac_ko",), values={"gam": -1.0}
        )


def test_a_dose_in_the_wrong_unit_is_refused(tmp_path):
    file = tmp_path / "ld.toml"
    file.write_text(
        'title = "x"\n[[given]]\ndrug = "fludarabine"\namount = 30.0\nunit = "kg"\ndays = [-5.0]\n'
    )
    with pytest.raises(DataError, match="the model takes fludarabine in mg/L"):
        resolve(MODEL, **ALL, lymphodepletion=str(file))


def test_nobody_is_drawn_beyond_what_a_parameter_may_be():
    model = apply(resolve(MODEL, product="car_t_cldn18_2", disease="gastric_cldn18_2"), MODEL)
    drawn = draw_cohort(model, 2000, seed=1)["tme"].values
    # 0.65 exp(0.3 z) is above 1 in 8 of 100, and suppression of more than all is none
    assert drawn.max() == 1.0
    assert 0.05 < (drawn == 1.0).mean() < 0.11
