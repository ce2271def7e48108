"""A virtual trial beside the published one: every confirmed read-out, misses included."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.clinical.rates import rate
from livingdrug.data.published_readouts import (
    PublishedReadout,
    choose,
    from_memory,
    published_readouts,
    published_trials,
    readouts_of,
)
from livingdrug.trial.baselines import BASELINES
from livingdrug.trial.estimands import Measure, measure_of
from livingdrug.trial.scores import Prediction, Scores, score_all
from livingdrug.trial.virtual import (
    N_TRIALS,
    over_trials,
    predict,
    trial_values,
    with_trial_effect,
)

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.records.trial import Trial

__all__ = ["Row", "beside_memory", "compare_trial", "model_scores", "scored", "scores_beside"]


@dataclass(frozen=True, slots=True)
class Row:
    """One published read-out with the predicted one, or the reason why there is none.

    Attributes
    ----------
    published : PublishedReadout
    n : int
        People of each virtual trial.
    predicted : Prediction
        By chance alone, at the values of the model.
    uncertain : Prediction
        With the uncertainty of population values too; without a number where it was not asked
        for.
    baselines : dict from str to Prediction
    """

    published: PublishedReadout
    n: int
    predicted: Prediction
    uncertain: Prediction = field(default_factory=lambda: Prediction(why="not asked for"))
    baselines: dict[str, Prediction] = field(default_factory=dict)

    @property
    def compared(self) -> bool:
        """There is a prediction."""
        return self.predicted.exists

    @property
    def z(self) -> float:
        """Distance of the published number from the predicted one in SDs of virtual trials.

        In percentage points for a proportion, else of logarithms; NaN where there is none.
        """
        item, value = self.predicted, self.published.value
        if not item.exists or not item.sd > 0 or not math.isfinite(item.median):
            return math.nan
        if self.published.unit == "%":
            return (value - item.median) / item.sd
        if value <= 0 or item.median <= 0:
            return math.nan
        return math.log(value / item.median) / item.sd

    @property
    def published_interval(self) -> tuple[float, float, bool]:
        """Lower and upper 95 % limit of the published number, and whether we computed them.

        Where the source prints none for a proportion, they are those of Clopper and Pearson.
        """
        item = self.published
        if math.isfinite(item.lower) or item.unit != "%" or item.n < 1:
            return item.lower, item.upper, False
        found = rate(round(item.value / 100 * item.n), item.n)
        return 100 * found.lower, 100 * found.upper, True

    @property
    def inside(self) -> bool:
        """The published number lies in the predicted 90 % interval."""
        return (
            self.compared and self.predicted.lower <= self.published.value <= self.predicted.upper
        )


def compare_trial(
    trial: Trial,
    people: xr.Dataset,
    *,
    seed: int,
    trials: int = N_TRIALS,
    uncertain: Sequence[xr.Dataset] = (),
    trial_sd: float = 0.0,
) -> tuple[Row, ...]:
    """Set every confirmed read-out of a trial beside that of virtual trials.

    Parameters
    ----------
    trial : Trial
    people : xarray.Dataset
        Person read-outs.
    seed : int
    trials : int, optional
        Virtual trials.
    uncertain : sequence of xarray.Dataset, optional
        Person read-outs of draws of the population values, one for each draw.
    trial_sd : float, optional
        Of what trials differ in beyond chance; see `livingdrug.trial.virtual.with_trial_effect`.

    Returns
    -------
    tuple of Row
        In order of the published table.
    """
    known, chosen = published_trials(), choose(published_readouts())
    share = trial.people.infused / trial.people.enrolled
    rows = []
    for item in readouts_of(trial.readouts) if trial.readouts else ():
        n = item.n or trial.people.infused
        measure = _measured(trial, item)
        if isinstance(measure, str):
            rows.append(Row(item, n, Prediction(why=measure)))
            continue
        found = predict(
            people, measure, n, unit=item.unit, infused_share=share, seed=seed, trials=trials,
            trial_sd=trial_sd,
        )  # fmt: skip
        baselines = {name: rule(item, chosen, known) for name, rule in BASELINES.items()}
        layer = Prediction(why="not asked for")
        if uncertain and found.exists:
            layer = _uncertain(uncertain, measure, item, n, share, seed, trials, trial_sd)
        rows.append(Row(item, n, found, layer, baselines))
    return tuple(rows)


def _measured(trial: Trial, item: PublishedReadout) -> Measure | str:
    found = measure_of(item)
    if isinstance(found, str) or not found.column.startswith("icans_"):
        return found
    if not (trial.neurotoxicity == "neurological events" or item.endpoint.startswith("neuro_")):
        return found
    if trial.neurological_background is None:
        return (
            "neurological events are broader than the simulated neurotoxicity, and how common "
            "the others are is not known: neurological_background in a trial file of your own "
            "says so"
        )
    broad = found.column.replace("icans_", "neuro_")
    if broad not in ("neuro_any", "neuro_ge3"):
        return "when the neurological events beside the simulated neurotoxicity happen is not known"
    return replace(found, column=broad)


def beside_memory(trial: Trial, people: xr.Dataset, *, seed: int) -> tuple[Row, ...]:
    """Predict what a trial is remembered to have read, for orientation; no comparison.

    Parameters
    ----------
    trial : Trial
    people : xarray.Dataset
    seed : int

    Returns
    -------
    tuple of Row
        Only those with a prediction.
    """
    share = trial.people.infused / trial.people.enrolled
    rows = []
    for item in from_memory(trial.readouts) if trial.readouts else ():
        measure, n = _measured(trial, item), item.n or trial.people.infused
        if isinstance(measure, Measure):
            found = predict(people, measure, n, unit=item.unit, infused_share=share, seed=seed)
            rows.append(Row(item, n, found))
    return tuple(row for row in rows if row.compared)


def _uncertain(
    draws: Sequence[xr.Dataset],
    measure: Measure,
    item: PublishedReadout,
    n: int,
    share: float,
    seed: int,
    trials: int,
    trial_sd: float,
) -> Prediction:
    """Pool virtual trials over draws of the population values, as many of each."""
    each = max(1, trials // len(draws))
    parts = []
    for place, people in enumerate(draws):
        found = trial_values(
            people, measure, n, infused_share=share, seed=seed + place + 1, trials=each
        )
        # a draw in which nobody has a value says nothing, which `over_trials` counts
        parts.append(np.full(each, np.nan) if isinstance(found, str) else found)
    values = with_trial_effect(
        np.concatenate(parts), item.unit, n, trial_sd, seed=seed, name=measure.column
    )
    return over_trials(values, item.unit, n)


def scored(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that a score is made of, so that nobody counts twice.

    A dose level is left out where a row over all people has the same endpoint.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    list of Row
    """
    whole = {row.published.estimand[:3] for row in rows if row.compared and not row.published.part}
    return [
        row for row in rows if not row.published.part or row.published.estimand[:3] not in whole
    ]


def model_scores(rows: Sequence[Row], *, uncertain: bool = False) -> Scores:
    """Return coverage and scores of the model over the rows of `scored`.

    Parameters
    ----------
    rows : sequence of Row
    uncertain : bool, optional
        Of the intervals that hold the uncertainty of population values.

    Returns
    -------
    Scores
    """
    return score_all(_predictions(scored(rows), uncertain=uncertain))


def scores_beside(
    rows: Sequence[Row], name: str, *, uncertain: bool = False
) -> tuple[Scores, Scores]:
    """Return the scores of a baseline and of the model where both have a prediction.

    Parameters
    ----------
    rows : sequence of Row
    name : str
        Of the baseline.
    uncertain : bool, optional

    Returns
    -------
    baseline, model : Scores
        Over the same read-outs; means over those that have a score in both.
    """
    both = [row for row in scored(rows) if row.compared and row.baselines[name].exists]
    theirs = [(r.baselines[name], r.published.value, r.published.unit) for r in both]
    ours = _predictions(both, uncertain=uncertain)
    return score_all(theirs, ours), score_all(ours, theirs)


def _predictions(rows: Sequence[Row], *, uncertain: bool) -> list[tuple[Prediction, float, str]]:
    return [
        (row.uncertain if uncertain else row.predicted, row.published.value, row.published.unit)
        for row in rows
    ]
