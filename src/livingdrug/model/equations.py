"""The equations of a model one by one, as text and as LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from livingdrug.model.event import DoseDefinition, Event
from livingdrug.model.expression.nodes import Node, add, multiply, negate, number, symbol
from livingdrug.model.expression.text import format_number, symbol_latex, to_latex, to_text
from livingdrug.model.model import Model, Role
from livingdrug.model.parameter import Parameter
from livingdrug.model.species import Compartment, Species

__all__ = ["Equation", "equations_of", "unit_latex"]

_LONG = 90  # characters of LaTeX after which a sum gets one line for each term


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation of a model.

    Attributes
    ----------
    group : {"initial value", "assigned", "rate of change", "equilibrium", "integral", \
"algebraic", "event", "dose", "observable"}
    name : str
        Quantity, event or dose.
    text, latex : str
    at, doc : str
    """

    group: str
    name: str
    text: str
    latex: str
    at: str = ""
    doc: str = ""

    @property
    def label(self) -> str:
        """The group and the name."""
        return f"{self.group} {self.name}" if self.name else self.group


def equations_of(model: Model) -> Iterator[Equation]:
    """List the equations of a model.

    Parameters
    ----------
    model : Model

    Yields
    ------
    Equation
        Initial values, assignments, the derivative of each state as the sum of its reactions,
        the equilibrium of the fast ones, integrals, algebraic rules, events, doses and
        observables, in this order.
    """
    printer = _Printer(model)
    yield from printer.initial_values()
    for item in model.assignments:
        yield printer.equation("assigned", item.name, item.name, item.expression, item)
    yield from printer.derivatives()
    yield from printer.equilibria()
    for integral in model.integrals:
        yield printer.derivative("integral", integral.name, [integral.integrand], integral)
    for rule, name in zip(model.algebraic, model.algebraic_variables, strict=False):
        latex = f"0 = {printer.latex(rule)}"
        yield Equation("algebraic", name, f"0 = {to_text(rule)}", latex)
    for event in model.events:
        yield printer.event(event)
    for dose in model.doses:
        yield printer.dose(dose)
    for seen in model.observables:
        yield printer.equation("observable", seen.name, seen.name, seen.expression, seen)


def unit_latex(unit: str) -> str:
    r"""Write a unit as LaTeX.

    Parameters
    ----------
    unit : str

    Returns
    -------
    str
        Empty for a plain number.

    Examples
    --------
    >>> print(unit_latex("cell/uL"))
    \,\text{cell/uL}
    """
    if unit in ("", "1"):
        return ""
    escaped = "".join(f"\\{letter}" if letter in "%_#&$" else letter for letter in unit)
    raised = escaped.replace("^", "\\^{}")
    return rf"\,\text{{{raised}}}"


class _Printer:
    def __init__(self, model: Model) -> None:
        self.model = model
        named: tuple[Species | Parameter, ...] = (*model.species, *model.parameters)
        self.symbols = {name: _name_latex(name) for name in model.units}
        self.symbols |= {item.name: _name_latex(item.name) for item in model.observables}
        self.symbols |= {item.name: _name_latex(item.symbol) for item in named if item.symbol}

    def latex(self, node: Node) -> str:
        return to_latex(node, self.symbols)

    def sign(self, name: str) -> str:
        return self.symbols.get(name, _name_latex(name))

    def equation(self, group: str, name: str, left: str, node: Node, item: object) -> Equation:
        text = f"{left} = {to_text(node)}"
        latex = f"{self.sign(name)} = {self.latex(node)}"
        return Equation(group, name, text, latex, *_located(item))

    def initial_values(self) -> Iterator[Equation]:
        given = dict(self.model.initial_assignments)
        roles = self.model.roles
        for species in self.model.species:
            if species.name in given or roles[species.name] is Role.ASSIGNED:
                continue
            unit = "" if species.unit in ("", "1") else f" {species.unit}"
            value = to_latex(number(species.initial))
            yield Equation(
                "initial value",
                species.name,
                f"{species.name}(start) = {format_number(species.initial)}{unit}",
                f"{self.sign(species.name)}(t_0) = {value}{unit_latex(species.unit)}",
                species.at,
            )
        for name, node in given.items():
            latex = f"{self.sign(name)}(t_0) = {self.latex(node)}"
            yield Equation("initial value", name, f"{name}(start) = {to_text(node)}", latex)

    def derivatives(self) -> Iterator[Equation]:
        rates = {item.name: item for item in self.model.rates}
        roles = self.model.roles
        model = self.model
        changing: tuple[Species | Parameter | Compartment, ...] = (
            *model.species,
            *model.parameters,
            *model.compartments,
        )
        for item in changing:
            if item.name in rates:
                rate = rates[item.name]
                yield self.derivative("rate of change", item.name, [rate.rate], rate)
            elif isinstance(item, Species) and roles[item.name] is Role.STATE:
                terms, places = self.terms(item)
                yield self.derivative("rate of change", item.name, terms, None, places, item)

    def terms(self, species: Species) -> tuple[list[Node], str]:
        """Return what each reaction adds to a species, and the locators."""
        terms: list[Node] = []
        places: list[str] = []
        if species.boundary:
            return terms, ""
        for reaction in self.model.reactions:
            if reaction.fast:
                continue
            for sign, side in ((-1, reaction.reactants), (1, reaction.products)):
                for name, count in side:
                    if name == species.name:
                        term = multiply(count, reaction.rate)
                        if species.conversion_factor:
                            term = multiply(symbol(species.conversion_factor), term)
                        terms.append(term if sign > 0 else negate(term))
                        places.append(reaction.at)
        return terms, ", ".join(dict.fromkeys(place for place in places if place))

    def equilibria(self) -> Iterator[Equation]:
        """Yield where each fast reaction leads: ever on, while its rate is not balanced."""
        for item in self.model.reactions:
            if item.fast:
                latex = r" \rightleftharpoons ".join(
                    self.latex(add(*(multiply(count, symbol(name)) for name, count in side)))
                    if side
                    else r"\varnothing"
                    for side in (item.reactants, item.products)
                )
                latex += rf"\text{{ at once, by }} {self.latex(item.rate)}"
                text = f"{item.text} at once, by {to_text(item.rate)}"
                yield Equation("equilibrium", item.name, text, latex, item.at, item.doc)

    def derivative(
        self,
        group: str,
        name: str,
        terms: Sequence[Node],
        item: object,
        places: str = "",
        species: Species | None = None,
    ) -> Equation:
        amount = species is not None and species.is_concentration
        size = species.compartment if species else ""
        text_name = f"({name} * {size})" if amount else name if len(name) == 1 else f"({name})"
        sign = self.sign(name)
        if amount:
            sign = rf"({sign} \, {self.sign(size)})"
        text = f"d{text_name}/dt = {to_text(add(*terms))}"
        left = rf"\frac{{d {sign}}}{{d t}}"
        latex = f"{left} = {self.latex(add(*terms))}"
        if len(terms) > 1 and len(latex) > _LONG:
            first, *others = [self.latex(term) for term in terms]
            others = [row if row.startswith("-") else f"+ {row}" for row in others]
            body = r" \\ & \quad ".join([first, *others])
            latex = rf"\begin{{aligned}} {left} = {{}} & {body} \end{{aligned}}"
        at, doc = _located(item)
        return Equation(group, name, text, latex, at or places, doc)

    def event(self, event: Event) -> Equation:
        when, when_latex = self._timing(event)
        writes = [f"{name} := {to_text(node)}" for name, node in event.assignments]
        writes_latex = [
            rf"{self.sign(name)} \leftarrow {self.latex(node)}" for name, node in event.assignments
        ]
        notes = list(self._notes(event))
        text = f"{when}{''.join(f', {words}' for words, _ in notes)}"
        text += f": {'; '.join(writes) or 'recorded'}"
        latex = when_latex + "".join(rf"\text{{, {before}}}" for _, before in notes)
        latex += r":\quad " + (r",\quad ".join(writes_latex) or r"\text{recorded}")
        return Equation("event", event.name, text, latex, event.at, event.doc)

    def _notes(self, event: Event) -> Iterator[tuple[str, str]]:
        """Say what else governs an event, as text and as the inside of a LaTeX text."""
        if event.delay is not None:
            lag = f"${self.latex(event.delay)}$"
            yield f"after a delay of {to_text(event.delay)}", f"after a delay of {lag}"
            if not event.values_from_trigger:
                yield ("with values from the time of execution",) * 2
        if event.priority is not None:
            rank = f"${self.latex(event.priority)}$"
            yield f"priority {to_text(event.priority)}", f"priority {rank}"
        if not event.persistent:
            yield ("only if the condition still holds",) * 2
        if event.trigger is not None and not event.initial_value:
            yield ("also if the condition holds at the start",) * 2

    def _timing(self, event: Event) -> tuple[str, str]:
        if event.trigger is not None:
            return (
                f"when {to_text(event.trigger)}",
                rf"\text{{when }} {self.latex(event.trigger)}",
            )
        text = "at time " + ", ".join(to_text(time) for time in event.times)
        latex = "t = " + r",\ ".join(self.latex(time) for time in event.times)
        if event.every is not None:
            text += f" and {event.count} times more, every {to_text(event.every)}"
            latex += rf"\ \text{{and {event.count} times more, every }} {self.latex(event.every)}"
        return text, latex

    def dose(self, dose: DoseDefinition) -> Equation:
        texts, latexes = [], []
        for target in dose.targets:
            sign, amount = self.sign(target.quantity), self.latex(target.amount)
            if target.mode == "add":
                texts.append(f"{target.quantity} += {to_text(target.amount)}")
                latexes.append(rf"{sign} \leftarrow {sign} + {amount}")
            else:
                texts.append(f"{target.quantity} := {to_text(target.amount)}")
                latexes.append(rf"{sign} \leftarrow {amount}")
        lag = "" if dose.lag is None else f" after a lag of {to_text(dose.lag)}"
        text = f"dose in {dose.unit}{lag}: {'; '.join(texts)}"
        latex = r",\quad ".join(latexes)
        if dose.lag is not None:
            latex += rf"\quad \text{{after }} {self.latex(dose.lag)}"
        return Equation("dose", dose.name, text, latex, dose.at, dose.doc)


def _name_latex(name: str) -> str:
    """Write a symbol with its index; a name made of words stays one word."""
    latex = symbol_latex(name)
    if not latex.startswith(r"\mathrm"):
        return latex
    escaped = name.replace("_", r"\_")
    return rf"\mathrm{{{escaped}}}"


def _located(item: object) -> tuple[str, str]:
    return str(getattr(item, "at", "")), str(getattr(item, "doc", ""))
