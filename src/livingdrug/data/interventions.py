"""What was done to people beside measuring them: drugs, cells, procedures, as records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.errors import UnknownNameError, unknown_name

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "DAY_UNKNOWN",
    "GIVEN",
    "INTERVENTIONS",
    "NOT_GIVEN",
    "PLANNED",
    "Intervention",
    "study_interventions",
]

GIVEN = "given"
DAY_UNKNOWN = "given, day unknown"
NOT_GIVEN = "not given"
PLANNED = "planned"

INTERVENTIONS: Mapping[str, str] = MappingProxyType(
    {
        "car_t": "engineered cells",
        "car_nk": "engineered cells",
        "nk": "engineered cells",
        "fludarabine": "lymphodepletion",
        "cyclophosphamide": "lymphodepletion",
        "bendamustine": "lymphodepletion",
        "alemtuzumab": "lymphodepletion",
        "bridging": "bridging",
        "tocilizumab": "cytokine blockade",
        "siltuximab": "cytokine blockade",
        "anakinra": "cytokine blockade",
        "emapalumab": "cytokine blockade",
        "ruxolitinib": "cytokine blockade",
        "steroid": "corticosteroid",
        "dexamethasone": "corticosteroid",
        "methylprednisolone": "corticosteroid",
        "prednisone": "corticosteroid",
        "hydrocortisone": "corticosteroid",
        "antipyretic": "antipyretic",
        "paracetamol": "antipyretic",
        "acetaminophen": "antipyretic",
        "ibuprofen": "antipyretic",
        "ivig": "immunoglobulin",
        "gcsf": "growth factor",
        "filgrastim": "growth factor",
        "allogeneic_transplant": "transplant",
        "autologous_transplant": "transplant",
        "radiotherapy": "radiation",
    }
)
"""Usual names and their kinds. Another name is allowed with its kind."""


@dataclass(frozen=True, slots=True)
class Intervention:
    """One thing that was given to a person or a group, or that the source says was not.

    Attributes
    ----------
    name : str
        As ``"tocilizumab"``; the usual names are in `INTERVENTIONS`.
    kind : str
        One of `livingdrug.core.study_people.INTERVENTION_KINDS`.
    subject : str
        ``""`` for a group, or for everybody in the study.
    group : str
        The arm that it belongs to, where no single subject is named; else ``""``.
    status : str
        One of `livingdrug.core.study_people.INTERVENTION_STATUS`.
    start, stop : float
        Day; NaN when not known. Without `stop` it was at one time.
    amount : float
        In `unit`; of one dose. NaN when not known.
    unit : str
        May be a concentration or per body weight; ``""`` without an amount.
    count : int
        Doses, where the source counts them; 0 when it does not.
    route, note : str
    """

    name: str
    kind: str
    subject: str = ""
    group: str = ""
    status: str = GIVEN
    start: float = math.nan
    stop: float = math.nan
    amount: float = math.nan
    unit: str = ""
    count: int = 0
    route: str = ""
    note: str = ""


def study_interventions(
    study: xr.Dataset, name: str | None = None, *, subject: str | None = None
) -> tuple[Intervention, ...]:
    """Return the interventions of a study.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    name : str, optional
        Only these.
    subject : str, optional
        Only those of one person; what a group was given is not repeated for its people.

    Returns
    -------
    tuple of Intervention
        In the order of the study; empty when it holds none.

    Raises
    ------
    UnknownNameError
        When the study has no intervention of that name.
    """
    if "iv_name" not in study:
        return ()
    fields = tuple(Intervention.__dataclass_fields__)
    columns = {field: study[f"iv_{field}"].values for field in fields}
    names = columns["name"].astype(np.str_)
    if name is not None and name not in names:
        where = f"study {study.attrs['id']}"
        raise UnknownNameError([unknown_name("intervention", name, set(names.tolist()),
                                             where=where)])  # fmt: skip
    kept = np.ones(names.shape, dtype=bool) if name is None else names == name
    if subject is not None:
        kept &= columns["subject"].astype(np.str_) == subject
    return tuple(
        Intervention(**{field: columns[field][row].item() for field in fields})
        for row in np.flatnonzero(kept)
    )
