"""Exact stochastic simulation here and in other packages: like method against like method.

    python benchmarks/stochastic.py                         # all networks and packages
    python benchmarks/stochastic.py --networks dimerisation --peers rebop,GillesPy2

1,000 replicates of one subject on one core, eleven times. Before anything is timed, each package
has to simulate the same law: the mean at every time within five standard errors of ours, the last
counts by the two-sample Kolmogorov-Smirnov test. Then the packages take turns, and the shortest
time of each counts, in processor seconds. What it takes to build and compile is stated apart. A
package that is too slow for 1,000 replicates runs fewer, and its time is scaled; one that cannot
be imported is ABSENT.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent))

from machine import describe_machine
from stochastic_networks import NETWORKS, RING, Network
from stochastic_peers import ENGINES, Engine, Run

REPLICATES = 1_000
LONGEST = 15.0
"""Seconds: what would take longer for all replicates runs fewer."""
CHECK = 4.0
"""Seconds for the comparison of laws."""


@dataclass
class Contestant:
    """An engine ready to run one network by one method."""

    engine: Engine
    method: str
    run: Run
    start: float
    law: str
    replicates: int
    fixed: float
    seconds: float = np.inf

    @property
    def scaled(self) -> float:
        """Seconds of all replicates: what a call costs once, and each of them."""
        return self.fixed + (self.seconds - self.fixed) * REPLICATES / self.replicates


def cpu() -> float:
    """Return the processor seconds of this process and its children: other work does not count."""
    return sum(os.times()[:4])


def prepare(
    engine: Engine, method: str, network: Network, truth: NDArray[np.float64] | None
) -> Contestant | str:
    """Build an engine and hold its law against ours; say why not where it cannot run."""
    try:
        begin = cpu()
        run = engine.methods[method](network)
        run(1, 0)
        start = cpu() - begin
        begin = cpu()
        run(1, 1)
        fixed = cpu() - begin
        begin = cpu()
        run(11, 1)
        each = max((cpu() - begin - fixed) / 10, 1e-6)
        fixed = max(fixed - each, 0.0)
        n = int(np.clip(CHECK / each, 10, 2 * REPLICATES))
        begin = cpu()
        counts = run(n, 2)
        each = max((cpu() - begin - fixed) / n, 1e-6)
    except ImportError as error:
        return f"ABSENT: {error}"
    except Exception as error:  # noqa: BLE001 - a peer that breaks is a line of the table
        return f"FAILED: {type(error).__name__}: {str(error)[:200]}"
    law = "reference" if truth is None else compare(counts, truth)
    fewer = max(3, int(LONGEST / 2 / each))
    replicates = REPLICATES if REPLICATES * each <= LONGEST else min(fewer, REPLICATES)
    fixed = 0.0 if replicates == REPLICATES else fixed
    return Contestant(engine, method, run, start, law, replicates, fixed)


def compare(counts: NDArray[np.float64], truth: NDArray[np.float64]) -> str:
    """Return how far two ensembles are from each other; begins with WRONG beyond chance."""
    error = np.sqrt(counts.var(0) / len(counts) + truth.var(0) / len(truth))
    apart = np.abs(counts.mean(0) - truth.mean(0))
    far = float(np.max(apart[1:] / np.maximum(error[1:], 1e-12)))
    p = float(stats.ks_2samp(counts[:, -1], truth[:, -1]).pvalue)
    text = f"{far:.1f} SE, KS p {p:.2g}, n {len(counts)}"
    return f"WRONG LAW ({text})" if far > 5.0 or p < 1e-6 else text


def contest(network: Network, pairs: list[tuple[Engine, str]], repeats: int) -> None:
    """Print the rows of one network."""
    truth_run = ENGINES[0].methods["direct"](network)
    truth = truth_run(4 * REPLICATES, 99)
    jumps = float(truth_run.jumps)  # type: ignore[attr-defined]
    print(
        f"\n{network.name}: {len(network.reactions)} kinds of jumps, {jumps:,.0f} of each replicate"
    )
    print(
        f"{'package':20} {'method':14} {'build, s':>8} {'1,000, s':>9} {'ns/jump':>8} {'ratio':>7}"
        f"  law against ours"
    )
    ready: list[Contestant] = []
    for engine, method in pairs:
        found = prepare(engine, method, network, truth)
        if isinstance(found, str) or found.law.startswith("WRONG"):
            print(f"{engine.name:20} {method:14} {found if isinstance(found, str) else found.law}")
        else:
            ready.append(found)
    for seed in range(repeats):
        for one in ready:
            begin = cpu()
            one.run(one.replicates, 10 + seed)
            one.seconds = min(one.seconds, cpu() - begin)
    for one in ready:
        ours = next((c for c in ready if c.engine is ENGINES[0] and c.method == one.method), None)
        ratio = one.scaled / ours.scaled if ours else np.nan
        note = "" if one.replicates == REPLICATES else f"; timed with {one.replicates}, scaled"
        print(
            f"{one.engine.name:20} {one.method:14} {one.start:8.2f} {one.scaled:9.3f} "
            f"{one.scaled / REPLICATES / jumps * 1e9:8.1f} {ratio:7.1f}  {one.law}{note}",
            flush=True,
        )
    for method in dict.fromkeys(one.method for one in ready):
        mine = [c for c in ready if c.method == method and c.engine is ENGINES[0]]
        peers = [c for c in ready if c.method == method and c.engine is not ENGINES[0]]
        if mine and peers:
            best = min(peers, key=lambda c: c.scaled)
            print(
                f"best peer, {method}: {best.engine.name}, "
                f"{best.scaled / mine[0].scaled:.1f} times our time"
            )


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default="", help="names, comma-separated")
    parser.add_argument("--peers", default="", help="beginnings of names, comma-separated")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    wanted = [text.lower() for text in options.peers.split(",") if text]
    engines = [
        e for e in ENGINES
        if e is ENGINES[0] or not wanted or any(e.name.lower().startswith(w) for w in wanted)
    ]  # fmt: skip
    print(describe_machine())
    print("; ".join(f"{e.name} {_version(e.package)}" for e in engines[1:]))
    for network in (*NETWORKS, RING):
        if options.networks and not any(
            network.name.startswith(name) for name in options.networks.split(",")
        ):
            continue
        methods = ("direct", "next reaction") if network is RING else ("direct",)
        pairs = [(e, m) for m in methods for e in engines if m in e.methods]
        contest(network, pairs, options.repeats)
    return 0


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "ABSENT"


if __name__ == "__main__":
    raise SystemExit(main())
