"""Reaction networks for the comparison of exact stochastic simulators."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["NETWORKS", "RING", "Network", "ring"]


@dataclass(frozen=True)
class Network:
    """One network: species at the start, constants, and reactions.

    A reaction is its name, what it takes, what it makes, and its law as text over counts. Where
    the law is mass action, `mass_action` has its constant, of ordered selections without
    replacement, for packages that have a faster way for it.
    """

    name: str
    start: dict[str, int]
    constants: dict[str, float]
    reactions: tuple[tuple[str, dict[str, int], dict[str, int], str], ...]
    end: float
    watched: str
    mass_action: dict[str, float] = field(default_factory=dict)


NETWORKS = (
    Network(
        "dimerisation",
        {"A": 301, "B": 0},
        {"k": 0.00166, "r": 0.2},
        (
            ("pair", {"A": 2}, {"B": 1}, "k * A * (A - 1) / 2"),
            ("part", {"B": 1}, {"A": 2}, "r * B"),
        ),
        200.0,
        "A",
        {"pair": 0.00166 / 2, "part": 0.2},
    ),
    Network(
        "schloegl",
        {"X": 250},
        {"k1": 3e-7, "k2": 1e-4, "k3": 1e-3, "k4": 3.5, "a": 1e5, "b": 2e5},
        (
            ("gain", {"X": 2}, {"X": 3}, "k1 / 2 * a * X * (X - 1)"),
            ("loss", {"X": 3}, {"X": 2}, "k2 / 6 * X * (X - 1) * (X - 2)"),
            ("in", {}, {"X": 1}, "k3 * b"),
            ("out", {"X": 1}, {}, "k4 * X"),
        ),
        20.0,
        "X",
        {"gain": 0.015, "loss": 1e-4 / 6, "in": 200.0, "out": 3.5},
    ),
    Network(
        "car_t",
        {"Eff": 200, "Mem": 0, "Tum": 2000},
        {
            "kp": 1.0,
            "kh": 500.0,
            "kd": 0.3,
            "ke": 0.02,
            "km": 0.01,
            "kr": 0.1,
            "kg": 0.9,
            "ks": 300.0,
        },
        (
            ("expand", {"Eff": 1}, {"Eff": 2}, "kp * Eff * Tum / (Tum + kh)"),
            ("die", {"Eff": 1}, {}, "kd * Eff"),
            ("remember", {"Eff": 1}, {"Mem": 1}, "ke * Eff"),
            ("forget", {"Mem": 1}, {}, "km * Mem"),
            ("grow", {"Tum": 1}, {"Tum": 2}, "kr * Tum"),
            ("kill", {"Tum": 1}, {}, "kg * Tum * Eff / (ks + Eff + Tum)"),
        ),
        30.0,
        "Eff",
        {"die": 0.3, "remember": 0.02, "forget": 0.01, "grow": 0.1},
    ),
)


def ring(size: int) -> Network:
    """Return places in a ring between which cells move, where they divide, arrive and die.

    Parameters
    ----------
    size : int

    Returns
    -------
    Network
        Three kinds of jumps for each place.
    """
    reactions: list[tuple[str, dict[str, int], dict[str, int], str]] = []
    rates = {}
    for place in range(size):
        here, there = f"A{place}", f"A{(place + 1) % size}"
        reactions += [
            (f"birth{place}", {}, {here: 1}, "b"),
            (f"death{place}", {here: 1}, {}, f"d * {here}"),
            (f"move{place}", {here: 1}, {there: 1}, f"k * {here}"),
        ]
        rates |= {f"birth{place}": 5.0, f"death{place}": 0.5, f"move{place}": 1.0}
    start = {f"A{place}": 20 if place % 2 == 0 else 0 for place in range(size)}
    constants = {"b": 5.0, "d": 0.5, "k": 1.0}
    return Network(f"ring of {size}", start, constants, tuple(reactions), 5.0, "A5", rates)


RING = ring(128)
