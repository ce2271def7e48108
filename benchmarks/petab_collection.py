"""Run the problems of the PEtab benchmark collection and compare with the simulations stored there.

    python benchmarks/petab_collection.py FOLDER [NAME]...

FOLDER is ``Benchmark-Models`` of github.com/Benchmarking-Initiative/Benchmark-Models-PEtab (BSD-3).
Stored simulations may belong to other parameters than the nominal ones; then the log-likelihood is
what to compare with the numbers of other tools.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import livingdrug as ld
from livingdrug.core.errors import LivingDrugError


def stored(folder: Path) -> pd.DataFrame | None:
    """Return the stored simulations of a problem in a fixed order."""
    files = sorted(folder.glob("simulatedData*.tsv"))
    if not files:
        return None
    table = pd.concat([pd.read_csv(file, sep="\t") for file in files])
    return table.sort_values(["observableId", "simulationConditionId", "time", "simulation"])


def run(folder: Path) -> str:
    """Return one line on a problem."""
    started = time.perf_counter()
    problem = ld.read_petab(folder / f"{folder.name}.yaml")
    found = problem.simulate()
    took = time.perf_counter() - started
    periods = [problem.experiments[name] for name in found["experimentId"]]
    found["condition"] = [item[-1].conditions[0] for item in periods]
    found = found.sort_values(["observableId", "condition", "time", "simulation"])
    told, there = "no simulations", stored(folder)
    if there is not None and len(there) == len(found):
        ours, theirs = found["simulation"].to_numpy(), there["simulation"].to_numpy(float)
        scale = np.abs(theirs) + 1e-3 * np.nanmax(np.abs(theirs))
        told = f"largest difference {np.nanmax(np.abs(ours - theirs) / scale):.1e}"
    return f"{found['logLikelihood'].sum():16.6f}  {len(found):6d} rows  {took:6.1f} s  {told}"


def main() -> None:
    """Run the problems that are named, or all."""
    root = Path(sys.argv[1])
    names = sys.argv[2:] or sorted(item.name for item in root.iterdir() if item.is_dir())
    warnings.simplefilter("ignore")
    for name in names:
        try:
            line = run(root / name)
        except LivingDrugError as error:
            line = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        print(f"{name:36s} {line}", flush=True)


if __name__ == "__main__":
    main()
