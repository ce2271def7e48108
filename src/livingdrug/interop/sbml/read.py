"""read_sbml: from an SBML file to a Model."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.core.errors import CapabilityError, LivingDrugWarning, ModelError
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.nodes import Node, divide, multiply, symbol
from livingdrug.model.model import Model

if TYPE_CHECKING:
    import libsbml

    from livingdrug.interop.sbml.context import Context

__all__ = ["ChangedFileWarning", "Translation", "read_sbml", "translate_sbml"]


class ChangedFileWarning(LivingDrugWarning):
    """A file that livingdrug wrote was changed: numbers, or what only its annotations hold."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A model and what the ids of its file stand for.

    Attributes
    ----------
    model : Model
    symbols : dict from str to Node
        What each id of the file stands for in expressions of the model.
    amounts : dict from str to Node
        The amount of each species.
    concentrations : dict from str to Node
        The concentration of each species in a compartment with a size.
    """

    model: Model
    symbols: dict[str, Node]
    amounts: dict[str, Node]
    concentrations: dict[str, Node]


def read_sbml(path: str | os.PathLike[str]) -> Model:
    """Read a model from an SBML file.

    Parameters
    ----------
    path : str or path
        Levels 1 to 3 of core; models made of submodels (package ``comp``) come back flat.

    Returns
    -------
    Model
        In the unit of time of the file. A file of `write_sbml` gives the model back as it was;
        where only numbers were changed since, with these, whose origin is then ``assumed``.
        Otherwise every element keeps its id as its name, unless the id is a word of the
        expression language; then it gets an underscore at its end.

    Raises
    ------
    DataError
        When the file cannot be read, is too large (64 MiB), or declares a document type.
    ModelError
        When libSBML finds errors: its messages, with line numbers.
    CapabilityError
        Naming every element that cannot be translated.
    """
    from livingdrug.interop.sbml.annotation import own_model
    from livingdrug.interop.sbml.document import open_document

    document = open_document(path)
    with _named(path):
        own = own_model(document)
    shown = os.fspath(path)
    if own.changed:
        names = ", ".join(own.changed[:5]) + ", ..." * (len(own.changed) > 5)
        warnings.warn(
            f"{shown}: the value of {names} was changed since livingdrug wrote it and is now "
            "assumed; doses, variability and the origin of all other numbers are kept",
            ChangedFileWarning,
            stacklevel=2,
        )
    if own.model is not None:
        return own.model
    if own.present:
        warnings.warn(
            f"{shown}: was changed since livingdrug wrote it, and not only in its numbers, so "
            "doses, variability and origins in its annotations are not used",
            ChangedFileWarning,
            stacklevel=2,
        )
    return _translated(document, path).model


def translate_sbml(path: str | os.PathLike[str]) -> Translation:
    """Read a model, and say what the ids of the file stand for.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    Translation

    Raises
    ------
    DataError, ModelError, CapabilityError
        As `read_sbml`.
    """
    from livingdrug.interop.sbml.document import open_document

    return _translated(open_document(path), path)


def _translated(document: libsbml.SBMLDocument, path: str | os.PathLike[str]) -> Translation:
    with _named(path):
        return _translate(document.getModel(), Path(path).stem)


@contextlib.contextmanager
def _named(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put the path in front of the places in errors."""
    try:
        yield
    except (ModelError, CapabilityError) as error:
        shown = os.fspath(path)
        issues = [
            dataclasses.replace(item, where=_join(shown, item.where)) for item in error.issues
        ]
        raise type(error)(issues) from error


def _join(first: str, second: str) -> str:
    return f"{first}, {second}" if second else first


def _translate(source: libsbml.Model, stem: str) -> Translation:
    from livingdrug.interop.sbml.algebraic import add_algebraic_rules
    from livingdrug.interop.sbml.context import Context
    from livingdrug.interop.sbml.events import add_constraints, add_events
    from livingdrug.interop.sbml.quantities import (
        add_compartments,
        add_parameters,
        add_species,
        check_starts,
        name_quantities,
        read_rules,
    )
    from livingdrug.interop.sbml.reactions import add_reactions, name_reactions

    builder = ModelBuilder(
        source.getId() or re.sub(r"\W", "_", stem),
        title=source.getName() or source.getId(),
        dimensions="off",  # units are kept as text; libSBML checks whether they fit
        time_unit=_time_unit(source),
    )
    context = Context(source, builder)
    name_quantities(context)
    name_reactions(context)
    read_rules(context)
    add_compartments(context)
    add_parameters(context)
    add_species(context)
    add_reactions(context)
    check_starts(context, add_algebraic_rules(context))
    add_events(context)
    add_constraints(context)
    if context.issues:
        raise CapabilityError(context.issues)
    model = builder.build()
    return Translation(model, *_meanings(context, model))


def _time_unit(source: libsbml.Model) -> str:
    """Return the unit of time: seconds in Levels 1 and 2, ``"1"`` where Level 3 says nothing."""
    from livingdrug.interop.sbml.units import UnitTexts

    units = UnitTexts(source)
    return units["time"] if source.getLevel() < 3 else units.text(source.getTimeUnits())


def _meanings(
    context: Context, model: Model
) -> tuple[dict[str, Node], dict[str, Node], dict[str, Node]]:
    known = set(model.units)
    symbols = dict(context.values)
    symbols |= {key: symbol(name) for key, name in context.names.items() if name in known}
    species = {item.name: item for item in model.species}
    amounts, concentrations = {}, {}
    for place in range(context.model.getNumSpecies()):
        sbml_id = context.model.getSpecies(place).getId()
        item = species[context.names[sbml_id]]
        own, size = symbol(item.name), symbol(item.compartment)
        amounts[sbml_id] = multiply(own, size) if item.is_concentration else own
        concentrations[sbml_id] = own if item.is_concentration else divide(own, size)
    return symbols, amounts, concentrations
