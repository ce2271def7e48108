"""A Model as plain records in text, and back: what SBML has no element for, exactly.

Every part of a model is one JSON object. Expressions are written as they are read, so that a person
can see what an annotation says; where text would not give the same node back, as its flat form.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from livingdrug.core.errors import ModelError
from livingdrug.core.source import Origin, Source
from livingdrug.model import (
    event,
    observable,
    parameter,
    part,
    reaction,
    species,
    variability,
)
from livingdrug.model.expression.nodes import Kind, Node
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import flatten, restore
from livingdrug.model.model import Model

__all__ = ["Record", "model_of", "records_of"]

_TEXTS = {f.name for f in dataclasses.fields(Model) if f.type in ("str", str)}
_LEFT_OUT = ("status",)
"""The catalogue gives it, and no file can."""


_BESIDE = (
    "compartments", "species", "parameters", "inputs", "assignments", "rates", "integrals",
    "observables", "iiv", "covariate_effects", "initial_assignments",
)  # fmt: skip
"""Fields whose parts are about one quantity."""


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """One part of a model as text.

    Attributes
    ----------
    field : str
        Of `Model`.
    place : int
        In that field.
    text : str
        JSON.
    about : str
        Quantity that it is about; empty for the model as a whole.
    """

    field: str
    place: int
    text: str
    about: str = ""


@functools.cache
def _classes() -> dict[str, Callable[..., object]]:
    modules = (event, observable, parameter, part, reaction, species, variability)
    found: dict[str, Callable[..., object]] = {"Source": Source}
    for module in modules:
        for name in module.__all__:
            item = getattr(module, name)
            if isinstance(item, type) and dataclasses.is_dataclass(item):
                found[name] = item
    return found


def records_of(model: Model) -> list[Record]:
    """Write the parts of a model.

    Parameters
    ----------
    model : Model

    Returns
    -------
    list of Record
        One for each part, in the order of the model.
    """
    records = []
    for field in dataclasses.fields(model):
        value = getattr(model, field.name)
        if field.name in _LEFT_OUT or value == field.default:
            continue
        many = isinstance(value, tuple)
        for place, item in enumerate(value if many else (value,)):
            text = json.dumps(_plain(item), ensure_ascii=False, separators=(", ", ": "))
            about = _about(item) if field.name in _BESIDE else ""
            records.append(Record(field.name, place, text, about))
    return records


def _about(item: Any) -> str:  # noqa: ANN401 - a part of any kind
    if isinstance(item, tuple):
        return str(item[0])
    return str(item.parameter if isinstance(item, variability.CovariateEffect) else item.name)


def model_of(records: Sequence[Record]) -> Model:
    """Read the parts of a model.

    Parameters
    ----------
    records : sequence of Record
        As `records_of` wrote them, in any order.

    Returns
    -------
    Model

    Raises
    ------
    ModelError
        When they are not those of a model.
    """
    many = {f.name for f in dataclasses.fields(Model) if f.default == ()}
    parts: dict[str, Any] = {}
    try:
        for record in sorted(records, key=lambda item: item.place):
            value = _restored(json.loads(record.text))
            if record.field in many:
                if record.place != len(parts.setdefault(record.field, [])):
                    raise ValueError(f"{record.field} {record.place} is missing or doubled")
                parts[record.field].append(value)
            else:
                parts[record.field] = value
        fields: dict[str, Any] = {k: tuple(v) if k in many else v for k, v in parts.items()}
        for name in sorted(_TEXTS & set(fields)):
            if not isinstance(fields[name], str):
                raise TypeError(f"{name} is no text")
        return Model(**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the annotation does not hold the records of a model: {error}") from error


def _plain(item: object) -> object:
    if isinstance(item, Node):
        return _expression(item)
    if isinstance(item, Origin):
        return {"origin": item.value}
    if isinstance(item, float) and not math.isfinite(item):
        return {"float": repr(item)}
    if isinstance(item, (tuple, list)):
        return [_plain(part) for part in item]
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        made: dict[str, object] = {"is": type(item).__name__}
        for field in dataclasses.fields(item):
            value = getattr(item, field.name)
            # an origin is always said, for those who read the file without livingdrug
            if field.name == "origin" or value != field.default:
                made[field.name] = _plain(value)
        return made
    return item


def _expression(node: Node) -> dict[str, object]:
    text = to_text(node)
    try:
        if parse(text, where="").key == node.key:
            return {"expression": text}
    except ModelError:
        pass
    rows = [[k.value, name, float(x).hex(), list(args)] for k, name, x, args in flatten(node)]
    return {"nodes": rows}


def _restored(item: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(item, list):
        return tuple(_restored(part) for part in item)
    if not isinstance(item, dict):
        return item
    if set(item) == {"expression"}:
        return parse(item["expression"], where="an annotation")
    if set(item) == {"nodes"}:
        rows = item["nodes"]
        return restore([(Kind(k), n, float.fromhex(x), tuple(args)) for k, n, x, args in rows])
    if set(item) == {"origin"}:
        return Origin(item["origin"])
    if set(item) == {"float"}:
        return float(item["float"])
    fields = {name: _restored(value) for name, value in item.items() if name != "is"}
    return _classes()[item["is"]](**fields)
