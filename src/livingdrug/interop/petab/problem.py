"""PetabProblem: a model, data, and how they are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from livingdrug.core.errors import DataError, Issue, raise_issues, unknown_name
from livingdrug.interop.petab.records import Measurement, Observable, Parameter, Period
from livingdrug.model.expression.nodes import Node, symbol
from livingdrug.model.model import Model

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PetabProblem"]


@dataclass(frozen=True, slots=True)
class PetabProblem:
    """A problem of parameter estimation. Read it with `read_petab`.

    Attributes
    ----------
    id : str
    version : int
        Of the format it was read from, 1 or 2.
    model : Model
    parameters : tuple of Parameter
    observables : tuple of Observable
    measurements : tuple of Measurement
    conditions : dict from str to dict from str to str
        Changes of the model: what is changed, and its value as a formula.
    experiments : dict from str to tuple of Period
        In the order of time.
    symbols : dict from str to Node
        What an id of the model file, or its alias in the mapping table, stands for.
    model_id : str
    model_text : bytes
        The file of the model, which `write_petab` writes again.
    mapping : dict from str to str
        Aliases of ids of the model.
    condition_names : dict from str to str
    """

    id: str
    version: int
    model: Model
    parameters: tuple[Parameter, ...]
    observables: tuple[Observable, ...]
    measurements: tuple[Measurement, ...]
    conditions: dict[str, dict[str, str]]
    experiments: dict[str, tuple[Period, ...]]
    symbols: dict[str, Node] = field(repr=False)
    model_id: str = "model"
    model_text: bytes = field(default=b"", repr=False)
    mapping: dict[str, str] = field(default_factory=dict)
    condition_names: dict[str, str] = field(default_factory=dict)

    @property
    def nominal(self) -> dict[str, float]:
        """The nominal value of each parameter of the table, on the linear scale."""
        return {item.id: item.nominal for item in self.parameters}

    @property
    def substitution(self) -> dict[Node, Node]:
        """What stands for the ids of the model file where a formula is evaluated."""
        return {symbol(name): node for name, node in self.symbols.items() if node != symbol(name)}

    def values(self, parameters: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return the value of every parameter of the table.

        Parameters
        ----------
        parameters : mapping from str to float, optional
            In place of nominal values, on the linear scale.

        Returns
        -------
        dict from str to float

        Raises
        ------
        DataError
            Naming ids that the table does not have and parameters without a value.
        """
        values, issues = self.nominal, []
        for name, value in (parameters or {}).items():
            if name not in values:
                issues.append(unknown_name("parameter", name, values, where="parameters"))
            else:
                values[name] = float(value)
        for name, value in values.items():
            if math.isnan(value):
                what = f"{name!r} has no nominal value"
                issues.append(Issue("error", "parameters", what, "give it a value"))
        raise_issues(issues, DataError)
        return values

    def simulate(
        self,
        parameters: Mapping[str, float] | None = None,
        *,
        rtol: float = 1e-9,
        horizon: float = 1e9,
        backend: str = "auto",
    ) -> pd.DataFrame:
        """Simulate what was measured, and compare.

        Parameters
        ----------
        parameters : mapping from str to float, optional
            In place of nominal values, on the linear scale.
        rtol : float, optional
            Relative tolerance of the integration.
        horizon : float, optional
            How long a steady state is waited for, in the unit of time of the model. It counts as
            reached where every state differs by at most 1e-6 of itself (1e-9 near zero) between
            a tenth of this time and all of it.
        backend : str, optional
            As for `livingdrug.simulate`.

        Returns
        -------
        pandas.DataFrame
            One row per measurement, in their order: ``observableId``, ``experimentId``,
            ``time``, ``measurement``, ``simulation``, ``noise`` (sigma), ``residual`` (over
            sigma, on the scale of the noise) and ``logLikelihood`` (natural).

        Raises
        ------
        DataError
            When a parameter is unknown or has no value, or a formula no value.
        CapabilityError
            Naming what cannot be simulated.
        SolveError
            Naming experiments that cannot be integrated, or reach no steady state.
        """
        from livingdrug.interop.petab.likelihood import compare

        return compare(self, self.values(parameters), rtol, horizon, backend)

    def log_likelihood(self, parameters: Mapping[str, float] | None = None) -> float:
        """Return the logarithm of the likelihood of all measurements, without priors.

        Parameters
        ----------
        parameters : mapping from str to float, optional

        Returns
        -------
        float
            Minus infinity where a value is impossible, as a logarithm of what is not positive.

        Raises
        ------
        DataError, CapabilityError, SolveError
            As `simulate`.
        """
        return float(self.simulate(parameters)["logLikelihood"].sum())

    def chi2(self, parameters: Mapping[str, float] | None = None) -> float:
        """Return the sum of squared residuals over sigma, on the scale of the noise.

        Parameters
        ----------
        parameters : mapping from str to float, optional

        Returns
        -------
        float

        Raises
        ------
        DataError, CapabilityError, SolveError
            As `simulate`.
        """
        residuals = self.simulate(parameters)["residual"]
        return float((residuals**2).sum(skipna=False))

    def log_prior(self, parameters: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return the logarithm of the prior density of each parameter that is estimated.

        Parameters
        ----------
        parameters : mapping from str to float, optional

        Returns
        -------
        dict from str to float
            Each cut to the bounds of the parameter. Empty where there are no priors.

        Raises
        ------
        DataError
            When a parameter is unknown or has no value.
        CapabilityError
            In version 1, which leaves open with respect to what a density is.
        """
        from livingdrug.interop.petab.priors import log_priors

        return log_priors(self, self.values(parameters))
