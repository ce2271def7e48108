"""One event of the direct method as a straight-line program, for all lanes at once.

States are counts of entities here, so that nothing drifts: a rate law reads count times the
amount of one entity.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from livingdrug.model.expression.nodes import Node, multiply
from livingdrug.system.layout import Layout
from livingdrug.system.lower.flatten import Flattener, slot_names
from livingdrug.system.lower.jumps import Jump
from livingdrug.system.program import Program, Workspace
from livingdrug.system.system import System, TargetProgram

__all__ = [
    "EMPTIED",
    "FIRED",
    "GROUPS",
    "STOPPED",
    "UNSOUND",
    "CountFlattener",
    "event_program",
    "firing_programs",
    "plain_programs",
    "rates_program",
    "workspace",
]

GROUPS = ("t", "stop", "hit", "u", "n", "p", "s", "o", "v", "dose", "a")
"""Groups of slots; `n` holds counts, `hit` says what came of the event."""

FIRED, STOPPED, UNSOUND, EMPTIED = 0.0, 1.0, 2.0, 3.0
"""What comes of an event: the jump was made; a stop comes first; the propensities are no numbers
or negative; the jump was made and a population that cannot come back is gone."""

_LARGEST = 1.0 - 2.0**-52


class CountFlattener(Flattener):
    """Write expressions over amounts, reading counts.

    Parameters
    ----------
    layout : Layout
    entities : sequence of float
        Amount of one entity of each state.
    """

    def __init__(self, layout: Layout, entities: Sequence[float]) -> None:
        super().__init__(slot_names(layout))
        self._entities = entities

    def load(self, slot: str) -> str:
        """Load a slot; a state as its count times the amount of one entity."""
        if not slot.startswith("y["):
            return super().load(slot)
        place = int(slot[2:-1])
        count = self.load_count(place)
        if self._entities[place] == 1.0:
            return count
        return self.emit("mul", count, self.emit("constant", self._entities[place]))

    def load_count(self, place: int) -> str:
        """Load the count of a state.

        Parameters
        ----------
        place : int

        Returns
        -------
        str
        """
        return super().load(f"n[{place}]")


def event_program(
    layout: Layout, jumps: Sequence[Jump], entities: Sequence[float], absorbing: Collection[int]
) -> Program:
    """Return the program of one event.

    It waits ``-log(u[0]) / total``, chooses the first jump whose cumulative propensity exceeds
    ``u[1] * total``, and makes it unless the lane's stop comes first.

    Parameters
    ----------
    layout : Layout
    jumps : sequence of Jump
    entities : sequence of float
    absorbing : collection of int
        States that no jump brings back from zero.

    Returns
    -------
    Program

    References
    ----------
    .. [1] Gillespie DT. J Phys Chem 1977;81:2340-2361. doi:10.1021/j100540a008
    """
    flat = CountFlattener(layout, entities)
    zero, one = flat.emit("constant", 0.0), flat.emit("constant", 1.0)
    sums: list[str] = []
    least = zero
    for jump in jumps:
        own = flat.number(jump.propensity)
        least = flat.emit("min", least, own)
        sums.append(own if not sums else flat.emit("add", sums[-1], own))
    total = sums[-1]
    now = flat.load("t")
    wait = flat.emit("div", flat.emit("neg", flat.emit("log", flat.load("u[0]"))), total)
    following = flat.emit("add", now, wait)
    fires = flat.emit("lt", following, flat.load("stop"))
    # strictly below the total, so that the chosen jump is one that can happen
    aim = flat.emit("mul", flat.load("u[1]"), total)
    aim = flat.emit("min", aim, flat.emit("mul", total, flat.emit("constant", _LARGEST)))
    beyond = [flat.emit("number", flat.emit("gt", part, aim)) for part in sums[:-1]]
    makes, gone = flat.emit("number", fires), zero
    stores = [("t", flat.emit("select", fires, following, now))]
    for place in range(len(layout.states)):
        gains = [float(dict(jump.changes).get(place, 0)) for jump in jumps]
        if not any(gains):
            continue
        gain = flat.emit("constant", gains[-1])
        for which, here, after in zip(beyond, gains, gains[1:], strict=False):
            if here != after:
                gain = flat.emit("fma", which, flat.emit("constant", here - after), gain)
        count = flat.emit("fma", makes, gain, flat.load_count(place))
        stores.append((f"n[{place}]", count))
        if place in absorbing:
            lost = flat.emit("and", flat.emit("lt", gain, zero), flat.emit("le", count, zero))
            gone = flat.emit("select", lost, one, gone)
    emptied = flat.emit("mul", gone, flat.emit("constant", EMPTIED))
    sound = flat.emit("and", flat.emit("ge", least, zero), flat.emit("ge", total, zero))
    what = flat.emit("select", fires, emptied, flat.emit("constant", STOPPED))
    stores.append(("hit", flat.emit("select", sound, what, flat.emit("constant", UNSOUND))))
    return Program("event", tuple(flat.instructions), tuple(stores)).without_dead()


def firing_programs(
    layout: Layout, jumps: Sequence[Jump], entities: Sequence[float]
) -> tuple[list[Program], list[list[int]]]:
    """Return the program of each jump: it is made, and the propensities that see it are renewed.

    Parameters
    ----------
    layout : Layout
    jumps : sequence of Jump
    entities : sequence of float

    Returns
    -------
    list of Program
        ``fire0``, ``fire1``, ...
    list of list of int
        The dependency graph: jumps whose propensity reads what each jump changes, increasing.

    References
    ----------
    .. [1] Gibson MA, Bruck J. J Phys Chem A 2000;104:1876-1889. doi:10.1021/jp993732q
    """
    readers: dict[int, set[int]] = {}
    for place, jump in enumerate(jumps):
        for state in jump.reads:
            readers.setdefault(state, set()).add(place)
    programs, graph = [], []
    for place, jump in enumerate(jumps):
        flat = _Changed(layout, entities, dict(jump.changes))
        seen = sorted(set().union(*(readers.get(state, ()) for state, _ in jump.changes)))
        stores = [(f"n[{state}]", flat.load_count(state)) for state, _ in jump.changes]
        stores += [(f"a[{other}]", flat.number(jumps[other].propensity)) for other in seen]
        program = Program(f"fire{place}", tuple(flat.instructions), tuple(stores))
        programs.append(program.without_dead())
        graph.append(seen)
    return programs, graph


class _Changed(CountFlattener):
    """Write expressions over the counts after a jump."""

    def __init__(
        self, layout: Layout, entities: Sequence[float], changes: Mapping[int, int]
    ) -> None:
        super().__init__(layout, entities)
        self._after = {
            place: self.emit(
                "add", super(_Changed, self).load_count(place), self.emit("constant", float(gain))
            )
            for place, gain in changes.items()
        }

    def load_count(self, place: int) -> str:
        return self._after[place] if place in self._after else super().load_count(place)


def plain_programs(system: System, entities: Sequence[float]) -> list[Program]:
    """Return the programs of the outputs and of each dose.

    Parameters
    ----------
    system : System
    entities : sequence of float

    Returns
    -------
    list of Program
        ``outputs`` fills `o`; ``dose0``, ``dose1``, ... fill `v` with what the dose in the slot
        ``dose`` writes to each target, states in their unit.
    """
    programs = [_stores(system, "outputs", "o", system.blocks["outputs"].outputs, entities)]
    for place, targets in enumerate(system.doses.values()):
        programs.append(_stores(system, f"dose{place}", "v", _amounts(targets), entities))
    return programs


def _amounts(targets: Sequence[TargetProgram]) -> list[Node]:
    return [multiply(item.value, item.scale) if item.has_size else item.value for item in targets]


def _stores(
    system: System, name: str, group: str, nodes: Sequence[Node], entities: Sequence[float]
) -> Program:
    flat = CountFlattener(system.layout, entities)
    stores = tuple((f"{group}[{k}]", flat.number(node)) for k, node in enumerate(nodes))
    return Program(name, tuple(flat.instructions), stores).without_dead()


def rates_program(layout: Layout, jumps: Sequence[Jump], entities: Sequence[float]) -> Program:
    """Return the program that fills `a` with the propensities.

    Parameters
    ----------
    layout : Layout
    jumps : sequence of Jump
    entities : sequence of float

    Returns
    -------
    Program
    """
    flat = CountFlattener(layout, entities)
    stores = tuple((f"a[{k}]", flat.number(jump.propensity)) for k, jump in enumerate(jumps))
    return Program("rates", tuple(flat.instructions), stores).without_dead()


def workspace(system: System, n_jumps: int) -> Workspace:
    """Lay out the slots.

    Parameters
    ----------
    system : System
    n_jumps : int

    Returns
    -------
    Workspace
    """
    sizes = {
        "u": 2,
        "a": n_jumps,
        "n": system.n_states,
        "p": len(system.layout.constants),
        "s": len(system.switches),
        "o": len(system.outputs),
        "v": max((len(targets) for targets in system.doses.values()), default=0),
    }
    return Workspace.of([(name, max(sizes.get(name, 1), 1)) for name in GROUPS])
