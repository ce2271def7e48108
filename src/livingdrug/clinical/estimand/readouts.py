"""Compare the read-outs of a study with endpoints of individual simulated curves."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.clinical.estimand.comparison import (
    BETWEEN_PEOPLE,
    Comparison,
    Origin,
    counted,
    trial_label,
)
from livingdrug.clinical.estimand.course_values import (
    find_variable,
    organism_problem,
    sample_problem,
)
from livingdrug.clinical.estimand.statistics import (
    Indices,
    between_people,
    over_trials,
    trial_groups,
)
from livingdrug.core.errors import DataError
from livingdrug.core.units import conversion_factor, same_dimension

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["compare_readouts"]

# Over whom: only all people that were infused, as every simulated subject is. A part of them, as
# "people with a response", is another estimand.
_WORDS = re.compile(
    r"(?P<statistic>median|mean|geometric mean) over (?:the |all )?(?:people|patients)"
    r"(?: infused| treated)? of (?:the )?individual (?P<what>.+)"
)
_PART = re.compile(r"over (?:the )?(?:people|patients) (?!infused of|treated of|of)")
_ENDPOINTS: dict[str, frozenset[str]] = {
    "cmax": frozenset({"peak", "peak value", "maximum", "cmax"}),
    "tmax": frozenset({"day of the peak", "time of the peak", "time to the peak", "tmax"}),
    "auc_0_28d": frozenset({"area under the curve from day 0 to 28", "auc from day 0 to 28"}),
}
"""Endpoints that are computed, with the words a study may use for each."""


def compare_readouts(
    course: xr.Dataset,
    study: xr.Dataset,
    endpoints: Mapping[str, xr.Dataset],
    *,
    trials: ArrayLike | None = None,
) -> list[Comparison]:
    """Set each read-out of a study beside the simulated endpoint of the same estimand.

    Parameters
    ----------
    course : xarray.Dataset
        Schema ``livingdrug.course``.
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    endpoints : mapping from variable to xarray.Dataset
        What `livingdrug.clinical.kinetics.kinetics` gave for variables of the course.
    trials : array_like of int, shape (n_subjects,), optional
        As for `livingdrug.clinical.estimand.compare`.

    Returns
    -------
    list of Comparison
        One row for each read-out. An unconfirmed number is named in the note with the mark
        ``(unconfirmed)`` and is never the published value of a row. A read-out of another
        estimand, as a response rate, has no simulated value, and the note says why.

    Raises
    ------
    DataError
        When an entry of `endpoints` does not belong to the course.
    OptionError
        When `trials` does not fit the course.
    """
    if "ro_endpoint" not in study:
        return []
    _check_endpoints(course, endpoints)
    groups = None if trials is None else trial_groups(trials, course.sizes["subject"])
    reason = organism_problem(course, study) or sample_problem(course)
    return [
        _row(course, _published(study, at), reason, endpoints, groups)
        for at in range(study.sizes["readout"])
    ]


def _check_endpoints(course: xr.Dataset, endpoints: Mapping[str, xr.Dataset]) -> None:
    for name, found in endpoints.items():
        if found.attrs.get("variable") != name or name not in course:
            given = found.attrs.get("variable")
            raise DataError(f"endpoints[{name!r}] were computed from {given!r}; give those of it")
        if found.sizes.get("subject") != course.sizes["subject"] or "replicate" in found.dims:
            raise DataError(
                f"endpoints[{name!r}] have the dimensions {dict(found.sizes)}; they must hold one "
                f"number for each of the {course.sizes['subject']} subjects of the course"
            )


def _published(study: xr.Dataset, at: int) -> Comparison:
    def text(name: str) -> str:
        return str(study[f"ro_{name}"].values[at])

    def number(name: str) -> float:
        return float(study[f"ro_{name}"].values[at])

    confirmed = bool(study["ro_confirmed"].values[at])
    cited = f" by {text('citation')}" if text("citation") else ""
    note = f"published{cited}" if confirmed else ""
    if not confirmed:
        note = f"{number('value'):g} {text('unit')} (unconfirmed){cited}, never a target"
    return Comparison(
        term=text("term"),
        visit=math.nan,
        statistic=text("statistic"),
        n=int(study["ro_n"].values[at]),
        assay="",
        lloq=math.nan,
        published=number("value") if confirmed else math.nan,
        published_lower=number("lower") if confirmed else math.nan,
        published_upper=number("upper") if confirmed else math.nan,
        simulated=math.nan,
        lower=math.nan,
        upper=math.nan,
        interval="",
        unit=text("unit"),
        source="",
        note=note,
        quantity=text("term"),
        endpoint=text("endpoint"),
        confirmed=confirmed,
    )


def _row(
    course: xr.Dataset,
    row: Comparison,
    reason: str,
    endpoints: Mapping[str, xr.Dataset],
    groups: Sequence[Indices] | None,
) -> Comparison:
    matched = _WORDS.fullmatch(row.statistic.strip().lower())
    if row.endpoint not in _ENDPOINTS:
        return _refused(row, f"{row.endpoint!r} is not computed from a curve")
    if matched is None or matched["what"] not in _ENDPOINTS[row.endpoint]:
        part = _PART.search(row.statistic.lower())
        why = "it describes a part of the people" if part else "another estimand"
        return _refused(row, f"{why}: {row.statistic!r}")
    names = [name for name in endpoints if course[name].attrs.get("term") == row.term]
    known = [name for name in names if row.endpoint in endpoints[name]]
    if not known:
        return _refused(row, f"{row.endpoint} of {row.term!r} was not computed")
    name = _best(course, row.term, known)
    quantity = str(course[name].attrs.get("long_name", row.term))
    row = replace(row, variable=name, quantity=quantity)
    unit = str(endpoints[name][row.endpoint].attrs["units"])
    if not same_dimension(unit, row.unit):
        return _refused(row, f"simulated in {unit}, published in {row.unit}")
    if reason:
        return _refused(row, reason)
    numbers = endpoints[name][row.endpoint].values.astype(float)
    values = numbers * conversion_factor(unit, row.unit)
    return _fill(row, values, matched["statistic"], groups, endpoints[name])


def _best(course: xr.Dataset, term: str, known: Sequence[str]) -> str:
    if len(known) == 1:
        return known[0]
    name, _ = find_variable(course[list(known)], term, str(course[known[0]].attrs["units"]))
    return name or known[0]


def _refused(row: Comparison, problem: str) -> Comparison:
    return replace(row, note=f"no comparison: {problem}; {row.note}")


def _fill(
    row: Comparison,
    values: NDArray[np.float64],
    statistic: str,
    groups: Sequence[Indices] | None,
    found: xr.Dataset,
) -> Comparison:
    observed = bool(found.attrs.get("observed", 0))
    source: Origin = "observation" if observed else "model value"
    notes = [row.note]
    if not observed:
        notes.append("simulated: from the model's curve; published: from the samples taken")
    missing = int((~np.isfinite(values)).sum())
    if missing:
        notes.append(f"{counted(missing, 'subject')} without a value left out")
    if groups is None:
        estimate, label = between_people(values, statistic), BETWEEN_PEOPLE
    else:
        estimate = over_trials(values, statistic, groups, row.n)
        label = trial_label(estimate.n, estimate.trials)
        if row.n and estimate.n != str(row.n):
            notes.append("trials are smaller than the study after subjects were left out")
    if math.isnan(estimate.value):
        return _refused(row, f"the {statistic} of the simulated values does not exist")
    return replace(
        row,
        simulated=estimate.value,
        lower=estimate.lower,
        upper=estimate.upper,
        interval=label,
        source=source,
        note="; ".join(notes),
        n_simulated=estimate.n_people,
    )
