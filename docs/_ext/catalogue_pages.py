"""Write one page per catalogue entry before Sphinx reads the sources.

The text comes from ``livingdrug.qc.pages``, so a page can never differ from the model it shows.
Nothing is caught here: a page that cannot be made must fail the build.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypedDict

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

GENERATED = Path("catalogue") / "generated"
FIGURES = Path("figures") / "generated"

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


def write_figures(folder: Path) -> dict[str, tuple[str, str]]:
    """Draw the reference course of every model whose figure is not there yet.

    The name of a file holds what the figure depends on, so that an unchanged one is kept.

    Parameters
    ----------
    folder : Path
        Where the figures go; made if it is missing. Figures of other content are removed.

    Returns
    -------
    dict of str to (str, str)
        Id to the name of the file, and the figure in words.
    """
    import matplotlib

    from livingdrug.catalogue.index import get_entry, get_model, list_models
    from livingdrug.core.digest import sha256_file
    from livingdrug.plot import readouts, style
    from livingdrug.plot.course import save_figure
    from livingdrug.qc import reference_course

    folder.mkdir(parents=True, exist_ok=True)
    modules = (readouts, style, reference_course)
    code = [sha256_file(Path(str(module.__file__))) for module in modules]
    found = {}
    for model_id in list_models():
        entry, model = get_entry(model_id), get_model(model_id)
        parts = [model.evidence_hash, repr(entry.readouts), matplotlib.__version__, *code]
        stamp = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
        path = folder / f"{model_id}-{stamp}.svg"
        if not path.exists():
            course = reference_course.reference_course(entry)
            save_figure(readouts.draw_reference(course), path)
        found[model_id] = (path.name, f"{model.id}: curves of the model with its read-outs")
    kept = {name for name, _ in found.values()}
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink()
    return found


def write_catalogue(app: Sphinx) -> None:
    """Generate ``catalogue/generated`` and its figures when the builder starts."""
    from livingdrug.catalogue.index import get_entry, list_entries
    from livingdrug.qc.facts import facts_of
    from livingdrug.qc.overview_page import overview_page
    from livingdrug.qc.pages import catalogue_pages, with_figure

    pages = catalogue_pages()
    for model_id, (name, alt) in write_figures(Path(app.srcdir) / FIGURES).items():
        page = f"{model_id}.md"
        pages[page] = with_figure(pages[page], f"../../{FIGURES.as_posix()}/{name}", alt)
    pages["overview.md"] = overview_page([facts_of(get_entry(name)) for name in list_entries()])
    changed = write_pages(Path(app.srcdir) / GENERATED, pages)
    logger.info("catalogue: %d pages, %d changed", len(pages), len(changed))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", write_catalogue)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
