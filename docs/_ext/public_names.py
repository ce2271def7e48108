"""The ``public-names`` directive: a reference of all that a package exports, from ``__all__``.

Reading ``__all__`` at build time keeps the reference page complete without a list kept by hand.
"""

from __future__ import annotations

import importlib
import inspect
from typing import ClassVar, TypedDict

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class ExtensionMetadata(TypedDict):
    """What Sphinx wants to know about an extension."""

    parallel_read_safe: bool
    parallel_write_safe: bool


def autodoc_directive(value: object) -> str:
    """Name of the autodoc directive that documents `value`."""
    if inspect.isclass(value):
        return "autoclass"
    if inspect.ismodule(value):
        return "automodule"
    return "autofunction" if callable(value) else "autodata"


def reference_text(package: str) -> str:
    """Return reStructuredText that documents every name in the package's ``__all__``.

    Parameters
    ----------
    package : str
        Import name of the package, such as ``livingdrug``.

    Returns
    -------
    str
        A summary table, then one autodoc directive per name. Dunder names, such as
        ``__version__``, have no docstring of their own and are left out.
    """
    module = importlib.import_module(package)
    names = sorted((n for n in module.__all__ if not n.startswith("__")), key=str.lower)
    lines = [".. autosummary::", "   :nosignatures:", ""]
    lines += [f"   {package}.{name}" for name in names]
    for name in names:
        directive = autodoc_directive(getattr(module, name))
        lines += ["", f".. {directive}:: {package}.{name}"]
        if directive in ("autoclass", "automodule"):
            lines += ["   :members:", "   :inherited-members: object, Exception, BaseException"]
    return "\n".join(lines) + "\n"


class PublicNames(SphinxDirective):
    """``.. public-names:: package``, in a reStructuredText context."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Expand to the reference of the package."""
        return self.parse_text_to_nodes(reference_text(self.arguments[0]))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive with Sphinx."""
    app.add_directive("public-names", PublicNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
