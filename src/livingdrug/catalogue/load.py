"""Read an entry out of a module, or out of a file of the user's own, which is run for it."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import inspect
import os
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from livingdrug.catalogue.entry import Entry, Published
from livingdrug.catalogue.function import ClosedForm, PublishedFunction
from livingdrug.catalogue.places import FUNCTIONS, Place
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout
from livingdrug.core.errors import CapabilityError, DataError, LivingDrugError, ModelError
from livingdrug.core.registry import Registry
from livingdrug.core.source import Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

__all__ = ["FILE_READERS", "FORM", "OWN_SOURCE", "is_path", "load_file", "load_place"]

T = TypeVar("T")

FORM = ("SOURCE", "READOUTS", "EQUATIONS", "DEVIATIONS")
"""What a file of a published model holds beside `model`; a function has no ``EQUATIONS``."""
FILE_READERS: Registry[Callable[[str | os.PathLike[str]], Model]] = Registry(
    "kind of model file",
    {
        ".xml": "livingdrug.interop.sbml.read:read_sbml",
        ".sbml": "livingdrug.interop.sbml.read:read_sbml",
        ".ant": "livingdrug.interop.antimony:read_antimony",
    },
    "livingdrug.model_files",
)
"""What reads a file that is no Python, by suffix; it is loaded when such a file is named."""
OWN_SOURCE = Source("", (), 0, "a model of one's own, without a source")
"""Stands where a model names no publication."""

_FORM_HELP = (
    "end the file with `model = m.build()`, or decorate a function that returns a Model with "
    "@published and call it `model`"
)


def is_path(text: str | os.PathLike[str]) -> bool:
    """Tell a file of the user's own from an id.

    Parameters
    ----------
    text : str or path

    Returns
    -------
    bool
        True for what ends in ``.py`` or in a suffix of `FILE_READERS`, or has a folder in it.

    Examples
    --------
    >>> is_path("my_model.py"), is_path("models/mine.py"), is_path("kimmel2021")
    (True, True, False)
    """
    name = os.fspath(text)
    known = name.endswith(".py") or Path(name).suffix.lower() in FILE_READERS
    return known or "/" in name or os.sep in name


def load_place(place: Place) -> Entry:
    """Run the module of an entry that is installed.

    Parameters
    ----------
    place : Place

    Returns
    -------
    Entry

    Raises
    ------
    CapabilityError
        When a plug-in cannot be loaded.
    ModelError
        When the module does not have the form of an entry.
    """
    try:
        module = importlib.import_module(place.module)
    except Exception as error:
        if place.field != "plug-in":
            raise
        raise CapabilityError(
            f"model {place.id}: {place.owner} offers it as {place.module}, which cannot be "
            f"loaded: {type(error).__name__}: {error}; repair or uninstall that package"
        ) from error
    names = dict(vars(module))
    if place.attribute:
        names["model"] = names.get(place.attribute)
        if isinstance(names["model"], PublishedFunction):
            names["function"] = names.pop("model")
    where = place.module if place.field == "plug-in" else place.id
    entry = _read(names, place.id, place.field, where)
    own = place.field != "plug-in"
    if own and (entry.published.source is OWN_SOURCE or _is_function(entry) != _in(place)):
        raise ModelError(
            f"{place.id}: `model` must be a builder decorated with @published, or in "
            f"{FUNCTIONS}/ `function` one decorated with @published_function"
        )
    return dataclasses.replace(entry, owner=place.owner)


def _in(place: Place) -> bool:
    return place.field == FUNCTIONS


def _is_function(entry: Entry) -> bool:
    return isinstance(entry.published, PublishedFunction)


def load_file(path: str | os.PathLike[str]) -> Entry:
    """Read a file, or run it, and return its entry. Nothing is kept between two calls.

    Parameters
    ----------
    path : str or path
        Python is run as ``python FILE`` would run it; do so only with files that you trust. A
        file with a suffix of `FILE_READERS`, as SBML, is data and only read.

    Returns
    -------
    Entry
        Its `id` is the name of the file.

    Raises
    ------
    DataError
        When there is no such file.
    ModelError
        When it cannot be run, or does not define a model.
    """
    file, shown = Path(path), os.fspath(path)
    if file.is_dir():
        raise DataError(f"{shown}: is a folder; name the file of a model, as {shown}/my_model.py")
    if file.suffix.lower() in FILE_READERS:
        model = FILE_READERS.get(file.suffix.lower())(path)
        return Entry(file.stem, "file", model.title, _plain(model), (), (), (), owner=shown)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(
            f"{shown}: there is no such file; 'livingdrug models new' writes a first one"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{shown}: cannot be read as text: {error}") from error
    digest = hashlib.sha256(text.encode()).hexdigest()
    names = _run(text, shown, f"livingdrug_file_{digest[:16]}")
    entry = _read(names, file.stem, "file", shown)
    if isinstance(entry.published, PublishedFunction):
        found = _with_digest(entry.published, digest)
        return dataclasses.replace(entry, published=found, owner=shown)
    return dataclasses.replace(entry, owner=shown)


def _run(text: str, shown: str, name: str) -> Mapping[str, object]:
    module = types.ModuleType(name)
    module.__file__ = str(Path(shown).resolve())
    sys.modules[name] = module  # dataclasses of the file look their own module up
    try:
        exec(compile(text, module.__file__, "exec"), module.__dict__)
    except LivingDrugError:
        raise  # says what is wrong with the model
    except SyntaxError as error:
        raise ModelError(
            f"{shown}, line {error.lineno}: is not Python: {error.msg}; correct that line"
        ) from error
    except (Exception, SystemExit) as error:
        raise ModelError(
            f"{shown}{_line_of(error, module.__file__)}: running the file failed with "
            f"{type(error).__name__}: {error}; correct that line"
        ) from error
    return module.__dict__


def _line_of(error: BaseException, file: str) -> str:
    """Return the last line of a file that an error passed through."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f", line {line}" if line else ""


def _read(names: Mapping[str, object], entry_id: str, field: str, where: str) -> Entry:
    found = _published(names, where)
    source = names.get("SOURCE")
    if source is not None and found.source is not source and found.source is not OWN_SOURCE:
        raise ModelError(
            f"{where}: SOURCE is another than the source of `model`; give the same object to both"
        )
    form = [n for n in FORM if n != "EQUATIONS" or isinstance(found, Published)]
    readouts = _group(names, "READOUTS", Readout, where)
    equations = _group(names, "EQUATIONS", PrintedEquation, where)
    return Entry(
        entry_id,
        field,
        inspect.cleandoc(str(names.get("__doc__") or "")).strip(),
        found,
        readouts,
        equations if isinstance(found, Published) else (),
        _group(names, "DEVIATIONS", Deviation, where),
        missing=tuple(name for name in form if name not in names),
    )


def _group(names: Mapping[str, object], name: str, kind: type[T], where: str) -> tuple[T, ...]:
    group = names.get(name, ())
    if not isinstance(group, (tuple, list)):
        given = type(group).__name__
        raise ModelError(f"{where}: {name} must be a tuple of {kind.__name__}, {given} given")
    for place, item in enumerate(group):
        if not isinstance(item, kind):
            given = type(item).__name__
            raise ModelError(f"{where}: {name}[{place}] is a {given}, not a {kind.__name__}")
    return tuple(group)


def _published(names: Mapping[str, object], where: str) -> Published | PublishedFunction:
    function, model = names.get("function"), names.get("model")
    if isinstance(function, PublishedFunction):
        return function
    if isinstance(model, Published):
        return model
    if isinstance(model, Model):
        return _plain(model)
    if isinstance(model, ModelBuilder):
        raise ModelError(f"{where}: `model` is a ModelBuilder; write `model = m.build()`")
    if callable(model):
        return _builder(model, where)
    if model is not None:
        raise ModelError(
            f"{where}: `model` is a {type(model).__name__}; {_FORM_HELP}",
        )
    raise ModelError(f"{where}: defines neither `model` nor `function`; {_FORM_HELP}")


def _plain(model: Model) -> Published:
    variants = {model.variant or "own": "as the file builds it"}
    return Published(model.source or OWN_SOURCE, variants, lambda _variant: model)


def _builder(build: Callable[..., object], where: str) -> Published:
    """Take a function without arguments, or with the name of a variant, for a builder."""
    given = inspect.signature(build).parameters

    def call(variant: str) -> Model:
        found = build(variant) if given else build()
        if not isinstance(found, Model):
            raise ModelError(
                f"{where}: `model` returned a {type(found).__name__}, not a Model; end it with "
                "`return m.build()`"
            )
        return found

    return Published(OWN_SOURCE, {"own": "as the function of the file builds it"}, call)


def _with_digest(function: PublishedFunction, digest: str) -> PublishedFunction:
    """Let the status of a function belong to the text of its file."""

    def build(variant: str) -> ClosedForm:
        return dataclasses.replace(function.build(variant), digest=digest)

    return dataclasses.replace(function, build=build)
