"""What a drug does to a quantity of a combined model, where the model can say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core.errors import OptionError
from livingdrug.model.combine import require_answer
from livingdrug.model.model import Model
from livingdrug.model.regimen import Regimen
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model

__all__ = ["DrugEffect", "drug_effect"]

_STEP = 1.0 / 24.0  # day


@dataclass(frozen=True, slots=True)
class DrugEffect:
    """A quantity with a drug, relative to the same time without it.

    Attributes
    ----------
    quantity, unit : str
    highest, day_of_highest : float
        Largest ratio, and its day.
    lowest, day_of_lowest : float
        Smallest ratio, and its day.
    """

    quantity: str
    unit: str
    highest: float
    day_of_highest: float
    lowest: float
    day_of_lowest: float


def drug_effect(
    model: Model,
    quantity: str,
    drug: Regimen,
    *,
    other: Regimen | None = None,
    days: float = 28.0,
) -> DrugEffect:
    """Simulate a combined model with and without a drug.

    Parameters
    ----------
    model : Model
        Of `combine`.
    quantity : str
        Observable, species or term.
    drug : Regimen
    other : Regimen, optional
        Given in both, as the infusion of cells.
    days : float, optional
        Last day.

    Returns
    -------
    DrugEffect

    Raises
    ------
    CapabilityError
        When the links say nothing about the quantity.

    Examples
    --------
    >>> import livingdrug as ld
    >>> from livingdrug.model.links import ReceptorClearance, Value
    >>> link = ReceptorClearance(
    ...     "tocilizumab", Value(0.37, "ug/mL"), ("il6_loss",), Value(0.9, "1")
    ... )
    >>> both = ld.combine(ld.get_model("hardiansyah2019"), ld.get_model("frey2010"), link=link)
    >>> found = drug_effect(both, "il6_serum", ld.Regimen.infusion(560, dose="tocilizumab"))
    >>> round(found.highest, 1)
    9.2
    """
    require_answer(model, quantity)
    if not drug.doses:
        raise OptionError("drug: the regimen is empty; give at least one dose")
    name, unit = _find(model, quantity)
    system = compile_model(model)
    first = min(0.0, *(d.time for d in (*drug.doses, *(other.doses if other else ()))))
    times = np.unique([first, *np.arange(0.0, days + _STEP / 2, _STEP)])
    curves = []
    for regimen in (other, other.then(drug) if other else drug):
        cohort = cohort_from_arrays(model, {}, regimen=regimen)
        course = simulate(system, cohort, times=times.tolist(), rtol=1e-8, on_failure="raise")
        curves.append(course[name].values[0])
    without, with_drug = curves
    ratio = np.divide(with_drug, without, out=np.ones_like(without), where=without > 0.0)
    high, low = int(np.argmax(ratio)), int(np.argmin(ratio))
    return DrugEffect(
        name, unit, float(ratio[high]), float(times[high]), float(ratio[low]), float(times[low])
    )


def _find(model: Model, quantity: str) -> tuple[str, str]:
    rows = [(item.name, item.term, item.unit) for item in model.observables]
    rows += [(item.name, item.term, item.unit) for item in model.species]
    return next((name, unit) for name, term, unit in rows if quantity in (name, term))
