"""A published formula: arrays with units in, a dataset with units and source out."""

from __future__ import annotations

import hashlib
import json
import math
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import (
    DraftModelWarning,
    Issue,
    OptionError,
    raise_issues,
    unknown_name,
)
from livingdrug.core.source import Source
from livingdrug.core.units import conversion_factor
from livingdrug.model.model import plain_data
from livingdrug.model.parameter import Parameter

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Argument", "ClosedForm", "Formula", "Output", "PublishedFunction", "published_function"]

FloatArray = NDArray[np.float64]
Law = Callable[[Mapping[str, FloatArray], Mapping[str, float]], Mapping[str, FloatArray]]


@dataclass(frozen=True, slots=True)
class Argument:
    """What a published function is a function of.

    Attributes
    ----------
    name, unit : str
    default : float or None
        None: it has to be given.
    lower, upper : float
        Bounds, inclusive.
    doc : str
    """

    name: str
    unit: str
    default: float | None = None
    lower: float = -math.inf
    upper: float = math.inf
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """What a published function gives.

    Attributes
    ----------
    name, unit, doc : str
    """

    name: str
    unit: str
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """One line of the law as it is written for people.

    Attributes
    ----------
    name, text, at : str
    """

    name: str
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """A published function in one variant.

    Attributes
    ----------
    id, title, organism, population : str
    source : Source
    variant : str
    arguments : tuple of Argument
    outputs : tuple of Output
    parameters : tuple of Parameter
    formulas : tuple of Formula
    law : callable
        From arrays of the arguments, which broadcast, and the parameters to arrays of the outputs.
    digest : str
        SHA-256 of the text of the entry, attached by `published_function`.
    status : str
        Attached by the catalogue.
    """

    id: str
    title: str
    organism: str
    population: str
    source: Source
    variant: str
    arguments: tuple[Argument, ...]
    outputs: tuple[Output, ...]
    parameters: tuple[Parameter, ...]
    formulas: tuple[Formula, ...]
    law: Law
    digest: str = ""
    status: str = ""

    @property
    def math_hash(self) -> str:
        """SHA-256 of the formulas and the names that they join."""
        parts: list[Argument | Output | Parameter]
        parts = [*self.arguments, *self.outputs, *self.parameters]
        names = [item.name for item in parts]
        return _sha256([[f.name, f.text] for f in self.formulas] + [names])

    @property
    def evidence_hash(self) -> str:
        """SHA-256 of every value, and of the file that computes."""
        parts = (self.id, self.variant, self.arguments, self.outputs, self.parameters)
        return _sha256([self.digest, plain_data(parts, {"doc", "symbol"})])

    def __call__(
        self, *, parameters: Mapping[str, float] | None = None, **arguments: ArrayLike
    ) -> xr.Dataset:
        """Evaluate on the grid that the arguments span.

        Parameters
        ----------
        parameters : mapping from name to float, optional
            Instead of the published values.
        **arguments : array_like
            Numbers in the unit of each argument, one or many; each list becomes a dimension. A
            ``DataArray`` with an attribute ``units`` is converted.

        Returns
        -------
        xarray.Dataset
            The outputs, with their units, over the arguments.

        Raises
        ------
        OptionError
            Listing every argument or parameter that is unknown, missing or out of bounds.
        """
        import xarray as xr

        issues: list[Issue] = []
        arrays = self._read(arguments, issues)
        values = self._values(parameters or {}, issues)
        raise_issues(issues, OptionError)
        if self.status == "draft":
            text = f"{self.id} is a draft: it has not been shown to reproduce its source"
            warnings.warn(text, DraftModelWarning, stacklevel=2)
        dims = [name for name, array in arrays.items() if array.ndim]
        shape = tuple(arrays[name].size for name in dims)
        spread = {
            name: array.reshape([-1 if name == dim else 1 for dim in dims])
            for name, array in arrays.items()
        }
        found = self.law(spread, values)
        units = {item.name: item for item in self.arguments}
        return xr.Dataset(
            {
                item.name: (
                    dims,
                    np.broadcast_to(found[item.name], shape).astype(float),
                    {"units": item.unit, "long_name": item.doc or item.name},
                )
                for item in self.outputs
            },
            coords={
                name: (
                    (name,) if array.ndim else (),
                    array,
                    {"units": units[name].unit, "long_name": units[name].doc or name},
                )
                for name, array in arrays.items()
            },
            attrs={
                "function": self.id,
                "variant": self.variant,
                "organism": self.organism,
                "status": self.status,
                "evidence_hash": self.evidence_hash,
                "source": self.source.citation(),
            },
        )

    def _read(self, given: Mapping[str, ArrayLike], issues: list[Issue]) -> dict[str, FloatArray]:
        known = {item.name: item for item in self.arguments}
        issues += [
            unknown_name("argument", name, known, where=self.id)
            for name in given.keys() - known.keys()
        ]
        arrays = {}
        for name, item in known.items():
            where = f"{self.id}, argument {name}"
            if name not in given and item.default is None:
                issues.append(Issue("error", where, "is not given", f"give it in {item.unit}"))
                continue
            value = given.get(name, item.default)
            try:
                array = np.asarray(value, dtype=float)
            except (TypeError, ValueError):
                issues.append(
                    Issue("error", where, f"{value!r} is not a number, nor a list of them")
                )
                continue
            unit = str(getattr(value, "attrs", {}).get("units", item.unit))
            array = array * conversion_factor(unit, item.unit, where=where)
            issues += _bounds(where, array, item.lower, item.upper)
            arrays[name] = array
        return arrays

    def _values(self, given: Mapping[str, float], issues: list[Issue]) -> dict[str, float]:
        known = {item.name: item for item in self.parameters}
        issues += [
            unknown_name("parameter", name, known, where=self.id)
            for name in given.keys() - known.keys()
        ]
        for name in given.keys() & known.keys():
            where, item = f"{self.id}, parameter {name}", known[name]
            issues += _bounds(where, np.asarray(given[name], dtype=float), item.lower, item.upper)
        return {name: float(given.get(name, item.value)) for name, item in known.items()}


def _bounds(where: str, array: FloatArray, lower: float, upper: float) -> list[Issue]:
    if array.ndim > 1 or array.size == 0:
        return [Issue("error", where, f"shape {array.shape}; give a number or a list of numbers")]
    bad = ~np.isfinite(array) | (array < lower) | (array > upper)
    if not bad.any():
        return []
    first = float(np.atleast_1d(array)[np.atleast_1d(bad)][0])
    return [Issue("error", where, f"{first:g} given", f"allowed are {lower:g} to {upper:g}")]


def _sha256(data: object) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PublishedFunction:
    """A builder of a published function. Made by the decorator `published_function`.

    Attributes
    ----------
    source : Source
    variants : mapping from name to str
        What each variant is; the first is the default.
    build : callable
        From the name of a variant to the function.
    """

    source: Source
    variants: Mapping[str, str]
    build: Callable[[str], ClosedForm]

    def __call__(self, variant: str = "") -> ClosedForm:
        """Build a variant; the default when none is named."""
        form = self.build(variant or next(iter(self.variants)))
        return replace(form, digest=form.digest or text_digest(self.build.__module__))


def text_digest(module: str) -> str:
    """Return the SHA-256 of the text of an entry and of the private files that bear its name.

    A formula has no expression that could be hashed, so that any change of its file counts.

    Parameters
    ----------
    module : str
        Dotted name.

    Returns
    -------
    str
    """
    package, _, name = module.rpartition(".")
    if package not in sys.modules:  # defined in a test or at a prompt
        return ""
    total = hashlib.sha256()
    folder = resources.files(package)
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name == f"{name}.py" or file.name.startswith(f"_{name}_"):
            total.update("\n".join(file.read_text(encoding="utf-8").splitlines()).encode())
    return total.hexdigest()


def published_function(
    *, source: Source, variants: Mapping[str, str]
) -> Callable[[Callable[[str], ClosedForm]], PublishedFunction]:
    """Mark a function as the builder of a published function.

    Parameters
    ----------
    source : Source
    variants : mapping from name to str
        What each variant is; the first is the default.

    Returns
    -------
    callable
        Decorator for a function from the name of a variant to a `ClosedForm`.
    """

    def decorate(build: Callable[[str], ClosedForm]) -> PublishedFunction:
        return PublishedFunction(source, variants, build)

    return decorate
