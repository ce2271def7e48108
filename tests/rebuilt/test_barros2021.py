"""The rebuild of Barros 2021, against the printed reference values of its model card."""

import numpy as np
import pytest
from scipy.optimize import fsolve

from .car_t import barros2021 as rebuild
from .compare import Given

HDLM2 = rebuild.PARAMETERS
RAJI = {name: HDLM2 | change for name, change in rebuild.VARIANTS.items()}


def _cells(*doses):
    return [Given("infusion", amount, day) for amount, day in doses]


REFERENCE = [  # 2e6 cells on day 42: day, CT, CM, T; printed digits differ
    (42.5, 1775061.1, 31376.93, 737689.57),
    (43, 1726596.1, 127988.91, 29191.155),
    (45, 1460363, 597068.5, 0.23880766),
    (50, 954741.31, 1462761.7, 0),
    (55, 624181.02, 2002247.8, 0),
    (75, 114027.59, 2656873.9, 0),
    (200, 2.7709652, 1536556.7, 0),
]


def test_reference_course_hdlm2():
    got = rebuild.solve(HDLM2, [row[0] for row in REFERENCE] + [300.0], _cells((2e6, 42.0)))
    for i, (_, *printed) in enumerate(REFERENCE):
        # six or more digits; ln T integrates a rate of 7 per day, hence a few units of the last
        assert [got[k][i] for k in rebuild.STATES] == pytest.approx(printed, rel=5e-7)
    assert got["CT"][-1] == pytest.approx(5.6380e-4, rel=1e-5)
    assert got["CM"][-1] == pytest.approx(931971.92, rel=2e-8)


def test_untreated_tumour_is_logistic():
    got = rebuild.solve(HDLM2, [42.0])["T"][0]
    assert got == pytest.approx(2.14587e7, rel=3e-6)
    grown = 2e6 * np.exp(42.0 * HDLM2["r"])
    assert got == pytest.approx(grown / (1 + HDLM2["b"] * (grown - 2e6)), rel=1e-9)


def test_elimination_and_rejected_challenge():
    doses = [*_cells((2e6, 42.0)), Given("tumor_challenge", 1e6, 250.0)]
    days = np.linspace(42.0, 300.0, 25801)
    got, gone = rebuild.run(HDLM2, days, doses)
    tumour = [day for name, day in gone if name == "T"]
    assert tumour == pytest.approx([47.570, 260.407], abs=6e-4)
    first = days < 250.0
    assert got["CM"][first].max() == pytest.approx(2.66226e6, rel=3e-6)
    # so flat that 0.04 day moves the height by one cell
    assert days[got["CM"][first].argmax()] == pytest.approx(77.99, abs=0.05)
    assert got["CM"][-1] == pytest.approx(1.65052e6, rel=4e-6)


@pytest.mark.parametrize(
    ("doses", "gone", "checks"),
    [  # state on a day, to the printed digits
        ([(1.5e6, 42.0)], 50.43, [("CM", 200, 1.11604e6, 5e-6), ("CM", 300, 6.76914e5, 1e-6)]),
        (
            [(0.5e6, 42.0)],
            None,
            [
                ("T", 150, 16.749, 4e-5),
                ("T", 250, 884.83, 1e-5),
                ("T", 500, 1033.74, 1e-5),
                ("CT", 500, 15126.6, 1e-5),
                ("CM", 500, 207479, 3e-6),
            ],
        ),
        ([(0.2e6, 42.0)], None, [("T", 300, 6.6516e11, 1e-5), ("T", 350, 7.0926e11, 1e-5)]),
        ([(0.5e6, 42.0 + 7 * i) for i in range(4)], ..., [("CM", 200, 1.653619e6, 5e-7)]),
        ([(0.5e6, 42.0 + 14 * i) for i in range(4)], ..., [("CM", 200, 1.757825e6, 5e-7)]),
        ([(0.2e6, 42.0), (0.6e6, 43.0), (1.2e6, 44.0)], ..., [("CM", 200, 1.540400e6, 5e-7)]),
        ([(2.55e5, 42.0)], None, [("T", 300, 1233, 5e-4)]),
        ([(2.50e5, 42.0)], None, [("T", 300, 3.60e11, 2e-3)]),
    ],
)
def test_doses(doses, gone, checks):
    days = sorted({float(check[1]) for check in checks})
    got, events = rebuild.run(HDLM2, days, _cells(*doses))
    tumour = [day for name, day in events if name == "T"]
    if gone is None:
        assert tumour == []
    elif gone is not ...:
        assert tumour == pytest.approx([gone], abs=6e-3)
    for name, day, value, rel in checks:
        assert got[name][days.index(day)] == pytest.approx(value, rel=rel)


def test_reference_course_raji():
    printed = [
        (8, 12174817, 711.28244, 1.1892015e8),
        (9, 12762743, 686.14642, 1.2923018e8),
        (10, 11714044, 575.36285, 1.4145039e8),
        (12, 4016078.4, 125.85893, 2.2170048e8),
        (14, 12151.356, 0.14899279, 5.6664986e8),
    ]
    got = rebuild.solve(RAJI["raji"], [row[0] for row in printed], _cells((1e7, 7.0)))
    for i, (_, *row) in enumerate(printed):
        assert [got[k][i] for k in rebuild.STATES] == pytest.approx(row, rel=2e-7)


@pytest.mark.parametrize(
    ("variant", "peak", "day", "tumour"),
    [
        ("raji", 1.277513e7, 8.873, 5.666499e8),
        ("raji_ido", 1.009596e7, 7.27, 1.709658e9),
        ("raji_ido_1mt", 1.233001e7, 8.63, 7.049538e8),
    ],
)
def test_raji(variant, peak, day, tumour):
    days = np.linspace(7.0, 14.0, 7001)
    got = rebuild.solve(RAJI[variant], days, _cells((1e7, 7.0)))
    assert got["CT"].max() == pytest.approx(peak, rel=1e-6)
    assert days[got["CT"].argmax()] == pytest.approx(day, abs=6e-3)
    assert got["T"][-1] == pytest.approx(tumour, rel=3e-7)
    # exponential growth until then; the card prints 1.0444e8, which is 2e-4 below
    start = rebuild.solve(RAJI[variant], [7.0])["T"][0]
    assert start == pytest.approx(3e6 * np.exp(0.5071721 * 7.0), rel=1e-9)
    assert start == pytest.approx(1.0444e8, rel=3e-4)


def test_steady_states():
    def slope(y):
        state = dict(zip(rebuild.STATES, np.exp(y), strict=True))
        change = rebuild.rhs(0.0, state, HDLM2)
        return [change[name] / state[name] for name in rebuild.STATES]

    for printed in ((15205.2, 263.366, 1.44252e6), (15205.2, 197519, 1091.2)):
        root = np.exp(fsolve(slope, np.log(printed) + 0.01, xtol=1e-12))
        assert root == pytest.approx(printed, rel=2e-5)  # printed to 5 or 6 digits
