"""Observables: what an assay sees of the model."""

from __future__ import annotations

from dataclasses import dataclass

from livingdrug.model.expression.nodes import Node
from livingdrug.model.variability import ResidualError

__all__ = ["Observable"]


@dataclass(frozen=True, slots=True)
class Observable:
    """A measured quantity.

    Attributes
    ----------
    name : str
    expression : Node
    unit : str
    lloq : float or None
        Lower limit of quantification of the assay, in `unit`.
    residual : ResidualError or None
    assay : str
        As ``"qPCR"`` or ``"flow cytometry"``.
    term : str
        Shared vocabulary name, to match studies.
    at, doc : str
    """

    name: str
    expression: Node
    unit: str
    lloq: float | None = None
    residual: ResidualError | None = None
    assay: str = ""
    term: str = ""
    at: str = ""
    doc: str = ""
