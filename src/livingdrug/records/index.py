"""Find records by kind and name: those of the package, and files of the user."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, cast

from livingdrug.core.errors import DataError, Issue, UnknownNameError, raise_issues, unknown_name
from livingdrug.records.cells import Disease, Edit, Product, check_disease, check_product
from livingdrug.records.drugs import (
    Lymphodepletion,
    Policy,
    Treatment,
    check_lymphodepletion,
    check_policy,
    check_treatment,
)
from livingdrug.records.read import check_whole, parse_record, read_toml
from livingdrug.records.trial import Trial, check_trial

__all__ = ["KINDS", "Record", "find_name", "load", "names"]

Record = Product | Edit | Disease | Lymphodepletion | Treatment | Policy | Trial


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record.

    Attributes
    ----------
    word : str
        One of them, for messages.
    form : type
    checks : tuple of callable
    references : mapping from str to str
        Keys that name other records, with the kind of those.
    """

    word: str
    form: type
    checks: tuple[Callable[[Any], list[Issue]], ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "products": Kind("product", Product, (check_product,), {"edits": "edits"}),
    "edits": Kind("edit", Edit, (), {"needs": "edits"}),
    "diseases": Kind("disease", Disease, (check_disease,)),
    "lymphodepletion": Kind("lymphodepletion", Lymphodepletion, (check_lymphodepletion,)),
    "treatments": Kind("treatment", Treatment, (check_treatment,)),
    "policies": Kind("policy", Policy, (check_policy,)),
    "trials": Kind(
        "trial",
        Trial,
        (check_trial,),
        {
            "product": "products",
            "disease": "diseases",
            "lymphodepletion": "lymphodepletion",
            "policy": "policies",
            "treatments": "treatments",
        },
    ),
}
"""Every kind of record; its folder has its name."""


def names(kind: str) -> list[str]:
    """Return the names of the records of the package.

    Parameters
    ----------
    kind : str
        One of `KINDS`.

    Returns
    -------
    list of str
    """
    folder = resources.files("livingdrug.records") / kind
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith("toml"))


def load(kind: str, name: str) -> Record:
    """Return a record.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    name : str
        Of a record of the package (hyphens and case do not matter; products also by the names of
        medicines, trials by their name in the table of read-outs), or the path of a file that ends
        in ``.toml``. A path inside such a file starts at the folder of that file.

    Returns
    -------
    Record

    Raises
    ------
    UnknownNameError
        Naming the nearest records.
    DataError
        Listing what is wrong with the file.
    """
    form = KINDS[kind]
    if name.endswith(".toml"):
        content, file = read_toml(Path(name)), name
    else:
        known = find_name(kind, name)
        with resources.as_file(resources.files("livingdrug.records") / kind) as folder:
            content, file = read_toml(folder / f"{known}.toml"), f"{kind}/{known}.toml"
    record = _referring(cast("Record", parse_record(form.form, content, file)), form, file)
    check_whole(record, file, form.checks)
    return record


def _referring(record: Record, form: Kind, file: str) -> Record:
    """Write the records that a record names as they are kept, so that they can be compared."""
    issues: list[Issue] = []

    def known(kind: str, name: str, where: str) -> str:
        if name.endswith(".toml"):
            return str(Path(file).parent / name)
        try:
            return find_name(kind, name)
        except UnknownNameError as error:
            issues.extend(dataclasses.replace(issue, where=where) for issue in error.issues)
            return name

    changes: dict[str, object] = {}
    for key, kind in form.references.items():
        given, where = getattr(record, key), f"{file}, {key}"
        changes[key] = (
            known(kind, given, where)
            if isinstance(given, str)
            else tuple(dict.fromkeys(known(kind, item, where) for item in given))
        )
    raise_issues(issues, DataError)
    return dataclasses.replace(record, **cast("dict[str, Any]", changes))


def find_name(kind: str, name: str) -> str:
    """Return the name under which a record is kept.

    Parameters
    ----------
    kind, name : str

    Returns
    -------
    str

    Raises
    ------
    UnknownNameError
    """
    known = names(kind)
    plain = {_plain(item): item for item in known}
    if _plain(name) in plain:
        return plain[_plain(name)]
    if kind in ("products", "trials"):
        for item in known:
            record = load(kind, item)
            also = record.aliases if isinstance(record, Product) else ()
            if isinstance(record, Trial):
                also = (record.readouts,)
            if _plain(name) in map(_plain, also):
                return item
    file = "; or give the path of a file that ends in .toml"
    issue = unknown_name(KINDS[kind].word, name, known)
    raise UnknownNameError([Issue(issue.level, issue.where, issue.message, issue.fix + file)])


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
