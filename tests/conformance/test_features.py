"""Every method solves every feature, or refuses it by name; never a silently wrong result."""

import numpy as np
import pytest

from livingdrug.core.errors import CapabilityError
from livingdrug.solve.engines import BACKENDS
from livingdrug.solve.methods import DEFAULT_METHODS, METHODS

from .engines import CASES, REFUSED, happenings, methods_of, oracle, run_case
from .shapes import FEATURES

RTOL = 1e-8
# Global errors after some hundred steps of local error 1e-8; bdf, of low order, needs more steps
# and loses a further factor of ten. Values are of order 1, absolute tolerances 1e-11.
MULTIPLE = dict.fromkeys(METHODS, 100.0) | {"bdf": 1000.0}


def refused(name, method):
    """Run a feature that the table says is refused; True when it was, and in the right words."""
    words = REFUSED[METHODS[method].backend].get(name)
    if words is None:
        return False
    with pytest.raises(CapabilityError) as caught:
        run_case(FEATURES[name](), method, RTOL)
    assert words in str(caught.value)
    assert "backend='reference'" in str(caught.value)
    return True


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CASES)
def test_a_feature_is_right_or_refused(name, method):
    if refused(name, method):
        return
    case = FEATURES[name]()
    course = run_case(case, method, RTOL)
    assert course["status"].item() == 0, course["status_message"].item()
    exact = case.exact or {
        item.name: oracle(name)[item.name].values[0] for item in case.model.species
    }
    for variable, expected in exact.items():
        got = course[variable].values[0]
        scale = 1.0 + np.abs(expected).max()
        assert got == pytest.approx(np.asarray(expected), abs=scale * MULTIPLE[method] * RTOL)
    if case.log is not None:
        log = happenings(course)
        assert [event for event, _ in log] == [event for event, _ in case.log]
        days = np.array([day for _, day in case.log])
        # all states here move by at least their own size in a day
        assert [d for _, d in log] == pytest.approx(days, abs=10 * MULTIPLE[method] * RTOL)


def test_what_an_engine_refuses_is_this_and_nothing_else():
    # the names of this table are checked one by one above; here nothing is left over
    for backend, words in REFUSED.items():
        assert set(words) <= set(FEATURES), backend
        assert methods_of(backend), f"no method belongs to {backend}: it would not be tested"
        assert DEFAULT_METHODS[backend] in methods_of(backend)
    assert not REFUSED["reference"], "the reference defines what is right, so it runs everything"
    assert set(REFUSED) == set(BACKENDS.names())


@pytest.mark.parametrize("name", sorted({n for table in REFUSED.values() for n in table}))
def test_without_a_named_engine_a_refused_feature_runs_on_the_reference(name):
    from livingdrug.solve.simulate import simulate

    case = FEATURES[name]()
    course = simulate(case.model, case.cohort, times=case.times, side=case.side)
    assert course.attrs["backend"] == "reference"
