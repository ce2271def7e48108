"""What all parts of a translation share: ids and names, who determines what, expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libsbml

from livingdrug.core.errors import CapabilityError, Issue
from livingdrug.interop.sbml.math import identifiers, translate
from livingdrug.interop.sbml.units import UnitTexts
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.expression.nodes import ONE, ZERO, Node, symbol
from livingdrug.model.name_checks import is_usable_name

__all__ = ["Context"]


class Context:
    """A model on its way from SBML.

    Parameters
    ----------
    model : libsbml.Model
    builder : ModelBuilder

    Attributes
    ----------
    names : dict from str to str
        Name in the `Model` of each id.
    values : dict from str to Node
        What ids stand for that are no quantities of the `Model`: rates of reactions, fixed
        stoichiometries.
    assigned, rated : dict from str to Node
        Variables of rules.
    initial : dict from str to Node
        Symbols of initial assignments.
    events : set of str
        Variables that events change.
    issues : list of Issue
        Everything that cannot be translated.
    """

    def __init__(self, model: libsbml.Model, builder: ModelBuilder) -> None:
        self.model = model
        self.builder = builder
        self.units = UnitTexts(model)
        self.functions = {
            model.getFunctionDefinition(k).getId(): model.getFunctionDefinition(k)
            for k in range(model.getNumFunctionDefinitions())
        }
        self.names: dict[str, str] = {}
        self.values: dict[str, Node] = {}
        self.issues: list[Issue] = []
        self._taken: set[str] = set()
        self.used = {name for tree in every_expression(model) for name in identifiers(tree)}
        self.assigned: dict[str, Node] = {}
        self.rated: dict[str, Node] = {}
        self.initial: dict[str, Node] = {}
        self.events = {
            assignment.getVariable()
            for event in event_list(model)
            for assignment in _parts(event, "EventAssignment")
            if assignment.isSetMath()
        }

    def name(self, sbml_id: str) -> str:
        """Give an id its name in the model, another one where the id is a word of ours.

        Parameters
        ----------
        sbml_id : str

        Returns
        -------
        str
        """
        if sbml_id not in self.names:
            self.names[sbml_id] = self.free_name(sbml_id)
        return self.names[sbml_id]

    def free_name(self, wanted: str) -> str:
        """Return a name that nothing else has.

        Parameters
        ----------
        wanted : str

        Returns
        -------
        str
        """
        name = wanted
        others = set(self.names) - {wanted}
        while not is_usable_name(name) or name in self._taken or name in others:
            name += "_"
        self._taken.add(name)
        return name

    def refuse(self, where: str, message: str, fix: str = "") -> None:
        """Keep a reason why this file cannot be read.

        Parameters
        ----------
        where, message, fix : str
        """
        self.issues.append(Issue("error", where, message, fix))

    def read(
        self, tree: libsbml.ASTNode, where: str, local: Mapping[str, str] | None = None
    ) -> Node:
        """Translate an expression; what cannot be translated is kept as an issue.

        Parameters
        ----------
        tree : libsbml.ASTNode
        where : str
        local : mapping from str to str, optional
            Local parameters of a kinetic law: id to name.

        Returns
        -------
        Node
        """

        def find(sbml_id: str) -> Node:
            if local and sbml_id in local:
                return symbol(local[sbml_id])
            return self.symbol(sbml_id, where)

        try:
            return translate(tree, find, self.functions, where, self.units)
        except CapabilityError as error:
            self.issues += [Issue("error", "", issue.message) for issue in error.issues]
            return ZERO

    def symbol(self, sbml_id: str, where: str) -> Node:
        """Return what an id stands for.

        Parameters
        ----------
        sbml_id : str
        where : str

        Returns
        -------
        Node
        """
        if sbml_id in self.names:
            return symbol(self.names[sbml_id])
        self.refuse(where, f"names {sbml_id!r}, which the file does not define")
        return ONE

    def is_determined(self, sbml_id: str) -> bool:
        """Tell whether a rule or an initial assignment gives the value at the start.

        Parameters
        ----------
        sbml_id : str

        Returns
        -------
        bool
        """
        return sbml_id in self.assigned or sbml_id in self.initial


def _parts(element: object, kind: str) -> Iterator[libsbml.SBase]:
    for place in range(getattr(element, f"getNum{kind}s")()):
        yield getattr(element, f"get{kind}")(place)


def event_list(model: libsbml.Model) -> Iterator[libsbml.Event]:
    """List the events of a model.

    Parameters
    ----------
    model : libsbml.Model

    Yields
    ------
    libsbml.Event
    """
    return _parts(model, "Event")


def every_expression(model: libsbml.Model) -> Iterator[libsbml.ASTNode]:
    """List every expression of a model.

    Parameters
    ----------
    model : libsbml.Model

    Yields
    ------
    libsbml.ASTNode
    """
    for kind in ("FunctionDefinition", "Rule", "InitialAssignment", "Constraint"):
        for item in _parts(model, kind):
            if item.isSetMath():
                yield item.getMath()
    for reaction in _parts(model, "Reaction"):
        law = reaction.getKineticLaw()
        if law is not None and law.isSetMath():
            yield law.getMath()
        for side in ("Reactant", "Product"):
            for reference in _parts(reaction, side):
                holder = reference.getStoichiometryMath()
                if holder is not None and holder.isSetMath():
                    yield holder.getMath()
    for event in event_list(model):
        holders = [event.getTrigger(), event.getDelay(), event.getPriority()]
        for holder in [*holders, *_parts(event, "EventAssignment")]:
            if holder is not None and holder.isSetMath():
                yield holder.getMath()
