"""The study data set: what was published or measured, and in whose words.

A study is a plain `xarray.Dataset` (schema ``livingdrug.study``): observations over time, published
readouts, covariate distributions, interventions, and one typed value for each person. Each
observation says which statistic it is, over how many people, at which visit, by which assay and
with which limits of quantification, so that two numbers are compared only when they estimate the
same thing.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import DataError, Issue, raise_issues
from livingdrug.core.schema import SCHEMA_VERSION, STUDY_SCHEMA, validate_study
from livingdrug.data.interventions import Intervention
from livingdrug.data.persons import PersonVariable, person_arrays, person_issues

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.core.source import Source

__all__ = [
    "INDIVIDUAL",
    "QUANTILE_PROBABILITIES",
    "UNKNOWN_ASSAY",
    "Observation",
    "StudyCovariate",
    "StudyDose",
    "StudyReadout",
    "build_study",
]

INDIVIDUAL = "individual"
"""The one statistic that belongs to a single person."""

UNKNOWN_ASSAY = "unknown"
"""Assay of an observation whose source does not name one."""

QUANTILE_PROBABILITIES: tuple[float, ...] = tuple(step / 20 for step in range(21))
"""Probabilities at which a covariate is described: 0, 0.05, ..., 0.95, 1."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One observed value of one term at one visit.

    Attributes
    ----------
    time : float
        Nominal day of the visit; day 0 is the first infusion of the engineered cells.
    term : str
        Name from the shared vocabulary, as ``"car_t_blood"``.
    value : float
        In `unit`. NaN only where `blq` or `alq` is true and the source gives no number.
    unit : str
    statistic : str
        One of `livingdrug.core.schema.STATISTICS`.
    subject : str
        Label of the person; ``""`` for a value pooled over people.
    n : int
        People behind the value; 0 when the source does not say.
    lower, upper : float
        Spread or interval as the note of the study defines it; NaN when there is none.
    lloq : float
        Lower limit of quantification in `unit`; NaN when not stated.
    blq : bool
        Whether the value is below that limit.
    assay : str
    uloq : float
        Upper limit of quantification in `unit`; NaN when not stated.
    alq : bool
        Whether the value is above that limit.
    """

    time: float
    term: str
    value: float
    unit: str
    statistic: str = INDIVIDUAL
    subject: str = ""
    n: int = 1
    lower: float = math.nan
    upper: float = math.nan
    lloq: float = math.nan
    blq: bool = False
    assay: str = UNKNOWN_ASSAY
    uloq: float = math.nan
    alq: bool = False


@dataclass(frozen=True, slots=True)
class StudyReadout:
    """One published number about the whole study.

    Attributes
    ----------
    endpoint : str
        As ``"cmax"``, ``"auc_0_28d"``, ``"orr"``.
    value : float
    unit : str
    statistic : str
        In words, as ``"median over people of the individual peak"``.
    term : str
        Term the endpoint is computed from; ``""`` for an outcome without one.
    n : int
        People behind the number; 0 when the source does not say.
    confirmed : bool
        Whether the number was read in the cited text. An unconfirmed number is never a target.
    lower, upper : float
        95 % confidence limits; NaN when none were given.
    citation : str
    note : str
    """

    endpoint: str
    value: float
    unit: str
    statistic: str
    term: str = ""
    n: int = 0
    confirmed: bool = False
    lower: float = math.nan
    upper: float = math.nan
    citation: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StudyCovariate:
    """Distribution of one baseline covariate.

    Attributes
    ----------
    name : str
    unit : str
    probabilities, quantiles : tuple of float
        Same length; probabilities rise within [0, 1].
    n : int
        People behind the distribution; 0 when not stated.
    values : tuple of float
        Individual values, where the study holds them; else empty.
    """

    name: str
    unit: str
    probabilities: tuple[float, ...]
    quantiles: tuple[float, ...]
    n: int = 0
    values: tuple[float, ...] = ()

    @classmethod
    def from_values(
        cls,
        name: str,
        unit: str,
        values: Sequence[float],
        probabilities: Sequence[float] = QUANTILE_PROBABILITIES,
    ) -> StudyCovariate:
        """Describe individual values by their quantiles (linear rule) and keep them.

        Parameters
        ----------
        name : str
        unit : str
        values : sequence of float, in `unit`
        probabilities : sequence of float, optional

        Returns
        -------
        StudyCovariate
        """
        quantiles = np.quantile(np.asarray(values, float), probabilities, method="linear")
        return cls(
            name,
            unit,
            tuple(float(probability) for probability in probabilities),
            tuple(float(quantile) for quantile in quantiles),
            len(values),
            tuple(float(value) for value in values),
        )


@dataclass(frozen=True, slots=True)
class StudyDose:
    """One planned dose of the protocol.

    Attributes
    ----------
    name : str
        What is given, as ``"car_t"``.
    time : float
        Day.
    amount : float
        In `unit`, which may be per body weight (``"cell/kg"``).
    unit : str
    cap : float
        Largest total amount in `cap_unit`; NaN when there is none.
    cap_unit : str
    """

    name: str
    time: float
    amount: float
    unit: str
    cap: float = math.nan
    cap_unit: str = ""


def build_study(
    study_id: str,
    observations: Sequence[Observation],
    *,
    readouts: Sequence[StudyReadout] = (),
    covariates: Sequence[StudyCovariate] = (),
    doses: Sequence[StudyDose] = (),
    interventions: Sequence[Intervention] = (),
    subjects: Sequence[str] = (),
    persons: Sequence[PersonVariable] = (),
    title: str = "",
    organism: str = "",
    product: str = "",
    disease: str = "",
    source: Source | None = None,
    licence: str = "",
    assay: str = "",
    accuracy: str = "",
    note: str = "",
) -> xr.Dataset:
    """Build a study data set and check it against the schema.

    Parameters
    ----------
    study_id : str
    observations : sequence of Observation
        Kept in this order.
    readouts : sequence of StudyReadout, optional
    covariates : sequence of StudyCovariate, optional
    doses : sequence of StudyDose, optional
        Planned doses of the protocol; stored as JSON in the attribute ``doses``.
    interventions : sequence of Intervention, optional
        What single people or arms were given, also cells.
    subjects : sequence of str, optional
        The people that `persons` are about, in the order of their values.
    persons : sequence of PersonVariable, optional
    title, organism, product, disease, licence, assay, accuracy, note : str, optional
    source : Source, optional

    Returns
    -------
    xarray.Dataset
        Dims ``observation``, ``readout``, ``covariate``, ``quantile`` and, where a covariate has
        individual values, ``patient`` (``cov_values``, padded with NaN); ``intervention`` and
        ``subject`` where there are any.

    Raises
    ------
    DataError
        When a record does not fit the schema; all problems at once.

    Examples
    --------
    >>> study = build_study("demo", [Observation(7.0, "car_t_blood", 31.5, "cell/uL", subject="1")])
    >>> float(study.obs_value[0])
    31.5
    """
    import xarray as xr

    raise_issues(
        [*_covariate_issues(study_id, covariates), *person_issues(study_id, subjects, persons)],
        DataError,
    )
    variables = {
        **_record_columns("obs", "observation", Observation, observations),
        **_record_columns("ro", "readout", StudyReadout, readouts),
    }
    variables["obs_time"] = (*variables["obs_time"], {"units": "day", "long_name": "visit"})
    if interventions:
        variables |= _record_columns("iv", "intervention", Intervention, interventions)
    cov_variables, coords = _covariate_arrays(covariates)
    if subjects:
        coords["subject"] = ("subject", np.array([str(name) for name in subjects], np.str_))
    study = xr.Dataset({**variables, **cov_variables, **person_arrays(persons)}, coords=coords)
    study.attrs = {
        "schema": STUDY_SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "id": study_id,
        "title": title or study_id,
        "organism": organism,
        "product": product,
        "disease": disease,
        "source": json.dumps(dataclasses.asdict(source) if source else _NO_SOURCE),
        "licence": licence,
        "assay": assay or UNKNOWN_ASSAY,
        "accuracy": accuracy,
        "note": note,
        "doses": json.dumps([_dose_record(dose) for dose in doses]),
    }
    validate_study(study)
    return study


_NO_SOURCE = {"doi": "", "authors": [], "year": 0, "title": ""}
_DTYPES = {"float": np.float64, "int": np.int64, "bool": np.bool_, "str": np.str_}


def _record_columns(
    prefix: str, dim: str, record: type, records: Sequence[object]
) -> dict[str, tuple[object, ...]]:
    """One variable per field of a record class, in the order of the fields."""
    return {
        f"{prefix}_{field.name}": (
            dim,
            np.array([getattr(entry, field.name) for entry in records], _DTYPES[str(field.type)]),
        )
        for field in dataclasses.fields(record)
    }


def _covariate_arrays(
    covariates: Sequence[StudyCovariate],
) -> tuple[dict[str, tuple[object, ...]], dict[str, tuple[str, NDArray[np.generic]]]]:
    grid = covariates[0].probabilities if covariates else ()
    value = np.array([covariate.quantiles for covariate in covariates], np.float64)
    n_patients = max((len(covariate.values) for covariate in covariates), default=0)
    patients = np.full((len(covariates), n_patients), np.nan)
    for row, covariate in enumerate(covariates):
        patients[row, : len(covariate.values)] = covariate.values
    variables: dict[str, tuple[object, ...]] = {
        "cov_value": (("covariate", "quantile"), value.reshape(len(covariates), len(grid))),
        "cov_unit": ("covariate", np.array([c.unit for c in covariates], np.str_)),
        "cov_n": ("covariate", np.array([c.n for c in covariates], np.int64)),
    }
    if n_patients:
        variables["cov_values"] = (("covariate", "patient"), patients)
    coords = {
        "covariate": ("covariate", np.array([c.name for c in covariates], np.str_)),
        "quantile": ("quantile", np.array(grid, np.float64)),
    }
    return variables, coords


def _covariate_issues(study_id: str, covariates: Sequence[StudyCovariate]) -> list[Issue]:
    """Problems that the arrays of `_covariate_arrays` could not show, or not be built with."""
    issues = []
    names = [covariate.name for covariate in covariates]
    for covariate in covariates:
        where = f"study {study_id}, covariate {covariate.name}"
        probabilities, quantiles = covariate.probabilities, covariate.quantiles
        if names.count(covariate.name) > 1:
            issues.append(Issue("error", where, "the name is given more than once"))
        if len(probabilities) != len(quantiles) or not probabilities:
            issues.append(
                Issue(
                    "error",
                    where,
                    f"{len(probabilities)} probabilities and {len(quantiles)} quantiles",
                    "give one quantile for each probability, and at least one",
                )
            )
            continue
        rising = all(a < b for a, b in itertools.pairwise(probabilities))
        if not rising or probabilities[0] < 0 or probabilities[-1] > 1:
            issues.append(Issue("error", where, "probabilities must rise within [0, 1]"))
        if probabilities != covariates[0].probabilities:
            message = f"described at other probabilities than {covariates[0].name}"
            issues.append(Issue("error", where, message, "use the same ones for all covariates"))
        if not all(a <= b for a, b in itertools.pairwise(quantiles)):
            issues.append(Issue("error", where, "quantiles must not fall as probability rises"))
    return issues


def _dose_record(dose: StudyDose) -> dict[str, object]:
    record = dataclasses.asdict(dose)
    record["cap"] = None if math.isnan(dose.cap) else dose.cap  # NaN is not JSON
    return record
