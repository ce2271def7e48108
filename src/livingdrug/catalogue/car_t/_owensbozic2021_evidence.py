"""What Owens and Bozic 2021 has to reproduce, and where the entry departs from print."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout, Take
from livingdrug.model.regimen import Dose

__all__ = ["AS_PUBLISHED", "DEVIATIONS", "EQUATIONS", "READOUTS", "WIDE"]

AS_PUBLISHED = "_as_published"
WIDE = 1.25
_RUN = "own integration, LSODA in ln T at rtol 1e-10"
_NONE, _C3, _C5, _STRONG = (0.0, 0), (125.0, 3), (77.0, 5), (125.0, 5)
_CURE = 1e-3  # cells


def _doses(
    variant: str, chemotherapy: tuple[float, int], infusion: tuple[float, float]
) -> tuple[Dose, ...]:
    """Return pulses from day 0 on and an infusion (day, cells that reach C)."""
    strength, days = chemotherapy
    width = (WIDE if variant.endswith(AS_PUBLISHED) else 1.0) / 48
    pulses = [
        Dose("chemotherapy", strength / 48, "uM", time=float(day), duration=width)
        for day in range(days)
    ]
    day, cells = infusion
    given = [Dose("infusion", cells / 0.01, "cell", time=day)] if cells else []
    return (*pulses, *given)


def _read(
    label: str, take: Take, of: str, equals: float, unit: str, variant: str,
    doses: tuple[Dose, ...], *, at: str = "", rtol: float = 0.0, atol: float = 0.0,
    period: tuple[float, float] = (0.0, 60.0), burden: float = 0.0, **values: float,
) -> Readout:  # fmt: skip
    return Readout(
        f"{variant}: {label}", take, of, equals, unit, at or _RUN, rtol=rtol, atol=atol,
        witness="source" if at else "independent run", day=period[1], start=period[0],
        end=period[1], values=values | ({"T": burden} if burden else {}), variant=variant,
        doses=doses, level=_CURE if take == "first day below" else math.nan,
    )  # fmt: skip


def _course(
    label: str, variant: str, doses: tuple[Dose, ...], rows: Sequence[tuple[float, ...]]
) -> Iterator[Readout]:
    """Give a line of the reference values: day, ln T, E, C, M as far as printed."""
    for day, log_t, *others in rows:
        values = (math.exp(log_t), *others)
        for name, equals in zip("TECM", values, strict=False):
            # printed to 7 digits or more, M late to 3; the loose run at 1e-6 collects some 1e-5
            rtol = 2e-3 if name == "M" and day == 14 else 5e-5
            yield _read(
                f"{label}, {name} on day {day:g}", "value", name, equals,
                "uM" if name == "M" else "cell", variant, doses,
                rtol=rtol, atol=1e-12, period=(0, day),
            )  # fmt: skip


# what is done to whom: patient, burden (0 for medium), chemotherapy, infusion (day, cells in C);
# then the day of cure with pulses of half an hour and of 0.625 h, or else T on day 500
_Scenario = tuple[int, float, tuple[float, int], tuple[float, float]]
_FULL, _P4 = 2e12, 9.52603e8
_SCENARIOS: tuple[tuple[str, _Scenario, float, float], ...] = (
    ("medium, DL1, C3", (1, 0, _C3, (5, 1e5)), _FULL, _FULL),
    ("medium, DL1, C5", (1, 0, _C5, (7, 1e5)), _FULL, 31.6445),
    ("medium, DL3, C3, rest 4", (1, 0, _C3, (7, 2.5e6)), _FULL, _FULL),
    ("high, DL3, C3", (1, 1e10, _C3, (5, 2.5e6)), _FULL, _FULL),
    ("high, DL3, C5", (1, 1e10, _C5, (7, 2.5e6)), _FULL, _FULL),
    ("medium, DL3, no chemotherapy", (1, 0, _NONE, (0, 2.5e6)), _FULL, _FULL),
    ("high, DL3, C3", (2, 1e10, _C3, (5, 2.5e6)), _FULL, _FULL),
    ("high, DL3, C5", (2, 1e10, _C5, (7, 2.5e6)), _FULL, 26.3907),
    ("medium, DL1, C3", (2, 0, _C3, (5, 1e5)), _FULL, 28.9617),
    ("medium, DL1, C5", (2, 0, _C5, (7, 1e5)), 30.7837, 26.9973),
    ("medium, DL3, C3, rest 4", (2, 0, _C3, (7, 2.5e6)), 30.3089, 26.1240),
    ("high, 2e6, C5, rest 3", (2, 1e10, _C5, (8, 2e6)), _FULL, 30.5711),
    ("high, 2e6, C5, rest 4", (2, 1e10, _C5, (9, 2e6)), _FULL, _FULL),
    ("high, 2e6, 5 days of 125, rest 3", (2, 1e10, _STRONG, (8, 2e6)), 25.8376, 24.0333),
    ("high, 2e6, 5 days of 125, rest 4", (2, 1e10, _STRONG, (9, 2e6)), 28.2640, 25.9083),
    ("high, DL3, no chemotherapy", (2, 1e10, _NONE, (0, 2.5e6)), _FULL, _FULL),
    ("medium, DL2, C5", (3, 0, _C5, (7, 1e6)), 25.6147, 18.9142),
    ("medium, DL3, no chemotherapy", (3, 0, _NONE, (0, 2.5e6)), 9.16643e8, 9.16643e8),
    ("medium, DL2, C5", (4, 0, _C5, (7, 1e6)), _P4, _P4),
    ("medium, DL1, C5", (4, 0, _C5, (7, 1e5)), _P4, _P4),
    ("high, DL2, C5", (4, 9.8e8, _C5, (7, 1e6)), _P4, _P4),
)
# of those, what the source says: patient and label, place
_PRINTED = {
    (1, "medium, DL1, C3"): "Fig. 5",
    (1, "medium, DL1, C5"): "Fig. 5",
    (1, "medium, DL3, C3, rest 4"): "Fig. 3b",
    (1, "high, DL3, C3"): "Results: no dose level cures",
    (1, "high, DL3, C5"): "Results: no dose level cures",
    (1, "medium, DL3, no chemotherapy"): "Results: CAR-T cells alone fail",
    (2, "high, DL3, C3"): "Fig. 5",
    (2, "high, DL3, C5"): "Fig. 5",
    (2, "medium, DL1, C5"): "Fig. 5",
    (2, "medium, DL3, C3, rest 4"): "Fig. 3c",
    (2, "high, 2e6, C5, rest 3"): "Fig. 6",
    (2, "high, 2e6, C5, rest 4"): "Fig. 6",
    (2, "high, DL3, no chemotherapy"): "Results: CAR-T cells alone fail",
    (3, "medium, DL2, C5"): "Fig. 3 (text: patient 4)",
    (3, "medium, DL3, no chemotherapy"): "Results: CAR-T cells alone fail",
    (4, "medium, DL2, C5"): "Fig. 3 (text: patient 3)",
}
_CAPACITY = (2e12, 2e12, 9.804e8, 9.804e8)


def _outcome(label: str, scenario: _Scenario, outcome: float, suffix: str) -> Iterator[Readout]:
    """Give what the own run and, with pulses as published, what the source says."""
    patient, burden, chemotherapy, infusion = scenario
    variant = f"p{patient}{suffix}"
    doses = _doses(variant, chemotherapy, infusion)
    place = _PRINTED.get((patient, label), "") if suffix else ""
    if outcome < 100.0:
        yield _read(  # printed to 1e-4 day; the loose run is within 0.003 day
            f"{label}: day of cure", "first day below", "T", outcome, "day", variant, doses,
            atol=0.005, period=(infusion[0], 60), burden=burden,
        )  # fmt: skip
        if place:
            yield _read(
                f"{label}: cure", "minimum", "T", 0.0, "cell", variant, doses, at=place,
                atol=_CURE, period=(0, 100), burden=burden,
            )  # fmt: skip
        return
    yield _read(
        f"{label}: fails", "value", "T", outcome, "cell", variant, doses, rtol=1e-5,
        period=(0, 500), burden=burden,
    )  # fmt: skip
    if place:  # effector cells hold patients 3 and 4 up to 7 % below the capacity
        yield _read(
            f"{label}: grows to near 1/b", "value", "T", _CAPACITY[patient - 1], "cell", variant,
            doses, at=place, rtol=0.07, period=(0, 500), burden=burden,
        )  # fmt: skip


def _threshold(
    patient: int, name: str, burden: float, chemotherapy: tuple[float, int], day: float,
    dose: float, suffix: str = AS_PUBLISHED,
) -> Iterator[Readout]:  # fmt: skip
    """Half a percent below a threshold dose the tumour is there on day 200, above it is gone."""
    variant = f"p{patient}{suffix}"
    label = f"{name}, {chemotherapy[1]} days of chemotherapy, threshold {dose:g}"
    capacity = _CAPACITY[patient - 1]
    for part, take, equals, atol in (
        (0.995, "value", 0.95 * capacity, 0.051 * capacity),  # 90 % to all, and rounding
        (1.005, "minimum", 0.0, _CURE),
    ):
        takes: Take = "value" if take == "value" else "minimum"
        yield _read(
            f"{label}, {part:g} of it", takes, "T", equals, "cell", variant,
            _doses(variant, chemotherapy, (day, part * dose)), atol=atol, period=(0, 200),
            burden=burden,
        )  # fmt: skip


_REFERENCE_P2 = (
    (1, 21.948329, 227224.3, 0, 1.0687635),
    (5, 20.674146, 127417.27, 0, 0.27769482),
    (10, 21.333553, 256910.06, 2.5663126e7, 0.0030849107),
    (14, 21.838817, 257603.52, 1.4063629e8, 8.43e-5),
    (20, 21.676948, 211462.9, 4.0819739e8),
)
_REFERENCE_P4 = (
    (7, 19.371439, 89427.418),
    (10, 20.056637, 96716.744, 2.6557197e7),
    (14, 20.444984, 78851.992, 2.7061740e7),
    (25, 20.669302, 46916.387, 1.4226429e7),
)
_PLAN_P2 = _doses("p2", _C3, (7, 2.5e6))
_PLAN_P4 = _doses("p4", _C5, (7, 1e6))


def _highest(variant: str, strength: tuple[float, int], equals: float, **how: object) -> Readout:
    at, rtol = str(how.get("at", "")), float(str(how.get("rtol", 2e-4)))
    return _read(
        f"highest concentration, {strength[1]} days", "maximum", "M", equals, "uM", variant,
        _doses(variant, strength, (0, 0)), at=at, rtol=rtol, period=(0, 8),
    )  # fmt: skip


READOUTS = (
    *_course("C3, 2.5e6 on day 7", "p2", _PLAN_P2, _REFERENCE_P2),
    *_course("C5, 1e6 on day 7", "p4", _PLAN_P4, _REFERENCE_P4),
    _highest("p2", _C5, 2.648),
    _highest("p2", _C3, 4.055),
    _highest("p2_as_published", _C5, 3.30262, rtol=1e-5),
    _highest("p2_as_published", _C3, 5.05726, rtol=1e-5),
    # 0.625 h is a round number: pulses of 0.632 h would give the printed digits
    _highest("p2_as_published", _C5, 3.34, rtol=0.012, at="Results: peak of C5"),
    *(
        item
        for label, scenario, exact, wide in _SCENARIOS
        for suffix, outcome in (("", exact), (AS_PUBLISHED, wide))
        for item in _outcome(label, scenario, outcome, suffix)
    ),
    # "about": a day, the width of the line
    _read("medium, DL3, C3, rest 4: cure at about 30 d", "first day below", "T", 30.0, "day", "p2",
          _PLAN_P2, at="Fig. 3c", atol=1.0, period=(7, 60)),
    _read("medium, DL2, C5: cure at about 18 d", "first day below", "T", 18.0, "day",
          "p3_as_published", _doses("p3_as_published", _C5, (7, 1e6)), at="Fig. 3", atol=1.0,
          period=(7, 60)),
    *(
        _read("medium, DL2, C5: CAR-T cells peak at about 12 d", "day of maximum", "C", 12.0, "day",
              variant, _doses(variant, _C5, (7, 1e6)), at="Fig. 3", atol=0.5, period=(7, 60))
        for variant in ("p4", "p4_as_published")
    ),
    # the state with a large tumour is there for j_C up to 0.7293, an own root of the equations
    _read("j_C 0.72, 1e6 cells alone: fails", "value", "T", 8.0296e8, "cell", "p3",
          _doses("p3", _NONE, (0, 1e6)), rtol=1e-5, period=(0, 1500), j_C=0.72),
    _read("j_C 0.735, 1e6 cells alone: cure", "minimum", "T", 0.0, "cell", "p3",
          _doses("p3", _NONE, (0, 1e6)), atol=_CURE, period=(0, 200), j_C=0.735),
    *_threshold(1, "medium", 0, _NONE, 0, 3.523e8),
    *_threshold(1, "medium", 0, _C3, 5, 3.742e5),
    *_threshold(1, "medium", 0, _C5, 7, 6.38e4),
    *_threshold(2, "medium", 0, _NONE, 0, 3.045e8),
    *_threshold(2, "medium", 0, _C3, 5, 4.62e4),
    *_threshold(2, "medium", 0, _C5, 7, 2.87e4),
    *_threshold(2, "high", 1e10, _NONE, 0, 1.237e9),
    *_threshold(2, "high", 1e10, _C3, 5, 2.815e6),
    *_threshold(2, "high", 1e10, _C5, 7, 2.421e5),
    *_threshold(1, "low", 1e9, _NONE, 0, 6.62e5, suffix=""),
    *_threshold(2, "low", 1e9, _NONE, 0, 6.66e5, suffix=""),
    *_threshold(3, "low", 1e8, _NONE, 0, 8202, suffix=""),
    *_threshold(4, "low", 1e8, _NONE, 0, 5.76e4, suffix=""),
)  # fmt: skip

_D = "(d_{0} * T * {0}**l / (s * T**l + {0}**l))".format
_GROWTH = "-j_{0} * log((E + C) / K) * {1}**2 / (k + {1}**2) * {0} - q_{0} * {0} * T".format
_CHEMO = " - K_{0} * (1 - exp(-M)) * {0}".format

EQUATIONS = (
    PrintedEquation("T", f"a * T * (1 - b * T) - {_D('E')} - {_D('C')}" + _CHEMO("T"), "Eq. of T"),
    PrintedEquation("E", f"g - m_E * E {_GROWTH('E', _D('E'))}" + _CHEMO("E"), "Eq. of E"),
    PrintedEquation("C", f"-m_C * C {_GROWTH('C', _D('C'))}" + _CHEMO("C"), "Eq. of C"),
    PrintedEquation("M", "-gamma * M", "Eq. of M between pulses"),
)

_DEVIATIONS = (  # what, instead, why
    ("half an hour of chemotherapy a day, and a peak of 3.34 uM for C5",
     "half an hour in the variants p1 to p4, 0.625 h in those 'as_published'",
     "half an hour gives 2.65 uM; the source's Runge-Kutta step of 0.0208 day is as long as the "
     "pulse, so that more comes in (unconfirmed). Every width from 0.605 to 0.633 h gives all "
     "outcomes of Fig. 3, 5 and 6 but one; 0.625 h gives 3.30 uM, 0.632 h would give 3.34 uM"),
    ("P1 medium, DL1, C5, P2 high, DL3, C5 and P2 high, 2e6 cells after three days of rest are "
     "cured",
     "only with pulses of 0.625 h",
     "with half an hour the same constants let all three fail"),
    ("P2 medium, DL1, C3 fails; P2 medium, DL3, C3 with four days of rest is cured at about 30 d",
     "so only with pulses of half an hour; with 0.625 h the first is cured, the second on day 26",
     "no one width gives all that is printed: the first needs 0.516 h at most, the cure of P1 by "
     "C5 0.605 h at least, and day 18 of P3 more than 0.6 h"),
    ("CAR-T cells alone fail in all scenarios",
     "at the low burden they cure: the threshold is 6.6e5 (P1, P2), 8.2e3 (P3) and 5.8e4 (P4) "
     "cells in C, below dose level 2",
     "follows from the printed constants, whatever the pulse; the medium and high burdens fail"),
    ("P4 medium, DL1, C5 and P4 high, DL2, C5 as cures (unconfirmed)",
     "both fail, with either width",
     "follows from the printed constants"),
    ("the text calls patient 3 of Fig. 3 patient 4 and the other way round, and text and captions "
     "disagree on dose levels 1 and 2",
     "patient 3 is cured and patient 4 is not, as the constants of Table 1 say; dose level 2",
     "only so both days come out"),
    ("strength of the five days of chemotherapy in Fig. 6",
     "77 uM/day, as C5",
     "with 125 uM/day both rests are cured, with either width"),
    ("1 % of the exponent l, the most sensitive constant, moves the threshold by 5 to 7 %, of a "
     "less, of j_C by 3 to 5 %; for which patient was not recorded (unconfirmed)",
     "P2 medium, C3: 12 % for l, 7 % for a, 4 % for j_C, the same order",
     "it depends on the scenario: 4 % for l without chemotherapy, and for P1 after chemotherapy a "
     "comes first with 30 to 45 %"),
    ("P3 has saddle-nodes at j_C 0.5105 and 2.56 1/day",
     "not found: with the constants of Table 1 the state with a large tumour ends at 0.7293 1/day",
     "own continuation of the steady states; for which dose or state the printed ones hold was not "
     "recorded (unconfirmed)"),
    ("d_E 2.02 1/day (Appendix B)", "2.03 1/day (Table 1)", "the table of the constants used"),
    ("D in terms of X / T",
     "X**l / (s T**l + X**l), as in the source's program",
     "the same number, and one without a tumour"),
    ("ln((E + C) / K) where both are 0",
     "no recruitment",
     "its factors E and C are 0 faster than the logarithm is infinite"),
)  # fmt: skip
DEVIATIONS = tuple(Deviation(*row) for row in _DEVIATIONS)
