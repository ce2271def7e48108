"""The decorator of every function that numba compiles, with a cache of our own.

numba's own cache notices an edited file but not an edited helper in another file, and fails in
a read-only installation. Here the folder is keyed by all sources of the engine together.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import llvmlite
import numba
from numba import njit

from livingdrug.core import status
from livingdrug.core.caches import cache_folder, source_hash
from livingdrug.solve.backends.native import places

__all__ = ["compiled", "hot", "inner"]

F = TypeVar("F", bound=Callable[..., object])

_JUMPS = Path(__file__).parents[2] / "stochastic"
_FILES = (
    *Path(__file__).parent.glob("*.py"),
    *(
        _JUMPS / f"{name}.py"
        for name in (
            "leaps",
            "loop",
            "next_reaction",
            "pausing",
            "programs",
            "tables",
            "variates",
        )
    ),
    Path(places.__file__),
    Path(status.__file__),
)
_SOURCES = source_hash(_FILES, numba.__version__, llvmlite.__version__)
numba.config.CACHE_DIR = str(cache_folder(f"engine-{_SOURCES}"))  # type: ignore[attr-defined]


_COMMON = {"nogil": True, "error_model": "numpy", "_nrt": False}
_BARE = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def _jit(function: F, options: dict[str, bool]) -> F:
    decorate: Callable[..., Callable[[F], F]] = njit
    return decorate(**_COMMON, **options)(function)


def compiled(function: F) -> F:
    """Compile a function without the interpreter's lock, with IEEE division, kept on disk.

    Reference counts are off, because counting the arrays of each call took most of the time:
    a function may not make arrays; the caller owns them all.

    Parameters
    ----------
    function : callable

    Returns
    -------
    callable
    """
    return _jit(function, {"cache": True})


def inner(function: F) -> F:
    """Compile a function that only compiled functions call: no wrapper, nothing kept alone.

    Parameters
    ----------
    function : callable

    Returns
    -------
    callable
    """
    return _jit(function, {**_BARE, "forceinline": False})


def hot(function: F) -> F:
    """Compile an inner function into its callers: a call would copy the tuples it gets.

    Parameters
    ----------
    function : callable

    Returns
    -------
    callable
    """
    return _jit(function, {**_BARE, "forceinline": True})
