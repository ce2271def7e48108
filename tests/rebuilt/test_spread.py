"""Between-patient spreads of the rebuilds, against the printed ranges and by hand."""

import numpy as np
import pytest
from scipy.stats import norm

from .car_t import kimmel2021, stein2019
from .car_t.spread import Spread

KIMMEL = kimmel2021.PARAMETERS


def test_spread_laws():
    assert Spread("lognormal", (0.5,)).value(2.0, [1.0])[0] == pytest.approx(2.0 * np.exp(0.5))
    split = Spread("split_lognormal", (0.1, 0.3)).value(2.0, [-1.0, 0.0, 1.0])
    assert split == pytest.approx([2.0 * np.exp(-0.1), 2.0, 2.0 * np.exp(0.3)])
    assert Spread("additive", (2.0,)).value(0.0, [-1.0, 0.5]) == pytest.approx([-2.0, 1.0])


def test_kimmel_spread():
    published = kimmel2021.IIV["published"]
    assert set(published) == set(KIMMEL) - {"N0", "C0", "B0"}
    z = np.array([-30.0, -1.0, 0.0, 1.0])
    got = published["gamma_B"].value(KIMMEL["gamma_B"], z)
    assert got == pytest.approx([0.0, 1.0925, 1.15, 1.2075], rel=1e-12)
    got = published["k_B"].value(4.048, z)
    assert got == pytest.approx([np.inf, 4.048 / 0.95, 4.048, 4.048 / 1.05], rel=1e-12)

    quartile = kimmel2021.IIV["quartile"]
    assert set(quartile) == {"K_C", "r_N", "rho_C", "gamma_B", "k_B"}
    printed = {  # cells / 5e8 = cell/uL for the capacities
        "K_C": (6.15e10 / 5e8, 9.65e10 / 5e8),
        "r_N": (0.165, 0.170),
        "rho_C": (0.0208, 0.0354),
        "gamma_B": (0.64, 1.35),
        "k_B": (1.40e9 / 5e8, 3.125e9 / 5e8),
    }
    quarter = norm.ppf(0.75)
    for name, (low, high) in printed.items():
        got = quartile[name].value(KIMMEL[name], [-quarter, 0.0, quarter])
        assert got == pytest.approx([low, KIMMEL[name], high], rel=1e-12)


def test_stein_spread():
    assert stein2019.IIV["omega_sd"]["foldx"].scale == (2.4,)
    # The two readings differ by a square root; a cap stands only on the fraction.
    for name, spread in stein2019.IIV["omega_variance"].items():
        assert spread.scale[0] ** 2 == pytest.approx(stein2019.OMEGA[name], rel=1e-12)
        assert spread.upper == (0.95 if name == "F_B" else np.inf)
    assert stein2019.IIV["omega_sd"]["F_B"].value(0.0079, 7.0) == 0.95
