"""Compute the status of every entry and write it to the table that `get_model` reads.

A checkout runs this through ``python -m tests.rebuilt.agreement --write``, which adds what the
independent rebuilds say; a test keeps the table true.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

from livingdrug.catalogue.index import STATUS_FILE, get_entry, list_entries
from livingdrug.core.files import write_text
from livingdrug.qc.verify import Verification, verify

__all__ = ["compute_rows", "row_of", "write_table"]

_DIGITS = 6  # of recorded numbers, so that the table is the same on every machine


def compute_rows(independent: Mapping[tuple[str, str], bool]) -> list[dict[str, object]]:
    """Verify every variant of every entry.

    Parameters
    ----------
    independent : mapping from (id, variant) to bool
        Whether a second rebuild agrees.

    Returns
    -------
    list of dict
    """
    rows = []
    for model_id in list_entries():
        entry = get_entry(model_id)
        for variant in entry.published.variants:
            result = verify(entry, variant)
            rows.append(row_of(result, agrees=independent.get((model_id, variant), False)))
    return rows


def row_of(result: Verification, *, agrees: bool) -> dict[str, object]:
    """Turn a verification into a row of the table.

    Parameters
    ----------
    result : Verification
    agrees : bool
        Whether a second rebuild agrees.

    Returns
    -------
    dict
    """
    status = "draft"
    if result.passed and result.checks:  # nothing that failed is not yet something that was shown
        status = "independent" if agrees else "reproduced"
    return {
        "id": result.entry.id,
        "variant": result.variant,
        "organism": result.model.organism,
        "status": status,
        "math_hash": result.model.math_hash,
        "evidence_hash": result.model.evidence_hash,
        "readouts": [
            {
                "label": check.readout.label,
                "expected": check.readout.equals,
                "got": float(f"{check.got:.{_DIGITS}g}"),
                "unit": check.readout.unit,
                "tolerance": check.readout.atol + check.readout.rtol * abs(check.readout.equals),
                "passed": check.passed,
            }
            for check in result.checks
        ],
    }


def write_table(rows: Sequence[Mapping[str, object]]) -> None:
    """Write the table into the package of this checkout.

    Parameters
    ----------
    rows : sequence of dict
        Of `compute_rows`.
    """
    target = Path(str(resources.files("livingdrug.catalogue") / STATUS_FILE))
    write_text(target, json.dumps({"models": list(rows)}, indent=1) + "\n", force=True)
