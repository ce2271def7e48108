"""One person under two names: runs of measurements that occur twice."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from livingdrug.data.checks.assay_limits import find_ceiling, find_floor
from livingdrug.data.checks.finding import Finding
from livingdrug.data.measured import Measured

__all__ = ["check_people"]

_RUN = 4
"""Successive values of an analyte that make a mark of a person."""
_FEWEST_LEVELS = 20
"""A scale of fewer steps, as a grade, has the same runs in many people."""
_FEWEST_MARKS = 3
"""Marks in common from which on two names may be one person."""

Mark = tuple[str, tuple[float, ...]]


def check_people(everything: Sequence[Measured]) -> list[Finding]:
    """Look for people whose measurements repeat those of another, also on other days.

    Parameters
    ----------
    everything : sequence of Measured
        All analytes of one set.

    Returns
    -------
    list of Finding
        A warning for each pair.
    """
    holders: dict[Mark, set[str]] = defaultdict(set)
    for values in everything:
        if np.unique(values.value[values.known]).size < _FEWEST_LEVELS:
            continue
        for name, marks in _marks(values).items():
            for mark in marks:
                holders[mark].add(name)
    shared: Counter[tuple[str, str]] = Counter()
    for names in holders.values():
        shared.update(itertools.combinations(sorted(names), 2))
    found = []
    for pair, count in sorted(shared.items()):
        if count < _FEWEST_MARKS:
            continue
        terms = sorted({mark[0] for mark, names in holders.items() if set(pair) <= names})
        message = (
            f"{pair[0]} and {pair[1]} share {count} runs of {_RUN} equal values "
            f"({', '.join(terms)}): perhaps one person"
        )
        fix = "never put them on two sides of a split; join or drop one if the source agrees"
        files = dict.fromkeys(values.file for values in everything if values.term in terms)
        file = ", ".join(files)
        found.append(Finding("repeated person", "warning", file, "", (), pair, count, message, fix))
    return found


def _marks(values: Measured) -> dict[str, set[Mark]]:
    """Return runs of successive values, without those that anybody could have."""
    plain = values.known.copy()
    for limit in (find_ceiling(values), find_floor(values)):
        if limit is not None:
            plain &= ~limit.hit
    found: dict[str, set[Mark]] = {}
    for name in dict.fromkeys(values.subject[plain].tolist()):
        here = plain & (values.subject == name)
        series = values.value[here][np.argsort(values.day[here], kind="stable")].tolist()
        runs = (tuple(series[at : at + _RUN]) for at in range(len(series) - _RUN + 1))
        # steps of a coarse scale repeat by chance: three of four values must differ
        found[name] = {(values.term, run) for run in runs if len(set(run)) >= _RUN - 1}
    return found
