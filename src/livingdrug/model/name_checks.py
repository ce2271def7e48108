"""Checks of names and symbols."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from livingdrug.core.errors import Issue, unknown_name
from livingdrug.model.expression.functions import FUNCTIONS
from livingdrug.model.expression.nodes import symbol
from livingdrug.model.expression.walk import free_symbols
from livingdrug.model.model import Model
from livingdrug.model.usage import expressions_of

__all__ = ["check_names", "check_symbols", "error", "is_usable_name"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_RESERVED = {
    "time", "dose", "hill", "safe_ratio", "piecewise", "rate_of", "delay", "quantity", "xor",
    "inf", "nan",
}  # fmt: skip
_COURSE = {
    "subject", "replicate", "status", "status_message", "observable", "observed", "blq", "lloq",
    "event_log", "event_subject", "event_replicate", "event_time", "event_name", "event_count",
    "decision", "seen_fever", "seen_pressure", "seen_oxygen", "seen_icans", "policy_dose",
    "policy_subject", "policy_time", "policy_name", "policy_amount", "policy_unit",
    "policy_reason",
}  # fmt: skip
"""Names that a course uses itself."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def error(where: str, message: str, fix: str = "") -> Issue:
    """Return an issue of level error.

    Parameters
    ----------
    where, message, fix : str

    Returns
    -------
    Issue
    """
    return Issue("error", where, message, fix)


def check_names(model: Model) -> Iterator[Issue]:
    """Names are identifiers, unique, and not words of the expression language."""
    seen: dict[str, str] = {}
    groups: dict[str, Sequence[_Named]] = {
        "compartment": model.compartments,
        "species": model.species,
        "parameter": model.parameters,
        "input": model.inputs,
        "integral": model.integrals,
        "assignment": model.assignments,
        "covariate": model.covariates,
    }
    for kind, items in groups.items():
        for item in items:
            where = f"{kind} {item.name}"
            if not _NAME.match(item.name):
                yield error(where, f"{item.name!r} is not a name", "use letters, digits and _")
            elif _is_reserved(item.name):
                yield error(where, f"{item.name!r} is a word of the expression language")
            elif item.name in _COURSE:
                yield error(where, f"{item.name!r} is a name that every course uses itself")
            earlier = seen.get(item.name)
            if earlier and not _may_share(earlier, kind):
                yield error(where, f"the name {item.name!r} is already used by a {earlier}")
            seen[item.name] = kind
    for kind, names in (
        ("reaction", [item.name for item in model.reactions]),
        ("event", [item.name for item in model.events]),
        ("dose", [item.name for item in model.doses]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield error(f"{kind} {name}", "the name is used twice")
        for name in dict.fromkeys(names):
            if not _NAME.match(name):
                yield error(f"{kind} {name}", f"{name!r} is not a name", "use letters, digits, _")
    yield from _observable_names(model, set(seen))


def is_usable_name(name: str) -> bool:
    """Tell whether a quantity may have a name.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
        False for what is no identifier, a word of the expression language, or a name that a
        course uses itself.
    """
    return bool(_NAME.match(name)) and not _is_reserved(name) and name not in _COURSE


def _observable_names(model: Model, taken: set[str]) -> Iterator[Issue]:
    names = [item.name for item in model.observables]
    for observable in model.observables:
        where = f"observable {observable.name}"
        if not _NAME.match(observable.name):
            yield error(where, f"{observable.name!r} is not a name", "use letters, digits, _")
        elif observable.name in _COURSE:
            yield error(where, f"{observable.name!r} is a name that every course uses itself")
        # an observable may bear the name of the quantity that it shows unchanged
        other = observable.expression != symbol(observable.name)
        if names.count(observable.name) > 1 or (observable.name in taken and other):
            yield error(where, "the name is already used")


def _is_reserved(name: str) -> bool:
    return name in _RESERVED or name in FUNCTIONS or keyword.iskeyword(name)


def _may_share(first: str, second: str) -> bool:
    # a species or parameter may be given by an assignment rule
    return {first, second} <= {"species", "parameter", "compartment", "assignment"} and (
        "assignment" in (first, second) and first != second
    )


def check_symbols(model: Model) -> Iterator[Issue]:
    """Every symbol in an expression is a quantity of the model."""
    known = set(model.units)
    for use in expressions_of(model):
        allowed = known | ({"dose"} if use.kind == "dose" else set())
        for name in free_symbols([use.node]):
            if name not in allowed:
                yield unknown_name("symbol", name, allowed, where=use.where)
