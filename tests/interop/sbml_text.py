"""Small SBML files for tests, written from formulas."""

from __future__ import annotations

import libsbml

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">\n'
)


def math(formula: str) -> str:
    """Write a formula in the infix syntax of Level 3 as MathML."""
    tree = libsbml.parseL3Formula(formula)
    assert tree is not None, libsbml.getLastParseL3Error()
    return libsbml.writeMathMLToString(tree).partition("?>")[2].strip()


def compartment(name: str, size: str = "1", constant: str = "true") -> str:
    given = f' size="{size}"' if size else ""
    return f'<compartment id="{name}" spatialDimensions="3"{given} constant="{constant}"/>'


def species(name: str, compartment: str, more: str = "", amount: str = "false") -> str:
    flags = {"boundaryCondition": "false", "constant": "false"}
    text = " ".join(f'{key}="{value}"' for key, value in flags.items() if key not in more)
    return (
        f'<species id="{name}" compartment="{compartment}" hasOnlySubstanceUnits="{amount}" '
        f"{text} {more}/>"
    )


def parameter(name: str, value: str = "", constant: str = "true", more: str = "") -> str:
    given = f' value="{value}"' if value else ""
    return f'<parameter id="{name}"{given} constant="{constant}" {more}/>'


def rule(kind: str, variable: str, formula: str) -> str:
    who = f' variable="{variable}"' if variable else ""
    return f"<{kind}Rule{who}>{math(formula)}</{kind}Rule>"


def initial(name: str, formula: str) -> str:
    return f'<initialAssignment symbol="{name}">{math(formula)}</initialAssignment>'


def reference(name: str, count: str = "1", more: str = 'constant="true"') -> str:
    given = f' stoichiometry="{count}"' if count else ""
    return f'<speciesReference species="{name}"{given} {more}/>'


def reaction(
    name: str,
    law: str,
    reactants: str = "",
    products: str = "",
    modifiers: tuple[str, ...] = (),
    local: str = "",
    reversible: str = "false",
    more: str = "",
) -> str:
    used = "".join(f'<modifierSpeciesReference species="{m}"/>' for m in modifiers)
    parts = [
        wrapped("Reactants", reactants),
        wrapped("Products", products),
        wrapped("Modifiers", used),
        f"<kineticLaw>{math(law)}{wrapped('LocalParameters', local)}</kineticLaw>",
    ]
    return f'<reaction id="{name}" reversible="{reversible}" {more}>{"".join(parts)}</reaction>'


def event(
    name: str,
    trigger: str,
    assignments: dict[str, str],
    *,
    delay: str = "",
    priority: str = "",
    from_trigger: str = "true",
    persistent: str = "true",
    initial_value: str = "true",
) -> str:
    text = f'<event id="{name}" useValuesFromTriggerTime="{from_trigger}">'
    text += f'<trigger initialValue="{initial_value}" persistent="{persistent}">{math(trigger)}'
    text += "</trigger>"
    text += f"<priority>{math(priority)}</priority>" if priority else ""
    text += f"<delay>{math(delay)}</delay>" if delay else ""
    body = "".join(
        f'<eventAssignment variable="{key}">{math(value)}</eventAssignment>'
        for key, value in assignments.items()
    )
    return text + wrapped("EventAssignments", body) + "</event>"


def wrapped(kind: str, body: str) -> str:
    return f"<listOf{kind}>{body}</listOf{kind}>" if body else ""


def model(more: str = "", **parts: str) -> str:
    """Write a file; `parts` are named as the lists are, in the order of the schema."""
    order = (
        "FunctionDefinitions", "UnitDefinitions", "Compartments", "Species", "Parameters",
        "InitialAssignments", "Rules", "Constraints", "Reactions", "Events",
    )  # fmt: skip
    assert set(parts) <= set(order)
    body = "\n".join(wrapped(kind, parts.get(kind, "")) for kind in order)
    return f'{HEAD}<model id="test" {more}>{body}</model></sbml>\n'
