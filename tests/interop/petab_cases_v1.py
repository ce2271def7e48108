"""Cases 1 to 20 of version 1 of the PEtab test suite; see `petab_cases` for the source."""

from __future__ import annotations

from tests.interop.petab_cases import (
    START,
    Case,
    K,
    a_at,
    b_at,
    conversion,
    observable,
    rate_rules,
)

ALL = {**START, **K}
TWO = [("obs_a", "c0", 0, 0.7), ("obs_a", "c0", 10, 0.1)]
LATER = [("obs_a", "c0", 1, 0.7), ("obs_a", "c0", 10, 0.1)]
PLAIN = [a_at(0, 1, 0), a_at(10, 1, 0)]
BOTH = [("obs_a", "c0", 10, 0.2), ("obs_b", "c0", 10, 0.8)]
AFTER = 2.0 * 0.3 / 0.9  # B of the steady state from A = 0, B = 2 with k1 = 0.3

OVER = ("observableParameters",)
NOISE = ("noiseParameters",)


def place(name: str, number: int = 1) -> str:
    return f"{name}Parameter{number}_obs_a"


def with_over(rows: list[tuple[object, ...]], *given: str) -> list[tuple[object, ...]]:
    return [(*row, text) for row, text in zip(rows, given, strict=True)]


V1 = [
    Case(1, 1, -0.84750169713188, 0.79183798368486, PLAIN, ALL, [observable()], TWO),
    Case(
        1, 2, -4.09983582520606, 0.84816338477474,
        [a_at(0, 0.8, 1), a_at(10, 0.8, 1), a_at(0, 0.9, 1), a_at(10, 0.9, 1)],
        K, [observable(noise=1)],
        [("obs_a", "c0", 0, 0.7), ("obs_a", "c0", 10, 0.1), ("obs_a", "c1", 0, 0.8),
         ("obs_a", "c1", 10, 0.2)],
        {"c0": {"a0": 0.8, "b0": "nan"}, "c1": {"a0": 0.9, "b0": "nan"}},
    ),
    Case(
        1, 3, -15.87199287779978, 30.84082034502065, [0.5 * x + 2 for x in PLAIN], ALL,
        [observable(formula=f"{place('observable')} * A + {place('observable', 2)}")],
        with_over(TWO, "0.5;2", "0.5;2"), columns=OVER,
    ),
    Case(
        1, 4, -5.69297960953693, 7.71020508625516, [0.5 * x + 2 for x in PLAIN],
        {**ALL, "scaling_A": 0.5, "offset_A": 2.0},
        [observable(formula="scaling_A * A + offset_A", noise=1)], TWO,
    ),
    Case(
        1, 5, -6.25585643836683, 5.16020461109629,
        [PLAIN[0] + 2, PLAIN[0] + 3, PLAIN[1] + 2, PLAIN[1] + 3],
        {**ALL, "offset_A_c0": 2.0, "offset_A_c1": 3.0},
        [observable(formula="A + offset_A", noise=1)],
        [("obs_a", "c0", 0, 2.0), ("obs_a", "c1", 0, 2.0), ("obs_a", "c0", 10, 2.1),
         ("obs_a", "c1", 10, 3.2)],
        {"c0": {"offset_A": "offset_A_c0"}, "c1": {"offset_A": "offset_A_c1"}},
        model=conversion(more='<parameter id="offset_A" value="0" constant="true"/>'),
    ),
    Case(
        1, 6, -65.10833033589059, 126.54090653896247, [10 * PLAIN[0], 15 * PLAIN[1]], ALL,
        [observable(formula=f"{place('observable')} * A", noise=1)],
        with_over(TWO, "10", "15"), columns=OVER,
    ),
    Case(
        1, 7, -1.378941036858, 0.2682957616817, [a_at(10, 1, 0), b_at(10, 1, 0)], ALL,
        [observable(observableTransformation="lin"),
         observable("obs_b", "B", 0.6, observableTransformation="log10")],
        BOTH,
    ),
    Case(
        1, 8, -1.17778328012676, 1.00081844438516, [*PLAIN, PLAIN[1]], ALL, [observable()],
        [*TWO, ("obs_a", "c0", 10, 0.2)],
    ),
    Case(
        1, 9, -0.75799668259765, 0.6128279546164, [a_at(t, 2 / 3, 1 / 3) for t in (1, 10)],
        {**START, "k2": 0.6}, [observable()], LATER,
        {"preeq_c0": {"k1": 0.3}, "c0": {"k1": 0.8}}, before="preeq_c0",
    ),
    Case(
        1, 10, -1.20628941926143, 1.50941342794395, [a_at(t, 2 / 3, 1) for t in (1, 10)],
        {"k2": 0.6}, [observable()], LATER,
        {"preeq_c0": {"k1": 0.3, "B": 0}, "c0": {"k1": 0.8, "B": 1}}, before="preeq_c0",
    ),
    Case(
        1, 11, -3.44341831317718, 5.98367121577545, [a_at(t, 1, 2) for t in (0, 10)], K,
        [observable()], TWO, {"c0": {"B": 2}}, model=conversion(b="1"),
    ),
    Case(
        1, 12, -1.77811367729783, 2.65306194401674, [a_at(t, 1, 1) for t in (0, 10)], K,
        [observable()], TWO, {"c0": {"compartment": 3}},
    ),
    Case(
        1, 13, -22.79033132827511, 44.67749724597132, [a_at(t, 1, 7) for t in (0, 10)],
        {**K, "par": 7.0}, [observable()], TWO, {"c0": {"B": "par"}},
    ),
    Case(
        1, 14, -3.68629528983135, 0.03167351934739, PLAIN, ALL,
        [observable(noise=f"{place('noise')} + {place('noise', 2)}")],
        with_over(TWO, "0.5;2", "0.5;2"), columns=NOISE,
    ),
    Case(
        1, 15, -5.06071208119597, 0.00791837983685, PLAIN, {**ALL, "noise": 5.0},
        [observable(noise=place("noise"))], with_over(TWO, "noise", "noise"), columns=NOISE,
    ),
    Case(
        1, 16, -0.78492623889606, 0.4400296965992, [a_at(10, 1, 0), b_at(10, 1, 0)], ALL,
        [observable(observableTransformation="lin"),
         observable("obs_b", "B", 0.7, observableTransformation="log")],
        BOTH,
    ),
    Case(
        1, 17, -1.22063957624351, 1.5381137419081, [a_at(t, 1, AFTER) for t in (1, 10)],
        {"k2": 0.6}, [observable()], LATER,
        {"preeq_c0": {"k1": 0.3, "B": 2.0, "A": 0}, "c0": {"k1": 0.8, "B": "NaN", "A": 1}},
        before="preeq_c0",
    ),
    Case(
        1, 18, -6.3898204385477, 12.80589151968588,
        [*(a_at(t, 1, AFTER) for t in (0, 1, 10)), AFTER],
        {"k2": 0.6}, [observable(), observable("obs_b", "B", 0.2)],
        [("obs_a", "c0", 0, 0.1), *LATER, ("obs_b", "c0", 0, 0.1)],
        {"preeq_c0": {"k1": 0.3, "B": 2.0, "A": 0}, "c0": {"k1": 0.8, "B": "NaN", "A": 1}},
        before="preeq_c0", model=rate_rules(),
    ),
    Case(
        1, 19, -12.17811234685187, 23.45305928312484, [a_at(t, 2, 3) for t in (0, 10)],
        {**K, "initial_A": 2.0, "initial_B": 3.0}, [observable()], TWO,
        {"c0": {"A": "initial_A", "B": "initial_B"}}, model=conversion(b="1"),
    ),
    Case(
        1, 20, -12.17811234685187, 23.45305928312484, [a_at(t, 2, 3) for t in (0, 10)],
        {**K, "initial_A": 2.0}, [observable()], TWO,
        {"c0": {"A": "initial_A", "B": "NaN"}}, model=conversion(b="3"),
    ),
]  # fmt: skip
