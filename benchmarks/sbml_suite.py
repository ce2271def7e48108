"""Run the semantic cases of the SBML Test Suite and count them.

``python benchmarks/sbml_suite.py FOLDER --csv FILE --markdown FILE`` reads every ``NNNNN`` folder
below FOLDER and prints passed, wrong and refused by tag. A case passes when every value that its
settings ask for lies within ``absolute + relative * |expected|`` of the expected one; NaN and
infinity match themselves. It is refused when livingdrug says why it does not simulate the model,
and wrong otherwise. No case is known by its number here or in the reader.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import functools
import math
import multiprocessing
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from livingdrug.core.errors import LivingDrugError

RTOL, ATOL_PER = 1e-8, 1e-6
"""Relative tolerance; absolute tolerance as a part of that of the case."""

PEER = "libRoadRunner 2.10.0: 1,575 of all 1,821 semantic cases passed (86.5 %)"


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a case asks for."""

    start: float
    duration: float
    steps: int
    variables: tuple[str, ...]
    absolute: float
    relative: float
    amount: frozenset[str]
    concentration: frozenset[str]

    @property
    def times(self) -> np.ndarray:
        return self.start + self.duration * np.arange(self.steps + 1) / self.steps


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a case ended."""

    case: str
    outcome: str
    reason: str
    kind: str
    tags: tuple[str, ...]
    seconds: float


def read_settings(path: Path) -> Settings:
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, colon, value = line.partition(":")
        if colon:
            found[key.strip()] = value.strip()

    def names(key: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in found.get(key, "").split(",") if part.strip())

    def value(key: str) -> float:
        return float(found[key]) if found.get(key) else math.nan

    return Settings(
        value("start"),
        value("duration"),
        int(found["steps"]) if found.get("steps") else 0,
        names("variables"),
        value("absolute"),
        value("relative"),
        frozenset(names("amount")),
        frozenset(names("concentration")),
    )


def read_expected(path: Path, variables: Sequence[str]) -> np.ndarray:
    """Return the expected values, shape (times, variables)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    head = [cell.strip() for cell in rows[0][1:]]  # the first column is time, whatever it says
    columns = [1 + head.index(name) for name in variables]
    return np.array([[float(row[column]) for column in columns] for row in rows[1:]])


def read_tags(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the type of a test and its tags."""
    text = path.read_text(encoding="utf-8", errors="replace")
    kind = re.search(r"^testType:\s*(\S+)", text, re.MULTILINE)
    tags: list[str] = []
    for key in ("componentTags", "testTags"):
        found = re.search(rf"^{key}:(.*)$", text, re.MULTILINE)
        if found:
            tags += [tag.strip() for tag in found[1].split(",") if tag.strip()]
    return kind[1] if kind else "", tuple(dict.fromkeys(tags))


def simulate_case(folder: Path, settings: Settings, backend: str) -> np.ndarray:
    """Return the values that a case asks for, shape (times, variables)."""
    import livingdrug as ld
    from livingdrug.interop.sbml.read import translate_sbml
    from livingdrug.model.observable import Observable

    file = next(iter(sorted(folder.glob(f"{folder.name}-sbml-*.xml"))))
    found = translate_sbml(file)
    observables = []
    for place, name in enumerate(settings.variables):
        table = found.symbols
        if name in found.amounts:
            table = found.amounts if name in settings.amount else table
            table = found.concentrations if name in settings.concentration else table
        observables.append(Observable(f"suite_variable_{place}", table[name], "1"))
    model = dataclasses.replace(found.model, observables=tuple(observables))
    course = ld.simulate(
        model,
        times=settings.times.tolist(),
        backend=backend,
        rtol=RTOL,
        atol=min(settings.absolute, 1.0) * ATOL_PER,
        on_failure="raise",
    )
    return np.stack([course[item.name].values[0] for item in observables], axis=1)


def agrees(got: np.ndarray, expected: np.ndarray, settings: Settings) -> np.ndarray:
    """Tell for each value whether it is within tolerance."""
    with np.errstate(invalid="ignore"):
        near = np.abs(got - expected) <= settings.absolute + settings.relative * np.abs(expected)
        return near | (got == expected) | (np.isnan(got) & np.isnan(expected))


def run_case(folder: Path, backend: str = "auto") -> Outcome:
    """Run one case."""
    case = folder.name
    kind, tags = read_tags(folder / f"{case}-model.m")
    begun = time.perf_counter()

    def ended(outcome: str, reason: str) -> Outcome:
        return Outcome(case, outcome, reason, kind, tags, time.perf_counter() - begun)

    if kind.startswith("FluxBalance"):
        return ended("refused", "flux balance: an optimisation, not a course in time")
    settings = read_settings(folder / f"{case}-settings.txt")
    expected = read_expected(folder / f"{case}-results.csv", settings.variables)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = simulate_case(folder, settings, backend)
    except LivingDrugError as error:
        return ended("refused", " ".join(str(error).split()).replace(str(folder) + "/", ""))
    except Exception as error:  # noqa: BLE001 - a traceback is a defect, and counted as one
        return ended("wrong", f"{type(error).__name__}: {error}")
    good = agrees(got, expected, settings)
    if good.all():
        return ended("passed", "")
    row, column = np.argwhere(~good)[0]
    return ended(
        "wrong",
        f"{settings.variables[column]} at {settings.times[row]:g}: {got[row, column]:.9g}, "
        f"expected {expected[row, column]:.9g}; {int((~good).sum())} of {good.size} values",
    )


# -- counting ---------------------------------------------------------------------------------


def is_core(outcome: Outcome) -> bool:
    """Tell core cases without algebraic rules, delays and fast reactions from others."""
    hard = {"AlgebraicRule", "CSymbolDelay", "FastReaction"}
    return not any(tag in hard or ":" in tag for tag in outcome.tags)  # "comp:Port": a package


def groups(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, list[Outcome]]]:
    courses = [item for item in outcomes if not item.kind.startswith("FluxBalance")]
    yield "all time courses", courses
    yield (
        "core without algebraic rules, delay equations, fast reactions",
        [item for item in courses if is_core(item)],
    )
    yield "flux balance", [item for item in outcomes if item.kind.startswith("FluxBalance")]
    for tag in sorted({tag for item in courses for tag in item.tags}):
        yield tag, [item for item in courses if tag in item.tags]


def table(outcomes: Sequence[Outcome]) -> list[tuple[str, int, int, int, int]]:
    rows = []
    for name, items in groups(outcomes):
        count = Counter(item.outcome for item in items)
        rows.append((name, len(items), count["passed"], count["wrong"], count["refused"]))
    return rows


def print_table(outcomes: Sequence[Outcome]) -> None:
    print(f"{'tag':62s} {'cases':>6s} {'passed':>7s} {'wrong':>6s} {'refused':>8s} {'%':>7s}")
    for name, n, passed, wrong, refused in table(outcomes):
        share = 100.0 * passed / n if n else math.nan
        print(f"{name:62s} {n:6d} {passed:7d} {wrong:6d} {refused:8d} {share:7.2f}")


def write_csv(outcomes: Sequence[Outcome], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "outcome", "reason"])
        writer.writerows([item.case, item.outcome, item.reason] for item in outcomes)


def write_markdown(outcomes: Sequence[Outcome], path: Path) -> None:
    rows = table(outcomes)
    everything = rows[0]
    passed = 100.0 * everything[2] / everything[1]
    lines = [
        "# Conformance with the SBML Test Suite",
        "",
        "Written by `python benchmarks/sbml_suite.py FOLDER --markdown FILE`; do not edit. A case",
        "passes when every value that it asks for lies within its own tolerance, is refused when",
        "livingdrug says why it does not simulate it, and is wrong otherwise. Wrong is the number",
        "to look at first: a refused model costs time, a wrong one costs trust.",
        "",
        f"Of the {len(outcomes):,} semantic cases of this run, {everything[1]:,} are courses in",
        "time, of which "
        f"**{everything[2]:,} passed ({passed:.1f} %), {everything[3]:,} wrong, "
        f"{everything[4]:,} refused**.",
        f"For comparison, measured over the whole suite: {PEER}.",
        "The second table says why courses are refused.",
        "",
        "| tag | cases | passed | wrong | refused | passed % |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, n, good, bad, refused in rows:
        share = f"{100.0 * good / n:.1f}" if n else "-"
        lines.append(f"| {name} | {n} | {good} | {bad} | {refused} | {share} |")
    lines += ["", "| why refused or wrong | cases |", "| --- | ---: |"]
    reasons = Counter(f"{o.outcome}: {generic(o.reason)}" for o in outcomes if o.reason)
    for reason, count in reasons.most_common():
        lines.append(f"| {reason.replace('|', '/')} | {count} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def generic(reason: str) -> str:
    """Return a reason without the names of one case, to count alike ones."""
    text = re.sub(r"\d{5}-sbml-l\dv\d\.xml|case\d{5}|\bcase\b", "FILE", reason)
    text = re.sub(r"`[^`]*`|'[^']*'", "...", text)
    kinds = "event|reaction|rule of|rule for|here for|assignment|assignment of|species|parameter"
    text = re.sub(rf"({kinds}) [^.:)]+", r"\1 ...", text)
    text = re.sub(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", "#", text)
    if text.startswith("# problems: #. "):  # the first says enough to count by
        text = text.removeprefix("# problems: #. ").split(" #. ")[0]
    return text[:160]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with one folder for each case")
    parser.add_argument("--csv", type=Path, help="write case, outcome, reason here")
    parser.add_argument("--markdown", type=Path, help="write the table of the docs here")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="", help="cases, separated by commas")
    parser.add_argument("--backend", default="auto", help="auto, native or reference")
    given = parser.parse_args()
    folders = sorted(f for f in given.folder.iterdir() if re.fullmatch(r"\d{5}", f.name))
    if given.only:
        folders = [f for f in folders if f.name in given.only.split(",")]
    if not folders:
        print(f"{given.folder}: holds no folders named by five digits", file=sys.stderr)
        return 2
    with multiprocessing.Pool(given.processes, maxtasksperchild=100) as pool:
        run = functools.partial(run_case, backend=given.backend)
        outcomes = pool.map(run, folders, chunksize=8)
    print_table(outcomes)
    for outcome in ("wrong", "refused"):
        reasons = Counter(generic(o.reason) for o in outcomes if o.outcome == outcome)
        print(f"\n{outcome}:")
        for reason, count in reasons.most_common():
            print(f"{count:5d}  {reason}")
    if given.markdown:
        write_markdown(outcomes, given.markdown)
    if given.csv:
        write_csv(outcomes, given.csv)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
