"""Machine code of models, kept in memory and on disk.

The key can be computed before anything is lowered or printed: it is a digest of the expressions
and slots of a system (`system_key`), the target, the version of LLVM and all sources that lower,
derive, print and compile. So a changed model, machine or source never meets old code.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import llvmlite

from livingdrug import system as system_package
from livingdrug.core.caches import CacheWarning, cache_folder, source_hash
from livingdrug.core.errors import LivingDrugError
from livingdrug.model import expression
from livingdrug.system.machine import CompiledModule, compile_module, load_object, target_strings
from livingdrug.system.system import System

__all__ = ["Facts", "kept_module", "kept_problem", "system_key"]

_DIGEST = 32
_MOST_LOADED = 64
_LOADED: dict[str, tuple[CompiledModule, Facts]] = {}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the loop has to know of printed code.

    Attributes
    ----------
    width : int
        Lanes.
    has_time : bool
        The right-hand side depends on time itself.
    n_entries : int
        Of the factors.
    """

    width: int
    has_time: bool
    n_entries: int


def system_key(system: System, width: int | None) -> str:
    """Return a digest of everything in a system that its code depends on.

    Parameters
    ----------
    system : System
    width : int, optional
        Lanes that were asked for.

    Returns
    -------
    str

    Notes
    -----
    Values of parameters, names of outputs, units and texts do not count. Expressions count by
    their own digests.
    """
    layout, blocks = system.layout, system.blocks
    names = ("rhs", "jacobian", "roots", "conditions", "triggers", "sizes", "outputs")
    groups = [blocks["init"].outputs[: system.n_states], *(blocks[name].outputs for name in names)]
    written = [event.targets for event in system.events] + list(system.doses.values())
    groups += [tuple(target.value for target in targets) for targets in written]
    groups += [tuple(target.scale for target in targets) for targets in written]
    optional = [node for s in system.switches for node in (s.at_time, s.rising)]
    optional += [node for e in system.events for node in (e.delay, e.priority)]
    groups.append(tuple(node for node in optional if node is not None))
    dosed = {target.state for targets in system.doses.values() for target in targets}
    slots = (
        width,
        [(s.symbol, s.log_state, s.controlled, s.algebraic) for s in layout.states],
        layout.constants,
        len(system.switches),
        sorted(dosed),
        [node is None for node in optional],
        [len(group) for group in groups],
    )
    digest = hashlib.sha256(repr(slots).encode())
    for group in groups:
        digest.update(b"".join(node.key for node in group))
    return digest.hexdigest()


def kept_module(key: str, write: Callable[[], tuple[str, Facts]]) -> tuple[CompiledModule, Facts]:
    """Return the machine code for this processor that has a key.

    Parameters
    ----------
    key : str
        See `system_key`.
    write : callable
        Returns the text of the module, as LLVM IR, and what goes with it; called when no code is
        kept.

    Returns
    -------
    CompiledModule
    Facts
    """
    found = _LOADED.get(key)
    if found is None:
        file = _file_of(key)
        found = _from_disk(file) or _made(file, write)
        while len(_LOADED) >= _MOST_LOADED:
            _LOADED.pop(next(iter(_LOADED)), None)
        _LOADED[key] = found
    return found


def kept_problem(key: str, write: Callable[[], tuple[str, Facts]]) -> str:
    """Say what is wrong with the code that is kept on disk, beside code that is made now.

    Parameters
    ----------
    key, write
        As for `kept_module`.

    Returns
    -------
    str
        Empty when there is a file and it holds what is made now, byte by byte.
    """
    file = _file_of(key)
    if not file.is_file():
        return "nothing is kept"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CacheWarning)
        kept = _from_disk(file)
    if kept is None:
        return "what is kept is spoilt"
    text, facts = write()
    same = facts == kept[1] and compile_module(text).object_bytes == kept[0].object_bytes
    return "" if same else "what is kept is not what is compiled now"


def _made(file: Path, write: Callable[[], tuple[str, Facts]]) -> tuple[CompiledModule, Facts]:
    text, facts = write()
    module = compile_module(text)
    _keep(file, json.dumps(asdict(facts)).encode() + b"\n" + module.object_bytes)
    return module, facts


def _file_of(key: str) -> Path:
    folder = cache_folder(f"kernels-{_sources()}")
    name = hashlib.sha256("\0".join([key, repr(target_strings())]).encode()).hexdigest()
    return folder / f"{name[:40]}.o"


@functools.cache
def _sources() -> str:
    """Return a digest of the sources that decide what the code of a system is."""
    folders = [
        *(Path(path) for package in (system_package, expression) for path in package.__path__),
        Path(__file__).parent,
    ]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    return source_hash(files, llvmlite.__version__)


def _from_disk(file: Path) -> tuple[CompiledModule, Facts] | None:
    """Return the kept code; None when there is none or it is spoilt.

    The loader crashes on damaged code, so a digest stands before it.
    """
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, data = content[:_DIGEST], content[_DIGEST:]
    if hashlib.sha256(data).digest() != digest:
        _warn("its digest differs")
        return None
    head, _, object_bytes = data.partition(b"\n")
    try:
        return load_object(object_bytes), Facts(**json.loads(head))
    except LivingDrugError as error:
        _warn(str(error))
        return None


def _warn(reason: str) -> None:
    warnings.warn(
        f"a cached kernel was spoilt and is compiled again ({reason})", CacheWarning, stacklevel=5
    )


def _keep(file: Path, data: bytes) -> None:
    """Write a file completely or not at all; two processes may do so at once."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_bytes(hashlib.sha256(data).digest() + data)
        temporary.replace(file)
    except OSError:  # a full disk costs time at the next run, nothing else
        temporary.unlink(missing_ok=True)
