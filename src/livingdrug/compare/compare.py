"""Turn the same quantity in many models and see what each says of the peak and of the outcome."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.catalogue.entry import Entry
from livingdrug.catalogue.index import get_entry, get_model, list_models, model_of
from livingdrug.clinical.kinetics import KineticsRules, kinetics
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.compare.handles import (
    Handle,
    car_variable,
    check_axis,
    depends,
    find_handle,
    tumor_name,
    usual_regimen,
)
from livingdrug.core.errors import (
    DraftModelWarning,
    Issue,
    OptionError,
    SubjectFailureWarning,
    raise_issues,
)
from livingdrug.model.model import Model
from livingdrug.model.regimen import Regimen
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.system.system import System

__all__ = ["Answer", "compare_models"]

FloatArray = NDArray[np.float64]

RTOL = 1e-9  # elasticities are differences of near numbers
_STEP, _COARSE = 0.05, 0.5  # day; a peak as sharp as exp(-2 |t|) is then read to 2.5 percent
_RULES = KineticsRules(negative_tolerance=1e-9)  # a curve may dip below zero by rounding
_INFUSION = _RULES.excluded_until or 0.0
_SAME = 1e-7  # relative: what the tolerance of the integration can move by itself


@dataclass(frozen=True, slots=True)
class Answer:
    """What one model says of one outcome when one quantity is turned.

    Attributes
    ----------
    model, variant, organism : str
    axis : str
        What is turned: ``"dose"``, ``"tumor_burden"``, or a term.
    quantity : str
        Observable or species that the outcome is read from.
    outcome : str
        ``"peak"``, ``"day_of_peak"``, ``"auc_0_28d"``, ``"tumor_left_28d"``, ``"tumor_nadir"``.
    label, unit : str
    factors : tuple of float
        Multiples of the published value, ascending.
    values : tuple of float
        Of the outcome; NaN where there is none.
    elasticities : tuple of float
        d ln outcome / d ln factor between neighbours; NaN next to a value that is not above 0.
    elasticity : float
        Between the smallest and the largest factor.
    note : str
        What was turned.
    caveats : tuple of str
        Values that are not what their name says, as a peak at the end of the time that was looked
        at.
    reason : str
        Why the model cannot answer; empty when it does.
    """

    model: str
    variant: str
    organism: str
    axis: str
    quantity: str
    outcome: str
    label: str
    unit: str
    factors: tuple[float, ...]
    values: tuple[float, ...] = ()
    elasticities: tuple[float, ...] = ()
    elasticity: float = math.nan
    note: str = ""
    caveats: tuple[str, ...] = ()
    reason: str = ""


_OUTCOMES = {
    "peak": "peak",
    "day_of_peak": "day of peak",
    "auc_0_28d": "AUC to day 28",
    "tumor_left_28d": "tumour on day 28, of its start",
    "tumor_nadir": "smallest tumour",
}


def compare_models(
    models: Sequence[str | Model],
    *,
    vary: Mapping[str, Sequence[float]],
    days: float = 90.0,
) -> list[Answer]:
    """Ask many models the same question.

    One quantity is turned at a time; everything else stays as published, with the dose at the
    model's typical amount and regimen.

    Parameters
    ----------
    models : sequence of str or Model
        Catalogue ids, ``"id:variant"``, or models.
    vary : mapping from axis to factors
        ``"dose"``, ``"tumor_burden"`` or another term of the shared vocabulary, with multiples of
        the published value.
    days : float, optional
        Last day; at least 28. Days count from the first infusion.

    Returns
    -------
    list of Answer
        For each model, axis and outcome; a model that cannot answer says why.

    Raises
    ------
    OptionError
        When a factor or axis is not allowed.

    Examples
    --------
    >>> answers = compare_models(["stein2019"], vary={"dose": [0.1, 1, 10]})
    >>> answers[0].outcome, answers[0].reason.split(":")[0]
    ('peak', 'no dose')
    """
    turns = {axis: _factors(axis, factors) for axis, factors in vary.items()}
    issues = [] if turns else [Issue("error", "vary", "nothing is turned", "name an axis")]
    if not models:
        issues.append(Issue("error", "models", "none is named", "name at least one"))
    if not (math.isfinite(days) and days >= 28.0):
        issues.append(Issue("error", "days", f"{days:g} given", "allowed are 28 or more"))
    raise_issues(issues, OptionError)
    found = [_resolve(item) for item in models]  # every name is known before anything runs
    for name in dict.fromkeys(model.id for model, _ in found if model.status == "draft"):
        text = f"{name} is a draft: it has not been shown to reproduce its source"
        warnings.warn(text, DraftModelWarning, stacklevel=2)
    return [answer for model, entry in found for answer in _ask(model, entry, turns, days)]


def _factors(axis: str, factors: Sequence[float]) -> tuple[float, ...]:
    check_axis(axis)
    found = tuple(sorted({float(one) for one in factors}))
    if len(found) < 2 or not all(math.isfinite(one) and one > 0.0 for one in found):
        raise OptionError(
            f"vary {axis}: {', '.join(f'{one:g}' for one in factors)} given; allowed are two or "
            "more different factors > 0"
        )
    return found


def _resolve(item: str | Model) -> tuple[Model, Entry | None]:
    if isinstance(item, Model):
        return item, get_entry(item.id) if item.id in list_models() else None
    # a variant is a word; what stands behind a drive letter is the rest of a path
    name, _, variant = item.rpartition(":") if not item.endswith(".py") else (item, "", "")
    entry = get_entry(name or item)
    if entry.is_function:
        return get_model(entry.id), entry  # says that it is a function
    return model_of(entry, variant if name else ""), entry


def _ask(
    model: Model, entry: Entry | None, turns: Mapping[str, tuple[float, ...]], days: float
) -> Iterator[Answer]:
    regimen = usual_regimen(model, entry)
    system = compile_model(model)
    for axis, factors in turns.items():
        handle = find_handle(model, axis, typical=regimen is not None)
        missing = handle.missing if car_variable(model) else _no_cells(model)
        if missing:
            for outcome in _OUTCOMES:
                yield _answer(model, axis, outcome, factors, handle, reason=missing)
            continue
        courses = [_run(system, handle, regimen, factor, days) for factor in factors]
        for outcome in _OUTCOMES:
            yield _measure(model, axis, outcome, factors, handle, courses)


def _no_cells(model: Model) -> str:
    return f"{model.id} has no engineered cells"


def _run(
    system: System, handle: Handle, regimen: Regimen | None, factor: float, days: float
) -> xr.Dataset:
    model = system.model
    values = {name: value * factor for name, value in handle.values}
    if handle.regimen and regimen is not None:
        regimen = _scaled(regimen, factor)
    cohort = cohort_from_arrays(model, values, regimen=regimen)
    doses = regimen.doses if regimen else ()
    first = min((dose.time for dose in doses if dose.name == "infusion"), default=0.0)
    start = min([0.0, *(dose.time for dose in doses)])
    fine = np.arange(0.0, 28.0 + _STEP / 2, _STEP)
    coarse = np.arange(28.0 + _COARSE, days, _COARSE)
    times = np.unique(np.concatenate([[start], first + fine, first + coarse, [first + days]]))
    with warnings.catch_warnings():
        # the answer says so
        warnings.simplefilter("ignore", SubjectFailureWarning)
        warnings.simplefilter("ignore", DraftModelWarning)
        course = simulate(system, cohort, times=times.tolist(), rtol=RTOL)
    # rounding may put the day of the infusion a little before 0
    after = course.sel(time=course["time"] >= first)
    return after.assign_coords(time=after["time"] - first)


def _scaled(regimen: Regimen, factor: float) -> Regimen:
    """Return the regimen with another amount of infused cells; other drugs stay as they are."""
    doses = tuple(
        replace(dose, amount=dose.amount * factor) if dose.name == "infusion" else dose
        for dose in regimen.doses
    )
    return replace(regimen, doses=doses)


def _measure(
    model: Model,
    axis: str,
    outcome: str,
    factors: tuple[float, ...],
    handle: Handle,
    courses: Sequence[xr.Dataset],
) -> Answer:
    name = _quantity(model, outcome)
    if not name:
        reason = f"nothing in {model.id} has the term of a tumour"
        return _answer(model, axis, outcome, factors, handle, reason=reason)
    if not depends(model, name, handle):
        what = "dose" if axis == "dose" else axis.replace("_", " ")
        if axis == "tumor_burden":
            reason = f"the equations of {name} have no tumour term"
        else:
            reason = f"the equations of {name} do not hold the {what}"
        return _answer(model, axis, outcome, factors, handle, reason=reason)
    values = [_outcome(course, name, outcome) for course in courses]
    caveats = list(_caveats(factors, courses, name, outcome))
    return _answer(model, axis, outcome, factors, handle, values=values, caveats=caveats)


def _caveats(
    factors: Sequence[float], courses: Sequence[xr.Dataset], name: str, outcome: str
) -> Iterator[str]:
    """Yield where a value is not what its name says."""
    if courses[0].attrs["model_status"] == "draft":
        yield "a draft: it has not been shown to reproduce its source"
    for factor, course in zip(factors, courses, strict=True):
        if _failed(course):
            message = str(course["status_message"].values[0])
            yield f"factor {factor:g} could not be simulated: {message}"
        elif outcome in ("peak", "day_of_peak"):
            day = _outcome(course, name, "day_of_peak")
            if day <= _INFUSION + 1.5 * _STEP:
                yield f"factor {factor:g}: highest as soon as the infusion is over, no later peak"
            elif day >= float(course["time"].values[-1]):
                yield f"factor {factor:g}: still rising on day {day:g}"


def _failed(course: xr.Dataset) -> bool:
    return bool(course["status"].values[0] != 0)


def _outcome(course: xr.Dataset, name: str, outcome: str) -> float:
    if _failed(course):
        return math.nan
    curve = course[name].values[0]
    if outcome == "tumor_nadir":
        return float(np.min(curve))
    if outcome == "tumor_left_28d":
        start = float(curve[0])
        left = float(course[name].sel(time=28.0, method="nearest").values[0])
        return left / start if start > 0.0 else math.nan
    found = kinetics(course, name, rules=_RULES)
    column = {"peak": "cmax", "day_of_peak": "tmax", "auc_0_28d": "auc_0_28d"}[outcome]
    return float(found[column].values[0])


def _answer(
    model: Model,
    axis: str,
    outcome: str,
    factors: tuple[float, ...],
    handle: Handle,
    *,
    values: Sequence[float] = (),
    caveats: Sequence[str] = (),
    reason: str = "",
) -> Answer:
    slopes, overall = _elasticities(factors, values) if values else ((), math.nan)
    return Answer(
        model.id, model.variant, model.organism, axis, _quantity(model, outcome), outcome,
        _OUTCOMES[outcome], _unit(model, outcome), factors, tuple(values), slopes, overall,
        handle.note, tuple(caveats), reason,
    )  # fmt: skip


def _quantity(model: Model, outcome: str) -> str:
    return tumor_name(model) if outcome.startswith("tumor") else car_variable(model)


def _unit(model: Model, outcome: str) -> str:
    if outcome in ("day_of_peak", "tumor_left_28d"):
        return "day" if outcome == "day_of_peak" else "1"
    name = _quantity(model, outcome)
    units = {item.name: item.unit for item in model.species}
    unit = (units | {item.name: item.unit for item in model.observables}).get(name, "")
    return f"{unit}*day" if outcome == "auc_0_28d" and unit else unit


def _elasticities(
    factors: Sequence[float], values: Sequence[float]
) -> tuple[tuple[float, ...], float]:
    logs = [math.log(value) if value > 0.0 else math.nan for value in values]
    steps = np.log(np.asarray(factors))
    rises = np.diff(np.asarray(logs))
    rises = np.where(np.abs(rises) < _SAME, 0.0, rises)
    whole = logs[-1] - logs[0]
    whole = 0.0 if abs(whole) < _SAME else whole
    slopes = tuple(float(one) for one in rises / np.diff(steps))
    return slopes, float(whole / (steps[-1] - steps[0]))
