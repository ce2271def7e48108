"""What sessions of all engines check at a pause, in the same words."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import OptionError, UnknownNameError, unknown_name
from livingdrug.system.layout import Layout
from livingdrug.system.system import System

__all__ = [
    "check_fits",
    "check_later",
    "check_slot",
    "dose_place",
    "output_place",
    "standing_rows",
]


def output_place(system: System, name: str) -> int:
    """Return the place of an output.

    Parameters
    ----------
    system : System
    name : str

    Returns
    -------
    int

    Raises
    ------
    UnknownNameError
        When the model reports no such quantity.
    """
    names = [slot.name for slot in system.outputs]
    if name not in names:
        raise UnknownNameError([unknown_name("quantity", name, names)])
    return names.index(name)


def dose_place(system: System, name: str) -> int:
    """Return the place of a dose.

    Parameters
    ----------
    system : System
    name : str

    Returns
    -------
    int

    Raises
    ------
    UnknownNameError
        When the model has no such dose.
    """
    doses = list(system.doses)
    if name not in doses:
        raise UnknownNameError([unknown_name("dose", name, doses)])
    return doses.index(name)


def check_slot(layout: Layout, name: str) -> None:
    """Refuse a name that is neither a state nor a constant.

    Parameters
    ----------
    layout : Layout
    name : str

    Raises
    ------
    UnknownNameError
    """
    known = [*layout.state_index, *layout.constant_index]
    if name not in known:
        raise UnknownNameError([unknown_name("state or constant", name, known)])


def standing_rows(rows: ArrayLike, paused: NDArray[np.bool_], noun: str) -> NDArray[np.int64]:
    """Return positions as an array, all of which stand at the pause.

    Parameters
    ----------
    rows : int or array_like of int
    paused : ndarray of bool, shape (n,)
    noun : str
        What one position is, for messages.

    Returns
    -------
    ndarray, shape (n_rows,)

    Raises
    ------
    OptionError
        When one of them does not.
    """
    chosen = np.atleast_1d(np.asarray(rows, dtype=np.int64))
    known = (chosen >= 0) & (chosen < paused.size)
    stands = known & paused[np.where(known, chosen, 0)]
    if not stands.all():
        row = int(chosen[~stands][0])
        raise OptionError(f"{noun} {row} does not stand at a pause: it has ended or failed")
    return chosen


def check_later(until: float, day: float) -> None:
    """Refuse a day to run to that has passed.

    Parameters
    ----------
    until, day : float

    Raises
    ------
    OptionError
    """
    if not until > day:
        raise OptionError(f"until = {until:g} must be later than day {day:g}")


def check_fits(name: str, found: NDArray[np.generic], expected: NDArray[np.generic]) -> None:
    """Refuse an array of a checkpoint that belongs to something else.

    Parameters
    ----------
    name : str
    found, expected : ndarray

    Raises
    ------
    OptionError
    """
    if (found.shape, found.dtype) != (expected.shape, expected.dtype):
        raise OptionError(
            f"the checkpoint holds {name} of shape {found.shape}, {expected.shape} expected: it "
            "belongs to other subjects, another model or another version"
        )
