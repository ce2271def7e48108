"""Logarithms of prior densities of PEtab 2, cut to the bounds of the parameter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from livingdrug.core.errors import CapabilityError, Issue, raise_issues
from livingdrug.interop.petab.records import Parameter

if TYPE_CHECKING:
    from livingdrug.interop.petab.problem import PetabProblem

__all__ = ["log_priors"]


def log_priors(problem: PetabProblem, values: Mapping[str, float]) -> dict[str, float]:
    """Return the logarithm of the prior density of each parameter that is estimated.

    Parameters
    ----------
    problem : PetabProblem
    values : mapping from str to float

    Returns
    -------
    dict from str to float
        Empty where the table states no prior at all. A parameter without a prior beside others
        with one is uniform between its bounds.

    Raises
    ------
    CapabilityError
        In version 1, which leaves open with respect to what a density is.
    """
    estimated = [item for item in problem.parameters if item.estimate]
    if not any(item.prior for item in estimated):
        return {}
    if problem.version == 1:
        raise_issues(
            [
                Issue("error", f"parameter {item.id}", f"the prior {item.prior} of version 1 has "
                      "no stated density", "write the problem in version 2")
                for item in estimated
                if item.prior
            ],
            CapabilityError,
        )  # fmt: skip
    return {item.id: _log_prior(item, values[item.id]) for item in estimated}


def _log_prior(item: Parameter, value: float) -> float:
    """Return the logarithm of a density over the part of it that lies within the bounds."""
    if not item.lower <= value <= item.upper:
        return -math.inf
    given = item.prior_parameters or (item.lower, item.upper)
    law = _law(item.prior or "uniform", given)
    if item.prior == "log-laplace":  # y = ln x is Laplace; dy = dx / x
        if value <= 0:
            return -math.inf
        low, high = (math.log(x) if x > 0 else -math.inf for x in (item.lower, item.upper))
        density = law.logpdf(math.log(value)) - math.log(value)
    else:
        low, high = item.lower, item.upper
        density = law.logpdf(value)
    mass = float(law.cdf(high) - law.cdf(low))
    return float(density) - math.log(mass) if mass > 0 else -math.inf


def _law(name: str, given: tuple[float, ...]) -> Any:  # noqa: ANN401  # scipy's frozen law
    """Return a distribution; that of the logarithm for log-laplace."""
    from scipy import stats

    first, second = given[0], given[-1]
    laws: dict[str, Callable[[], Any]] = {
        "cauchy": lambda: stats.cauchy(first, second),
        "chisquare": lambda: stats.chi2(first),
        "exponential": lambda: stats.expon(scale=first),
        "gamma": lambda: stats.gamma(first, scale=second),
        "laplace": lambda: stats.laplace(first, second),
        "log-laplace": lambda: stats.laplace(first, second),
        "log-normal": lambda: stats.lognorm(second, scale=math.exp(first)),
        "log-uniform": lambda: stats.loguniform(first, second),
        "normal": lambda: stats.norm(first, second),
        "rayleigh": lambda: stats.rayleigh(scale=first),
        "uniform": lambda: stats.uniform(first, second - first),
    }
    return laws[name]()
