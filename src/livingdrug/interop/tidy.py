"""Write a study as a folder in our columns, every part of it; and say what a form leaves out."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.errors import Issue
from livingdrug.data.event_columns import EVENT_COLUMNS, refuse_falling_time
from livingdrug.data.interventions import Intervention, study_interventions
from livingdrug.data.persons import PersonVariable, study_persons
from livingdrug.data.study import INDIVIDUAL
from livingdrug.data.views import study_doses, study_readouts, study_source

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["not_carried", "tidy_files", "tidy_text"]

_TIDY = ("time", "term", "value", "unit", "statistic", "subject", "n", "lower", "upper", "lloq",
         "blq", "uloq", "alq", "assay")  # fmt: skip
_FACTS = ("id", "organism", "title", "product", "disease", "licence", "accuracy", "note")
_READOUT = ("endpoint", "value", "unit", "statistic", "term", "n", "confirmed", "lower", "upper",
            "citation", "note")  # fmt: skip
_PARTS = {
    "readouts": "readout",
    "baseline covariates": "covariate",
    "covariates in time": "covariate_record",
    "resets": "reset",
}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return str(value)


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def tidy_text(study: xr.Dataset) -> str:
    """Return the observations as a CSV table in our columns.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.

    Returns
    -------
    str
        `livingdrug.data.readers.table.read_study` reads the same observations from it.
    """
    names = [name for name in _TIDY if f"obs_{name}" in study]
    columns = [study[f"obs_{name}"].values.tolist() for name in names]
    return _table(names, zip(*columns, strict=True))


def tidy_files(study: xr.Dataset) -> dict[str, str]:
    """Return a study as the files of a study folder.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.

    Returns
    -------
    dict of str to str
        ``study.toml``, ``observations.csv``, and a file for each other part that the study has.
        Covariates in time and codes of events (SS, RATE -1 and -2, LIMIT, OCC) have no place.

    Raises
    ------
    DataError
        When the time of a person falls at a reset.
    """
    refuse_falling_time(study, "a tidy table")
    files = {"study.toml": _header(study), "observations.csv": tidy_text(study)}
    readouts = study_readouts(study, confirmed_only=False) if "readout" in study.dims else ()
    if readouts:
        rows = [[getattr(one, name) for name in _READOUT] for one in readouts]
        files["readouts.csv"] = _table(_READOUT, rows)
    files |= _covariates(study)
    given = study_interventions(study)
    if given:
        names = [field.name for field in dataclasses.fields(Intervention)]
        rows = [[getattr(one, name) for name in names] for one in given]
        files["interventions.csv"] = _table(names, rows)
    persons = study_persons(study)
    if persons:
        people = study["subject"].values.tolist()
        columns = [_words(one) for one in persons]
        names = ["subject", *(one.name for one in persons)]
        files["people.csv"] = _table(names, zip(people, *columns, strict=True))
    return files


def _words(one: PersonVariable) -> list[str]:
    if one.type == "category":
        return [str(value) for value in one.values]
    return [_cell(float(value)).removesuffix(".0") for value in one.values]


def _covariates(study: xr.Dataset) -> dict[str, str]:
    """Return quantiles, and the values of single people where the study holds them."""
    if not study.sizes.get("covariate", 0):
        return {}
    names, units, counts = (study[key].values.tolist() for key in
                            ("covariate", "cov_unit", "cov_n"))  # fmt: skip
    quantiles, values = [], []
    for row, (name, unit, count) in enumerate(zip(names, units, counts, strict=True)):
        own = study["cov_values"].values[row] if "cov_values" in study else np.empty(0)
        own = own[~np.isnan(own)]
        values += [(name, unit, value) for value in own.tolist()]
        quantiles += [
            (name, unit, probability, value, count)
            for probability, value in zip(study["quantile"].values.tolist(),
                                          study["cov_value"].values[row].tolist(), strict=True)
        ]  # fmt: skip
    files = {"covariates.csv": _table(("covariate", "unit", "probability", "value", "n"),
                                      quantiles)}  # fmt: skip
    if values:
        files["baseline_values.csv"] = _table(("covariate", "unit", "value"), values)
    return files


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _header(study: xr.Dataset) -> str:
    below = study["obs_value"].values < 0
    signed = sorted(set(study["obs_term"].values[below].astype(np.str_).tolist()))
    lines = [f"{key} = {_toml(str(study.attrs.get(key) or ''))}" for key in _FACTS]
    if study.attrs.get("assay", "unknown") != "unknown":
        lines.append(f"assay = {_toml(study.attrs['assay'])}")
    lines.append("day_one = false")
    if signed:
        lines.append(f"signed = {_toml(signed)}")
    source = study_source(study)
    if source is not None:
        lines.append("\n[source]")
        facts = dataclasses.asdict(source)
        lines += [f"{key} = {_toml(value)}" for key, value in facts.items() if value]
        lines += [f'{key} = ""' for key in ("doi",) if not facts[key]]
    for dose in study_doses(study):
        lines.append("\n[[dose]]")
        lines += [f"{key} = {_toml(value)}" for key, value in dataclasses.asdict(dose).items()
                  if value != "" and not (key == "cap" and math.isnan(dose.cap))]  # fmt: skip
    for one in study_persons(study):
        lines.append("\n[[person]]")
        facts = {"name": one.name, "type": one.type, "role": one.role, "unit": one.unit,
                 "levels": list(one.levels), "term": one.term, "about": one.about}  # fmt: skip
        lines += [f"{key} = {_toml(value)}" for key, value in facts.items() if value]
    return "\n".join(lines) + "\n"


def not_carried(study: xr.Dataset, form: str) -> list[Issue]:
    """Say which parts of a study another form has no place for.

    Parameters
    ----------
    study : xarray.Dataset
    form : {"tidy", "nonmem", "adam"}

    Returns
    -------
    list of Issue
        One warning, or none.
    """
    there = {words for words, dim in _PARTS.items() if study.sizes.get(dim, 0)}
    given = study_interventions(study)
    if given:
        there.add("interventions")
    if any(not (one.status == "given" and one.subject and one.amount > 0) for one in given):
        there.add("interventions without person, day or amount")
    if (study["obs_statistic"].values != INDIVIDUAL).any():
        there.add("pooled values")
    if study_persons(study):
        there.add("people")
    if any(name in study for name in EVENT_COLUMNS if not name.startswith("reset")):
        there.add("codes of events (sides, LIMIT, OCC, SS, RATE)")
    kept = {
        "tidy": {"readouts", "baseline covariates", "interventions", "pooled values", "people",
                 "interventions without person, day or amount"},
        "nonmem": {"covariates in time", "resets", "interventions",
                   "codes of events (sides, LIMIT, OCC, SS, RATE)"},
        "adam": {"people"},
    }  # fmt: skip
    lost = sorted(there - kept[form])
    if not lost:
        return []
    what = f"the form {form!r} has no place for: {', '.join(lost)}"
    return [Issue("warning", f"study {study.attrs['id']}", what, "they stay in the study itself")]
