"""The model of one subject: values, covariates and doses written into the model itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from livingdrug.cohort.cohort import cohort_from_arrays, settable
from livingdrug.core.errors import DataError
from livingdrug.core.source import Origin
from livingdrug.model.given import shift_clock, with_doses
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["OneSubject", "one_subject", "with_values"]


@dataclass(frozen=True, slots=True)
class OneSubject:
    """A subject, and the model that is this subject.

    Attributes
    ----------
    model : Model
        Runs by itself to what the cohort of one gives.
    cohort : xarray.Dataset or None
        For the model that it was made from; None where nothing was set or given.
    start : float
        Day of the regimen that is time 0 of `model`.
    doses : tuple of Dose
        Amounts of this subject, in the unit that the model declares.
    """

    model: Model
    cohort: xr.Dataset | None
    start: float
    doses: tuple[Dose, ...]


def one_subject(
    model: Model,
    regimen: Regimen | None = None,
    values: Mapping[str, float] | None = None,
) -> OneSubject:
    """Write one subject into a model.

    Parameters
    ----------
    model : Model
    regimen : Regimen, optional
        Amounts per kilogram or square metre need the covariate in `values`. The clock of the
        model starts at the first dose where that lies before day 0.
    values : mapping from name to float, optional
        Parameters, initial values and covariates, as for `cohort_from_arrays`. What differs from
        the model becomes ``assumed``; effects of covariates are applied, and no longer declared.

    Returns
    -------
    OneSubject
        With the model itself where there is neither.

    Raises
    ------
    DataError
        Listing what does not fit the model.
    CapabilityError
        Listing the doses that cannot be written into a model.
    """
    given = dict(values or {})
    doses = () if regimen is None else regimen.doses
    if not given and not doses:
        return OneSubject(model, None, 0.0, ())
    if doses and model.time_unit != "day":
        raise DataError(
            f"{model.id} counts time in {model.time_unit!r}, and a regimen in days: leave the "
            "doses out, or write the model in days"
        )
    cohort = cohort_from_arrays(model, given, regimen=regimen)
    resolved = _resolved(cohort) if doses else ()
    start = min([0.0, *(dose.time for dose in resolved)])
    stand_in = model.dose_stand_in
    if start < 0 and stand_in is not None:
        raise DataError(
            f"{model.id} starts at the infusion, day 0, because {stand_in.quantity!r} stands for "
            f"the dose; a dose on day {start:g} lies before it"
        )
    made = shift_clock(_with_values(model, cohort, given), start)
    moved = tuple(replace(dose, time=dose.time - start) for dose in resolved)
    return OneSubject(with_doses(made, moved), cohort, start, resolved)


def _resolved(cohort: xr.Dataset) -> tuple[Dose, ...]:
    columns = [
        cohort[f"dose_{name}"].values.tolist()
        for name in ("name", "amount", "unit", "time", "duration")
    ]
    return tuple(Dose(*row) for row in zip(*columns, strict=True))


def _with_values(model: Model, cohort: xr.Dataset, given: Mapping[str, float]) -> Model:
    """Return the model with the values of the one subject of a cohort."""
    known = settable(model)
    set_to = {
        str(name): float(variable.values[0])
        for name, variable in cohort.data_vars.items()
        if variable.dims == ("subject",) and known.get(str(name), ("covariate",))[0] != "covariate"
    }
    applied = {name for name in given if known[name][0] == "covariate"}
    effects = tuple(e for e in model.covariate_effects if e.covariate not in applied)
    left = {effect.covariate for effect in effects}
    covariates = tuple(
        item for item in model.covariates if item.name not in applied or item.name in left
    )
    return replace(with_values(model, set_to), covariate_effects=effects, covariates=covariates)


def with_values(model: Model, values: Mapping[str, float]) -> Model:
    """Return a model with other values, whose origin is then ``assumed``.

    Parameters
    ----------
    model : Model
    values : mapping from name to float
        Of parameters, compartments, species (initial) and inputs (default). Equal ones change
        nothing.

    Returns
    -------
    Model
    """

    def differs(name: str, old: float) -> bool:
        return name in values and values[name] != old

    assumed = Origin.ASSUMED
    return replace(
        model,
        parameters=tuple(
            replace(p, value=values[p.name], origin=assumed, at="") if differs(p.name, p.value)
            else p
            for p in model.parameters
        ),
        compartments=tuple(
            replace(c, size=values[c.name], origin=assumed, at="") if differs(c.name, c.size) else c
            for c in model.compartments
        ),
        species=tuple(
            replace(s, initial=values[s.name], origin=assumed, at="")
            if differs(s.name, s.initial) else s
            for s in model.species
        ),
        inputs=tuple(
            replace(i, default=values[i.name], at="") if differs(i.name, i.default) else i
            for i in model.inputs
        ),
    )  # fmt: skip
