"""Virtual trials: what a trial of its own size would have read in the simulated people.

The simulated people are the population. A virtual trial of n people is n of them, drawn with
replacement; where cells come from donor lots, lots are drawn first, as many as n people need, and
then people of each. The spread of a statistic over many such trials is what chance alone makes of
it. It holds nothing of what is not known about the parameters, which is a layer of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import OptionError
from livingdrug.core.random import Purpose, uniforms
from livingdrug.trial.estimands import DAYS_PER_MONTH, Measure
from livingdrug.trial.scores import LEVEL, Prediction

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["N_TRIALS", "over_trials", "predict", "trial_values"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

N_TRIALS = 1000
_ABSENT = "nobody in the simulation"
_SAME_VISIT = 0.8


def predict(
    people: xr.Dataset,
    measure: Measure,
    n: int,
    *,
    unit: str,
    infused_share: float = 1.0,
    seed: int = 0,
    trials: int = N_TRIALS,
) -> Prediction:
    """Predict a read-out of a trial of n people: median and 90 % interval over virtual trials.

    Parameters
    ----------
    people : xarray.Dataset
        Person read-outs, from `livingdrug.trial.person_readouts.person_readouts`.
    measure : Measure
    n : int
        People behind the published number.
    unit : str
        Of the published number.
    infused_share : float, optional
        Part of those enrolled that is infused.
    seed : int, optional
    trials : int, optional
        Virtual trials.

    Returns
    -------
    Prediction
        Without a number, and with the reason, where the people do not give one.
    """
    values = trial_values(people, measure, n, infused_share=infused_share, seed=seed, trials=trials)
    if isinstance(values, str):
        return Prediction(why=values)
    return over_trials(values, unit, n)


def over_trials(values: Floats, unit: str, n: int) -> Prediction:
    """Summarise a statistic over virtual trials.

    Parameters
    ----------
    values : ndarray, shape (n_trials,)
        Infinite where a median time was not reached; NaN where a trial has none.
    unit : str
    n : int
        People in each trial.

    Returns
    -------
    Prediction
        Its SD is that of percentage points for a proportion, else of natural logarithms. That of a
        proportion is never below what counting n people gives at a proportion smoothed by half
        a person, so that 0 of n is no certainty.
    """
    known = values[~np.isnan(values)]
    if known.size < 0.5 * values.size:
        return Prediction(why="most virtual trials hold nobody with a value")
    tail = 0.5 * (1 - LEVEL)
    # a quantile between a number and infinity is neither: take a value that occurred
    low, middle, high = np.quantile(known, [tail, 0.5, 1 - tail], method="inverted_cdf")
    if unit == "%":
        share = (float(known.mean()) / 100 * n + 0.5) / (n + 1)
        counting = 100 * math.sqrt(share * (1 - share) / n)
        spread = max(float(known.std()), counting)
    else:
        finite = known[np.isfinite(known) & (known > 0)]
        # visits are days apart: where nearly all trials give the same visit there is no spread
        settled = (known == middle).mean() > _SAME_VISIT or finite.size < known.size
        spread = math.nan if settled else float(np.log(finite).std())
    return Prediction(float(middle), float(low), float(high), spread)


def trial_values(
    people: xr.Dataset,
    measure: Measure,
    n: int,
    *,
    infused_share: float = 1.0,
    seed: int = 0,
    trials: int = N_TRIALS,
) -> Floats | str:
    """Compute a statistic in each of many virtual trials.

    Parameters
    ----------
    people, measure, n, infused_share, seed, trials
        As for `predict`.

    Returns
    -------
    ndarray, shape (n_trials,), or str
        Why there is none.

    Raises
    ------
    OptionError
        When a size is not a positive number.
    """
    if n < 1 or trials < 1 or not 0 < infused_share <= 1:
        raise OptionError(
            f"n = {n}, trials = {trials}, infused_share = {infused_share:g}: allowed are 1 and "
            "more people and trials, and a share above 0 up to 1"
        )
    problem = _problem(people, measure)
    if problem:
        return problem
    pool = _pool(people, measure)
    if measure.statistic == "ratio":
        chosen = np.flatnonzero(pool)
        places = chosen[_drawn(chosen, people, n, seed, trials)]
        return _ratios(people, measure, places)
    if measure.among:
        pool = pool & people[measure.among].values.astype(bool)
    chosen = np.flatnonzero(pool)
    if chosen.size == 0:
        return f"{_ABSENT} is {measure.among.replace('_', ' ')}" if measure.among else _ABSENT
    places = chosen[_drawn(chosen, people, n, seed, trials)]
    values = people[measure.column].values.astype(np.float64)[places]
    if measure.from_enrolment:
        # who is not infused has no response, and fails at once
        absent = uniforms(
            seed=seed, purpose=Purpose.TRIAL, subjects=np.arange(trials), name="infused", draws=n
        )
        values = np.where(absent > infused_share, 0.0, values)
    return _statistic(values, measure)


def _problem(people: xr.Dataset, measure: Measure) -> str:
    if measure.column not in people:
        return str(people.attrs.get(f"no_{measure.column}", "not computed for this trial"))
    end = float(people.attrs.get("followed_until", math.inf))
    if measure.statistic in ("event-free", "median time") and measure.day > end + 1:
        return (
            f"at month {measure.day / DAYS_PER_MONTH:g}; people are followed to day {end:g} "
            f"(--days {math.ceil(measure.day)})"
        )
    return ""


def _pool(people: xr.Dataset, measure: Measure) -> Flags:
    pool = np.ones(people.sizes["subject"], dtype=bool)
    if measure.dose:
        pool = np.isclose(people["dose"].values, measure.dose, rtol=0.01)
    return pool


def _drawn(
    chosen: NDArray[np.int64], people: xr.Dataset, n: int, seed: int, trials: int
) -> NDArray[np.int64]:
    """Return which of the chosen people are in each trial, shape (n_trials, n)."""

    def levels(name: str, draws: int) -> Floats:
        return uniforms(
            seed=seed,
            purpose=Purpose.RESAMPLING,
            subjects=np.arange(trials),
            name=name,
            draws=draws,
        )

    def whole(level: Floats, size: NDArray[np.int64] | int) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.minimum((level * size).astype(np.int64), np.asarray(size) - 1)
        return found

    person = levels("virtual trial", n)
    if "lot" not in people:
        return whole(person, chosen.size)
    each = int(people.attrs["people_per_lot"])
    # labels grow with the person, so that people of a lot stand together
    _, start, place, size = np.unique(
        people["lot"].values[chosen], return_index=True, return_inverse=True, return_counts=True
    )
    # the lot of a random person: larger lots more often, so that all people are equally likely
    lots = place[whole(levels("virtual lot", -(-n // each)), chosen.size)]
    mine = lots[:, np.arange(n) // each]
    return np.asarray(start[mine] + whole(person, size[mine]))


def _statistic(values: Floats, measure: Measure) -> Floats:
    """Compute the statistic of each row, shape (n_trials, n) to (n_trials,)."""
    if measure.statistic == "rate":
        return np.asarray(100 * values.mean(axis=1))
    if measure.statistic == "event-free":
        return np.asarray(100 * (values > measure.day).mean(axis=1))
    if measure.statistic == "median time":
        # the Kaplan-Meier median of people who are all followed: the first day by which half had
        # the event
        ordered = np.sort(values, axis=1)
        return np.asarray(ordered[:, (values.shape[1] - 1) // 2] / DAYS_PER_MONTH)
    return _average(values, measure.statistic)


def _average(values: Floats, statistic: str) -> Floats:
    empty: Flags = np.asarray(np.isnan(values).all(axis=1))
    safe = np.where(empty[:, np.newaxis], 0.0, values)
    if statistic == "geometric mean":
        with np.errstate(divide="ignore"):
            found = np.exp(np.nanmean(np.log(safe), axis=1))
    elif statistic == "mean":
        found = np.nanmean(safe, axis=1)
    else:
        found = np.nanmedian(safe, axis=1)
    return np.where(empty, np.nan, found)


def _ratios(people: xr.Dataset, measure: Measure, places: NDArray[np.int64]) -> Floats | str:
    """Return the ratio of responders to others in trials that hold people of both kinds."""
    values = people[measure.column].values.astype(np.float64)[places]
    good = people["response"].values.astype(bool)[places]
    parts = [_average(np.where(mask, values, np.nan), measure.ratio_of) for mask in (good, ~good)]
    if any(np.isnan(part).all() for part in parts):
        return "only responders, or none, in the simulation"
    return np.asarray(parts[0] / parts[1])
