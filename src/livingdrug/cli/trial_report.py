"""Print virtual trials beside the published ones, for people and for machines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.cli.report import number
from livingdrug.cli.report_json import DISCLAIMER
from livingdrug.cli.tables import echo, print_table

if TYPE_CHECKING:
    from livingdrug.cli.trial_request import TrialResult
    from livingdrug.trial.compare import Row
    from livingdrug.trial.scores import Prediction, Scores

__all__ = [
    "SCORE_HEADER",
    "prediction_text",
    "print_compare",
    "print_run",
    "published_text",
    "score_cells",
]

SCORE_HEADER = (
    "90 % intervals",
    "read-outs",
    "cover",
    "interval score, rates, points",
    "interval score, others, ln",
    "CRPS, rates, points",
    "CRPS, others, ln",
)
"""Of a table with the cells of `score_cells`."""

_MEANING = (
    "reference model v0.1, status: UNCALIBRATED: values are set by hand within priors, not "
    "fitted, so that agreement with a trial is no evidence"
)


def print_run(result: TrialResult, written: Sequence[str]) -> None:
    """Print one virtual trial.

    Parameters
    ----------
    result : TrialResult
    written : sequence of str
    """
    _print_heading(result)
    _print_rows([result], with_trial=False)
    _print_remembered(result)
    _print_skipped([result])
    _print_scores([result])
    for name in written:
        echo(f"wrote {name}")
    echo(f"{result.wall_s:.1f} s. {DISCLAIMER}")


def print_compare(results: Sequence[TrialResult]) -> None:
    """Print several virtual trials.

    Parameters
    ----------
    results : sequence of TrialResult
    """
    echo(_MEANING)
    for result in results:
        echo(f"{result.plan.name}: {_who(result)}")
    if results[0].choices.trial_sd:
        echo(_trial_effect(results[0].choices.trial_sd))
    _print_rows(results, with_trial=True)
    _print_skipped(results)
    _print_scores(results)
    echo(f"{sum(result.wall_s for result in results):.1f} s. {DISCLAIMER}")


def _print_heading(result: TrialResult) -> None:
    plan, people = result.plan, result.plan.trial.people
    echo(plan.trial.title)
    echo(_MEANING)
    echo(_who(result))
    echo(
        f"before infusion, from the trial: {people.enrolled} enrolled, {people.infused} infused "
        f"({100 * people.infused / people.enrolled:.0f} %), {people.not_made} not made, "
        f"{people.not_given} not given"
    )
    for line in result.made.assumed:
        echo(f"ASSUMED: {line}")
    if result.choices.trial_sd:
        echo(_trial_effect(result.choices.trial_sd))
    if result.choices.uncertainty:
        from livingdrug.trial.priors import assumed_text

        echo(assumed_text())


def _trial_effect(sd: float) -> str:
    return (
        f"ASSUMED: trials differ beyond chance with SD {sd:g}, on the logit of proportions and on "
        "the logarithm of other numbers; the predicted intervals hold it"
    )


def _who(result: TrialResult) -> str:
    plan, choices = result.plan, result.choices
    return (
        f"{choices.subjects:,} virtual people infused, product {plan.trial.product}, disease "
        f"{plan.trial.disease}, policy {plan.policy}, {plan.trial.crs_scale} scale, until day "
        f"{plan.follow.end:g}, seed {choices.seed}"
    )


def _print_rows(results: Sequence[TrialResult], *, with_trial: bool) -> None:
    layered = any(result.choices.uncertainty for result in results)
    header = ["trial"] if with_trial else []
    header += ["read-out", "over", "n", "published (95 %)", "predicted (90 %)", "z", "inside"]
    header += ["with uncertain values (90 %)"] if layered else []
    table = []
    for result in results:
        for row in result.rows:
            if not row.compared:
                continue
            cells = [result.plan.name] if with_trial else []
            cells += [
                row.published.endpoint, _over(row, result), str(row.n), published_text(row),
                prediction_text(row.predicted),
                "-" if math.isnan(row.z) else f"{row.z:+.1f}", "yes" if row.inside else "NO",
            ]  # fmt: skip
            cells += [prediction_text(row.uncertain)] if layered else []
            table.append(cells)
    print_table(header, table)
    echo(
        "predicted: median and 90 % interval over virtual trials of n people, by chance alone; z: "
        "distance in SDs of these trials (percentage points; logarithms for days and "
        "concentrations); (c): exact interval computed from n, where the source prints none"
    )


def _over(row: Row, result: TrialResult | None = None) -> str:
    from livingdrug.data.published_readouts import published_trial, published_trials

    item = row.published
    parts = [item.people, item.part]
    if result is not None and item.trial != published_trial(result.plan.trial.readouts).id:
        parts.append(f"of {published_trials()[item.trial].title}")
    return ", ".join(part for part in parts if part)


def _print_remembered(result: TrialResult) -> None:
    if not result.remembered:
        return
    echo("published numbers from memory, for orientation and never compared:")
    print_table(
        ("read-out", "over", "n", "from memory", "predicted (90 %)"),
        [
            (row.published.endpoint, _over(row, result), str(row.n),
             f"{number(row.published.value)} {row.published.unit}", prediction_text(row.predicted))
            for row in result.remembered
        ],
    )  # fmt: skip


def published_text(row: Row) -> str:
    """Write a published number with its interval.

    Parameters
    ----------
    row : Row

    Returns
    -------
    str
        (c) marks an interval that we computed.
    """
    low, high, computed = row.published_interval
    text = f"{number(row.published.value)} {row.published.unit}"
    if math.isfinite(low) or math.isfinite(high):
        text += f" ({_end(low)} to {_end(high)})" + (" (c)" if computed else "")
    return text


def _end(value: float) -> str:
    return "not reached" if not math.isfinite(value) else number(value)


def prediction_text(item: Prediction) -> str:
    """Write a prediction with its interval; a dash when there is none.

    Parameters
    ----------
    item : Prediction

    Returns
    -------
    str
    """
    if not item.exists:
        return "-"
    if math.isinf(item.lower):
        return "not reached"
    return f"{_end(item.median)} ({_end(item.lower)} to {_end(item.upper)})"


def _print_skipped(results: Sequence[TrialResult]) -> None:
    reasons: dict[str, list[str]] = {}
    for result in results:
        for row in result.rows:
            if not row.compared:
                name = row.published.endpoint
                name += f" ({_over(row)})" if row.published.part else ""
                name = f"{result.plan.name} {name}" if len(results) > 1 else name
                reasons.setdefault(row.predicted.why, []).append(name)
    if reasons:
        echo("not compared:")
        for why, names in reasons.items():
            echo(f"  {why}: {', '.join(names)}")


def _print_scores(results: Sequence[TrialResult]) -> None:
    from livingdrug.trial.baselines import BASELINES
    from livingdrug.trial.compare import model_scores, scores_beside

    rows = [row for result in results for row in result.rows]
    layered = any(result.choices.uncertainty for result in results)
    table = [score_cells("model, chance alone", model_scores(rows))]
    if layered:
        table.append(
            score_cells("model, with uncertain values", model_scores(rows, uncertain=True))
        )
    for name in BASELINES:
        theirs, ours = scores_beside(rows, name, uncertain=layered)
        table.append(score_cells(f"baseline: {name}", theirs))
        table.append(score_cells("  model on the same read-outs", ours))
    print_table(SCORE_HEADER, table)
    echo(
        "interval score and continuous ranked probability score (CRPS) of Gneiting and Raftery "
        "2007, smaller is better; baselines leave the trial out; an interval without an end has "
        "no score, beside a baseline neither does the other; a dose level does not count beside "
        "all people"
    )


def score_cells(name: str, scores: Scores) -> list[str]:
    """Write scores as the cells of a line.

    Parameters
    ----------
    name : str
    scores : Scores

    Returns
    -------
    list of str
    """
    pairs = (
        (scores.rates, scores.n_rates),
        (scores.others, scores.n_others),
        (scores.crps_rates, scores.n_crps_rates),
        (scores.crps_others, scores.n_crps_others),
    )
    return [
        name,
        str(scores.n),
        f"{scores.covered} of {scores.n}" if scores.n else "-",
        *(f"{number(value)} (n = {n})" if n else "-" for value, n in pairs),
    ]
