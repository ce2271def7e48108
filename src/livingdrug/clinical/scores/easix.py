"""EASIX and its relatives: endothelial activation from laboratory values.

Modified EASIX: Pennisi 2021, doi:10.1182/bloodadvances.2020003885, in 118 people, for severe CRS.
The times below are those at which it was evaluated, and all three scores are held to them. EASIX-F
and EASIX-FC are not offered: their formula was not read in a source. The scores have no cut-off
here, so none can be hit exactly.
"""

from __future__ import annotations

import math

from livingdrug.clinical.scores.inputs import Quantity, check_choice, in_unit
from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["TIMES", "easix", "modified_easix", "simplified_easix"]

TIMES: tuple[str, ...] = ("before lymphodepletion", "day -1", "day +1")
"""When the values may have been taken."""
_WHY = "the score was evaluated at these times only"


def _divided(factors: dict[str, tuple[Quantity, str]], platelets: Quantity, when: str) -> float:
    issues: list[Issue] = []
    check_choice("when", when, TIMES, _WHY, issues)
    product = math.prod(in_unit(n, given, unit, issues) for n, (given, unit) in factors.items())
    count = in_unit("platelets", platelets, "1/uL", issues) / 1000.0
    if count == 0:
        issues.append(Issue("error", "platelets", "0 given; the score divides by platelets"))
    raise_issues(issues, OptionError)
    return product / count


def easix(ldh: Quantity, creatinine: Quantity, platelets: Quantity, *, when: str) -> float:
    """Return LDH (U/L) x creatinine (mg/dL) / platelets (10^9/L).

    Parameters
    ----------
    ldh, creatinine, platelets : tuple of float and str
        Value and unit.
    when : str
        One of `TIMES`.

    Returns
    -------
    float

    Raises
    ------
    OptionError
        Listing every value that cannot be used.

    Examples
    --------
    >>> easix((250, "U/L"), (88.4, "umol/L"), (100, "10^9/L"), when="day -1")
    2.5
    """
    return _divided({"ldh": (ldh, "U/L"), "creatinine": (creatinine, "mg/dL")}, platelets, when)


def simplified_easix(ldh: Quantity, platelets: Quantity, *, when: str) -> float:
    """Return LDH (U/L) / platelets (10^9/L).

    Parameters
    ----------
    ldh, platelets : tuple of float and str
    when : str
        One of `TIMES`.

    Returns
    -------
    float

    Raises
    ------
    OptionError
        Listing every value that cannot be used.
    """
    return _divided({"ldh": (ldh, "U/L")}, platelets, when)


def modified_easix(ldh: Quantity, crp: Quantity, platelets: Quantity, *, when: str) -> float:
    """Return LDH (U/L) x CRP (mg/dL) / platelets (10^9/L).

    Parameters
    ----------
    ldh, crp, platelets : tuple of float and str
        CRP in mg/L or mg/dL: the unit decides, and it changes the score tenfold.
    when : str
        One of `TIMES`.

    Returns
    -------
    float

    Raises
    ------
    OptionError
        Listing every value that cannot be used.

    Examples
    --------
    >>> modified_easix((250, "U/L"), (20, "mg/L"), (100, "10^9/L"), when="day +1")
    5.0
    """
    return _divided({"ldh": (ldh, "U/L"), "crp": (crp, "mg/dL")}, platelets, when)
