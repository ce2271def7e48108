"""Random reaction networks: text that builds a model, and one subject with random happenings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import xarray as xr
from hypothesis import strategies as st

from livingdrug.cohort.cohort import cohort_from_arrays
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

from .shapes import give, knots

__all__ = ["Network", "networks"]


@dataclass(frozen=True)
class Happening:
    """An event: at days, or where a species crosses a level, with what a model may say of it."""

    kind: str
    place: int
    numbers: tuple[float, ...]
    assignments: tuple[tuple[str, str], ...]
    delay: str
    priority: str
    persistent: bool
    early: bool

    def add_to(self, m: ModelBuilder, name: str, shift: float) -> None:
        options = {"delay": self.delay, "priority": self.priority, "persistent": self.persistent}
        options = {key: value for key, value in options.items() if value != ""}
        options["values_from_trigger"] = self.early
        if self.kind == "scheduled":
            m.event(name, dict(self.assignments), at_time=list(self.numbers), **options)
        else:
            level = self.numbers[0] * (1 + shift)
            m.event(
                name, dict(self.assignments), when=f"X{self.place} {self.kind} {level!r}", **options
            )


@dataclass(frozen=True)
class Network:
    """A model in words; `shift` moves every threshold by this part of itself.

    Species are X0, X1, ...; `reactions` are pairs of equation and rate; `doses` are
    (species, day, amount, duration).
    """

    initial: tuple[float, ...]
    logs: tuple[bool, ...]
    volumes: tuple[float, ...]
    extinct: tuple[float, ...]
    reactions: tuple[tuple[str, str], ...]
    events: tuple[Happening, ...]
    doses: tuple[tuple[int, float, float, float], ...]
    knots: tuple[tuple[float, float], ...]
    linear: bool
    shift: float = field(default=0.0)

    @property
    def has_thresholds(self) -> bool:
        """Whether anything happens where a state crosses a threshold."""
        return any(item.kind != "scheduled" for item in self.events) or any(self.extinct)

    def shifted(self, part: float) -> Network:
        """Return the network with all thresholds moved."""
        return replace(self, shift=part)

    def model(self) -> Model:
        """Build the model."""
        m = ModelBuilder("network", dimensions="off")
        for i, start in enumerate(self.initial):
            if self.volumes[i]:
                m.compartment(f"V{i}", self.volumes[i], "L")
            m.species(
                f"X{i}",
                initial=start,
                unit="1",
                nominal=1.0,
                log_state=self.logs[i],
                compartment=f"V{i}" if self.volumes[i] else "",
                extinct_below=self.extinct[i] * (1 + self.shift) or None,
                non_negative=self.logs[i],
            )
        m.parameter("gain", 1.0, "1")
        m.input("u", "1", default=0.5, interpolation="linear" if self.linear else "constant")
        m.integral("area", "X0 * X1", "1")
        for place, (equation, rate) in enumerate(self.reactions):
            m.reaction(f"r{place}", equation, rate=f"gain * ({rate})", net=True)
        for i in range(len(self.initial)):
            m.dose(f"into{i}", "1", {f"X{i}": f"dose / V{i}" if self.volumes[i] else "dose"})
        for place, item in enumerate(self.events):
            item.add_to(m, f"e{place}", self.shift)
        return m.build()

    def cohort(self, model: Model) -> xr.Dataset:
        """Return the subject with its doses and input."""
        cohort = cohort_from_arrays(model, {})
        if self.doses:
            rows = [(f"into{i}", day, amount, time) for i, day, amount, time in self.doses]
            cohort = give(model, *rows, cohort=cohort)
        if self.knots:
            days, levels = zip(*self.knots, strict=True)
            cohort = knots(cohort, "u", days, levels)
        return cohort


rates = st.floats(0.05, 3.0).map(lambda x: float(f"{x:.3g}"))
amounts = st.floats(0.1, 5.0).map(lambda x: float(f"{x:.3g}"))
days = st.integers(0, 60).map(lambda n: n / 10)


@st.composite
def reactions(draw: st.DrawFn, logs: tuple[bool, ...]) -> tuple[tuple[str, str], ...]:
    """Draw reactions that stay bounded: every species is lost, and grows at most to a limit."""
    n = len(logs)
    species = st.integers(0, n - 1)
    found = [(f"X{i} ->", f"{draw(rates)} * X{i} * (1 + X{i} / 4)") for i in range(n)]
    plain = [i for i in range(n) if not logs[i]]
    for _ in range(draw(st.integers(1, n + 2))):
        kind = draw(
            st.sampled_from(["growth", "input", "mass action", "saturated", "hill", "jump"])
        )
        i, j, k = draw(species), draw(species), draw(rates)
        if kind == "growth":
            found.append((f"-> X{i}", f"{k} * X{i} / (1 + X{i} + X{j})"))
        elif not plain:
            continue
        else:
            to = draw(st.sampled_from(plain))
            law = {
                "input": f"{k} * u",
                "mass action": f"{k} * X{i} * X{j} / (1 + X{i}) ** 2",
                "saturated": f"{k} * X{i} / ({draw(rates)} + X{i})",
                "hill": f"{k} * hill(X{i}, {draw(rates)}, {draw(st.sampled_from([1, 1.7, 2, 4]))})",
                "jump": f"piecewise({k}, time < {draw(days) + 0.05}, 0)",
            }[kind]
            source = f"X{i} -> " if kind == "saturated" and i != to else "-> "
            found.append((f"{source}X{to}", law))
    return tuple(found)


@st.composite
def happenings_of(draw: st.DrawFn, n: int) -> Happening:
    """Draw an event of a network of n species."""
    kind = draw(st.sampled_from(["scheduled", "<", ">"]))
    choices = [("gain", "1.5 / gain"), *((f"X{i}", f"X{i} / 2 + 1") for i in range(n))]
    numbers = (draw(amounts),)
    if kind == "scheduled":
        numbers = tuple(sorted(draw(st.sets(days, min_size=1, max_size=3))))
    return Happening(
        kind,
        draw(st.integers(0, n - 1)),
        numbers,
        tuple(draw(st.lists(st.sampled_from(choices), max_size=2, unique=True))),
        draw(st.sampled_from(["", "", "0.37", "X0 / 3"])),
        draw(st.sampled_from(["", "1", "X1"])),
        draw(st.booleans()),
        draw(st.booleans()),
    )


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw a network."""
    n = draw(st.integers(2, 6))
    logs = tuple(draw(st.booleans()) and draw(st.booleans()) for _ in range(n))
    initial = tuple(draw(st.one_of(st.just(0.0), amounts, amounts)) for _ in range(n))
    volumes = tuple(draw(st.sampled_from([0.0, 0.0, 0.5, 3.0])) for _ in range(n))
    extinct = tuple(draw(st.sampled_from([0.0, 0.0, 0.0, 0.2])) for _ in range(n))
    events = tuple(draw(st.lists(happenings_of(n), max_size=3)))
    doses = [
        (i, draw(days), draw(amounts), 0.0 if logs[i] else draw(st.sampled_from([0.0, 0.0, 0.7])))
        for i in draw(st.lists(st.integers(0, n - 1), max_size=4))
    ]
    points = sorted(draw(st.sets(days, max_size=4)))
    levels = tuple((day, draw(st.floats(0.0, 2.0))) for day in points)
    return Network(
        initial,
        logs,
        volumes,
        extinct,
        draw(reactions(logs)),
        events,
        tuple(doses),
        levels,
        draw(st.booleans()),
    )
