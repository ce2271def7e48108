"""A catalogue entry: one published model or function, its variants and its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from livingdrug.catalogue.function import PublishedFunction
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout
from livingdrug.core.source import Source
from livingdrug.model.model import Model

__all__ = ["Entry", "Published", "published"]

Builder = Callable[[str], Model]


@dataclass(frozen=True, slots=True)
class Published:
    """A builder with its source. Made by the decorator `published`.

    Attributes
    ----------
    source : Source
    variants : mapping from name to str
        What each variant is; the first is the default.
    build : callable
        From the name of a variant to the model.
    """

    source: Source
    variants: Mapping[str, str]
    build: Builder

    def __call__(self, variant: str = "") -> Model:
        """Build a variant; the default when none is named."""
        return self.build(variant or next(iter(self.variants)))


def published(*, source: Source, variants: Mapping[str, str]) -> Callable[[Builder], Published]:
    """Mark a function as the builder of a published model.

    Parameters
    ----------
    source : Source
    variants : mapping from name to str
        What each variant is; the first is the default.

    Returns
    -------
    callable
        Decorator for a function from the name of a variant to a `Model`.
    """

    def decorate(build: Builder) -> Published:
        return Published(source, variants, build)

    return decorate


@dataclass(frozen=True, slots=True)
class Entry:
    """One published model, or a published function, which has nothing to integrate.

    Attributes
    ----------
    id : str
        Equal to the file name.
    field : str
        Folder, as ``"car_t"``.
    about : str
        The docstring of the file.
    published : Published or PublishedFunction
    readouts : tuple of Readout
    equations : tuple of PrintedEquation
        None for a function.
    deviations : tuple of Deviation
    missing : tuple of str
        Names of the form that the file does not define.
    owner : str
        Who offers it: this package, another one, or the path of a file.
    """

    id: str
    field: str
    about: str
    published: Published | PublishedFunction
    readouts: Sequence[Readout]
    equations: Sequence[PrintedEquation]
    deviations: Sequence[Deviation]
    missing: Sequence[str] = ()
    owner: str = ""

    @property
    def is_function(self) -> bool:
        """Whether this is a published function, which has nothing to integrate."""
        return isinstance(self.published, PublishedFunction)
