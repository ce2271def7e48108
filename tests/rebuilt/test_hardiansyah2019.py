"""The rebuild of Hardiansyah 2019, against the printed reference values of its model card."""

import numpy as np
import pytest

from .car_t import hardiansyah2019 as rebuild

PATIENTS = {
    "upn1": rebuild.PARAMETERS,
    "upn3": rebuild.PARAMETERS | rebuild.VARIANTS["upn3"],
}
FIRST = PATIENTS["upn1"]


def _solve(patient, days, *, dose=1.0, burden=1.0):
    p = PATIENTS[patient]
    doses = rebuild.split(dose * rebuild.TOTAL[patient])
    course = rebuild.solve(p | {"B_0": burden * p["B_0"]}, days, doses)
    return course | {"blood": course["E"] + course["M"]}


REFERENCE = [  # patient, day, B E Et M Mt, IL6 IL10 IFNg
    ("upn1", 2.5, "3.3778205 1.6162129 40.531378 0.0010803106 0.024926996",
     "2045.9643 700.10097 530.50934"),
    ("upn1", 5, "1.1203213 2.2161512 98.2095 0.0044667206 0.1589317",
     "1332.664 431.27207 575.5219"),
    ("upn1", 14, "0.29249414 0.12502725 6.4393772 0.0073440486 0.3062466",
     "20.059209 10.445163 11.939547"),
    ("upn3", 5, "0.93123156 0.0014402227 0.051076986 1.1048665e-5 3.7177342e-4",
     "2.878586 5.0567893 6.0741407"),
    ("upn3", 20, "0.44677236 0.069875775 2.7348366 0.00103944 0.039126266",
     "48.702282 114.7562 119.27786"),
    ("upn3", 50, "0.0029985438 0.049493696 2.1051477 0.0063717492 0.26393577",
     "1.2333208 1.0561338 2.3520632"),
]  # fmt: skip


@pytest.mark.parametrize(("patient", "day", "cells", "cytokines"), REFERENCE)
def test_reference_course(patient, day, cells, cytokines):
    course = _solve(patient, [day])
    printed = [float(word) for word in (*cells.split(), *cytokines.split())]
    # seven printed digits at the fewest
    assert [course[name][0] for name in rebuild.STATES] == pytest.approx(printed, rel=5e-7)


def test_late_in_the_first_patient():
    course = _solve("upn1", [100.0, 50.0, 350.0])
    assert course["B"] == pytest.approx([0.31643651, 0.29065088, 0.48401824], rel=5e-8)
    assert course["M"][0] == pytest.approx(0.0036714349, rel=5e-8)
    assert course["Mt"][0] == pytest.approx(0.15389854, rel=5e-8)
    # effectors are nearly gone: four printed digits
    assert course["E"][0] == pytest.approx(6.568e-10, rel=2e-4)
    assert course["Et"][0] == pytest.approx(2.750e-8, rel=3e-4)
    cytokines = [course[name][0] for name in ("IL6", "IL10", "IFNg")]
    assert cytokines == pytest.approx([1.7, 4.5, 2.3], rel=1e-6)


@pytest.mark.parametrize(
    ("patient", "name", "height", "day", "rel"),
    [  # tolerance: the last printed digit
        ("upn1", "blood", 2.5497705, 3.827, 3e-8),
        ("upn1", "M", 7.3444906e-3, 13.79, 3e-8),
        ("upn1", "IL6", 2747.56, 3.249, 2e-6),
        ("upn1", "IL10", 915.306, 3.211, 1e-6),
        ("upn1", "IFNg", 828.42, 3.590, 7e-6),
        ("upn3", "blood", 0.096898672, 27.206, 3e-8),
        ("upn3", "M", 7.1838305e-3, 73.17, 3e-8),
        ("upn3", "IL6", 49.3097, 19.247, 2e-6),
        ("upn3", "IL10", 116.367, 19.209, 5e-6),
        ("upn3", "IFNg", 119.595, 19.640, 5e-6),
    ],
)
def test_peaks(patient, name, height, day, rel):
    days = day + np.linspace(-0.5, 0.5, 2001)
    values = _solve(patient, days)[name]
    assert values.max() == pytest.approx(height, rel=rel)
    assert days[values.argmax()] == pytest.approx(day, abs=0.01)
    everywhere = _solve(patient, np.linspace(0.0, 120.0, 1201))[name]
    assert everywhere.max() <= height * (1 + rel)


def test_peaks_move_with_the_burden_and_not_with_the_dose():
    days = np.linspace(0.0, 25.0, 10001)
    for burden, peak in ((0.5, 189.8), (1.5, 10715.8), (2.0, 29706.0)):
        got = _solve("upn1", days, burden=burden)["IL6"].max()
        assert got == pytest.approx(peak, rel=3e-4 if burden < 1 else 2e-5)
    for dose, peak in ((0.5, 2730.6), (2.0, 2787.9)):
        assert _solve("upn1", days, dose=dose)["IL6"].max() == pytest.approx(peak, rel=2e-5)
    for burden, peak in ((0.5, 0.679), (2.0, 33.64)):
        got = _solve("upn1", days, burden=burden)["blood"].max()
        assert got == pytest.approx(peak, rel=8e-4 if burden < 1 else 2e-4)


@pytest.mark.parametrize(("patient", "area"), [("upn1", 14.592), ("upn3", 1.0681)])
def test_area_of_blood_cells(patient, area):
    # the cells leave for the tissue within 1/80 day of an infusion
    early = np.concatenate([np.linspace(0.0, 0.25, 1001)[1:], np.linspace(0.26, 0.9999, 75)])
    grid = [day + step for day in range(3) for step in early]
    grid = np.unique([0.0, *grid, *np.linspace(3.0, 28.0, 2501)])
    values = _solve(patient, grid)["blood"]
    # the trapezium on this grid is good to 1e-5; card: five digits
    assert np.trapezoid(values, grid) == pytest.approx(area, rel=1e-4)


def test_without_cells_nothing_happens():
    course = rebuild.solve(FIRST, [0.0, 40.0], ())
    assert course["IL6"][1] == pytest.approx(1.7, rel=1e-12)
    assert course["IFNg"][1] == pytest.approx(2.3, rel=1e-12)
    assert course["B"][1] == pytest.approx(4.14 * np.exp(0.0017 * 40.0), rel=1e-9)


def test_late_memory():
    days = np.array([300.0, 320.0])
    course = _solve("upn1", days)
    # k_in / k_out, less the loss from blood over k_out, per mille
    assert course["Mt"][0] / course["M"][0] == pytest.approx(41.73, rel=6e-3)
    slope = np.log(course["M"][0] / course["M"][1]) / 20.0
    assert slope == pytest.approx(0.00836, rel=2e-2)
