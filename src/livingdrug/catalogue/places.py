"""Where the entries of the catalogue are: files of this package, and plug-ins of others.

Nothing is run here. An id belongs to one place; one that two places offer is refused, because
nobody could say which of the two a result came from.
"""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from livingdrug.core.errors import Issue

__all__ = ["FUNCTIONS", "GROUP", "PACKAGE", "Place", "find_places", "forget_places"]

PACKAGE = "livingdrug.catalogue"
FUNCTIONS = "closed_form"
"""Folder that tells functions from models without running a file."""
GROUP = "livingdrug.models"
"""Entry points of this group name the modules of models that another package brings."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one entry is.

    Attributes
    ----------
    id : str
    field : str
        Folder of this package, or ``"plug-in"``.
    module : str
        Dotted name.
    attribute : str
        Of a plug-in that names one; else empty.
    owner : str
        In the user's words, as ``"livingdrug"`` or ``"the package acme-models"``.
    """

    id: str
    field: str
    module: str
    attribute: str
    owner: str


@functools.cache
def find_places() -> tuple[Mapping[str, Place], Mapping[str, Issue]]:
    """Return every place by id, and the ids that cannot be used because two offer them.

    Returns
    -------
    mapping from str to Place
        In alphabetical order; for an id that two offer, the first.
    mapping from str to Issue
        One for each such id, naming both.
    """
    found = _built_in()
    doubled: dict[str, Issue] = {}
    for place in _plug_ins():
        earlier = found.setdefault(place.id, place)
        if (earlier.module, earlier.attribute) != (place.module, place.attribute):
            doubled[place.id] = Issue(
                "error",
                f"model {place.id}",
                f"two offer this id: {earlier.owner} ({earlier.module}) and {place.owner} "
                f"({place.module})",
                "rename one, or uninstall the package",
            )
    return dict(sorted(found.items())), doubled


def forget_places() -> None:
    """Look again at what is installed, the next time that somebody asks."""
    find_places.cache_clear()


def _built_in() -> dict[str, Place]:
    found = {}
    for folder in resources.files(PACKAGE).iterdir():
        if folder.is_dir() and not folder.name.startswith("_"):
            for file in folder.iterdir():
                if file.name.endswith(".py") and not file.name.startswith("_"):
                    name = file.name.removesuffix(".py")
                    module = f"{PACKAGE}.{folder.name}.{name}"
                    found[name] = Place(name, folder.name, module, "", "livingdrug")
    return found


def _plug_ins() -> list[Place]:
    found = []
    for point in importlib.metadata.entry_points(group=GROUP):
        module, _, attribute = point.value.partition("[")[0].strip().partition(":")
        owner = f"the package {point.dist.name}" if point.dist else "an installed package"
        found.append(Place(point.name, "plug-in", module.strip(), attribute.strip(), owner))
    return sorted(found, key=lambda place: (place.id, place.owner, place.module))
