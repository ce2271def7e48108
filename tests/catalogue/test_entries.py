"""Every catalogue entry, in every variant."""

from __future__ import annotations

import json
import math
import warnings
from importlib import resources

import numpy as np
import pytest

from livingdrug.catalogue.index import (
    STATUS_FILE,
    get_entry,
    get_function,
    get_model,
    list_entries,
    list_functions,
    list_models,
    status_of,
    status_rows,
)
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.cohort.sample import draw_cohort
from livingdrug.core.errors import UnknownNameError
from livingdrug.core.schema import check_cohort, check_course
from livingdrug.core.source import Origin
from livingdrug.qc.status import row_of
from livingdrug.qc.verify import verify
from livingdrug.solve.simulate import simulate

VARIANTS = [
    (model_id, variant)
    for model_id in list_models()
    for variant in get_entry(model_id).published.variants
]
FUNCTIONS = [
    (function_id, variant)
    for function_id in list_functions()
    for variant in get_entry(function_id).published.variants
]
ROWS = {
    (row["id"], row["variant"]): row
    for row in json.loads(
        (resources.files("livingdrug.catalogue") / STATUS_FILE).read_text(encoding="utf-8")
    )["models"]
}


@pytest.mark.parametrize(("model_id", "variant"), [*VARIANTS, *FUNCTIONS])
def test_the_evidence_holds_and_the_status_table_says_so(model_id: str, variant: str) -> None:
    result = verify(get_entry(model_id), variant)
    failing = [check.readout.label for check in result.checks if not check.passed]
    assert not failing
    assert all(item.passed for item in result.equations)
    recorded = ROWS[model_id, variant]
    fresh = row_of(result, agrees=recorded["status"] == "independent")
    for key in ("status", "math_hash", "evidence_hash"):
        assert recorded[key] == fresh[key], f"{key}: run python -m tests.rebuilt.agreement --write"
    for old, new in zip(recorded["readouts"], fresh["readouts"], strict=True):
        # recorded to 6 digits; integrators differ by a little more between processors
        assert old["got"] == pytest.approx(new["got"], rel=2e-5, abs=1e-12), old["label"]


def test_the_table_has_a_row_for_every_variant_and_no_other() -> None:
    assert set(ROWS) == {*VARIANTS, *FUNCTIONS}
    assert set(status_rows()) == set(list_entries())


@pytest.mark.parametrize(("model_id", "variant"), VARIANTS)
def test_every_number_has_an_origin_and_a_locator(model_id: str, variant: str) -> None:
    model = get_model(model_id, variant)
    assert model.dimension_policy == "strict"
    numbers = [*model.parameters, *model.species, *(iiv for _, iiv in model.iiv)]
    assert all(item.at or item.origin is Origin.ASSUMED for item in numbers)
    assert model.organism
    assert model.population


@pytest.mark.parametrize("model_id", list_models())
def test_an_entry_is_complete(model_id: str) -> None:
    entry = get_entry(model_id)
    source = entry.published.source
    if entry.field == "reference":
        assert not source.doi  # a model of our own has no article that could name it
    else:
        # the id holds the first author, and the year of the article or of its preprint
        assert source.key.removesuffix(str(source.year)) in model_id
        assert str(source.year) in model_id or str(source.year - 1) in model_id
    assert entry.about.count("\n") > 5
    assert entry.readouts
    assert entry.equations
    assert all(d.what and d.instead and d.why for d in entry.deviations)
    # every read-out is somebody's: the source's or an independent run, and says where
    assert all(r.at and r.witness in ("source", "independent run") for r in entry.readouts)
    assert any(r.witness == "source" for r in entry.readouts)
    # a tolerance so wide that nothing can fail is no evidence
    assert all(r.atol + r.rtol * abs(r.equals) > 0 for r in entry.readouts)


@pytest.mark.parametrize(("model_id", "variant"), VARIANTS)
def test_a_drawn_cohort_and_its_course_fit_their_schemas(model_id: str, variant: str) -> None:
    model = get_model(model_id, variant)
    # a source without differences between subjects has no cohort to draw
    cohort = draw_cohort(model, n=5, seed=3) if model.iiv else cohort_from_arrays(model, {})
    assert not [issue for issue in check_cohort(cohort) if issue.level == "error"]
    course = simulate(model, cohort, times=[0, 1, 7, 28])
    assert not [issue for issue in check_course(course) if issue.level == "error"]
    assert course.attrs["model_status"] == model.status
    assert int(course["status"].sum()) == 0


@pytest.mark.parametrize(("model_id", "variant"), VARIANTS)
def test_mechanisms_are_not_negative_on_the_typical_course(model_id: str, variant: str) -> None:
    from livingdrug.model.expression.evaluate import evaluate_all
    from livingdrug.model.expression.walk import substitute
    from livingdrug.system.lower.symbols import expand_assignments

    model = get_model(model_id, variant)
    course = simulate(model, times=np.linspace(0, 300, 61))
    known = expand_assignments(model, {})  # a species stands for what its symbol means
    # a net reaction says that its rate may be negative
    rates = [reaction.rate for reaction in model.reactions if not reaction.net]
    laws = substitute(rates, known)
    fixed = {item.name: item.value for item in model.parameters}
    fixed |= {item.name: item.size for item in model.compartments}
    atol = {s.name: 0.0 for s in model.species} | json.loads(course.attrs["atol"])
    for place, time in enumerate(course["time"].values):
        states = {s.name: float(course[s.name].values[0, place]) for s in model.species}
        # a state that has died out lies within a few absolute tolerances of zero, on either side
        near = {name: -max(1e-9, 10 * atol[name]) < x < 0.0 for name, x in states.items()}
        values = fixed | {name: 0.0 if near[name] else x for name, x in states.items()}
        rates = evaluate_all(laws, values, float(time))
        assert min(rates, default=0.0) >= -1e-12  # rounding of a state near zero


@pytest.mark.parametrize(("function_id", "variant"), FUNCTIONS)
def test_a_function_is_complete(function_id: str, variant: str) -> None:
    entry, form = get_entry(function_id), get_function(function_id, variant)
    assert str(entry.published.source.year) in entry.about
    assert entry.readouts
    assert all(d.what and d.instead and d.why for d in entry.deviations)
    # a read-out of a function names its variant: each variant has its own
    assert {readout.variant for readout in entry.readouts} == set(entry.published.variants)
    assert all(item.at or item.origin is Origin.ASSUMED for item in form.parameters)
    assert form.organism
    assert form.population
    assert all(formula.at for formula in form.formulas)


def test_an_edited_model_falls_back_to_draft() -> None:
    import dataclasses

    model = get_model("kimmel2021")
    assert model.status == "independent"
    first, *rest = model.parameters
    edited = dataclasses.replace(
        model, parameters=(dataclasses.replace(first, value=first.value * 1.001), *rest)
    )
    assert status_of(edited) == "draft"


def test_a_draft_warns_when_it_is_simulated() -> None:
    import dataclasses

    from livingdrug.core.errors import DraftModelWarning

    draft = dataclasses.replace(get_model("stein2019"), status="draft")
    with pytest.warns(DraftModelWarning, match="stein2019 is a draft"):
        simulate(draft, times=[0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(get_model("stein2019"), times=[0, 1])


@pytest.mark.parametrize(
    ("given", "variant", "expected"),
    [("kimmel2012", "", "kimmel2021"), ("stein2019", "omega_std", "omega_sd")],
)
def test_an_unknown_name_lists_the_nearest(given: str, variant: str, expected: str) -> None:
    with pytest.raises(UnknownNameError, match=expected):
        get_model(given, variant)


def test_listing_runs_no_model_file() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from livingdrug.catalogue.index import list_models; names = list_models(); "
        "assert 'kimmel2021' in names; "
        "assert not [m for m in sys.modules if m.endswith(('kimmel2021', 'stein2019'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nominal_values_are_finite_or_never() -> None:
    for model_id, variant in VARIANTS:
        for parameter in get_model(model_id, variant).parameters:
            assert math.isfinite(parameter.value) or parameter.unit == "day"
