"""The pages on comparing and combining say what the code gives, and what the data give."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "car22_nci_pediatric_all"
BURDEN = ROOT / "docs" / "explanation" / "models_and_data_on_burden_and_dose.md"
PAGES = [
    BURDEN,
    ROOT / "docs" / "how_to" / "combine_models.md",
    ROOT / "docs" / "how_to" / "evaluate_a_published_formula.md",
]
_BLOCK = re.compile(r"```\{testcode\}\n(.*?)```(?:\n\n```\{testoutput\}\n(.*?)```)?", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_print_what_it_shows(page: Path) -> None:
    names: dict[str, object] = {}
    blocks = _BLOCK.findall(page.read_text(encoding="utf-8"))
    assert len(blocks) >= 2
    for code, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, names)
        assert printed.getvalue().split("\n") == (shown or "").split("\n")


def test_blasts_and_peak_in_children_with_leukaemia() -> None:
    if not DATA.is_dir():
        pytest.skip(f"no table of people at {DATA}; its licence keeps it out of the package")
    with (DATA / "cellular_kinetics.csv").open(encoding="utf-8") as stream:
        peaks: dict[str, float] = {}
        for row in csv.DictReader(stream):
            if row["car_cells_per_ul"]:
                level = float(row["car_cells_per_ul"])
                peaks[row["id"]] = max(level, peaks.get(row["id"], 0.0))
    with (DATA / "patients.csv").open(encoding="utf-8") as stream:
        pairs = [
            (float(row["bm_blast_pct"]), peaks[row["id"]])
            for row in csv.DictReader(stream)
            if row["bm_blast_pct"] and row["id"] in peaks
        ]
    rho = float(spearmanr(*np.array(pairs).T).statistic)
    spread = 1.959964 / np.sqrt(len(pairs) - 3)
    low, high = np.tanh(np.arctanh(rho) - spread), np.tanh(np.arctanh(rho) + spread)
    text = " ".join(BURDEN.read_text(encoding="utf-8").split())
    assert f"{len(pairs)} children and young adults" in text
    assert f"{rho:.2f} (95 % limits {low:.2f} to {high:.2f})" in text
