"""Write files and folders so that a failure never leaves a half-written or a lost one."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from livingdrug.core.errors import OutputError

__all__ = ["atomic_path", "check_output", "write_text"]

Kind = Literal["file", "directory"]

_STORE_MARKS = (
    "zarr.json", ".zgroup", ".zattrs", "manifest.json", "_manifest.json", "_journal.jsonl",
)  # fmt: skip
"""A folder that holds one of these is a result that a forced write may replace."""
_WRITE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


def check_output(path: str | Path, force: bool = False, *, kind: Kind = "file") -> Path:
    """Check, before any work is done, that a result can be written.

    Parameters
    ----------
    path : str or Path
    force : bool, optional
        An existing result may be replaced. Of folders, only an empty one or one that holds a
        result (a Zarr store or a manifest) is ever replaced.
    kind : {"file", "directory"}, optional
        What will be written.

    Returns
    -------
    Path
        Where to write: links are followed.

    Raises
    ------
    OutputError
        With the exact reason.
    """
    target = Path(path)
    if not str(path) or not target.name:
        raise OutputError(f"{str(path)!r} is not the name of a file; give a name to write to")
    with contextlib.suppress(OSError, RuntimeError):  # a loop of links is reported below
        target = target.resolve()
    parent = target.parent
    try:
        if not parent.exists():
            raise OutputError(
                f"{path}: the folder {_shown(parent)} does not exist; create it first"
            )
        if not parent.is_dir():
            raise OutputError(f"{path}: {_shown(parent)} is a file, not a folder")
        if target.is_dir():
            _check_existing_folder(path, target, force=force, kind=kind)
        elif target.exists() or target.is_symlink():
            _check_existing_file(path, target, force=force, kind=kind)
        if not os.access(parent, os.W_OK | os.X_OK):
            raise OutputError(
                f"{path}: no permission to write in the folder {_shown(parent)}; "
                "choose another folder"
            )
    except OutputError:
        raise
    except OSError as error:  # a name that is too long, a folder that may not be searched
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    return target


def _check_existing_folder(path: str | Path, target: Path, *, force: bool, kind: Kind) -> None:
    if kind == "file":
        raise OutputError(f"{path} is a directory; give the name of a file")
    entries = {entry.name for entry in target.iterdir()}
    # first, so that nobody is sent to --force for nothing
    if entries and not entries & set(_STORE_MARKS):
        raise OutputError(
            f"{path} is a folder that holds other things than a result of livingdrug; it is not "
            "replaced even with --force; choose another name"
        )
    if entries and not force:
        raise OutputError(f"{path} exists; use --force to replace it, or choose another name")


def _check_existing_file(path: str | Path, target: Path, *, force: bool, kind: Kind) -> None:
    if not target.is_file():
        raise OutputError(f"{path} exists and is not a regular file; choose another name")
    if kind == "directory":
        raise OutputError(f"{path} is a file, but a folder is to be written; choose another name")
    if not force:
        raise OutputError(f"{path} exists; use --force to replace it, or choose another name")


def _shown(path: Path) -> str:
    with contextlib.suppress(ValueError, OSError):
        return repr(str(path.relative_to(Path.cwd())))
    return repr(str(path))


@contextlib.contextmanager
def atomic_path(path: str | Path, *, force: bool = False, kind: Kind = "file") -> Iterator[Path]:
    """Give a temporary path beside a target, and rename it to the target on success.

    The temporary name keeps the suffix of the target. What was at the target stays until the
    new content is complete; on any exception, also an interrupt, the temporary is removed.

    Parameters
    ----------
    path : str or Path
        Target.
    force : bool, optional
        Replace an existing target, as for `check_output`.
    kind : {"file", "directory"}, optional
        What the body of the ``with`` statement creates at the temporary path; nothing is there
        when it starts.

    Yields
    ------
    Path

    Raises
    ------
    OutputError
        When the target cannot be written, the disk is full, or the body created nothing.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "table.csv"
    >>> with atomic_path(target) as temporary:
    ...     _ = temporary.write_text("time,value")
    >>> target.read_text()
    'time,value'
    """
    target = check_output(path, force, kind=kind)
    temporary = target.with_name(f".part-{secrets.token_hex(4)}-{target.name[-60:]}")
    try:
        yield temporary
        if not (temporary.is_dir() if kind == "directory" else temporary.is_file()):
            raise OutputError(f"{path}: no {kind} was written")
        check_output(path, force, kind=kind)  # the target may have appeared meanwhile
        _commit(path, temporary, target)
    except OutputError:
        _remove(temporary)
        raise
    except OSError as error:
        _remove(temporary)
        if error.errno in _WRITE_ERRORS or _concerns(error, temporary):
            raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
        raise
    except BaseException:
        _remove(temporary)
        raise


def _concerns(error: OSError, temporary: Path) -> bool:
    """Whether an error is about the file being written rather than one that was read."""
    name = error.filename
    return isinstance(name, (str, bytes)) and Path(os.fsdecode(name)).is_relative_to(temporary)


def _commit(path: str | Path, temporary: Path, target: Path) -> None:
    try:
        if temporary.is_dir():
            _replace_directory(temporary, target)
        else:
            _replace_file(temporary, target)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error


def _replace_file(temporary: Path, target: Path) -> None:
    if target.exists():
        shutil.copymode(target, temporary)
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())  # else a crash may leave the new name with no content
    temporary.replace(target)


def _replace_directory(temporary: Path, target: Path) -> None:
    """Rename a folder over another: not one step on any system, so the old one is set aside."""
    if not target.exists():
        temporary.rename(target)
        return
    aside = target.with_name(f".old-{secrets.token_hex(4)}-{target.name[-60:]}")
    target.rename(aside)
    try:
        temporary.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    _remove(aside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def write_text(path: str | Path, text: str, *, force: bool = False) -> None:
    """Write a text file in UTF-8, completely or not at all.

    Parameters
    ----------
    path : str or Path
    text : str
    force : bool, optional
        Replace an existing file.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    with atomic_path(path, force=force) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
