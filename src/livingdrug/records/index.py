"""Find records by kind and name: those of the package, and files of the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from livingdrug.core.errors import Issue, UnknownNameError, unknown_name
from livingdrug.records.cells import Disease, Edit, Product, check_disease, check_product
from livingdrug.records.drugs import Lymphodepletion, Policy, Treatment, check_policy
from livingdrug.records.read import parse_record, read_toml
from livingdrug.records.trial import Trial, check_trial

__all__ = ["KINDS", "Record", "load", "names"]

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
    """

    word: str
    form: type
    checks: tuple[Callable[[Any], list[Issue]], ...] = ()


KINDS: Mapping[str, Kind] = {
    "products": Kind("product", Product, (check_product,)),
    "edits": Kind("edit", Edit),
    "diseases": Kind("disease", Disease, (check_disease,)),
    "lymphodepletion": Kind("lymphodepletion", Lymphodepletion),
    "treatments": Kind("treatment", Treatment),
    "policies": Kind("policy", Policy, (check_policy,)),
    "trials": Kind("trial", Trial, (check_trial,)),
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
        medicines), or the path of a file that ends in ``.toml``.

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
    record: Record = parse_record(form.form, content, file, form.checks)
    return record


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
    if kind == "products":
        for item in known:
            record = load(kind, item)
            if isinstance(record, Product) and name.lower() in record.aliases:
                return item
    file = "; or give the path of a file that ends in .toml"
    issue = unknown_name(KINDS[kind].word, name, known)
    raise UnknownNameError([Issue(issue.level, issue.where, issue.message, issue.fix + file)])


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
