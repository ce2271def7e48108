"""Read a study from a folder or from one table."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.core.delimited import RawTable, read_raw_table
from livingdrug.core.errors import (
    DataError,
    Issue,
    LivingDrugError,
    LivingDrugWarning,
    format_issues,
    raise_issues,
)
from livingdrug.data.interventions import Intervention
from livingdrug.data.persons import PersonVariable
from livingdrug.data.readers.first_day import doubtful_days
from livingdrug.data.readers.folder import (
    COVARIATE_COLUMNS,
    READOUT_COLUMNS,
    VALUE_COLUMNS,
    parse_covariates,
    parse_readouts,
    parse_values,
)
from livingdrug.data.readers.header import StudyHeader, read_header
from livingdrug.data.readers.interventions import INTERVENTION_COLUMNS, parse_interventions
from livingdrug.data.readers.known import read_known_set, recognize_set
from livingdrug.data.readers.observations import (
    OPTIONAL_COLUMNS,
    REQUIRED_COLUMNS,
    parse_observations,
)
from livingdrug.data.readers.people import parse_people
from livingdrug.data.study import (
    QUANTILE_PROBABILITIES,
    UNKNOWN_ASSAY,
    Observation,
    StudyCovariate,
    StudyReadout,
    build_study,
)
from livingdrug.data.table_lines import keep_table, keep_tables

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "StudyTableWarning",
    "check_study_table",
    "read_study",
    "read_study_folder",
    "read_study_tables",
]

HEADER_FILE = "study.toml"
OBSERVATION_FILE = "observations.csv"
READOUT_FILE = "readouts.csv"
COVARIATE_FILE = "covariates.csv"
VALUE_FILE = "baseline_values.csv"
INTERVENTION_FILE = "interventions.csv"
PEOPLE_FILE = "people.csv"


class StudyTableWarning(LivingDrugWarning):
    """A study was read, and something in its tables deserves a look.

    Parameters
    ----------
    text : str
    issues : sequence of Issue, optional
        What the text says, one by one.
    """

    def __init__(self, text: str, issues: Sequence[Issue] = ()) -> None:
        super().__init__(text)
        self.issues = tuple(issues)


def read_study(path: str | PathLike[str]) -> xr.Dataset:
    """Read a study.

    Parameters
    ----------
    path : path
        A folder with ``study.toml`` and ``observations.csv`` (and, if present, ``readouts.csv``,
        ``covariates.csv``, ``baseline_values.csv``, ``interventions.csv`` and ``people.csv``), one
        CSV file of observations, or the folder of a public data set whose columns are known, which
        is recognized by its files.

        Columns of the observations: ``time, term, value, unit``, and if wanted ``statistic,
        subject, n, lower, upper, lloq, blq, uloq, alq, cens, assay, time_unit``. Comma, semicolon
        and tab are accepted as separators, and the time unit also in the header, as
        ``time [hour]``.

    Returns
    -------
    xarray.Dataset
        Schema ``livingdrug.study``; times in days, values in the unit of their row.

    Raises
    ------
    DataError
        With every problem of every file; each names file, row (header = row 1) and column.

    Warns
    -----
    StudyTableWarning
        Once, with everything that was left unread or looks doubtful.
    """
    study, issues = _read(path)
    raise_issues(issues, DataError)
    if study is None:  # pragma: no cover - a study is missing only when there is an error
        raise DataError(f"{path}: the study cannot be built")
    if issues:
        warnings.warn(format_issues(issues), StudyTableWarning, stacklevel=2)
    return study


def check_study_table(path: str | PathLike[str]) -> tuple[Issue, ...]:
    """Return all errors and warnings of a study folder or table, without raising.

    Parameters
    ----------
    path : path
        As for `read_study`.

    Returns
    -------
    tuple of Issue
        Empty when the study is clean.
    """
    return tuple(_read(path)[1])


def read_study_tables(
    path: str | PathLike[str],
) -> tuple[xr.Dataset | None, list[int], list[Issue]]:
    """Read a study folder or table with the rows of its observations, without raising.

    Parameters
    ----------
    path : path
        As for `read_study`.

    Returns
    -------
    study : xarray.Dataset or None
        None when an issue is an error.
    rows : list of int
        Row of the file of each observation (header = row 1).
    issues : list of Issue
    """
    study, issues = _read(path)
    if study is None:
        return None, [], issues
    location = Path(path)
    file = location / OBSERVATION_FILE if location.is_dir() else location
    known = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    table = read_raw_table(file, file.name, known, [])
    return study, [line for line, _ in table.rows] if table else [], issues


def _read(path: str | PathLike[str]) -> tuple[xr.Dataset | None, list[Issue]]:
    location = Path(path)
    if location.is_dir():
        if not (location / HEADER_FILE).is_file() and (name := recognize_set(location)):
            try:
                return read_known_set(location, name).study, []
            except DataError as error:
                return None, list(error.issues)
        study, found = read_study_folder(location, str(path))
        if study is not None:
            study = keep_tables(study, _files(location))
        return study, found
    issues: list[Issue] = []
    allowed = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    table = read_raw_table(location, str(path), allowed, issues)
    header = StudyHeader(id=location.stem, organism="unknown")
    study = _assemble(header, {OBSERVATION_FILE: table}, str(path), issues)
    return (None if study is None else keep_table(study, location)), issues


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of a study folder that are there."""
    names = (HEADER_FILE, OBSERVATION_FILE, READOUT_FILE, COVARIATE_FILE, VALUE_FILE,
             INTERVENTION_FILE, PEOPLE_FILE)  # fmt: skip
    return {name: folder / name for name in names if (folder / name).is_file()}


def read_study_folder(folder: Traversable, label: str) -> tuple[xr.Dataset | None, list[Issue]]:
    """Read a study folder, on disk or inside an installed package.

    Parameters
    ----------
    folder : Traversable
    label : str
        The folder as messages name it.

    Returns
    -------
    study : xarray.Dataset or None
        None when an issue is an error.
    issues : list of Issue
    """
    issues: list[Issue] = []
    header = read_header(folder / HEADER_FILE, f"{label}/{HEADER_FILE}", issues)
    known = {
        OBSERVATION_FILE: (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS),
        READOUT_FILE: READOUT_COLUMNS[0] + READOUT_COLUMNS[1],
        COVARIATE_FILE: COVARIATE_COLUMNS[0] + COVARIATE_COLUMNS[1],
        VALUE_FILE: VALUE_COLUMNS[0] + VALUE_COLUMNS[1],
        INTERVENTION_FILE: INTERVENTION_COLUMNS[0] + INTERVENTION_COLUMNS[1],
        PEOPLE_FILE: ("subject", *(rule.header for rule in header.persons)),
    }
    tables = {
        name: read_raw_table(folder / name, f"{label}/{name}", columns, issues)
        for name, columns in known.items()
        if name == OBSERVATION_FILE or (folder / name).is_file()
    }
    for entry in folder.iterdir():
        if entry.name.lower().endswith(".csv") and entry.name not in known:
            message, fix = "the file is not read", f"files read: {', '.join(known)}"
            issues.append(Issue("warning", f"{label}/{entry.name}", message, fix))
    return _assemble(header, tables, label, issues), issues


def _assemble(
    header: StudyHeader, tables: dict[str, RawTable | None], label: str, issues: list[Issue]
) -> xr.Dataset | None:
    """Parse every table that could be opened, then build the study if nothing was wrong."""
    observations: list[Observation] = []
    readouts: list[StudyReadout] = []
    covariates: dict[str, StudyCovariate] = {}
    interventions: list[Intervention] = []
    subjects: list[str] = []
    persons: list[PersonVariable] = []
    unit, day_one = header.time_unit, bool(header.day_one)
    if table := tables.get(OBSERVATION_FILE):
        assay = header.assay or UNKNOWN_ASSAY
        observations = parse_observations(
            table, issues, assay=assay, signed=header.signed, time_unit=unit, day_one=day_one
        )
    if table := tables.get(READOUT_FILE):
        readouts = parse_readouts(table, issues)
    if table := tables.get(COVARIATE_FILE):
        covariates |= {c.name: c for c in parse_covariates(table, issues)}
    if table := tables.get(VALUE_FILE):
        grid = next((c.probabilities for c in covariates.values()), QUANTILE_PROBABILITIES)
        covariates |= {c.name: c for c in parse_values(table, issues, grid)}
    if table := tables.get(INTERVENTION_FILE):
        interventions = parse_interventions(table, issues, time_unit=unit, day_one=day_one)
    if table := tables.get(PEOPLE_FILE):
        subjects, persons = parse_people(table, header.persons, issues, day_one=day_one)
    elif header.persons and PEOPLE_FILE not in tables:
        fix = f"add the file, or leave out [[person]] of {HEADER_FILE}"
        issues.append(Issue("error", f"{label}/{PEOPLE_FILE}", "the file is missing", fix))
    if header.day_one is None and header.time_unit == "day":
        issues += doubtful_days(header.doses, interventions, observations, f"{label}/{HEADER_FILE}")
    if any(issue.level == "error" for issue in issues):
        return None
    try:
        return build_study(
            header.id,
            observations,
            readouts=readouts,
            covariates=tuple(covariates.values()),
            doses=header.doses,
            interventions=interventions,
            subjects=subjects,
            persons=persons,
            title=header.title,
            organism=header.organism,
            product=header.product,
            disease=header.disease,
            source=header.source,
            licence=header.licence,
            assay=header.assay,
            accuracy=header.accuracy,
            note=header.note,
        )
    except LivingDrugError as error:  # the schema found what no single file shows
        issues.extend(
            Issue(issue.level, f"{label}, {issue.where}", issue.message, issue.fix)
            for issue in error.issues
        )
        return None
