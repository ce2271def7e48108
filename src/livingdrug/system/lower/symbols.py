"""Replace assigned quantities, rates of change and conditions in model expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from livingdrug.core.errors import CapabilityError
from livingdrug.model.expression.differentiate import differentiate, is_affine_in_time
from livingdrug.model.expression.nodes import (
    ONE,
    TIME,
    ZERO,
    Kind,
    Node,
    add,
    call,
    divide,
    logic,
    multiply,
    negate,
    number,
    piecewise,
    relation,
    subtract,
    symbol,
)
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import free_symbols, postorder, rebuild, substitute
from livingdrug.model.model import Model
from livingdrug.system.blocks import Switch
from livingdrug.system.layout import Layout

__all__ = ["Level", "SwitchTable", "expand_assignments", "switch_name"]


_WHOLE = {"floor", "ceil"}
_JUMPS = {*_WHOLE, "sign", "factorial"}
_SLACK = 1e-9
"""How far a falling value passes a whole number before its floor drops, relative to it: a value
that has just risen to the number lies below it by rounding, and must not fall back for that."""


@dataclass(frozen=True, slots=True)
class Level:
    """The floor of something that varies, held constant between the times at which it changes.

    Attributes
    ----------
    name : str
        Of the constant slot.
    inner : Node
        What it is the floor of, over slots.
    trigger : Node
        Over switch slots: true where the constant no longer is the floor.
    """

    name: str
    inner: Node
    trigger: Node


def expand_assignments(model: Model, views: dict[Node, Node]) -> dict[Node, Node]:
    """Return what every symbol of a model is in terms of slots.

    Parameters
    ----------
    model : Model
        Whose assignments have no circle.
    views : dict from Node to Node
        For symbols that are not slots themselves.

    Returns
    -------
    dict from Node to Node
    """
    known = dict(views)
    waiting = {symbol(item.name): item.expression for item in model.assignments}
    while waiting:
        ready = [
            name
            for name, node in waiting.items()
            if not any(symbol(used) in waiting for used in free_symbols([node]))
        ]
        for name in ready:
            known[name] = substitute([waiting.pop(name)], known)[0]
    # the size of a compartment may be assigned, so views are made of assignments as well
    for _ in range(len(model.assignments) + 2):
        values = substitute(known.values(), known)
        if values == list(known.values()):
            return known
        known = dict(zip(known, values, strict=True))
    raise CapabilityError(
        f"{model.id}: the size of a compartment depends on a concentration inside it"
    )


def switch_name(place: int) -> str:
    """Return the name of a switch slot in lowered expressions.

    Parameters
    ----------
    place : int

    Returns
    -------
    str
    """
    return f"switch({place})"


class SwitchTable:
    """Collect conditions and replace them by switch slots.

    Parameters
    ----------
    layout : Layout
    delayed : mapping from str to Node
        Constant slots that vary as states do, with what the model writes for them.
    """

    def __init__(self, layout: Layout, delayed: Mapping[str, Node]) -> None:
        self._states = {slot.symbol for slot in layout.states} | set(delayed)
        self._written = {symbol(name): node for name, node in delayed.items()}
        self._slots: dict[Node, Node] = {}
        self._switches: list[Switch] = []
        self._levels: dict[Node, Node] = {}
        self.levels: list[Level] = []
        self.followed: list[Node] = []
        """Slopes in time of conditions that the steps of the states do not resolve."""

    @property
    def switches(self) -> tuple[Switch, ...]:
        """All conditions found so far."""
        return tuple(self._switches)

    def freeze(self, node: Node, use: str) -> Node:
        """Replace every condition in an expression by its slot.

        Parameters
        ----------
        node : Node
            Over slots.
        use : {"rate", "trigger"}

        Returns
        -------
        Node

        Raises
        ------
        CapabilityError
            For equality of quantities that vary continuously.

        Notes
        -----
        The floor of something that varies is kept in a constant slot, ``level(k)``, which an
        event of its own changes where a whole number is crossed.
        """
        node = self._levelled(node)
        for part in list(postorder([node])):
            if part.kind is Kind.RELATION:
                self._register(part, use)
            elif part.kind is Kind.LOGIC and part.name == "and":
                self._refuse_instant(part)
            elif part.kind is Kind.CALL and part.name in _JUMPS and self._varies(part):
                raise CapabilityError(
                    f"`{to_text(part)}` is defined for whole numbers only, and its argument varies "
                    "continuously; round the argument with floor(...) or ceil(...)"
                )
        return substitute([node], self._slots)[0]

    def _refuse_instant(self, node: Node) -> None:
        """Refuse what holds at one time only, as ``time >= 1 and time <= 1``."""
        bounds = set()
        for part in node.args:
            timed = any(piece.kind is Kind.TIME for piece in postorder([part]))
            if timed and part.kind is Kind.RELATION and part.name in (">=", "<="):
                left, right = part.args if part.name == ">=" else part.args[::-1]
                bounds.add((left.key, right.key))
        if any((right, left) in bounds for left, right in bounds):
            raise CapabilityError(
                f"the condition `{to_text(node)}` holds at one time only, which no step sees; "
                "write an event at that time, or `>=` alone"
            )

    def _levelled(self, node: Node) -> Node:
        """Write signs as choices, and floors of what varies as constants that events change."""
        done: dict[bytes, Node] = {}
        for part in postorder([node]):
            made = rebuild(part, tuple(done[arg.key] for arg in part.args))
            if made.kind is Kind.CALL and made.name in _JUMPS and self._varies(made):
                inner = made.args[0]
                if made.name == "sign":
                    below = piecewise(number(-1.0), relation("<", inner, ZERO), ZERO)
                    made = piecewise(ONE, relation(">", inner, ZERO), below)
                elif made.name == "floor":
                    made = self._level(inner)
                elif made.name == "ceil":
                    made = negate(self._level(negate(inner)))
            done[part.key] = made
        return done[node.key]

    def _level(self, inner: Node) -> Node:
        if inner not in self._levels:
            level = symbol(f"level({len(self._levels)})")
            self._levels[inner] = level
            slack = multiply(number(_SLACK), add(ONE, call("abs", level)))
            rises = relation(">=", inner, add(level, ONE))
            falls = relation("<", inner, subtract(level, slack))
            trigger = self.freeze(logic("or", rises, falls), "trigger")
            self.levels.append(Level(level.name, inner, trigger))
        return self._levels[inner]

    def _varies(self, node: Node) -> bool:
        return any(
            part.kind is Kind.TIME or (part.kind is Kind.SYMBOL and part.name in self._states)
            for part in postorder([node])
        )

    def _register(self, part: Node, use: str) -> None:
        if part in self._slots:
            place = list(self._slots).index(part)
            switch = self._switches[place]
            if use not in switch.uses:
                self._switches[place] = Switch(
                    switch.operator,
                    switch.root,
                    switch.at_time,
                    switch.rising,
                    switch.constant,
                    switch.text,
                    (*switch.uses, use),
                )
            return
        root = substitute([subtract(*part.args)], self._slots)[0]
        names = free_symbols([root])
        timed = any(piece.kind is Kind.TIME for piece in postorder([root]))
        moving = any(name in self._states or name.startswith("switch(") for name in names)
        constant = not timed and not moving
        text = to_text(substitute([part], self._written)[0])
        if part.name in ("==", "!=") and not constant:
            raise CapabilityError(
                f"the condition `{text}` asks for equality of quantities that vary "
                "continuously; write it with >= or <="
            )
        at_time = rising = None
        affine = None if moving else is_affine_in_time(root, self._states)
        if timed and affine is None:
            # steps follow the states, which may say nothing about how the root moves in time
            slope = differentiate(root, TIME)
            if any(piece.kind is Kind.TIME for piece in postorder([slope])):
                self.followed.append(slope)
        if affine is not None:
            at_time, rising = negate(divide(*affine)), affine[1]
        place = len(self._switches)
        self._slots[part] = symbol(switch_name(place))
        self._switches.append(Switch(part.name, root, at_time, rising, constant, text, (use,)))
