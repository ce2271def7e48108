"""Where a number comes from: the publication, the place in it, and how it was obtained."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

__all__ = ["Origin", "Source"]


class Origin(enum.Enum):
    """How a value was obtained.

    ``ASSUMED`` is the only origin that may stand without a locator.
    """

    ESTIMATED = "estimated"
    """Fitted to data in the source."""
    FIXED = "fixed"
    """Fixed in the source, without a fit."""
    LITERATURE = "literature"
    """Taken by the source from other literature."""
    DIGITISED = "digitised"
    """Read off a printed figure."""
    DERIVED = "derived"
    """Computed by us from values of the source."""
    ASSUMED = "assumed"
    """Chosen by us; the source does not give it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A publication or data set that a model or study rests on.

    Attributes
    ----------
    doi : str
        Without the resolver, as ``10.1098/rspb.2021.0229``; empty when not known.
    authors : tuple of str
        ``"Family, Given"`` each.
    year : int
    title : str
    journal : str
    volume, pages : str
    licence : str
        SPDX name or words; empty when not stated.
    note : str
        What was opened and what not, and what stays unconfirmed.
    """

    doi: str
    authors: tuple[str, ...]
    year: int
    title: str
    journal: str = ""
    volume: str = ""
    pages: str = ""
    licence: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """Citation key: first author's family name and year, in lower case."""
        family = self.authors[0].split(",")[0]
        return re.sub(r"[^a-z]", "", family.lower()) + str(self.year)

    def citation(self) -> str:
        """Return a one-line reference.

        Returns
        -------
        str
        """
        names = [author.split(",")[0] for author in self.authors]
        shown = " and ".join(names) if len(names) <= 2 else f"{names[0]} et al."
        parts = [f"{shown} ({self.year or 'no year'}). {self.title}."]
        if self.journal:
            where = self.journal
            if self.volume:
                where += f" {self.volume}"
            if self.pages:
                where += f":{self.pages}"
            parts.append(where + ".")
        if self.doi:
            parts.append(f"doi:{self.doi}")
        return " ".join(parts)

    def bibtex(self) -> str:
        """Return a BibTeX entry.

        Returns
        -------
        str
        """
        fields = {
            "author": " and ".join(self.authors),
            "title": "{" + self.title + "}",
            "journal": self.journal,
            "year": str(self.year),
            "volume": self.volume,
            "pages": self.pages.replace("-", "--"),
            "doi": self.doi,
        }
        lines = [f"@article{{{self.key},"]
        lines += [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        lines.append("}")
        return "\n".join(lines)
