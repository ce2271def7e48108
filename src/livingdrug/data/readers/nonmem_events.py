"""What the rows of a NONMEM-type table are: doses, observations, resets and covariates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from livingdrug.core.censoring import MEASURED
from livingdrug.core.delimited import RowCells
from livingdrug.core.errors import Issue

__all__ = ["CovariateRecord", "Dose", "Place", "Record", "Reset", "Rows"]


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose row; times in the unit of the table.

    Attributes
    ----------
    cells : RowCells
    subject : str
    time, amount, duration : float
    name : str
    additional : int
        Further doses (ADDL), `interval` apart.
    interval : float
    steady : int
        SS: 1 for a dose in steady state, 2 for one on top of others, else 0.
    modelled : int
        -1 or -2 where RATE says that the model has the rate or the duration, else 0.
    occasion : str
        OCC as written.
    resets : int
        Resets (EVID 3 or 4) of the person up to and with this row.
    """

    cells: RowCells
    subject: str
    time: float
    amount: float
    duration: float
    name: str
    additional: int = 0
    interval: float = 0.0
    steady: int = 0
    modelled: int = 0
    occasion: str = ""
    resets: int = 0


@dataclass(frozen=True, slots=True)
class Reset:
    """One row that sets the person back to the start (EVID 3, and before the dose of EVID 4).

    Attributes
    ----------
    cells : RowCells
    subject : str
    time : float
    """

    cells: RowCells
    subject: str
    time: float


@dataclass(frozen=True, slots=True)
class CovariateRecord:
    """One value of one covariate at one time, in the unit of the table.

    Attributes
    ----------
    cells : RowCells
    subject, name : str
    time, value : float
    """

    cells: RowCells
    subject: str
    name: str
    time: float
    value: float


@dataclass(frozen=True, slots=True)
class Record:
    """One observation row; time in the unit of the table.

    Attributes
    ----------
    cells : RowCells
    subject : str
    time : float
    value : float or None
        DV; None where MDV is 1: a time at which only a prediction is wanted.
    cens : int
        CENS: 1 where the truth is below `value`, -1 where it is above, else 0.
    limit : float or None
        LIMIT: other end of the censoring interval.
    observed : str
        DVID as written; without it CMT, without both ``"1"``.
    occasion : str
        OCC as written.
    resets : int
        Resets (EVID 3 or 4) of the person before this row.
    """

    cells: RowCells
    subject: str
    time: float
    value: float | None
    cens: int = MEASURED
    limit: float | None = None
    observed: str = "1"
    occasion: str = ""
    resets: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the course of a person.

    Attributes
    ----------
    cells : RowCells
    subject : str
    time : float
    resets : bool
        The row sets the person back, so time may begin anew.
    """

    cells: RowCells
    subject: str
    time: float
    resets: bool


@dataclass(slots=True)
class Rows:
    """Everything that was found in the table.

    Attributes
    ----------
    dose_names : str or mapping
        Name of the dose, or of the dose into each compartment (CMT as written in the table).
    observed : collection of str
        What may be observed (DVID or CMT); empty when only one thing is.
    covariates : tuple of str
        Columns to read as covariates.
    signed : bool
        DV may be negative, as an impedance.
    carry : str or None
        Rule for covariates between two values; None where none was declared.
    log_scale : bool
        DV is measured on a scale of logarithms, so that a 0 is no value.
    events : list of Dose, Record or Reset
        In the order of the rows.
    values : list of CovariateRecord
        In the order of the rows.
    places : list of Place
        Subject and time of every row that has both, also where another cell is wrong.
    issues : list of Issue
        All problems.
    refused : list of Issue
        Those of `issues` that are valid NONMEM but not handled here.
    """

    dose_names: str | Mapping[str, str]
    observed: Collection[str] = ()
    covariates: tuple[str, ...] = ()
    signed: bool = False
    carry: str | None = None
    log_scale: bool = False
    events: list[Dose | Record | Reset] = field(default_factory=list)
    values: list[CovariateRecord] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    resets: dict[str, int] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    refused: list[Issue] = field(default_factory=list)

    def refuse(self, cells: RowCells, column: str, what: str, fix: str = "") -> None:
        """Record something that this reader does not handle.

        Parameters
        ----------
        cells : RowCells
        column : str
        what, fix : str
        """
        cells.complain(column, f"{what} is not handled by this reader", fix)
        self.refused.append(self.issues[-1])
