"""The outcome of a simulation as one JSON object."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livingdrug.cli.simulation import Outcome
    from livingdrug.clinical.estimand import Comparison
    from livingdrug.clinical.headline import Metric

__all__ = ["DISCLAIMER", "outcome_json"]

DISCLAIMER = "Research simulation, not medical advice."


def outcome_json(outcome: Outcome, written: Sequence[str]) -> dict[str, object]:
    """Return an outcome as plain data; ``docs/reference/command_line`` documents every key.

    Parameters
    ----------
    outcome : Outcome
    written : sequence of str

    Returns
    -------
    dict
    """
    model, attrs, request = outcome.model, outcome.course.attrs, outcome.request
    end = float(outcome.course["time"].values[-1])
    return {
        "model": model.id,
        "variant": model.variant,
        "status": model.status,
        "organism": model.organism,
        "population": model.population,
        "subjects": outcome.n_subjects,
        "replicates": request.jumps.replicates,
        "failed": outcome.n_failed,
        "failures": [
            {"subject": item.subject, "status": item.status, "message": item.message}
            | ({} if item.replicate is None else {"replicate": item.replicate})
            for item in outcome.manifest.failures
        ],
        "trials": request.trials,
        "days": end if outcome.model.time_unit == "day" else None,
        "end": end,
        "time_unit": outcome.model.time_unit,
        "study": None if outcome.study is None else str(outcome.study.attrs.get("id", "")),
        "wall_s": round(outcome.wall_s, 3),
        "seed": request.seed,
        "method": attrs["method"],
        "backend": attrs["backend"],
        "rtol": attrs["rtol"],
        "atol": json.loads(str(attrs["atol"])),
        "variability": attrs["variability"],
        "assumed": json.loads(str(attrs["assumed"])),
        "warnings": list(outcome.warnings),
        "metrics": {metric.name: _metric(metric, outcome.between) for metric in outcome.metrics},
        "extinctions": extinctions(outcome),
        "comparison": [_comparison(row) for row in (*outcome.comparisons, *outcome.readouts)],
        "written": list(written),
        "citations": [citation.doi for citation in outcome.manifest.citations],
        "disclaimer": DISCLAIMER,
    }


def extinctions(outcome: Outcome) -> dict[str, int]:
    """Return in how many runs of jumps each population died out, and was not there at the end.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    dict from str to int
        Of populations that died out in any run; empty without replicates.
    """
    course = outcome.course
    if "replicate" not in course.dims:
        return {}
    names = dict.fromkeys(course["event_name"].values.tolist())
    gone = [name[8:-1] for name in names if name.startswith("extinct(")]
    ends = {name: course[name].transpose(..., "time").values[..., -1] for name in gone}
    return {name: int((values <= 0).sum()) for name, values in ends.items()}


def _metric(metric: Metric, between: str) -> dict[str, object]:
    return {
        "label": metric.label,
        "median": _finite(metric.quantile(0.5)),
        "p05": _finite(metric.quantile(0.05)),
        "p95": _finite(metric.quantile(0.95)),
        "unit": metric.unit,
        "interval": between,
        "missing": metric.n_missing,
        "note": metric.note,
    }


def _comparison(row: Comparison) -> dict[str, object]:
    return {
        "term": row.term,
        "quantity": row.quantity,
        "day": _finite(row.visit),
        "endpoint": row.endpoint,
        "statistic": row.statistic,
        "n": row.n,
        "assay": row.assay,
        "lloq": _finite(row.lloq),
        "published": _finite(row.published),
        "simulated": _finite(row.simulated),
        "lower": _finite(row.lower),
        "upper": _finite(row.upper),
        "interval": row.interval,
        "unit": row.unit,
        "source": row.source,
        "note": row.note,
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
