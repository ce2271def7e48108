"""Time to an event: what is counted from when, and the curves that follow."""

from __future__ import annotations

from livingdrug.clinical.survival.compare import CoxTerm, LogRank, cox, log_rank
from livingdrug.clinical.survival.competing import Incidence, cumulative_incidence
from livingdrug.clinical.survival.estimand import ESTIMANDS, Censoring, Estimand, Event, Start
from livingdrug.clinical.survival.events import Observed, constant_hazard_days, observe
from livingdrug.clinical.survival.interval_censored import IntervalCurve, turnbull
from livingdrug.clinical.survival.kaplan_meier import SurvivalCurve, kaplan_meier

__all__ = [
    "ESTIMANDS",
    "Censoring",
    "CoxTerm",
    "Estimand",
    "Event",
    "Incidence",
    "IntervalCurve",
    "LogRank",
    "Observed",
    "Start",
    "SurvivalCurve",
    "constant_hazard_days",
    "cox",
    "cumulative_incidence",
    "kaplan_meier",
    "log_rank",
    "observe",
    "turnbull",
]
