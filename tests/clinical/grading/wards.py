"""Small wards for tests of grading."""

from __future__ import annotations

from pathlib import Path

from livingdrug.clinical.grading.crs import CrsGrades, grade_crs
from livingdrug.clinical.grading.icans import IcansGrades, grade_icans
from livingdrug.clinical.monitoring.read import read_monitoring
from livingdrug.clinical.monitoring.record import Ward

HEADER = "item,start,stop,value,unit,detail,indication,attribution,ctcae"
FEVER = "temperature,1,,38.5,degC"
NO_FEVER = "temperature,1,,37.0,degC"
NORMAL = "sbp,1,,120,mmHg"
LOW = "sbp,1,,80,mmHg"
ADULT = "age,,,50,year"


def ward(tmp_path: Path, *rows: str, recorded: tuple[str, ...] = ("all",)) -> Ward:
    """One person, P; cells at the end of a row may be left out. Row 2 is the first."""
    columns = HEADER.count(",")
    lines = ["subject," + HEADER]
    lines += [f"P,{row}" + "," * (columns - row.count(",")) for row in rows]
    path = tmp_path / "ward.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_monitoring(path, recorded=recorded)


def crs(tmp_path: Path, *rows: str, scales=("astct",), recorded=("all",), rules=None) -> CrsGrades:
    graded = grade_crs(ward(tmp_path, *rows, recorded=recorded), scales, rules=rules)
    assert not graded.left_out, graded.left_out
    (person,) = graded.people
    return person


def at(person: CrsGrades, scale: str, time: float) -> tuple[int, int]:
    """Bounds of the grade at a time."""
    place = max(k for k, t in enumerate(person.times) if t <= time + 1e-9)
    low, high = person.grades[scale][:, place].tolist()
    return low, high


def icans(tmp_path: Path, *rows: str, recorded=("all",)) -> IcansGrades:
    graded = grade_icans(ward(tmp_path, *rows, recorded=recorded))
    assert not graded.left_out, graded.left_out
    (person,) = graded.people
    return person
