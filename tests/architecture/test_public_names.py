"""The public names are a promise: this list changes only on purpose."""

from __future__ import annotations

import pytest

import livingdrug

PUBLIC_NAMES = [
    "Clones",
    "Contamination",
    "Dose",
    "IIV",
    "KineticsRules",
    "Model",
    "ModelBuilder",
    "Origin",
    "Outgrowth",
    "Outlier",
    "PetabProblem",
    "Reduction",
    "Regimen",
    "ResidualError",
    "Source",
    "Stochastic",
    "__version__",
    "add_regimen",
    "clonality",
    "cohort_from_arrays",
    "cohort_from_table",
    "combine",
    "compare_models",
    "compile_model",
    "course",
    "cure_by_turnover",
    "cure_probability",
    "draw_cohort",
    "get_function",
    "get_model",
    "headline_reductions",
    "kinetics",
    "list_functions",
    "list_models",
    "list_studies",
    "load_study",
    "masked_relapse",
    "outcome_incidence",
    "outcome_probability",
    "outcome_reductions",
    "outcome_rules",
    "outcomes",
    "read_antimony",
    "read_petab",
    "read_sbml",
    "read_study",
    "sensitivity",
    "simulate",
    "simulate_outcomes",
    "simulate_to",
    "with_masked_cells",
    "write_antimony",
    "write_course",
    "write_omex",
    "write_petab",
    "write_sbml",
]


def test_the_public_names_are_the_promised_ones() -> None:
    assert sorted(livingdrug.__all__) == PUBLIC_NAMES


@pytest.mark.parametrize("name", PUBLIC_NAMES)
def test_every_public_name_resolves_and_is_listed(name: str) -> None:
    value = getattr(livingdrug, name)
    assert value is not None
    assert getattr(livingdrug, name) is value  # one object, however often it is looked up
    assert name in dir(livingdrug)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = livingdrug.no_such_name
