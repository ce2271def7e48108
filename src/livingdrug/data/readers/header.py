"""Read ``study.toml``, the header of a study folder."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from livingdrug.core.delimited import read_text
from livingdrug.core.errors import Issue, UnitError, nearest_names
from livingdrug.core.source import Source
from livingdrug.core.units import conversion_factor, parse_unit
from livingdrug.data.readers.first_day import elapsed_days
from livingdrug.data.readers.people import PersonRule, rule_issues
from livingdrug.data.study import StudyDose

__all__ = ["StudyHeader", "read_header"]


@dataclass(frozen=True, slots=True)
class StudyHeader:
    """What ``study.toml`` says about the study as a whole.

    Attributes
    ----------
    id, title, organism, product, disease, licence, assay, accuracy, note : str
        ``assay`` is that of rows which name none; ``accuracy`` says how well values were read.
    time_unit : str
        Of the column ``time`` in ``observations.csv``.
    day_one : bool or None
        Days are study days: the first infusion is on day 1, and there is no day 0. None where the
        header does not say.
    signed : tuple of str
        Terms whose values may be negative, as an impedance against its blank.
    source : Source or None
    doses : tuple of StudyDose
    persons : tuple of PersonRule
        Columns of ``people.csv``.
    """

    id: str = ""
    title: str = ""
    organism: str = ""
    product: str = ""
    disease: str = ""
    licence: str = ""
    assay: str = ""
    accuracy: str = ""
    note: str = ""
    time_unit: str = "day"
    day_one: bool | None = None
    signed: tuple[str, ...] = ()
    source: Source | None = None
    doses: tuple[StudyDose, ...] = ()
    persons: tuple[PersonRule, ...] = ()


_TEXT_KEYS = ("id", "title", "organism", "product", "disease", "licence", "assay", "accuracy",
              "note")  # fmt: skip
_SOURCE_TEXTS = ("doi", "title", "journal", "volume", "pages", "licence", "note")
_PERSON_KEYS = ("name", "type", "role", "unit", "levels", "term", "about", "column")
_DOSE_KEYS = tuple(field.name for field in dataclasses.fields(StudyDose))


class _Section:
    """One table of the file; each problem names the key."""

    def __init__(self, content: Mapping[str, object], where: str, issues: list[Issue]) -> None:
        self._content = content
        self.where = where
        self._issues = issues

    def complain(self, key: str, message: str, fix: str = "") -> None:
        self._issues.append(Issue("error", f"{self.where}, {key}", message, fix))

    def has(self, key: str) -> bool:
        return key in self._content

    def _take(self, key: str, types: tuple[type, ...], kind: str) -> object:
        """Return the value of a key; None when it is absent or of another type."""
        value = self._content.get(key)
        if value is None or (isinstance(value, types) and not isinstance(value, bool)):
            return value
        self.complain(key, f"{value!r} is not {kind}")
        return None

    def text(self, key: str, default: str = "") -> str:
        value = self._take(key, (str,), "text in quotes")
        return value.strip() if isinstance(value, str) else default

    def number(self, key: str, default: float = math.nan) -> float:
        value = self._take(key, (int, float), "a number")
        if not isinstance(value, (int, float)):
            return default
        if not math.isfinite(value):
            self.complain(key, f"{value!r} is not a finite number")
        return float(value)

    def truth(self, key: str) -> bool | None:
        value = self._content.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.complain(key, f"{value!r} is not true or false")
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key, (list,), 'a list of texts, as ["Family, Given"]')
        entries = value if isinstance(value, list) else []
        if not all(isinstance(entry, str) for entry in entries):
            self.complain(key, f"{value!r} is not a list of texts")
        return tuple(entry for entry in entries if isinstance(entry, str))

    def levels(self, key: str) -> tuple[float, ...] | tuple[str, ...]:
        value = self._take(key, (list,), "a list")
        return tuple(value) if isinstance(value, list) else ()

    def extend(self, issues: Sequence[Issue]) -> None:
        self._issues.extend(issues)

    def sections(self, key: str) -> list[_Section]:
        """Return the tables under a key: one for ``[key]``, any number for ``[[key]]``."""
        value = self._take(key, (dict, list), f"a table; write [{key}] or [[{key}]]")
        entries = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
        found = []
        for number, entry in enumerate(entries, start=1):
            if isinstance(entry, dict):
                found.append(_Section(entry, f"{self.where}, {key} {number}", self._issues))
            else:
                self.complain(key, f"{entry!r} is not a table", f"write [[{key}]]")
        return found

    def unit(self, key: str, default: str = "", *, like: str = "") -> str:
        text = self.text(key, default)
        try:
            if like:
                conversion_factor(text, like)
            else:
                parse_unit(text)
        except UnitError as error:
            self.complain(key, str(error))
        return text

    def require(self, keys: Sequence[str]) -> None:
        for key in keys:
            if self._content.get(key, "") == "":
                self.complain(key, "the key is missing", f"write {key} = ...")

    def warn_unknown(self, allowed: Sequence[str]) -> None:
        for key in self._content:
            if key in allowed:
                continue
            near = nearest_names(key, allowed, count=1)
            fix = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"
            message = f"unknown key {key!r} is not read"
            self._issues.append(Issue("warning", self.where, message, fix))


def read_header(source: Traversable, label: str, issues: list[Issue]) -> StudyHeader:
    """Read ``study.toml``.

    Parameters
    ----------
    source : Traversable
    label : str
        The file as messages name it.
    issues : list of Issue
        Receives problems.

    Returns
    -------
    StudyHeader
        Complete only when no issue is an error.
    """
    text = read_text(source, label, issues)
    if text is None:
        return StudyHeader()
    try:
        top = _Section(tomllib.loads(text), label, issues)
    except tomllib.TOMLDecodeError as error:  # its message names line and column
        issues.append(Issue("error", label, f"not valid TOML: {error}", "correct that line"))
        return StudyHeader()
    top.warn_unknown((*_TEXT_KEYS, "time_unit", "day_one", "signed", "source", "dose", "person"))
    top.require(("id", "organism"))
    sources = [_source(section) for section in top.sections("source")]
    if len(sources) > 1:
        top.complain("source", f"{len(sources)} sources", "keep one, name others in its note")
    day_one = top.truth("day_one")
    return StudyHeader(
        **{key: top.text(key) for key in _TEXT_KEYS},
        time_unit=top.unit("time_unit", "day", like="day"),
        day_one=day_one,
        signed=top.texts("signed"),
        source=sources[0] if sources else None,
        doses=tuple(_dose(section, day_one=day_one) for section in top.sections("dose")),
        persons=tuple(_person(section) for section in top.sections("person")),
    )


def _source(section: _Section) -> Source:
    section.warn_unknown((*_SOURCE_TEXTS, "authors", "year"))
    section.require(("doi", "authors", "year", "title"))
    authors = section.texts("authors")
    if section.has("authors") and not authors:
        section.complain("authors", "there is no author", 'write ["Family, Given"]')
    year = section.number("year", 0.0)
    if year != round(year):
        section.complain("year", f"{year!r} is not a year")
    texts = {key: section.text(key) for key in _SOURCE_TEXTS}
    return Source(**texts, authors=authors, year=int(year))


def _dose(section: _Section, *, day_one: bool | None) -> StudyDose:
    section.warn_unknown(_DOSE_KEYS)
    section.require(("name", "time", "amount", "unit"))
    amount = section.number("amount")
    if amount < 0:
        section.complain("amount", f"{amount:g} is negative")
    if section.has("cap") != section.has("cap_unit"):
        section.complain("cap", "cap and cap_unit belong together", "give both or neither")
    time = section.number("time")
    if day_one and math.isfinite(time):
        try:
            time = elapsed_days(time)
        except ValueError as error:
            section.complain("time", str(error), "or write day_one = false")
    return StudyDose(
        name=section.text("name"),
        time=time,
        amount=amount,
        unit=section.unit("unit"),
        cap=section.number("cap"),
        cap_unit=section.unit("cap_unit"),
    )


def _person(section: _Section) -> PersonRule:
    section.warn_unknown(_PERSON_KEYS)
    section.require(("name", "type"))
    rule = PersonRule(
        name=section.text("name"),
        type=section.text("type"),
        role=section.text("role", "outcome"),
        unit=section.unit("unit"),
        levels=section.levels("levels"),
        term=section.text("term"),
        about=section.text("about"),
        column=section.text("column"),
    )
    section.extend(rule_issues(rule, section.where))
    return rule
