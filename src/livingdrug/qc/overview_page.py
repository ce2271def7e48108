"""The page that lists every entry, with a table that can be filtered and sorted in a browser."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from livingdrug.qc.facts import CELLS, Facts

__all__ = ["overview_page"]

_HEADER = ("model", "what", "organism", "cells", "shows", "states", "jumps", "status")

_STYLE = (
    "#ld-models td:nth-child(2) { min-width: 15rem; line-height: 1.25; } "
    "#ld-models td:nth-child(5) { overflow-wrap: anywhere; min-width: 8rem; font-size: smaller; } "
    "#ld-filters label { display: inline-block; margin-right: .8em; }"
)
_SCRIPT = """
(function () {
  const box = document.getElementById("ld-filters"), table = document.getElementById("ld-models");
  const rows = Array.from(table.tBodies[0].rows), count = document.getElementById("ld-count");
  function chosen(name) { return box.querySelector("[name=" + name + "]"); }
  function show() {
    const words = chosen("text").value.toLowerCase().split(/\\s+/).filter(Boolean);
    const most = parseFloat(chosen("states").value);
    let shown = 0;
    rows.forEach(function (row) {
      const data = row.dataset;
      const fits = words.every(function (word) { return data.text.includes(word); }) &&
        ["cells", "terms", "organism", "status", "kind"].every(function (name) {
          const value = chosen(name).value;
          return !value || (" " + data[name] + " ").includes(" " + value + " ");
        }) && (isNaN(most) || parseInt(data.states) <= most) &&
        (!chosen("jumps").checked || data.jumps !== "no");
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + " of " + rows.length;
  }
  box.addEventListener("input", show);
  Array.from(table.tHead.rows[0].cells).forEach(function (cell, place) {
    let up = true;
    cell.style.cursor = "pointer";
    cell.title = "sort";
    cell.addEventListener("click", function () {
      const sign = up ? 1 : -1;
      up = !up;
      rows.sort(function (a, b) {
        const x = a.cells[place].innerText, y = b.cells[place].innerText;
        return sign * x.localeCompare(y, undefined, { numeric: true });
      }).forEach(function (row) { table.tBodies[0].appendChild(row); });
    });
  });
  show();
})();
"""


def overview_page(entries: Sequence[Facts]) -> str:
    """Write the page.

    Parameters
    ----------
    entries : sequence of Facts
        With the states that can be read as jumps.

    Returns
    -------
    str
        MyST Markdown. Without JavaScript the whole table is shown.
    """
    lines = [
        "# All models",
        "",
        f"{len(entries)} published models and functions. Type or choose to filter, click on a "
        "heading to sort; `livingdrug models list` takes the same filters. *Jumps* are the states "
        "that can be simulated as single cells that are born and die.",
        "",
        "```{raw} html",
        f"<style>{_STYLE}</style>",
        *_filters(entries),
        *_table(entries),
        f"<script>{_SCRIPT}</script>",
        "```",
    ]
    return "\n".join(lines) + "\n"


def _filters(entries: Sequence[Facts]) -> list[str]:
    terms = {term for facts in entries for term in facts.terms}
    cells = [name for name in CELLS if any(name in facts.cells for facts in entries)]
    organisms = {_word(facts.organism) for facts in entries}
    statuses = {facts.status for facts in entries}
    return [
        '<p id="ld-filters">',
        '<label>search <input name="text" type="search" placeholder="disease, author, doi, ...">'
        "</label>",
        _select("cells", cells),
        _select("terms", sorted(terms), "shows"),
        _select("organism", sorted(organisms)),
        _select("status", sorted(statuses)),
        _select("kind", ["model", "function"]),
        '<label>at most <input name="states" type="number" min="0" style="width:4em"> states'
        "</label>",
        '<label><input name="jumps" type="checkbox"> jumps</label>',
        '<span id="ld-count"></span></p>',
    ]


def _select(name: str, values: Iterable[str], label: str = "") -> str:
    options = "".join(f"<option>{_text(value)}</option>" for value in values)
    return (
        f'<label>{label or name} <select name="{name}"><option value="">any</option>{options}'
        "</select></label>"
    )


def _table(entries: Sequence[Facts]) -> list[str]:
    head = "".join(f"<th>{name}</th>" for name in _HEADER)
    body = [_row(facts) for facts in entries]
    return [
        f'<table id="ld-models" class="docutils"><thead><tr>{head}</tr></thead><tbody>',
        *body,
        "</tbody></table>",
    ]


def _row(facts: Facts) -> str:
    searched = (
        facts.id, facts.name, facts.title, facts.doi, facts.organism, facts.population, facts.about,
        str(facts.year), *facts.authors, *facts.variants, *facts.terms, *facts.cells,
    )  # fmt: skip
    data = {
        "text": " ".join(" ".join(searched).lower().split()),
        "cells": " ".join(facts.cells),
        "terms": " ".join(facts.terms),
        "organism": _word(facts.organism),
        "status": facts.status,
        "kind": facts.kind,
        "states": str(facts.states),
        "jumps": facts.stochastic,
    }
    attributes = " ".join(f'data-{name}="{_text(value)}"' for name, value in data.items())
    what = f"{_text(facts.name)}<br><small>{_text(facts.population)}</small>"
    cells = (
        f'<a href="{_text(facts.id)}.html">{_text(facts.id)}</a>',
        what,
        _text(facts.organism),
        _text(", ".join(facts.cells)),
        _text(", ".join(facts.terms)),
        str(facts.states) if facts.kind == "model" else "formula",
        _text(facts.stochastic),
        _text(facts.status),
    )
    return f"<tr {attributes}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _word(text: str) -> str:
    """Write an organism as one word, which a filter can compare."""
    return text.replace(" ", "-")


def _text(value: str) -> str:
    return html.escape(value, quote=True)
