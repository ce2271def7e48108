"""Records of adverse events in the manner of the ADaM data set ADAE.

The names of columns are those of that standard where it has one. This is no validated data set.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from livingdrug.clinical.grading.crs import CrsGrades
from livingdrug.clinical.grading.icans import IcansGrades
from livingdrug.clinical.grading.summary import episodes_of, interventions

__all__ = ["ADAE_COLUMNS", "adae_records", "icans_records"]

ADAE_COLUMNS = (
    "USUBJID", "AESEQ", "AETERM", "AEDECOD", "AESCALE", "ASTDY", "AENDY", "ADURN", "ADURU",
    "ATOXGR", "ATOXGRL", "ATOXGRH", "AEOUT", "AECONTRT", "AECOMM",
)  # fmt: skip


_DEATH = 5


def study_day(day: float) -> int | None:
    """Return the study day of a time: the day of the infusion is day 1, and there is no day 0.

    Parameters
    ----------
    day : float
        From the infusion.

    Returns
    -------
    int or None
        None for an unknown time.

    Examples
    --------
    >>> study_day(0.4), study_day(2.0), study_day(-0.5)
    (1, 3, -1)
    """
    if math.isnan(day):
        return None
    whole = math.floor(day)
    return whole + 1 if whole >= 0 else whole


def adae_records(people: Sequence[CrsGrades], scales: Sequence[str]) -> list[dict[str, object]]:
    """List every episode as a record.

    Parameters
    ----------
    people : sequence of CrsGrades
    scales : sequence of str

    Returns
    -------
    list of dict
        Keys are `ADAE_COLUMNS`. ``ATOXGR`` is empty where the grade is not exact; ``ATOXGRL`` and
        ``ATOXGRH`` always hold its bounds.
    """
    records: list[dict[str, object]] = []
    for person in people:
        sequence = 0
        for scale in scales:
            for episode in episodes_of(person, scale):
                low, high = episode.peak
                if high == 0:
                    continue
                sequence += 1
                comment = "" if episode.fever_seen else "fever not seen"
                records.append(
                    {
                        **_event(person.subject, sequence, episode.onset, episode.resolution),
                        "AETERM": "cytokine release syndrome",
                        "AEDECOD": "Cytokine release syndrome",
                        "AESCALE": scale,
                        "AECONTRT": "Y" if interventions(person) else "N",
                        **_toxicity(low, high, comment, over=not math.isnan(episode.resolution)),
                    }
                )
    return [_in_order(record) for record in records]


def icans_records(people: Sequence[IcansGrades]) -> list[dict[str, object]]:
    """List every stretch of time with a grade of ICANS as a record.

    Parameters
    ----------
    people : sequence of IcansGrades

    Returns
    -------
    list of dict
        As `adae_records`. ``AECONTRT`` is empty: a treatment is not attributed to the syndrome.
    """
    records: list[dict[str, object]] = []
    for person in people:
        # where no grade is certain, what is possible is listed
        row = person.grades[0] if person.grades[0].any() else person.grades[1]
        graded = [k for k, grade in enumerate(row.tolist()) if grade]
        # places that follow each other have the same difference to their number
        runs = itertools.groupby(enumerate(graded), key=lambda pair: pair[1] - pair[0])
        for sequence, (_, run) in enumerate(runs, 1):
            places = [k for _, k in run]
            low, high = (int(bound[places].max()) for bound in person.grades)
            after = places[-1] + 1
            end = person.times[after] if after < len(person.times) else math.nan
            records.append(
                {
                    **_event(person.subject, sequence, person.times[places[0]], end),
                    "AETERM": "immune effector cell-associated neurotoxicity syndrome",
                    "AEDECOD": "Immune effector cell-associated neurotoxicity syndrome",
                    "AESCALE": "astct",
                    "AECONTRT": "",
                    **_toxicity(low, high, "", over=not math.isnan(end)),
                }
            )
    return [_in_order(record) for record in records]


def _in_order(record: dict[str, object]) -> dict[str, object]:
    return {name: record[name] for name in ADAE_COLUMNS}


def _event(subject: str, sequence: int, onset: float, end: float) -> dict[str, object]:
    return {
        "USUBJID": subject,
        "AESEQ": sequence,
        "ASTDY": study_day(onset),
        "AENDY": study_day(end),
        "ADURN": None if math.isnan(end) else round(end - onset, 6),
        "ADURU": "DAYS",
    }


def _toxicity(low: int, high: int, comment: str, *, over: bool) -> dict[str, object]:
    outcome = "RECOVERED/RESOLVED" if over else "NOT RECOVERED/NOT RESOLVED"
    return {
        "ATOXGR": low if low == high else None,
        "ATOXGRL": low,
        "ATOXGRH": high,
        "AEOUT": "FATAL" if low == _DEATH else outcome,
        "AECOMM": "possible only" if low == 0 else comment,
    }
