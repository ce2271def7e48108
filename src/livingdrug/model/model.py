"""The Model: an immutable description that holds no arrays, no solver and no subject."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from enum import Enum
from typing import Literal, Protocol, TypeVar

from livingdrug.core.errors import UnknownNameError, unknown_name
from livingdrug.core.source import Source
from livingdrug.model.event import DoseDefinition, DoseStandIn, Event
from livingdrug.model.expression.nodes import Node
from livingdrug.model.observable import Observable
from livingdrug.model.parameter import Covariate, Input, Parameter
from livingdrug.model.part import Part
from livingdrug.model.reaction import Assignment, Integral, PlainRate, Reaction
from livingdrug.model.species import Compartment, Species
from livingdrug.model.variability import IIV, Correlation, CovariateEffect

__all__ = ["DimensionPolicy", "Model", "Role"]

DimensionPolicy = Literal["strict", "warn", "off"]


class Role(Enum):
    """What determines a quantity in time."""

    CONSTANT = "constant"
    STATE = "state"
    ASSIGNED = "assigned"
    HELD = "held"
    ALGEBRAIC = "algebraic"
    INPUT = "input"
    INTEGRAL = "integral"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Model:
    """An immutable description of a model. Build it with `ModelBuilder`.

    Attributes
    ----------
    id, title : str
    organism : str
        ``"human"``, ``"mouse"``, ``"in vitro"``, ...: stands in every heading.
    population : str
        Whom the numbers describe: patients, n, disease, product.
    time_unit : str
    source : Source or None
    variant : str
    dimension_policy : {"strict", "warn", "off"}
    compartments, species, parameters, assignments, rates, reactions, events, doses, inputs, \
    integrals, observables, covariates : tuple
        The parts, in the order of the builder.
    algebraic : tuple of Node
        Expressions that have to be zero.
    algebraic_variables : tuple of str
        The quantities they determine.
    initial_assignments : tuple of (str, Node)
        Values at the start as expressions; they override the plain initial values.
    iiv : tuple of (str, IIV)
    correlations : tuple of Correlation
    covariate_effects : tuple of CovariateEffect
    dose_stand_in : DoseStandIn or None
    status : str
        Attached by the catalogue and not part of the hashes; empty for a model of one's own.
    notice : str
        What every result of the model has to say, as ``"uncalibrated: ..."``; it is in courses,
        manifests, reports and figures, and not part of the hashes. Empty for none.
    parts : tuple of Part
        Of a combined model, the models that it is made of; not part of the hashes.
    """

    id: str
    title: str = ""
    organism: str = ""
    population: str = ""
    time_unit: str = "day"
    source: Source | None = None
    variant: str = ""
    dimension_policy: DimensionPolicy = "warn"
    compartments: tuple[Compartment, ...] = ()
    species: tuple[Species, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    rates: tuple[PlainRate, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    events: tuple[Event, ...] = ()
    doses: tuple[DoseDefinition, ...] = ()
    inputs: tuple[Input, ...] = ()
    integrals: tuple[Integral, ...] = ()
    observables: tuple[Observable, ...] = ()
    covariates: tuple[Covariate, ...] = ()
    algebraic: tuple[Node, ...] = ()
    algebraic_variables: tuple[str, ...] = ()
    initial_assignments: tuple[tuple[str, Node], ...] = ()
    iiv: tuple[tuple[str, IIV], ...] = ()
    correlations: tuple[Correlation, ...] = ()
    covariate_effects: tuple[CovariateEffect, ...] = ()
    dose_stand_in: DoseStandIn | None = None
    status: str = ""
    notice: str = ""
    parts: tuple[Part, ...] = ()

    def parameter(self, name: str) -> Parameter:
        """Return a parameter.

        Parameters
        ----------
        name : str

        Returns
        -------
        Parameter

        Raises
        ------
        UnknownNameError
        """
        return _find(self.parameters, name, "parameter", self.id)

    def species_named(self, name: str) -> Species:
        """Return a species.

        Parameters
        ----------
        name : str

        Returns
        -------
        Species

        Raises
        ------
        UnknownNameError
        """
        return _find(self.species, name, "species", self.id)

    def dose(self, name: str) -> DoseDefinition:
        """Return a dose definition.

        Parameters
        ----------
        name : str

        Returns
        -------
        DoseDefinition

        Raises
        ------
        UnknownNameError
        """
        return _find(self.doses, name, "dose", self.id)

    @property
    def roles(self) -> Mapping[str, Role]:
        """What determines each quantity."""
        return _roles(self)

    @property
    def units(self) -> Mapping[str, str]:
        """Unit of each name that may stand in an expression."""
        return dict(_named_units(self))

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every publication that the model rests on: its own, or those of its parts."""
        found = [self.source, *(part.source for part in self.parts)]
        return tuple(dict.fromkeys(source for source in found if source is not None))

    @property
    def math_hash(self) -> str:
        """SHA-256 of equations, layout and events; the same for any values and texts."""
        return _hashes(self)[0]

    @property
    def evidence_hash(self) -> str:
        """SHA-256 of the mathematics and every value, unit, origin and variability."""
        return _hashes(self)[1]

    def __repr__(self) -> str:
        variant = f", variant {self.variant!r}" if self.variant else ""
        return (
            f"<Model {self.id}{variant}: {len(self.species)} species, "
            f"{len(self.parameters)} parameters, {self.organism or 'organism not stated'}, "
            f"status {self.status}>"
        )


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_NamedT = TypeVar("_NamedT", bound=_Named)


def _find(items: tuple[_NamedT, ...], name: str, kind: str, where: str) -> _NamedT:
    for item in items:
        if item.name == name:
            return item
    raise UnknownNameError([unknown_name(kind, name, [i.name for i in items], where=where)])


def _named_units(model: Model) -> Iterator[tuple[str, str]]:
    for group in (
        model.compartments,
        model.species,
        model.parameters,
        model.inputs,
        model.integrals,
        model.assignments,
    ):
        for item in group:
            yield item.name, item.unit


@functools.lru_cache(maxsize=256)
def _roles(model: Model) -> Mapping[str, Role]:
    roles: dict[str, Role] = {}
    for compartment in model.compartments:
        roles[compartment.name] = Role.CONSTANT
    for parameter in model.parameters:
        roles[parameter.name] = Role.CONSTANT
    for species in model.species:
        roles[species.name] = Role.CONSTANT if species.constant else Role.STATE
    for source in model.inputs:
        roles[source.name] = Role.INPUT
    for integral in model.integrals:
        roles[integral.name] = Role.INTEGRAL
    changed = {name for event in model.events for name, _ in event.assignments}
    changed |= {target.quantity for dose in model.doses for target in dose.targets}
    for name in changed:
        if roles.get(name) is Role.CONSTANT:
            roles[name] = Role.HELD
    for rate in model.rates:
        roles[rate.name] = Role.STATE
    for name in model.algebraic_variables:
        roles[name] = Role.ALGEBRAIC
    for assignment in model.assignments:
        roles[assignment.name] = Role.ASSIGNED
    return roles


_TEXT_FIELDS = {"doc", "title", "population", "source", "status", "notice", "symbol", "parts"}
_VALUE_FIELDS = {
    *_TEXT_FIELDS,
    "at",
    "origin",
    "unit",
    "value",
    "size",
    "initial",
    "lower",
    "upper",
    "below",
    "count_per_unit",
    "nominal",
    "default",
    "lloq",
    "residual",
    "assay",
    "term",
    "typical",
    "entity",
    "iiv",
    "correlations",
    "covariates",
    "covariate_effects",
    "dose_stand_in",
    "variant",
    "organism",
    "id",
    "dimension_policy",
    "time_unit",
}


@functools.lru_cache(maxsize=256)
def _hashes(model: Model) -> tuple[str, str]:
    return _digest(model, _VALUE_FIELDS), _digest(model, _TEXT_FIELDS)


def _digest(model: Model, left_out: set[str]) -> str:
    text = json.dumps(plain_data(model, left_out), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain_data(item: object, left_out: set[str]) -> object:
    """Turn a part of a model into plain data with a fixed order.

    Parameters
    ----------
    item : object
        A record of the model layer, a node, a tuple or a scalar.
    left_out : set of str
        Names of record fields to leave out.

    Returns
    -------
    object
        Dictionaries, lists, strings and numbers.
    """
    if isinstance(item, Node):
        return item.key.hex()
    if isinstance(item, Enum):
        return item.value
    if isinstance(item, tuple):
        return [plain_data(part, left_out) for part in item]
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return float(item).hex()  # 1 and 1.0 are one value
    if is_dataclass(item):
        return {
            field.name: plain_data(getattr(item, field.name), left_out)
            for field in fields(item)
            if field.name not in left_out
            and not (field.metadata.get("unhashed_default") and _is_default(item, field))
        }
    return item


def _is_default(item: object, field: Field[object]) -> bool:
    return bool(getattr(item, field.name) == field.default)
