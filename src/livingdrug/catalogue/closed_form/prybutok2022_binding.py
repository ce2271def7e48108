"""Chance that one contact of a T cell ends in binding, by affinity, antigen and receptor number.

The rule of CARCADE, an agent-based model of CAR-T cells in a dish and in tissue. A T cell touches
one neighbour a minute; whether its receptor binds is drawn with the probability ``p``, which is
therefore a rate as well. With L antigens of the target cell and n receptors of the T cell:

    K = KD V N_A                                    molecules in the volume of one place
    h = alpha n / n_ref * f L / (beta K + f L)
    p = 2 / (1 + exp(-h)) - 1 = tanh(h / 2)

Half of the occupancy is reached at ``L = beta K / f``; more receptors raise the ceiling
``tanh(alpha / 2)``. The inhibitory receptor PD-1 has the same law with other numbers: both are
drawn, and both together end in anergy.

The variants differ in what the programs do with ``n / n_ref``. CARCADE 1.0 divides whole numbers:
a T cell with 49,999 receptors never binds. ARCADE 3 keeps that and calls the rule with a reference
of 5,000 instead of 50,000, so that every contact binds at high antigen. With 50,000 receptors the
first two are equal.

Prybutok AN, Yu JS, Leonard JN, Bagheri N. Front Mol Biosci 2022;9:849363.
doi:10.3389/fmolb.2022.849363
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from livingdrug.catalogue.function import (
    Argument,
    ClosedForm,
    Formula,
    Output,
    published_function,
)
from livingdrug.catalogue.readout import Deviation, Readout
from livingdrug.core.source import Origin, Source
from livingdrug.model.parameter import Parameter

__all__ = ["DEVIATIONS", "READOUTS", "SOURCE", "function"]

FloatArray = NDArray[np.float64]

SOURCE = Source(
    doi="10.3389/fmolb.2022.849363",
    authors=(
        "Prybutok, Alexis N.",
        "Yu, Jessica S.",
        "Leonard, Joshua N.",
        "Bagheri, Neda",
    ),
    year=2022,
    title="Mapping CAR T-cell design space using agent-based models",
    journal="Frontiers in Molecular Biosciences",
    volume="9",
    pages="849363",
    licence="CC-BY-4.0",
    note=(
        "Read: the code of CARCADE (commit a44a917a53a0) and of ARCADE (8100e634822f), and the "
        "authors' plot of the rule. Values here are computed from the formula of the code."
    ),
)

_CODE = "CARCADE, commit a44a917a53a0"
_ARCADE = "ARCADE, commit 8100e634822f"
_RUN = "own evaluation of the formula of the code"
_HEXAGON = 3.0 / (2.0 * np.sqrt(3.0)) * 30.0**2 * 8.7  # um3, 1e-15 L each

_VARIANTS = {
    "car": "CAR, with the ratio of receptor numbers as the formula has it",
    "car_carcade": "CAR as CARCADE 1.0 computes it: the ratio is cut to a whole number",
    "car_arcade3": "CAR as ARCADE 3 computes it: cut to a whole number of 5,000",
    "pd1": "PD-1 and PD-L1, with the ratio as the formula has it",
}


@published_function(source=SOURCE, variants=_VARIANTS)
def function(variant: str) -> ClosedForm:
    """Build the rule for a receptor."""
    pd1 = variant == "pd1"
    whole = variant in ("car_carcade", "car_arcade3")
    at = _ARCADE if variant == "car_arcade3" else _CODE
    rows = (
        ("alpha", 3.0, "1", "slope of the chance in the occupancy"),
        ("beta", 0.02 if pd1 else 0.01, "1", "scale of the dissociation constant"),
        ("f", 0.2, "1", "part of the surface that is in contact"),
        (
            "n_ref", 150.0 if pd1 else 5e3 if variant == "car_arcade3" else 5e4, "1",
            "receptors at the start" if pd1 else "receptors of the reference cell",
        ),
    )  # fmt: skip
    parameters = [
        Parameter(name, value, unit, Origin.FIXED, at, lower=0.0, doc=doc)
        for name, value, unit, doc in rows
    ]
    parameters += [
        Parameter(
            "V", _HEXAGON * 1e-15, "L", Origin.DERIVED, f"{at}: hexagon of 30 um, 8.7 um high",
            lower=0.0, doc="volume of one place",
        ),
        Parameter("N_A", 6.022e23, "1/mol", Origin.FIXED, at, lower=0.0, doc="Avogadro's number"),
    ]  # fmt: skip
    ligand, receptor = ("PD-L1", "PD-1") if pd1 else ("antigen", "CAR")
    ratio = "floor(n / n_ref)" if whole else "n / n_ref"
    return ClosedForm(
        "prybutok2022_binding",
        title="Chance that a contact ends in binding",
        organism="in silico",
        population="rule of an agent-based model; not fitted to cells",
        source=SOURCE,
        variant=variant,
        arguments=(
            Argument("L", "1", 3600.0 if pd1 else None, 0.0, doc=f"{ligand} of the target cell"),
            Argument("KD", "mol/L", 7.8e-6 if pd1 else None, 0.0, doc="dissociation constant"),
            Argument("n", "1", 150.0 if pd1 else 5e4, 0.0, doc=f"{receptor} of the T cell"),
        ),
        outputs=(
            Output("p", "1", "chance of binding, per contact and minute"),
            Output("L_half", "1", f"{ligand} at half of the occupancy"),
        ),
        parameters=tuple(parameters),
        formulas=(
            Formula("K", "KD * V * N_A", at),
            Formula("h", f"alpha * {ratio} * f * L / (beta * K + f * L)", at),
            Formula("p", "2 / (1 + exp(-h)) - 1", at),
            Formula("L_half", "beta * K / f", "from the formula of h"),
        ),
        law=_law_whole if whole else _law,
    )


def _law(x: Mapping[str, FloatArray], p: Mapping[str, float]) -> dict[str, FloatArray]:
    return _binding(x, p, x["n"] / p["n_ref"])


def _law_whole(x: Mapping[str, FloatArray], p: Mapping[str, float]) -> dict[str, FloatArray]:
    return _binding(x, p, np.floor(x["n"] / p["n_ref"]))


def _binding(
    x: Mapping[str, FloatArray], p: Mapping[str, float], ratio: FloatArray
) -> dict[str, FloatArray]:
    bound = p["f"] * x["L"]
    scale = p["beta"] * x["KD"] * p["V"] * p["N_A"]
    total = scale + bound
    # no antigen does not bind, however strong the bond
    occupied = np.divide(bound, total, out=np.zeros_like(total), where=total > 0)
    return {"p": np.tanh(0.5 * p["alpha"] * ratio * occupied), "L_half": scale / p["f"]}


_ANTIGENS = (10, 100, 500, 1000, 5000, 10000)
_TABLE = {
    1e-6: (0.000073, 0.000734, 0.003664, 0.007311, 0.035840, 0.069922),
    1e-7: (0.000734, 0.007311, 0.035840, 0.069922, 0.286796, 0.456702),
    1e-8: (0.007311, 0.069922, 0.286796, 0.456702, 0.787599, 0.847064),
    1e-9: (0.069922, 0.456702, 0.787599, 0.847064, 0.893929, 0.899575),
}
_HALF = {1e-6: 204175.0, 1e-7: 20417.5, 1e-8: 2041.75, 1e-9: 204.175}


def _read(label: str, of: str, equals: float, variant: str, **values: float) -> Readout:
    return Readout(
        label, "value", of, equals, "1", _RUN,
        # printed to 6 decimals of p, and to 6 digits of the half point
        atol=6e-7 if of == "p" else 0.0, rtol=3e-6 if of == "L_half" else 0.0,
        witness="independent run", values=values, variant=variant,
    )  # fmt: skip


def _readouts() -> Iterator[Readout]:
    for constant, row in _TABLE.items():
        for antigens, chance in zip(_ANTIGENS, row, strict=True):
            label = f"chance, KD {constant:g} M, {antigens} antigens"
            for variant in ("car", "car_carcade"):
                yield _read(label, "p", chance, variant, KD=constant, L=antigens)
    for constant, half in _HALF.items():
        yield _read(f"half point, KD {constant:g} M", "L_half", half, "car", KD=constant, L=1.0)
    for variant, ceiling in (("car", 0.905148), ("car_carcade", 0.905148), ("car_arcade3", 1.0)):
        yield _read("ceiling", "p", ceiling, variant, KD=1e-12, L=1e9)
    yield _read("49,999 receptors", "p", 0.0, "car_carcade", KD=1e-9, L=10000, n=49_999)
    for fold, chance in (
        (1, 0.001693),
        (2, 0.003387),
        (3, 0.005080),
        (5, 0.008467),
        (10, 0.016933),
    ):
        yield _read(
            f"chance, {fold} times the PD-1 of the start", "p", chance, "pd1", n=150.0 * fold
        )


READOUTS = tuple(_readouts())

DEVIATIONS = (
    Deviation(
        "CARs / 50000 and PD1 / PD1_start, a division of whole numbers in the code",
        "the ratio itself in the variants 'car' and 'pd1', whole numbers in the other two",
        "with the published 50,000 receptors in every cell both are 1; once receptors vary, the "
        "code lets any cell below the reference never bind",
    ),
    Deviation(
        "reference of 5,000 receptors in ARCADE 3",
        "the variant 'car_arcade3'",
        "it is another model: the ceiling is tanh(15) instead of tanh(1.5)",
    ),
    Deviation(
        "volume of 6.7e-12 L in the authors' plots",
        "6.78e-12 L, of the hexagon of the code",
        "the simulations use the hexagon",
    ),
)
