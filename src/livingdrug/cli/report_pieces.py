"""Print the outcome of a run in pieces, for people and for machines."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING

import numpy as np

from livingdrug.cli.pieces import PieceOutcome, quantiles
from livingdrug.cli.report import interval, number
from livingdrug.cli.report_json import DISCLAIMER
from livingdrug.cli.tables import echo, name_of, print_table, whom

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["print_pieces"]


def print_pieces(outcome: PieceOutcome, *, as_json: bool) -> None:
    """Print an outcome.

    Parameters
    ----------
    outcome : PieceOutcome
    as_json : bool
    """
    if as_json:
        sys.stdout.write(json.dumps(pieces_json(outcome), indent=2) + "\n")
        return
    model, streamed = outcome.model, outcome.streamed
    echo(f"{model.title or model.id}{whom(model)}")
    echo(
        f"{name_of(model)}, status: {model.status}; "
        f"{streamed.n_subjects:,} virtual subjects, until day {outcome.last_day:g}"
    )
    for line in streamed.manifest.assumptions:
        echo(f"ASSUMED: {line.removesuffix(', ASSUMED')}")
    for line in streamed.manifest.warnings:
        echo(f"warning: {line}")
    if streamed.reductions:
        _print_reductions(outcome)
    else:
        echo("numbers over so many subjects: --reduce")
    _print_run(outcome)


def _print_reductions(outcome: PieceOutcome) -> None:
    rows, notes = [], []
    for name, values in outcome.streamed.reductions.items():
        low, middle, high = quantiles(values)
        unit = outcome.streamed.units[name]
        rows.append([name, number(middle), interval(low, high), unit])
        note = f"{name}: {outcome.streamed.labels[name]}"
        missing = _missing(values)
        notes.append(note + (f"; {missing:,} of {values.size:,} without a value" * bool(missing)))
    print_table(("from the whole curve", "median", "5-95 % between people", "unit"), rows)
    echo("\n".join(f"  {note}" for note in notes))
    echo()


def _missing(values: NDArray[np.float64]) -> int:
    return int(np.sum(~np.isfinite(values)))


def _print_run(outcome: PieceOutcome) -> None:
    streamed, attrs, request = outcome.streamed, outcome.streamed.attrs, outcome.request
    found = streamed.n_subjects - streamed.n_simulated
    echo(
        f"seed {request.seed}; method {attrs['method']} ({attrs['backend']} backend), rtol "
        f"{attrs['rtol']:g}, atol {'per state' if request.atol is None else f'{request.atol:g}'}; "
        f"{streamed.n_failed:,} of {streamed.n_subjects:,} failed; {outcome.wall_s:.2f} s"
        + (f" ({found:,} subjects were finished before)" if found else "")
    )
    echo(f"variability: {attrs['variability']}")
    for failure in streamed.manifest.failures[:3]:
        echo(f"subject {failure.subject}: {failure.status}: {failure.message}")
    if streamed.n_failed > 3:
        echo(f"and {streamed.n_failed - 3:,} more failed subjects")
    if streamed.path is not None:
        echo(f"written: {request.out} in pieces of {request.piece_size:,} subjects (with manifest)")
    echo(DISCLAIMER)


def pieces_json(outcome: PieceOutcome) -> dict[str, object]:
    """Return an outcome as plain data; ``docs/reference/command_line`` documents every key.

    Parameters
    ----------
    outcome : PieceOutcome

    Returns
    -------
    dict
    """
    model, streamed, request = outcome.model, outcome.streamed, outcome.request
    attrs, manifest = streamed.attrs, streamed.manifest
    return {
        "model": model.id,
        "variant": model.variant,
        "status": model.status,
        "organism": model.organism,
        "population": model.population,
        "subjects": streamed.n_subjects,
        "simulated": streamed.n_simulated,
        "failed": streamed.n_failed,
        "failures": [
            {"subject": item.subject, "status": item.status, "message": item.message}
            for item in manifest.failures
        ],
        "days": outcome.last_day,
        "piece_size": request.piece_size,
        "wall_s": round(outcome.wall_s, 3),
        "seed": request.seed,
        "method": attrs["method"],
        "backend": attrs["backend"],
        "rtol": attrs["rtol"],
        "atol": json.loads(str(attrs["atol"])),
        "variability": attrs["variability"],
        "assumed": list(manifest.assumptions),
        "warnings": list(manifest.warnings),
        "reductions": {name: _reduction(outcome, name) for name in streamed.reductions},
        "digest": streamed.digest,
        "written": [request.out] if streamed.path is not None else [],
        "citations": [citation.doi for citation in manifest.citations],
        "disclaimer": DISCLAIMER,
    }


def _reduction(outcome: PieceOutcome, name: str) -> dict[str, object]:
    values = outcome.streamed.reductions[name]
    low, middle, high = (x if math.isfinite(x) else None for x in quantiles(values))
    return {
        "label": outcome.streamed.labels[name],
        "median": middle,
        "p05": low,
        "p95": high,
        "unit": outcome.streamed.units[name],
        "interval": "between people",
        "missing": _missing(values),
    }
