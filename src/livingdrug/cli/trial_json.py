"""Virtual trials beside the published ones as plain data."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.report_json import DISCLAIMER

if TYPE_CHECKING:
    from livingdrug.cli.trial_request import TrialResult
    from livingdrug.trial.compare import Row
    from livingdrug.trial.scores import Prediction, Scores

__all__ = ["STATUS", "compare_json", "print_json", "run_json"]

STATUS = "UNCALIBRATED"


def print_json(content: dict[str, object]) -> None:
    """Print one JSON object.

    Parameters
    ----------
    content : dict
    """
    sys.stdout.write(json.dumps(content, indent=2) + "\n")


def run_json(result: TrialResult, written: Sequence[str]) -> dict[str, object]:
    """Return one virtual trial as plain data.

    Parameters
    ----------
    result : TrialResult
    written : sequence of str

    Returns
    -------
    dict
    """
    return {
        **_trial_json(result),
        "scores": _scores_json([result]),
        "written": list(written),
        "disclaimer": DISCLAIMER,
    }


def compare_json(results: Sequence[TrialResult]) -> dict[str, object]:
    """Return several virtual trials as plain data.

    Parameters
    ----------
    results : sequence of TrialResult

    Returns
    -------
    dict
    """
    return {
        "status": STATUS,
        "trials": [_trial_json(result) for result in results],
        "scores": _scores_json(results),
        "disclaimer": DISCLAIMER,
    }


def _trial_json(result: TrialResult) -> dict[str, object]:
    plan, choices, people = result.plan, result.choices, result.plan.trial.people
    return {
        "trial": plan.name,
        "title": plan.trial.title,
        "status": STATUS,
        "model": plan.model.id,
        "product": plan.trial.product,
        "disease": plan.trial.disease,
        "policy": plan.policy,
        "scale": plan.trial.crs_scale,
        "subjects": choices.subjects,
        "not_simulated": result.made.not_simulated,
        "days": plan.follow.end,
        "seed": choices.seed,
        "uncertainty": choices.uncertainty,
        "trial_sd": choices.trial_sd,
        "enrolled": people.enrolled,
        "infused": people.infused,
        "assumed": list(result.made.assumed),
        "readouts": [_row_json(row) for row in result.rows],
        "from_memory": [
            {
                "endpoint": row.published.endpoint,
                "people": row.published.people,
                "part": row.published.part,
                "n": row.n,
                "unit": row.published.unit,
                "unconfirmed": row.published.value,
                "predicted": _prediction_json(row.predicted),
            }
            for row in result.remembered
        ],
        "wall_s": round(result.wall_s, 3),
    }


def _row_json(row: Row) -> dict[str, object]:
    item = row.published
    low, high, computed = row.published_interval
    return {
        "endpoint": item.endpoint,
        "reported_for": item.trial,
        "people": item.people,
        "part": item.part,
        "n": row.n,
        "unit": item.unit,
        "published": item.value,
        "published_lower": _finite(low),
        "published_upper": _finite(high),
        "published_interval_computed": computed,
        "predicted": _prediction_json(row.predicted),
        "with_uncertain_values": _prediction_json(row.uncertain),
        "z": _finite(row.z),
        "inside": row.inside if row.compared else None,
        "baselines": {name: _prediction_json(one) for name, one in row.baselines.items()},
        "why_not": row.predicted.why,
        "citation": item.citation,
        "doi": item.doi,
    }


def _prediction_json(item: Prediction) -> dict[str, object] | None:
    if not item.exists:
        return None
    return {
        "median": _finite(item.median),
        "lower": _finite(item.lower),
        "upper": _finite(item.upper),
        "not_reached": math.isinf(item.median),
    }


def _scores_json(results: Sequence[TrialResult]) -> dict[str, object]:
    from livingdrug.trial.baselines import BASELINES
    from livingdrug.trial.compare import model_scores, scores_beside

    rows = [row for result in results for row in result.rows]
    layered = any(result.choices.uncertainty for result in results)
    found: dict[str, object] = {"model": _one_score(model_scores(rows))}
    if layered:
        found["model with uncertain values"] = _one_score(model_scores(rows, uncertain=True))
    for name in BASELINES:
        theirs, ours = scores_beside(rows, name, uncertain=layered)
        found[name] = {"baseline": _one_score(theirs), "model": _one_score(ours)}
    return found


def _one_score(scores: Scores) -> dict[str, object]:
    return {
        "readouts": scores.n,
        "covered": scores.covered,
        "rates": scores.n_rates,
        "interval_score_rates_points": _finite(scores.rates),
        "others": scores.n_others,
        "interval_score_others_ln": _finite(scores.others),
        "crps_rates": scores.n_crps_rates,
        "crps_rates_points": _finite(scores.crps_rates),
        "crps_others": scores.n_crps_others,
        "crps_others_ln": _finite(scores.crps_others),
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
