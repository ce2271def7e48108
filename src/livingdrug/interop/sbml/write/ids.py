"""Names of a model to SBML ids: one name space, letters of ASCII, no words of MathML tools."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["Ids"]

_RESERVED = {
    "time", "t", "avogadro", "pi", "exponentiale", "infinity", "notanumber", "true", "false",
    "inf", "nan", "INF", "NaN",
}  # fmt: skip
"""Words that formula readers of other tools take for something else."""


class Ids:
    """Gives every name an id of its own."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        """Quantities of expressions: name to id."""
        self._taken: set[str] = set()

    def quantity(self, name: str) -> str:
        """Return the id of a quantity.

        Parameters
        ----------
        name : str

        Returns
        -------
        str
        """
        if name not in self.of:
            self.of[name] = self.other(name)
        return self.of[name]

    def other(self, wanted: str) -> str:
        """Return an id that nothing else has.

        Parameters
        ----------
        wanted : str

        Returns
        -------
        str
        """
        plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
        base = re.sub(r"\W", "_", plain) or "x"
        base = base if re.match(r"[A-Za-z_]", base) else f"_{base}"
        sbml_id, count = base, 1
        while sbml_id in self._taken or sbml_id in _RESERVED:
            count += 1
            sbml_id = f"{base}_{count}"
        self._taken.add(sbml_id)
        return sbml_id
