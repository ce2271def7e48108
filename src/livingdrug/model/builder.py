"""ModelBuilder: the only mutable step on the way to a Model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from livingdrug.core.errors import ModelError, raise_issues
from livingdrug.core.source import Origin
from livingdrug.model.checks import check_model
from livingdrug.model.collect import Expression, Over
from livingdrug.model.collect_quantities import AbstractQuantityCollector
from livingdrug.model.event import DoseDefinition, DoseStandIn, DoseTarget, Event
from livingdrug.model.expression.nodes import Node
from livingdrug.model.expression.parse import FunctionDefinition
from livingdrug.model.model import Model
from livingdrug.model.observable import Observable
from livingdrug.model.reaction import (
    Assignment,
    Integral,
    PlainRate,
    Reaction,
    parse_reaction,
)
from livingdrug.model.variability import Correlation, CovariateEffect, ResidualError

__all__ = ["ModelBuilder"]


class ModelBuilder(AbstractQuantityCollector):
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
    notice : str, optional
        What every result has to say; see `Model`.

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
        net: bool = False,
        fast: bool = False,
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
        net : bool, optional
            The rate may be negative; the reaction then has no reading as jumps.
        fast : bool, optional
            In equilibrium at all times.
        """
        for index in self._indices(over, f"reaction {name}"):
            label = self._fill(name, index, f"reaction {name}")
            where = f"reaction {label}"
            law = self._read_filled(rate, index, where)
            back = None
            if reverse is not None:
                back = self._read_filled(reverse, index, f"{where}, reverse")
            try:
                reactants, products = parse_reaction(self._fill(species, index, where), where=where)
            except ModelError as error:
                self._keep(error, where)
                continue
            if back is None:
                self._add(
                    "reactions", Reaction(label, reactants, products, law, net, at, doc, fast)
                )
                continue
            rest = (net, at, doc, fast)
            forward = Reaction(f"{label}_forward", reactants, products, law, *rest)
            self._add("reactions", forward)
            backward = Reaction(f"{label}_reverse", products, reactants, back, *rest)
            self._add("reactions", backward)

    def add_reaction(self, reaction: Reaction) -> None:
        """Add a reaction that is a record already, as a translation from another format has it."""
        self._add("reactions", reaction)

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
        where = f"observable {name}"
        given: object = residual  # a bare number is what callers try first
        if given is not None and not isinstance(given, ResidualError):
            self._problem(
                where,
                f"residual error {given!r} has no scale",
                "write ResidualError('proportional', ...), 'log_additive' or 'additive', or "
                "ResidualError.combined(...)",
            )
            residual = None
        node = self._read(expression, where)
        limit = self._number_or_none(lloq, where)
        self._add(
            "observables", Observable(name, node, unit, limit, residual, assay, term, at, doc)
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
        amount = self._number_or_none(typical, where)
        self._add("doses", DoseDefinition(name, unit, parsed, entity, lag_node, amount, at, doc))

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
        where = "correlation of " + ", ".join(parameters)
        rows = tuple(tuple(self._number(value, where) for value in row) for row in matrix)
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
        number = self._number(coefficient, f"effect of {covariate} on {parameter}")
        effect = CovariateEffect(parameter, covariate, form, number, origin, at)
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
        issues = [*self._issues, *check_model(model)]
        prefixed = [dataclasses.replace(i, where=_join(model.id, i.where)) for i in issues]
        try:
            raise_issues(prefixed, ModelError)
        except ModelError as error:
            error.draft = model  # for checks that tell about everything at once
            raise
        return model


def _join(first: str, second: str) -> str:
    return f"{first}, {second}" if second else first
