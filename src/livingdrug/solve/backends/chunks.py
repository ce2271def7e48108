"""What engines that run many subjects at once share: chunks over threads, aligned workspaces."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from livingdrug.solve.backends.base import Progress, SubjectResult, SubjectTask

__all__ = ["aligned", "run_in_chunks"]


def run_in_chunks(
    run: Callable[[list[SubjectTask]], list[SubjectResult]],
    tasks: list[SubjectTask],
    size: int,
    threads: int,
    progress: Progress | None,
) -> list[SubjectResult]:
    """Run tasks chunk by chunk on some threads.

    Parameters
    ----------
    run : callable
        Runs one chunk, without the lock of the interpreter.
    tasks : list of SubjectTask
    size : int
        Tasks of a chunk.
    threads : int
    progress : callable or None

    Returns
    -------
    list of SubjectResult
        In the order of the tasks.
    """
    chunks = [tasks[first : first + size] for first in range(0, len(tasks), size)]
    results: list[SubjectResult] = []
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for chunk in pool.map(run, chunks):
            results += chunk
            if progress is not None:
                progress(len(chunk))
    return results


def aligned(size: int) -> NDArray[np.float64]:
    """Return a zeroed array that starts at a multiple of 64 bytes.

    Parameters
    ----------
    size : int

    Returns
    -------
    ndarray, shape (size,)
    """
    raw = np.zeros(size + 8)
    shift = (-raw.ctypes.data // 8) % 8
    return raw[shift : shift + size]
