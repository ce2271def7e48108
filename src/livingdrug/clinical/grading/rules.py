"""What the user of the grading may choose, and numbers of the published rules."""

from __future__ import annotations

import math
from dataclasses import dataclass

from livingdrug.clinical.grading.episodes import QUIET_DAYS
from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = [
    "FEVER",
    "FIO2_LIMIT",
    "HIGH_DOSE",
    "HIGH_DOSE_HOURS",
    "LOW_FLOW_LIMIT",
    "MASK_HOURS",
    "GradingRules",
]

FEVER = 38.0
"""degC, from which on it is fever."""
LOW_FLOW_LIMIT = 6.0
"""L/min, up to which a cannula is low-flow (ASTCT)."""
FIO2_LIMIT = 40.0
"""Per cent of inspired oxygen, from which on Lee, MSKCC and CTCAE count the higher grade."""
MASK_HOURS = 24.0
"""Hours for which a treatment given before the first reading may hide a fever."""
HIGH_DOSE = {
    "norepinephrine": (20.0, False),
    "epinephrine": (10.0, False),
    "phenylephrine": (200.0, False),
    "dopamine": (10.0, True),
}
"""Rate from which on a vasopressor is high-dose, ug/min or (true) ug/kg/min. UNCONFIRMED: known as
that of Lee 2014, not read in a source; used in columns that end in ``_unconfirmed`` only."""
HIGH_DOSE_HOURS = 3.0


@dataclass(frozen=True, slots=True)
class GradingRules:
    """Choices where the consensus leaves one.

    Attributes
    ----------
    adults : bool
        Everybody whose age is not recorded is 18 or older.
    sbp_below : float
        mmHg, below which an adult is hypotensive: a default in use, not wording of the consensus.
        Children need their own limit (``sbp_limit``) or a clinician's judgement.
    quiet : float
        Days without signs after which an episode is over.
    """

    adults: bool = False
    sbp_below: float = 90.0
    quiet: float = QUIET_DAYS

    def __post_init__(self) -> None:
        issues = []
        if not (math.isfinite(self.sbp_below) and 40 <= self.sbp_below <= 140):
            message = f"{self.sbp_below:g} mmHg is no limit of hypotension"
            issues.append(Issue("error", "sbp_below", message, "allowed: 40 to 140"))
        if not (math.isfinite(self.quiet) and self.quiet >= 0):
            message = f"{self.quiet:g} days"
            issues.append(Issue("error", "quiet", message, "allowed: 0 or more"))
        raise_issues(issues, OptionError)
