"""What an entry of the catalogue lacks, sentence by sentence, all of it at once.

An error keeps an entry out; a warning is advice. Whether the numbers come out right is another
question, which `livingdrug.qc.verify` answers.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Mapping

from livingdrug.catalogue.entry import Entry, Published
from livingdrug.catalogue.function import PublishedFunction
from livingdrug.catalogue.index import get_entry
from livingdrug.catalogue.load import OWN_SOURCE, is_path
from livingdrug.catalogue.places import find_places
from livingdrug.core.errors import Issue, LivingDrugError, ModelError
from livingdrug.core.source import Source
from livingdrug.model.idle_checks import check_events_fire, check_used
from livingdrug.model.model import Model
from livingdrug.model.observable import Observable
from livingdrug.model.species import Species
from livingdrug.model.terms import term_problem
from livingdrug.model.value_checks import check_origins
from livingdrug.qc.evidence_checks import check_equations, check_readouts
from livingdrug.system.compile import compile_model

__all__ = ["MARK", "check_entry", "check_named"]

MARK = "TODO"
"""A text that begins so has still to be written; the scaffold of a new model is full of them."""

_ABOUT = "say in words what the model is, with the equations as the paper numbers them"
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_FORM = {
    "SOURCE": "the publication: SOURCE = Source(doi=..., authors=(...), year=..., title=...)",
    "READOUTS": "numbers that the model has to reproduce: READOUTS = (Readout(...), ...)",
    "EQUATIONS": "rates as printed: EQUATIONS = (PrintedEquation(...), ...), or ()",
    "DEVIATIONS": "where it departs from print: DEVIATIONS = (Deviation(...), ...), or ()",
}


def check_named(name: str | os.PathLike[str]) -> tuple[Entry | None, list[Issue]]:
    """Check an entry by its id or path; what cannot be loaded is an issue too.

    Parameters
    ----------
    name : str or path

    Returns
    -------
    Entry or None
        None when it could not be loaded.
    list of Issue
    """
    try:
        entry = get_entry(name)
    except ModelError as error:
        found = list(error.issues)
        if isinstance(error.draft, Model):
            found += _model_issues(error.draft, os.fspath(name))
        if is_path(name):
            found += _id_issues(_stem(name), os.fspath(name))
        return None, _once(found)
    return entry, check_entry(entry)


def _stem(name: str | os.PathLike[str]) -> str:
    return os.path.basename(os.fspath(name)).removesuffix(".py")  # noqa: PTH119  # may be no path


def check_entry(entry: Entry) -> list[Issue]:
    """List everything that an entry lacks.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    list of Issue
        Errors first; each once, however many variants have it.
    """
    issues = list(_form_issues(entry))
    if entry.field == "file":
        issues += _id_issues(entry.id, entry.owner)
    if isinstance(entry.published, PublishedFunction):
        issues += _function_issues(entry, entry.published)
    else:
        issues += _variant_issues(entry, entry.published)
    issues += _marks(entry.published.source, f"{entry.id}, SOURCE")
    for name in ("readouts", "equations", "deviations"):
        for place, item in enumerate(getattr(entry, name)):
            issues += _marks(item, f"{entry.id}, {name.upper()}[{place}]")
    return _once(issues)


def _once(issues: list[Issue]) -> list[Issue]:
    return sorted(dict.fromkeys(issues), key=lambda issue: issue.level != "error")


def _form_issues(entry: Entry) -> Iterator[Issue]:
    for name in entry.missing:
        yield Issue("error", entry.id, f"the file has no {name}", _FORM[name])
    if not entry.about:
        yield Issue("error", entry.id, "the file has no docstring", _ABOUT)
    elif MARK in entry.about:
        yield Issue("error", entry.id, f"the docstring still has a {MARK}", _ABOUT)
    source = entry.published.source
    if source is not OWN_SOURCE:
        yield from _source_issues(entry.id, source)
    if not entry.readouts and "READOUTS" not in entry.missing:
        fix = "add at least one number of the paper that it has to reproduce"
        yield Issue("error", entry.id, "READOUTS is empty, so that nothing shows it is right", fix)
    for item in entry.deviations:
        for name in ("what", "instead", "why"):
            if not getattr(item, name):
                where = f"{entry.id}, deviation {item.what or item.instead!r}"
                yield Issue("error", where, f"{name} is empty", "write it")


def _source_issues(entry_id: str, source: Source) -> Iterator[Issue]:
    where = f"{entry_id}, SOURCE"
    if not source.authors:
        yield Issue("error", where, "names no authors", "authors=('Family, Given', ...)")
    if not source.title:
        yield Issue("error", where, "has no title", "title='...'")
    if not 1800 <= source.year <= 2200:
        yield Issue("error", where, f"{source.year} is not its year", "year=2026")
    if not source.doi:
        yield Issue("warning", where, "has no doi", "doi='10...', where there is one")


def _id_issues(stem: str, owner: str) -> list[Issue]:
    """Check the id of a file, which is its name."""
    issues = []
    if not _ID.match(stem):
        fix = "use small letters, digits and _, beginning with a letter, as smith2026_leukaemia.py"
        issues.append(Issue("error", owner, f"{stem!r} cannot be an id", fix))
    place = find_places()[0].get(stem)
    if place is not None and not _is_that_file(owner, place.module):
        text = f"the id {stem!r} is taken by {place.owner} ({place.module})"
        issues.append(Issue("error", owner, text, "choose another name for the file"))
    return issues


def _is_that_file(path: str, module: str) -> bool:
    """Whether a path is the very file of an installed entry."""
    from importlib.util import find_spec

    try:
        spec = find_spec(module)
    except ImportError:  # a plug-in whose package is broken
        return False
    origin = spec.origin if spec else None
    return bool(origin) and os.path.realpath(path) == os.path.realpath(str(origin))


def _function_issues(entry: Entry, published: PublishedFunction) -> Iterator[Issue]:
    for variant in published.variants:
        form = published(variant)
        if form.id != entry.id:
            yield _other_id(entry, form.id)
        for parameter in form.parameters:
            if not parameter.at and parameter.origin.value != "assumed":
                where = f"{entry.id}, parameter {parameter.name}"
                text = f"origin {parameter.origin.value!r} needs a locator"
                yield Issue("error", where, text, "at='Table 1'")
        yield from _marks((form.title, form.population, form.parameters), entry.id)


def _other_id(entry: Entry, given: str) -> Issue:
    where = entry.owner if entry.field == "file" else entry.id
    text = f"the model calls itself {given!r}, and its file {entry.id!r}"
    return Issue("error", where, text, f"write ModelBuilder({entry.id!r}, ...) or rename the file")


def _variant_issues(entry: Entry, published: Published) -> Iterator[Issue]:
    models: dict[str, Model] = {}
    for variant in published.variants:
        try:
            model = published(variant)
        except ModelError as error:
            yield from error.issues
            if not isinstance(error.draft, Model):
                continue
            model = error.draft
        except LivingDrugError as error:
            yield from error.issues
            continue
        except Exception as error:  # noqa: BLE001  # the file of a newcomer may raise anything
            text = f"building it failed with {type(error).__name__}: {error}"
            yield Issue("error", f"{entry.id}, variant {variant}", text, "correct the file")
            continue
        else:
            models[variant] = model
            yield from _compiled(model)
        if model.id != entry.id:
            yield _other_id(entry, model.id)
        yield from _model_issues(model, entry.id)
    yield from check_readouts(entry, models)
    yield from check_equations(entry, models)


def _compiled(model: Model) -> Iterator[Issue]:
    try:
        compile_model(model)
    except LivingDrugError as error:
        yield from error.issues


def _model_issues(model: Model, entry_id: str) -> Iterator[Issue]:
    """Check what a model by itself may do, and an entry may not."""
    strict = dataclasses.replace(model, dimension_policy="strict")
    for check in (check_origins, check_used, check_events_fire):
        for issue in check(strict):
            yield dataclasses.replace(issue, where=f"{model.id}, {issue.where}")
    for name, why in (
        ("title", "what the model is, in a few words"),
        ("organism", "'human', 'mouse' or 'in vitro': it stands in every heading"),
        ("population", "whom the numbers describe"),
    ):
        if not getattr(model, name):
            yield Issue("error", model.id, f"{name} is empty", why)
    if model.dimension_policy != "strict":
        text = f"dimensions={model.dimension_policy!r}: units are not checked as errors"
        yield Issue("warning", model.id, text, "ModelBuilder(..., dimensions='strict')")
    if not model.doses and model.dose_stand_in is None:
        text = "has neither a dose nor a stand-in, so that --dose cannot say what to set"
        yield Issue("warning", model.id, text, "m.dose(...) or m.dose_stand_in(quantity, reason)")
    yield from _term_issues(model)
    # the source is that of the file, whose own texts are looked at
    yield from _marks(dataclasses.replace(model, source=None), model.id)


def _term_issues(model: Model) -> Iterator[Issue]:
    shown: list[Observable | Species] = [*model.observables, *model.species]
    if not any(item.term for item in shown):
        text = "nothing has a term of the shared vocabulary, so that no study can be matched"
        yield Issue("warning", model.id, text, "term='car_t_blood' of an observable or species")
    for item in shown:
        try:
            problem = term_problem(item.term, item.unit)
        except LivingDrugError:
            continue  # a unit that is none is an error of its own
        if problem:
            yield Issue("warning", f"{model.id}, {item.name}", problem)


def _marks(item: object, where: str) -> Iterator[Issue]:
    """Find texts that have still to be written."""
    for path, text in _texts(item, ""):
        if text.startswith(MARK):
            yield Issue("error", where, f"{path} is still {text!r}", "write it")


def _texts(item: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(item, str):
        yield path or "a text", item
    elif dataclasses.is_dataclass(item) and not isinstance(item, type):
        name = str(getattr(item, "name", ""))
        inner = name if not path else f"{path.split('[', maxsplit=1)[0]} {name}" if name else path
        for field in dataclasses.fields(item):
            value = getattr(item, field.name)
            if isinstance(value, (str, tuple)) or dataclasses.is_dataclass(value):
                yield from _texts(value, f"{inner}.{field.name}" if inner else field.name)
    elif isinstance(item, tuple):
        for place, part in enumerate(item):
            yield from _texts(part, f"{path}[{place}]")
    elif isinstance(item, Mapping):
        for key, part in item.items():
            yield from _texts(part, f"{path}[{key}]")
