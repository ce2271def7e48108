"""What a virtual-trial command asks for, and running it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livingdrug.core.errors import OptionError

if TYPE_CHECKING:
    from livingdrug.trial.compare import Row
    from livingdrug.trial.run import Plan, VirtualTrial

__all__ = ["Choices", "TrialResult", "planned", "run_plan"]

_MAX_SUBJECTS = 1_000_000
_MAX_TRIAL_SD = 3.0


@dataclass(frozen=True, slots=True)
class Choices:
    """Options that virtual-trial commands share."""

    subjects: int
    days: float | None
    policy: str | None
    uncertainty: int
    seed: int
    threads: int
    trial_sd: float = 0.0

    def check(self) -> None:
        """Refuse numbers that mean nothing.

        Raises
        ------
        OptionError
        """
        for name, value, low, high in (
            ("--subjects", self.subjects, 2, _MAX_SUBJECTS),
            ("--uncertainty", self.uncertainty, 0, 1000),
            ("--seed", self.seed, 0, 2**64 - 1),
            ("--threads", self.threads, 1, 256),
        ):
            if not low <= value <= high:
                raise OptionError(f"{name}: {value:,} given; allowed are {low:,} to {high:,}")
        if not 0 <= self.trial_sd <= _MAX_TRIAL_SD:  # also refuses NaN
            given = f"{self.trial_sd:g} given; allowed are 0 to {_MAX_TRIAL_SD:g}"
            raise OptionError(f"--trial-sd: {given}")

    def words(self) -> Sequence[str]:
        """Return the options as a command line has them."""
        found = ["--subjects", str(self.subjects), "--seed", str(self.seed)]
        found += ["--days", f"{self.days:g}"] if self.days is not None else []
        found += ["--policy", self.policy] if self.policy is not None else []
        found += ["--uncertainty", str(self.uncertainty)] if self.uncertainty else []
        found += ["--trial-sd", f"{self.trial_sd:g}"] if self.trial_sd else []
        return [*found, "--threads", str(self.threads)]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """A virtual trial beside the published one.

    Attributes
    ----------
    choices : Choices
    made : VirtualTrial
    rows : tuple of Row
        Confirmed read-outs.
    remembered : tuple of Row
        From memory: for orientation, never compared.
    wall_s : float
    """

    choices: Choices
    made: VirtualTrial
    rows: tuple[Row, ...]
    remembered: tuple[Row, ...]
    wall_s: float

    @property
    def plan(self) -> Plan:
        """The trial with everything that its record names."""
        return self.made.plan


def planned(name: str, choices: Choices) -> Plan:
    """Bring together what a trial names, with messages in the words of the command.

    Parameters
    ----------
    name : str
    choices : Choices

    Returns
    -------
    Plan
    """
    from livingdrug.trial.run import plan_trial

    return plan_trial(name, days=choices.days, policy=choices.policy)


def run_plan(plan: Plan, choices: Choices, *, as_json: bool) -> TrialResult:
    """Run a virtual trial and compare it.

    Parameters
    ----------
    plan : Plan
    choices : Choices
    as_json : bool
        Show no bar.

    Returns
    -------
    TrialResult
    """
    from livingdrug.cli.report import progress_bar
    from livingdrug.trial.compare import beside_memory, compare_trial
    from livingdrug.trial.run import run_trial, uncertain_trials

    start = time.perf_counter()
    total = choices.subjects * (1 + choices.uncertainty)
    with progress_bar(total, quiet=as_json) as progress:
        made = run_trial(
            plan, choices.subjects, seed=choices.seed, threads=choices.threads, progress=progress
        )
        draws = list(
            uncertain_trials(
                plan, choices.uncertainty, choices.subjects, seed=choices.seed,
                threads=choices.threads, progress=progress,
            )
        )  # fmt: skip
        rows = compare_trial(
            plan.trial, made.people, seed=choices.seed, uncertain=draws, trial_sd=choices.trial_sd
        )
        remembered = beside_memory(plan.trial, made.people, seed=choices.seed)
    return TrialResult(choices, made, rows, remembered, time.perf_counter() - start)
