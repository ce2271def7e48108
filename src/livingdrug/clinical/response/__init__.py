"""Response to treatment: categories, rules on a simulated burden, and the clinical criteria."""

from __future__ import annotations

from livingdrug.clinical.response.burden import (
    BURDEN_RULES,
    BurdenResponse,
    BurdenRules,
    m_protein,
    respond,
)
from livingdrug.clinical.response.categories import (
    RESPONDERS,
    Response,
    best_confirmed,
    best_response,
    response_text,
)

__all__ = [
    "BURDEN_RULES",
    "RESPONDERS",
    "BurdenResponse",
    "BurdenRules",
    "Response",
    "best_confirmed",
    "best_response",
    "m_protein",
    "respond",
    "response_text",
]
