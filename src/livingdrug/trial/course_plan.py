"""A course outside any trial: a product, a disease and a dose of the user's choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast

from livingdrug.core.errors import OptionError
from livingdrug.core.source import Origin
from livingdrug.records.cells import Disease, Product
from livingdrug.records.drugs import Policy
from livingdrug.records.index import load
from livingdrug.records.read import Number
from livingdrug.records.setting import apply, resolve
from livingdrug.records.trial import Arm, Assay, People, Trial
from livingdrug.trial.person_readouts import Follow
from livingdrug.trial.run import Plan

__all__ = ["VISITS", "plan_course"]

VISITS = (28.0, 91.0, 182.0, 273.0, 365.0)
"""Days of tumour assessment, as most trials have them; further ones a quarter apart."""

_SAMPLES = (1.0, 3.0, 7.0, 10.0, 14.0, 21.0, *VISITS)
_CRITERIA = {"leukemia": "leukemia", "lymphoma": "lugano", "myeloma": "imwg", "solid": "recist"}


def plan_course(
    product: str,
    disease: str,
    *,
    dose: float | None = None,
    edits: Sequence[str] = (),
    lymphodepletion: str = "flu_cy",
    treatments: Sequence[str] = (),
    policy: str = "asco_2021",
    days: float = 365.0,
    values: Mapping[str, float] | None = None,
) -> Plan:
    """Bring records together for a course.

    Parameters
    ----------
    product, disease, lymphodepletion, policy : str
        Names or files of records.
    dose : float, optional
        CAR cells; the usual dose of the product when not given.
    edits, treatments : sequence of str, optional
    days : float, optional
        Last day.
    values : mapping from str to float, optional
        Parameters of the model, over all records.

    Returns
    -------
    Plan
        Its trial is one of this single arm, graded on the ASTCT scale.

    Raises
    ------
    UnknownNameError, DataError
        What is wrong with a record, or contradicts another.
    OptionError
        When dose or days mean nothing.
    """
    from livingdrug.catalogue.index import get_model

    if not (math.isfinite(days) and VISITS[0] <= days <= 3653):
        raise OptionError(f"days = {days:g}: allowed are {VISITS[0]:g} to 3653")
    if dose is not None and not (math.isfinite(dose) and 0 < dose <= 1e12):
        raise OptionError(f"dose = {dose:g}: allowed are more than 0 and up to 1e12 cells")
    model = get_model("reference")
    setting = resolve(
        model, product=product, disease=disease, edits=tuple(edits),
        lymphodepletion=lymphodepletion, treatments=tuple(treatments), values=values or {},
    )  # fmt: skip
    rules = cast("Policy", load("policies", policy))
    amount = setting.usual_dose if dose is None else dose
    trial = _trial(product, disease, lymphodepletion, policy, setting.response, amount)
    first = min([given.time for given in setting.depletion.doses], default=-1.0)
    applied = apply(setting, model)
    copies = next((p.value for p in applied.parameters if p.name == "VCN"), 1.0)
    follow = Follow(
        trial, setting.response, setting.non_relapse_death, math.floor(first), days,
        decisions_until=rules.until, copies_per_cell=copies,
    )  # fmt: skip
    return Plan("", trial, applied, setting, policy, follow)


def _trial(
    product: str, disease: str, lymphodepletion: str, policy: str, response: str, amount: float
) -> Trial:
    def assumed(value: float, unit: str, sd: float) -> Number:
        return Number(value, unit, Origin.ASSUMED, sd=sd)

    return Trial(
        title=_title(product, disease, amount),
        readouts="",
        product=product,
        disease=disease,
        lymphodepletion=lymphodepletion,
        policy=policy,
        people=People(1, 1, assumed(0.0, "day", 0.0), assumed(75.0, "kg", 0.2)),
        arms=(Arm(1.0, amount, "cell"),),
        assay=Assay("car_cells_blood", "flow", _SAMPLES, assumed(0.0, "1", 0.0)),
        crs_scale="astct",
        criterion=_CRITERIA[response],  # type: ignore[arg-type]
        response_visits=VISITS,
        endpoint="PFS",
        year=0,
    )


def _title(product: str, disease: str, amount: float) -> str:
    cells = cast("Product", load("products", product)).title
    illness = cast("Disease", load("diseases", disease)).title
    if illness[1:2].islower():  # "B-cell ..." keeps its capital
        illness = illness[0].lower() + illness[1:]
    return f"{cells} in {illness}, {amount / 1e6:,.4g} million cells"
