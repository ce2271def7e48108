"""Records of adverse events in the manner of the ADaM data set ADAE.

The names of columns are those of that standard where it has one. This is no validated data set.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from livingdrug.clinical.grading.crs import CrsGrades
from livingdrug.clinical.grading.summary import episodes_of, interventions

__all__ = ["ADAE_COLUMNS", "adae_records"]

ADAE_COLUMNS = (
    "USUBJID", "AESEQ", "AETERM", "AEDECOD", "AESCALE", "ASTDY", "AENDY", "ADURN", "ADURU",
    "ATOXGR", "ATOXGRL", "ATOXGRH", "AEOUT", "AECONTRT", "AECOMM",
)  # fmt: skip


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
                over = not math.isnan(episode.resolution)
                comment = "" if episode.fever_seen else "fever not seen"
                if low == 0:
                    comment = "possible only"
                outcome = "RECOVERED/RESOLVED" if over else "NOT RECOVERED/NOT RESOLVED"
                records.append(
                    {
                        "USUBJID": person.subject,
                        "AESEQ": sequence,
                        "AETERM": "cytokine release syndrome",
                        "AEDECOD": "Cytokine release syndrome",
                        "AESCALE": scale,
                        "ASTDY": study_day(episode.onset),
                        "AENDY": study_day(episode.resolution),
                        "ADURN": round(episode.resolution - episode.onset, 6) if over else None,
                        "ADURU": "DAYS",
                        "ATOXGR": low if low == high else None,
                        "ATOXGRL": low,
                        "ATOXGRH": high,
                        "AEOUT": "FATAL" if low == 5 else outcome,
                        "AECONTRT": "Y" if interventions(person) else "N",
                        "AECOMM": comment,
                    }
                )
    return records
