"""Importing stays light: checked by what is loaded, so no clock can make it flicker."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
before = set(sys.modules)
import {module}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""


def loaded_by(module: str) -> set[str]:
    """Return the top-level packages that importing `module` loads in a fresh interpreter."""
    result = subprocess.run(
        # -P: nothing is imported from the current folder by accident.
        [sys.executable, "-P", "-c", SCRIPT.format(module=module)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("livingdrug", {"pint", "pandas", "matplotlib", "scipy", "xarray", "typer", "rich"}),
        ("livingdrug.cli", {"pint", "pandas", "matplotlib", "scipy", "xarray"}),
    ],
)
def test_import_loads_nothing_heavy(module: str, heavy: set[str]) -> None:
    loaded = loaded_by(module)
    assert "livingdrug" in loaded
    assert loaded & heavy == set()
