"""A model whose read-outs are known functions of its parameters."""

from __future__ import annotations

from livingdrug.core.source import Origin
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.variability import IIV

PUBLISHED = {"origin": Origin.ESTIMATED, "at": "Table 1"}


def product(correlated: bool = False) -> Model:
    """x decays from a * b at the rate k: log10 x on a day is a sum over the log-normals a and b."""
    m = ModelBuilder("product", organism="test")
    m.species("x", initial=0.0, unit="cell", count_per_unit=1.0, term="car_t_blood")
    m.parameter("a", 2.0, "cell", **PUBLISHED, iiv=IIV.sd(0.3, at="Table 1"))
    m.parameter("b", 1e3, "1", origin=Origin.ASSUMED, iiv=IIV.sd(0.4, at="Table 1"))
    m.parameter("k", 0.1, "1/day", **PUBLISHED, lower=0.0)
    m.parameter("off", 0.0, "1/day", **PUBLISHED)
    m.initial("x", "a * b")
    m.reaction("loss", "x ->", rate="(k + off) * x")
    if correlated:
        m.correlation(("a", "b"), ((1.0, 0.5), (0.5, 1.0)), at="Table 2")
    return m.build()
