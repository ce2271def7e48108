"""What Hosseini et al. 2020 has to reproduce, and where the entry departs from print."""

from __future__ import annotations

import math
from collections.abc import Iterator

from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout
from livingdrug.model.regimen import Dose

__all__ = ["DEVIATIONS", "EQUATIONS", "READOUTS"]

_FAR = ("_sp", "_ln", "_bm", "_tu")
_ALL = ("", *_FAR)
_CODE, _TWO = "translation of the authors' code (unconfirmed)", "Suppl. Table 2"


def _mg(*doses: tuple[float, float]) -> tuple[Dose, ...]:
    return tuple(Dose("bispecific", amount, "mg", day) for day, amount in doses)


STEP_UP = _mg((0, 1), (7, 2), (14, 60), (21, 60), (42, 30))
WEEKS = tuple(
    Dose("bispecific", 7.0 * rate, "ug/m**2", 7.0 * week, 7.0)
    for week, rate in enumerate((5.0, 15.0, 60.0))
)
CONSTANT = (Dose("bispecific", 21 * 60.0, "ug/m**2", 0.0, 21.0),)
_RUN = "own run of the translation, LSODA at rtol 1e-9, every 0.005 day"
_OWN = "own integration with other numerics, LSODA at rtol 1e-10, every 0.001 day"
_UNITS = {"IL6": "pg/mL", "il6": "pg/mL", "C": "ug/mL"}


def _value(
    variant: str, doses: tuple[Dose, ...], day: float, of: str, equals: float, at: str = _RUN,
    rtol: float = 1e-5,  # six digits; the run at rtol 1e-6 is within 2e-6
) -> Readout:  # fmt: skip
    return Readout(
        f"{of} on day {day:g}", "value", of, equals, _UNITS.get(of, "cell"), at,
        rtol=rtol, witness="independent run", day=day, variant=variant, doses=doses,
    )  # fmt: skip


def _peak(
    variant: str, doses: tuple[Dose, ...], start: float, end: float, of: str, equals: float,
    label: str = "", *, at: str = _RUN, rtol: float = 1e-4, **values: float,
) -> Readout:  # fmt: skip
    return Readout(
        label or f"largest {of} of days {start:g} to {end:g}", "maximum", of, equals, "pg/mL", at,
        rtol=rtol, witness="independent run", start=start, end=end, variant=variant, doses=doses,
        values=values,
    )  # fmt: skip


def _readouts() -> tuple[Readout, ...]:
    table = f"{_TWO}, DLBCL: cells per mL times volume"
    # nothing but products of the table's numbers: rounding only
    first = [
        Readout(f"{of} at the start", "value", of, equals, "cell", table, rtol=1e-12, day=0.0)
        for of, equals in (
            ("Tr_tu", 62.5e6 * 49.6), ("B_tu", 3.25e9 * 49.6), ("Bp", 1e7 * 500.0),
        )
    ]  # fmt: skip
    rest = [
        Readout(f"{of} on day 100 without drug", "value", of, equals, "cell", "closed form",
                rtol=2e-5, witness="independent run", day=100.0)  # 1e-6 on ln B_tu, which is 28
        for of, equals in (("B", 2.5e9), ("Tr", 2.5e9), ("B_tu", 1.612e11 * math.exp(2.5)))
    ]  # fmt: skip
    t, p, b = "translation", "published", "blinatumomab"
    stepped = [
        _value(t, STEP_UP, day, of, equals)
        for day, of, equals in (
            (0.15, "IL6", 976.704), (0.15, "il6", 996.278), (7.1, "IL6", 1.70979),
            (14.315, "il6", 54.3847), (20.995, "IL6", 8.22078), (1, "C", 0.155737),
            (1, "B", 1.34265e7), (1, "Ta", 1.71782e8), (15, "C", 9.53245), (21, "B_tu", 1.68443e11),
        )
    ]  # fmt: skip
    stepped += [
        _value(t, STEP_UP[:3], 21, "C", 1.97026),
        _peak(t, STEP_UP, 7, 8, "il6", 8.61603),
        _peak(t, STEP_UP, 21, 22, "il6", 120.422),
        _peak(t, STEP_UP, 27, 28, "IL6", 20.5443),
        Readout("no tumour cell is left on day 42", "value", "B_tu", 0.0, "cell", _RUN, atol=1e-3,
                witness="independent run", day=42.0, variant=t, doses=STEP_UP),
    ]  # fmt: skip
    # the grid of 0.005 day misses the top of the peaks by up to 7e-4
    flat = [
        _peak(t, _mg((0, dose)), 0, 0.6, "IL6", peak, f"peak after {dose:g} mg", rtol=1e-3)
        for dose, peak in (
            (0.05, 75.8764), (0.2, 314.195), (0.4, 550.665), (1, 976.704), (2.8, 1509.51),
            (6, 1859.45), (13.5, 2145.19), (20, 2250.84), (60, 2443.99),
        )
    ]  # fmt: skip
    flat += [
        _peak(t, _mg((0, 1)), 0, 0.6, "IL6", peak, f"peak after 1 mg, injection effect {jump:g}",
              rtol=1e-3, inj_per_dose=jump)
        for jump, peak in ((0.0, 1322.36), (1.0, 1172.30))
    ]  # fmt: skip
    own = [
        _value(p, STEP_UP, day, of, equals, _OWN)
        for day, of, equals in (
            (1, "C", 0.17170589), (1, "B", 13241634.0), (1, "Ta", 1.7638561e8),
            (1, "IL6", 29.605491), (21, "B_tu", 1.5597285e11),
        )
    ] + [
        # the tumour collapses in the last day: 5e-4 off at rtol 1e-6
        _value(p, STEP_UP, 28, "B_tu", 1.1639283e8, _OWN, rtol=1e-3),
        _peak(p, STEP_UP, 0, 1, "il6", 1002.0388, at=_OWN),
        _peak(p, STEP_UP, 7, 8, "il6", 9.1002447, at=_OWN),
        _peak(p, STEP_UP, 21, 22, "il6", 124.75275, at=_OWN),
        _value(b, CONSTANT, 7, "C", 60 / 22300 * -math.expm1(-22300 / 1610 * 7), "closed form"),
        _value(b, CONSTANT, 7, "B", 593195.79, _OWN),
        _value(b, CONSTANT, 7, "Bp", 2.5052235e8, _OWN),
        _peak(b, CONSTANT, 0, 0.6, "il6", 2452.1626, at=_OWN),
        _peak(b, WEEKS, 0, 0.6, "il6", 1433.2616, at=_OWN),
        _peak(b, WEEKS, 14, 21, "il6", 207.39938, at=_OWN, rtol=5e-4),  # at the very end
        Readout("day of the first peak, stepped blinatumomab", "day of maximum", "il6", 0.5, "day",
                "Results and Fig. 4c: within 24 h", atol=0.5, end=7.0, variant=b, doses=WEEKS),
    ]  # fmt: skip
    return (*first, *rest, *stepped, *flat, *own)


READOUTS = _readouts()


def _equations() -> Iterator[PrintedEquation]:
    """Yield the 29 equations in the form in which they were transcribed."""
    rate: dict[str, str] = {"Tr": "", "Ta": "", "T0": ""}
    for e in _ALL:
        target = "(B_bm + sees_proB * Bp)" if e == "_bm" else f"B{e}"
        dose, fraction, reach = f"(1000 * Kp{e} * C)", "fTact * ", "(KmTB * fKm)"
        if not e:
            dose, fraction, reach = "(1000 * C)", "", "KmTB"
        engaged = f"{dose}**nd / (KdT**nd + {dose}**nd)"
        act = f"{fraction}VmT * hill({target} / (Tr{e} + T0{e}), KmBT, S) * {engaged}"
        kill = f"VmB * hill(Ta{e} / {target}, {reach}, nk) * {dose} / (KdB + {dose})"
        a1 = f"kTact * ({act} * Tr{e} - fdeact * Ta{e})"
        a2 = f"kTact * ({act} * T0{e} - fdeact * Ta{e})"
        made = f"fTap * kTprol * Ta{e}"
        lost = f"f0a * kTaap * T0{e} - f0d * T0{e}"
        normal = f"(V{e or '_bl'} * Bref{f' * KB{e}' if e else ''})"
        if e == "_bm":
            normal = f"({normal} * (1 + sees_proB * rno20))"
        il6 = f"kIL6 * Ta{e} / V{e or '_bl'} * {target} / {normal} * {engaged}"
        yield PrintedEquation(f"IL6{e}", f"{il6} - log(2) / IL6_half_life * IL6{e}", _CODE)
        rate |= {f"kill{e}": kill, f"cap{e}": normal, f"a1{e}": a1, f"a2{e}": a2}
        if not e:
            continue
        j_r = f"kTrexit * V_bl * ((1 + inj) * Tr / V_bl * KT{e} - Tr{e} / V{e})"
        j_0 = f"kTrexit * V_bl * ((1 + inj) * T0 / V_bl * KT{e} - T0{e} / V{e})"
        j_a = f"kTaexit * V_bl * ((1 + fa0 * inj) * Ta / V_bl * KT{e} * fap - Ta{e} / V{e})"
        for kind, flow in (("Tr", j_r), ("T0", j_0), ("Ta", j_a)):
            rate[kind] += f" - {flow}"
        yield PrintedEquation(f"Tr{e}", f"{j_r} - {a1} + f0d * T0{e}", _CODE)
        yield PrintedEquation(f"Ta{e}", f"{a1} + {a2} + {j_a}", _CODE)
        yield PrintedEquation(f"T0{e}", f"{made} + {j_0} - {lost} - {a2}", _CODE)
    rest = "(V_bl * Tref)"
    thymus = f"kTgen * {rest} * max(0, 1 - (Tr + Ta + T0) / {rest})**2"
    excess = f"frap * kTaap * max(0, Tr - {rest})"
    dying = f"kTaap * (Ta + fAICD * Ta**2 / {rest})"
    e_sp, e_ln = (
        f"kTaexit * V_bl * max(0, B / V_bl * KB{e} - B{e} / V{e})" for e in ("_sp", "_ln")
    )
    x = "kexit3 * V_bl * max(0, B_bm / V_bm - B / V_bl * KB_bm)"
    filled = {e: f"kBprol * {rate[f'cap{e}']} * max(0, 1 - B{e} / {rate[f'cap{e}']})" for e in _ALL}
    marrow = "(KB_bm * Bref * V_bm)"
    filled["_bm"] = f"kBprol * {marrow} * max(0, 1 - B_bm / {marrow})"
    killed = {e: f"{'fBkill * ' if e else ''}kBkill * {rate[f'kill{e}']}" for e in _ALL}
    c2, whole = (
        f"({marrow} * rno20)",
        f"({' + '.join(rate[f'cap{e}'] for e in ('', '_sp', '_ln'))})",
    )
    boost = f"(1 + precursor_boost * max(0, 1 - (B + B_sp + B_ln) / {whole}))"
    for state, law in {
        "Tr": f"{thymus} - {rate['a1']} - {excess} + f0d * T0{rate['Tr']}",
        "Ta": f"{rate['a1']} + {rate['a2']} - {dying}{rate['Ta']}",
        "T0": f"fTap * kTprol * Ta - f0a * kTaap * T0 - f0d * T0 - {rate['a2']}{rate['T0']}",
        "B": f"{x} - {e_sp} - {e_ln} - {killed['']} * B + {filled['']}",
        "B_sp": f"{e_sp} + {filled['_sp']} - {killed['_sp']} * B_sp",
        "B_ln": f"{e_ln} + {filled['_ln']} - {killed['_ln']} * B_ln",
        "B_bm": f"{filled['_bm']} - {x} + kBap / rmat * Bp - kBap * B_bm - {killed['_bm']} * B_bm",
        "Bp": f"{c2} * (kBap + kBap / rmat) * {boost} - kBap / rmat * Bp - kBap * Bp"
        f" + kBprol * {c2} * max(0, 1 - Bp / {c2}) - sees_proB * {killed['_bm']} * Bp",
        "B_tu": f"kBt * B_tu - {killed['_tu']} * B_tu",
        "C": "-(Q / V1) * (C - Cp) - CL / V1 * C - Vm / V1 * C / (Km + C)",
        "Cp": "Q / V2 * (C - Cp)",
        "inj": "-(log(2) / inj_half_life) * inj",
    }.items():
        yield PrintedEquation(state, law, _CODE)


EQUATIONS = tuple(_equations())

DEVIATIONS = (
    Deviation(
        "human clearance 5.4 mL/kg/day (Suppl. Table 2) and linear kinetics (Methods)",
        "those; the variant 'translation' has 8.5 mL/kg/day, the monkey's, and Vm 212 ug/day",
        "the translation of the authors' code has the latter; the first IL-6 peak after 1 mg moves "
        "by 0.6 %, the tumour of day 28 of the label's doses by a factor of 200",
    ),
    Deviation(
        "effect of a dose on passage: fdrug 6.3839 times a drug effect of unknown size",
        "10 at each dose, with a half-life of 1 day",
        "as in the translation (unconfirmed); without it the peak after 1 mg is 35 % higher. A "
        "blinatumomab infusion is given none",
    ),
    Deviation(
        "cell ratios with at least one cell below (authors' code)",
        "plain ratios",
        "no difference above one cell; a tumour of less than one cell is killed a little faster",
    ),
    Deviation(
        "apoptosis of excess resting T cells in all tissues (Results)",
        "in blood only; activated T cells do not die in tissues either",
        "the translation switches both off in tissues (fapop_v24 = 0)",
    ),
    Deviation(
        "'proliferation rate' 2.106 per day beside 'fraction that proliferates' 0.7",
        "their product feeds post-activated T cells; activated ones do not gain by division",
        "as in the translation; the article has activated daughters too",
    ),
    Deviation(
        "a tumour that takes in B cells from blood (a switch of the authors' code)",
        "without",
        "the human translation drops it; the article has constitutive growth only",
    ),
    Deviation(
        "blinatumomab: exponents and constants of the article's own table",
        "nd 1, KdT 0.1 and KdB 0.15 ng/mL, both targets in marrow counted, kinetics per m2",
        "IL-6 of marrow is divided by the normal number of both, as in the translation",
    ),
    Deviation(
        "a virtual population that carries the comparison with patients",
        "one reference patient without variability",
        "its ranges are in Suppl. Table 2 for the monkey only, its selection was not seen",
    ),
    Deviation(
        "extinction not mentioned",
        "none: a tumour below one cell may regrow",
        "as in the source; `simulate(extinction={'B_tu': 1.0})` ends it",
    ),
)
