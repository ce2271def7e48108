"""Names of plug-ins that are imported when first asked for."""

from __future__ import annotations

import importlib
import importlib.metadata
import warnings
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar, cast

from livingdrug.core.errors import (
    CapabilityError,
    LivingDrugWarning,
    OptionError,
    UnknownNameError,
    unknown_name,
)

__all__ = ["PluginConflictWarning", "Registry"]

T = TypeVar("T")


class PluginConflictWarning(LivingDrugWarning):
    """An installed package offers a plug-in under a name that is taken; it is ignored."""


class Registry(Generic[T]):
    """Plug-ins by name: built in, registered, or offered by installed packages.

    Nothing is imported before `get`. Built-in names cannot be taken over by a package.

    Parameters
    ----------
    kind : str
        Word for one plug-in in messages, as ``"backend"``.
    builtin : mapping of str to str
        Name to ``"module:attribute"``.
    group : str, optional
        Entry-point group searched in installed packages; empty for none.

    Examples
    --------
    >>> registry: Registry[object] = Registry("encoder", {"json": "json:dumps"})
    >>> registry.names()
    ('json',)
    >>> registry.get("json")([1])
    '[1]'
    """

    def __init__(self, kind: str, builtin: Mapping[str, str], group: str = "") -> None:
        self._kind = kind
        self._group = group
        self._targets: dict[str, str] = {}
        self._loaded: dict[str, T] = {}
        self._searched = not group
        for name, target in builtin.items():
            self.register(name, target)

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._all())

    def names(self) -> tuple[str, ...]:
        """Return all names in alphabetical order, without importing any plug-in.

        Returns
        -------
        tuple of str
        """
        return tuple(sorted(self._all()))

    def register(self, name: str, target: str) -> None:
        """Add a plug-in.

        Parameters
        ----------
        name : str
        target : str
            ``"module:attribute"``.

        Raises
        ------
        OptionError
            When the name is taken by another target or the target is not written so.
        """
        module, _, attribute = target.partition(":")
        if not module or not attribute:
            raise OptionError(
                f"{self._kind} {name!r} has the target {target!r}; write it 'module:attribute'"
            )
        if self._targets.setdefault(name, target) != target:
            raise OptionError(
                f"the {self._kind} name {name!r} is taken by {self._targets[name]!r}; "
                "choose another name"
            )

    def get(self, name: str) -> T:
        """Return a plug-in, importing it on first use.

        Parameters
        ----------
        name : str

        Returns
        -------
        T

        Raises
        ------
        UnknownNameError
            When there is no such name; the message lists the nearest ones.
        CapabilityError
            When it cannot be imported.
        """
        if name not in self._loaded:
            targets = self._all()
            if name not in targets:
                raise UnknownNameError([unknown_name(self._kind, name, targets)])
            self._loaded[name] = self._load(name, targets[name])
        return self._loaded[name]

    def _load(self, name: str, target: str) -> T:
        module, _, attributes = target.partition(":")
        try:
            found: object = importlib.import_module(module)
            for attribute in attributes.split("."):
                found = getattr(found, attribute)
        except (ImportError, AttributeError) as error:
            raise CapabilityError(
                f"the {self._kind} {name!r} ({target}) cannot be loaded: {error}"
            ) from error
        return cast("T", found)

    def _all(self) -> dict[str, str]:
        if not self._searched:
            self._searched = True
            for point in importlib.metadata.entry_points(group=self._group):
                target = point.value.partition("[")[0].strip()
                if self._targets.setdefault(point.name, target) != target:
                    package = point.dist.name if point.dist else "an installed package"
                    warnings.warn(
                        f"{package} offers a {self._kind} named {point.name!r}, which is taken by "
                        f"{self._targets[point.name]!r}; it is ignored",
                        PluginConflictWarning,
                        stacklevel=3,
                    )
        return self._targets
