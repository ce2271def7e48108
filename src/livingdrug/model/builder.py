"""ModelBuilder: the only mutable step on the way to a Model."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from livingdrug.core.errors import Issue, LivingDrugError, ModelError, raise_issues
from livingdrug.core.source import Origin, Source
from livingdrug.model.checks import check_model
from livingdrug.model.event import DoseDefinition, DoseStandIn, DoseTarget, Event
from livingdrug.model.expression.nodes import Node
from livingdrug.model.expression.parse import FunctionDefinition, parse
from livingdrug.model.model import DimensionPolicy, Model
from livingdrug.model.observable import Observable
from livingdrug.model.parameter import Covariate, Input, Parameter
from livingdrug.model.reaction import (
    Assignment,
    Integral,
    PlainRate,
    Reaction,
    parse_reaction,
)
from livingdrug.model.species import Compartment, Extinction, Species
from livingdrug.model.variability import IIV, Correlation, CovariateEffect, ResidualError

__all__ = ["ModelBuilder"]

Expression = str | float | Node
Over = Mapping[str, Sequence[str]]


class ModelBuilder:
    """Collect the parts of a model, then `build` it.

    Expressions are text in Python syntax, numbers, or nodes. A part that is wrong by itself
    (text that cannot be read) is kept as a problem; `build` reports all of them together.

    Parameters
    ----------
    id : str
        Short name, as ``"kimmel2021"``.
    title : str, optional
    organism : str, optional
        ``"human"``, ``"mouse"``, ``"in vitro"``.
    population : str, optional
        Whom the numbers describe.
    source : Source, optional
    variant : str, optional
    dimensions : {"strict", "warn", "off"}, optional
        What a dimension that does not fit means: an error, a warning, or nothing. ``"strict"``
        also asks for an origin and a locator on every number.
    time_unit : str, optional

    Examples
    --------
    >>> m = ModelBuilder("decay", organism="in vitro")
    >>> m.species("A", initial=10.0, unit="cell")
    >>> m.parameter("k", 0.5, "1/day")
    >>> m.reaction("loss", "A ->", rate="k * A")
    >>> model = m.build()
    >>> [reaction.name for reaction in model.reactions]
    ['loss']
    """

    def __init__(
        self,
        id: str,
        *,
        title: str = "",
        organism: str = "",
        population: str = "",
        source: Source | None = None,
        variant: str = "",
        dimensions: DimensionPolicy = "warn",
        time_unit: str = "day",
    ) -> None:
        self._model = Model(
            id=id,
            title=title,
            organism=organism,
            population=population,
            source=source,
            variant=variant,
            dimension_policy=dimensions,
            time_unit=time_unit,
        )
        self._parts: dict[str, list[object]] = {
            field.name: [] for field in dataclasses.fields(Model) if field.default == ()
        }
        self._functions: dict[str, FunctionDefinition] = {}
        self._stand_in: DoseStandIn | None = None
        self._issues: list[Issue] = []

    # -- quantities ---------------------------------------------------------------------------

    def compartment(
        self,
        name: str,
        size: float,
        unit: str,
        *,
        origin: Origin = Origin.ASSUMED,
        at: str = "",
        doc: str = "",
    ) -> None:
        """Add a compartment; see `Compartment`."""
        self._add("compartments", Compartment(name, float(size), unit, origin, at, doc))

    def species(
        self,
        name: str,
        *,
        initial: float,
        unit: str,
        compartment: str = "",
        only_substance: bool = False,
        boundary: bool = False,
        constant: bool = False,
        conversion_factor: str = "",
        count_per_unit: float | None = None,
        nominal: float | None = None,
        log_state: bool = False,
        non_negative: bool = True,
        extinct_below: float | None = None,
        term: str = "",
        symbol: str = "",
        origin: Origin = Origin.ASSUMED,
        at: str = "",
        doc: str = "",
        over: Over | None = None,
    ) -> None:
        """Add a species, or one for each index in `over`; see `Species`.

        Parameters
        ----------
        over : mapping, optional
            ``{"site": ["blood", "tumor"]}`` with the name ``"T_{site}"`` adds two species.
        """
        extinction = None if extinct_below is None else Extinction(extinct_below, origin, at)
        for index in _combinations(over):
            self._add(
                "species",
                Species(
                    _fill(name, index),
                    unit,
                    float(initial),
                    _fill(compartment, index),
                    only_substance,
                    boundary,
                    constant,
                    _fill(conversion_factor, index),
                    count_per_unit,
                    nominal,
                    log_state,
                    non_negative,
                    extinction,
                    _fill(term, index),
                    symbol,
                    origin,
                    at,
                    doc,
                ),
            )

    def parameter(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        origin: Origin = Origin.ASSUMED,
        at: str = "",
        lower: float = -math.inf,
        upper: float = math.inf,
        symbol: str = "",
        doc: str = "",
        iiv: IIV | None = None,
    ) -> None:
        """Add a parameter, with its variability between subjects; see `Parameter` and `IIV`."""
        self._add(
            "parameters",
            Parameter(name, float(value), unit, origin, at, lower, upper, symbol, doc),
        )
        if iiv is None:
            return
        if not isinstance(iiv, IIV):
            self._problem(
                f"parameter {name}",
                f"variability {iiv!r} has no scale",
                "write IIV.sd(...), IIV.variance(...) or IIV.cv(...)",
            )
            return
        if not iiv.at:
            iiv = dataclasses.replace(iiv, at=at)
        self._add("iiv", (name, iiv))

    def input(
        self,
        name: str,
        unit: str,
        *,
        default: float,
        interpolation: Literal["constant", "linear"] = "constant",
        at: str = "",
        doc: str = "",
    ) -> None:
        """Add a quantity that is given as a function of time; see `Input`."""
        self._add("inputs", Input(name, unit, float(default), interpolation, at, doc))

    def covariate(
        self, name: str, unit: str, *, reference: float, at: str = "", doc: str = ""
    ) -> None:
        """Add a covariate; see `Covariate`."""
        self._add("covariates", Covariate(name, unit, float(reference), at, doc))

    def initial(self, name: str, expression: Expression) -> None:
        """Give the value of a quantity at the start as an expression."""
        node = self._read(expression, f"initial value of {name}")
        self._add("initial_assignments", (name, node))

    # -- mathematics --------------------------------------------------------------------------

    def function(self, name: str, parameters: str, body: str) -> None:
        """Define a function of the model; it is expanded where it is called."""
        node = self._read(body, f"function {name}")
        names = tuple(part.strip() for part in parameters.split(",") if part.strip())
        self._functions[name] = FunctionDefinition(name, names, node)

    def assign(
        self, name: str, expression: Expression, unit: str, *, at: str = "", doc: str = ""
    ) -> None:
        """Add a quantity that is computed from others at every time."""
        node = self._read(expression, f"assignment {name}")
        self._add("assignments", Assignment(name, node, unit, at, doc))

    def rate(self, name: str, rate: Expression, *, at: str = "", doc: str = "") -> None:
        """Give the time derivative of a quantity as such; see `PlainRate`."""
        self._add("rates", PlainRate(name, self._read(rate, f"rate of {name}"), at, doc))

    def reaction(
        self,
        name: str,
        species: str,
        *,
        rate: Expression,
        reverse: Expression | None = None,
        at: str = "",
        doc: str = "",
        over: Over | None = None,
    ) -> None:
        """Add a reaction, or one for each index in `over`; see `Reaction`.

        Parameters
        ----------
        species : str
            As ``"A + 2 B -> C"``.
        reverse : str or Node, optional
            Rate of the opposite direction, which becomes a reaction of its own.
        """
        for index in _combinations(over):
            label = _fill(name, index)
            where = f"reaction {label}"
            try:
                reactants, products = parse_reaction(_fill(species, index), where=where)
            except ModelError as error:
                self._issues.extend(error.issues)
                continue
            law = self._read(_fill(rate, index), where)
            if reverse is None:
                self._add("reactions", Reaction(label, reactants, products, law, at, doc))
                continue
            back = self._read(_fill(reverse, index), f"{where}, reverse")
            self._add(
                "reactions", Reaction(f"{label}_forward", reactants, products, law, at, doc)
            )
            self._add(
                "reactions", Reaction(f"{label}_reverse", products, reactants, back, at, doc)
            )

    def algebraic(self, expression: Expression, determines: str) -> None:
        """Demand that an expression is zero, which determines one quantity."""
        self._add("algebraic", self._read(expression, f"algebraic rule for {determines}"))
        self._add("algebraic_variables", determines)

    def integral(
        self, name: str, integrand: Expression, unit: str, *, at: str = "", doc: str = ""
    ) -> None:
        """Add the integral of an expression from the start of the simulation."""
        node = self._read(integrand, f"integral {name}")
        self._add("integrals", Integral(name, node, unit, at, doc))

    def observable(
        self,
        name: str,
        expression: Expression,
        unit: str,
        *,
        lloq: float | None = None,
        residual: ResidualError | None = None,
        assay: str = "",
        term: str = "",
        at: str = "",
        doc: str = "",
    ) -> None:
        """Add what an assay sees; see `Observable`."""
        node = self._read(expression, f"observable {name}")
        self._add(
            "observables", Observable(name, node, unit, lloq, residual, assay, term, at, doc)
        )

    # -- events and doses ---------------------------------------------------------------------

    def event(
        self,
        name: str,
        assignments: Mapping[str, Expression],
        *,
        when: Expression | None = None,
        at_time: Expression | Sequence[Expression] | None = None,
        every: Expression | None = None,
        count: int = 0,
        delay: Expression | None = None,
        priority: Expression | None = None,
        persistent: bool = True,
        initial_value: bool = True,
        values_from_trigger: bool = True,
        at: str = "",
        doc: str = "",
    ) -> None:
        """Add an event, by condition (`when`) or by time (`at_time`); see `Event`."""
        where = f"event {name}"
        if (when is None) == (at_time is None):
            self._problem(where, "give either a condition `when` or a time `at_time`", "")
            return
        times: tuple[Node, ...] = ()
        if at_time is not None:
            given = [at_time] if isinstance(at_time, (str, int, float, Node)) else at_time
            times = tuple(self._read(time, where) for time in given)
        self._add(
            "events",
            Event(
                name,
                tuple((key, self._read(value, where)) for key, value in assignments.items()),
                self._read_optional(when, where),
                times,
                self._read_optional(every, where),
                count,
                self._read_optional(delay, where),
                self._read_optional(priority, where),
                persistent,
                initial_value,
                values_from_trigger,
                at,
                doc,
            ),
        )

    def dose(
        self,
        name: str,
        unit: str,
        targets: Mapping[str, Expression],
        *,
        mode: Literal["add", "assign"] = "add",
        entity: str = "",
        lag: Expression | None = None,
        typical: float | None = None,
        at: str = "",
        doc: str = "",
    ) -> None:
        """Declare a dose; see `DoseDefinition`.

        Parameters
        ----------
        targets : mapping from quantity to expression
            The expression may use ``dose``, the administered amount in `unit`.
        """
        where = f"dose {name}"
        parsed = tuple(DoseTarget(key, self._read(v, where), mode) for key, v in targets.items())
        lag_node = self._read_optional(lag, where)
        self._add("doses", DoseDefinition(name, unit, parsed, entity, lag_node, typical, at, doc))

    def dose_stand_in(self, quantity: str, reason: str) -> None:
        """Say which number stands for the infused dose in a model without one."""
        self._stand_in = DoseStandIn(quantity, reason)

    # -- variability --------------------------------------------------------------------------

    def correlation(
        self,
        parameters: Sequence[str],
        matrix: Sequence[Sequence[float]],
        *,
        origin: Origin = Origin.ESTIMATED,
        at: str = "",
    ) -> None:
        """Correlate the random effects of a block of parameters; see `Correlation`."""
        rows = tuple(tuple(float(value) for value in row) for row in matrix)
        self._add("correlations", Correlation(tuple(parameters), rows, origin, at))

    def covariate_effect(
        self,
        parameter: str,
        covariate: str,
        coefficient: float,
        *,
        form: Literal["exponential", "power", "linear"] = "exponential",
        origin: Origin = Origin.ESTIMATED,
        at: str = "",
    ) -> None:
        """Let a covariate shift a parameter; see `CovariateEffect`."""
        effect = CovariateEffect(parameter, covariate, form, float(coefficient), origin, at)
        self._add("covariate_effects", effect)

    # -- the end ------------------------------------------------------------------------------

    def build(self) -> Model:
        """Check everything and return the model.

        Returns
        -------
        Model

        Raises
        ------
        ModelError
            Listing every problem at once.
        """
        parts = {name: tuple(items) for name, items in self._parts.items()}
        model = dataclasses.replace(self._model, dose_stand_in=self._stand_in, **parts)  # type: ignore[arg-type]
        issues = list(self._issues)
        if not issues:
            issues = check_model(model)
        prefixed = [dataclasses.replace(i, where=_join(model.id, i.where)) for i in issues]
        raise_issues(prefixed, ModelError)
        return model

    def _add(self, group: str, item: object) -> None:
        self._parts[group].append(item)

    def _problem(self, where: str, message: str, fix: str) -> None:
        self._issues.append(Issue("error", where, message, fix))

    def _read(self, expression: Expression, where: str) -> Node:
        try:
            return parse(expression, where=where, functions=self._functions)
        except LivingDrugError as error:
            self._issues.extend(error.issues)
            return parse(0.0)

    def _read_optional(self, expression: Expression | None, where: str) -> Node | None:
        return None if expression is None else self._read(expression, where)


def _join(first: str, second: str) -> str:
    return f"{first}, {second}" if second else first


def _combinations(over: Over | None) -> Iterator[dict[str, str]]:
    keys = list(over or {})
    for values in itertools.product(*((over or {})[key] for key in keys)):
        yield dict(zip(keys, values, strict=True))


def _fill(text: Expression, index: Mapping[str, str]) -> str:
    return text.format(**index) if index and isinstance(text, str) else text  # type: ignore[return-value]


