"""Straight-line programs: the last form before a printer, plain data that can be compared.

A program is a list of instructions in single assignment over named values. It loads from and
stores to named slots; where a slot lives is the business of a `Workspace`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Instruction", "Program", "Workspace"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One operation.

    Attributes
    ----------
    target : str
        Name of the value; each is assigned once.
    op : str
        ``load`` (args: slot), ``constant`` (args: number), ``add sub mul div neg sqrt abs``,
        ``fma fms fnma`` (``x y + z``, ``x y - z``, ``z - x y``, rounded once),
        ``min max``, a function of the expression language (``exp log pow hill ...``),
        ``lt le gt ge eq ne`` (a truth value), ``and or xor not``, ``select`` (truth, value,
        value), ``truth`` (number that is not zero), ``number`` (truth as 1 or 0).
    args : tuple of str or float
        Names of earlier values; a slot name for ``load``, a number for ``constant``.
    """

    target: str
    op: str
    args: tuple[str | float, ...]

    def __str__(self) -> str:
        return f"{self.target} = {self.op} {', '.join(str(arg) for arg in self.args)}"


@dataclass(frozen=True, slots=True)
class Program:
    """A named straight-line program.

    Attributes
    ----------
    name : str
    instructions : tuple of Instruction
    stores : tuple of (str, str)
        Slot and the value written to it, in this order, after all instructions.
    """

    name: str
    instructions: tuple[Instruction, ...]
    stores: tuple[tuple[str, str], ...]

    def without_dead(self) -> Program:
        """Return the program without instructions that no store needs.

        Returns
        -------
        Program
        """
        needed = {value for _, value in self.stores}
        kept = []
        for instruction in reversed(self.instructions):
            if instruction.target in needed:
                kept.append(instruction)
                if instruction.op not in ("load", "constant"):
                    needed.update(str(arg) for arg in instruction.args)
        return Program(self.name, tuple(reversed(kept)), self.stores)

    def listing(self) -> str:
        """Print the program for reading and comparing.

        Returns
        -------
        str
        """
        lines = [f"program {self.name}"]
        lines += [f"  {instruction}" for instruction in self.instructions]
        lines += [f"  store {slot} <- {value}" for slot, value in self.stores]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where each slot lives: one array ``[slot, lane]`` with constant offsets.

    Attributes
    ----------
    groups : tuple of (str, int)
        Name and length of each group of slots, in order; a group of length 1 named ``t`` has
        the slot ``t``, others have ``y[0]``, ``y[1]``, ...
    offsets : dict from str to int
        First slot of each group.
    """

    groups: tuple[tuple[str, int], ...]
    offsets: Mapping[str, int] = field(hash=False, compare=False)

    @classmethod
    def of(cls, groups: Sequence[tuple[str, int]]) -> Workspace:
        """Lay out groups one after the other.

        Parameters
        ----------
        groups : sequence of (str, int)

        Returns
        -------
        Workspace
        """
        offsets, place = {}, 0
        for name, length in groups:
            offsets[name] = place
            place += length
        return cls(tuple(groups), offsets)

    @property
    def n_slots(self) -> int:
        """Number of slots."""
        return sum(length for _, length in self.groups)

    def offset(self, slot: str) -> int:
        """Return the position of a slot.

        Parameters
        ----------
        slot : str
            As ``"t"`` or ``"y[3]"``.

        Returns
        -------
        int
        """
        if slot.endswith("]"):
            group, _, index = slot[:-1].partition("[")
            return self.offsets[group] + int(index)
        return self.offsets[slot]
