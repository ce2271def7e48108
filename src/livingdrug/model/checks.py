"""The checks of a model: a list of small named functions, whose findings are reported together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

from livingdrug.core.errors import Issue, UnitWarning
from livingdrug.model.dimension_checks import check_dimensions_of_model, check_units
from livingdrug.model.model import Model
from livingdrug.model.name_checks import check_names, check_symbols
from livingdrug.model.structure_checks import (
    check_algebraic,
    check_cycles,
    check_determination,
    check_events,
    check_log_states,
)
from livingdrug.model.value_checks import check_origins, check_values, check_variability

__all__ = ["CHECKS", "check_model"]

CHECKS: tuple[Callable[[Model], Iterator[Issue]], ...] = (
    check_names,
    check_symbols,
    check_cycles,
    check_determination,
    check_algebraic,
    check_events,
    check_values,
    check_variability,
    check_origins,
    check_log_states,
    check_units,
)
"""Run in this order; dimensions are looked at when nothing else is wrong."""


def check_model(model: Model) -> list[Issue]:
    """Run every check.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of Issue
        All problems. Warnings about dimensions are issued as `UnitWarning`.
    """
    issues = [issue for check in CHECKS for issue in check(model)]
    if not any(issue.level == "error" for issue in issues):
        issues += check_dimensions_of_model(model)
    for issue in issues:
        if issue.level == "warning":
            warnings.warn(f"{model.id}, {issue}", UnitWarning, stacklevel=4)
    return issues
