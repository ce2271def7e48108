"""Take read-outs from simulations."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from livingdrug.catalogue.function import ClosedForm
from livingdrug.catalogue.readout import Population, Readout
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.walk import substitute
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.symbols import expand_assignments

__all__ = ["evaluate_readout", "measure"]

FloatArray = NDArray[np.float64]
Group = tuple[tuple[tuple[str, float], ...], Population | None, tuple[Dose, ...]]

_SCAN = 600
_AREA_POINTS = 20_001  # trapezoid error near 1e-7 over four weeks


def measure(model: Model, readouts: Sequence[Readout], *, rtol: float) -> list[float]:
    """Take read-outs, simulating each setting once.

    Parameters
    ----------
    model : Model
    readouts : sequence of Readout
    rtol : float
        Relative tolerance of the integration.

    Returns
    -------
    list of float
        In the unit of each read-out; NaN where it could not be taken.
    """
    groups: dict[Group, list[int]] = {}
    for place, readout in enumerate(readouts):
        key = (tuple(sorted(readout.values.items())), readout.population, readout.doses)
        groups.setdefault(key, []).append(place)
    result = [math.nan] * len(readouts)
    for (values, population, doses), places in groups.items():
        bench = _Bench(model, dict(values), population, doses, rtol)
        bench.prepare([readouts[place] for place in places])
        for place in places:
            result[place] = bench.take(readouts[place])
    return result


def evaluate_readout(form: ClosedForm, readout: Readout) -> float:
    """Take a read-out of a published function.

    Parameters
    ----------
    form : ClosedForm
    readout : Readout
        ``"value"`` of an output; `values` holds arguments and parameters.

    Returns
    -------
    float
        In the unit of the output; NaN where it is not of that unit, or could not be taken.
    """
    arguments = {item.name for item in form.arguments}
    units = {item.name: item.unit for item in form.outputs}
    if readout.take != "value" or units.get(readout.of) != readout.unit:
        return math.nan
    given = {name: value for name, value in readout.values.items() if name in arguments}
    others = {name: value for name, value in readout.values.items() if name not in arguments}
    return float(form(parameters=others, **given)[readout.of])


class _Bench:
    """One setting of a model, simulated as often as its read-outs need."""

    def __init__(
        self,
        model: Model,
        values: dict[str, float],
        population: Population | None,
        doses: tuple[Dose, ...],
        rtol: float,
    ) -> None:
        self.model, self.values, self.population = model, values, population
        # a read-out is never of an observed value, and drawing 20,000 of them takes seconds
        quiet = tuple(dataclasses.replace(item, residual=None) for item in model.observables)
        self.system = compile_model(dataclasses.replace(model, observables=quiet))
        self.regimen = Regimen(doses) if doses else None
        self.rtol = rtol
        self.days: FloatArray = np.empty(0)
        self.course: xr.Dataset | None = None
        self.scans: dict[tuple[float, float], xr.Dataset] = {}

    def run(self, days: FloatArray) -> xr.Dataset:
        if self.population is not None:
            cohort = draw_cohort(
                self.model,
                self.population.n,
                seed=self.population.seed,
                values=self.values,
                regimen=self.regimen,
            )
        else:
            cohort = cohort_from_arrays(self.model, self.values, regimen=self.regimen)
        return simulate(
            self.system, cohort, times=days.tolist(), rtol=self.rtol, on_failure="raise"
        )

    def prepare(self, readouts: Sequence[Readout]) -> None:
        """Simulate all plain values and events of this setting at once."""
        days = {r.day for r in readouts if r.take == "value"}
        days |= {r.end for r in readouts if r.take == "event day"}
        if days:
            self.days = np.array(sorted(days | {0.0}))
            self.course = self.run(self.days)

    def take(self, readout: Readout) -> float:
        if readout.take == "expression":
            return self.expression(readout.of)
        if readout.take == "value":
            return self.value(readout)
        if readout.take == "event day":
            return self.event_day(readout)
        if readout.take == "auc":
            days = np.linspace(readout.start, readout.end, _AREA_POINTS)
            curve = self.run(days)[readout.of].values[0]
            return float(np.trapezoid(curve, days))
        if readout.take.startswith("first day"):
            return self.first_day(readout)
        day, extreme = self.extreme(readout)
        return day if readout.take.startswith("day") else extreme

    def scan(self, of: str, start: float, end: float) -> tuple[FloatArray, FloatArray]:
        """Return a quantity over a period; an extreme and its day are read off the same scans."""
        days = np.linspace(start, end, _SCAN + 1)
        if (start, end) not in self.scans:
            self.scans[start, end] = self.run(days)
        return days, self.scans[start, end][of].values[0]

    def value(self, readout: Readout) -> float:
        if self.course is None:
            return math.nan
        place = int(np.searchsorted(self.days, readout.day))
        column = self.course[readout.of].values[:, place]
        if readout.population is not None:
            return float(np.quantile(column, readout.population.quantile))
        return float(column[0])

    def event_day(self, readout: Readout) -> float:
        if self.course is None:
            return math.nan
        times = self.course["event_time"].values[self.course["event_name"].values == readout.of]
        times = times[times >= readout.start]
        return float(times[0]) if times.size else math.nan

    def first_day(self, readout: Readout) -> float:
        """Return when a level is first reached, by scanning ever closer."""
        sign = -1.0 if readout.take.endswith("below") else 1.0
        start, end = readout.start, readout.end
        for _ in range(3):
            days, values = self.scan(readout.of, start, end)
            reached = sign * (values - readout.level) >= 0.0
            if reached[0] or not reached.any():
                return start if reached[0] else math.nan
            place = int(np.argmax(reached))
            start, end = float(days[place - 1]), float(days[place])
        return end

    def extreme(self, readout: Readout) -> tuple[float, float]:
        """Return day and value of an extreme, by scanning ever closer."""
        sign = -1.0 if readout.take.endswith("minimum") else 1.0
        start, end = readout.start, readout.end
        day = extreme = math.nan
        for _ in range(3):
            days, values = self.scan(readout.of, start, end)
            curve = sign * values
            best = int(np.argmax(curve))
            day, extreme = float(days[best]), sign * float(curve[best])
            step = (end - start) / _SCAN
            start, end = max(readout.start, day - 2 * step), min(readout.end, day + 2 * step)
        return day, extreme

    def expression(self, text: str) -> float:
        values = {item.name: item.value for item in self.model.parameters} | self.values
        known = expand_assignments(self.model, {})
        return evaluate(substitute([parse(text)], known)[0], values, 0.0)
