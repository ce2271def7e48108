"""Write one page per catalogue entry before Sphinx reads the sources.

The text comes from ``livingdrug.qc.pages``, so a page can never differ from the model it shows.
Nothing is caught here: a page that cannot be made must fail the build.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

GENERATED = Path("catalogue") / "generated"

logger = logging.getLogger(__name__)


class ExtensionMetadata(TypedDict):
    """What Sphinx wants to know about an extension."""

    parallel_read_safe: bool
    parallel_write_safe: bool


def write_pages(folder: Path, pages: dict[str, str]) -> list[str]:
    """Make `folder` hold exactly `pages`, and leave pages that have not changed alone.

    Parameters
    ----------
    folder : Path
        Where the pages go; made if it is missing.
    pages : dict of str to str
        File name, such as ``stein2019.md``, to Markdown text.

    Returns
    -------
    list of str
        Names of the files that were written or removed.

    Raises
    ------
    ExtensionError
        If there is no page, or a name is not a plain Markdown file name.
    """
    if not pages:
        raise ExtensionError("The catalogue gave no pages; at least one model must be found.")
    unfit = [name for name in pages if Path(name).name != name or Path(name).suffix != ".md"]
    if unfit:
        raise ExtensionError(f"Catalogue pages must be plain file names ending in .md, not {unfit}")
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for path in sorted(folder.iterdir()):
        if path.name not in pages:
            path.unlink()
            changed.append(path.name)
    for name, text in sorted(pages.items()):
        path = folder / name
        # An unchanged file keeps its time, so that Sphinx does not read it again.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(name)
    return changed


def write_catalogue(app: Sphinx) -> None:
    """Generate ``catalogue/generated`` when the builder starts."""
    from livingdrug.qc.pages import catalogue_pages

    pages = catalogue_pages()
    changed = write_pages(Path(app.srcdir) / GENERATED, pages)
    logger.info("catalogue: %d pages, %d changed", len(pages), len(changed))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", write_catalogue)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
