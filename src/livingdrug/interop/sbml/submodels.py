"""rateOf in submodels with a clock of their own, which libSBML's flattening leaves as it is.

In a submodel with a time conversion factor, ``rateOf(x)`` is the change of x in a unit of the
submodel's time, as its rate rules are. libSBML converts these, and csymbol time and delay, but not
rateOf. So before the flattening it becomes ``rateOf(x) / rateOf(clock)``, with a clock of the
submodel that runs at 1; afterwards the rate of the clock is written out, and the clock left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libsbml

__all__ = ["convert_times", "has_conversion", "holds_rates", "restore_rates", "submodels_of"]

_CLOCK = "livingdrug_clock_of_the_submodel"


def submodels_of(document: libsbml.SBMLDocument) -> Iterator[libsbml.Submodel]:
    """List the submodels of every model of a file.

    Parameters
    ----------
    document : libsbml.SBMLDocument

    Yields
    ------
    libsbml.Submodel
    """
    for model in (document.getModel(), *_definitions(document)):
        plugin = None if model is None else model.getPlugin("comp")
        if plugin is not None:
            for place in range(plugin.getNumSubmodels()):
                yield plugin.getSubmodel(place)


def has_conversion(document: libsbml.SBMLDocument) -> bool:
    """Tell whether any submodel has a time of its own.

    Parameters
    ----------
    document : libsbml.SBMLDocument

    Returns
    -------
    bool
    """
    return any(item.isSetTimeConversionFactor() for item in submodels_of(document))


def holds_rates(document: libsbml.SBMLDocument) -> bool:
    """Tell whether any expression of a file asks for a rate of change.

    Parameters
    ----------
    document : libsbml.SBMLDocument

    Returns
    -------
    bool
    """
    models = (document.getModel(), *_definitions(document))
    return any(_rates(item.getMath()) for m in models if m is not None for item in _holders(m))


def convert_times(document: libsbml.SBMLDocument) -> None:
    """Write rates of change in model definitions over the rate of a clock, where that differs.

    Parameters
    ----------
    document : libsbml.SBMLDocument
        Changed.
    """
    if not has_conversion(document):
        return
    for model in _definitions(document):
        holders = [item for item in _holders(model) if _rates(item.getMath())]
        for item in holders:
            item.setMath(_replaced(item.getMath(), _is_rate, _over_clock))
        if holders:
            clock = model.createParameter()
            clock.setId(_CLOCK)
            clock.setConstant(False)
            clock.setValue(0.0)
            rule = model.createRateRule()
            rule.setVariable(_CLOCK)
            rule.setMath(libsbml.parseL3Formula("1"))


def restore_rates(document: libsbml.SBMLDocument) -> None:
    """Write out the rates of the clocks of a flat model, and take the clocks out.

    Parameters
    ----------
    document : libsbml.SBMLDocument
        Changed.
    """
    model = document.getModel()
    clocks = [
        name
        for name in (model.getParameter(k).getId() for k in range(model.getNumParameters()))
        if name.endswith(_CLOCK)
    ]
    speeds = {name: model.getRateRule(name).getMath().deepCopy() for name in clocks}
    for name in clocks:
        model.removeRule(name)
        model.removeParameter(name)
    if not clocks:
        return

    def is_clock(node: libsbml.ASTNode) -> bool:
        return _is_rate(node) and node.getChild(0).getName() in speeds

    def speed(node: libsbml.ASTNode) -> libsbml.ASTNode:
        return speeds[node.getChild(0).getName()].deepCopy()

    for item in _holders(model):
        if _rates(item.getMath()):
            item.setMath(_replaced(item.getMath(), is_clock, speed))


def _definitions(document: libsbml.SBMLDocument) -> list[libsbml.Model]:
    plugin = document.getPlugin("comp")
    if plugin is None:
        return []
    return [plugin.getModelDefinition(k) for k in range(plugin.getNumModelDefinitions())]


def _holders(model: libsbml.Model) -> list[libsbml.SBase]:
    """Return the elements of a model that have mathematics."""
    listing = model.getListOfAllElements()
    found = [listing.get(k) for k in range(listing.getSize())]
    return [item for item in found if hasattr(item, "setMath") and item.isSetMath()]


def _rates(tree: libsbml.ASTNode) -> bool:
    return _is_rate(tree) or any(_rates(tree.getChild(k)) for k in range(tree.getNumChildren()))


def _is_rate(node: libsbml.ASTNode) -> bool:
    return bool(node.getType() == libsbml.AST_FUNCTION_RATE_OF and node.getNumChildren() == 1)


def _over_clock(node: libsbml.ASTNode) -> libsbml.ASTNode:
    clock = node.deepCopy()
    clock.getChild(0).setName(_CLOCK)
    ratio = libsbml.ASTNode(libsbml.AST_DIVIDE)
    ratio.addChild(node.deepCopy())
    ratio.addChild(clock)
    return ratio


def _replaced(
    tree: libsbml.ASTNode,
    wanted: Callable[[libsbml.ASTNode], bool],
    change: Callable[[libsbml.ASTNode], libsbml.ASTNode],
) -> libsbml.ASTNode:
    """Return a copy of an expression with some of its parts replaced."""
    if wanted(tree):
        return change(tree)
    copy = tree.deepCopy()
    for place in range(copy.getNumChildren()):
        copy.replaceChild(place, _replaced(tree.getChild(place), wanted, change), True)
    return copy
