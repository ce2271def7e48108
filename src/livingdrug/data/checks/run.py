"""Run every check over a set of measured values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from livingdrug.data.checks.assay_limits import check_assay_limits
from livingdrug.data.checks.finding import Finding
from livingdrug.data.checks.impossible import check_impossible
from livingdrug.data.checks.people import check_people
from livingdrug.data.checks.placeholders import check_placeholders
from livingdrug.data.checks.time_order import check_time_order
from livingdrug.data.checks.units import check_units
from livingdrug.data.measured import Measured

__all__ = ["check_measured"]

_CHECKS: tuple[Callable[[Measured], list[Finding]], ...] = (
    check_impossible,
    check_units,
    check_assay_limits,
    check_placeholders,
)


def check_measured(everything: Sequence[Measured]) -> tuple[Finding, ...]:
    """Run every check.

    Parameters
    ----------
    everything : sequence of Measured

    Returns
    -------
    tuple of Finding
        Errors first, else in the order of the columns.
    """
    found = [one for values in everything for check in _CHECKS for one in check(values)]
    if everything:
        found += check_time_order(everything)
        found += check_people(everything)
    return tuple(sorted(found, key=lambda one: one.level != "error"))
