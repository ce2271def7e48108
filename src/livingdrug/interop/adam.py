"""Frames in the manner of CDISC ADaM from a study: ADSL, ADPC, ADTTE, ADAE.

`livingdrug.data.readers.adam` reads them.

The names of columns are those of that standard where it has one. These are no validated data sets.
A day is the study day (the first infusion is on day 1, there is no day 0); NFRLT keeps the time
since the first infusion to the last digit. ``define`` says what each column of ADSL is.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from livingdrug.clinical.grading.adae import ADAE_COLUMNS, study_day
from livingdrug.core.errors import DataError
from livingdrug.data.event_columns import refuse_falling_time
from livingdrug.data.persons import PersonVariable, person_texts, study_persons
from livingdrug.data.readers.adam_events import EVENT_WORDS
from livingdrug.data.study import INDIVIDUAL

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["adam_frames", "write_adam"]

_PC = (
    "STUDYID", "USUBJID", "SUBJID", "ASEQ", "PARAMCD", "PARAM", "AVAL", "AVALU", "ADY", "NFRLT",
    "NFRLTU", "BLQFL", "ALLOQ", "ALQFL", "AULOQ", "ANMETH",
)  # fmt: skip
_TTE = (
    "STUDYID", "USUBJID", "SUBJID", "PARAMCD", "PARAM", "AVAL", "AVALU", "CNSR", "STARTDY", "ADY",
    "EVNTDESC", "CNSDTDSC",
)  # fmt: skip


def adam_frames(study: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the frames of a study.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``, with values of single people.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``adsl`` (one row for each person), ``adpc`` (one for each individual observation; AVAL is
        missing where BLQFL or ALQFL is Y), ``adtte`` (time to each outcome ``NAME_onset_day``; CNSR
        is 1 where the person was seen without it up to the last observation), ``adae`` (outcomes
        ``NAME_grade_max`` above 0) and ``define``.

    Raises
    ------
    DataError
        When the study holds pooled values only, or the time of a person falls at a reset.
    """
    name = str(study.attrs["id"])
    single = np.flatnonzero(study["obs_statistic"].values == INDIVIDUAL)
    persons = study_persons(study)
    people = _people(study)
    if not people:
        raise DataError(f"study {name}: it holds pooled values only; ADaM frames are about people")
    refuse_falling_time(study, "the frame ADPC")
    adsl, define = _adsl(study, people, persons)
    return {
        "adsl": adsl,
        "adpc": _adpc(study, name, single),
        "adtte": _adtte(study, name, people, persons),
        "adae": _adae(name, people, persons),
        "define": define,
    }


def write_adam(folder: Path, study: xr.Dataset, *, suffix: str = ".csv") -> tuple[str, ...]:
    """Write the frames of a study into a folder.

    Parameters
    ----------
    folder : Path
        Exists.
    study : xarray.Dataset
    suffix : {".csv", ".parquet"}, optional

    Returns
    -------
    tuple of str
        Names of the files; an empty frame is not written.
    """
    written = []
    for name, frame in adam_frames(study).items():
        if frame.empty:
            continue
        file = f"{name}{suffix}"
        if suffix == ".parquet":
            frame.to_parquet(folder / file, index=False)
        else:
            frame.to_csv(folder / file, index=False)
        written.append(file)
    return tuple(written)


def _people(study: xr.Dataset) -> list[str]:
    found = study["subject"].values.astype(np.str_).tolist() if "subject" in study.dims else []
    seen = study["obs_subject"].values.astype(np.str_).tolist()
    return list(dict.fromkeys([*found, *(one for one in seen if one)]))


def _short(name: str, taken: set[str]) -> str:
    """Return a name of at most eight letters, as transport files of SAS have them."""
    letters = "".join(part for part in name.upper() if part.isalnum())[:8] or "X"
    count = 1
    short = letters
    while short in taken:
        count += 1
        short = f"{letters[: 8 - len(str(count))]}{count}"
    taken.add(short)
    return short


def _adsl(
    study: xr.Dataset, people: list[str], persons: tuple[PersonVariable, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    name = str(study.attrs["id"])
    columns: dict[str, object] = {
        "STUDYID": name,
        "USUBJID": [f"{name}-{person}" for person in people],
        "SUBJID": people,
        "TRT01P": study.attrs.get("product", ""),
    }
    taken, rows = set(columns), []
    order = study["subject"].values.astype(np.str_).tolist() if "subject" in study.dims else []
    for one in persons:
        short = _short(one.name, taken)
        texts = dict(zip(order, person_texts(one), strict=True))
        columns[short] = [texts.get(person, "") for person in people]
        rows.append({
            "DATASET": "ADSL", "VARIABLE": short, "NAME": one.name, "LABEL": one.about,
            "TYPE": one.type, "ROLE": one.role, "UNIT": one.unit, "TERM": one.term,
            "LEVELS": json.dumps(list(one.levels)),
        })  # fmt: skip
    return pd.DataFrame(columns), pd.DataFrame(rows)


def _adpc(study: xr.Dataset, name: str, single: NDArray[np.intp]) -> pd.DataFrame:
    keys = ("time", "term", "value", "unit", "subject", "lloq", "blq", "assay")
    column = {key: study[f"obs_{key}"].values[single] for key in keys}
    n = single.size
    above = (
        study["obs_alq"].values[single].astype(bool) if "obs_alq" in study else np.zeros(n, bool)
    )
    highest = study["obs_uloq"].values[single] if "obs_uloq" in study else np.full(n, math.nan)
    below = column["blq"].astype(bool)
    taken: set[str] = set()
    codes = {term: _short(str(term), taken) for term in dict.fromkeys(column["term"].tolist())}
    frame = pd.DataFrame({
        "STUDYID": name,
        "USUBJID": [f"{name}-{person}" for person in column["subject"]],
        "SUBJID": column["subject"].astype(np.str_),
        "ASEQ": np.arange(1, n + 1),
        "PARAMCD": [codes[term] for term in column["term"].tolist()],
        "PARAM": column["term"].astype(np.str_),
        "AVAL": np.where(below | above, math.nan, column["value"]),
        "AVALU": column["unit"].astype(np.str_),
        "ADY": [study_day(float(day)) for day in column["time"]],
        "NFRLT": column["time"],
        "NFRLTU": "DAYS",
        "BLQFL": np.where(below, "Y", "N"), "ALLOQ": column["lloq"],
        "ALQFL": np.where(above, "Y", "N"), "AULOQ": highest,
        "ANMETH": column["assay"].astype(np.str_),
    })  # fmt: skip
    return frame[list(_PC)]


def _by_person(study_people: list[str], one: PersonVariable | None) -> dict[str, float]:
    if one is None or one.type == "category":
        return {}
    return dict(zip(study_people, map(float, one.values), strict=False))


def _adtte(
    study: xr.Dataset, name: str, people: list[str], persons: tuple[PersonVariable, ...]
) -> pd.DataFrame:
    known = {one.name: one for one in persons}
    days, who = study["obs_time"].values, study["obs_subject"].values.astype(np.str_)
    last = {person: float(days[who == person].max()) for person in people if (who == person).any()}
    rows = []
    taken: set[str] = set()
    for one in persons:
        stem = one.name.removesuffix("_onset_day")
        if one.type != "day" or stem == one.name:
            continue
        code, onset = _short(stem, taken), _by_person(people, one)
        happened = _by_person(people, known.get(stem) or known.get(f"{stem}_grade_max"))
        for person in people:
            day = onset.get(person, math.nan)
            event = not math.isnan(day)
            # without a day, only somebody who is known not to have had it was seen without it
            if not event and (happened.get(person) != 0 or person not in last):
                continue
            time = day if event else last[person]
            rows.append((
                name, f"{name}-{person}", person, code, f"time to {stem}", time, "DAYS",
                0 if event else 1, 1, study_day(time), stem if event else "",
                "" if event else "last observation",
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(_TTE))


def _adae(name: str, people: list[str], persons: tuple[PersonVariable, ...]) -> pd.DataFrame:
    known = {one.name: one for one in persons}
    rows: list[dict[str, object]] = []
    count: dict[str, int] = {}
    for one in persons:
        stem = one.name.removesuffix("_grade_max")
        if one.type != "grade" or stem == one.name:
            continue
        onset = _by_person(people, known.get(f"{stem}_onset_day"))
        words = EVENT_WORDS.get(stem, stem.replace("_", " "))
        for person, grade in _by_person(people, one).items():
            if not grade > 0:  # also unknown
                continue
            count[person] = count.get(person, 0) + 1
            whole = int(grade) if grade == int(grade) else None
            rows.append({
                **dict.fromkeys(ADAE_COLUMNS), "USUBJID": f"{name}-{person}",
                "AESEQ": count[person], "AETERM": words, "AEDECOD": words.capitalize(),
                "AESCALE": "", "ASTDY": study_day(onset.get(person, math.nan)), "ADURU": "DAYS",
                "ATOXGR": whole, "ATOXGRL": math.floor(grade), "ATOXGRH": math.ceil(grade),
                "AEOUT": "UNKNOWN", "AECONTRT": "", "AECOMM": "largest grade, as the study has it",
            })  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(ADAE_COLUMNS))
    whole_numbers = ["ASTDY", "AENDY", "ATOXGR", "ATOXGRL", "ATOXGRH"]
    return frame.astype(dict.fromkeys(whole_numbers, "Int64"))
