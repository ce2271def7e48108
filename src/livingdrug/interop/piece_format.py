"""What a folder offers that a result is written to piece by piece."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["PieceFormat", "put_file"]


class PieceFormat(ABC):
    """A folder that a result is written to piece by piece.

    Parameters
    ----------
    folder : Path
        With the suffix of the format.
    """

    manifest_name: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    @abstractmethod
    def prepare(folder: Path, template: xr.Dataset, n: int, piece: int) -> None:
        """Make an empty result.

        Parameters
        ----------
        folder : Path
        template : xarray.Dataset
            A piece; its subjects are 0, 1, ...
        n : int
            Number of subjects in the end.
        piece : int
        """

    @abstractmethod
    def write(self, number: int, first: int, ds: xr.Dataset) -> None:
        """Write a piece; written again, it replaces itself.

        Parameters
        ----------
        number : int
        first : int
            Position of its first subject.
        ds : xarray.Dataset
        """

    @abstractmethod
    def columns(self, number: int, first: int, count: int) -> dict[str, NDArray[np.generic]]:
        """Read the numbers of a reduced piece back.

        Parameters
        ----------
        number, first, count : int

        Returns
        -------
        dict from str to ndarray, shape (count,)

        Raises
        ------
        DataError
            When it is missing or damaged.
        """

    def check(self, number: int, first: int, count: int) -> None:
        """Check that a finished piece is still there.

        Parameters
        ----------
        number, first, count : int

        Raises
        ------
        DataError
            When it is not.
        """
        if not self.holds(number, first, count):
            raise DataError(
                f"{self.folder}: subjects {first} to {first + count - 1} are gone, though they "
                "were finished; start anew with force (--force)"
            )

    @abstractmethod
    def holds(self, number: int, first: int, count: int) -> bool:
        """Whether a finished piece is still there.

        Parameters
        ----------
        number, first, count : int

        Returns
        -------
        bool
        """

    def finish(self, attrs: Mapping[str, object], events: Mapping[int, int]) -> None:  # noqa: B027
        """Complete the result when all pieces are there; nothing, where each is whole in itself.

        Parameters
        ----------
        attrs : mapping
            Attributes that are known only now.
        events : mapping from int to int
            Piece to the length of its log of events.
        """

    def clean(self) -> None:  # noqa: B027
        """Remove what only an unfinished result needs; nothing, where it needs nothing."""


def put_file(path: Path, temporary: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file under another name, and rename it once it is on the disk.

    Parameters
    ----------
    path, temporary : Path
    write : callable
        Writes to an open file.
    """
    try:
        with temporary.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
