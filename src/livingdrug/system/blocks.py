"""Blocks and switches: the intermediate form, plain data that can be printed and compared."""

from __future__ import annotations

from dataclasses import dataclass

from livingdrug.model.expression.nodes import Node
from livingdrug.model.expression.text import to_text

__all__ = ["Block", "Switch"]


@dataclass(frozen=True, slots=True)
class Block:
    """A named list of expressions over slots.

    Attributes
    ----------
    name : str
    labels : tuple of str
        What each output is.
    outputs : tuple of Node
    """

    name: str
    labels: tuple[str, ...]
    outputs: tuple[Node, ...]

    def listing(self) -> str:
        """Print the block for reading and comparing.

        Returns
        -------
        str
        """
        lines = [f"block {self.name}"]
        lines += [
            f"  {label} = {to_text(node)}"
            for label, node in zip(self.labels, self.outputs, strict=True)
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Switch:
    """A condition that makes a rate jump or an event fire; it is frozen inside a step.

    Attributes
    ----------
    operator : str
        Relation of `root` to zero.
    root : Node
        Left minus right side.
    at_time : Node or None
        For a condition on time alone: the time at which it changes.
    rising : Node or None
        For a condition on time alone: the slope of `root`.
    constant : bool
        It changes only when an event changes a constant.
    text : str
        As written in the model.
    uses : tuple of str
        Where it acts: ``"rate"``, ``"trigger"``.
    """

    operator: str
    root: Node
    at_time: Node | None
    rising: Node | None
    constant: bool
    text: str
    uses: tuple[str, ...]
