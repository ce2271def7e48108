"""A qualification as one HTML file that needs nothing else: no network, script or other file."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence

from livingdrug.qc.qualification import Finding, Qualification

__all__ = ["qualification_page"]

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #ddd;
  vertical-align: top; }
td { overflow-wrap: break-word; } td.hash { overflow-wrap: anywhere; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.verdict { font-size: 1.15rem; padding: .6rem 1rem; border: 2px solid; margin: 1rem 0; }
.pass { color: #00558c; } .fail { color: #b03a00; font-weight: 600; }
.hash { font-family: ui-monospace, monospace; font-size: .8em; }
details { border-bottom: 1px solid #ddd; } summary { cursor: pointer; padding: .3rem 0; }
.small { font-size: .85rem; color: #555; }
svg text { font: 11px system-ui, sans-serif; fill: #444; }
@media print { details > * { display: block; } body { max-width: none; } }
"""
_KINDS = {
    "read-out": "published numbers and reference values, computed again",
    "printed equation": "sum of the reactions beside the printed rate, at 50 random states",
    "engines agree": "native engine beside the reference engine, typical doses, 28 days",
    "kept code": "machine code on disk beside machine code that is compiled now",
    "complete": "the file of the entry has everything that an entry needs",
    "installation": "program files beside the list of the installer",
}
_DISCLAIMER = "Research software, not a medical device; its results are no medical advice."


def qualification_page(found: Qualification) -> str:
    """Write the report.

    Parameters
    ----------
    found : Qualification

    Returns
    -------
    str
        HTML, summary first.
    """
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>livingdrug: qualification of {_text(found.started[:10])}</title>",
        f"<style>{_STYLE}</style></head><body>",
        *_summary(found),
        *_failures(found),
        *_picture(found),
        *_surroundings(found),
        *_models(found),
        *_all_checks(found),
        f'<p class="small">{_DISCLAIMER}</p>',
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _text(value: object) -> str:
    return html.escape(str(value))


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.8g}"


def _short(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2g}"


def _row(cells: Sequence[tuple[str, str]], tag: str = "td") -> str:
    """Write a row of a table from (class, HTML) pairs."""
    shown = [f"<{tag}{f' class={kind!r}' if kind else ''}>{cell}</{tag}>" for kind, cell in cells]
    return "<tr>" + "".join(shown) + "</tr>"


def _verdict(passed: bool) -> str:
    return f'<span class="{"pass" if passed else "fail"}">{"passed" if passed else "FAILED"}</span>'


def _summary(found: Qualification) -> Iterator[str]:
    version = found.surroundings.get("livingdrug (version)", "")
    total, failed = len(found.findings), len(found.failed)
    yield f"<h1>Qualification of livingdrug {_text(version)}</h1>"
    yield f"<p>{_text(found.started)} to {_text(found.ended)} (UTC)</p>"
    word = "pass" if found.passed else "fail"
    text = f"All {total:,} checks passed." if found.passed else f"{failed:,} of {total:,} failed."
    yield f'<p class="verdict {word}">{text}</p>'
    if not found.whole:
        names = sorted({name.partition(":")[0] for name in found.models})
        yield (
            f"<p><strong>Not the whole installation:</strong> only {_text(', '.join(names))} "
            "and the installation itself were checked.</p>"
        )
    yield "<table>"
    yield _row([("", "check"), ("n", "passed"), ("n", "of"), ("", "what it is")], "th")
    for kind, (good, count) in found.counts().items():
        shown = f"{good:,}" if good == count else f'<span class="fail">{good:,}</span>'
        cells = [("", _text(kind)), ("n", shown), ("n", f"{count:,}")]
        yield _row([*cells, ("", _text(_KINDS.get(kind, "")))])
    yield "</table>"


def _failures(found: Qualification) -> Iterator[str]:
    if not found.failed:
        return
    yield "<h2>What failed</h2><table>"
    yield _header(with_model=True)
    yield from (_finding(item, with_model=True) for item in found.failed)
    yield "</table>"


def _header(*, with_model: bool) -> str:
    cells = [("", "model")] if with_model else []
    cells += [("", "variant"), ("", "check"), ("n", "expected"), ("n", "got"), ("n", "tolerance")]
    return _row([*cells, ("", "unit"), ("", "where, or why"), ("", "verdict")], "th")


def _finding(item: Finding, *, with_model: bool) -> str:
    tolerance = "" if math.isnan(item.expected) else _short(item.tolerance)
    cells = [("", _text(item.model or "installation"))] if with_model else []
    cells += [
        ("", _text(item.variant)),
        ("", _text(item.label)),
        ("n", _number(item.expected)),
        ("n", _number(item.got)),
        ("n", tolerance),
        ("", _text(item.unit)),
        ("", _text(item.note)),
        ("", _verdict(item.passed)),
    ]
    return _row(cells)


_BINS = (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.2, 0.5, 1.0, math.inf)


def _picture(found: Qualification) -> Iterator[str]:
    """Draw how much of its tolerance each read-out uses."""
    shares = [item.share for item in found.findings if item.kind == "read-out"]
    shares = [share for share in shares if not math.isnan(share)]
    if not shares:
        return
    counts = [0] * (len(_BINS) - 1)
    for share in shares:
        counts[next(i for i, high in enumerate(_BINS[1:]) if share <= high)] += 1
    yield "<h2>How much of its tolerance each read-out uses</h2>"
    yield f'<svg viewBox="0 0 660 190" role="img" width="660" aria-label="{len(shares)} read-outs">'
    largest = max(counts)
    for place, count in enumerate(counts):
        height = 120 * count / largest
        left, color = 10 + place * 64, "#b03a00" if place == len(counts) - 1 else "#00558c"
        yield (
            f'<rect x="{left}" y="{145 - height:.1f}" width="56" height="{height:.1f}" '
            f'fill="{color}"/>'
        )
        yield f'<text x="{left + 28}" y="{139 - height:.1f}" text-anchor="middle">{count}</text>'
        high = "above 1" if place == len(counts) - 1 else f"to {_BINS[place + 1]:g}"
        yield f'<text x="{left + 28}" y="162" text-anchor="middle">{high}</text>'
    yield '<text x="10" y="182">|got - expected| / tolerance; above 1 is a failure</text></svg>'


def _models(found: Qualification) -> Iterator[str]:
    yield "<h2>What was checked</h2><table>"
    yield _row(
        [("", "model"), ("", "variant"), ("", "organism"), ("", "status"), ("", "evidence hash")],
        "th",
    )
    for name, row in found.models.items():
        model, _, variant = name.rpartition(":")
        cells = [("", _text(text)) for text in (model, variant, row["organism"], row["status"])]
        yield _row([*cells, ("hash", _text(row["evidence_hash"]))])
    yield "</table>"
    yield (
        '<p class="small">A status belongs to the exact content of a model: <em>draft</em> is '
        "content that the table of this version does not know.</p>"
    )


def _surroundings(found: Qualification) -> Iterator[str]:
    yield "<h2>With what</h2><table>"
    for name, text in found.surroundings.items():
        kind = "hash" if "SHA" in name else ""
        yield _row([("", _text(name)), (kind, _text(text))])
    yield "</table>"


def _all_checks(found: Qualification) -> Iterator[str]:
    yield "<h2>Every check</h2>"
    groups: dict[str, list[Finding]] = {}
    for item in found.findings:
        groups.setdefault(item.model, []).append(item)
    for model, items in groups.items():
        good = sum(item.passed for item in items)
        shown = "" if good == len(items) else " open"
        yield f"<details{shown}><summary>{_text(model or 'installation')}: "
        yield f"{good:,} of {len(items):,} {_verdict(good == len(items))}</summary><table>"
        yield _header(with_model=False)
        yield from (_finding(item, with_model=False) for item in items)
        yield "</table></details>"
