"""Write a study in other forms, and make a study of a simulated course."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.censoring import MEASURED, censoring_codes
from livingdrug.core.errors import DataError
from livingdrug.data.interventions import study_interventions
from livingdrug.data.study import INDIVIDUAL, Observation, build_study

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["nonmem_text", "study_of_course", "tidy_files", "tidy_text"]

_TIDY = ("time", "term", "value", "unit", "statistic", "subject", "n", "lower", "upper", "lloq",
         "blq", "uloq", "alq", "assay")  # fmt: skip
_NONMEM = ("ID", "TIME", "AMT", "DUR", "EVID", "DOSE", "DVID", "DV", "MDV", "CENS")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return str(value)


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
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))
    return out.getvalue()


def tidy_files(study: xr.Dataset) -> dict[str, str]:
    """Return the observations as a study folder in our columns.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.

    Returns
    -------
    dict of str to str
        ``study.toml`` and ``observations.csv``; other parts of the study are not in it.
    """
    below = study["obs_value"].values < 0
    signed = sorted(set(study["obs_term"].values[below].astype(np.str_).tolist()))
    facts = {key: str(study.attrs.get(key) or "") for key in
             ("id", "organism", "title", "product", "disease", "licence", "note")}  # fmt: skip
    lines = [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in facts.items()]
    if signed:
        lines.append(f"signed = {json.dumps(signed)}")
    return {"study.toml": "\n".join(lines) + "\n", "observations.csv": tidy_text(study)}


def nonmem_text(study: xr.Dataset) -> tuple[str, dict[str, tuple[str, str]]]:
    """Return the doses and observations of single people as a NONMEM-type table.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.

    Returns
    -------
    text : str
        TIME is in days since the first infusion. Where CENS is 1 or -1, DV holds the limit. At one
        time a dose stands after the observations: a value is taken before a dose is given.
    observed : dict
        DVID to term and unit.

    Raises
    ------
    DataError
        When the study holds pooled values only, or doses of several units.
    """
    where = f"study {study.attrs['id']}"
    single = np.flatnonzero(study["obs_statistic"].values == INDIVIDUAL)
    if not single.size:
        raise DataError(f"{where}: it holds pooled values only; a NONMEM-type table is of people")
    codes = censoring_codes(study)
    column = {
        key: study[f"obs_{key}"].values for key in ("time", "term", "value", "unit", "subject")
    }
    limits = {1: study["obs_lloq"].values}
    limits[-1] = study["obs_uloq"].values if "obs_uloq" in study else limits[1]
    pairs = [(str(column["term"][k]), str(column["unit"][k])) for k in single]
    numbers = {pair: str(place) for place, pair in enumerate(dict.fromkeys(pairs), start=1)}
    rows: list[tuple[str, float, int, list[str]]] = []
    for k, pair in zip(single, pairs, strict=True):
        code = int(codes[k])
        value = column["value"][k] if code == MEASURED else limits[code][k]
        person, day = str(column["subject"][k]), float(column["time"][k])
        rows.append((person, day, 0, [person, repr(day), ".", ".", "0", ".", numbers[pair],
                                      repr(float(value)), "0", str(code)]))  # fmt: skip
    doses = [one for one in study_interventions(study) if one.status == "given" and one.subject
             and one.amount > 0 and not math.isnan(one.start)]  # fmt: skip
    units = sorted({one.unit for one in doses})
    if len(units) > 1:
        raise DataError(f"{where}: doses in {', '.join(units)}; AMT has one unit")
    for one in doses:
        length = 0.0 if math.isnan(one.stop) else one.stop - one.start
        rows.append((one.subject, one.start, 1, [one.subject, repr(one.start), repr(one.amount),
                     repr(length), "1", one.name, ".", ".", "1", "0"]))  # fmt: skip
    order = {person: place for place, person in enumerate(dict.fromkeys(row[0] for row in rows))}
    rows.sort(key=lambda row: (order[row[0]], row[1], row[2]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_NONMEM)
    writer.writerows(row[3] for row in rows)
    return out.getvalue(), {number: pair for pair, number in numbers.items()}


def study_of_course(course: xr.Dataset) -> xr.Dataset:
    """Return the simulated observations of a course as a study, of the simulated people.

    Parameters
    ----------
    course : xarray.Dataset
        Schema ``livingdrug.course``, over subject and time.

    Returns
    -------
    xarray.Dataset
        Schema ``livingdrug.study``: values with residual error where the course has them, else the
        observables (without any, the species).

    Raises
    ------
    DataError
        For a course with replicates, or over records.
    """
    if "replicate" in course.dims or "time" not in course.dims:
        raise DataError("a study is made of a course over subject and time, without replicates")
    days = course["time"].values.tolist()
    people = [str(name) for name in course["subject"].values.tolist()]
    with_error = "observed" in course
    curves = {str(name): one for name, one in course.data_vars.items()
              if one.dims == ("subject", "time")}  # fmt: skip
    seen = {name for name, one in curves.items() if one.attrs.get("kind") == "observable"}
    names = course["observable"].values.tolist() if with_error else sorted(seen or curves)
    observations = []
    for name in names:
        curve = curves[name]
        term, unit = curve.attrs.get("term") or name, str(curve.attrs.get("units", "")) or "1"
        part = course.sel(observable=name) if with_error else course
        values = part["observed"].values if with_error else curve.values
        below = part["blq"].values if with_error else np.zeros(values.shape, bool)
        limit = float(part["lloq"]) if with_error else math.nan
        observations += [
            Observation(
                float(day), term, math.nan if below[row, at] else float(values[row, at]), unit,
                subject=person, lloq=limit, blq=bool(below[row, at]), assay="simulation",
            )
            for row, person in enumerate(people)
            for at, day in enumerate(days)
            if below[row, at] or math.isfinite(values[row, at])
        ]  # fmt: skip
    model = str(course.attrs["model"])
    return build_study(f"{model}_simulated", observations, title=f"Simulated with {model}",
                       organism=str(course.attrs["organism"]), assay="simulation",
                       note="Simulated; no person was measured.")  # fmt: skip
