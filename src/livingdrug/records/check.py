"""Check one record against the model: parameters, units, drugs, and the records that it names."""

from __future__ import annotations

from typing import cast

from livingdrug.core.errors import DataError, Issue, raise_issues, unknown_name
from livingdrug.model.model import Model
from livingdrug.records.cells import Disease, Edit, Product
from livingdrug.records.choices import ChoiceTable, doses_of
from livingdrug.records.drugs import Given, Lymphodepletion, Policy, Treatment
from livingdrug.records.index import Record, load
from livingdrug.records.setting import edit_issues, resolve
from livingdrug.records.trial import Trial

__all__ = ["check_record"]

_CRITERIA = {
    "leukemia": ("leukemia",), "lugano": ("lymphoma",), "imwg": ("myeloma",), "recist": ("solid",),
}  # fmt: skip
"""For which diseases a criterion of response is one, as `Disease.response` says it."""


def check_record(record: Record, model: Model, name: str) -> None:
    """Check the parameters, units and drugs of one record against a model.

    A product is checked with its edits, a trial with all the records that it names.

    Parameters
    ----------
    record : record
    model : Model
    name : str
        Of the record, or its file.

    Raises
    ------
    DataError
        Listing every problem.
    """
    table = ChoiceTable(model)
    if isinstance(record, Product | Edit | Disease):
        table.add(name, record.parameters)
    if isinstance(record, Product):
        table.check_lot(name, record)
        changes = {item: cast("Edit", load("edits", item)) for item in record.edits}
        table.issues += edit_issues(record, changes)
    if isinstance(record, Trial):
        _check_trial(record, model, name, table.issues)
    if isinstance(record, Lymphodepletion | Treatment):
        doses_of(model, record.given, name, table.issues)
    if isinstance(record, Policy):
        for place, rule in enumerate(record.rules):
            where = f"{name}, rules[{place}]"
            doses_of(model, [Given(rule.drug, rule.amount, rule.unit)], where, table.issues)
            if rule.per == "m2":
                fix = "give the dose per kg, or for a person"
                said = "is 'm2', but people of a trial have a weight and no body surface"
                table.issues.append(Issue("error", f"{where}.per", said, fix))
    raise_issues(table.issues, DataError)


def _check_trial(trial: Trial, model: Model, name: str, issues: list[Issue]) -> None:
    observables = [item.name for item in model.observables]
    if trial.assay.observable not in observables:
        where = f"{name}, assay.observable"
        issues.append(unknown_name("observable", trial.assay.observable, observables, where=where))
    illness = load("diseases", trial.disease)
    assert isinstance(illness, Disease)
    fits = _CRITERIA[trial.criterion]
    if illness.response not in fits:
        given = f"is {trial.criterion!r}, but {trial.disease} is of the kind {illness.response!r}"
        fix = f"{trial.criterion!r} is for {', '.join(fits)}"
        issues.append(Issue("error", f"{name}, criterion", given, fix))
    policy = load("policies", trial.policy)
    try:
        check_record(policy, model, trial.policy)
        resolve(
            model, product=trial.product, disease=trial.disease, treatments=trial.treatments,
            lymphodepletion=trial.lymphodepletion, more=trial.parameters, more_from=name,
        )  # fmt: skip
    except DataError as error:
        issues.extend(error.issues)
