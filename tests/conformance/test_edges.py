"""At zero: every published model with every state at exactly 0 in turn and each dose left out."""

import warnings

import numpy as np
import pytest

from livingdrug.core.errors import SubjectFailureWarning
from livingdrug.core.status import Status
from livingdrug.solve.engines import BACKENDS
from livingdrug.solve.simulate import simulate

from .catalogue import distinct_models, emptied, typical, undosed
from .engines import states_of

MODELS = distinct_models()

IMPOSSIBLE = {
    ("park2025 published", "C3"): "PTU",  # its feedback divides by it
    ("park2025 published", "neutrophils"): "neutrophil_1",
    ("park2025 typeset_proteinuria", "neutrophils"): "neutrophil_1",
}
"""States without which the equations have no solution, and the rate that is not a number."""


DAYS = (0.0, 0.5, 1.0, 3.0)
ATOL = 1e-14  # tiny: in some of these courses one part of 1e14 of a cell grows out again

FLOOR = 1e-9  # of every unit; what is smaller has no digits


def run(model, cohort, backend, rtol):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SubjectFailureWarning)
        return simulate(model, cohort, times=DAYS, rtol=rtol, atol=ATOL, backend=backend)


def check_honest(key, course, labels):
    """Finite, or marked: never a number that is none beside status 0."""
    for row, label in enumerate(labels):
        lost = {n for n in states_of(course) if not np.isfinite(course[n].values[row]).all()}
        message = course["status_message"].values[row]
        if (key, label) in IMPOSSIBLE:
            assert course["status"].values[row] == Status.NOT_FINITE, label
            assert IMPOSSIBLE[key, label] in message
            continue
        assert course["status"].values[row] == Status.OK, (label, message)
        assert not lost, label


def check_equal(model, got, truth):
    """Compare two courses: the largest value of each state is the scale of its errors."""
    assert got["status"].values.tolist() == truth["status"].values.tolist()
    ok = truth["status"].values == Status.OK
    for species in model.species:
        expected = truth[species.name].values[ok]
        scale = np.abs(expected).max(axis=1, keepdims=True) + FLOOR
        # rtol 1e-7 against 1e-10; measured: 6e-8, and 4e-6 where a population grows 1e4-fold
        assert (np.abs(got[species.name].values[ok] - expected) <= 1e-5 * scale).all(), species.name


@pytest.mark.parametrize(("model_id", "variant"), MODELS)
def test_without_a_state_a_model_is_finite_or_marked(model_id, variant):
    model, cohort, states = emptied(typical(model_id, variant)[0])
    truth = run(model, cohort, "reference", 1e-10)
    check_honest(f"{model_id} {variant}", truth, states)
    for backend in BACKENDS.names():
        if backend != "reference":
            course = run(model, cohort, backend, 1e-7)
            check_honest(f"{model_id} {variant}", course, states)
            check_equal(model, course, truth)


@pytest.mark.parametrize(("model_id", "variant"), MODELS)
def test_without_a_dose_a_model_is_finite(model_id, variant):
    model, _ = typical(model_id, variant)
    for left_out, cohort in undosed(model):
        truth = run(model, cohort, "reference", 1e-10)
        check_honest(f"{model_id} {variant}", truth, [f"dose {left_out}"])
        for backend in BACKENDS.names():
            if backend != "reference":
                course = run(model, cohort, backend, 1e-7)
                check_honest(f"{model_id} {variant}", course, [f"dose {left_out}"])
                check_equal(model, course, truth)


def test_the_tables_name_what_there_is():
    known = {(f"{m} {v}", s.name) for m, v in MODELS for s in typical(m, v)[0].species}
    assert set(IMPOSSIBLE) <= known
