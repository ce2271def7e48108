"""What an entry is, in a few words that can be filtered and searched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from livingdrug.catalogue.entry import Entry
from livingdrug.catalogue.function import ClosedForm
from livingdrug.catalogue.index import function_of, model_of
from livingdrug.core.errors import CapabilityError, UnknownNameError, unknown_name
from livingdrug.model.model import Model
from livingdrug.model.observable import Observable
from livingdrug.model.species import Species
from livingdrug.model.terms import TERMS
from livingdrug.system.compile import compile_model
from livingdrug.system.lower.jumps import lower_jumps

__all__ = ["CELLS", "Facts", "counted_species", "facts_of", "fits", "known_cells", "search"]

_T = r"(?:T[- ]cells?|T lymphocytes?)"
CELLS: dict[str, str] = {
    "CAR-T": r"\bCAR[- ]?T\b|\bCAR[+ -]*(?:positive )?T\b|\bCARTs?\b|\beffector CAR",
    "CAR-NK": r"\bCAR[- ]NK\b",
    "T": rf"(?<!CAR-)(?<!CAR )(?<!positive )\b{_T}",
    "NK": r"(?<!CAR-)\bNK\b|natural killer",
    "B": r"\bB[- ](?:cells?|lymphocytes?)\b",
    "macrophage": r"\bmacrophages?\b|\bmonocytes?\b",
    "tumor": r"\btumou?rs?\b|\bleuk|\bmyeloma|\blymphoma|\bmelanoma|\bglioma|\bcancer",
}
"""Cells by name, and how the documentation of a state or observable speaks of them."""

_TERM_CELLS = {
    "car_t": "CAR-T", "car_nk": "CAR-NK", "non_car_t": "T", "t_cells": "T", "b_cells": "B",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What an entry is.

    Attributes
    ----------
    id, kind, field, owner : str
        `kind` is ``"model"`` or ``"function"``; `owner` brings it.
    title, doi : str
        Of the publication.
    authors : tuple of str
    name : str
        Title of the model.
    year : int
    organism, population, status : str
    variants : tuple of str
    about : str
    cells : tuple of str
        Of `CELLS`.
    terms : tuple of str
        Of the shared vocabulary, which the model shows.
    states : int
        Integrated; 0 for a function.
    counted : tuple of str
        States that can be read as jumps of single entities; empty when it was not looked at.
    """

    id: str
    kind: str
    field: str
    owner: str
    title: str
    doi: str
    authors: tuple[str, ...]
    name: str
    year: int
    organism: str
    population: str
    status: str
    variants: tuple[str, ...]
    about: str
    cells: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    states: int = 0
    counted: tuple[str, ...] = ()

    @property
    def stochastic(self) -> str:
        """``"all"``, ``"3 of 8"`` or ``"no"``: the states that can be read as jumps."""
        if not self.counted:
            return "no"
        some = f"{len(self.counted)} of {self.states}"
        return "all" if len(self.counted) == self.states else some


def facts_of(entry: Entry, *, jumps: bool = True) -> Facts:
    """Describe an entry in its default variant.

    Parameters
    ----------
    entry : Entry
    jumps : bool, optional
        Also look which states can be read as jumps, which compiles the model.

    Returns
    -------
    Facts
    """
    item = function_of(entry) if entry.is_function else model_of(entry)
    source = entry.published.source
    common = Facts(
        entry.id,
        "function" if entry.is_function else "model",
        entry.field,
        entry.owner,
        source.title,
        source.doi,
        source.authors,
        item.title,
        source.year,
        item.organism,
        item.population,
        item.status,
        tuple(entry.published.variants),
        entry.about,
    )
    return _of_function(common, item) if isinstance(item, ClosedForm) else _of(common, item, jumps)


def _of_function(common: Facts, form: ClosedForm) -> Facts:
    docs = [item.doc for item in form.arguments] + [item.doc for item in form.outputs]
    docs += [item.doc for item in form.parameters]
    texts = [form.title, form.population, *docs]
    return replace(common, cells=_cells(texts, ()))


def _of(common: Facts, model: Model, jumps: bool) -> Facts:
    shown: list[Observable | Species] = [*model.observables, *model.species]
    terms = tuple(dict.fromkeys(item.term for item in shown if item.term))
    texts = [item.doc for item in shown]  # a title may speak of cells that are not in the model
    counted = counted_species(model) if jumps else ()
    cells, states = _cells(texts, terms), len(_states(model))
    return replace(common, cells=cells, terms=terms, states=states, counted=counted)


def _states(model: Model) -> list[str]:
    return [name for name, role in model.roles.items() if role.value in ("state", "algebraic")]


def _cells(texts: Iterable[str], terms: Sequence[str]) -> tuple[str, ...]:
    text = "\n".join(texts)
    found = {name for name, pattern in CELLS.items() if re.search(pattern, text)}
    for start, cell in _TERM_CELLS.items():
        if any(term.startswith(start) for term in terms):
            found.add(cell)
    if any("tumor" in term or term in ("blasts_marrow", "cell_index") for term in terms):
        found.add("tumor")
    return tuple(name for name in CELLS if name in found)


def counted_species(model: Model) -> tuple[str, ...]:
    """Return the states of a model that have a reading as jumps of single entities.

    Parameters
    ----------
    model : Model

    Returns
    -------
    tuple of str
    """
    layout = compile_model(model).layout
    found = []
    for name in layout.state_index:
        try:
            lower_jumps(model, layout, [name])
        except CapabilityError:
            continue
        found.append(name)
    return tuple(found)


def known_cells(text: str) -> str:
    """Return the name of cells that somebody means.

    Parameters
    ----------
    text : str
        In any spelling: ``"car_t"``, ``"CAR T"``.

    Returns
    -------
    str

    Raises
    ------
    UnknownNameError
        Naming the known ones.
    """
    names = {_plain(name): name for name in CELLS}
    if _plain(text) not in names:
        raise UnknownNameError([unknown_name("kind of cell", text, CELLS)])
    return names[_plain(text)]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def fits(
    facts: Facts,
    *,
    cells: str = "",
    disease: str = "",
    endpoint: str = "",
    stochastic: bool = False,
    max_states: int | None = None,
) -> bool:
    """Tell whether an entry is among those that are asked for.

    Parameters
    ----------
    facts : Facts
    cells : str, optional
        A name of `CELLS`.
    disease : str, optional
        Words that title, population or description hold.
    endpoint : str, optional
        A term of the shared vocabulary or a part of one, as ``"tumor"``.
    stochastic : bool, optional
        Only those in which at least one state can be read as jumps.
    max_states : int, optional

    Returns
    -------
    bool

    Raises
    ------
    UnknownNameError
        When there are no such cells or no such term.
    """
    if endpoint and not any(endpoint in term for term in TERMS):
        raise UnknownNameError([unknown_name("endpoint", endpoint, TERMS)])
    if cells and known_cells(cells) not in facts.cells:
        return False
    text = " ".join((facts.name, facts.title, facts.population, facts.about)).lower()
    if disease and not all(word in text for word in disease.lower().split()):
        return False
    if endpoint and not any(endpoint in term for term in facts.terms):
        return False
    if stochastic and not facts.counted:
        return False
    return max_states is None or facts.states <= max_states


def search(facts: Facts, text: str) -> list[str]:
    """Say where in an entry every word of a text is found.

    Parameters
    ----------
    facts : Facts
    text : str

    Returns
    -------
    list of str
        As ``["id", "authors"]``; empty when a word is found nowhere.
    """
    fields = {
        "id": facts.id,
        "title": f"{facts.title} {facts.name}",
        "authors": " ".join(facts.authors),
        "doi": facts.doi,
        "population": f"{facts.organism} {facts.population}",
        "terms": " ".join((*facts.terms, *facts.cells)),
        "variants": " ".join(facts.variants),
        "description": facts.about,
    }
    words = text.lower().removeprefix("https://doi.org/").split()
    lowered = {name: content.lower() for name, content in fields.items()}
    if not words or not all(any(word in c for c in lowered.values()) for word in words):
        return []
    return [name for name, content in lowered.items() if any(word in content for word in words)]
