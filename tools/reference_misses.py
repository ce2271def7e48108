"""Write ``docs/explanation/what_the_reference_model_gets_wrong.md`` from virtual trials.

Every trial record is run and compared with the published table; the page holds all read-outs,
misses included, and the scores of the model and of two baselines. It also holds a digest of what
it was made from, so that a test can tell when it has fallen behind.

Run ``python tools/reference_misses.py`` after a change of the model, the records or the table.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from livingdrug.catalogue.index import get_model
from livingdrug.cli.trial_report import (
    SCORE_HEADER,
    prediction_text,
    published_text,
    score_cells,
)
from livingdrug.data.published_readouts import published_trial, published_trials
from livingdrug.records.index import names
from livingdrug.trial.baselines import BASELINES
from livingdrug.trial.compare import Row, compare_trial, model_scores, scores_beside
from livingdrug.trial.run import plan_trial, run_trial

PAGE = (
    Path(__file__).resolve().parents[1]
    / "docs"
    / "explanation"
    / "what_the_reference_model_gets_wrong.md"
)
SUBJECTS = 500
SEED = 1
MARK = "Made from inputs with digest "

HEAD = """# What the reference model gets wrong

The reference model, version 0.1, is **uncalibrated**: its values were set by hand within what is
known of each and were never fitted. Agreement below is therefore no evidence, and a miss is no
surprise; both are printed. This page is written by `tools/reference_misses.py`, which runs every
trial record with {subjects} virtual people (seed {seed}) as `livingdrug trial compare` does.

How to read it:

- *published*: the confirmed number with its 95 % interval; (c) marks an exact interval that we
  computed from n because the source prints none. One row stands for an estimand; numbers from
  memory are never compared.
- *predicted*: median and 90 % interval over 1,000 virtual trials of the published size. It holds
  the chance of drawing people, and nothing of the uncertainty of the model.
- *z*: distance of the published number in SDs of these virtual trials.

"""

KNOWN = """## Known to be wrong in the structure

- **Fever comes late.** It follows the same severity as low blood pressure; patients have it days
  before their cells peak.
- **Tocilizumab works too well.** Nobody is refractory and it acts at once, so that grades of 3
  and more nearly vanish under an early policy.
- **Lymphoma and myeloma respond too often and too long.** There is no bulk that cells do not
  reach and no loss of BCMA by the disease.
- **Neurotoxicity comes too often in myeloma.** Its cut-points are assumed and fixed by no data,
  also the difference between products with CD28 and with 4-1BB.
- **The haemophagocytic syndrome (IEC-HS) is defined by one assumed rule** on activated monocytes;
  ferritin and clotting are not simulated.
- **CAR-NK cells without IL-15 persist too long** beside the weeks that are reported.
- **Deaths, later treatment and transplants are not simulated**; overall survival has no
  counterpart. Death without relapse is a constant that the records set to 0.
- **Organ toxicity is not simulated**: the Lee and Penn scales grade some people higher for it.
- **Neutrophils follow one assumed curve**, which PCR readings depend on.
- **Doses below a tenth of the usual one lose too much** of the expansion.
"""


def digest() -> str:
    """Return the digest of the model, the records and the published table."""
    found = hashlib.sha256(get_model("reference").evidence_hash.encode())
    for package, folders in (
        ("livingdrug.records", ("products", "diseases", "edits", "lymphodepletion", "treatments",
                                "policies", "trials")),
        ("livingdrug.data", ("readouts",)),
    ):  # fmt: skip
        for folder in folders:
            for file in sorted((resources.files(package) / folder).iterdir(), key=lambda f: f.name):
                if file.name.endswith((".toml", ".csv")):
                    found.update(file.name.encode() + file.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:16]


def compared(name: str) -> tuple[Row, ...]:
    """Run one trial as the page has it."""
    plan = plan_trial(name)
    made = run_trial(plan, SUBJECTS, seed=SEED)
    return compare_trial(plan.trial, made.people, seed=SEED)


def page(found: dict[str, tuple[Row, ...]]) -> str:
    """Return the text of the page."""
    parts = [HEAD.format(subjects=SUBJECTS, seed=SEED), f"{MARK}`{digest()}`.\n\n"]
    rows = [row for own in found.values() for row in own]
    parts += ["## Scores\n\n", *_scores(rows), "\n"]
    parts += ["## Largest misses\n\n", *_largest(found), "\n", KNOWN, "\n"]
    parts.append("## Every read-out that can be compared\n\n")
    for name, own in found.items():
        parts += [f"### {published_trial(plan_trial(name).trial.readouts).title}\n\n"]
        parts += [*_table(own), "\n"]
    parts += ["## What cannot be compared, and why\n\n", *_skipped(found)]
    return "".join(parts)


def _scores(rows: Sequence[Row]) -> Iterator[str]:
    yield _line(SCORE_HEADER)
    yield _line(["---"] * len(SCORE_HEADER))
    yield _line(score_cells("model", model_scores(rows)))
    for name in BASELINES:
        theirs, ours = scores_beside(rows, name)
        yield _line(score_cells(f"baseline: {name}", theirs))
        yield _line(score_cells("model on the same read-outs", ours))
    yield (
        "\nMean interval scores and continuous ranked probability scores (CRPS; Gneiting and "
        "Raftery 2007), smaller is better; beside a baseline, over the read-outs that have a score "
        "in both. A baseline leaves "
        "out the trial that it predicts. Where the model loses to both, knowing the disease and "
        "the costimulation is worth more than its mechanisms at these values.\n"
    )


def _largest(found: dict[str, tuple[Row, ...]]) -> Iterator[str]:
    ranked = sorted(
        ((name, row) for name, own in found.items() for row in own if math.isfinite(row.z)),
        key=lambda pair: -abs(pair[1].z),
    )
    yield "| trial | read-out | over | published | predicted | z |\n"
    yield "| --- | --- | --- | --- | --- | --- |\n"
    for name, row in ranked[:15]:
        yield _line([name, row.published.endpoint, _over(row), published_text(row),
                     prediction_text(row.predicted), f"{row.z:+.1f}"])  # fmt: skip


def _table(rows: Sequence[Row]) -> Iterator[str]:
    if not any(row.compared for row in rows):
        yield "Nothing of it can be compared.\n"
        return
    yield "| read-out | over | n | published | predicted | z | inside |\n"
    yield "| --- | --- | --- | --- | --- | --- | --- |\n"
    for row in rows:
        if row.compared:
            yield _line(cells(row))


def cells(row: Row) -> list[str]:
    """Return the cells of one read-out."""
    z = "-" if math.isnan(row.z) else f"{row.z:+.1f}"
    return [row.published.endpoint, _over(row), str(row.n), published_text(row),
            prediction_text(row.predicted), z, "yes" if row.inside else "**no**"]  # fmt: skip


def _over(row: Row) -> str:
    item = row.published
    trial = published_trials()[item.trial]
    parts = [item.people, item.part, f"of {trial.title}" if trial.pool_of else ""]
    return ", ".join(part for part in parts if part)


def _skipped(found: dict[str, tuple[Row, ...]]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for name, own in found.items():
        for row in own:
            if not row.compared:
                why = "later than the last visit" if "followed to" in row.predicted.why else ""
                reasons.setdefault(why or row.predicted.why, []).append(
                    f"{name} {row.published.endpoint}"
                )
    for why, readouts in sorted(reasons.items()):
        yield f"- *{why}*: {', '.join(dict.fromkeys(readouts))}.\n"


def _line(given: Sequence[str]) -> str:
    return "| " + " | ".join(given) + " |\n"


def main() -> None:
    """Write the page."""
    found = {}
    for name in names("trials"):
        found[name] = compared(name)
        sys.stdout.write(f"{name}: {sum(row.compared for row in found[name])} read-outs\n")
    PAGE.write_text(page(found), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
