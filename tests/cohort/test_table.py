"""Cohorts from tables: steady state, infusions of the model, resets."""

import numpy as np
import pytest

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.table import cohort_from_table, multiplies
from livingdrug.core.errors import CapabilityError, DataError, UnknownNameError
from livingdrug.data.readers.nonmem import read_nonmem
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.regimen import Regimen
from livingdrug.solve.simulate import simulate


def drug():
    """A drug that decays, with parameters for the rate and the duration of its infusion."""
    m = ModelBuilder("drug", dimensions="off")
    m.species("A", initial=0.0, unit="mg")
    for name, value, unit in (("k", 0.7, "1/day"), ("R1", 4.0, "mg/day"), ("D1", 6.0, "hour")):
        m.parameter(name, value, unit)
    m.reaction("out", "A -> ", rate="k * A")
    m.dose("d", "mg", {"A": "dose"})
    return m.build()


def cells():
    m = ModelBuilder("cells", dimensions="off")
    m.species("C", initial=0.0, unit="cell")
    m.parameter("r", 0.5, "1/day")
    m.reaction("divide", "C -> 2 C", rate="r * C")
    m.dose("product", "cell", {"C": "dose"})
    return m.build()


@pytest.fixture
def read(tmp_path):
    def call(text, **options):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding="utf-8")
        chosen = {"term": "x", "unit": "mg", "dose_names": "d", "dose_unit": "mg"}
        return read_nonmem(path, **{**chosen, **options})

    return call


def predicted(model, table, **options):
    cohort = cohort_from_table(model, table, **options)
    return simulate(model, cohort, times="records")["A"].values, cohort


def test_a_steady_state_is_that_of_the_closed_form(read):
    table = read("ID,TIME,AMT,EVID,SS,II,DV\n1,0,10,1,1,0.5,.\n1,0.25,.,0,.,.,3\n")
    got, cohort = predicted(drug(), table, run_in=60)
    k, tau = 0.7, 0.5
    # after n doses the state differs from the steady one by exp(-n k tau), here 1e-9
    assert got == pytest.approx(10 * np.exp(-k * 0.25) / (1 - np.exp(-k * tau)), rel=1e-5)
    assert "60 doses before" in cohort.attrs["assumed"]


def test_a_steady_state_without_a_number_of_doses(read):
    table = read("ID,TIME,AMT,SS,II,DV\n1,0,10,1,0.5,.\n1,1,.,.,.,3\n")
    with pytest.raises(CapabilityError, match=r"dose d: steady state \(SS 1\).*run_in"):
        cohort_from_table(drug(), table)


def test_cells_that_divide_have_no_steady_state(read):
    text = "ID,TIME,AMT,SS,II,DV\n1,0,10,1,7,.\n1,1,.,.,.,3\n"
    with pytest.raises(CapabilityError, match="row 2, column SS: a steady state of car_t, cells"):
        read(text, dose_names="car_t", dose_unit="cell")
    table = read(text, dose_names="product", dose_unit="cell")  # the model tells what it is
    assert multiplies(cells(), "product") == ("C",)
    with pytest.raises(CapabilityError, match=r"steady state \(SS\) of C, which multiplies"):
        cohort_from_table(cells(), table, run_in=10)


def test_rate_and_duration_of_the_model(read):
    text = "ID,TIME,AMT,RATE,DV\n1,0,10,{code},.\n1,1,.,.,3\n"
    k = 0.7
    at_rate, _ = predicted(drug(), read(text.format(code=-1)), rates={"d": "R1"})
    assert at_rate == pytest.approx(4 / k * (1 - np.exp(-k)), rel=1e-5)  # 10 mg last 2.5 days
    in_time, cohort = predicted(drug(), read(text.format(code=-2)), durations={"d": "D1"})
    amount = 40 / k * (1 - np.exp(-k / 4)) * np.exp(-k * 0.75)  # 10 mg in a quarter of a day
    assert in_time == pytest.approx(amount, rel=1e-5)
    assert "parameter D1" in cohort.attrs["assumed"]


def test_a_rate_that_no_parameter_is_named_for(read):
    table = read("ID,TIME,AMT,RATE,DV\n1,0,10,-2,.\n")
    with pytest.raises(CapabilityError, match="row 2, column RATE, dose d: RATE is -2"):
        cohort_from_table(drug(), table)
    with pytest.raises(CapabilityError, match="D2"):
        cohort_from_table(drug(), table, durations={"d": "D2"})
    with pytest.raises(CapabilityError, match="k"):
        cohort_from_table(drug(), table, durations={"d": "k"})


def test_an_unknown_dose(read):
    table = read("ID,TIME,AMT,CMT,DV\n1,0,10,3,.\n", dose_names={"3": "car_x"})
    with pytest.raises((DataError, UnknownNameError), match="car_x"):
        cohort_from_table(drug(), table)


@pytest.mark.parametrize(("unit", "factor"), [("mg", 1.0), ("ug", 1e-3), ("g", 1e3)])
def test_a_regimen_in_another_unit_is_converted_with_its_cap(unit, factor):
    model = drug()
    regimen = Regimen.infusion(2.0, unit, per="kg", cap=150.0, dose="d")
    cohort = cohort_from_arrays(model, {"weight": [50.0, 100.0]}, regimen=regimen)
    assert cohort["dose_amount"].values == pytest.approx([100 * factor, 150 * factor], rel=1e-12)
    got = simulate(model, cohort, times=[0])["A"].values[:, 0]
    assert got == pytest.approx([100 * factor, 150 * factor], rel=1e-12)
    with pytest.raises(DataError, match=r"regimen, dose d on day 0.*cell.*mg"):
        cohort_from_arrays(model, {}, regimen=Regimen.infusion(2.0, "cell", dose="d"))


# -- covariates -------------------------------------------------------------------------------


def following():
    """A drug whose loss is an input, and whose volume grows with weight."""
    m = ModelBuilder("following", dimensions="off")
    m.species("A", initial=0.0, unit="mg")
    m.input("CL", "1/day", default=0.0)
    m.parameter("V", 10.0, "L")
    m.covariate("WT", "kg", reference=70.0)
    m.covariate_effect("V", "WT", 1.0, form="power")
    m.rate("A", "-CL * A")
    m.assign("c", "A / V", "mg/L")
    m.dose("d", "mg", {"A": "dose"})
    return m.build()


ROWS = "1,0,8,1,.,0.5,35000\n1,1,.,0,2,0.5,35000\n1,2,.,0,2,0.25,35000\n1,4,.,0,2,0.25,35000\n"


@pytest.mark.parametrize(
    ("carry", "exponents"),
    [("forward", [0.0, 0.5, 1.0, 1.5]), ("backward", [0.0, 0.5, 0.75, 1.25])],
)
def test_covariates_in_time_are_inputs_by_the_rule_of_the_table(read, carry, exponents):
    table = read(
        "ID,TIME,AMT,EVID,DV,CL,WT\n" + ROWS,
        covariates={"CL": "1/day", "WT": "g"},
        carry=carry,
    )
    model = following()
    cohort = cohort_from_table(model, table)
    assert cohort["WT"].values.tolist() == [35.0]  # in the unit of the model
    course = simulate(model, cohort, times="records", rtol=1e-10)
    # half the weight is half the volume
    expected = 8.0 * np.exp(-np.array(exponents[1:])) / 5.0
    assert course["c"].values == pytest.approx(expected, rel=1e-7)


def test_covariates_of_other_names_are_named(read):
    text = "ID,TIME,AMT,EVID,DV,CRCL,BW,AGE\n1,0,8,1,.,0.5,35,9\n1,2,.,0,2,0.5,35,9\n"
    units = {"CRCL": "1/day", "BW": "kg", "AGE": "year"}
    table = read(text, covariates=units)
    cohort = cohort_from_table(following(), table, covariates={"CRCL": "CL", "BW": "WT"})
    assert cohort["WT"].values.tolist() == [35.0]
    assert cohort["knot_value"].values.tolist() == [0.5]  # one record for what does not change
    assert "covariate AGE of the table is not used" in cohort.attrs["assumed"]


def test_one_covariate_stands_for_a_quantity_of_the_model(read):
    text = "ID,TIME,AMT,EVID,DV,CL,WT,BW\n1,0,8,1,.,0.5,80,35\n1,2,.,0,2,0.5,80,35\n"
    table = read(text, covariates={"CL": "1/day", "WT": "kg", "BW": "kg"})
    cohort = cohort_from_table(following(), table, covariates={"BW": "WT"})
    assert cohort["WT"].values.tolist() == [35.0]  # what was said, not what is called the same
    assert "covariate WT of the table is not used" in cohort.attrs["assumed"]
    for twice in ({"BW": "WT", "WT": "WT"}, {"BW": "CL", "CL": "CL"}):
        with pytest.raises(CapabilityError, match=r"stands for .* of the model already"):
            cohort_from_table(following(), table, covariates=twice)


def test_what_covariates_cannot_be_is_refused_together(read):
    text = (
        "ID,TIME,AMT,EVID,DV,CL,WT,X\n1,0,8,1,.,0.5,35,1\n1,2,.,0,2,0.4,36,1\n2,0,8,1,.,0.5,.,1\n"
    )
    table = read(text, covariates={"CL": "mg", "WT": "kg", "X": "1"}, carry="none")
    with pytest.raises(CapabilityError) as caught:
        cohort_from_table(following(), table, covariates={"X": "weigth", "Y": "WT"})
    for part in (
        "table, column WT, subject 1: changes at day 2",
        "table, column WT, subject 2: has no value",
        "column CL, input CL: no rule says what holds between values",
        "table, column CL: ",
        "'weigth'",
        "unknown covariate of the table 'Y'",
    ):
        assert part in str(caught.value)


def test_an_input_of_lines_does_not_follow_steps(read):
    m = ModelBuilder("lines", dimensions="off")
    m.species("A", initial=0.0, unit="mg")
    m.input("CL", "1/day", default=0.0, interpolation="linear")
    m.rate("A", "-CL * A")
    m.dose("d", "mg", {"A": "dose"})
    table = read("ID,TIME,AMT,EVID,DV,CL\n1,0,8,1,.,1\n1,2,.,0,2,1\n", covariates={"CL": "1/day"})
    with pytest.raises(CapabilityError, match="draws lines between values"):
        cohort_from_table(m.build(), table)
