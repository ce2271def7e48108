"""The only gate through which a package outside the base install is imported."""

from __future__ import annotations

import importlib
from types import ModuleType

from livingdrug.core.errors import CapabilityError

__all__ = ["require"]


def require(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional package, or say how to install it.

    Parameters
    ----------
    module : str
        As ``"libsbml"`` or ``"lifelines.statistics"``.
    extra : str
        The extra of livingdrug that brings it, as ``"stats"``.
    purpose : str
        What it is needed for, to complete "... is needed to <purpose>".

    Returns
    -------
    module

    Raises
    ------
    CapabilityError
        When the package is not installed, or cannot be loaded.

    Examples
    --------
    >>> require("json", "none", "read JSON").__name__
    'json'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        install = f"python -m pip install 'livingdrug[{extra}]'"
        if isinstance(error, ModuleNotFoundError) and error.name == package:
            raise CapabilityError(
                f"the package {package!r} is needed to {purpose} and is not installed; "
                f"install it with: {install}"
            ) from error
        raise CapabilityError(
            f"the package {package!r} is needed to {purpose} and is installed, but loading "
            f"{module!r} failed ({error}); reinstall it with: {install}"
        ) from error
