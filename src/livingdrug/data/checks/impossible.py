"""Values that the quantity cannot take."""

from __future__ import annotations

import numpy as np

from livingdrug.data.checks.finding import Finding, count_text, finding
from livingdrug.data.measured import Measured

__all__ = ["check_impossible"]


def check_impossible(values: Measured) -> list[Finding]:
    """Look for negative amounts, infinities, and percentages of a whole above 100.

    Parameters
    ----------
    values : Measured

    Returns
    -------
    list of Finding
        Errors.
    """
    found = []
    negative = values.known & (values.value < 0)
    if negative.any() and not values.signed:
        message = f"{count_text(values, negative)}, are negative"
        fix = "give the quantity itself, not its logarithm or a change; correct the rows"
        found.append(finding("impossible value", "error", values, negative, message, fix))
    above = values.known & (values.value > 100)
    if values.unit in {"percent", "%"} and above.any():
        message = f"{count_text(values, above)}, are above 100 %"
        fix = "correct the rows, or the unit"
        found.append(finding("impossible value", "error", values, above, message, fix))
    endless = np.isinf(values.value)
    if endless.any():
        message = f"{endless.sum()} values are infinite"
        found.append(
            finding("impossible value", "error", values, endless, message, "remove the rows")
        )
    return found
