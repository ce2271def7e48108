"""One support, three scales."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from livingdrug.clinical.grading.rungs import (
    CRS_TABLES,
    CRS_UPPER,
    OxygenRung,
    PressureRung,
    crs_from_rungs,
)
from livingdrug.core.errors import UnknownNameError

P, O = PressureRung, OxygenRung  # noqa: E741


@pytest.mark.parametrize(
    ("pressure", "oxygen", "astct", "lee", "penn"),
    [
        (P.NONE, O.NONE, 1, 1, 1),
        (P.UNTREATED, O.NONE, 2, 1, 2),
        (P.FLUIDS, O.NONE, 2, 2, 3),
        (P.ONE_PRESSOR_LOW, O.NONE, 3, 2, 3),
        (P.ONE_PRESSOR_HIGH, O.NONE, 3, 3, 4),
        (P.SEVERAL_PRESSORS, O.NONE, 4, 3, 4),
        (P.NONE, O.LOW_FLOW, 2, 2, 3),
        (P.NONE, O.HIGH_FLOW, 3, 3, 3),
        (P.NONE, O.POSITIVE_PRESSURE, 4, 3, 3),
        (P.NONE, O.VENTILATOR, 4, 4, 4),
        (P.FLUIDS, O.HIGH_FLOW, 3, 3, 3),
    ],
)
def test_scales_disagree_as_they_must(
    pressure: int, oxygen: int, astct: int, lee: int, penn: int
) -> None:
    got = [crs_from_rungs(s, True, pressure, oxygen).item() for s in ("astct", "lee", "penn")]
    assert got == [astct, lee, penn]


def test_without_fever_there_is_no_syndrome() -> None:
    assert crs_from_rungs("lee", [False, True], P.FLUIDS, O.NONE).tolist() == [0, 2]


def test_treatment_by_vein_counts_on_penn_only() -> None:
    got = {s: crs_from_rungs(s, True, P.NONE, O.NONE, intravenous=True).item() for s in CRS_TABLES}
    assert got.pop("penn") == 2
    assert set(got.values()) == {1}


def test_mskcc_counts_the_hours_of_a_vasopressor() -> None:
    for rung in (P.ONE_PRESSOR_LOW, P.ONE_PRESSOR_HIGH, P.SEVERAL_PRESSORS):
        assert crs_from_rungs("mskcc", True, rung, O.NONE).item() == 2
        assert crs_from_rungs("mskcc", True, rung, O.NONE, pressor_day=True).item() == 3
    assert crs_from_rungs("mskcc", True, P.FLUIDS, O.NONE, pressor_day=True).item() == 1
    assert crs_from_rungs("lee", True, P.ONE_PRESSOR_LOW, O.NONE, pressor_day=True).item() == 2


def test_where_the_text_leaves_it_open_there_are_two_bounds() -> None:
    def bounds(scale: str, pressure: int, oxygen: int) -> tuple[int, int]:
        low, high = (crs_from_rungs(scale, True, pressure, oxygen, upper=u) for u in (False, True))
        return low.item(), high.item()

    assert bounds("mskcc", P.FLUIDS, O.NONE) == (1, 2)
    assert bounds("mskcc", P.ONE_PRESSOR_HIGH, O.NONE) == (2, 4)  # refractory or not
    assert bounds("mskcc", P.NONE, O.VENTILATOR) == (4, 4)
    assert bounds("ctcae5_unconfirmed", P.NONE, O.VENTILATOR) == (3, 4)
    for scale in ("astct", "lee", "penn"):
        for pressure in P:
            for oxygen in O:
                low, high = bounds(scale, pressure, oxygen)
                assert low == high


@pytest.mark.parametrize("scale", CRS_UPPER)
def test_the_upper_bound_is_never_below_the_lower(scale: str) -> None:
    for low, high in zip(CRS_TABLES[scale], CRS_UPPER[scale], strict=True):
        assert all(a <= b for a, b in zip(low, high, strict=True))
        assert list(high) == sorted(high)


@pytest.mark.parametrize("scale", CRS_TABLES)
def test_a_higher_rung_never_lowers_the_grade(scale: str) -> None:
    for rungs in CRS_TABLES[scale]:
        assert list(rungs) == sorted(rungs)


PATIENTS = Path(__file__).resolve().parents[4] / "shared/data/car22_nci_pediatric_all/patients.csv"


@pytest.mark.skipif(not PATIENTS.is_file(), reason="the data of 40 people are not here")
def test_two_gradings_of_the_same_people_are_pairs_that_the_table_allows() -> None:
    rows = list(csv.DictReader(PATIENTS.read_text(encoding="utf-8").splitlines()))
    names = ("crs_max_grade_lee2014", "crs_max_grade_astct2019")
    found = [tuple(int(float(row[name])) for name in names) for row in rows]
    allowed = {(0, 0)} | {
        tuple(crs_from_rungs(s, True, p, o).item() for s in ("lee", "astct")) for p in P for o in O
    }
    assert len(found) == 40
    assert set(found) <= allowed
    assert sum(lee < astct for lee, astct in found) == 12  # the scales disagree in 12 of 40


def test_an_unknown_scale_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="astct"):
        crs_from_rungs("astc", True, 0, 0)
