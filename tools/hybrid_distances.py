"""Measure how far the hybrid method is from the exact one, and print the table of the guide.

    python tools/hybrid_distances.py                    # 400 replicates, about a minute
    python tools/hybrid_distances.py --replicates 4000

Three small problems, each with everything counted and with a threshold amid its numbers. Distance
is that of two samples of the last count: Kolmogorov-Smirnov and, over the standard deviation of
the exact sample, Wasserstein. Chance alone gives what the row of two exact samples says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.solve.stochastic.models import hunting, promoter, schloegl

import livingdrug as ld

PROBLEMS: tuple[tuple[str, Callable[[], ld.Model], str, float, float], ...] = (
    ("hunting: effectors and a tumour", hunting, "T", 2.0, 120.0),
    ("schloegl: two stable numbers", schloegl, "X", 0.5, 260.0),
    ("promoter: a gene on or off", promoter, "X", 4.0, 5.0),
)
"""What, its model, the species looked at, the last day, and a threshold amid its numbers."""


def sample(
    model: ld.Model, name: str, day: float, replicates: int, seed: int, threshold: float | None
) -> NDArray[np.float64]:
    """Return the last counts; by the exact method without a threshold."""
    course = ld.simulate(
        model,
        times=[0.0, day],
        method="ssa" if threshold is None else "hybrid",
        replicates=replicates,
        seed=seed,
        stochastic=ld.Stochastic() if threshold is None else ld.Stochastic(threshold=threshold),
    )
    return np.asarray(course[name].values[0, :, -1])


def distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Return Kolmogorov-Smirnov and relative Wasserstein distance of two samples."""
    far = float(stats.wasserstein_distance(one, other))
    return float(stats.ks_2samp(one, other).statistic), far / float(other.std())


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=400)
    n = parser.parse_args().replicates
    print("| problem | threshold | Kolmogorov-Smirnov | Wasserstein / SD | mean | SD |")
    print("| --- | --- | --- | --- | --- | --- |")
    for title, make, name, day, middle in PROBLEMS:
        model = make()
        exact = sample(model, name, day, 20_000, 1, None)
        rows = [("exact", sample(model, name, day, n, 2, None))]
        for threshold in (np.inf, middle):
            label = "none: all counted" if threshold == np.inf else f"{threshold:g}"
            rows.append((label, sample(model, name, day, n, 3, threshold)))
        for label, found in rows:
            ks, far = distances(found, exact)
            print(
                f"| {title} | {label} | {ks:.3f} | {far:.3f} | {found.mean():.1f} | "
                f"{found.std():.1f} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
