"""Measured values as they stand in a file: what the checks of a study look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.censoring import MEASURED, censoring_codes
from livingdrug.data.event_columns import event_column
from livingdrug.data.study import INDIVIDUAL

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Measured", "measured_of_study"]


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of one analyte, from one column of one file.

    Attributes
    ----------
    file, column : str
        Where the values stand.
    term, unit : str
    row : ndarray of int
        Rows of the file; its header is row 1.
    subject : ndarray of str
    day, value : ndarray of float
        In the order of the rows; only rows that hold a value.
    censored : ndarray of bool
        Whether the source itself says that the value lies below or above a limit.
    signed : bool
        Whether the quantity may be negative.
    capped : ndarray of bool or None
        Where our record of the set, not the source, takes a number for an upper limit. The checks
        look at these numbers as at the others.
    resets : ndarray of int or None
        How often the person was set back before the value; time may fall at a reset.
    time_column : str
        Where the days stand.
    """

    file: str
    column: str
    term: str
    unit: str
    row: NDArray[np.int64]
    subject: NDArray[np.str_]
    day: NDArray[np.float64]
    value: NDArray[np.float64]
    censored: NDArray[np.bool_]
    signed: bool = False
    capped: NDArray[np.bool_] | None = None
    resets: NDArray[np.int64] | None = None
    time_column: str = ""

    @property
    def where(self) -> str:
        """File and column, as messages name them."""
        return f"{self.file}, column {self.column}"

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which rows hold a number that was measured."""
        return np.isfinite(self.value) & ~self.censored


def measured_of_study(
    study: xr.Dataset,
    *,
    file: str = "observations.csv",
    rows: Sequence[int] | None = None,
    columns: tuple[str, str] = ("time", "value"),
) -> tuple[Measured, ...]:
    """Return the individual values of a study, by term, unit and assay.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``. Pooled values are left out.
    file : str, optional
        Name of the file in messages.
    rows : sequence of int, optional
        Row of the file of each observation; by default they follow the header one by one.
    columns : tuple of str, optional
        Where days and values stand.

    Returns
    -------
    tuple of Measured
    """
    facts = {name: study[f"obs_{name}"].values for name in ("term", "unit", "assay", "statistic")}
    place = np.arange(2, 2 + len(facts["term"])) if rows is None else np.asarray(rows)
    single = facts["statistic"] == INDIVIDUAL
    keys = list(zip(*(facts[name].tolist() for name in ("term", "unit", "assay")), strict=True))
    resets = event_column(study, "obs_resets").astype(np.int64)
    censored = censoring_codes(study) != MEASURED
    found = []
    for term, unit, assay in dict.fromkeys(
        key for key, one in zip(keys, single, strict=True) if one
    ):
        here = np.array([key == (term, unit, assay) for key in keys]) & single
        column = f"{columns[1]}, {term}" + (f" by {assay}" if assay and assay != "unknown" else "")
        found.append(
            Measured(
                file, column, term, unit,
                place[here].astype(np.int64), study["obs_subject"].values[here].astype(np.str_),
                study["obs_time"].values[here], study["obs_value"].values[here],
                censored[here],
                # the reader takes a negative value only of a term that is declared to have them
                signed=bool((study["obs_value"].values[here] < 0).any()),
                resets=resets[here],
                time_column=columns[0],
            )
        )  # fmt: skip
    return tuple(found)
