"""The rebuild of Chaudhury 2020, against the reference values of its model card."""

import numpy as np
import pytest

from .car_t import chaudhury2020 as rebuild

LV, EC50, FO = (
    rebuild.PARAMETERS | rebuild.VARIANTS[name]
    for name in ("lotka_volterra", "ec50", "first_order")
)


def test_lotka_volterra():
    printed = [
        (1, 48.812286, 1041.8956),
        (2, 309.86231, 1185.6418),
        (3, 2347.7244, 1184.4897),
        (5, 14557.078, 87.350454),
        (7, 11432.097, 2.2465346),
        (10, 7094.048, 0.058730316),
        (14, 3741.13, 0.0046129302),
        (28, 398.29224, 0.0016402999),
        (60, 2.384145, 0.13750945),
        (100, 0.0076842721, 55.350693),
    ]
    course = rebuild.solve(LV, [row[0] for row in printed])
    for i, (_, c, u) in enumerate(printed):
        # seven or more digits
        assert course["C_E"][i] == pytest.approx(c, rel=3e-7)
        assert course["U"][i] == pytest.approx(u, rel=3e-7)


def test_lotka_volterra_is_a_closed_orbit():
    days = np.linspace(0.0, 365.0, 36501)
    course = rebuild.solve(LV, days)
    c, u = course["C_E"], course["U"]
    peaks = 1 + np.flatnonzero((c[1:-1] > c[:-2]) & (c[1:-1] > c[2:]))
    assert days[peaks] == pytest.approx([4.99, 123.59, 242.19, 360.79], abs=0.011)
    assert c.max() == pytest.approx(14557.3, rel=1e-5)
    assert u[:500].max() == pytest.approx(1228.96, rel=1e-5)
    assert days[u[:500].argmax()] == pytest.approx(2.579, abs=0.01)
    kept = LV["rho"] * u - LV["k_E"] * np.log(u) + LV["d"] * c - LV["g"] * np.log(c)
    assert np.ptp(kept) < 1e-8


def test_ec50():
    printed = [
        (1, 2714.1058, 0, 796.44439),
        (3, 12288.107, 0, 433.33363),
        (5, 17839.575, 0, 233.50557),
        (9.3, 22818.278, 0, 67.906424),
        (10, 20383.421, 18.104819, 56.281381),
        (14, 10696.557, 89.476728, 20.634964),
        (28, 1119.7684, 154.73252, 1.3666334),
        (60, 6.4396692, 147.30006, 0.024866919),
        (100, 0.010198416, 129.64541, 0.0086724837),
    ]
    course = rebuild.solve(EC50, [row[0] for row in printed] + [365.0])
    for i, (_, *row) in enumerate(printed):
        got = [course[name][i] for name in ("C_E", "C_P", "U")]
        assert got == pytest.approx(row, rel=3e-7)
    late = [course[name][-1] for name in ("C_E", "C_P", "U")]
    assert late == pytest.approx([6.3e-20, 55.523353, 0.0092201048], rel=1e-2)
    assert late[1:] == pytest.approx([55.523353, 0.0092201048], rel=3e-7)


def test_first_order():
    days = [1.0, 3.0, 5.0, 7.0, 9.3, 14.0]
    got = rebuild.log_course(FO, days)
    printed = [27.182818, 200.85537, 1484.1316, 10966.332, 109380.19, 51274.308]
    assert np.exp(got[0]) == pytest.approx(printed, rel=6e-8)
    printed = [6.6521142, 6.2857464, 5.2209725, -1.2056084, -70.037325, -322.35816]
    assert got[1] == pytest.approx(printed, rel=3e-7)
    assert got[2, -1] == pytest.approx(428.90973, rel=3e-8)
