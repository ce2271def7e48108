"""A small synthetic ward: invented courses with which the grading can be tried.

No patient and no model is behind it. Every course follows a script, from no event to a ventilator,
with times and readings drawn at random.
"""

from __future__ import annotations

import csv
import io

import numpy as np

from livingdrug.clinical.monitoring.example_labs import add_labs
from livingdrug.clinical.monitoring.read import LONG_COLUMNS
from livingdrug.core.errors import OptionError

__all__ = ["RecordWriter", "example_ward"]

_MOST = 500
_END = 12.0
_SCRIPTS = ("none", "fever", "fluids", "pressor", "ventilator", "infection")


class RecordWriter:
    """Collects the rows of one file."""

    def __init__(self) -> None:
        self.text = io.StringIO()
        self._rows = csv.DictWriter(self.text, LONG_COLUMNS, lineterminator="\n")
        self._rows.writeheader()

    def add(
        self,
        subject: str,
        item: str,
        start: float | None,
        value: str = "",
        unit: str = "",
        *,
        stop: float | None = None,
        detail: str = "",
        **more: str,
    ) -> None:
        """Write one row; times in days, texts as the columns of the long form."""
        times = {"start": _day(start), "stop": _day(stop)}
        row = {"subject": subject, "item": item, "value": value, "unit": unit, "detail": detail}
        self._rows.writerow({**row, **times, **more})


def _day(time: float | None) -> str:
    return "" if time is None else f"{time:.3f}"


def example_ward(n: int = 12, *, seed: int = 1, labs: bool = False) -> str:
    """Return a synthetic ward as the text of a monitoring file.

    Parameters
    ----------
    n : int, optional
        People, 1 to 500.
    seed : int, optional
    labs : bool, optional
        Add blood counts and laboratory values from before lymphodepletion to day 60. The other
        rows stay as they are.

    Returns
    -------
    str
        In the long form; every subject is called ``SYNTHETIC-...``.

    Raises
    ------
    OptionError
        When `n` is out of range.
    """
    if not 1 <= n <= _MOST:
        raise OptionError(f"{n} people; allowed are 1 to {_MOST}")
    rng = np.random.default_rng(seed)
    writer = RecordWriter()
    for number in range(1, n + 1):
        script = _SCRIPTS[(number - 1) % len(_SCRIPTS)]
        subject = f"SYNTHETIC-{number:03d}"
        _person(writer, subject, script, rng)
        if labs:
            # a stream of its own, so that the other rows do not depend on it
            severity = _SCRIPTS.index(script) if script in _SCRIPTS[:5] else 1
            add_labs(writer.add, subject, severity, np.random.default_rng([seed, number]))
    return writer.text.getvalue()


def _person(out: RecordWriter, subject: str, script: str, rng: np.random.Generator) -> None:
    onset = float(rng.integers(4, 20)) / 4  # the time of a reading, so that fever comes first
    length = round(float(rng.uniform(1.5, 4)), 3)
    severe = ("fluids", "pressor", "ventilator").index(script) + 1 if script in _SCRIPTS[2:5] else 0
    out.add(subject, "age", None, f"{rng.integers(22, 82)}", "year")
    for place, day in enumerate(np.arange(0.25, _END, 0.25).tolist()):
        ill = script != "none" and onset <= day < onset + length
        cooled = ill and severe and day > onset + 0.7
        temperature = rng.normal(38.9 if ill and not cooled else 36.8, 0.25)
        temperature = max(temperature, 38.0) if ill and not cooled else min(temperature, 37.7)
        cause = "infection" if script == "infection" and ill else ""
        reading = f"{temperature:.1f}"
        out.add(subject, "temperature", day, reading, "degC", method="oral", attribution=cause)
        low = severe > 0 and onset + 0.4 <= day < onset + min(length, 1.6)
        pressure = rng.normal(82, 3) if low else rng.normal(118, 7)
        pressure = min(pressure, 89) if low else max(pressure, 95)
        out.add(subject, "sbp", day, f"{pressure:.0f}", "mmHg")
        if place % 4 == 0:
            _neurology(out, subject, day, script, onset, rng)
    if script == "none":
        return
    out.add(subject, "antipyretic", onset + 0.05, "1000", "mg")
    if severe:
        out.add(subject, "fluid_bolus", onset + 0.5, "500", "mL", stop=onset + 0.6)
        out.add(subject, "tocilizumab", onset + 0.65, "560", "mg")
        flow = f"{rng.integers(2, 5)}"
        until = onset + (1.4 if severe == 3 else 1.3)
        out.add(subject, "nasal_cannula", onset + 0.55, flow, "L/min", stop=until)
        out.add(subject, "fio2", onset + 0.55, "30", "%", stop=until)
    if severe >= 2:
        rate = f"{rng.integers(3, 9) if severe == 2 else rng.integers(22, 35)}"
        stop = onset + (1.4 if severe == 2 else 2.0)
        out.add(subject, "norepinephrine", onset + 0.8, rate, "ug/min", stop=stop)
        out.add(subject, "steroid", onset + 0.9, "10", "mg")
    if severe == 3:
        out.add(subject, "ventilator", onset + 1.4, stop=onset + 2.6)
        out.add(subject, "fio2", onset + 1.4, "60", "%", stop=onset + 2.6)
        out.add(subject, "vasopressin", onset + 1.0, "0.03", "U/min", stop=onset + 1.8)


def _neurology(
    out: RecordWriter, subject: str, day: float, script: str, onset: float, rng: np.random.Generator
) -> None:
    worse = script in ("pressor", "ventilator") and onset + 1 <= day < onset + 4
    ice = int(rng.integers(2, 8)) if worse else 10
    out.add(subject, "ice", day, f"{ice}")
    level = "voice" if worse and ice < 7 else "spontaneous"
    out.add(subject, "consciousness", day, level)
