"""Rows of a NONMEM-type table that are to be ignored, as the option IGNORE of $DATA says."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

from livingdrug.core.errors import OptionError

__all__ = ["ignore_rule"]

_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "EQ": operator.eq, "NE": operator.ne, "GT": operator.gt, "GE": operator.ge,
    "LT": operator.lt, "LE": operator.le,
}  # fmt: skip
_CONDITION = re.compile(r"^\s*(\w+)\s*\.(EQ|NE|GT|GE|LT|LE)\.\s*(\S+)\s*$", re.IGNORECASE)


def ignore_rule(text: str) -> Callable[[Sequence[str], Sequence[str]], bool] | None:
    """Return what tells whether a row is ignored.

    Parameters
    ----------
    text : str
        One character: rows that begin with it; ``"@"``: rows below the header that begin with a
        letter or ``@``; conditions as ``"(BLQ.EQ.1, ID.GT.30)"``, of which one is enough;
        ``""``: none.

    Returns
    -------
    callable or None
        Takes the header and the cells of a row.

    Raises
    ------
    OptionError
        For another text.

    References
    ----------
    NONMEM Users Guide, Part IV, record $DATA, option IGNORE.

    Examples
    --------
    >>> rule = ignore_rule("(ID.GT.30)")
    >>> rule(("ID", "DV"), ("31", "5")), rule(("ID", "DV"), ("30", "5"))
    (True, False)
    """
    if not text:
        return None
    if text == "@":
        return lambda header, cells: bool(header) and (_first(cells).isalpha()
                                                       or _first(cells) == "@")  # fmt: skip
    if len(text) == 1:
        # a header that begins with the letter, as the column C does, is still the header
        letter = text.isalpha()
        return lambda header, cells: _first(cells) == text and (bool(header) or not letter)
    return _conditions(text)


def _first(cells: Sequence[str]) -> str:
    return cells[0].strip()[:1] if cells else ""


def _conditions(text: str) -> Callable[[Sequence[str], Sequence[str]], bool]:
    wanted = []
    for part in text.strip().removeprefix("(").removesuffix(")").split(","):
        found = _CONDITION.match(part)
        if found is None:
            raise OptionError(
                f"ignore={text!r}: {part.strip()!r} is no condition; give one character, '@', or "
                "conditions as '(BLQ.EQ.1, ID.GT.30)'"
            )
        wanted.append((found[1].upper(), found[2].upper(), found[3].strip("'\"")))

    def rule(header: Sequence[str], cells: Sequence[str]) -> bool:
        row = dict(zip((name.upper() for name in header), cells, strict=False))
        return any(name in row and _holds(row[name].strip(), how, value)
                   for name, how, value in wanted)  # fmt: skip

    return rule


def _holds(cell: str, relation: str, value: str) -> bool:
    try:
        return _RELATIONS[relation](float(cell), float(value))
    except ValueError:  # text is compared as text, and only for being the same
        return relation in {"EQ", "NE"} and (cell == value) == (relation == "EQ")
