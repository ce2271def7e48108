"""Uncertainty of the population values of the reference model: a layer of its own.

A draw is one guess of what the typical values are; all people of a virtual trial share it. It is
never mixed with what differs between people.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.core.errors import DataError, Issue, OptionError, raise_issues
from livingdrug.core.random import Purpose, normals
from livingdrug.model.model import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Prior", "assumed_text", "draw_values", "priors"]


@dataclass(frozen=True, slots=True)
class Prior:
    """How uncertain one population value is.

    Attributes
    ----------
    name : str
        Parameter of the model.
    ln_sd : float
        SD on the log scale.
    role : {"F", "P"}
        Free in a calibration, or with an informative prior.
    origin : {"stated", "ASSUMED"}
    why : str
    """

    name: str
    ln_sd: float
    role: str
    origin: str
    why: str = ""


@functools.cache
def priors() -> Mapping[str, Prior]:
    """Return the priors that come with the package.

    Returns
    -------
    mapping from str to Prior

    Raises
    ------
    DataError
        When the bundled file is damaged.

    Examples
    --------
    >>> priors()["gam"].ln_sd, priors()["gam"].origin
    (0.3, 'stated')
    """
    text = (resources.files("livingdrug.trial") / "priors.toml").read_text(encoding="utf-8")
    found, issues = {}, []
    for name, given in tomllib.loads(text).items():
        problem = _problem(given)
        if problem:
            issues.append(Issue("error", f"priors.toml, {name}", problem, "reinstall the package"))
            continue
        found[name] = Prior(
            name, float(given["ln_sd"]), given["role"], given["origin"], given.get("why", "")
        )
    raise_issues(issues, DataError)
    return found


def _problem(given: Mapping[str, object]) -> str:
    sd = given.get("ln_sd")
    if not isinstance(sd, int | float) or not (math.isfinite(sd) and sd > 0):
        return f"ln_sd = {sd!r} must be a number above 0"
    if given.get("role") not in ("F", "P"):
        return f"role = {given.get('role')!r}; allowed: F, P"
    if given.get("origin") not in ("stated", "ASSUMED"):
        return f"origin = {given.get('origin')!r}; allowed: stated, ASSUMED"
    return ""


def draw_values(model: Model, draw: int, *, seed: int) -> dict[str, float]:
    """Draw the population values of a model once.

    Parameters
    ----------
    model : Model
        With the values of a setting; they are the medians.
    draw : int
        Number of the draw; each stays the same whatever else is drawn.
    seed : int

    Returns
    -------
    dict from str to float
        Of each parameter that has a prior and whose value is not 0.

    Raises
    ------
    OptionError
        When `draw` is negative.
    """
    if draw < 0:
        raise OptionError(f"draw = {draw}; allowed are 0 and more")
    drawn = {}
    for item in model.parameters:
        prior = priors().get(item.name)
        if prior is None or item.value == 0:
            continue
        number = normals(
            seed=seed, purpose=Purpose.UNCERTAINTY, subjects=np.array([draw]), name=item.name
        ).item()
        value = item.value * math.exp(prior.ln_sd * number)
        drawn[item.name] = min(max(value, item.lower), item.upper)
    return drawn


def assumed_text(names: Sequence[str] | None = None) -> str:
    """Say which SDs of population values are assumed.

    Parameters
    ----------
    names : sequence of str, optional
        Only these; all when not given.

    Returns
    -------
    str
    """
    chosen = [p for p in priors().values() if names is None or p.name in names]
    assumed = [p.name for p in chosen if p.origin == "ASSUMED"]
    return (
        f"ASSUMED ln SD of {len(assumed)} of {len(chosen)} population values "
        f"({', '.join(assumed)}); the others are stated in the design of the model"
    )
