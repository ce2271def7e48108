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
class Network:
    """A model in words; `shift` moves every threshold by this part of itself.

    Species are X0, X1, ...; `reactions` are pairs of equation and rate; `event` is
    ``(kind, place, threshold or days, assignments)``; `doses` are (species, day, amount, duration).
    """

    initial: tuple[float, ...]
    logs: tuple[bool, ...]
    volumes: tuple[float, ...]
    extinct: tuple[float, ...]
    reactions: tuple[tuple[str, str], ...]
    event: tuple[str, int, tuple[float, ...], tuple[tuple[str, str], ...]] | None
    doses: tuple[tuple[int, float, float, float], ...]
    knots: tuple[tuple[float, float], ...]
    linear: bool
    shift: float = field(default=0.0)

    @property
    def has_thresholds(self) -> bool:
        """Whether anything happens where a state crosses a threshold."""
        triggered = self.event is not None and self.event[0] != "scheduled"
        return triggered or any(self.extinct)

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
        if self.event:
            kind, place, numbers, assignments = self.event
            if kind == "scheduled":
                m.event("e", dict(assignments), at_time=list(numbers))
            else:
                level = numbers[0] * (1 + self.shift)
                m.event("e", dict(assignments), when=f"X{place} {kind} {level!r}")
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
def networks(draw: st.DrawFn) -> Network:
    """Draw a network."""
    n = draw(st.integers(2, 6))
    logs = tuple(draw(st.booleans()) and draw(st.booleans()) for _ in range(n))
    initial = tuple(draw(st.one_of(st.just(0.0), amounts, amounts)) for _ in range(n))
    volumes = tuple(draw(st.sampled_from([0.0, 0.0, 0.5, 3.0])) for _ in range(n))
    extinct = tuple(draw(st.sampled_from([0.0, 0.0, 0.0, 0.2])) for _ in range(n))
    event = None
    if draw(st.booleans()):
        kind = draw(st.sampled_from(["scheduled", "<", ">"]))
        place = draw(st.integers(0, n - 1))
        choices = [("gain", "1.5 / gain")]
        choices += [(f"X{i}", f"X{i} / 2 + 1") for i in range(n) if not volumes[i]]
        assignments = draw(st.lists(st.sampled_from(choices), max_size=2, unique=True))
        if kind == "scheduled":
            numbers = tuple(sorted(draw(st.sets(days, min_size=1, max_size=3))))
        else:
            numbers = (draw(amounts),)
        event = (kind, place, numbers, tuple(assignments))
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
        event,
        tuple(doses),
        levels,
        draw(st.booleans()),
    )
