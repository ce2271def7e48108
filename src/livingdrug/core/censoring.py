"""Values outside the limits of an assay, as one code for each observation of a study.

The codes are those of the column CENS in NONMEM-type tables: 1 where the value lies below the lower
limit of quantification (left-censored), -1 where it lies above the upper one (right-censored), 0
where it was measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ABOVE", "BELOW", "MEASURED", "censoring_codes", "lower_limits", "upper_limits"]

BELOW = 1
"""Below the lower limit of quantification: the truth is smaller than it."""
MEASURED = 0
ABOVE = -1
"""Above the upper limit of quantification: the truth is larger than it."""


def censoring_codes(study: xr.Dataset) -> NDArray[np.int8]:
    """Return the code of each observation.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``; without ``obs_alq``, nothing is above a limit.

    Returns
    -------
    ndarray of int8, shape (n_observations,)
        1, 0 or -1.
    """
    codes = np.where(study["obs_blq"].values.astype(bool), BELOW, MEASURED)
    if "obs_alq" in study:
        codes = np.where(study["obs_alq"].values.astype(bool), ABOVE, codes)
    return codes.astype(np.int8)


def lower_limits(study: xr.Dataset) -> NDArray[np.float64]:
    """Return the lower limit of quantification of each observation.

    Parameters
    ----------
    study : xarray.Dataset

    Returns
    -------
    ndarray, shape (n_observations,)
        In the unit of the observation; NaN where none is known.
    """
    return study["obs_lloq"].values.astype(np.float64)


def upper_limits(study: xr.Dataset) -> NDArray[np.float64]:
    """Return the upper limit of quantification of each observation.

    Parameters
    ----------
    study : xarray.Dataset

    Returns
    -------
    ndarray, shape (n_observations,)
        In the unit of the observation; NaN where none is known.
    """
    if "obs_uloq" not in study:
        return np.full(study["obs_lloq"].shape, np.nan)
    return study["obs_uloq"].values.astype(np.float64)
