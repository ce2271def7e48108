"""What holds at a time, from the rows of one person.

A row holds from its start to its stop. Without a stop it holds until the next row of the same
series, and at most for `hold` days: after that nobody knows.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from livingdrug.clinical.monitoring.check import series_key
from livingdrug.clinical.monitoring.record import Entry
from livingdrug.clinical.monitoring.schema import ITEMS

__all__ = ["HOLD_DAYS", "Held", "PersonRecord"]

HOLD_DAYS = 28.0 / 24.0
"""A choice of ours: a daily reading leaves no gap when a round is up to four hours late."""

_LASTING = frozenset(
    {
        "vasopressor", "oxygen", "iv_therapy", "hospitalised", "motor", "oedema",
        "ferritin_rising", "haemophagocytosis", "new_cytopenia",
    }
)  # fmt: skip
"""Supports and findings that go on; where their stop is missing they may still be there."""

State = Literal["on", "off", "lapsed", "never"]


@dataclass(frozen=True, slots=True)
class Held:
    """What a series says at a time.

    Attributes
    ----------
    state : {"on", "off", "lapsed", "never"}
        Lapsed: the last row is too old, and it is not known what came after it. Never: no row so
        far.
    entry : Entry or None
        The row that holds or held.
    """

    state: State
    entry: Entry | None = None

    def row(self, default: Entry | None = None) -> Entry:
        """Return the entry, which is there in every state but "never"."""
        found = self.entry or default
        if found is None:
            raise ValueError("no row was held")
        return found


class PersonRecord:
    """Rows of one person, asked by time.

    Parameters
    ----------
    entries : sequence of Entry
        In the order of time.
    recorded : frozenset of str
        Groups of which absence means none.
    hold : float, optional, day
    """

    def __init__(
        self, entries: Sequence[Entry], recorded: frozenset[str], *, hold: float = HOLD_DAYS
    ) -> None:
        self.entries = tuple(entries)
        self.recorded = recorded
        self.hold = hold
        self._series: dict[tuple[str, str], list[Entry]] = {}
        self._facts: dict[str, Entry] = {}
        self._rows: dict[str, list[Entry]] = {}
        for entry in entries:
            self._rows.setdefault(entry.item, []).append(entry)
            if ITEMS[entry.item].kind == "fact":
                self._facts.setdefault(entry.item, entry)
            else:
                self._series.setdefault(series_key(entry), []).append(entry)
        self._starts = {key: [e.start for e in rows] for key, rows in self._series.items()}

    def fact(self, item: str) -> float:
        """Return a fact about the person; NaN when it was not given."""
        entry = self._facts.get(item)
        return math.nan if entry is None else entry.value

    def fact_time(self, item: str) -> float:
        """Return the day of a fact that has one; NaN when it was not given."""
        entry = self._facts.get(item)
        return math.nan if entry is None else entry.start

    def rows(self, item: str) -> list[Entry]:
        """Return the rows of an item, in the order of time."""
        return self._rows.get(item, [])

    def has(self, items: Iterable[str]) -> bool:
        """Tell whether any of the items has a row."""
        wanted = set(items)
        return any(entry.item in wanted for entry in self.entries)

    def details(self, item: str) -> list[str]:
        """Return the details that an item has, as agents of vasopressors."""
        return [detail for name, detail in self._series if name == item]

    def end(self, entry: Entry) -> float:
        """Return when a row ceases to hold."""
        if not math.isnan(entry.stop):
            return entry.stop
        key = series_key(entry)
        place = bisect_right(self._starts[key], entry.start)
        following = self._starts[key][place] if place < len(self._starts[key]) else math.inf
        return min(following, entry.start + self.hold)

    def at(self, time: float, item: str, detail: str = "") -> Held:
        """Say what a series holds at a time.

        Parameters
        ----------
        time : float, day
        item, detail : str

        Returns
        -------
        Held
        """
        key = (item, detail)
        place = bisect_right(self._starts.get(key, []), time)
        if place == 0:
            return Held("never")
        entry = self._series[key][place - 1]
        if time < self.end(entry) or time == entry.start:
            return Held("on", entry)
        measured = ITEMS[item].kind == "measurement"
        stopped = not math.isnan(entry.stop)
        if measured or (not stopped and item in _LASTING and entry.value != 0):
            return Held("lapsed", entry)
        return Held("off", entry)

    def changes(self, items: Iterable[str], extra: Iterable[float] = ()) -> list[float]:
        """Return the times at which something may change, in order.

        Parameters
        ----------
        items : iterable of str
        extra : iterable of float, optional
            Further times.

        Returns
        -------
        list of float
            From the first row to the last one or the last stop, not before day 0.
        """
        wanted = set(items)
        chosen = [entry for entry in self.entries if entry.item in wanted]
        if not chosen:
            return []
        last = max(e.start if math.isnan(e.stop) else e.stop for e in chosen)
        first = max(0.0, chosen[0].start)
        found = {first, last, *extra}
        for entry in chosen:
            found |= {entry.start, self.end(entry)}
        return sorted(time for time in found if first <= time <= last)
