"""Machine code of models, kept in memory and on disk.

The key is the program text itself with the target, the version of LLVM and the sources of the
printers, so a changed model, machine or printer never meets old code.
"""

from __future__ import annotations

import functools
import hashlib
import os
import warnings
from pathlib import Path

import llvmlite

from livingdrug.core.caches import CacheWarning, cache_folder, source_hash
from livingdrug.core.errors import LivingDrugError
from livingdrug.system import machine, printers
from livingdrug.system.machine import CompiledModule, compile_module, load_object, target_strings

__all__ = ["module_of"]

_DIGEST = 32
_SOURCES = (Path(machine.__file__), *Path(printers.__file__).parent.glob("*.py"))


@functools.lru_cache(maxsize=64)
def module_of(text: str) -> CompiledModule:
    """Return the machine code of a module for this processor.

    Parameters
    ----------
    text : str
        LLVM IR.

    Returns
    -------
    CompiledModule
    """
    file = _file_of(text)
    data = _read(file)
    if data:
        try:
            return load_object(data)
        except LivingDrugError as error:
            _warn(str(error))
    module = compile_module(text)
    _keep(file, module.object_bytes)
    return module


def _file_of(text: str) -> Path:
    target = target_strings()
    folder = cache_folder(f"kernels-{source_hash(_SOURCES, llvmlite.__version__)}")
    key = hashlib.sha256("\0".join([text, repr(target)]).encode()).hexdigest()
    return folder / f"{key[:40]}.o"


def _read(file: Path) -> bytes:
    """Return the kept code; nothing when there is none or it is spoilt.

    The loader crashes on damaged code, so a digest stands before it.
    """
    try:
        content = file.read_bytes()
    except OSError:
        return b""
    digest, data = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(data).digest() == digest:
        return data
    _warn("its digest differs")
    return b""


def _warn(reason: str) -> None:
    warnings.warn(
        f"a cached kernel was spoilt and is compiled again ({reason})", CacheWarning, stacklevel=4
    )


def _keep(file: Path, data: bytes) -> None:
    """Write a file completely or not at all; two processes may do so at once."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_bytes(hashlib.sha256(data).digest() + data)
        temporary.replace(file)
    except OSError:  # a full disk costs time at the next run, nothing else
        temporary.unlink(missing_ok=True)
