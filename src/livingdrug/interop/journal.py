"""The journal of a result that is written piece by piece: what is finished, and how it was made.

One line of JSON for what was asked, then one for each finished piece. A line is added only when
its piece is on the disk, so whatever ends the process, the journal tells what can be kept.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from livingdrug.core.errors import DataError, OptionError, OutputError

__all__ = ["JOURNAL", "Journal", "PieceRecord", "read_journal"]

JOURNAL = "_journal.jsonl"
"""Name inside the folder of a result; readers of Parquet pass over names with an underscore."""

_SCHEMA, _VERSION = "livingdrug.pieces", "1"


@dataclass(frozen=True, slots=True)
class PieceRecord:
    """One finished piece.

    Attributes
    ----------
    piece : int
    digest : str
        Of its dataset.
    failed : int
        Subjects that could not be simulated.
    failures : tuple of (int, str, str)
        Subject, status and message of the first of them.
    n_steps : int
    events : int
        Rows of the event log.
    engine : str
        Method and backend that ran it.
    """

    piece: int
    digest: str
    failed: int = 0
    failures: tuple[tuple[int, str, str], ...] = ()
    n_steps: int = 0
    events: int = 0
    engine: str = ""


@dataclass(slots=True)
class Contents:
    """What a journal says: plan, what is the same for all pieces, and the finished pieces."""

    plan: dict[str, object]
    common: dict[str, object]
    pieces: dict[int, PieceRecord] = field(default_factory=dict)
    length: int = 0


def read_journal(folder: str | Path) -> Contents:
    """Read the journal of a result.

    Parameters
    ----------
    folder : str or Path
        Of the result.

    Returns
    -------
    Contents
        With the length in bytes of its whole lines: a process that was killed may have left half
        of one.

    Raises
    ------
    DataError
        When there is none, or it is not one.
    """
    path = Path(folder) / JOURNAL
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{folder}: holds no journal {JOURNAL}: {error.strerror}") from error
    whole = data[: data.rfind(b"\n") + 1]
    try:
        first, *rest = [json.loads(line) for line in whole.splitlines()]
        if first["schema"] != _SCHEMA or first["schema_version"] != _VERSION:
            raise ValueError(f"schema {first['schema']!r} {first['schema_version']!r}")
        records = [_record(line) for line in rest]
        plan, common = dict(first["plan"]), dict(first["common"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: is not the journal of a result: {error}") from error
    return Contents(plan, common, {record.piece: record for record in records}, len(whole))


def _record(line: dict[str, Any]) -> PieceRecord:
    line["failures"] = tuple(tuple(item) for item in line["failures"])
    return PieceRecord(**line)


def plan_differences(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Name what differs between two plans.

    Parameters
    ----------
    old, new : mapping from str to plain data

    Returns
    -------
    list of str
    """
    lines = []
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before != after:
            lines.append(f"{name}: {_shown(before)} then, {_shown(after)} now")
    return lines


def _shown(value: object) -> str:
    if value is None:
        return "not given"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 60 else f"{text[:40]}... ({len(text)} characters)"


class Journal:
    """The open journal of a running result; a second process is refused.

    Parameters
    ----------
    folder : Path
        Of the result.
    plan : mapping from str to plain data
        What was asked for.
    """

    def __init__(self, folder: Path, plan: Mapping[str, object]) -> None:
        self.folder = folder
        # locked before it is read: another process may be adding its last line
        self._stream = _open_locked(folder / JOURNAL)
        try:
            contents = read_journal(folder)
            # the new one through JSON too, where a tuple is a list
            differences = plan_differences(contents.plan, json.loads(json.dumps(dict(plan))))
            if differences:
                raise OptionError(
                    f"{folder.name} cannot be resumed, it was begun otherwise: "
                    f"{'; '.join(differences)}; ask for the same again, or start anew with force "
                    "(--force)"
                )
            self._stream.truncate(contents.length)
            self._stream.seek(contents.length)
        except BaseException:
            self._stream.close()
            raise
        self.pieces = contents.pieces
        self.common = contents.common

    @staticmethod
    def begin(folder: Path, plan: Mapping[str, object], common: Mapping[str, object]) -> None:
        """Write the first line into a folder.

        Parameters
        ----------
        folder : Path
        plan : mapping from str to plain data
        common : mapping from str to plain data
            What the first piece has shown and all pieces share.
        """
        first = {
            "schema": _SCHEMA, "schema_version": _VERSION, "plan": dict(plan),
            "common": dict(common),
        }  # fmt: skip
        with (folder / JOURNAL).open("wb") as stream:
            _write(stream, first)

    def add(self, record: PieceRecord) -> None:
        """Note a finished piece; it is on the disk when this returns.

        Parameters
        ----------
        record : PieceRecord
        """
        fields = {name: getattr(record, name) for name in PieceRecord.__slots__}
        _write(self._stream, fields)
        self.pieces[record.piece] = record

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()


def _write(stream: BinaryIO, content: Mapping[str, object]) -> None:
    stream.write(json.dumps(content).encode() + b"\n")
    stream.flush()
    os.fsync(stream.fileno())


def _open_locked(path: Path) -> BinaryIO:
    stream = path.open("r+b")
    try:
        _lock(stream)
    except OSError as error:
        stream.close()
        raise OutputError(
            f"{path.parent.name} is being written by another process; wait for it, or stop it"
        ) from error
    return stream


def _lock(stream: BinaryIO) -> None:
    """Lock a file until it is closed or its process ends, however it ends."""
    if sys.platform == "win32":
        import msvcrt

        stream.seek(2**40)  # a locked region cannot be read on Windows, so one behind the end
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
