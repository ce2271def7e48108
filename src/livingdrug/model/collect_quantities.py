"""The part of the builder that declares quantities."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal

from livingdrug.core.source import Origin
from livingdrug.model.collect import AbstractCollector, Expression, Over
from livingdrug.model.parameter import Covariate, Input, Parameter
from livingdrug.model.species import Compartment, Extinction, Species
from livingdrug.model.variability import IIV

__all__ = ["AbstractQuantityCollector"]


class AbstractQuantityCollector(AbstractCollector):
    """Declare compartments, species, parameters, inputs, covariates and initial values."""

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
        self._add(
            "compartments",
            Compartment(name, self._number(size, f"compartment {name}"), unit, origin, at, doc),
        )

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
        where = f"species {name}"
        below = self._number_or_none(extinct_below, where)
        extinction = None if below is None else Extinction(below, origin, at)
        for index in self._indices(over, where):
            self._add(
                "species",
                Species(
                    self._fill(name, index, where),
                    unit,
                    self._number(initial, where),
                    self._fill(compartment, index, where),
                    only_substance,
                    boundary,
                    constant,
                    self._fill(conversion_factor, index, where),
                    self._number_or_none(count_per_unit, where),
                    self._number_or_none(nominal, where),
                    log_state,
                    non_negative,
                    extinction,
                    self._fill(term, index, where),
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
        where = f"parameter {name}"
        number = self._number(value, where)
        low, high = self._number(lower, where), self._number(upper, where)
        self._add("parameters", Parameter(name, number, unit, origin, at, low, high, symbol, doc))
        if iiv is None:
            return
        given: object = iiv  # a bare number is what callers try first
        if not isinstance(given, IIV):
            self._problem(
                where,
                f"variability {given!r} has no scale",
                "write IIV.sd(...), IIV.variance(...) or IIV.cv(...)",
            )
            iiv = IIV.sd(0.0)  # so that a correlation still finds it
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
        number = self._number(default, f"input {name}")
        self._add("inputs", Input(name, unit, number, interpolation, at, doc))

    def covariate(
        self, name: str, unit: str, *, reference: float, at: str = "", doc: str = ""
    ) -> None:
        """Add a covariate; see `Covariate`."""
        number = self._number(reference, f"covariate {name}")
        self._add("covariates", Covariate(name, unit, number, at, doc))

    def initial(self, name: str, expression: Expression) -> None:
        """Give the value of a quantity at the start as an expression."""
        node = self._read(expression, f"initial value of {name}")
        self._add("initial_assignments", (name, node))
