"""What a study holds: the values of each person over time, and the limits of the assay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator, NullFormatter
from numpy.typing import NDArray

from livingdrug.core.censoring import (
    ABOVE,
    BELOW,
    MEASURED,
    censoring_codes,
    lower_limits,
    upper_limits,
)
from livingdrug.core.errors import DataError, UnknownNameError, unknown_name
from livingdrug.data.checks.assay_limits import find_ceiling, find_floor
from livingdrug.data.checks.ranges import range_of
from livingdrug.data.event_columns import event_column
from livingdrug.data.interventions import Intervention, study_interventions
from livingdrug.data.measured import Measured
from livingdrug.data.study import INDIVIDUAL
from livingdrug.model.terms import TERMS
from livingdrug.plot.frame import finish, plain_axes, start
from livingdrug.plot.interventions import draw_interventions, intervention_note
from livingdrug.plot.style import STYLE, day_step, number_text, unit_text

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_PANELS", "study_figure"]

MOST_PANELS = 12
"""Panels of one figure."""

_LOG_DECADES = 1.3
"""Powers of ten from which on an axis is logarithmic."""

_LONG_TITLE = 76
"""Letters that fit in the line of the title."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Series:
    """One panel: a term by one assay and statistic."""

    term: str
    unit: str
    assay: str
    statistic: str
    subject: NDArray[np.str_]
    day: Floats
    value: Floats
    code: NDArray[np.int8]
    lloq: Floats
    uloq: Floats
    resets: NDArray[np.int64]

    @property
    def single(self) -> bool:
        return self.statistic == INDIVIDUAL

    @property
    def known(self) -> NDArray[np.bool_]:
        measured: NDArray[np.bool_] = np.isfinite(self.value) & (self.code == MEASURED)
        return measured

    def measured(self) -> Measured:
        """Return the values as the checks take them."""
        n = len(self.day)
        return Measured(
            "", "", self.term, self.unit, np.arange(n), self.subject, self.day, self.value,
            self.code != MEASURED, signed=bool((self.value < 0).any()),
        )  # fmt: skip


def study_figure(
    study: xr.Dataset, *, terms: Sequence[str] = (), title: str = "", notes: Sequence[str] = ()
) -> Figure:
    """Draw every term of a study over time, one panel for each term, assay and statistic.

    Parameters
    ----------
    study : xarray.Dataset
        Schema ``livingdrug.study``.
    terms : sequence of str, optional
        Those to draw; all when empty, at most `MOST_PANELS` panels, the fullest first.
    title : str, optional
    notes : sequence of str, optional
        Added below the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError
        When the study has no values over time.
    UnknownNameError
        When it has no such term.
    """
    every = _series(study)
    there = list(dict.fromkeys(one.term for one in every))
    unknown = [unknown_name("term", term, there) for term in terms if term not in there]
    if unknown:
        raise UnknownNameError(unknown)
    wanted = [one for one in every if not terms or one.term in terms]
    if not wanted:
        raise DataError(f"{study.attrs['id']}: the study has no values over time to draw")
    # terms of the vocabulary first: they are what models are set beside
    drawn = sorted(wanted, key=lambda one: (one.term not in TERMS, -len(one.day)))[:MOST_PANELS]
    panels = [one for one in wanted if any(one is other for other in drawn)]
    left = list(dict.fromkeys(o.term for o in wanted if not any(o is p for p in panels)))
    columns = min(len(panels), 3) if len(panels) != 4 else 2
    rows = math.ceil(len(panels) / columns)
    figure = start()
    given = study_interventions(study)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    handles: dict[str, Artist] = {}
    for axes, one in zip(grid, panels, strict=False):
        _draw(axes, one, _for_panel(given, one), handles)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    facts = study.attrs
    about = [
        f"licence {facts['licence'] or 'not stated'}",
        f"{len({s for one in panels if one.single for s in one.subject.tolist()})} subjects"
        if any(one.single for one in panels)
        else "pooled values only",
    ]
    more = f"Not drawn: {', '.join(left)}." if left else ""
    zeros = "Values of 0 on a logarithmic axis are drawn at its foot."
    zero = any(_zero_on_log(one) for one in panels)
    foot = [more, zeros if zero else "", intervention_note(given), *notes]
    long = len(facts["title"]) > _LONG_TITLE
    return finish(
        figure, title=title or facts["id" if long else "title"],
        facts=[facts["title"] if long else "", facts["organism"], *about],
        notes=[" ".join(text for text in foot if text)], handles=handles,
        body=(3.2 if rows == 1 else 2.1 * rows),
    )  # fmt: skip


def _series(study: xr.Dataset) -> list[_Series]:
    names = ("term", "unit", "assay", "statistic")
    columns = [study[f"obs_{name}"].values.astype(np.str_) for name in names]
    keys = list(zip(*(column.tolist() for column in columns), strict=True))
    codes = censoring_codes(study)
    found = []
    for key in dict.fromkeys(keys):
        here = np.array([one == key for one in keys])
        rest = [study[f"obs_{name}"].values[here] for name in ("subject", "time", "value")]
        limits = [column[here] for column in (codes, lower_limits(study), upper_limits(study),
                                              event_column(study, "obs_resets"))]  # fmt: skip
        found.append(_Series(*key, *rest, *limits))
    return found


def _for_panel(given: Sequence[Intervention], one: _Series) -> list[Intervention]:
    """Return what the people of a panel were given; of arms, that of the arm in its name."""
    people = set(one.subject.tolist())
    return [
        each
        for each in given
        if (each.subject in people if each.subject else one.term.endswith(each.group))
    ]


def _is_log(one: _Series) -> bool:
    values = one.value[one.known]
    positive = values[values > 0]
    if not positive.size or (values < 0).any():
        return False
    return bool(np.log10(positive.max() / positive.min()) >= _LOG_DECADES)


def _zero_on_log(one: _Series) -> bool:
    return _is_log(one) and bool((one.value[one.known] == 0).any())


def _draw(
    axes: Axes, one: _Series, given: Sequence[Intervention], handles: dict[str, Artist]
) -> None:
    log = _is_log(one)
    positive = one.value[one.known & (one.value > 0)]
    foot = float(positive.min()) / 2 if log else 0.0
    shown = np.maximum(one.value, foot) if log else one.value
    shown = np.where(one.code == BELOW, one.lloq, np.where(one.code == ABOVE, one.uloq, shown))
    people = list(dict.fromkeys(one.subject.tolist()))
    faint = 1.0 if len(people) < 4 else max(0.12, 0.9 / math.sqrt(len(people)))
    # a person who is set back has one line from each reset to the next
    lines = zip(one.subject.tolist(), one.resets.tolist(), strict=True)
    for person, resets in dict.fromkeys(lines):
        rows = np.flatnonzero((one.subject == person) & (one.resets == resets))
        rows = rows[np.argsort(one.day[rows], kind="stable")]
        axes.plot(
            one.day[rows], shown[rows], color=STYLE.line, linewidth=0.7, alpha=faint,
            marker="o", markersize=1.6 if one.single else 3.5, markeredgewidth=0,
        )  # fmt: skip
    kind = "one person, animal or well" if one.single else f"{one.statistic} over people"
    handles.setdefault(
        kind, Line2D([], [], color=STYLE.line, marker="o", markersize=2.5 if one.single else 4)
    )
    for code, mark, words in ((BELOW, "v", "below the limit"), (ABOVE, "^", "above the limit")):
        out = one.code == code
        if out.any():
            axes.plot(
                one.day[out], shown[out], linestyle="", marker=mark, markersize=3.5,
                color=STYLE.limit, alpha=0.8,
            )  # fmt: skip
            handles.setdefault(words, Line2D([], [], linestyle="", marker=mark, color=STYLE.limit))
    for limits in (one.lloq, one.uloq):
        for limit in np.unique(limits[np.isfinite(limits)]):
            _line(axes, float(limit), "limit of quantification", handles)
    top = max([_limits(axes, one, handles), *one.uloq[np.isfinite(one.uloq)].tolist()])
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
        lowest = min(foot, *one.lloq[np.isfinite(one.lloq)].tolist(), foot)
        axes.set_ylim(lowest / 1.4, max(float(positive.max()), top) * 1.8)
    _days(axes, one)
    raised = draw_interventions(axes, given, handles)
    warm = one.unit == "delta_degC"  # the vocabulary counts the temperature from 37
    axes.set_ylabel("°C above 37" if warm else unit_text(one.unit) or "no unit")
    assay = "" if one.assay in {"", "unknown"} else f", {one.assay}"
    count = f"n = {len(people)}" if one.single else one.statistic
    axes.set_title(
        f"{_name(one.term)}\n{count}{assay}", loc="left", fontsize=STYLE.text,
        color=STYLE.ink, pad=6.0 + raised,
    )  # fmt: skip
    plain_axes(axes)


def _name(term: str) -> str:
    """Return a term in words."""
    if term not in TERMS:
        return term.replace("_", " ")
    known = TERMS[term]
    return f"{known.analyte}, {known.specimen}"


def _limits(axes: Axes, one: _Series, handles: dict[str, Artist]) -> float:
    """Draw what the checks find; return the largest value that must be seen."""
    if not one.single:
        return 0.0
    values = one.measured()
    ceiling, floor = find_ceiling(values), find_floor(values)
    top = 0.0
    if ceiling is not None:
        top = ceiling.high
        _line(axes, top, "repeats at the top: ceiling?", handles)
        _label(axes, ceiling.high, ceiling.text)
    if floor is not None and floor.kind == "floor":
        _line(axes, floor.high, "repeats at the bottom: floor?", handles)
    plausible = range_of(one.term, one.unit)
    if plausible is not None and (one.value[one.known] > plausible.high).any():
        top = max(top, plausible.high)
        _line(axes, plausible.high, "largest plausible value", handles)
        _label(axes, plausible.high, number_text(plausible.high))
    return top


_LINES: dict[str, tuple[str, Literal["-", "--", "-.", ":"]]] = {
    "limit of quantification": (STYLE.limit, "--"),
    "repeats at the top: ceiling?": (STYLE.point, ":"),
    "repeats at the bottom: floor?": (STYLE.point, "-."),
    "largest plausible value": (STYLE.ink, "-"),
}


def _line(axes: Axes, value: float, kind: str, handles: dict[str, Artist]) -> None:
    color, dashes = _LINES[kind]
    axes.axhline(value, color=color, linestyle=dashes, linewidth=1.0)
    handles.setdefault(kind, Line2D([], [], color=color, linestyle=dashes, linewidth=1.0))


def _label(axes: Axes, value: float, text: str) -> None:
    axes.annotate(
        text, (1.0, value), xycoords=("axes fraction", "data"), xytext=(0, 2),
        textcoords="offset points", ha="right", va="bottom", fontsize=STYLE.small,
        color=STYLE.ink,
    )  # fmt: skip


def _days(axes: Axes, one: _Series) -> None:
    first, last = float(one.day.min()), float(one.day.max())
    span = last - first
    if span > 0:
        axes.set_xlim(first - 0.03 * span, last + 0.03 * span)
        axes.xaxis.set_major_locator(MultipleLocator(day_step(span)))
    else:
        axes.set_xlim(first - 0.5, first + 0.5)
        axes.set_xticks([first], [f"{first:.3g}"])
    axes.set_xlabel("Day")
