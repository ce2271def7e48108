"""Records of public data sets that do not come with the package: columns, terms and units.

A record, ``known/NAME.toml``, holds no value of the set. It says which files the folder has, what
their columns mean, and why the set is not shipped.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from livingdrug.core.errors import UnknownNameError, unknown_name
from livingdrug.core.source import Source
from livingdrug.data.readers.people import PersonRule
from livingdrug.data.study import StudyDose

__all__ = [
    "KnownColumn",
    "KnownIntervention",
    "KnownPeople",
    "KnownSet",
    "KnownTable",
    "get_known",
    "list_known",
]


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """What one column, or the rows of one analyte in it, means.

    Attributes
    ----------
    column : str
    term : str
        Of a measurement over time; may name other columns in braces.
    endpoint : str
        Of a number that has no course in time; then there is no term.
    unit : str
    where : mapping of str to str
        Words that other columns of the row must hold.
    scale, shift : float
        The value in `unit` is that of the file times `scale`, plus `shift`.
    lloq : float
        Values below it, zeros too, count as below the limit; NaN when there is none.
    caps : tuple of (float, float)
        A number of the file, and the upper limit that it stands for: 401 is often written for "more
        than 400". Other numbers, as of diluted samples, are taken as measured.
    signed : bool
        Whether the quantity may be negative.
    n : int
        People behind a pooled value; 0 when the source does not say.
    """

    column: str
    unit: str
    term: str = ""
    endpoint: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    scale: float = 1.0
    shift: float = 0.0
    lloq: float = math.nan
    caps: tuple[tuple[float, float], ...] = ()
    signed: bool = False
    n: int = 0


@dataclass(frozen=True, slots=True)
class KnownTable:
    """One file of a set.

    Attributes
    ----------
    file : str
    columns : tuple of KnownColumn
    subject : str
        Label of the person, animal or well, with names of columns in braces; ``""`` for pooled
        values.
    time : str
        Column of the time; ``""`` for numbers without one.
    time_unit, statistic, assay : str
        `statistic` of a number without a course is in words, with columns in braces.
    """

    file: str
    columns: tuple[KnownColumn, ...]
    subject: str = ""
    time: str = ""
    time_unit: str = "day"
    statistic: str = "individual"
    assay: str = ""


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """The file with one row, or several equal ones, for each person, animal or well.

    Attributes
    ----------
    file, subject : str
        As of a table.
    variables : tuple of PersonRule
        A category without levels takes those of the file.
    """

    file: str
    subject: str
    variables: tuple[PersonRule, ...]


@dataclass(frozen=True, slots=True)
class KnownIntervention:
    """What was given, as one or more columns of a file say it, or the source in words.

    Attributes
    ----------
    name, kind, unit, route, note : str
    file, subject : str
        As of a table; without a file, the record itself says it.
    flag : str
        Column with 1 for given, 0 for not given and nothing for unknown.
    count : str
        Column of how many doses; 0 is not given.
    start : str
        Column of the day; an empty cell says that it was not given.
    amount_of : str
        Column of the amount; 0 is not given.
    days : tuple of float
        Of each dose, where no column has it; empty when the day is not known.
    amount : float
        NaN when not stated.
    groups : tuple of str
        Arms that were given it, without a file.
    planned : bool
        By protocol; not known for each person.
    """

    name: str
    kind: str
    file: str = ""
    subject: str = ""
    flag: str = ""
    count: str = ""
    start: str = ""
    amount_of: str = ""
    days: tuple[float, ...] = ()
    amount: float = math.nan
    unit: str = ""
    route: str = ""
    groups: tuple[str, ...] = ()
    planned: bool = False
    note: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are read, without those of the subject."""
        named = (self.flag, self.count, self.start, self.amount_of)
        return tuple(column for column in named if column)


@dataclass(frozen=True, slots=True)
class KnownSet:
    """A public data set that does not come with the package.

    Attributes
    ----------
    id, title, organism, product, disease, licence, origin, why_not_shipped, note : str
    source : Source
    tables : tuple of KnownTable
    covariates : tuple of (file, column, name, unit)
    doses : tuple of StudyDose
    people : tuple of KnownPeople
    interventions : tuple of KnownIntervention
    """

    id: str
    title: str
    organism: str
    product: str
    disease: str
    licence: str
    origin: str
    why_not_shipped: str
    note: str
    source: Source
    tables: tuple[KnownTable, ...]
    covariates: tuple[tuple[str, str, str, str], ...] = ()
    doses: tuple[StudyDose, ...] = ()
    people: tuple[KnownPeople, ...] = ()
    interventions: tuple[KnownIntervention, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """Files that the folder must have."""
        named = [table.file for table in self.tables] + [item[0] for item in self.covariates]
        named += [one.file for one in self.people]
        named += [one.file for one in self.interventions if one.file]
        return tuple(dict.fromkeys(named))


def list_known() -> tuple[str, ...]:
    """Return the names of the sets that can be read and are not shipped.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> "bwh_crs_icans" in list_known()
    True
    """
    files = (resources.files("livingdrug.data") / "known").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


@functools.cache
def get_known(name: str) -> KnownSet:
    """Return the record of a set.

    Parameters
    ----------
    name : str
        One of `list_known`.

    Returns
    -------
    KnownSet

    Raises
    ------
    UnknownNameError
    """
    if name not in list_known():
        raise UnknownNameError([unknown_name("data set", name, list_known())])
    text = (resources.files("livingdrug.data") / "known" / f"{name}.toml").read_text("utf-8")
    content: dict[str, Any] = tomllib.loads(text)
    source = content.pop("source")
    tables = tuple(_table(one) for one in content.pop("table", []))
    covariates = tuple(
        (one["file"], one["column"], one["name"], one["unit"])
        for one in content.pop("covariate", [])
    )
    doses = tuple(StudyDose(**one) for one in content.pop("dose", []))
    source["authors"] = tuple(source["authors"])
    people = content.pop("people", [])
    interventions = tuple(_intervention(one) for one in content.pop("intervention", []))
    return KnownSet(
        **content,
        source=Source(**source),
        tables=tables,
        covariates=covariates,
        doses=doses,
        people=tuple(_people(one) for one in (people if isinstance(people, list) else [people])),
        interventions=interventions,
    )


def _people(content: dict[str, Any]) -> KnownPeople:
    rules = [
        PersonRule(**{**one, "levels": tuple(one.get("levels", ()))})
        for one in content.pop("variable")
    ]
    return KnownPeople(**content, variables=tuple(rules))


def _intervention(content: dict[str, Any]) -> KnownIntervention:
    for key in ("days", "groups"):
        content[key] = tuple(content.get(key, ()))
    return KnownIntervention(**content)


def _table(content: dict[str, Any]) -> KnownTable:
    columns = tuple(
        KnownColumn(**{**one, "caps": tuple((float(a), float(b)) for a, b in one.get("caps", ()))})
        for one in content.pop("column")
    )
    return KnownTable(**content, columns=columns)
