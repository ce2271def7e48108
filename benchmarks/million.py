"""A million virtual subjects in little memory: measured, killed in the middle, resumed, compared.

Usage:
    python benchmarks/million.py                      # stein2019, reductions, Parquet
    python benchmarks/million.py --subjects 20000 --model kimmel2021 --format zarr --threads 2
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import describe_machine

__all__ = ["main"]

KILLED = -9  # what `subprocess` makes of SIGKILL


def child(arguments: argparse.Namespace) -> None:
    """Run in a process of its own, and print one line of JSON."""
    import resource

    import pyarrow.parquet  # noqa: F401
    import xarray  # noqa: F401
    import zarr  # noqa: F401

    import livingdrug as ld

    # a run needs these in any case: what is measured is what a million adds to them
    import livingdrug.interop.stream
    from livingdrug.cli.request import output_times

    model = ld.get_model(arguments.model)
    imported = peak(resource)
    done = 0
    begin = time.perf_counter()

    def progress(count: int) -> None:
        nonlocal done
        done += count
        if done >= arguments.kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    options: dict[str, object] = {"times": output_times(arguments.days, [])}
    if not arguments.courses:
        reduce = ld.headline_reductions(model, arguments.days)
        options = {"times": [0.0, arguments.days], "reduce": reduce}
    result = ld.simulate_to(
        arguments.path, model, arguments.subjects, seed=1, threads=arguments.threads,
        piece=arguments.piece, resume=arguments.resume, progress=progress, **options,
    )  # fmt: skip
    wall = time.perf_counter() - begin
    print(
        json.dumps(
            {
                "wall": wall,
                "imported": imported,
                "peak": peak(resource),
                "simulated": result.n_simulated,
                "failed": result.n_failed,
                "digest": result.digest,
                "method": f"{result.attrs['method']} ({result.attrs['backend']} backend)",
            }
        )
    )


def peak(resource: object) -> float:
    """Return the largest resident size of this process so far, MiB."""
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # type: ignore[attr-defined]
    return usage / (2**20 if sys.platform == "darwin" else 2**10)


def start(arguments: argparse.Namespace, path: Path, *extra: str) -> dict[str, object] | None:
    """Run a child; None when it was killed."""
    words = [sys.executable, __file__, "--child", str(path), *sys.argv[1:], *extra]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == KILLED:
        return None
    if done.returncode:
        raise SystemExit(f"the child ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def size_of(path: Path) -> float:
    """Return the size of a folder, MiB."""
    return sum(item.stat().st_size for item in path.rglob("*") if item.is_file()) / 2**20


def files_of(path: Path) -> dict[str, bytes]:
    """Return the files that hold results; journal and manifests tell of times."""
    import hashlib

    apart = {"_journal.jsonl", "_manifest.json", "manifest.json", "zarr.json"}
    return {
        item.relative_to(path).as_posix(): hashlib.sha256(item.read_bytes()).digest()
        for item in sorted(path.rglob("*"))
        if item.is_file() and not (item.parent == path and item.name in apart)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", type=int, default=1_000_000)
    parser.add_argument("--model", default="stein2019")
    parser.add_argument("--days", type=float, default=365.0)
    parser.add_argument("--format", choices=("parquet", "zarr"), default="parquet")
    parser.add_argument("--courses", action="store_true", help="courses instead of reductions")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--piece", type=int, default=None)
    parser.add_argument("--folder", default=None, help="where to write [temporary]")
    parser.add_argument("--child", dest="path", default="", help=argparse.SUPPRESS)
    parser.add_argument("--resume", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--kill-after", type=float, default=float("inf"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.path:
        child(arguments)
        return
    print(describe_machine())
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        compare(arguments, Path(folder))


def compare(arguments: argparse.Namespace, folder: Path) -> None:
    """Run straight, run with a kill in the middle, and compare."""
    from livingdrug.interop.journal import read_journal

    n = arguments.subjects
    straight, broken = (folder / f"{x}.{arguments.format}" for x in ("straight", "broken"))
    first = start(arguments, straight)
    assert first is not None
    pieces = len(read_journal(straight).pieces)
    above = first["peak"] - first["imported"]
    print(
        f"{n:,} subjects of {arguments.model}, {'courses' if arguments.courses else 'reductions'} "
        f"to .{arguments.format}, {first['method']}, {arguments.threads} thread(s)\n"
        f"  wall {first['wall']:.1f} s, {n / first['wall']:,.0f} subjects/s, {pieces} pieces, "
        f"{pieces / first['wall']:.2f} pieces/s\n"
        f"  peak {first['peak']:.0f} MiB, {above:.0f} MiB above the import; "
        f"{size_of(straight):.0f} MiB on the disk; {first['failed']:,} failed"
    )
    assert start(arguments, broken, "--kill-after", str(n / 2)) is None, "it was not killed"
    left = len(read_journal(broken).pieces)
    print(f"  killed (SIGKILL) at {n // 2:,} subjects: {left} of {pieces} pieces are finished")
    second = start(arguments, broken, "--resume")
    assert second is not None
    same = second["digest"] == first["digest"] and files_of(broken) == files_of(straight)
    print(
        f"  resumed: {second['simulated']:,} simulated in {second['wall']:.1f} s, "
        f"{'the same, bit for bit' if same else 'DIFFERENT'}: {second['digest'][:16]}"
    )
    if not same or above > 1024:
        raise SystemExit("the goals are missed")


if __name__ == "__main__":
    main()
