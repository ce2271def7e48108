"""Read the folder of a public data set whose columns are known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.delimited import RawTable, RowCells, column_issues, read_raw_table
from livingdrug.core.errors import DataError, Issue, raise_issues
from livingdrug.core.units import convert
from livingdrug.data.measured import Measured
from livingdrug.data.readers.known_people import (
    braces,
    read_known_interventions,
    read_known_people,
)
from livingdrug.data.readers.known_record import (
    KnownColumn,
    KnownSet,
    KnownTable,
    get_known,
    list_known,
)
from livingdrug.data.study import (
    INDIVIDUAL,
    UNKNOWN_ASSAY,
    Observation,
    StudyCovariate,
    StudyReadout,
    build_study,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["KnownData", "read_known_set", "recognize_set"]


@dataclass(frozen=True, slots=True)
class KnownData:
    """A data set as it was read.

    Attributes
    ----------
    record : KnownSet
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    measured : tuple of Measured
        The values with their rows, for the checks.
    """

    record: KnownSet
    study: xr.Dataset
    measured: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """One value that was read."""

    line: int
    subject: str
    day: float
    value: float
    blq: bool
    uloq: float
    alq: bool
    term: str


def recognize_set(folder: str | PathLike[str]) -> str | None:
    """Tell which known data set a folder holds, by its files and their columns.

    Parameters
    ----------
    folder : path

    Returns
    -------
    str or None
    """
    here = Path(folder)
    if not here.is_dir():
        return None
    for name in list_known():
        record = get_known(name)
        if all((here / file).is_file() for file in record.files) and all(
            _has_columns(here / table.file, table) for table in record.tables
        ):
            return name
    return None


def _has_columns(path: Path, table: KnownTable) -> bool:
    issues: list[Issue] = []
    raw = read_raw_table(path, path.name, _needed(table), issues)
    return raw is not None and set(_needed(table)) <= set(raw.columns)


def _needed(table: KnownTable) -> list[str]:
    named = [table.time] if table.time else []
    for one in table.columns:
        named += [one.column, *one.where, *braces(one.term)]
    return list(dict.fromkeys([*named, *braces(table.subject), *braces(table.statistic)]))


def read_known_set(folder: str | PathLike[str], name: str | None = None) -> KnownData:
    """Read the folder of a known data set as a study.

    Parameters
    ----------
    folder : path
    name : str, optional
        One of `list_known`; by default the set is recognized by its files.

    Returns
    -------
    KnownData

    Raises
    ------
    DataError
        When the folder is none of them, or a file does not fit the record.
    """
    here = Path(folder)
    chosen = name or recognize_set(here)
    if chosen is None:
        raise DataError(
            f"{folder}: the files are those of no known data set; known: {', '.join(list_known())}"
        )
    record = get_known(chosen)
    issues: list[Issue] = []
    observations: list[Observation] = []
    readouts: list[StudyReadout] = []
    measured: list[Measured] = []
    for table in record.tables:
        raw = read_raw_table(here / table.file, table.file, _needed(table), issues)
        if raw is None:
            continue
        found = [i for i in column_issues(raw, _needed(table), ()) if i.level == "error"]
        issues += found
        if found:
            continue
        for column, rows in _rows(raw, table, issues).items():
            rule = table.columns[column]
            if rule.endpoint:
                readouts += _readouts(raw, table, rule, rows, record)
                continue
            observations += _observations(table, rule, rows)
            if table.statistic == INDIVIDUAL:
                measured += _measured(table, rule, rows)
    covariates = [_covariate(here, item, issues) for item in record.covariates]
    subjects, persons = read_known_people(here, record, issues)
    interventions = read_known_interventions(here, record, issues)
    raise_issues(issues, DataError)
    study = build_study(
        record.id, observations, readouts=readouts, subjects=subjects, persons=persons,
        interventions=interventions,
        covariates=[one for one in covariates if one is not None], doses=record.doses,
        title=record.title, organism=record.organism, product=record.product,
        disease=record.disease, source=record.source, licence=record.licence, note=record.note,
    )  # fmt: skip
    return KnownData(record, study, tuple(measured))


def _rows(raw: RawTable, table: KnownTable, issues: list[Issue]) -> dict[int, list[_Row]]:
    """Read the values of each rule; a row that no rule explains is an error."""
    found: dict[int, list[_Row]] = {place: [] for place in range(len(table.columns))}
    explained = any(not rule.where for rule in table.columns)
    for line, content in raw.rows:
        cells = RowCells(raw, line, content, issues)
        texts = dict(zip(raw.columns, (cell.strip() for cell in content), strict=True))
        hits = [place for place, rule in enumerate(table.columns) if _fits(rule, texts)]
        if not hits and not explained:
            column = next(iter(table.columns[0].where))
            message = f"{texts[column]!r} has no known meaning or unit in this set"
            cells.complain(column, message, "use the original file")
        for place in hits:
            row = _row(cells, texts, table, table.columns[place])
            if row is not None:
                found[place].append(row)
    return found


def _fits(rule: KnownColumn, texts: Mapping[str, str]) -> bool:
    return all(texts[column] == word for column, word in rule.where.items())


def _row(
    cells: RowCells, texts: Mapping[str, str], table: KnownTable, rule: KnownColumn
) -> _Row | None:
    if not cells.has(rule.column):
        return None  # not measured
    value = cells.number(rule.column)
    time = cells.number(table.time) if table.time else 0.0
    if table.time and not cells.has(table.time):
        cells.complain(table.time, "the time is missing", "use the original file")
    if value is None or time is None:
        return None
    value = value * rule.scale + rule.shift
    cap = next((limit for mark, limit in rule.caps if math.isclose(value, mark)), math.nan)
    return _Row(
        line=cells.line,
        subject=table.subject.format_map(texts),
        day=convert(time, table.time_unit, "day"),
        value=value,
        blq=value < rule.lloq,  # False where there is no limit
        uloq=_upper(rule, value) if math.isnan(cap) else cap,
        alq=not math.isnan(cap),
        term=rule.term.format_map(texts),
    )


def _upper(rule: KnownColumn, value: float) -> float:
    """Return the upper limit of a measured value: that of the column, where it has only one."""
    limits = {limit for _, limit in rule.caps}
    limit = limits.pop() if len(limits) == 1 else math.nan
    return limit if value <= limit else math.nan


def _observations(table: KnownTable, rule: KnownColumn, rows: list[_Row]) -> list[Observation]:
    single = table.statistic == INDIVIDUAL
    return [
        Observation(
            time=row.day,
            term=row.term,
            value=np.nan if row.blq or row.alq else row.value,
            unit=rule.unit,
            statistic=table.statistic,
            subject=row.subject,
            n=1 if single else rule.n,
            lloq=rule.lloq,
            blq=row.blq,
            assay=table.assay or UNKNOWN_ASSAY,
            uloq=row.uloq,
            alq=row.alq,
        )
        for row in rows
    ]


def _measured(table: KnownTable, rule: KnownColumn, rows: list[_Row]) -> list[Measured]:
    if not rows:
        return []
    words = ", ".join(word for column, word in rule.where.items() if column != "unit")
    return [
        Measured(
            file=table.file,
            column=f"{rule.column} ({words})" if words else rule.column,
            term=rule.term,
            unit=rule.unit,
            row=np.array([row.line for row in rows], dtype=np.int64),
            subject=np.array([row.subject for row in rows], dtype=np.str_),
            day=np.array([row.day for row in rows], dtype=np.float64),
            value=np.array([row.value for row in rows], dtype=np.float64),
            censored=np.array([row.blq for row in rows], dtype=np.bool_),
            signed=rule.signed,
            capped=np.array([row.alq for row in rows], dtype=np.bool_),
        )
    ]


def _readouts(
    raw: RawTable, table: KnownTable, rule: KnownColumn, rows: list[_Row], record: KnownSet
) -> list[StudyReadout]:
    texts = {line: dict(zip(raw.columns, content, strict=True)) for line, content in raw.rows}
    return [
        StudyReadout(
            endpoint=rule.endpoint,
            value=row.value,
            unit=rule.unit,
            statistic=table.statistic.format_map(texts[row.line]),
            n=rule.n,
            citation=record.source.citation(),
            note=f"{table.file}, row {row.line}",
        )
        for row in rows
    ]


def _covariate(
    folder: Path, item: tuple[str, str, str, str], issues: list[Issue]
) -> StudyCovariate | None:
    file, column, name, unit = item
    raw = read_raw_table(folder / file, file, (column,), issues)
    if raw is None:
        return None
    found = [issue for issue in column_issues(raw, (column,), ()) if issue.level == "error"]
    issues += found
    if found:
        return None
    cells = [RowCells(raw, line, content, issues) for line, content in raw.rows]
    given = [row.number(column) for row in cells if row.has(column)]
    values = [value for value in given if value is not None]
    return StudyCovariate.from_values(name, unit, values) if values else None
