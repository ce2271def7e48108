"""The rebuild of Brummer 2022, against the reference values of its model card."""

import numpy as np
import pytest

from .solid_tumor import carrgo_dex_brummer2022 as rebuild

P = {  # the reference runs start from one cell index
    name: rebuild.PARAMETERS | change | {"x0": 1.0} for name, change in rebuild.VARIANTS.items()
}
DAYS = np.array([0.0, 6.0, 12.0, 24.0, 48.0, 96.0]) / 24.0


@pytest.mark.parametrize(
    ("variant", "x", "y"),
    [
        (
            "pbt030_1to8",
            (1, 1.20908, 1.24538, 1.08812, 0.677869, 0.463138),
            (0.125, 0.148721, 0.182789, 0.267382, 0.405600, 0.422998),
        ),
        (
            "pbt030_1to4_dex",
            (1, 1.88690, 2.03252, 1.06014, 0.0537164, 6.12371e-5),
            (0.25, 0.212359, 0.299881, 0.627645, 0.898065, 0.907892),
        ),
        (
            "pbt128_1to20",
            (1, 1.90723, 3.00426, 3.94869, 2.89421, 2.63845),
            (0.05, 0.0418125, 0.0407309, 0.0548196, 0.0889320, 0.0857612),
        ),
    ],
)
def test_reference_course(variant, x, y):
    course = rebuild.solve(P[variant], DAYS)
    # six printed digits
    assert course["x"] == pytest.approx(x, rel=5e-6)
    assert course["y"] == pytest.approx(y, rel=5e-6)


@pytest.mark.parametrize("variant", ["pbt030_alone", "pbt128_alone"])
def test_growth_alone_is_logistic(variant):
    p = P[variant]
    course = rebuild.solve(p, DAYS)
    grown = np.exp(24.0 * p["rho"] * DAYS)
    assert course["x"] == pytest.approx(grown / (1 + p["kappainv"] * (grown - 1)), rel=1e-9)
    assert not course["y"].any()


@pytest.mark.parametrize("variant", ["pbt030_1to8", "pbt128_1to8", "pbt128_1to20"])
def test_rest_point(variant):
    rest = rebuild.coexistence(P[variant])
    change = rebuild.rhs(1e3, rest, P[variant])
    assert abs(change["x"]) < 1e-12
    assert abs(change["y"]) < 1e-12
