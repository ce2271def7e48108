"""Remove from texts what would tell who ran something, and where: absolute paths."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

__all__ = ["portable_arguments", "portable_path", "without_paths"]

_PART = r"[^\s'\"`,;|<>(){}\[\]]"  # a character of a path that is not in quotes
_ROOT = r"(?:~?/(?!/)|[A-Za-z]:[\\/]|\\\\)"
_USER = r"~[A-Za-z_][\w.-]*[\\/]"
_CLIMB = r"(?:\.\.[\\/])+"
_QUOTED = re.compile(
    rf"(?P<quote>['\"`])(?P<path>(?:{_ROOT}|{_USER}|{_CLIMB})[^'\"`\n]+)(?P=quote)"
)
# not after a letter, digit or slash: 'cell/uL', 'a/b' and 'https://x' hold no absolute path
_BARE = re.compile(rf"(?<![\w./~\\:])(?:{_ROOT}{_PART}*[\\/]|{_USER}|{_CLIMB}){_PART}*")
_AFTER_COLON = re.compile(rf"(?<=\w:)/(?!/){_PART}*/{_PART}*")
_FILE_URL = re.compile(r"file://[^/\s]*(?=/)")


def _name(path: str) -> str:
    """Last name of a path; ``~`` for a home folder, whose name is the user's."""
    parts = [part for part in re.split(r"[\\/]+", path) if part not in {"", ".", ".."}]
    if not parts or parts[-1] == Path.home().name or parts[-1].startswith("~"):
        return "~"
    if len(parts) > 1 and parts[-2].lower() in {"home", "users"}:
        return "~"
    return parts[-1]


def portable_path(path: str | Path, relative_to: str | Path | None = None) -> str:
    """Write a path so that it tells nothing about the machine.

    Parameters
    ----------
    path : str or Path
    relative_to : str or Path, optional
        Folder whose inside may be shown.

    Returns
    -------
    str
        The path relative to the folder, with forward slashes, when it lies inside; a relative
        path that does not climb is kept; else the last name.

    Examples
    --------
    >>> portable_path("/home/ada/trial/data/study.csv", "/home/ada/trial")
    'data/study.csv'
    >>> portable_path("/home/ada/study.csv"), portable_path("data/study.csv")
    ('study.csv', 'data/study.csv')
    """
    text = _FILE_URL.sub("", str(path))
    if relative_to is not None:
        base, full = (Path(os.path.normpath(Path(p).absolute())) for p in (relative_to, text))
        if full.is_relative_to(base):
            return full.relative_to(base).as_posix()
    if _is_absolute(text) or ".." in re.split(r"[\\/]", text):
        return _name(text)
    return text.replace(os.sep, "/")


def _is_absolute(text: str) -> bool:
    windows = PureWindowsPath(text)
    return text.startswith(("/", "~", "\\")) or bool(windows.drive and windows.root)


def portable_arguments(
    arguments: Sequence[str], relative_to: str | Path | None = None
) -> tuple[str, ...]:
    """Write a command so that it tells nothing about the machine.

    Parameters
    ----------
    arguments : sequence of str
        Program and arguments; also ``--option=/path`` and paths inside longer texts.
    relative_to : str or Path, optional
        As in `portable_path`; the program itself is always reduced to its name.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> portable_arguments(["/opt/bin/livingdrug", "run", "--out=/home/ada/x.zarr"])
    ('livingdrug', 'run', '--out=x.zarr')
    """
    cleaned = []
    for position, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if position == 0:
            cleaned.append(portable_path(argument))
        elif equals and re.fullmatch(r"[\w.-]+", option):
            cleaned.append(f"{option}={_argument(value, relative_to)}")
        else:
            cleaned.append(_argument(argument, relative_to))
    return tuple(cleaned)


def _argument(text: str, relative_to: str | Path | None) -> str:
    climbs = ".." in re.split(r"[\\/]", text)
    if _is_absolute(text) or climbs or text.startswith("file://"):
        return portable_path(text, relative_to)
    return without_paths(text)


def without_paths(text: str) -> str:
    """Reduce every absolute path inside a text to its last name.

    Parameters
    ----------
    text : str
        A message; paths with blanks are recognised between quotes.

    Returns
    -------
    str

    Examples
    --------
    >>> without_paths("cannot read '/home/ada l/study.csv', 3 cell/uL per /day")
    "cannot read 'study.csv', 3 cell/uL per /day"
    """
    text = _FILE_URL.sub("", text)
    text = _QUOTED.sub(lambda m: f"{m['quote']}{_name(m['path'])}{m['quote']}", text)
    text = _AFTER_COLON.sub(lambda m: _name(m[0]), text)
    return _BARE.sub(lambda m: _name(m[0]), text)
