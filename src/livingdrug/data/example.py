"""A small synthetic study: invented people with which the commands on studies can be tried.

No patient and no model is behind it. Courses are smooth curves with random heights and times; they
are made so that every part of a study occurs: limits of both kinds, drugs with and without a day,
outcomes of every type, and a person who was lost.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field

import numpy as np

from livingdrug.core.errors import OptionError

__all__ = ["example_study"]

_MOST = 500
_LLOQ, _ULOQ = 0.2, 400.0
_ASSAY = "synthetic"

_HEADER = """\
# SYNTHETIC: invented people. No patient and no model is behind this study.
id = "synthetic"
title = "SYNTHETIC study: invented people, no patient"
organism = "human"
product = "invented CAR-T cells"
disease = "invented lymphoma"
licence = "CC0-1.0"
assay = "synthetic"
signed = ["body_temperature", "uptake"]
note = "SYNTHETIC. Every number was invented to try the commands with; seed {seed}, {n} people."

[[dose]]
name = "car_t"
time = 0.0
amount = 2e6
unit = "cell/kg"

[[person]]
name = "age"
type = "number"
role = "covariate"
unit = "year"

[[person]]
name = "sex"
type = "category"
role = "covariate"
levels = ["F", "M"]

[[person]]
name = "response"
type = "category"
levels = ["PD", "SD", "PR", "CR"]
term = "response"
about = "best response by PET, invented"

[[person]]
name = "crs_grade_max"
type = "grade"
levels = [0, 1, 2, 3, 4, 5]
term = "crs_grade"
about = "largest grade of cytokine release syndrome, invented"

[[person]]
name = "crs_onset_day"
type = "day"

[[person]]
name = "progression"
type = "day"

[[person]]
name = "death"
type = "day"

[[person]]
name = "last_assessment"
type = "day"

[[person]]
name = "last_contact"
type = "day"

[[person]]
name = "neurotoxicity"
type = "flag"
"""


@dataclass(slots=True)
class _Tables:
    """Rows of the three tables."""

    observations: list[list[object]] = field(default_factory=list)
    interventions: list[list[object]] = field(default_factory=list)
    people: list[list[object]] = field(default_factory=list)


_COLUMNS = {
    "observations": ("time", "term", "value", "unit", "subject", "lloq", "blq", "uloq", "alq",
                     "assay"),
    "interventions": ("subject", "name", "kind", "status", "start", "stop", "amount", "unit",
                      "count", "note"),
    "people": ("subject", "age", "sex", "response", "crs_grade_max", "crs_onset_day",
               "progression", "death", "last_assessment", "last_contact", "neurotoxicity"),
}  # fmt: skip


def example_study(n: int = 12, *, seed: int = 1) -> dict[str, str]:
    """Return a synthetic study as the texts of its files.

    Parameters
    ----------
    n : int, optional
        People, 1 to 500.
    seed : int, optional

    Returns
    -------
    dict of str to str
        By name of the file; equal for equal `n` and `seed`. Every subject is called
        ``SYNTHETIC-...`` and every assay ``synthetic``.

    Raises
    ------
    OptionError
        When `n` or `seed` is out of range.
    """
    if not 1 <= n <= _MOST:
        raise OptionError(f"{n} people; allowed are 1 to {_MOST}")
    if seed < 0:
        raise OptionError(f"seed {seed}; allowed are whole numbers from 0 on")
    rng, tables = np.random.default_rng(seed), _Tables()
    for number in range(1, n + 1):
        _person(tables, f"SYNTHETIC-{number:03d}", number, rng)
    texts = {f"{name}.csv": _text(_COLUMNS[name], getattr(tables, name)) for name in _COLUMNS}
    return {"study.toml": _HEADER.format(seed=seed, n=n), **texts}


def _text(columns: tuple[str, ...], rows: list[list[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()


def _person(tables: _Tables, name: str, number: int, rng: np.random.Generator) -> None:
    responds = rng.random() < 0.7
    peak = 10 ** rng.normal(2.2 if responds else 0.9, 0.5)
    severity = int(np.clip(round(np.log10(peak) + rng.normal(-0.3, 0.7)), 0, 4))
    onset = float(rng.integers(1, 8)) if severity else float("nan")
    for day in (0, 3, 7, 10, 14, 21, 28, 60, 90):
        rise = (
            (day / 9.0) ** 2 * np.exp(1 - (day / 9.0) ** 2) if day < 9 else np.exp(-(day - 9) / 18)
        )
        value = peak * rise * 10 ** rng.normal(0, 0.08)
        _limited(tables, day, "car_t_blood", value, "cell/uL", name, lloq=_LLOQ)
    for day in range(15):
        fever = severity > 0 and onset <= day < onset + 3
        warm = rng.normal(1.9 if fever else -0.1, 0.2)
        _row(tables, day, "body_temperature", round(float(warm), 2), "delta_degC", name)
        level = 5 * 10 ** (rng.normal(0, 0.2) + (1.2 + 0.4 * severity if fever else 0))
        _limited(tables, day, "il6_serum", level, "pg/mL", name, uloq=_ULOQ)
        crp = 4 * 10 ** (rng.normal(0, 0.15) + (1.1 if fever else 0))
        _row(tables, day, "crp_serum", round(min(crp, 350.0), 1), "mg/L", name)
    best = _scans(tables, name, responds=responds, rng=rng)
    _given(tables, name, number, severity, onset)
    _outcome(tables, name, best, severity, onset, rng)


def _row(
    tables: _Tables, day: float, term: str, value: object, unit: str, name: str,
    lloq: object = "", blq: str = "", uloq: object = "", alq: str = "",
) -> None:  # fmt: skip
    tables.observations.append([day, term, value, unit, name, lloq, blq, uloq, alq, _ASSAY])


def _limited(
    tables: _Tables, day: float, term: str, value: float, unit: str, name: str, *,
    lloq: float | None = None, uloq: float | None = None,
) -> None:  # fmt: skip
    """Write a value, or that it lies outside a limit."""
    low = lloq is not None and value < lloq
    high = uloq is not None and value > uloq
    shown: object = "" if low or high else float(f"{value:.4g}")
    _row(
        tables, day, term, shown, unit, name,
        "" if lloq is None else lloq, "true" if low else "",
        "" if uloq is None else uloq, "true" if high else "",
    )  # fmt: skip


def _scans(tables: _Tables, name: str, *, responds: bool, rng: np.random.Generator) -> list[str]:
    """Write the scores of PET; return the response at each."""
    words: list[str] = []
    _row(tables, -5, "deauville", 5, "1", name)
    _row(tables, -5, "uptake", 0, "1", name)
    for day in (28, 90, 180):
        if words and words[-1] == "PD":
            break
        good = responds and rng.random() < 0.85
        score = int(rng.integers(1, 4)) if good and rng.random() < 0.75 else 4
        change = -1 if good else int(rng.random() < 0.6)
        words.append("CR" if score <= 3 else {-1: "PR", 0: "SD", 1: "PD"}[change])
        _row(tables, day, "deauville", score, "1", name)
        _row(tables, day, "uptake", change, "1", name)
    return words


def _given(tables: _Tables, name: str, number: int, severity: int, onset: float) -> None:
    rows = tables.interventions
    for drug, amount in (("fludarabine", 30), ("cyclophosphamide", 500)):
        rows.extend(
            [name, drug, "lymphodepletion", "given", day, "", amount, "mg/m2", "", ""]
            for day in (-5, -4, -3)
        )
    rows.append([name, "car_t", "engineered cells", "given", 0, "", 2e6, "cell/kg", "", ""])
    if severity == 0:
        for drug in ("antipyretic", "tocilizumab", "steroid"):
            rows.append([name, drug, "", "not given", "", "", "", "", "", ""])
        return
    rows.append([name, "antipyretic", "", "given", onset + 0.1, "", 1000, "mg", "", ""])
    if severity >= 2 and number % 4:
        rows.append([name, "tocilizumab", "", "given", onset + 1, "", 8, "mg/kg", 1, ""])
    elif severity >= 2:
        note = "the day was left out on purpose"
        rows.append([name, "tocilizumab", "", "given, day unknown", "", "", "", "", 1, note])
    else:
        rows.append([name, "tocilizumab", "", "not given", "", "", "", "", "", ""])
    if severity >= 3:
        rows.append([name, "dexamethasone", "", "given", onset + 1.5, onset + 3.5, 10, "mg", "",
                     "every 6 hours"])  # fmt: skip
    else:
        rows.append([name, "steroid", "", "not given", "", "", "", "", "", ""])


def _outcome(
    tables: _Tables, name: str, words: list[str], severity: int, onset: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    best = max(words, key=("PD", "SD", "PR", "CR").index)
    seen = (28, 90, 180)[len(words) - 1]
    failed = words[-1] == "PD"
    dies = rng.random() < (0.5 if failed else 0.08)
    contact = seen + float(rng.integers(5, 120))
    tables.people.append([
        name, int(rng.integers(22, 80)), "FM"[int(rng.integers(2))], best, severity,
        onset if severity else "", seen if failed else "", contact if dies else "", seen, contact,
        int(severity >= 2 and rng.random() < 0.5),
    ])  # fmt: skip
