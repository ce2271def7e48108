"""Print and write risk scores."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livingdrug.cli.grade_frame import (
    graded_json,
    interval_text,
    number,
    print_end,
    print_reasons,
    write_rows,
)
from livingdrug.clinical.monitoring.schema import ITEMS as RECORD_ITEMS
from livingdrug.clinical.scores.hematotox import HIGH_FROM, ITEMS
from livingdrug.clinical.scores.ward import EASIX_MEMBERS, HematotoxScore, PersonScore, WardScores
from livingdrug.clinical.scores.window import BEFORE
from livingdrug.core.errors import Issue, OptionError, raise_issues, unknown_name

if TYPE_CHECKING:
    from livingdrug.clinical.monitoring.record import Entry

__all__ = [
    "Report",
    "check_members",
    "check_when",
    "deliver",
    "easix_report",
    "hematotox_report",
]

_TIMES = {"before": BEFORE, "day-1": "day -1", "day+1": "day +1"}
_WINDOWS = {
    BEFORE: "the last value before lymphodepletion",
    "day -1": "the value nearest to day -1, within 12 hours",
    "day +1": "the value nearest to day +1, within 12 hours",
}
_SHORT = {"platelets": "plt", "hemoglobin": "hb"}
_TOTAL, _RISK = "hematotox_unconfirmed", "risk_unconfirmed"


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown of scores, whichever they are.

    Attributes
    ----------
    stated : mapping of str to str
        Formula, time, population and what equality does.
    columns : tuple of str
        Of the table that is written, after ``subject``.
    rows : mapping of str to sequence
        Cells of each person.
    texts : mapping of str to sequence of str
        Cells of the table that is shown, under the heads `heads`.
    heads : tuple of str
    used : mapping of str to list of dict
        Values behind the scores of each person.
    missing : mapping of str to tuple of Issue
        Why scores are not there, or not exact.
    left_out : mapping of str to tuple of Issue
    warnings : tuple of Issue
    """

    stated: Mapping[str, str]
    columns: tuple[str, ...]
    rows: Mapping[str, Sequence[object]]
    texts: Mapping[str, Sequence[str]]
    heads: tuple[str, ...]
    used: Mapping[str, list[dict[str, object]]]
    missing: Mapping[str, tuple[Issue, ...]]
    left_out: Mapping[str, tuple[Issue, ...]]
    warnings: tuple[Issue, ...]


def check_members(members: Sequence[str]) -> list[str]:
    """Refuse unknown scores of the EASIX family.

    Parameters
    ----------
    members : sequence of str

    Returns
    -------
    list of str
    """
    issues = []
    for name in members:
        if name.lower() in ("easix-f", "easix-fc", "f", "fc"):
            message = f"the formula of {name} was not read in a source"
            issues.append(Issue("error", "--member", message, f"known: {', '.join(EASIX_MEMBERS)}"))
        elif name not in EASIX_MEMBERS:
            issues.append(unknown_name("score", name, EASIX_MEMBERS, where="--member"))
    if not members:
        issues.append(
            Issue("error", "--member", "no score given", f"known: {', '.join(EASIX_MEMBERS)}")
        )
    raise_issues(issues, OptionError)
    return list(members)


def check_when(text: str) -> str:
    """Return the time that an option names.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        One of `livingdrug.clinical.scores.easix.TIMES`.
    """
    name = text.strip().lower().replace(" ", "")
    if name not in _TIMES:
        message = f"{text!r} given; the scores were evaluated at no other time than these"
        fix = f"allowed: {', '.join(_TIMES)}"
        raise OptionError([Issue("error", "--when", message, fix)])
    return _TIMES[name]


def easix_report(scored: WardScores[PersonScore], members: Sequence[str], when: str) -> Report:
    """Return what is shown of the EASIX family.

    Parameters
    ----------
    scored : WardScores of PersonScore
    members : sequence of str
    when : str

    Returns
    -------
    Report
    """
    stated = {name: EASIX_MEMBERS[name].formula for name in members}
    stated |= {
        "time": f"{when}: {_WINDOWS[when]}",
        "population": "; ".join(
            dict.fromkeys(f"{name}: {EASIX_MEMBERS[name].population}" for name in members)
        ),
        "equality": "no cut-off is stated, so none can be hit",
    }
    people = {p.subject: p for p in scored.people}
    return Report(
        stated,
        tuple(members),
        {s: [number(p.values[m]) for m in members] for s, p in people.items()},
        {s: [_score(p.values[m]) for m in members] for s, p in people.items()},
        tuple(members),
        {s: [_used(item, e) for item, e in p.used.items()] for s, p in people.items()},
        {s: p.missing for s, p in people.items() if p.missing},
        scored.left_out,
        scored.warnings,
    )


def _score(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"


def _used(item: str, entry: Entry) -> dict[str, object]:
    return {
        "item": item,
        "value": number(entry.value),
        "unit": RECORD_ITEMS[item].unit,
        "day": number(entry.start),
        "row": entry.row,
    }


def hematotox_report(scored: WardScores[HematotoxScore], disease: str, product: str) -> Report:
    """Return what is shown of CAR-HEMATOTOX.

    Parameters
    ----------
    scored : WardScores of HematotoxScore
    disease, product : str

    Returns
    -------
    Report
    """
    stated = {item: f"{rule.rule} (unconfirmed)" for item, rule in ITEMS.items()}
    stated |= {
        "time": f"{BEFORE}: {_WINDOWS[BEFORE]}",
        "population": f"large B-cell lymphoma on axi-cel or tisa-cel; here {disease}, {product}",
        "equality": f"a value at a cut-off counts as 'else'; high risk from {HIGH_FROM} points on",
    }
    rows: dict[str, list[object]] = {}
    texts: dict[str, list[str]] = {}
    used: dict[str, list[dict[str, object]]] = {}
    for p in scored.people:
        low, high = p.total
        points = [p.points.get(item) for item in ITEMS]
        rows[p.subject] = [low if low == high else None, low, high, p.risk or None, *points]
        shown = ["-" if x is None else f"{x}" for x in points]
        texts[p.subject] = [interval_text(low, high), p.risk or "open", *shown]
        used[p.subject] = [
            {**_used(item, entry), "points": p.points[item], "rule": ITEMS[item].rule}
            for item, entry in p.used.items()
        ]
    return Report(
        stated,
        (_TOTAL, f"{_TOTAL}_low", f"{_TOTAL}_high", _RISK, *(f"{i}_points" for i in ITEMS)),
        rows,
        texts,
        ("hematotox\n_unconfirmed", "risk\n_unconfirmed", *(_SHORT.get(i, i) for i in ITEMS)),
        used,
        {p.subject: p.missing for p in scored.people if p.missing},
        scored.left_out,
        scored.warnings,
    )


def deliver(report: Report, explain: str, out: str, *, as_json: bool, force: bool) -> None:
    """Write and print scores.

    Parameters
    ----------
    report : Report
    explain : str
        The person whose values are shown, or empty.
    out : str
        Empty for none.
    as_json, force : bool
    """
    from livingdrug.cli.tables import echo

    rows = [
        [subject, *cells, "; ".join(_why(i) for i in report.missing.get(subject, ()))]
        for subject, cells in report.rows.items()
    ]
    write_rows(out, ("subject", *report.columns, "missing"), rows, force=force)
    written = [out] if out else []
    if as_json:
        echo(json.dumps(_json(report, explain, written), indent=2))
        return
    _print(report, explain)
    print_end(report, written)


def _why(issue: Issue) -> str:
    return issue.message.partition(" (")[0]


def _print(report: Report, explain: str) -> None:
    from livingdrug.cli.tables import echo, print_table

    for name, text in report.stated.items():
        echo(f"{name}: {text}")
    if explain:
        cells = ", ".join(
            f"{head.replace(chr(10), '')} {cell}"
            for head, cell in zip(report.heads, report.texts[explain], strict=True)
        )
        echo(f"{explain}: {cells}. Rows are lines of the file, the header is row 1.")
        used = report.used[explain]
        heads = list(used[0]) if used else ["item"]
        print_table(heads, [[_cell(value) for value in entry.values()] for entry in used])
        for issue in report.missing.get(explain, ()):
            echo(f"missing: {issue}")
    else:
        print_table(
            ("patient", *report.heads),
            [(subject, *cells) for subject, cells in report.texts.items()],
        )
        print_reasons(
            [(s, "score", _why(i)) for s, issues in report.missing.items() for i in issues],
            lead="Scores are missing or intervals because:",
        )


def _cell(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _json(report: Report, explain: str, written: Sequence[str]) -> dict[str, object]:
    people = []
    for subject, cells in report.rows.items():
        entry: dict[str, object] = {"patient": subject}
        entry |= dict(zip(report.columns, cells, strict=True))
        entry["missing"] = [str(issue) for issue in report.missing.get(subject, ())]
        if subject == explain:
            entry["explanation"] = report.used[subject]
        people.append(entry)
    return {"stated": dict(report.stated), **graded_json(report, people, written)}
