"""Typical values of subjects: those of the model, shifted by the subjects' covariates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from livingdrug.model.model import Model
from livingdrug.model.variability import CovariateEffect

__all__ = ["Typical"]

FloatArray = NDArray[np.float64]


class Typical:
    """Typical value of each quantity for each subject, after covariate effects.

    Parameters
    ----------
    model : Model
    values : mapping from name to float
        In place of the model's.
    columns : mapping from name to ndarray, shape (n,)
        Covariates of the subjects, and quantities that are set already. A covariate that is not
        among them stands at its reference, where it has no effect.
    """

    def __init__(
        self, model: Model, values: Mapping[str, float], columns: Mapping[str, FloatArray]
    ) -> None:
        self.model, self.values, self.columns = model, values, columns
        self.nominal = {item.name: item.value for item in model.parameters}
        self.nominal |= {item.name: item.initial for item in model.species}
        self.nominal |= {item.name: item.size for item in model.compartments}

    def __call__(self, name: str) -> FloatArray:
        """Return the typical value of a quantity, shape () or (n,)."""
        value = np.asarray(self.values.get(name, self.nominal[name]), dtype=float)
        if name in self.columns:
            value = self.columns[name]
        for effect in self.model.covariate_effects:
            if effect.parameter == name and effect.covariate in self.columns:
                value = value * self.factor(effect)
        return value

    def factor(self, effect: CovariateEffect) -> FloatArray:
        """Return what a covariate effect multiplies the typical value by, shape (n,)."""
        x = self.columns[effect.covariate]
        reference = next(
            item.reference for item in self.model.covariates if item.name == effect.covariate
        )
        if effect.form == "exponential":
            return np.exp(effect.coefficient * (x - reference))
        if effect.form == "power":
            return np.asarray((x / reference) ** effect.coefficient)
        return 1.0 + effect.coefficient * (x - reference)
