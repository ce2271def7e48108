"""Sphinx configuration; docs/explanation/docs_tool.md says why these tools."""

import logging
import sys
from pathlib import Path

from sphinx.application import Sphinx

from livingdrug._version import __version__

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "livingdrug"
author = "The livingdrug developers"
copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx-mathjax-offline",
    "numpydoc",
    "catalogue_pages",
    "public_names",
]
# No intersphinx: the documentation must build without a network.

exclude_patterns = ["_build", "_ext"]
source_suffix = {".md": "markdown"}
nitpicky = False

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_preserve_defaults = True
autodoc_typehints = "none"  # numpydoc docstrings already hold the types
autosummary_generate = False  # the reference is one page, written by the public-names directive
numpydoc_show_class_members = False
doctest_global_setup = """
import importlib.util

has_duckdb = importlib.util.find_spec("duckdb") is not None
"""
doctest_test_doctest_blocks = ""  # pytest runs the examples of docstrings; here only marked blocks

html_theme = "furo"
html_title = f"livingdrug {release}"


def setup(app: Sphinx) -> None:
    """Let a section be empty: its glob in index.md finds pages once there are some.

    Sphinx gives that warning a subtype and no type, so `suppress_warnings` cannot name it. An empty
    catalogue still fails: the extension that writes its pages says so.
    """
    logger = logging.getLogger("sphinx.sphinx.directives.other")
    logger.addFilter(lambda record: getattr(record, "subtype", None) != "empty_glob")
