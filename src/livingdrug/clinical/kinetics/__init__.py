"""Cellular-kinetic endpoints: Cmax, Tmax, C0, AUC0-28d, Clast, Tlast and half-lives.

The same code reads simulations and patients: one series (`kinetics_of`), a Course (`kinetics`)
or a long table (`kinetics_from_table`). The rules and their reasons are in
``docs/explanation/kinetics.md``.
"""

from __future__ import annotations

from livingdrug.clinical.kinetics.endpoints import kinetics, kinetics_from_table, kinetics_of
from livingdrug.clinical.kinetics.rules import Kinetics, KineticsRules

__all__ = ["Kinetics", "KineticsRules", "kinetics", "kinetics_from_table", "kinetics_of"]
