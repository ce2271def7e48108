"""Re-run every installed check on this machine: evidence, engines, kept code, installation."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import os
import platform
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from livingdrug.catalogue.entry import Entry
from livingdrug.catalogue.index import list_entries, status_of
from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.core import provenance
from livingdrug.core.errors import CapabilityError, LivingDrugError
from livingdrug.model.model import Model
from livingdrug.model.regimen import Dose, Regimen
from livingdrug.qc.entry_checks import check_named
from livingdrug.qc.qualification import (
    Finding,
    Qualification,
    of_equation,
    of_issue,
    of_readout,
)
from livingdrug.qc.verify import verify
from livingdrug.solve.backends.native.capability import missing_capability
from livingdrug.solve.backends.native.modules import kept_problem, system_key
from livingdrug.solve.backends.native.programs import print_system
from livingdrug.solve.simulate import simulate
from livingdrug.system.compile import compile_model
from livingdrug.system.machine import target_strings
from livingdrug.system.system import System

__all__ = ["qualify"]

Progress = Callable[[str, int, int], None]

DAYS = (0.0, 0.5, 1.0, 3.0, 7.0, 14.0, 21.0, 28.0)
NATIVE_RTOL, REFERENCE_RTOL = 1e-8, 1e-12
AGREEMENT = 1e-6
"""Hundred times the tolerance of the native engine: equations that magnify errors reach 40."""


def qualify(names: Sequence[str] = (), *, progress: Progress | None = None) -> Qualification:
    """Run every check.

    Parameters
    ----------
    names : sequence of str, optional
        Ids or files of models; every entry of the catalogue when none is named.
    progress : callable, optional
        Called before each entry with its name, its number and how many there are.

    Returns
    -------
    Qualification

    Raises
    ------
    UnknownNameError, DataError
        When a name is none, before anything runs.
    """
    started = provenance.utc_now()
    chosen = list(names) or list_entries()
    loaded = [check_named(name) for name in chosen]
    findings = list(_installation())
    models: dict[str, dict[str, str]] = {}
    for number, (name, (entry, issues)) in enumerate(zip(chosen, loaded, strict=True), start=1):
        if progress is not None:
            progress(name, number, len(chosen))
        errors = [issue for issue in issues if issue.level == "error"]
        findings += [of_issue(issue, name) for issue in errors]
        if entry is None:
            continue
        if not errors:
            findings.append(_complete(name))
        for variant in entry.published.variants:
            findings += _variant(entry, variant, models)
        if not entry.is_function:
            findings += _engines(entry)
    return Qualification(
        started, provenance.utc_now(), _surroundings(), models, tuple(findings), not names
    )


def _complete(name: str) -> Finding:
    label = "the entry is complete"
    return Finding(name, "", "complete", label, math.nan, math.nan, "", 0.0, True)


def _variant(entry: Entry, variant: str, models: dict[str, dict[str, str]]) -> Iterator[Finding]:
    """Yield the evidence of a variant; what cannot be run is a finding too."""
    try:
        result = verify(entry, variant)
    except (LivingDrugError, LookupError, ArithmeticError) as error:
        label, note = "the read-outs can be run", f"{type(error).__name__}: {error}"
        yield Finding(
            entry.id, variant, "read-out", label, math.nan, math.nan, "", 0.0, False, note
        )
        return
    models[f"{entry.id}:{variant}"] = {
        "status": status_of(result.model),
        "organism": result.model.organism,
        "math_hash": result.model.math_hash,
        "evidence_hash": result.model.evidence_hash,
    }
    yield from (of_readout(check, entry.id, variant) for check in result.checks)
    yield from (of_equation(check, entry.id, variant) for check in result.equations)


def _engines(entry: Entry) -> Iterator[Finding]:
    """Yield how the engines agree, once for each different set of equations."""
    seen = set()
    for variant in entry.published.variants:
        try:
            model = entry.published(variant)
        except LivingDrugError:
            continue  # reported with the read-outs
        assert isinstance(model, Model)
        if model.math_hash in seen:
            continue
        seen.add(model.math_hash)
        system = compile_model(model)
        missing = missing_capability(system)
        if missing:
            label = f"the native engine does not run it: it has no {missing}"
            yield Finding(
                entry.id, variant, "engines agree", label, math.nan, math.nan, "", 0.0, True,
                "the reference engine runs it",
            )  # fmt: skip
            continue
        yield _agreement(entry.id, model, system)
        yield _kept_code(entry.id, model, system)


def _agreement(model_id: str, model: Model, system: System) -> Finding:
    """Compare both engines on the typical course: every dose once, on day 0."""
    doses = tuple(
        Dose(item.name, 1.0 if item.typical is None else item.typical, item.unit)
        for item in model.doses
    )
    worst, where, note = math.inf, "", ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cohort = cohort_from_arrays(model, {}, regimen=Regimen(doses) if doses else None)
            native = simulate(
                system, cohort, times=DAYS, backend="native", rtol=NATIVE_RTOL, on_failure="raise"
            )
            truth = simulate(
                system, cohort, times=DAYS, method="lsoda", rtol=REFERENCE_RTOL,
                on_failure="raise",
            )  # fmt: skip
        worst = 0.0
        for name, atol in json.loads(str(native.attrs["atol"])).items():
            if name not in native:
                continue
            size = np.abs(truth[name].values) + atol / NATIVE_RTOL
            difference = np.abs(native[name].values - truth[name].values) / size
            if not float(difference.max()) <= worst:
                worst, where = float(difference.max()), name
        if list(native["event_name"].values) != list(truth["event_name"].values):
            worst, where = math.inf, "the log of events"
    except (LivingDrugError, CapabilityError) as error:
        note = str(error)
    label = "native engine beside the reference engine, typical doses, 28 days"
    note = note or f"largest relative difference of a state, {where or 'none'}"
    return Finding(
        model_id, model.variant, "engines agree", label, 0.0, worst, "1", AGREEMENT,
        worst <= AGREEMENT, note,
    )  # fmt: skip


def _kept_code(model_id: str, model: Model, system: System) -> Finding:
    problem = kept_problem(system_key(system, None), lambda: print_system(system, None))
    label = "machine code that is kept equals code that is compiled now"
    return Finding(
        model_id, model.variant, "kept code", label, math.nan, math.nan, "", 0.0, not problem,
        problem,
    )  # fmt: skip


# -- the installation -----------------------------------------------------------------------------


def _installation() -> Iterator[Finding]:
    """Compare the installed files with the list that the installer wrote."""
    listed = _listed_files()
    if not listed:
        return
    changed = [name for name, path, digest in listed if _record_hash(path) != digest]
    shown = ", ".join(changed[:5]) + (", ..." if len(changed) > 5 else "")
    label = "installed files that differ from the list of the installer"
    yield Finding(
        "", "", "installation", label, 0.0, float(len(changed)), f"of {len(listed)} files", 0.0,
        not changed, shown,
    )  # fmt: skip


def _listed_files() -> list[tuple[str, Path, str]]:
    try:
        files = importlib.metadata.files("livingdrug") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    own = Path(os.path.realpath(provenance.__file__)).parent.parent
    found = [(item, Path(os.path.realpath(item.locate()))) for item in files if item.hash]
    # a list of another installation says nothing about the files that are running
    return [
        (str(item), path, item.hash.value)
        for item, path in found
        if item.hash is not None and path.is_relative_to(own)
    ]


def _record_hash(path: Path) -> str:
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return ""
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _surroundings() -> dict[str, str]:
    own = Path(provenance.__file__).parent.parent
    total = hashlib.sha256()
    for file in sorted(own.rglob("*.py")):
        total.update(file.relative_to(own).as_posix().encode() + b"\0" + file.read_bytes())
    target = target_strings()
    return {
        **{f"{name} (version)": text for name, text in provenance.collect_versions().items()},
        "SHA-256 of the program files": total.hexdigest(),
        "installed as": "files with the list of the installer, which are compared with it"
        if _listed_files()
        else "a checkout or an editable installation, without a list to compare the files with",
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "processor": target.cpu,
        "compiled for": target.triple,
        "LLVM": target.llvm,
        "threads of the processor": str(os.cpu_count() or ""),
    }
