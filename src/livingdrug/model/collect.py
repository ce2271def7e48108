"""What all parts of the builder share: collecting parts, reading expressions, keeping problems."""

from __future__ import annotations

import dataclasses
import itertools
import numbers
from collections.abc import Iterator, Mapping, Sequence

from livingdrug.core.errors import Issue, LivingDrugError
from livingdrug.core.source import Source
from livingdrug.model.event import DoseStandIn
from livingdrug.model.expression.nodes import Node
from livingdrug.model.expression.parse import FunctionDefinition, parse
from livingdrug.model.model import DimensionPolicy, Model

__all__ = ["AbstractCollector", "Expression", "Over"]

Expression = str | float | Node
Over = Mapping[str, Sequence[str]]


class AbstractCollector:
    """Hold the parts of a model, and the problems found so far."""

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
        notice: str = "",
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
            notice=notice,
        )
        self._parts: dict[str, list[object]] = {
            field.name: [] for field in dataclasses.fields(Model) if field.default == ()
        }
        self._functions: dict[str, FunctionDefinition] = {}
        self._stand_in: DoseStandIn | None = None
        self._issues: list[Issue] = []

    def _add(self, group: str, item: object) -> None:
        self._parts[group].append(item)

    def _problem(self, where: str, message: str, fix: str) -> None:
        self._issues.append(Issue("error", where, message, fix))

    def _keep(self, error: LivingDrugError, where: str) -> None:
        """Keep the issues of an error whose messages begin with the place."""
        for issue in error.issues:
            self._problem(where, issue.message.removeprefix(f"{where}: "), issue.fix)

    def _read(self, expression: Expression, where: str) -> Node:
        try:
            return parse(expression, where=where, functions=self._functions)
        except LivingDrugError as error:
            self._keep(error, where)
            return parse(0.0)

    def _read_optional(self, expression: Expression | None, where: str) -> Node | None:
        return None if expression is None else self._read(expression, where)

    def _number(self, value: object, where: str) -> float:
        """Return a number as it was given, so that text such as "0.5" is not taken for one."""
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            self._problem(where, f"{value!r} is not a number", "")
            return 1.0  # inside most bounds, so that no second problem follows from the first
        return float(value)

    def _number_or_none(self, value: object, where: str) -> float | None:
        return None if value is None else self._number(value, where)

    def _indices(self, over: Over | None, where: str) -> Iterator[dict[str, str]]:
        """Return one index-to-name mapping for each combination in `over`."""
        for key, names in (over or {}).items():
            if isinstance(names, str) or not names:
                self._problem(where, f"over {key!r}: {names!r} is not a list of names", "")
                return
        keys = list(over or {})
        for values in itertools.product(*((over or {})[key] for key in keys)):
            yield dict(zip(keys, values, strict=True))

    def _fill(self, text: str, index: Mapping[str, str], where: str) -> str:
        """Put the indices into the braces of a text."""
        try:
            return text.format(**index) if index else text
        except (LookupError, ValueError):
            known = ", ".join(f"{{{key}}}" for key in index)
            self._problem(where, f"cannot fill the braces in {text!r}", f"known: {known}")
            return text

    def _read_filled(self, expression: Expression, index: Mapping[str, str], where: str) -> Node:
        if isinstance(expression, str):
            expression = self._fill(expression, index, where)
        return self._read(expression, where)
