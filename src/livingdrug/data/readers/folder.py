"""Parse the tables that may lie beside the observations: readouts and baseline covariates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from livingdrug.core.delimited import RawTable, RowCells, column_issues
from livingdrug.core.errors import Issue
from livingdrug.data.readers.observations import check_unit
from livingdrug.data.study import QUANTILE_PROBABILITIES, StudyCovariate, StudyReadout

__all__ = [
    "COVARIATE_COLUMNS",
    "READOUT_COLUMNS",
    "VALUE_COLUMNS",
    "parse_covariates",
    "parse_readouts",
    "parse_values",
]

READOUT_COLUMNS: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("endpoint", "value", "unit", "statistic"),
    ("term", "n", "confirmed", "lower", "upper", "citation", "doi", "note"),
)
"""Required and optional columns of ``readouts.csv``."""

COVARIATE_COLUMNS: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("covariate", "unit", "probability", "value"),
    ("n",),
)
"""Required and optional columns of ``covariates.csv``."""

VALUE_COLUMNS: tuple[tuple[str, ...], tuple[str, ...]] = (
    ("covariate", "unit", "value"),
    ("subject",),
)
"""Required and optional columns of ``baseline_values.csv``."""


def parse_readouts(table: RawTable, issues: list[Issue]) -> list[StudyReadout]:
    """Parse published readouts; problems are appended to the issues.

    Parameters
    ----------
    table : RawTable
    issues : list of Issue

    Returns
    -------
    list of StudyReadout
    """
    found = column_issues(table, *READOUT_COLUMNS)
    issues.extend(found)
    if any(issue.level == "error" for issue in found):
        return []
    rows = [RowCells(table, line, cells, issues) for line, cells in table.rows]
    return [readout for cells in rows if (readout := _readout(cells)) is not None]


def _readout(cells: RowCells) -> StudyReadout | None:
    endpoint, statistic = _required_text(cells, "endpoint"), _required_text(cells, "statistic")
    value = _required_number(cells, "value")
    unit = check_unit(cells, "unit")
    confirmed = cells.flag("confirmed")
    lower, upper = cells.number("lower"), cells.number("upper")
    low = -math.inf if lower is None else lower
    high = math.inf if upper is None else upper
    if value is not None and not low <= value <= high:
        message = f"{value:g} is not between lower {low:g} and upper {high:g}"
        cells.complain("value", message, "lower and upper are its 95 % confidence limits")
    if confirmed and not cells.has("citation"):
        fix = "name the text in which the number was read, or set confirmed to false"
        cells.complain("citation", "a confirmed number without a citation", fix)
    if not endpoint or not statistic or value is None or unit is None:
        return None
    citation, doi = cells.text("citation"), cells.text("doi")
    return StudyReadout(
        endpoint=endpoint,
        value=value,
        unit=unit,
        statistic=statistic,
        term=cells.text("term"),
        n=cells.whole("n") or 0,
        confirmed=confirmed,
        lower=math.nan if lower is None else lower,
        upper=math.nan if upper is None else upper,
        citation=f"{citation}, doi:{doi}" if doi else citation,
        note=cells.text("note"),
    )


def _required_text(cells: RowCells, column: str) -> str:
    text = cells.text(column)
    if not text:
        cells.complain(column, "the cell is empty", f"give the {column}")
    return text


def _required_number(cells: RowCells, column: str) -> float | None:
    if not cells.has(column):
        cells.complain(column, f"the number is missing ({cells.raw(column)!r})", "remove the row")
    return cells.number(column)


@dataclass(slots=True)
class _Group:
    """Rows of one covariate."""

    first: RowCells
    unit: str
    n: int = 0
    probabilities: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def parse_covariates(table: RawTable, issues: list[Issue]) -> list[StudyCovariate]:
    """Parse covariates given by quantiles; problems are appended to the issues.

    Parameters
    ----------
    table : RawTable
    issues : list of Issue

    Returns
    -------
    list of StudyCovariate
    """
    groups = _grouped(table, COVARIATE_COLUMNS, issues, _add_quantile)
    return [
        StudyCovariate(name, g.unit, tuple(g.probabilities), tuple(g.values), g.n)
        for name, g in groups.items()
        if g.values
    ]


def parse_values(
    table: RawTable,
    issues: list[Issue],
    probabilities: Sequence[float] = QUANTILE_PROBABILITIES,
) -> list[StudyCovariate]:
    """Parse covariates given by one value per person; problems are appended to the issues.

    Parameters
    ----------
    table : RawTable
    issues : list of Issue
    probabilities : sequence of float, optional
        At which the quantiles are wanted.

    Returns
    -------
    list of StudyCovariate
        With quantiles computed from the values.
    """
    groups = _grouped(table, VALUE_COLUMNS, issues, _add_value)
    return [
        StudyCovariate.from_values(name, g.unit, g.values, probabilities)
        for name, g in groups.items()
        if g.values
    ]


def _grouped(
    table: RawTable,
    columns: tuple[tuple[str, ...], tuple[str, ...]],
    issues: list[Issue],
    add: Callable[[_Group, RowCells], None],
) -> dict[str, _Group]:
    found = column_issues(table, *columns)
    issues.extend(found)
    if any(issue.level == "error" for issue in found):
        return {}
    groups: dict[str, _Group] = {}
    for line, row in table.rows:
        cells = RowCells(table, line, row, issues)
        name, unit = _required_text(cells, "covariate"), check_unit(cells, "unit")
        if not name or unit is None:
            continue
        group = groups.setdefault(name, _Group(cells, unit))
        if unit != group.unit:
            message = f"{unit!r}, while row {group.first.line} gives {name!r} in {group.unit!r}"
            cells.complain("unit", message, "use one unit for a covariate")
        add(group, cells)
    return groups


def _add_quantile(group: _Group, cells: RowCells) -> None:
    probability = _required_number(cells, "probability")
    value = _required_number(cells, "value")
    if probability is None or value is None:
        return
    if not 0 <= probability <= 1:
        cells.complain("probability", f"{probability:g} is not in [0, 1]", "0.5 is the median")
    elif group.probabilities and probability <= group.probabilities[-1]:
        message = f"{probability:g} does not rise above {group.probabilities[-1]:g}"
        cells.complain("probability", message, "sort the rows, one for each probability")
    elif group.values and value < group.values[-1]:
        message = f"{value:g} falls below {group.values[-1]:g} of a smaller probability"
        cells.complain("value", message, "quantiles must not fall")
    else:
        group.probabilities.append(probability)
        group.values.append(value)
        group.n = cells.whole("n") or 0


def _add_value(group: _Group, cells: RowCells) -> None:
    value = _required_number(cells, "value")
    if value is not None:
        group.values.append(value)
        group.n += 1
