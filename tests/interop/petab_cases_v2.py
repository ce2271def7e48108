"""Cases of version 2 of the PEtab test suite; see `petab_cases` for the source."""

from __future__ import annotations

from tests.interop.petab_cases import (
    INF,
    START,
    Case,
    K,
    a_at,
    b_at,
    conversion,
    growing,
    observable,
    ramp,
    rate_rules,
    sizes,
)
from tests.interop.petab_cases_v1 import AFTER, NOISE, OVER, PLAIN, with_over

ALL = {**START, **K}
TWO = [("obs_a", "", 0, 0.7), ("obs_a", "", 10, 0.1)]
LATER = [("obs_a", "e0", 1, 0.7), ("obs_a", "e0", 10, 0.1)]
E1 = [("obs_a", "e1", 0, 0.7), ("obs_a", "e1", 10, 0.1)]
FOUR = [*E1, ("obs_b", "e1", 0, 0.7), ("obs_b", "e1", 10, 0.1)]
ONE_CONDITION = [("e1", 0, "c0")]
BEFORE = [("e0", "-inf", "preeq_c0"), ("e0", 0, "c0")]
OBS_B = observable("obs_b", "B")
OFFSET = conversion(more='<parameter id="offset_A" value="0" constant="true"/>')
THREE = [observable("obs_C", "C", 1), observable("amount", "S * C", 1), observable("conc", "S", 1)]
GROWN = [4, 8, 2, 4, 28, 7, 16, 128, 8, 16, 13 * 16, 13]
GROWN_ROWS = [(o, "e", t, t) for t in (0, 5, 10, 15) for o in ("obs_C", "amount", "conc")]
GROWN_CONDITIONS = {"first": {"S": 2}, "second": {"S": "S + C", "C": 8}}
LAST_A = a_at(10, 1, 0)
INITIAL = {**K, "initial_A": 2.0, "initial_B": 3.0}
INITIAL_VALUES = [*(a_at(t, 2, 3) for t in (0, 10)), *(b_at(t, 2, 3) for t in (0, 10))]


def sized(t: float) -> list[float]:
    a, b = (a_at(t, 2, 1, 2, 1), b_at(t, 2, 1, 2, 1))
    return [2 * a, a, 2 * b, b]


V2 = [
    Case(2, 1, -0.84750169713188, 0.79183798368486, PLAIN, ALL, [observable()], TWO),
    Case(
        2, 2, -7.60706289161541, 4.18686338477474,
        [a_at(0, 0.8, 1), a_at(10, 0.8, 1), a_at(0, 0.9, 1), a_at(10, 0.9, 1), 1, 1], K,
        [observable(noise=1), observable("obs_b", "B", 1)],
        [("obs_a", "e1", 0, 0.01), ("obs_a", "e1", 10, 0.1), ("obs_a", "e2", 0, 0.02),
         ("obs_a", "e2", 10, 0.2), ("obs_b", "e1", 0, 0.01), ("obs_b", "e2", 0, 0.01)],
        {"c0": {"A": 0.8}, "c1": {"A": 0.9}}, [("e1", 0, "c0"), ("e2", 0, "c1")],
    ),
    Case(
        2, 3, -15.87199287779978, 30.84082034502065, [0.5 * x + 2 for x in PLAIN], ALL,
        [observable(formula="scale * A + offset", observablePlaceholders="scale;offset")],
        with_over(TWO, "0.5;2", "0.5;2"), columns=OVER,
    ),
    Case(
        2, 4, -5.69297960953693, 7.71020508625516, [0.5 * x + 2 for x in PLAIN],
        {**ALL, "scaling_A": 0.5, "offset_A": 2.0},
        [observable(formula="scaling_A * A + offset_A", noise=1)], TWO,
    ),
    Case(
        2, 5, -1.91797937195749, 0.16020461109629, [LAST_A + 2, LAST_A + 3],
        {**ALL, "offset_A_c0": 2.0, "offset_A_c1": 3.0},
        [observable(formula="A + offset_A", noise=1)],
        [("obs_a", "e1", 10, 2.1), ("obs_a", "e2", 10, 3.2)],
        {"c0": {"offset_A": "offset_A_c0"}, "c1": {"offset_A": "offset_A_c1"}},
        [("e1", 0, "c0"), ("e2", 0, "c1")], model=OFFSET,
    ),
    Case(
        2, 6, -65.10833033589059, 126.54090653896247, [10 * PLAIN[0], 15 * PLAIN[1]], ALL,
        [observable(formula="scale * A", noise=1, observablePlaceholders="scale")],
        with_over(TWO, "10", "15"), columns=OVER,
    ),
    Case(
        2, 7, -0.67249278221721, 0.52346414289603, [a_at(10, 1, 0), b_at(10, 1, 0)], ALL,
        [observable(noiseDistribution="normal"),
         observable("obs_b", "B", 0.6, noiseDistribution="log-normal")],
        [("obs_a", "", 10, 0.2), ("obs_b", "", 10, 0.8)],
    ),
    Case(
        2, 8, -1.17778328012676, 1.00081844438516, [*PLAIN, PLAIN[1]], ALL, [observable()],
        [*TWO, ("obs_a", "", 10, 0.2)],
    ),
    Case(
        2, 9, -0.75799668259765, 0.6128279546164, [a_at(t, 2 / 3, 1 / 3) for t in (1, 10)],
        {**START, "k2": 0.6}, [observable()], LATER,
        {"preeq_c0": {"k1": 0.3}, "c0": {"k1": 0.8}}, BEFORE,
    ),
    Case(
        2, 10, -1.20628941926143, 1.50941342794395, [a_at(t, 2 / 3, 1) for t in (1, 10)],
        {"k2": 0.6}, [observable()], LATER,
        {"preeq_c0": {"k1": 0.3, "B": 0}, "c0": {"k1": 0.8, "B": 1}}, BEFORE,
    ),
    Case(
        2, 11, -3.44341831317718, 5.98367121577545, [a_at(t, 1, 2) for t in (0, 10)], K,
        [observable()], E1, {"c0": {"B": 2}}, ONE_CONDITION, model=conversion(b="1"),
    ),
    Case(
        2, 12, -46.16847821919806, 90.53062561723831,
        [*(a_at(t, 1, 1) for t in (0, 10)), *(4 * a_at(t, 1, 1) for t in (0, 10))], K,
        [observable(), observable("amount", "A * compartment")],
        [*E1, ("amount", "e1", 0, 0.7), ("amount", "e1", 10, 0.1)],
        {"c0": {"compartment": 4}}, ONE_CONDITION,
    ),
    Case(
        2, 13, -22.79033132827511, 44.67749724597132, [a_at(t, 1, 7) for t in (0, 10)],
        {**K, "par": 7.0}, [observable()], E1, {"c0": {"B": "par"}}, ONE_CONDITION,
        model=conversion(b="1"),
    ),
    Case(
        2, 14, -3.68629528983135, 0.03167351934739, PLAIN, ALL,
        [observable(noise="first + second", noisePlaceholders="first;second")],
        with_over(TWO, "0.5;2", "0.5;2"), columns=NOISE,
    ),
    Case(
        2, 15, -5.06071208119597, 0.00791837983685, PLAIN, {**ALL, "noise": 5.0},
        [observable(noise="sigma", noisePlaceholders="sigma")],
        with_over(TWO, "noise", "noise"), columns=NOISE,
    ),
    Case(
        2, 16, -25929.027262398453, 51836.0, GROWN, {"p": 1.0}, THREE, GROWN_ROWS,
        GROWN_CONDITIONS, [("e", 0, "first"), ("e", 10, "second")], model=growing("S >= 14"),
    ),
    Case(
        2, 17, -5.40777783708852, 9.00922485301921,
        [*(a_at(t, 1, AFTER) for t in (0, 1, 10)), AFTER], {"k2": 0.6}, [observable(), OBS_B],
        [("obs_a", "e0", 0, 0.7), *LATER, ("obs_b", "e0", 0, 2.0)],
        {"preeq_c0": {"k1": 0.3, "B": 2.0, "A": 0}, "c0": {"k1": 0.8, "A": 1}}, BEFORE,
    ),
    Case(
        2, 18, -6.3898204385477, 12.80589151968588,
        [*(a_at(t, 1, AFTER) for t in (0, 1, 10)), AFTER], {"k2": 0.6},
        [observable(), observable("obs_b", "B", 0.2)],
        [("obs_a", "e0", 10, 0.1), ("obs_a", "e0", 11, 0.7), ("obs_a", "e0", 20, 0.1),
         ("obs_b", "e0", 10, 0.1)],
        {"preeq_c0": {"k1": 0.3, "B": 2.0, "A": 0}, "c0": {"k1": 0.8, "A": 1}},
        [("e0", "-inf", "preeq_c0"), ("e0", 10, "c0")], model=rate_rules(),
    ),
    Case(
        2, 20, -38.41336983161109, 75.02040884206437, INITIAL_VALUES, INITIAL,
        [observable(), OBS_B], FOUR, {"c0": {"A": "initial_A", "B": "initial_B"}}, ONE_CONDITION,
        model=conversion(b="1"),
    ),
    Case(
        2, 21, -4.22301170308364, 0.0271111269779, PLAIN, {**ALL, "noise": 5.0},
        [observable(noise="factor * obs_a", noisePlaceholders="factor")],
        with_over(TWO, "noise", "noise"), columns=NOISE,
    ),
    Case(
        2, 22, -331.48075610526627, 633.555479147983,
        [*sized(0), *sized(5), 20, 5, 4, 2,
         a_at(5, 20, 4, 2, 1), a_at(5, 5, 2, 2, 1), b_at(5, 20, 4, 2, 1), b_at(5, 5, 2, 2, 1)],
        {"k1": 2.0}, [observable(f"obs_{k}{k.isupper():d}", k, 1) for k in "aAbB"],
        [(f"obs_{k}{k.isupper():d}", "e", t, 2 if k in "aA" else 1)
         for t in (0, 5, 10, 15) for k in "aAbB"],
        {"second": {"a": 20, "A": 5, "d": 4}}, [("e", 0, ""), ("e", 10, "second")], model=sizes(),
    ),
    Case(
        2, 23, -2242508.3378770663, 4485013.0, [1500, 1500], {"p0": 10.0},
        [observable("obs_p", "p", 1)], [("obs_p", "e", 0, 2), ("obs_p", "e", INF, 3)],
        {}, [("e", "-inf", "")], model=ramp(),
    ),
    Case(
        2, 26, -38.41336983161109, 75.02040884206437, INITIAL_VALUES,
        {**K, "A1": 0.5, "A2": 1.5, "B1": 9.0, "B2": 3.0}, [observable(), OBS_B], FOUR,
        {"c0": {"A": "A1 + A2", "B": "B1 / B2"}}, ONE_CONDITION, model=conversion(b="1"),
    ),
    Case(
        2, 27, -1.91797937195749, 0.16020461109629, [LAST_A + 2, LAST_A + 3],
        {**ALL, "first": 0.5, "second": 1.5, "third": 9.0},
        [observable(formula="A + offset_A", noise=1)],
        [("obs_a", "e1", 10, 2.1), ("obs_a", "e2", 10, 3.2)],
        {"c0": {"offset_A": "first + second"}, "c1": {"offset_A": "third / 3.0"}},
        [("e1", 0, "c0"), ("e2", 0, "c1")], model=OFFSET,
    ),
    Case(
        2, 28, -17.95225166719706, 35.00133792381521,
        [1, a_at(3, a_at(7, 1, 1) + 5, b_at(7, 1, 1))], K, [observable()], E1,
        {"later": {"A": "A + 5.0"}}, [("e1", 0, ""), ("e1", 7, "later")],
    ),
    Case(
        2, 29, -2.61465836008652, 1.55356258735436, [a_at(t, 1, 1) for t in (0, 5)], K,
        [observable(noise=1)], [("obs_a", "e1", 5, 0.01), ("obs_a", "e1", 10, 0.1)],
        {}, [("e1", 5, "")],
    ),
    Case(
        2, 30, -25929.027262398453, 51836.0, GROWN, {"p": 1.0}, THREE, GROWN_ROWS,
        GROWN_CONDITIONS, [("e", 0, "first"), ("e", 10, "second")], model=growing("time >= 10"),
    ),
    Case(
        2, 31, -764.6026152068787, 1533.8366512423358,
        [1, 1, a_at(10, 1, 1) + 5, b_at(10, 1, 1) + 3], K,
        [observable(), observable("obs_b", "B", 0.1)],
        [("obs_a", "e1", 0, 0.7), ("obs_b", "e1", 0, 1.0), ("obs_a", "e1", 10, 0.1),
         ("obs_b", "e1", 10, 0.4)],
        {"one": {"A": "A + 5.0"}, "two": {"B": "B + 3.0"}},
        [("e1", 0, ""), ("e1", 10, "one"), ("e1", 10, "two")],
    ),
    Case(
        2, 32, -81.1562260241497, 160.50612122714156,
        [INITIAL_VALUES[0] + 2, INITIAL_VALUES[1] + 2, *INITIAL_VALUES[2:]], INITIAL,
        [observable(formula="A + initial_A"), OBS_B], FOUR,
        {"c0": {"A": "initial_A", "B": "initial_B"}}, ONE_CONDITION, model=conversion(b="1"),
    ),
]  # fmt: skip
