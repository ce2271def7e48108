"""From a severity to what is done about it: two ladders, fever, and neurotoxicity.

A model of cytokine release gives a number that rises with severity, not a grade. A ladder cuts it
into rungs of support, each person with an offset of their own for pressure and for oxygen, and
the rungs are graded as those of a patient are. Organ-toxicity paths of Lee and Penn are not
modelled.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import (
    Issue,
    OptionError,
    UnknownNameError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.random import Purpose, normals

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "FEVER",
    "REFERENCE_LADDER",
    "Ladder",
    "Offsets",
    "icans_grade",
    "support",
    "support_in_course",
]

FloatArray = NDArray[np.float64]

FEVER = 38.0
"""degree Celsius, in all scales."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where severity is cut into rungs.

    Attributes
    ----------
    severity, nervous, temperature : str
        What the model calls its vascular severity, its nervous severity, and the temperature.
        An empty `nervous` means that no neurotoxicity is produced, an empty `temperature` that
        it follows from the severity.
    log_of : float
        Where given, the quantity is brought to the scale of the cut-points by
        ``ln(1 + quantity / log_of)``, as for a model that ends at a cytokine.
    above : float
        Added to the temperature of the model to give degrees Celsius.
    law : tuple of float
        Without one: ``law[0] + law[1] * severity``, degrees Celsius.
    pressure : tuple of float
        From low pressure without treatment to several vasopressors; see `PressureRung`.
    oxygen : tuple of float
        From low flow to ventilation; see `OxygenRung`.
    icans : tuple of float
        Grades 1 to 4 on the nervous severity.
    icans_by_class : mapping from str to tuple of float
        The same for products of one class of costimulation, where it differs; see `of_class`.
    need_sd : float
        Standard deviation of a person's offset of pressure, and of oxygen, on the severity.
    fever_sd : float
        Of a person's offset of the fever threshold, degree Celsius.
    nervous_sd : float
        Of a person's offset on the nervous severity.
    at : str
    """

    severity: str
    temperature: str
    pressure: tuple[float, ...]
    oxygen: tuple[float, ...]
    nervous: str = ""
    log_of: float = math.nan
    above: float = 0.0
    law: tuple[float, float] = (36.5, 0.85)
    icans: tuple[float, ...] = ()
    need_sd: float = 0.9
    fever_sd: float = 0.35
    nervous_sd: float = 0.5
    icans_by_class: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    at: str = ""

    def __post_init__(self) -> None:
        issues = []
        grades = 4 if self.nervous else 0
        classes = self.icans_by_class if self.nervous else {}  # else they mean nothing
        for name, cuts, size in (
            ("pressure", self.pressure, 5),
            ("oxygen", self.oxygen, 4),
            ("icans", self.icans, grades),
            *((f"icans of {kind}", cuts, grades) for kind, cuts in classes.items()),
        ):
            if len(cuts) != size:
                issues.append(
                    Issue("error", f"ladder, {name}", f"{len(cuts)} cut-points", f"give {size}")
                )
            elif any(low > high for low, high in itertools.pairwise(cuts)):
                issues.append(
                    Issue("error", f"ladder, {name}", f"cut-points {cuts}", "let them increase")
                )
        if not (math.isnan(self.log_of) or self.log_of > 0):
            issues.append(Issue("error", "ladder, log_of", f"is {self.log_of:g}", "must be > 0"))
        for name in ("need_sd", "fever_sd", "nervous_sd"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                given = f"is {getattr(self, name):g}"
                issues.append(Issue("error", f"ladder, {name}", given, "must be 0 or more"))
        raise_issues(issues, OptionError)

    def of_class(self, costimulation: str) -> Ladder:
        """Return the ladder for products of a class of costimulation.

        Parameters
        ----------
        costimulation : str
            As ``"CD28"``; a class that the ladder does not name keeps `icans`.

        Returns
        -------
        Ladder
        """
        cuts = self.icans
        if self.nervous:
            cuts = self.icans_by_class.get(costimulation, self.icans)
        return dataclasses.replace(self, icans=cuts, icans_by_class={})


REFERENCE_LADDER = Ladder(
    severity="V",
    temperature="temperature",
    above=37.0,
    pressure=(3.3, 3.6, 4.5, 5.2, 5.9),
    oxygen=(4.0, 4.9, 6.0, 6.6),
    nervous="Z",
    icans=(1.2, 1.7, 2.2, 2.8),
    icans_by_class={"CD28": (1.2, 1.7, 2.2, 2.8), "4-1BB": (1.7, 2.2, 2.7, 3.3)},
    at=(
        "reference model v0.1: cut-points set by hand. Those of neurotoxicity are ASSUMED, no data "
        "have fixed them: CD28 products cause more of it, which sets the direction of the 0.5 "
        "between the classes and not its size"
    ),
)
"""Of the reference model."""


@dataclass(frozen=True, slots=True)
class Offsets:
    """How people differ in what they need.

    Attributes
    ----------
    pressure, oxygen, nervous : ndarray, shape (n,)
        On the severity.
    fever : ndarray, shape (n,), degree Celsius
    """

    pressure: FloatArray
    oxygen: FloatArray
    nervous: FloatArray
    fever: FloatArray

    @classmethod
    def draw(cls, ladder: Ladder, subjects: ArrayLike, seed: int) -> Offsets:
        """Draw the offsets of people; the same for the same seed and labels, whatever is given.

        Parameters
        ----------
        ladder : Ladder
        subjects : array_like of int or str, shape (n,)
        seed : int

        Returns
        -------
        Offsets
        """

        def one(name: str, sd: float) -> FloatArray:
            drawn = normals(
                seed=seed, purpose=Purpose.VARIABILITY, subjects=subjects, name=f"severity {name}"
            )
            scaled: FloatArray = sd * drawn[:, 0]
            return scaled

        return cls(
            one("pressure", ladder.need_sd),
            one("oxygen", ladder.need_sd),
            one("nervous", ladder.nervous_sd),
            one("fever", ladder.fever_sd),
        )


def support(
    ladder: Ladder, offsets: Offsets, severity: FloatArray, temperature: FloatArray | None
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return fever and the rungs of support.

    Parameters
    ----------
    ladder : Ladder
    offsets : Offsets
        Of n people.
    severity : ndarray, shape (n,) or (n, n_times)
        As the model gives it.
    temperature : ndarray, the same shape, or None
        As the model gives it; needed where the ladder names one.

    Returns
    -------
    ndarray of bool
        Fever.
    ndarray of PressureRung
    ndarray of OxygenRung

    Raises
    ------
    OptionError
        When the ladder names a temperature and none is given.
    """
    level = severity
    if not math.isnan(ladder.log_of):
        # a solver may leave a quantity that is 0 a rounding below it
        level = np.log1p(np.maximum(severity, 0.0) / ladder.log_of)
    if not ladder.temperature:
        degrees = ladder.law[0] + ladder.law[1] * level
    elif temperature is None:
        raise OptionError(f"this ladder needs the temperature {ladder.temperature!r} of the model")
    else:
        degrees = temperature + ladder.above
    fever: NDArray[np.bool_] = degrees - _along(offsets.fever, degrees) >= FEVER
    pressure = _rung(level - _along(offsets.pressure, level), ladder.pressure)
    oxygen = _rung(level - _along(offsets.oxygen, level), ladder.oxygen)
    return fever, pressure, oxygen


def support_in_course(
    ladder: Ladder, course: xr.Dataset, *, seed: int | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return fever and the rungs of support at the times of a course.

    Parameters
    ----------
    ladder : Ladder
    course : xarray.Dataset
        Of any model that has the quantities of the ladder.
    seed : int, optional
        Of the offsets of people; that of the course when not given, with which people need what
        they needed under a policy.

    Returns
    -------
    ndarray of bool, shape (n_subjects, n_times)
        Fever.
    ndarray of PressureRung
    ndarray of OxygenRung

    Raises
    ------
    UnknownNameError
        When the course lacks a quantity of the ladder.
    OptionError
        When the course has replicates.

    Examples
    --------
    >>> fever, pressure, oxygen = support_in_course(REFERENCE_LADDER, course)  # doctest: +SKIP
    >>> crs_episodes(course["time"], fever, pressure, oxygen).peak("astct")  # doctest: +SKIP
    """
    known = [str(name) for name, item in course.data_vars.items() if "time" in item.dims]
    wanted = [name for name in (ladder.severity, ladder.temperature) if name]
    raise_issues(
        [unknown_name("quantity", name, known, where="ladder") for name in wanted
         if name not in known],
        UnknownNameError,
    )  # fmt: skip
    if "replicate" in course.dims:
        raise OptionError("a course with replicates: give one of them, course.isel(replicate=0)")
    drawn = int(course.attrs["seed"]) if seed is None else seed
    offsets = Offsets.draw(ladder, course["subject"].values, drawn)
    temperature = course[ladder.temperature].values if ladder.temperature else None
    return support(ladder, offsets, course[ladder.severity].values, temperature)


def icans_grade(ladder: Ladder, offsets: Offsets, nervous: FloatArray) -> NDArray[np.int64]:
    """Return the grade of neurotoxicity.

    Parameters
    ----------
    ladder : Ladder
    offsets : Offsets
    nervous : ndarray, shape (n,) or (n, n_times)

    Returns
    -------
    ndarray of int

    Raises
    ------
    OptionError
        When the ladder has none.
    """
    if not ladder.nervous:
        raise OptionError("this ladder produces no neurotoxicity: it names no nervous severity")
    return _rung(nervous - _along(offsets.nervous, nervous), ladder.icans)


def _along(offset: FloatArray, values: FloatArray) -> FloatArray:
    return offset.reshape((-1, *(1,) * (values.ndim - 1)))


def _rung(values: FloatArray, cuts: Sequence[float]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.searchsorted(np.asarray(cuts), values, side="right")
    found[np.isnan(values)] = 0  # of a subject that failed
    return found
