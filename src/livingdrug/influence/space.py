"""Which parameters vary, and from what distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from livingdrug.cohort.cohort import check_bounds, check_value_names, settable
from livingdrug.cohort.sample import apply_iiv
from livingdrug.cohort.typical import Typical
from livingdrug.core.errors import DataError, Issue, OptionError, raise_issues
from livingdrug.core.source import Origin
from livingdrug.model.model import Model
from livingdrug.model.variability import IIV

__all__ = ["Factor", "Space", "make_space"]

FloatArray = NDArray[np.float64]

GIVEN = "given by the caller"


@dataclass(frozen=True, slots=True)
class Factor:
    """A quantity of the model that varies.

    Attributes
    ----------
    name, unit : str
    value : float
        Typical value, after covariate effects.
    origin : Origin
        Of the typical value; a value that the caller gives is ASSUMED.
    at : str
        Where the typical value stands.
    spread : str
        The distribution in words.
    spread_origin : Origin
    iiv : IIV or None
        None for a range from `low` to `high`, even in the logarithm.
    low, high : float
        Values outside are set to the limit.
    """

    name: str
    unit: str
    value: float
    origin: Origin
    at: str
    spread: str
    spread_origin: Origin
    iiv: IIV | None
    low: float
    high: float

    @property
    def is_assumed(self) -> bool:
        """Whether the typical value or the spread is ASSUMED."""
        return Origin.ASSUMED in (self.origin, self.spread_origin)

    @property
    def varies(self) -> bool:
        """Whether there is more than one value."""
        if self.iiv is None:
            return math.isfinite(self.value) and self.value != 0 and self.low < self.high
        ends = self.quantile(np.array([0.01, 0.99]))
        return bool(np.isfinite(ends).all() and ends[0] != ends[1])

    def quantile(self, u: FloatArray) -> FloatArray:
        """Turn probabilities into values.

        Parameters
        ----------
        u : ndarray, shape (n,)
            In (0, 1).

        Returns
        -------
        ndarray, shape (n,)
        """
        if self.iiv is None:
            ratio = self.high / self.low
            return np.clip(self.low * ratio**u, min(self.low, self.high), max(self.low, self.high))
        drawn = apply_iiv(self.iiv, np.asarray(self.value), np.asarray(ndtri(u)))
        return np.clip(drawn, self.low, self.high)

    def outside(self, u: FloatArray) -> int:
        """Count the values that were set to a bound of the parameter.

        Parameters
        ----------
        u : ndarray, shape (n,)

        Returns
        -------
        int
        """
        if self.iiv is None:
            return 0
        drawn = apply_iiv(self.iiv, np.asarray(self.value), np.asarray(ndtri(u)))
        return int(np.sum((drawn < self.low) | (drawn > self.high)))


@dataclass(frozen=True, slots=True)
class Space:
    """What varies in a model, and what is set beside it.

    Attributes
    ----------
    factors : tuple of Factor
    fixed : mapping from name to float
        Values and covariates that every subject has.
    notes : tuple of str
        What a reader has to know of the choice.
    """

    factors: tuple[Factor, ...]
    fixed: Mapping[str, float]
    notes: tuple[str, ...]

    def columns(self, u: FloatArray) -> dict[str, FloatArray]:
        """Turn points of the unit cube into values of all quantities that are set.

        Parameters
        ----------
        u : ndarray, shape (n, n_factors)

        Returns
        -------
        dict from name to ndarray, shape (n,)
        """
        made = {name: np.full(len(u), value) for name, value in self.fixed.items()}
        for place, factor in enumerate(self.factors):
            made[factor.name] = factor.quantile(u[:, place])
        return made


def make_space(
    model: Model,
    *,
    parameters: Sequence[str] | str | None = None,
    values: Mapping[str, float] | None = None,
    assume_cv: Mapping[str, float] | None = None,
    span: float = 1.5,
) -> Space:
    """Choose what varies.

    Parameters
    ----------
    model : Model
    parameters : sequence of str or "all", optional
        When not given: those whose variability the model states, and those of `assume_cv`; if
        there are none, all. A parameter without a stated variability goes from its value divided
        by `span` to its value times `span`, evenly in the logarithm and inside its bounds; that
        range is marked ASSUMED.
    values : mapping from name to float, optional
        Typical values, initial values and covariates in place of the model's.
    assume_cv : mapping from name to float, optional
        Log-normal variability that the model does not state, as a coefficient of variation.
    span : float, optional

    Returns
    -------
    Space

    Raises
    ------
    OptionError, DataError
        Listing what does not fit.
    """
    values, assume_cv = dict(values or {}), dict(assume_cv or {})
    wanted = None if parameters is None or isinstance(parameters, str) else list(parameters)
    _check(model, parameters, wanted, values, assume_cv, span)
    known = settable(model)
    covariates = {k: np.asarray(v) for k, v in values.items() if known[k][0] == "covariate"}
    typical = Typical(model, values, covariates)
    stated = dict(model.iiv)
    spreads = stated | {name: IIV.cv(cv, origin=Origin.ASSUMED) for name, cv in assume_cv.items()}
    if wanted is None:
        every = parameters == "all" or not spreads
        wanted = [*spreads, *(_other(model, spreads) if every else ())]
    else:
        wanted += [name for name in assume_cv if name not in wanted]
    factors: list[Factor] = []
    held: list[Factor] = []
    for name in dict.fromkeys(wanted):
        factor = _factor(model, name, float(typical(name)), spreads.get(name), values, span)
        (factors if factor.varies else held).append(factor)
    if not factors:
        raise OptionError(f"{model.id}: nothing varies; name parameters that are not 0")
    moved = {effect.parameter for effect in model.covariate_effects if covariates}
    fixed = values | {name: float(typical(name)) for name in sorted(moved)}
    drawn = {factor.name for factor in factors}
    fixed = {name: value for name, value in fixed.items() if name not in drawn}
    return Space(tuple(factors), fixed, tuple(_notes(model, factors, held, span)))


def _check(
    model: Model,
    parameters: Sequence[str] | str | None,
    wanted: list[str] | None,
    values: Mapping[str, float],
    assume_cv: Mapping[str, float],
    span: float,
) -> None:
    if isinstance(parameters, str) and parameters != "all":
        raise OptionError(f"parameters = {parameters!r}: give a list of names, or 'all'")
    if wanted is not None and not wanted:
        raise OptionError("parameters is empty; name one or more, or leave it out")
    if not (math.isfinite(span) and span > 1):
        raise OptionError(f"span = {span!r}: a range from value / span to value * span needs > 1")
    issues = check_value_names(model, wanted or [], "parameters")
    issues += check_value_names(model, list(values), "values")
    issues += check_value_names(model, list(assume_cv), "assume_cv")
    raise_issues(issues, DataError)
    for name, value in values.items():
        issues += check_bounds(model, name, np.array([value], dtype=float), f"values, {name}")
    known, stated = settable(model), dict(model.iiv)
    for name in {*(wanted or []), *assume_cv}:
        if known[name][0] == "covariate":
            issues.append(Issue("error", name, "is a covariate, which does not vary here"))
    for name, cv in assume_cv.items():
        if not (math.isfinite(cv) and cv > 0):
            issues.append(Issue("error", f"assume_cv, {name}", f"{cv!r} must be a number > 0"))
        if name in stated:
            text = f"{model.id} states the variability of this parameter"
            issues.append(Issue("error", f"assume_cv, {name}", text, "leave it out"))
    raise_issues(issues, OptionError)


def _other(model: Model, spreads: Mapping[str, IIV]) -> list[str]:
    """Return the parameters without a stated variability; initial values are not among them."""
    known = settable(model)
    return [
        item.name
        for item in model.parameters
        if item.name not in spreads and known.get(item.name, ("", ""))[0] == "parameter"
    ]


def _factor(
    model: Model, name: str, value: float, iiv: IIV | None, given: Mapping[str, float], span: float
) -> Factor:
    item = next(
        item
        for group in (model.parameters, model.species, model.compartments)
        for item in group
        if item.name == name
    )
    low, high = getattr(item, "lower", -math.inf), getattr(item, "upper", math.inf)
    if getattr(item, "non_negative", False):
        low = 0.0
    if iiv is None:
        near, far = sorted((value / span, value * span))
        # a limit of 0 is no end of a range in the logarithm
        low, high = max(near, low) if low != 0 else near, min(far, high) if high != 0 else far
        spread, origin = f"{low:.4g} to {high:.4g}, even in the logarithm", Origin.ASSUMED
    else:
        spread, origin = f"{iiv.distribution.replace('_', ' ')}, {iiv.written}", iiv.origin
    if name in given:
        return Factor(name, item.unit, value, Origin.ASSUMED, GIVEN, spread, origin, iiv, low, high)
    return Factor(name, item.unit, value, item.origin, item.at, spread, origin, iiv, low, high)


def _notes(
    model: Model, factors: Sequence[Factor], held: Sequence[Factor], span: float
) -> list[str]:
    drawn = [factor.name for factor in factors]
    notes = []
    ranged = [factor.name for factor in factors if factor.iiv is None]
    if ranged:
        notes.append(
            f"ASSUMED: {len(ranged)} parameter{'s' * (len(ranged) > 1)} without a stated "
            f"variability, from value / {span:g} to value * {span:g}"
        )
    for block in model.correlations:
        both = [name for name in block.parameters if name in drawn]
        if len(both) > 1:
            notes.append(
                f"the model correlates {', '.join(both)}; here each varies on its own, so that "
                "the spread of a read-out is not that of a drawn cohort"
            )
    if held:
        names = ", ".join(factor.name for factor in held)
        notes.append(f"held, because they are 0, infinite or at their bounds: {names}")
    if model.covariate_effects:
        names = ", ".join(dict.fromkeys(e.covariate for e in model.covariate_effects))
        notes.append(f"covariates do not vary: {names}")
    return notes
