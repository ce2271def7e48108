"""Same estimand or no comparison: a simulated course beside the numbers of a study.

The rules and their reasons are in ``docs/explanation/same_estimand.md``.
"""

from __future__ import annotations

from livingdrug.clinical.estimand.comparison import Comparison, estimand_text
from livingdrug.clinical.estimand.readouts import compare_readouts
from livingdrug.clinical.estimand.statistics import PersonSummary, person_summary
from livingdrug.clinical.estimand.summaries import MetricSummary, summaries
from livingdrug.clinical.estimand.visits import compare

__all__ = [
    "Comparison",
    "MetricSummary",
    "PersonSummary",
    "compare",
    "compare_readouts",
    "estimand_text",
    "person_summary",
    "summaries",
]
