"""Invented laboratory values for the synthetic ward: no patient and no model is behind them."""

from __future__ import annotations

from typing import Protocol

import numpy as np

__all__ = ["add_labs"]

_LYMPHODEPLETION = -5.0
_DAYS = (-6, -5.5, -1, *range(31), *range(35, 61, 5))
_UNITS = {
    "ldh": "U/L", "creatinine": "umol/L", "crp": "mg/L", "ferritin": "ug/L",
    "hemoglobin": "g/dL", "fibrinogen": "mg/dL", "alt": "U/L", "ast": "U/L",
    "platelets": "10^9/L", "anc": "10^9/L",
}  # fmt: skip
_LIMIT = 40.0
"""Upper limit of normal of both transaminases, U/L."""


class Add(Protocol):
    """Writes one row, as `example.RecordWriter.add`."""

    def __call__(
        self, subject: str, item: str, start: float | None, value: str = "", unit: str = "",
        *, stop: float | None = None, detail: str = "", **more: str,
    ) -> None: ...  # fmt: skip


def add_labs(add: Add, subject: str, severity: int, rng: np.random.Generator) -> None:
    """Write the rows of one person.

    Parameters
    ----------
    add : callable
    subject : str
    severity : int
        0 to 4; from 4 on with a picture like that of the haemophagocytic syndrome from day 9 on.
    rng : numpy.random.Generator
    """
    add(subject, "lymphodepletion", _LYMPHODEPLETION)
    for fact, limit, unit in (
        ("ferritin_uln", "300", "ug/L"), ("alt_uln", f"{_LIMIT:g}", "U/L"),
        ("ast_uln", f"{_LIMIT:g}", "U/L"), ("fibrinogen_lln", "180", "mg/dL"),
    ):  # fmt: skip
        add(subject, fact, None, limit, unit)
    recovery = 6 + 4 * severity + int(rng.integers(0, 4))
    for day in _DAYS:
        values = _values(float(day), severity, recovery)
        for item, unit in _UNITS.items():
            value = values[item] * float(np.exp(rng.normal(0, 0.05)))
            ctcae = ""
            if item in ("alt", "ast"):
                ctcae = f"{sum(value > x * _LIMIT for x in (1, 3, 5, 20))}"
            elif item == "creatinine":
                ctcae = "0"
            text = f"{value:.2f}" if item in ("anc", "hemoglobin") else f"{value:.0f}"
            add(subject, item, float(day), text, unit, ctcae=ctcae)
        rising = severity >= 3 and 2 <= day <= 4
        add(subject, "ferritin_rising", float(day), "yes" if rising else "no")
        if 9 <= day <= 20:
            late = severity >= 4
            add(subject, "new_cytopenia", float(day), "yes" if late else "no")
            add(subject, "haemophagocytosis", float(day), "yes" if late else "no")


def _values(day: float, severity: int, recovery: int) -> dict[str, float]:
    """Return each value of a day in the unit of `_UNITS`."""
    bump = float(np.exp(-(((day - 5) / 3) ** 2)))
    late = float(np.exp(-(((day - 13) / 3) ** 2))) if severity >= 4 else 0.0
    nadir = 1 <= day < 1 + recovery
    anc = (0.08 if severity >= 4 else 0.3) if nadir else 1.2 if day >= 1 else 3.0
    return {
        "anc": anc,
        "platelets": 210.0 - 35 * severity
        if day < 1
        else max(15.0, 110.0 - 22 * severity + 1.2 * day),
        "hemoglobin": 11.5 - 0.7 * severity if day < 1 else max(7.4, 10.5 - 0.7 * severity),
        "ldh": 220 + 120 * severity * bump + 900 * late,
        "creatinine": 75.0,
        "crp": 6 + 8 * severity + 45 * severity * bump,
        "ferritin": 250 + 200 * severity + 700 * severity * bump + 24000 * late,
        "fibrinogen": 380 - 270 * late,
        "alt": 22 + 12 * severity * bump + 330 * late,
        "ast": 25 + 12 * severity * bump + 420 * late,
    }
