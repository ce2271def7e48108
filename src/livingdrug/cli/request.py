"""What a simulation command asks for, checked before anything runs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.cli.jump_options import JumpOptions
from livingdrug.core.errors import Issue, OptionError, raise_issues

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.model.model import Model

__all__ = ["MAX_SUBJECTS", "Request", "load_any_study", "output_times"]

MAX_SUBJECTS = 10_000_000
"""More subjects than any published trial or simulation needs in one run."""
MAX_DAYS = 36525.0
"""A hundred years."""


@dataclass(frozen=True, slots=True)
class Request:
    """A simulation as the command line describes it.

    Attributes
    ----------
    model, variant : str
    subjects : int or None
        None is one subject at the values of the model.
    days : float or None
        Last day; None is the last visit, at least day 28, or day 365 without visits.
    dose : float or None
    study, data : str
        Name or path; folder with raw data.
    visits : tuple of float
    lloq : float or None
        Of the primary observable.
    seed : int
    trials : int
        0 for none.
    values, assume_cv : tuple of (str, float)
    method : str
    rtol : float
    atol : float or None
    threads : int
    out, plot : str
    reduce : bool
        Keep numbers of each subject instead of its course.
    piece_size : int or None
        Subjects simulated and written at once; None leaves it open whether there are pieces.
    jumps : JumpOptions
        Of the methods that simulate jumps.
    """

    model: str
    variant: str = ""
    subjects: int | None = None
    days: float | None = None
    dose: float | None = None
    study: str = ""
    data: str = ""
    visits: tuple[float, ...] = ()
    lloq: float | None = None
    seed: int = 1
    trials: int = 0
    values: tuple[tuple[str, float], ...] = ()
    assume_cv: tuple[tuple[str, float], ...] = ()
    method: str = ""
    rtol: float = 1e-6
    atol: float | None = None
    threads: int = 1
    out: str = ""
    plot: str = ""
    reduce: bool = False
    piece_size: int | None = None
    jumps: JumpOptions = dataclasses.field(default_factory=JumpOptions)

    def __post_init__(self) -> None:
        raise_issues(self._issues(), OptionError)

    def _issues(self) -> list[Issue]:
        issues = []

        def check(option: str, value: float | None, low: float, high: float, what: str) -> None:
            if value is not None and not low <= value <= high:
                given = f"{value:,}" if isinstance(value, int) else repr(value)
                issues.append(Issue("error", option, f"{given} given; {what}"))

        check("--subjects", self.subjects, 1, MAX_SUBJECTS, f"allowed are 1 to {MAX_SUBJECTS:,}")
        check(
            "--days", self.days, 1e-6, MAX_DAYS, "allowed are numbers > 0, up to 36525 (a century)"
        )
        check("--dose", self.dose, 0, 1e300, "a dose is a finite number >= 0")
        check("--lloq", self.lloq, 5e-324, 1e300, "a limit is a finite number > 0")
        check("--seed", self.seed, 0, 2**64 - 1, "allowed are 0 to 2**64 - 1")
        check("--threads", self.threads, 1, 1024, "allowed are 1 to 1024")
        check("--rtol", self.rtol, 1e-13, 0.1, "allowed are 1e-13 to 0.1")
        check("--atol", self.atol, 1e-300, 1e300, "a tolerance is a finite number > 0")
        if self.trials:
            check("--trials", self.trials, 2, 100_000, "allowed are 2 to 100000")
        if self.trials > 0 and not self.study:
            issues.append(Issue("error", "--trials", "needs --study, whose sample size it takes"))
        if self.data and not self.study:
            issues.append(Issue("error", "--data", "needs --study, whose raw data it holds"))
        check(
            "--piece-size", self.piece_size, 1, MAX_SUBJECTS, f"allowed are 1 to {MAX_SUBJECTS:,}"
        )
        issues += self.jumps.issues(self.method, self.subjects or 1)
        return issues + self._visit_issues() + self._piece_issues() + self._jump_issues()

    def _jump_issues(self) -> list[Issue]:
        """Refuse what is not made for several runs of one subject."""
        from livingdrug.solve.methods import JUMP_METHODS

        if self.method not in JUMP_METHODS:
            return []
        issues = []
        option = "--reduce" if self.reduce else "--piece-size" if self.piece_size else ""
        if option:
            text = f"does not go with --method {self.method}: pieces hold no runs of jumps"
            fix = "leave it out; 'livingdrug outcomes' keeps a few numbers of each run"
            issues.append(Issue("error", option, text, fix))
        if self.trials:
            text = f"does not go with --method {self.method}, which runs a subject many times"
            issues.append(Issue("error", "--trials", text, "leave it out"))
        return issues

    def _piece_issues(self) -> list[Issue]:
        """Refuse what needs all courses at once beside what keeps none, or one piece of them."""
        option = "--reduce" if self.reduce else "--piece-size"
        if not self.reduce and self.piece_size is None:
            return []
        why = "keeps no course" if self.reduce else "keeps one piece of the courses at a time"
        others = ["study", "data", "trials", "plot"] + ["visits", "lloq"] * self.reduce
        issues = [
            Issue("error", f"--{name}", f"does not go with {option}, which {why}", "leave one out")
            for name in others
            if getattr(self, name) not in ("", 0, (), None)
        ]
        if self.subjects is None:
            issues.append(Issue("error", option, "needs --subjects, the number of people to draw"))
        return issues

    def _visit_issues(self) -> list[Issue]:
        far = [day for day in self.visits if abs(day) > MAX_DAYS]
        if far:
            return [Issue("error", "--visits", f"day {far[0]:g} is more than a century away")]
        if self.days is not None and any(day > self.days for day in self.visits):
            text = f"day {self.visits[-1]:g} lies after the last day, --days {self.days:g}"
            return [Issue("error", "--visits", text, "raise --days or leave it out")]
        return []

    @property
    def expected_runs(self) -> int:
        """Runs to wait for."""
        return (self.subjects or 1) * max(self.trials, 1) * (self.jumps.replicates or 1)

    def arguments(self) -> list[str]:
        """Return the command that asks for this, with every option that is not the default.

        Returns
        -------
        list of str
        """
        words = ["livingdrug", "simulate", self.model]
        return [*words, *_words(self, 1), *_words(self.jumps, 0)]


def _words(options: Request | JumpOptions, first: int) -> list[str]:
    """Return every option that is not the default, from a field on."""
    words: list[str] = []
    names = {"values": "--set", "assume_cv": "--assume-cv", "turnover": "--turnover"}
    for field in dataclasses.fields(options)[first:]:
        value = getattr(options, field.name)
        if value == field.default or field.name == "jumps":
            continue
        option = names.get(field.name, "--" + field.name.replace("_", "-"))
        if value is True:
            words.append(option)
        elif field.name in names:
            for name, number in value:
                words += [option, f"{name}={number!r}"]
        elif field.name == "count":
            for name in value:
                words += [option, name]
        elif field.name == "visits":
            words += [option, ",".join(f"{day!r}" for day in value)]
        else:
            words += [option, value if isinstance(value, str) else repr(value)]
    return words


def load_any_study(text: str, data: str = "") -> xr.Dataset:
    """Load a bundled study by name, or read one from a path.

    Parameters
    ----------
    text : str
    data : str, optional
        Folder with raw data of bundled studies.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    OptionError
        When raw data are asked for and there are none.
    """
    from livingdrug.data.datasets import list_studies, load_study
    from livingdrug.data.readers.table import read_study

    looks_like_path = Path(text).exists() or Path(text).suffix or len(Path(text).parts) > 1
    if text not in list_studies() and looks_like_path:
        if data:
            raise OptionError(f"--data: belongs to bundled studies, and {text} is your own")
        return read_study(Path(text))
    return load_study(text, data_dir=Path(data) if data else None)


def check_clock(request: Request, model: Model) -> None:
    """Refuse what counts in days of a model that does not.

    Parameters
    ----------
    request : Request
    model : Model

    Raises
    ------
    OptionError
        Naming the options.
    """
    if model.time_unit == "day":
        return
    given = [name for name in ("study", "trials", "reduce", "piece_size") if getattr(request, name)]
    if given:
        options = ", ".join("--" + name.replace("_", "-") for name in given)
        raise OptionError(
            f"{options}: for models in days, and {model.id} counts time in {model.time_unit!r}"
        )


def last_day(model: Model, visits: list[float]) -> float:
    """Return the end of a simulation that nobody gave one for.

    Parameters
    ----------
    model : Model
    visits : list of float
        In the unit of time of the model, increasing.

    Returns
    -------
    float
        A year, or four weeks with visits; 100 units of a model in another unit.
    """
    if model.time_unit != "day":
        return max([100.0, *visits])
    return max(28.0, visits[-1]) if visits else 365.0


def output_times(
    end: float, visits: list[float], start: float = 0.0, unit: str = "day"
) -> list[float]:
    """Return a grid that resolves the peak, with every visit on it.

    Parameters
    ----------
    end : float, day
    visits : list of float
    start : float, day, optional
    unit : str, optional
        Of the numbers above.

    Returns
    -------
    list of float
        Every half day to day 28, then every day; day 0 is among them. In another unit 201 times
        at equal distances.
    """
    import numpy as np

    if unit != "day":
        even = np.linspace(0.0, end, 201)
        return [float(time) for time in np.unique(np.concatenate([even, visits]))]
    fine = np.arange(np.ceil(2.0 * start), 2 * 28 + 1) / 2.0
    coarse = np.arange(29.0, end + 1.0)
    grid = np.unique(np.concatenate([fine, coarse, np.asarray([start, end, *visits])]))
    return [float(day) for day in grid[grid <= end]]
