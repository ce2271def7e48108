"""Responses that a study recorded, and criteria on the visits of a study."""

import numpy as np
import pytest

from livingdrug.clinical.response.categories import Response
from livingdrug.clinical.response.criteria import CRITERIA
from livingdrug.clinical.response.recorded import recorded_response, study_assessments
from livingdrug.core.errors import DataError, UnknownNameError
from livingdrug.data.persons import PersonVariable
from livingdrug.data.study import Observation, build_study


def people(*values, levels=("PD", "SD", "PR", "CRi", "CR, MRD negative"), name="response"):
    return build_study(
        "trial", [], subjects=[f"P{i}" for i in range(len(values))],
        persons=[PersonVariable(name, "category", values, levels=levels)],
    )  # fmt: skip


def test_levels_begin_with_the_category():
    found = recorded_response(people("CR, MRD negative", "CRi", "PD", ""))
    assert found.category == (
        Response.COMPLETE, Response.COMPLETE_INCOMPLETE_COUNTS, Response.PROGRESSIVE,
        Response.NOT_EVALUABLE,
    )  # fmt: skip
    assert found.level[3] == ""


def test_what_is_no_response_is_refused():
    with pytest.raises(DataError, match="'good' is no response"):
        recorded_response(people("good", levels=("good",)))
    with pytest.raises(UnknownNameError, match="did you mean 'response'"):
        recorded_response(people("PD"), "respons")
    with pytest.raises(DataError, match="no category of people"):
        recorded_response(build_study("flat", [Observation(0.0, "x", 1.0, "1", subject="A")]))


def visits(*rows, unit="mm"):
    return build_study(
        "trial",
        [Observation(float(day), term, value, unit if term == "sum" else "1", subject=name)
         for name, day, term, value in rows],
    )  # fmt: skip


def test_recist_on_the_visits_of_a_study_is_recist_on_a_table():
    study = visits(("A", 0, "sum", 10.0), ("A", 56, "sum", 6.0), ("A", 90, "sum", 6.0),
                   ("B", 0, "sum", 5.0), ("B", 56, "sum", 7.0), unit="cm")  # fmt: skip
    found = study_assessments(study, "recist")
    np.testing.assert_allclose(found.start("sum"), [100.0, 50.0])  # converted to mm
    result = CRITERIA["recist"].classify(found)
    assert result.best.tolist() == [Response.PARTIAL, Response.PROGRESSIVE]


def test_a_study_without_the_columns_is_refused():
    study = visits(("A", 0, "sum", 1.0))
    with pytest.raises(DataError, match="of the term deauville, which lugano-pet needs"):
        study_assessments(study, "lugano-pet")
    wrong = visits(("A", 0, "deauville", 9.0), ("A", 28, "deauville", 1.0))
    with pytest.raises(DataError, match="A, day 0, deauville: 9 is not allowed; allowed: 1 to 5"):
        study_assessments(wrong, "lugano-pet")


def test_below_the_limit_is_none_and_above_it_is_not_used():
    study = build_study("myeloma", [
        Observation(0.0, "m_serum", 3.0, "g/dL", subject="A"),
        Observation(30.0, "m_serum", np.nan, "g/dL", subject="A", lloq=0.1, blq=True),
        Observation(60.0, "m_serum", np.nan, "g/dL", subject="A", uloq=9.0, alq=True),
    ])  # fmt: skip
    found = study_assessments(study, "imwg")
    assert found.at("m_serum")[0, 0] == 0.0
    assert found.at("m_serum").shape == (1, 1) or np.isnan(found.at("m_serum")[0, 1])
