"""Doses and regimens in the words of the field."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["Dose", "Regimen"]


@dataclass(frozen=True, slots=True)
class Dose:
    """One administration, as a protocol writes it.

    Attributes
    ----------
    name : str
        Of a dose that the model declares, as ``"infusion"`` or ``"fludarabine"``.
    amount : float
        In `unit`; per kilogram of body weight or per square metre when `per` says so.
    unit : str
        Of the amount, without the ``per``; empty for the unit that the model declares.
    time : float
        day; day 0 is the first infusion of the engineered cells.
    duration : float
        day; 0 is a bolus.
    per : {"", "kg", "m2"}
        Scaled by the subject's covariate ``weight`` (kg) or ``body_surface_area`` (m2).
    cap : float
        Largest total amount, in `unit`.
    """

    name: str
    amount: float
    unit: str = ""
    time: float = 0.0
    duration: float = 0.0
    per: str = ""
    cap: float = math.inf

    def __post_init__(self) -> None:
        where = f"dose {self.name}"
        issues = []
        if not (math.isfinite(self.amount) and self.amount >= 0):
            issues.append(
                Issue("error", where, f"amount {self.amount!r} must be a finite number >= 0")
            )
        if not math.isfinite(self.time):
            issues.append(Issue("error", where, f"time {self.time!r} must be a finite day"))
        if not (math.isfinite(self.duration) and self.duration >= 0):
            issues.append(
                Issue("error", where, f"duration {self.duration!r} must be a finite number >= 0")
            )
        if self.per not in ("", "kg", "m2"):
            issues.append(Issue("error", where, f"per {self.per!r} must be '', 'kg' or 'm2'"))
        if not self.cap > 0:
            issues.append(Issue("error", where, f"cap {self.cap!r} must be > 0"))
        raise_issues(issues, OptionError)


@dataclass(frozen=True, slots=True)
class Regimen:
    """A sequence of doses, in record order: at equal times the first goes first.

    Attributes
    ----------
    doses : tuple of Dose
    name : str
    source : str
        Where it comes from, as a trial or a label.

    Examples
    --------
    >>> day = Regimen.infusion(2e6, "cell", per="kg", cap=2e8)
    >>> split = Regimen.split(3e8, "cell", fractions=(0.1, 0.3, 0.6), days=(0, 1, 2))
    >>> [round(dose.amount / 1e6) for dose in split.doses]
    [30, 90, 180]
    """

    doses: tuple[Dose, ...] = ()
    name: str = ""
    source: str = ""

    @classmethod
    def infusion(
        cls,
        amount: float,
        unit: str = "",
        *,
        time: float = 0.0,
        duration: float = 0.0,
        per: str = "",
        cap: float = math.inf,
        dose: str = "infusion",
    ) -> Regimen:
        """Return a single infusion of engineered cells.

        Parameters
        ----------
        amount, unit, time, duration, per, cap
            As in `Dose`.
        dose : str, optional
            Name of the dose in the model.

        Returns
        -------
        Regimen
        """
        return cls((Dose(dose, amount, unit, time, duration, per, cap),))

    @classmethod
    def split(
        cls,
        total: float,
        unit: str = "",
        *,
        fractions: Sequence[float],
        days: Sequence[float],
        per: str = "",
        cap: float = math.inf,
        dose: str = "infusion",
    ) -> Regimen:
        """Return a dose given in parts.

        Parameters
        ----------
        total : float
            Of all parts, in `unit`.
        unit : str
        fractions : sequence of float
            Of the total; they add up to 1.
        days : sequence of float
        per, cap, dose
            As in `infusion`; the cap is on the total.

        Returns
        -------
        Regimen

        Raises
        ------
        OptionError
            When the fractions do not add up to 1, or differ in number from the days.
        """
        if len(fractions) != len(days) or not math.isclose(sum(fractions), 1.0, rel_tol=1e-9):
            raise OptionError(
                f"split dose: {len(fractions)} fractions that add up to {sum(fractions):g} for "
                f"{len(days)} days; give as many fractions as days, adding up to 1"
            )
        doses = tuple(
            Dose(dose, total * part, unit, day, 0.0, per, cap * part)
            for part, day in zip(fractions, days, strict=True)
        )
        return cls(doses)

    @classmethod
    def lymphodepletion(
        cls,
        *,
        fludarabine: float = 30.0,
        cyclophosphamide: float = 500.0,
        days: Sequence[float] = (-5.0, -4.0, -3.0),
        unit: str = "mg",
        per: str = "m2",
    ) -> Regimen:
        """Return fludarabine and cyclophosphamide before the infusion.

        The defaults are those of ZUMA-1: 30 and 500 mg/m2 on days -5, -4 and -3 [1]_.

        Parameters
        ----------
        fludarabine, cyclophosphamide : float
            Daily amount in `unit` per `per`; 0 leaves the drug out.
        days : sequence of float
        unit, per : str

        Returns
        -------
        Regimen

        References
        ----------
        .. [1] Neelapu et al. 2017, N Engl J Med 377:2531. doi:10.1056/NEJMoa1707447
        """
        drugs = (("fludarabine", fludarabine), ("cyclophosphamide", cyclophosphamide))
        doses = tuple(
            Dose(name, amount, unit, day, 0.0, per)
            for day in days
            for name, amount in drugs
            if amount > 0
        )
        return cls(doses, name="lymphodepletion", source="10.1056/NEJMoa1707447")

    def then(self, other: Regimen) -> Regimen:
        """Return this regimen followed, in record order, by another.

        Parameters
        ----------
        other : Regimen

        Returns
        -------
        Regimen
        """
        names = " + ".join(name for name in (self.name, other.name) if name)
        return Regimen(self.doses + other.doses, names, self.source or other.source)
