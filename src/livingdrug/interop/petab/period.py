"""One simulation of a period: the values of everything with a name, at the times asked for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import SolveError, SubjectFailureWarning
from livingdrug.interop.petab.start import resolve
from livingdrug.model.expression.evaluate import evaluate
from livingdrug.model.model import Model, Role
from livingdrug.solve.simulate import simulate

__all__ = ["PeriodCourse"]

_STEADY_RTOL, _STEADY_ATOL = 1e-6, 1e-9
_MOVING = (Role.STATE, Role.HELD, Role.ALGEBRAIC)


class PeriodCourse:
    """The course of a group of experiments over a period that starts at 0 of its own clock.

    Parameters
    ----------
    model : Model
    labels : sequence of str
        Names of the experiments.
    columns : mapping from str to sequence of float
        What each experiment starts from.
    times : sequence of float
    side : {"left", "right"}
        Of events at the times.
    rtol : float
    backend : str
    """

    def __init__(
        self,
        model: Model,
        labels: Sequence[str],
        columns: Mapping[str, Sequence[float]],
        times: Sequence[float],
        *,
        side: str,
        rtol: float,
        backend: str,
    ) -> None:
        self.model = model
        self.labels = labels
        cohort = cohort_from_arrays(model, columns, subjects=list(range(len(labels))))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SubjectFailureWarning)  # raised where it matters
            self.course = simulate(
                model,
                cohort,
                times=list(times),
                side="left" if side == "left" else "right",
                rtol=rtol,
                backend=backend,
            )
        self.place = {time: k for k, time in enumerate(times)}
        units = model.units
        self.values = {
            str(name): variable.values
            for name, variable in self.course.data_vars.items()
            if name in units and variable.dims == ("subject", "time")
        }
        self.assigned = {item.name: item.expression for item in model.assignments}

    def at(
        self, row: int, time: float, before: Mapping[str, float], *, clock: float
    ) -> dict[str, float]:
        """Return the value of everything of one experiment at a time.

        Parameters
        ----------
        row : int
        time : float
            Since the start of the period; one of the times asked for.
        before : mapping from str to float
            Everything at the start of the period.
        clock : float
            The time at the start of the period.

        Returns
        -------
        dict from str to float

        Raises
        ------
        SolveError
            When the experiment was not integrated so far.
        """
        now = {name: float(values[row, self.place[time]]) for name, values in self.values.items()}
        if self.course["status"].values[row] != 0 and any(np.isnan(v) for v in now.values()):
            message = str(self.course["status_message"].values[row])
            raise SolveError(f"experiment {self.labels[row] or '(none)'}: {message}")
        known = {k: v for k, v in before.items() if k not in self.assigned} | now
        left = {name: node for name, node in self.assigned.items() if name not in known}
        return resolve(known, left, clock + time)

    def steady(self, row: int, horizon: float) -> None:
        """Check that an experiment has reached a steady state.

        Parameters
        ----------
        row : int
        horizon : float
            The time at which it has to be steady, from a tenth of it on.

        Raises
        ------
        SolveError
            Naming the states that still move.
        """
        label = self.labels[row] or "(none)"
        status = self.course["status"].values[row] != 0
        first, last = self.place[horizon / 10], self.place[horizon]
        roles = self.model.roles
        moving = []
        for name, values in self.values.items():
            if roles.get(name) not in _MOVING:
                continue
            early, late = values[row, first], values[row, last]
            if not abs(late - early) <= _STEADY_ATOL + _STEADY_RTOL * abs(late):
                moving.append(f"{name} ({early:g}, then {late:g})")
        if moving or status:
            why = ", ".join(moving[:5]) or str(self.course["status_message"].values[row])
            raise SolveError(
                f"experiment {label}: no steady state by time {horizon:g}: {why}; give a longer "
                "horizon if it is only slow"
            )

    def triggers(self, values: Mapping[str, float], time: float) -> tuple[bool, ...]:
        """Tell which conditions of events hold.

        Parameters
        ----------
        values : mapping from str to float
            Of everything.
        time : float
            Since the start of the period; the clock is among the values where it is read.

        Returns
        -------
        tuple of bool
        """
        return tuple(
            event.trigger is not None and bool(evaluate(event.trigger, values, time))
            for event in self.model.events
        )
