"""What Dwivedi et al. 2014 has to reproduce, and where the entry departs from print."""

from __future__ import annotations

from collections.abc import Iterator

from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take
from livingdrug.model.regimen import Dose

__all__ = ["DEVIATIONS", "EQUATIONS", "READOUTS"]

_RUN = "own run of the deposit, LSODA at rtol 1e-10"
_DEPOSIT = {
    "anti_il6r": "BIOMD0000000537",
    "anti_il6": "BIOMD0000000535",
    "sgp130fc": "BIOMD0000000536",
    "healthy": "BIOMD0000000534",
}
HOUR = 1.0 / 24.0


def _give(variant: str, mg: float, day: float = 0.0) -> tuple[Dose, ...]:
    name = "anti_il6" if variant == "healthy" else variant
    return (Dose(name, mg, "mg", day),) if mg else ()


def _take(
    variant: str, mg: float, take: Take, of: str, equals: float, *, day: float = 0.0,
    rtol: float = 1e-5,  # six digits, and the run at 1e-6
    atol: float = 0.0, at: str = _RUN, end: float = 60.0, dosed: float = 0.0,
) -> Readout:  # fmt: skip
    when = f" on day {day:.4g}" if take == "value" else ""
    return Readout(
        f"{mg:g} mg, {take} of {of}{when}" + (f", given on day {dosed:.4g}" if dosed else ""),
        take, of, equals, "day" if take.startswith("day") else "nM", at, rtol=rtol, atol=atol,
        witness="independent run" if at == _RUN else "source", day=day, end=end, variant=variant,
        doses=_give(variant, mg, dosed),
    )  # fmt: skip


def _rest() -> Iterator[Readout]:
    """Yield that nothing moves without a drug; the deposits begin at rest."""
    for variant, at in _DEPOSIT.items():
        healthy = variant == "healthy"
        for of, sick, well in (
            ("CRP_S", 221.06367608557, 40.196036452179),
            ("IL6_S", 0.000435628896551166, 4.82830639918582e-05),
            ("sR_S", 4.25350679194445, 1.05563779110703),
            ("Xa_L", 0.765416493681823, 0.015961020646031),
            ("Xa_G", 0.980272509547246, 0.0207923272427145),
        ):
            yield _take(
                variant, 0.0, "value", of, well if healthy else sick, day=100.0, rtol=1e-6,
                at=f"{at}, state at rest",
            )  # fmt: skip


def _receptor() -> Iterator[Readout]:
    v = "anti_il6r"
    for mg, least, hour, d7, d14, d28, il6, free, sr, signal in (
        (300, 25.9957, 518, 193.196, 89.6511, 206.119, 7.56209e-4, 353.356, 2.0835e-4, 0.169148),
        (560, 4.08566, 855, 193.143, 88.8100, 6.03084, 7.56522e-4, 685.163, 1.06502e-4, 0.168877),
        (800, 2.64285, 954, 193.122, 88.6303, 5.22061, 7.56569e-4, 991.313, 7.33431e-5, 0.168775),
    ):
        yield _take(v, mg, "minimum", "CRP_S", least)
        # read off a grid of hours
        yield _take(v, mg, "day of minimum", "CRP_S", hour * HOUR, atol=HOUR, rtol=0.0)
        for day, crp in ((7, d7), (14, d14), (28, d28)):
            # at the end of the drug the curve turns up steeply
            yield _take(v, mg, "value", "CRP_S", crp, day=day, rtol=3e-5 if day == 28 else 1e-5)
        yield _take(v, mg, "value", "IL6_S", il6, day=3 * HOUR)
        # that is the largest value on a grid of hours, up to 5.2e-4 below the top
        yield _take(v, mg, "maximum", "IL6_S", il6, rtol=6e-4)
        yield _take(v, mg, "value", "A_S", free, day=1)
        yield _take(v, mg, "value", "sR_S", sr, day=1, rtol=5e-5)  # five digits
        yield _take(v, mg, "value", "Xa_L", signal, day=7)
    for day, crp in ((7, 193.551), (14, 90.355), (28, 205.812)):
        yield _take(
            v, 300, "value", "CRP_S", crp, day=day, dosed=HOUR,
            rtol=3e-5 if day == 28 else 1e-5,
        )  # fmt: skip
    yield _take(
        v, 300, "day of minimum", "CRP_S", 519 * HOUR, atol=HOUR, rtol=0.0, dosed=HOUR
    )  # fmt: skip


def _others() -> Iterator[Readout]:
    for mg, least, hour, d7, d28 in (
        (300, 29.4276, 680, 193.638510, 29.4480186),
        (560, 14.6259, 748, 193.376534, 15.5504298),
        (800, 10.3099, 778, 193.285168, 11.6943463),
    ):
        v = "anti_il6"
        yield _take(v, mg, "minimum", "CRP_S", least)
        yield _take(v, mg, "day of minimum", "CRP_S", hour * HOUR, atol=1.5 * HOUR, rtol=0.0)
        yield _take(v, mg, "value", "CRP_S", d7, day=7)
        yield _take(v, mg, "value", "CRP_S", d28, day=28)
    yield _take("anti_il6", 560, "value", "IL6_S", 1.505081416e-5, day=7)
    for mg, least, hour, d7, il6 in (
        (300, 198.039394, 222, 200.667257, 3.850675695e-4),
        (560, 184.939162, 266, 195.343146, 3.794686411e-4),
        (800, 174.763826, 293, 193.014155, 3.773673779e-4),
    ):
        v = "sgp130fc"
        yield _take(v, mg, "minimum", "CRP_S", least)
        yield _take(v, mg, "day of minimum", "CRP_S", hour * HOUR, atol=HOUR, rtol=0.0)
        yield _take(v, mg, "value", "CRP_S", d7, day=7)
        yield _take(v, mg, "value", "IL6_S", il6, day=7)
    yield _take("healthy", 300, "minimum", "CRP_S", 1.88179160)
    yield _take("healthy", 300, "value", "CRP_S", 11.5359874, day=7)
    yield _take("healthy", 300, "value", "CRP_S", 1.94394958, day=28)


READOUTS = (*_rest(), *_receptor(), *_others())


def _shared() -> dict[str, str]:
    """Return the rates of the 29 states without a drug, per hour, as the deposits add them up."""
    a = {p: f"(kon * sR_{p} * IL6_{p} - koff * sRL_{p})" for p in "SLG"}
    t = {p: f"(gon * sRL_{p} * sgp_{p} - goff * T_{p})" for p in "SLG"}
    trans = {p: f"(gon * sRL_{p} * gp_{p} - goff * X_{p})" for p in "LG"}
    cis = "(gon * RL_L * gp_L - goff * X_L)"
    bound = "(kon * R_L * IL6_L - koff * RL_L)"

    def to(kind: str, p: str) -> str:
        return f"(kST * {kind}_S - kTS * {kind}_{p})"

    def out(kind: str) -> str:
        return f" - {to(kind, 'L')} - {to(kind, 'G')}"

    rates = {
        "IL6_S": f"ks6 - kd6 * IL6_S - {a['S']}{out('IL6')}",
        "sR_S": f"kssR + ksh * CRP_S - kdsR * sR_S - {a['S']}{out('sR')}",
        "sRL_S": f"{a['S']} - {t['S']}{out('sRL')}",
        "sgp_S": f"ksg - kdg * sgp_S - {t['S']}{out('sgp')}",
        "T_S": f"{t['S']}{out('T')}",
        "CRP_S": f"ksC - kdC * CRP_S - {to('CRP', 'L')}",
        "CRP_L": f"ksec * Vp * pSTAT_L / (Kp + pSTAT_L) + {to('CRP', 'L')}",
        "R_L": f"ksR - kib * R_L - {bound}",
        "RL_L": f"{bound} - {cis} - kint * RL_L",
    }
    for p in "LG":
        gut = p == "G"
        into = trans[p] if gut else f"{trans[p]} + {cis}"
        on = f"kact * X_{p} - Vrd * Xa_{p} / (Krd + Xa_{p})"
        stat = f"kc * Xa_{p} * STAT_{p} / (Ks + STAT_{p}) - Vsd * pSTAT_{p} / (Ksd + pSTAT_{p})"
        rates |= {
            f"IL6_{p}": f"{to('IL6', p)} - {a[p]}"
            + (" + ks6G - kd6G * IL6_G" if gut else f" - {bound}"),
            f"sR_{p}": f"{to('sR', p)} - {a[p]}",
            f"sRL_{p}": f"{to('sRL', p)} + {a[p]} - {t[p]} - {trans[p]}",
            f"sgp_{p}": f"{to('sgp', p)} - {t[p]}",
            f"T_{p}": f"{to('T', p)} + {t[p]}",
            f"gp_{p}": f"ksR - kib * gp_{p} - ({into})",
            f"X_{p}": f"{into} - ({on}) - kint * X_{p}",
            f"Xa_{p}": f"{on} - kia * Xa_{p}",
            f"STAT_{p}": f"-({stat})",
            f"pSTAT_{p}": stat,
        }
    return rates


def _with_drug(variant: str) -> dict[str, str]:
    """Return the rates of a variant, per hour."""
    free, target, on, off = {
        "anti_il6r": ("A", "sR", "abon", "aboff"),
        "sgp130fc": ("F", "sRL", "gon", "goff"),
    }.get(variant, ("A", "IL6", "abon", "aboff"))
    bound, rates = free + target, _shared()

    def to(kind: str, p: str) -> str:
        return f"(Q_{p} / V_S * {kind}_S - Q_{p} / V_{p} * {kind}_{p})"

    for p in "SLG":
        binding = f"({on} * {free}_{p} * {target}_{p} - {off} * {bound}_{p})"
        rates[f"{target}_{p}"] += f" - {binding}"
        for kind, sign in ((free, "-"), (bound, "+")):
            passage = f"-{to(kind, 'L')} - {to(kind, 'G')}" if p == "S" else to(kind, p)
            rates[f"{kind}_{p}"] = f"{passage} {sign} {binding} - kdA * {kind}_{p}"
    rates[f"{free}_S"] += f" - {to(free, 'P')}"
    rates[f"{free}_P"] = to(free, "P")
    if variant == "anti_il6r":
        membrane = "(abon * A_L * R_L - aboff * AR_L)"
        rates["R_L"] += f" - {membrane}"
        rates["A_L"] += f" - {membrane}"
        rates["AR_L"] = f"{membrane} - kdA * AR_L"
    return rates


EQUATIONS = tuple(
    PrintedEquation(state, f"24 * ({rate})", at, variant)
    for variant, at in _DEPOSIT.items()
    for state, rate in _with_drug(variant).items()
)

DEVIATIONS = (
    Deviation(
        "concentrations that pass between serum, liver and gut without their volumes",
        "as deposited",
        "mass is conserved between equal volumes only: the gut has half of serum's, so that half "
        "of the drug that goes there is lost, and what comes back is doubled",
    ),
    Deviation(
        "binding of the antibody at 1000 per nM and hour, so a dissociation constant of 2.5 pM",
        "as deposited",
        "2.8e8 per M and second is implausibly fast, and tocilizumab is known at some 2.5 nM "
        "(unconfirmed), which 1 per nM and hour would give: perhaps a slip of units. But then CRP "
        "falls by 10 % after 560 mg, because bound receptor is lost slowly and piles up, and the "
        "trial that the article compares with saw it suppressed",
    ),
    Deviation(
        "events that dose at 0.1 h and again after 4 and 8 weeks, or every 2 weeks",
        "doses of the regimen, at any time",
        "a dose at 0.1 h differs from one on day 0 by that shift",
    ),
    Deviation(
        "complexes of antibody, soluble receptor and IL-6 together (537, 535 and 534)",
        "left out",
        "no reaction of the deposits forms them; they start at 0 and stay there",
    ),
    Deviation(
        "drug states that start at 1e-26 nM, or below zero",
        "0",
        "rounding left by the program that wrote the deposits",
    ),
    Deviation(
        "numbers without their source (fitted, or taken from elsewhere)",
        "all marked as fixed",
        "the deposits do not say; the supplement of the article was not seen",
    ),
    Deviation(
        "IL-6 in nM",
        "the observables are pg/mL with 21 kDa (unconfirmed)",
        "the shared unit; the state keeps nM",
    ),
    Deviation(
        "C-reactive protein in nM",
        "nM, and percent of the start",
        "whether of one subunit or of five (23 or 115 kDa) is not said, so that mg/L cannot be "
        "given",
    ),
    Deviation(
        "rates per hour",
        "the same numbers, multiplied by 24 hours per day in the rates",
        "time is in days",
    ),
)
