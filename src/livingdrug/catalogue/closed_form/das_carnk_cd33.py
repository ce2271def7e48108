"""Lysis of leukaemia cells by CD33 CAR-NK cells, from the receptors of single cells (in vitro).

An NK cell weighs what it binds. CAR, LFA-1 and a constant sum C2N of other activating receptors
drive the signal, the inhibitory KIR2DL1 divides it. Numbers of complexes follow from numbers of
receptors R and ligands H at equilibrium in the contact:

    K = KD area gap N_A
    Cx = (R + H + K) / 2 * (1 - sqrt(1 - 4 R H / (R + H + K)^2))
    V = Vc (alpha1 C_CAR + C2N + alpha3 C_LFA) / (alpha4 C_KIR)

The signal throws a switch (Goldbeter and Koshland), the switch sets the rate of killing:

    b = (V - 1) - K2 (K1 / K2 + V),   W = (b + sqrt(b^2 + 4 K2 (V - 1) V)) / (2 (V - 1))
    rate of NK class R on target class H = k W

NK cells come in classes of CAR, LFA-1 and KIR2DL1, targets in classes of CD33, ICAM-1 and HLA-I,
each with the share of the cells in a flow histogram. NK cells stay as many as they are, so that

    lysis = 1 - sum_H w_H exp(-N_NK t sum_R w_R k W_RH)

has a closed form. ``hla`` scales the HLA-I of every target: missing self as a dose response. In the
assay of four hours nothing is exhausted and nothing divides; lysis saturates because some targets
are hard to kill.

Fitted to donor 1 on Kasumi-1. For HL60 the authors keep all but C2N and k, so that the prediction
is a partial one. Wild-type NK cells have no CAR term.

Code of drsamalik/CAR-NK-cell-Modeling on GitHub, 2024; no article was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from livingdrug.catalogue.closed_form._das_carnk_cd33_tables import HISTOGRAMS
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
    doi="",
    authors=("drsamalik",),
    year=2024,
    title=(
        "A framework for integrating multiscale in-silico modeling and experimental data predicts "
        "cytotoxicity of CD33 CAR-NK cells across target cell types (computer code)"
    ),
    journal="GitHub, drsamalik/CAR-NK-cell-Modeling",
    note=(
        "Read: the code and spreadsheets, commit 0c384071d5ca. Title and year are those of the "
        "repository and its last commit, the author is its owner; an article was not found. No "
        "licence is stated: the formula and the fitted values are here, the data are not. Donor 3 "
        "and the line MV4-11 were not transcribed."
    ),
)

_CODE = "authors' code, donor 1, Kasumi-1"
_CODE_HL60 = "authors' code, donor 1, HL60"
_RUN = "own evaluation with the authors' unrounded parameters"

_LINES = {"kasumi1": "Kasumi-1, fitted", "hl60": "HL60, partly predicted"}
_CELLS = {
    "gen4": "Gen4 CAR",
    "gen2": "Gen2 CAR, with ten times the number of CARs",
    "wt": "wild-type NK cells without a CAR",
}
_VARIANTS = {
    f"{line}_{cells}": f"{what}; {who}"
    for line, what in _LINES.items()
    for cells, who in _CELLS.items()
}


@published_function(source=SOURCE, variants=_VARIANTS)
def function(variant: str) -> ClosedForm:
    """Build the law for a target line and a kind of NK cell."""
    line, cells = variant.split("_")
    return ClosedForm(
        "das_carnk_cd33",
        title="Lysis of leukaemia cells by CD33 CAR-NK cells from receptor numbers",
        organism="in vitro",
        population=f"{_LINES[line].split(',', maxsplit=1)[0]} cells and NK cells of one donor",
        source=SOURCE,
        variant=variant,
        arguments=(
            Argument("et_ratio", "1", None, 0.0, doc="NK cells per target cell"),
            Argument("hla", "1", 1.0, 0.0, doc="HLA-I of every target, times that of the line"),
            Argument("t", "hour", 4.0, 0.0, doc="duration of the assay"),
        ),
        outputs=(Output("lysis", "percent", "specific lysis"),),
        parameters=_parameters(line, cells),
        formulas=(
            Formula("K", "KD * area * gap * N_A", _CODE),
            Formula(
                "Cx", "(R + H + K) / 2 * (1 - sqrt(1 - 4 * R * H / (R + H + K)**2))", _CODE
            ),
            Formula("V", "Vc * (alpha1 * C_CAR + C2N + alpha3 * C_LFA) / (alpha4 * C_KIR)", _CODE),
            Formula("b", "(V - 1) - K2 * (K1 / K2 + V)", _CODE),
            Formula("W", "(b + sqrt(b**2 + 4 * K2 * (V - 1) * V)) / (2 * (V - 1))", _CODE),
            Formula(
                "lysis", "100 * (1 - sum_H(w_H * exp(-et_ratio * targets * t * k * sum_R(w_R * "
                "W_RH))))", _CODE,
            ),
        ),
        law=lambda x, p: _lysis(x, p, line),
    )  # fmt: skip


def _parameters(line: str, cells: str) -> tuple[Parameter, ...]:
    hl60 = line == "hl60"
    refit = _CODE_HL60 if hl60 else _CODE
    estimated, fixed = Origin.ESTIMATED, Origin.FIXED
    alpha1 = {"gen4": 0.185106, "gen2": 0.166844, "wt": 0.0}[cells]
    rows: tuple[tuple[str, float, str, Origin, str, str], ...] = (
        ("alpha1", alpha1, "1", fixed if cells == "wt" else estimated, _CODE,
         "weight of bound CARs"),
        ("car_scale", 10.0 if cells == "gen2" else 1.0, "1", fixed, _CODE,
         "CARs of a cell, times the histogram"),
        ("C2N", 2302.2067 if hl60 else 612.662, "1", estimated, refit,
         "sum of other activating signals"),
        ("alpha3", 0.0311715, "1", estimated, _CODE, "weight of bound LFA-1"),
        ("alpha4", 0.437296, "1", estimated, _CODE, "weight of bound KIR2DL1"),
        ("Vc", 0.578759, "1", estimated, _CODE, "scale of the signal"),
        ("K1", 0.00150075, "1", estimated, _CODE, "constant of the switch, forward"),
        ("K2", 0.0461675, "1", estimated, _CODE, "constant of the switch, back"),
        ("k", 1.022798e-5 if hl60 else 1.911281e-5, "1/hour", estimated, refit,
         "largest rate of killing, per NK cell"),
        ("KD_CAR", 1.46, "nmol/L", fixed, _CODE, "CAR and CD33"),
        ("KD_LFA", 50.0, "nmol/L", fixed, _CODE, "LFA-1 and ICAM-1"),
        ("KD_KIR", 36.0, "nmol/L", fixed, _CODE, "KIR2DL1 and HLA-I"),
        ("area", 113.0, "um**2", fixed, _CODE, "contact"),
        ("gap", 0.002, "um", fixed, _CODE, "distance of the membranes"),
        ("N_A", 0.6, "L/(nmol*um**3)", fixed, f"{_CODE}: 0.6 for 0.602",
         "molecules in 1 um3 at 1 nmol/L"),
        ("targets", 1e4, "1", fixed, "assay: 10,000 targets in a well", "targets at the start"),
    )  # fmt: skip
    return tuple(
        Parameter(name, value, unit, origin, at, lower=0.0, doc=doc)
        for name, value, unit, origin, at, doc in rows
    )


def _lysis(x: Mapping[str, FloatArray], p: Mapping[str, float], line: str) -> dict[str, FloatArray]:
    _, weights = _grid(f"CD33 {line}", f"ICAM-1 {line}", f"HLA-I {line}")
    weights = weights / weights.sum()  # of targets; those of NK cells stay as tabulated
    levels, place = np.unique(x["hla"].ravel(), return_inverse=True)
    rates = np.stack([_rates(p, line, float(level)) for level in levels])[place]
    rates = rates.reshape(*x["hla"].shape, weights.size)
    exposure = (x["et_ratio"] * p["targets"] * x["t"])[..., None]
    return {"lysis": 100.0 * (1.0 - (np.exp(-exposure * rates) @ weights))}


def _rates(p: Mapping[str, float], line: str, hla: float) -> FloatArray:
    """Return the rate at which one average NK cell kills each class of targets."""
    (car, lfa, kir), share = _grid("CAR", "LFA-1", "KIR2DL1")
    if p["alpha1"] == 0.0:  # without a CAR there are no classes of it, and their shares drop out
        share = share / sum(part for _, part in HISTOGRAMS["CAR"])
    (cd33, icam, hlai), _ = _grid(f"CD33 {line}", f"ICAM-1 {line}", f"HLA-I {line}")
    scale = p["area"] * p["gap"] * p["N_A"]
    activating = (
        p["alpha1"] * _bound(p["car_scale"] * car, cd33, p["KD_CAR"] * scale)
        + p["C2N"]
        + p["alpha3"] * _bound(lfa, icam, p["KD_LFA"] * scale)
    )
    inhibiting = p["alpha4"] * _bound(kir, hla * hlai, p["KD_KIR"] * scale)
    with np.errstate(divide="ignore"):
        signal = p["Vc"] * activating / inhibiting  # infinite where no HLA-I is left
    return p["k"] * (share @ _switch(signal, p["K1"], p["K2"]))


def _grid(*names: str) -> tuple[list[FloatArray], FloatArray]:
    """Return the values of every class of cells, and the share of each class."""
    tables = [np.asarray(HISTOGRAMS[name]) for name in names]
    values = np.meshgrid(*(table[:, 0] for table in tables), indexing="ij")
    shares = np.meshgrid(*(table[:, 1] for table in tables), indexing="ij")
    return [value.ravel() for value in values], np.prod(shares, axis=0).ravel()


def _bound(receptors: FloatArray, ligands: FloatArray, constant: float) -> FloatArray:
    """Return complexes at equilibrium, NK classes by target classes."""
    product = receptors[:, None] * ligands[None, :]
    total = receptors[:, None] + ligands[None, :] + constant
    # as (total - root) / 2, without the difference of near numbers when little is bound
    return 2.0 * product / (total + np.sqrt(total**2 - 4.0 * product))


def _switch(signal: FloatArray, K1: float, K2: float) -> FloatArray:
    """Return the active part; each side of signal 1 has a form without cancellation."""
    v = np.minimum(signal, 1e12)  # beyond, the switch is on to rounding
    b = (v - 1.0) - K1 - K2 * v
    root = np.sqrt(b**2 + 4.0 * K2 * (v - 1.0) * v)
    high = b > 0.0
    above = (b + root) / np.where(high, 2.0 * (v - 1.0), 1.0)
    below = 2.0 * K2 * v / np.where(high, 1.0, root - b)
    return np.where(high, above, below)


_RATIOS = (10.0, 5.0, 2.5, 1.25, 0.62)
_LYSIS: dict[str, tuple[float, ...]] = {
    "kasumi1_gen4": (67.5604, 52.3121, 36.8788, 23.1441, 13.1094),
    "kasumi1_gen2": (68.9901, 54.4750, 39.5041, 25.4914, 14.7228),
    "kasumi1_wt": (25.2176, 14.8887, 8.40051, 4.56017, 2.37903),
    "hl60_gen4": (78.2267, 53.4794, 31.8421, 17.4562, 9.08045),
    "hl60_gen2": (91.0259, 71.2145, 46.7614, 27.1579, 14.5776),
    "hl60_wt": (52.2032, 30.8654, 16.8530, 8.81508, 4.47396),
}
_SCAN = (1e-6, 0.1, 0.5, 1.0, 2.0, 10.0)
_MISSING_SELF: dict[str, tuple[float, ...]] = {
    "kasumi1_gen4": (97.6400, 97.6363, 80.4481, 52.3121, 33.2413, 27.5879),
    "kasumi1_wt": (97.7276, 97.5762, 42.3617, 14.8887, 6.67019, 4.91862),
}


def _readouts() -> Iterator[Readout]:
    for variant, row in _LYSIS.items():
        for ratio, lysis in zip(_RATIOS, row, strict=True):
            yield Readout(
                f"lysis in 4 h at {ratio:g} NK cells per target", "value", "lysis", lysis,
                "percent", _RUN, atol=3e-4,  # what the 6th digit of the parameters moves
                witness="independent run", values={"et_ratio": ratio}, variant=variant,
            )  # fmt: skip
    for variant, scan in _MISSING_SELF.items():
        for hla, lysis in zip(_SCAN, scan, strict=True):
            yield Readout(
                f"lysis at 5 NK cells per target, HLA-I times {hla:g}", "value", "lysis", lysis,
                "percent", _RUN, atol=3e-4, witness="independent run",
                values={"et_ratio": 5.0, "hla": hla}, variant=variant,
            )  # fmt: skip


READOUTS = tuple(_readouts())

DEVIATIONS = (
    Deviation(
        "targets integrated in time by the authors' solver, at a loose tolerance",
        "the exponential that solves the same equation",
        "NK cells are constant, so that the equation is linear; sums of squares differ by 0.2 %",
    ),
    Deviation(
        "shares of the classes add up to 0.98 to 1.01",
        "targets are normalised, NK cells are not",
        "as in the code; with normalised NK cells k would be 2 % lower",
    ),
    Deviation(
        "0.6 molecules in 1 um3 at 1 nmol/L",
        "as printed",
        "0.602 is exact; k and the weights were fitted with 0.6",
    ),
)
