"""livingdrug: engineered immune cells against cancer, computable.

Public names are loaded when they are first used, so that importing the package is fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from livingdrug._version import __version__

if TYPE_CHECKING:
    from livingdrug.catalogue.index import get_function as get_function
    from livingdrug.catalogue.index import get_model as get_model
    from livingdrug.catalogue.index import list_functions as list_functions
    from livingdrug.catalogue.index import list_models as list_models
    from livingdrug.clinical.kinetics import KineticsRules as KineticsRules
    from livingdrug.clinical.kinetics import kinetics as kinetics
    from livingdrug.clinical.outcomes.classify import outcomes as outcomes
    from livingdrug.clinical.outcomes.incidence import outcome_incidence as outcome_incidence
    from livingdrug.clinical.outcomes.probability import cure_probability as cure_probability
    from livingdrug.clinical.outcomes.probability import outcome_probability as outcome_probability
    from livingdrug.cohort.cohort import cohort_from_arrays as cohort_from_arrays
    from livingdrug.cohort.regimen import add_regimen as add_regimen
    from livingdrug.cohort.sample import draw_cohort as draw_cohort
    from livingdrug.cohort.table import cohort_from_table as cohort_from_table
    from livingdrug.compare.compare import compare_models as compare_models
    from livingdrug.compare.turnover import cure_by_turnover as cure_by_turnover
    from livingdrug.compare.turnover import simulate_outcomes as simulate_outcomes
    from livingdrug.core.source import Origin as Origin
    from livingdrug.core.source import Source as Source
    from livingdrug.data.datasets import list_studies as list_studies
    from livingdrug.data.datasets import load_study as load_study
    from livingdrug.data.readers.table import read_study as read_study
    from livingdrug.influence.analysis import sensitivity as sensitivity
    from livingdrug.interop.antimony import read_antimony as read_antimony
    from livingdrug.interop.antimony import write_antimony as write_antimony
    from livingdrug.interop.course_files import write_course as write_course
    from livingdrug.interop.omex import write_omex as write_omex
    from livingdrug.interop.petab.problem import PetabProblem as PetabProblem
    from livingdrug.interop.petab.read import read_petab as read_petab
    from livingdrug.interop.petab.write import write_petab as write_petab
    from livingdrug.interop.sbml.read import read_sbml as read_sbml
    from livingdrug.interop.sbml.write.write import write_sbml as write_sbml
    from livingdrug.interop.stream import simulate_to as simulate_to
    from livingdrug.model.builder import ModelBuilder as ModelBuilder
    from livingdrug.model.combine import combine as combine
    from livingdrug.model.model import Model as Model
    from livingdrug.model.regimen import Dose as Dose
    from livingdrug.model.regimen import Regimen as Regimen
    from livingdrug.model.variability import IIV as IIV
    from livingdrug.model.variability import ResidualError as ResidualError
    from livingdrug.solve.clones.indices import clonality as clonality
    from livingdrug.solve.clones.record import Clones as Clones
    from livingdrug.solve.clones.record import Outlier as Outlier
    from livingdrug.solve.contamination.law import Outgrowth as Outgrowth
    from livingdrug.solve.contamination.record import Contamination as Contamination
    from livingdrug.solve.contamination.relapse import masked_relapse as masked_relapse
    from livingdrug.solve.headline_reductions import headline_reductions as headline_reductions
    from livingdrug.solve.outcome_reductions import outcome_reductions as outcome_reductions
    from livingdrug.solve.outcome_reductions import outcome_rules as outcome_rules
    from livingdrug.solve.reductions import Reduction as Reduction
    from livingdrug.solve.simulate import simulate as simulate
    from livingdrug.solve.stochastic import Stochastic as Stochastic
    from livingdrug.system.compile import compile_model as compile_model
    from livingdrug.system.masked import with_masked_cells as with_masked_cells
    from livingdrug.trial.course import course as course

_LOCATIONS = {
    "Clones": "solve.clones.record",
    "Contamination": "solve.contamination.record",
    "Dose": "model.regimen",
    "IIV": "model.variability",
    "KineticsRules": "clinical.kinetics",
    "Model": "model.model",
    "ModelBuilder": "model.builder",
    "Origin": "core.source",
    "Outgrowth": "solve.contamination.law",
    "Outlier": "solve.clones.record",
    "PetabProblem": "interop.petab.problem",
    "Reduction": "solve.reductions",
    "Regimen": "model.regimen",
    "ResidualError": "model.variability",
    "Source": "core.source",
    "Stochastic": "solve.stochastic",
    "add_regimen": "cohort.regimen",
    "clonality": "solve.clones.indices",
    "cohort_from_arrays": "cohort.cohort",
    "cohort_from_table": "cohort.table",
    "combine": "model.combine",
    "compare_models": "compare.compare",
    "compile_model": "system.compile",
    "course": "trial.course",
    "cure_by_turnover": "compare.turnover",
    "cure_probability": "clinical.outcomes.probability",
    "draw_cohort": "cohort.sample",
    "get_function": "catalogue.index",
    "get_model": "catalogue.index",
    "headline_reductions": "solve.headline_reductions",
    "kinetics": "clinical.kinetics",
    "list_functions": "catalogue.index",
    "list_models": "catalogue.index",
    "list_studies": "data.datasets",
    "load_study": "data.datasets",
    "masked_relapse": "solve.contamination.relapse",
    "outcome_incidence": "clinical.outcomes.incidence",
    "outcome_probability": "clinical.outcomes.probability",
    "outcome_reductions": "solve.outcome_reductions",
    "outcome_rules": "solve.outcome_reductions",
    "outcomes": "clinical.outcomes.classify",
    "read_antimony": "interop.antimony",
    "read_petab": "interop.petab.read",
    "read_sbml": "interop.sbml.read",
    "read_study": "data.readers.table",
    "sensitivity": "influence.analysis",
    "simulate": "solve.simulate",
    "simulate_outcomes": "compare.turnover",
    "simulate_to": "interop.stream",
    "with_masked_cells": "system.masked",
    "write_antimony": "interop.antimony",
    "write_course": "interop.course_files",
    "write_omex": "interop.omex",
    "write_petab": "interop.petab.write",
    "write_sbml": "interop.sbml.write.write",
}

__all__ = ["__version__", *sorted(_LOCATIONS)]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name not in _LOCATIONS:
        raise AttributeError(f"module 'livingdrug' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"livingdrug.{_LOCATIONS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
