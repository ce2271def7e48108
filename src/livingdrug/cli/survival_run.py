"""Analyse people's times as a survival command asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.cli.survival_times import Times
from livingdrug.clinical.survival import (
    CoxTerm,
    Incidence,
    IntervalCurve,
    LogRank,
    SurvivalCurve,
    cox,
    cumulative_incidence,
    kaplan_meier,
    log_rank,
    turnbull,
)
from livingdrug.core.errors import (
    OptionError,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Analysis", "analyse", "analysis_json", "draw"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was estimated.

    Attributes
    ----------
    curves : dict of str to SurvivalCurve
        By group; ``""`` without groups.
    test : LogRank or None
    terms : tuple of CoxTerm
    incidence : Incidence or None
    turnbull : IntervalCurve or None
    at : tuple of float
    level : float
    """

    curves: dict[str, SurvivalCurve]
    test: LogRank | None
    terms: tuple[CoxTerm, ...]
    incidence: Incidence | None
    turnbull: IntervalCurve | None
    at: tuple[float, ...]
    level: float


def analyse(times: Times, *, level: float, at: tuple[float, ...]) -> Analysis:
    """Estimate everything that the times allow.

    Parameters
    ----------
    times : Times
    level : float
    at : tuple of float

    Returns
    -------
    Analysis
    """
    groups = np.array(times.group) if times.group else np.array([""] * times.time.size)
    curves = {
        str(name): kaplan_meier(
            times.time[groups == name], times.event[groups == name], level=level
        )
        for name in np.unique(groups)
    }
    test = None
    if len(curves) > 1 and times.event.any():
        test = log_rank(times.time, times.event, list(times.group))
    competing = np.unique(times.cause[times.cause >= 0]).size > 1
    return Analysis(
        curves=curves,
        test=test,
        terms=cox(times.time, times.event, times.covariates, level=level)
        if times.covariates
        else (),
        incidence=cumulative_incidence(times.time, times.cause, level=level) if competing else None,
        turnbull=None
        if times.lower is None or times.upper is None
        else turnbull(times.lower, times.upper),
        at=at,
        level=level,
    )


def draw(kind: str, times: Times, analysis: Analysis, *, unit: str) -> Figure:
    """Draw what was estimated.

    Parameters
    ----------
    kind : {"curve", "incidence"}
    times : Times
    analysis : Analysis
    unit : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    from livingdrug.plot.style import number_text
    from livingdrug.plot.survival import incidence_figure, survival_figure

    if kind == "curve":
        test = analysis.test
        p = number_text(float(f"{test.p:.3g}")) if test else ""
        notes = [f"Log-rank test: p = {p}."] if test else []
        notes += times.notes
        return survival_figure(
            analysis.curves, name=times.name, definition=times.definition, unit=unit, notes=notes
        )
    if analysis.incidence is None:
        raise OptionError("--plot incidence: needs two kinds of event, as in a column cause")
    return incidence_figure(
        analysis.incidence,
        dict(enumerate(times.causes)),
        unit=unit,
        definition=" ".join((times.definition, *times.notes)),
        n=times.time.size,
    )


def analysis_json(times: Times, analysis: Analysis, *, unit: str) -> dict[str, object]:
    """Return the result as plain values; what does not exist is None.

    Parameters
    ----------
    times : Times
    analysis : Analysis
    unit : str

    Returns
    -------
    dict
    """
    import dataclasses

    from livingdrug.cli.people import finite

    groups = []
    for name, curve in analysis.curves.items():
        median, found = curve.median(), curve.at(list(analysis.at))
        groups.append(
            {
                "group": name,
                "n": curve.n,
                "events": int(curve.events.sum()),
                "median": [finite(x) for x in (median.value, median.lower, median.upper)],
                "at": [
                    {"time": t, **{key: finite(values[i]) for key, values in found.items()}}
                    for i, t in enumerate(analysis.at)
                ],
            }
        )
    incidence = analysis.incidence
    return {
        "definition": times.definition,
        "data": list(times.notes),
        "unit": unit,
        "level": analysis.level,
        "left_out": times.left_out,
        "groups": groups,
        "log_rank": None if analysis.test is None else dataclasses.asdict(analysis.test),
        "cox": [dataclasses.asdict(term) for term in analysis.terms],
        "incidence": None
        if incidence is None
        else [
            {
                "cause": times.causes[cause],
                "at": [
                    {"time": t, "value": float(incidence.at(cause, [t])[0])} for t in analysis.at
                ],
                "last": float(incidence.incidence[row, -1]),
            }
            for row, cause in enumerate(incidence.causes)
        ],
        "interval_censored": None
        if analysis.turnbull is None
        else [
            {"time": t, "lowest": float(low), "highest": float(high)}
            for t, low, high in zip(
                analysis.at, *analysis.turnbull.at(list(analysis.at)), strict=True
            )
        ],
    }
