"""Write a simulated ward as a monitoring record, so that it is graded as patients are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from livingdrug.clinical.grading.rungs import OxygenRung, PressureRung
from livingdrug.clinical.monitoring.example import RecordWriter
from livingdrug.core.errors import OptionError

__all__ = ["simulated_ward"]

_PRESSORS = {
    PressureRung.ONE_PRESSOR_LOW: (("norepinephrine", "low"),),
    PressureRung.ONE_PRESSOR_HIGH: (("norepinephrine", "high"),),
    PressureRung.SEVERAL_PRESSORS: (("norepinephrine", "low"), ("epinephrine", "low")),
}
_OXYGEN = {
    OxygenRung.LOW_FLOW: ("nasal_cannula", "2", "L/min", "28"),
    OxygenRung.HIGH_FLOW: ("high_flow_cannula", "40", "L/min", "50"),
    OxygenRung.POSITIVE_PRESSURE: ("cpap", "", "", "50"),
    OxygenRung.VENTILATOR: ("ventilator", "", "", "50"),
}
"""Device, flow with its unit, and inspired oxygen in percent, that stand for a rung."""


def simulated_ward(
    subjects: Sequence[str],
    days: ArrayLike,
    temperature: ArrayLike,
    pressure: ArrayLike,
    oxygen: ArrayLike,
) -> str:
    """Return what was simulated as the text of a monitoring file.

    Every look is a row of each sign; support runs until the next look.

    Parameters
    ----------
    subjects : sequence of str, length n
        They are called ``SIMULATED-...`` in the file.
    days : array_like, shape (n_times,), day
        Increasing.
    temperature : array_like, shape (n, n_times), degree Celsius
    pressure, oxygen : array_like of rungs, shape (n, n_times)

    Returns
    -------
    str
        In the long form; read it with ``recorded=["all"]``, since a simulation leaves nothing out.

    Raises
    ------
    OptionError
        When shapes do not fit.
    """
    times = np.asarray(days, dtype=float)
    warm, pressed, breathed = (np.asarray(a) for a in (temperature, pressure, oxygen))
    shapes = {warm.shape, pressed.shape, breathed.shape}
    if shapes != {(len(subjects), times.size)}:
        shown = ", ".join(str(shape) for shape in sorted(shapes, key=str))
        raise OptionError(f"shapes {shown}: all must be ({len(subjects)}, {times.size})")
    writer = RecordWriter()
    for row, subject in enumerate(subjects):
        label = f"SIMULATED-{subject}"
        writer.add(label, "age", None, "40", "year")
        for k, day in enumerate(times.tolist()):
            until = float(times[k + 1]) if k + 1 < times.size else None
            reading = f"{float(warm[row, k]):.6f}"
            writer.add(label, "temperature", day, reading, "degC", attribution="crs")
            _circulation(writer, label, day, until, PressureRung(int(pressed[row, k])))
            _breathing(writer, label, day, until, OxygenRung(int(breathed[row, k])))
    return writer.text.getvalue()


def _circulation(
    writer: RecordWriter, label: str, day: float, until: float | None, rung: PressureRung
) -> None:
    low = "yes" if rung >= PressureRung.UNTREATED else "no"
    writer.add(label, "hypotension", day, low, attribution="crs")
    if rung == PressureRung.FLUIDS:
        writer.add(label, "fluid_bolus", day, "500", "mL", attribution="crs")
    for agent, dose in _PRESSORS.get(rung, ()):
        writer.add(label, "vasopressor", day, dose, stop=until, detail=agent, attribution="crs")


def _breathing(
    writer: RecordWriter, label: str, day: float, until: float | None, rung: OxygenRung
) -> None:
    if rung == OxygenRung.NONE:
        writer.add(label, "oxygen", day, detail="room_air", stop=until, attribution="crs")
        return
    device, flow, unit, inspired = _OXYGEN[rung]
    more = {"indication": "hypoxia"} if device == "cpap" else {}
    writer.add(
        label, "oxygen", day, flow, unit, stop=until, detail=device, attribution="crs", **more
    )
    writer.add(label, "fio2", day, inspired, "percent", stop=until, attribution="crs")
