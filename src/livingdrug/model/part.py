"""The published parts that a combined model is made of."""

from __future__ import annotations

from dataclasses import dataclass

from livingdrug.core.source import Source

__all__ = ["Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """One model inside a combined model.

    Attributes
    ----------
    id, variant, organism : str
    status : str
        Of the part by itself; a combination is nobody's published model.
    source : Source or None
    evidence_hash : str
        Of the part by itself.
    links : tuple of str
        What ties it to the model that it was put into; empty for that model.
    silent : tuple of (str, str)
        Observables and terms on which the links give no answer, and why.
    """

    id: str
    variant: str
    organism: str
    status: str
    source: Source | None
    evidence_hash: str
    links: tuple[str, ...] = ()
    silent: tuple[tuple[str, str], ...] = ()
