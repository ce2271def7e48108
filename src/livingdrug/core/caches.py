"""Where compiled things are kept between runs.

The root is ``LIVINGDRUG_CACHE_DIR`` or the user's cache folder. Where that cannot be written, a
temporary folder takes its place, with one warning; a missing cache costs time, never a result.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path

from livingdrug.core.errors import LivingDrugWarning

__all__ = ["CacheWarning", "cache_folder", "source_hash"]


class CacheWarning(LivingDrugWarning):
    """Compiled code cannot be kept, or a kept piece was spoilt and is made anew."""


def source_hash(files: Iterable[Path], *extra: str) -> str:
    """Return a short hash of source files, so that edited sources get a cache of their own.

    Parameters
    ----------
    files : iterable of Path
    *extra : str
        Versions and other things that the cached pieces depend on.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    for text in extra:
        digest.update(b"\0" + text.encode())
    return digest.hexdigest()[:16]


@functools.cache
def cache_folder(name: str) -> Path:
    """Return a folder for cached pieces; it exists and can be written.

    Parameters
    ----------
    name : str
        Kind and key of the pieces, as ``"engine-1a2b"``.

    Returns
    -------
    Path
    """
    given = os.environ.get("LIVINGDRUG_CACHE_DIR")
    folder = (Path(given) if given else _user_folder()) / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        warnings.warn(
            f"compiled code cannot be kept ({error.strerror}); set LIVINGDRUG_CACHE_DIR to a "
            "folder that can be written to save the compilation of each run",
            CacheWarning,
            stacklevel=2,
        )
        temporary = Path(tempfile.mkdtemp(prefix="livingdrug-"))
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        folder = temporary / name
        folder.mkdir()
    return folder


def _user_folder() -> Path:
    import platformdirs

    try:
        return Path(platformdirs.user_cache_dir("livingdrug", appauthor=False))
    except (KeyError, RuntimeError):  # no home folder
        return Path(os.devnull)
