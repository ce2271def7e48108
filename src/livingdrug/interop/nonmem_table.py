"""Write the doses and observations of a study as a NONMEM-type table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.censoring import MEASURED, censoring_codes
from livingdrug.core.errors import DataError
from livingdrug.data.event_columns import event_column, refuse_falling_time
from livingdrug.data.interventions import study_interventions
from livingdrug.data.study import INDIVIDUAL

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["covariate_units", "nonmem_text"]

_ALWAYS = ("ID", "TIME", "AMT", "DUR", "EVID", "DOSE", "DVID", "DV", "MDV", "CENS")
_WHERE_USED = ("RATE", "II", "SS", "LIMIT", "OCC")
_RESET, _BEFORE, _DOSE, _AFTER, _OTHER = range(5)


@dataclass(slots=True)
class _Row:
    """One row; at one time of one stretch the ranks are in order."""

    person: str
    resets: int
    day: float
    rank: int
    cells: dict[str, str] = field(default_factory=dict)


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
        time a dose stands after the observations (a value is taken before a dose is given), but
        for those that were read from behind it. Doses of ADDL are rows of their own; RATE -1 and
        -2, SS with II, LIMIT, OCC and covariates in time have a column where the study has them; a
        reset is a row with EVID 3. A covariate at a time of its own is a row with EVID 2.
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
    pairs = [(str(study["obs_term"].values[k]), str(study["obs_unit"].values[k])) for k in single]
    numbers = {pair: str(place) for place, pair in enumerate(dict.fromkeys(pairs), start=1)}
    rows = _observations(study, single, [numbers[pair] for pair in pairs])
    rows += _doses(study, where)
    rows += [
        _Row(str(person), count, float(day), _RESET, {"EVID": "3", "MDV": "1"})
        for person, count, day in _counted(study)
    ]
    rows = _with_covariates(study, _in_order(rows))
    used = [name for name in (*_WHERE_USED, *covariate_units(study))
            if any(name in row.cells for row in rows)]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*_ALWAYS, *used))
    for row in rows:
        cells = {"ID": row.person, "TIME": repr(row.day), "CENS": "0", **row.cells}
        writer.writerow(cells.get(name, ".") for name in (*_ALWAYS, *used))
    return out.getvalue(), {number: pair for pair, number in numbers.items()}


def _in_order(rows: list[_Row]) -> list[_Row]:
    order = {person: place for place, person in enumerate(dict.fromkeys(r.person for r in rows))}
    return sorted(rows, key=lambda row: (order[row.person], row.resets, row.day, row.rank))


def _some(**cells: object) -> dict[str, str]:
    """Return the cells that hold something."""
    return {name: str(value) for name, value in cells.items() if value not in ("", 0, 0.0)}


def _observations(study: xr.Dataset, single: NDArray[np.intp], kinds: list[str]) -> list[_Row]:
    codes = censoring_codes(study)
    column = {key: study[f"obs_{key}"].values for key in ("time", "value", "subject", "lloq")}
    limits = {1: column["lloq"]}
    limits[-1] = study["obs_uloq"].values if "obs_uloq" in study else column["lloq"]
    side, resets, other, occasion = (
        event_column(study, f"obs_{name}") for name in ("side", "resets", "limit", "occasion")
    )
    rows = []
    for k, kind in zip(single.tolist(), kinds, strict=True):
        code = int(codes[k])
        value = column["value"][k] if code == MEASURED else limits[code][k]
        rank = _AFTER if side[k] == "right" else _BEFORE
        cells = {"EVID": "0", "DVID": kind, "DV": repr(float(value)), "MDV": "0"}
        cells["CENS"] = str(code)
        if not math.isnan(other[k]):
            cells["LIMIT"] = repr(float(other[k]))
        cells |= _some(OCC=str(occasion[k]))
        rows.append(_Row(str(column["subject"][k]), int(resets[k]), float(column["time"][k]), rank,
                         cells))  # fmt: skip
    return rows


def _doses(study: xr.Dataset, where: str) -> list[_Row]:
    more = {name: event_column(study, f"iv_{name}").tolist()
            for name in ("resets", "modelled", "steady", "interval", "occasion")}  # fmt: skip
    doses = [(place, one) for place, one in enumerate(study_interventions(study))
             if one.status == "given" and one.subject and one.amount > 0
             and not math.isnan(one.start)]  # fmt: skip
    units = sorted({one.unit for _, one in doses})
    if len(units) > 1:
        raise DataError(f"{where}: doses in {', '.join(units)}; AMT has one unit")
    rows = []
    for place, one in doses:
        length = 0.0 if math.isnan(one.stop) else one.stop - one.start
        cells = {"AMT": repr(one.amount), "DUR": repr(length), "EVID": "1", "DOSE": one.name,
                 "MDV": "1"}  # fmt: skip
        cells |= _some(RATE=more["modelled"][place], SS=more["steady"][place],
                       II=more["interval"][place], OCC=more["occasion"][place])  # fmt: skip
        rows.append(_Row(one.subject, int(more["resets"][place]), one.start, _DOSE, cells))
    return rows


def _counted(study: xr.Dataset) -> list[tuple[str, int, float]]:
    """Return person, number and day of every reset."""
    count: dict[str, int] = {}
    found = []
    people, days = (event_column(study, f"reset_{name}").tolist() for name in ("subject", "time"))
    for person, day in zip(people, days, strict=True):
        count[person] = count.get(person, 0) + 1
        found.append((person, count[person], day))
    return found


def _with_covariates(study: xr.Dataset, rows: list[_Row]) -> list[_Row]:
    """Write covariates in time into the rows of their time, or into rows of their own."""
    if "tc_name" not in study:
        return rows
    columns = [study[f"tc_{name}"].values.tolist() for name in
               ("subject", "name", "time", "value")]  # fmt: skip
    known: dict[tuple[str, float], list[_Row]] = {}
    for row in rows:
        known.setdefault((row.person, row.day), []).append(row)
    own = []
    for person, name, day, value in zip(*columns, strict=True):
        here = known.setdefault((person, day), [])
        free = next((row for row in here if name not in row.cells), None)
        if free is None:
            refuse_falling_time(study, "a row for the covariate alone")
            resets = sum(one == person and start <= day for one, _, start in _counted(study))
            free = _Row(person, resets, day, _OTHER, {"EVID": "2", "MDV": "1"})
            here.append(free)
            own.append(free)
        free.cells[name] = repr(float(value))
    return _in_order([*rows, *own])


def covariate_units(study: xr.Dataset) -> Mapping[str, str]:
    """Return the units of the covariates in time.

    Parameters
    ----------
    study : xarray.Dataset

    Returns
    -------
    mapping from str to str
    """
    if "tc_name" not in study:
        return {}
    return dict(zip(study["tc_name"].values.tolist(), study["tc_unit"].values.tolist(),
                    strict=True))  # fmt: skip
