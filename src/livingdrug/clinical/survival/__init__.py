"""Time to an event: what is counted from when, and the curves that follow."""

from __future__ import annotations

from livingdrug.clinical.survival.estimand import ESTIMANDS, Censoring, Estimand, Event, Start
from livingdrug.clinical.survival.events import Observed, constant_hazard_days, observe
from livingdrug.clinical.survival.kaplan_meier import SurvivalCurve, kaplan_meier

__all__ = [
    "ESTIMANDS",
    "Censoring",
    "Estimand",
    "Event",
    "Observed",
    "Start",
    "SurvivalCurve",
    "constant_hazard_days",
    "kaplan_meier",
    "observe",
]
