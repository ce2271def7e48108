"""What a qualification found: one line for each check, and what it was found with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from livingdrug.core.errors import Issue
from livingdrug.qc.verify import Check, EquationCheck

__all__ = ["Finding", "Qualification", "of_equation", "of_issue", "of_readout"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check.

    Attributes
    ----------
    model, variant : str
        Empty for a check of the installation.
    kind : str
        ``"read-out"``, ``"printed equation"``, ``"engines agree"``, ``"kept code"``,
        ``"complete"`` or ``"installation"``.
    label : str
    expected, got : float
        NaN where there is no number.
    unit : str
    tolerance : float
        Largest ``abs(got - expected)`` that passes.
    passed : bool
    note : str
        Where the number stands, or what went wrong.
    """

    model: str
    variant: str
    kind: str
    label: str
    expected: float
    got: float
    unit: str
    tolerance: float
    passed: bool
    note: str = ""

    @property
    def share(self) -> float:
        """Difference in units of the tolerance; NaN where there is no number."""
        difference = abs(self.got - self.expected)
        if not self.tolerance > 0.0:
            return math.nan if math.isnan(difference) else 0.0 if difference == 0.0 else math.inf
        return difference / self.tolerance


@dataclass(frozen=True, slots=True)
class Qualification:
    """Everything that was checked.

    Attributes
    ----------
    started, ended : str
        UTC, ISO 8601.
    surroundings : mapping from str to str
        Versions, platform, hashes.
    models : mapping from str to mapping
        ``"ID:VARIANT"`` to ``status``, ``organism``, ``math_hash`` and ``evidence_hash``.
    findings : tuple of Finding
    whole : bool
        Every entry was checked, not a chosen few.
    """

    started: str
    ended: str
    surroundings: Mapping[str, str]
    models: Mapping[str, Mapping[str, str]]
    findings: tuple[Finding, ...]
    whole: bool

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The checks that did not pass."""
        return tuple(item for item in self.findings if not item.passed)

    @property
    def passed(self) -> bool:
        """Whether there were checks, and all passed."""
        return bool(self.findings) and not self.failed

    def counts(self) -> dict[str, tuple[int, int]]:
        """Return, for each kind of check, how many passed, and of how many.

        Returns
        -------
        dict from str to (int, int)
        """
        found: dict[str, tuple[int, int]] = {}
        for item in self.findings:
            good, total = found.get(item.kind, (0, 0))
            found[item.kind] = (good + item.passed, total + 1)
        return found

    def to_plain(self) -> dict[str, object]:
        """Return everything as plain data for JSON; a number that is none becomes None.

        Returns
        -------
        dict
        """
        rows = []
        for item in self.findings:
            row: dict[str, object] = asdict(item)
            for name in ("expected", "got", "tolerance"):
                if not math.isfinite(getattr(item, name)):
                    row[name] = None
            rows.append(row)
        return {
            "passed": self.passed,
            "whole": self.whole,
            "started": self.started,
            "ended": self.ended,
            "counts": {k: {"passed": a, "of": b} for k, (a, b) in self.counts().items()},
            "surroundings": dict(self.surroundings),
            "models": {name: dict(row) for name, row in self.models.items()},
            "checks": rows,
        }


def of_readout(check: Check, model: str, variant: str) -> Finding:
    """Return a read-out as a finding.

    Parameters
    ----------
    check : Check
    model, variant : str

    Returns
    -------
    Finding
    """
    readout = check.readout
    allowed = readout.atol + readout.rtol * abs(readout.equals)
    note = f"{readout.at}; {readout.witness}"
    if readout.agrees(check.got) and not check.passed:
        note += f"; moves to {check.got_default:.8g} at a relative tolerance of 1e-6"
    return Finding(
        model, variant, "read-out", readout.label, readout.equals, check.got, readout.unit,
        allowed, check.passed, note,
    )  # fmt: skip


def of_equation(check: EquationCheck, model: str, variant: str) -> Finding:
    """Return a printed equation as a finding.

    Parameters
    ----------
    check : EquationCheck
    model, variant : str

    Returns
    -------
    Finding
    """
    label = f"reactions of {check.equation.state} add up to the printed rate"
    note = f"{check.equation.at}; largest relative difference at 50 random states"
    return Finding(
        model, variant, "printed equation", label, 0.0, check.worst, "1", check.allowed,
        check.passed, note,
    )  # fmt: skip


def of_issue(issue: Issue, model: str) -> Finding:
    """Return a sentence about what is missing as a finding that did not pass.

    Parameters
    ----------
    issue : Issue
    model : str

    Returns
    -------
    Finding
    """
    return Finding(
        model, "", "complete", "the entry is complete", math.nan, math.nan, "", 0.0, False,
        str(issue),
    )  # fmt: skip
