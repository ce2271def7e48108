"""Outcomes that are made up."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

CLASSES = ("none by the horizon", "cure", "relapse")


def table(code: np.ndarray, day: np.ndarray | None = None, end: float = 100.0) -> xr.Dataset:
    """Outcomes with the codes of each person and run."""
    lead = ("subject", "replicate")
    days = np.where(code > 0, 1.0, end) if day is None else day
    return xr.Dataset(
        {
            "outcome": (lead, code.astype(np.int8), {"classes": json.dumps(CLASSES)}),
            "outcome_day": (lead, days),
        },
        coords={"subject": np.arange(len(code)), "replicate": np.arange(code.shape[1])},
        attrs={"start": 0.0, "horizon": end, "rules": "made up.", "assumed": "[]"},
    )
