"""Say what machine a benchmark ran on, and how busy it was."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["describe_machine"]

_PACKAGES = (
    "livingdrug", "numpy", "numba", "llvmlite", "scipy", "libroadrunner", "antimony", "jax",
    "diffrax",
)  # fmt: skip


def describe_machine() -> str:
    """Return one line: processor, cores, load, versions."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    flags = "AVX-512" if _has("avx512f") else "AVX2" if _has("avx2") else "no AVX2"
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    packages = " ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    return (
        f"{model}, {os.cpu_count()} cores seen, {flags}, {platform.system()}; load {load}; "
        f"Python {platform.python_version()}; {packages}"
    )


def _has(flag: str) -> bool:
    try:
        return f" {flag} " in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def _version(name: str) -> str:
    if name == "livingdrug":
        import livingdrug

        return livingdrug.__version__
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
