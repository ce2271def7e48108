"""The linear system of an implicit step as straight-line programs.

The matrix is ``W = w M - J``: ``w = 1 / (h gamma)``, a diagonal `M` of ones (zeros for algebraic
equations) and the derivatives `J` of the rates with respect to what the integrator works on. Its
factors are computed in an order fixed beforehand (`livingdrug.system.lower.ordering`), without
exchanging rows, so that every subject runs the same instructions. What partial pivoting would
have guarded against is measured instead: see `lower_matrix`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from livingdrug.core.errors import Issue, OptionError, raise_issues
from livingdrug.model.expression.nodes import (
    ONE,
    ZERO,
    Kind,
    Node,
    add,
    multiply,
    negate,
    number,
    piecewise,
    power,
    relation,
    symbol,
)
from livingdrug.model.expression.walk import free_symbols
from livingdrug.system.lower.flatten import Flattener, is_truth, slot_names
from livingdrug.system.lower.ordering import Ordering, order
from livingdrug.system.program import Program
from livingdrug.system.system import System

__all__ = ["LinearPrograms", "lower_linear", "lower_matrix"]


@dataclass(frozen=True, slots=True)
class LinearPrograms:
    """How to factorise the matrix of a step and how to solve with it.

    Attributes
    ----------
    jaclu : Program
        Loads ``w`` and what the derivatives need; stores ``lu`` and ``guard``.
    solve : Program
        Loads ``lu`` and ``b``; stores the solution to ``b``, both in the order of the states.
    n_entries : int
        Length of the group ``lu``.
    positions : dict from (int, int) to int
        Equation and unknown to the place in ``lu``, for every entry of the factors: multipliers
        where the equation is eliminated after the unknown's pivot, the entry of U over the pivot
        of its row otherwise, and for a pivot its reciprocal.
    ordering : Ordering
    """

    jaclu: Program
    solve: Program
    n_entries: int
    positions: Mapping[tuple[int, int], int] = field(hash=False)
    ordering: Ordering


def lower_linear(system: System, mass: Sequence[float] | None = None) -> LinearPrograms:
    """Write the linear system of an implicit step of a model.

    Parameters
    ----------
    system : System
    mass : sequence of float, optional
        1 for a differential, 0 for an algebraic equation, for each state; all 1 when not given.

    Returns
    -------
    LinearPrograms

    Raises
    ------
    OptionError
        For a `mass` of another length or with other numbers.
    CapabilityError
        When the algebraic equations cannot determine their variables; it names them.

    See Also
    --------
    lower_matrix : what is stored and what the guards are.
    """
    states, n = system.layout.states, system.n_states
    entries = system.blocks["jacobian"].outputs
    return lower_matrix(
        [entries[row * n : (row + 1) * n] for row in range(n)],
        slot_names(system.layout),
        mass=mass,
        logarithms={k: symbol(slot.symbol) for k, slot in enumerate(states) if slot.log_state},
        names=[slot.name for slot in states],
    )


def lower_matrix(
    jacobian: Sequence[Sequence[Node]],
    slots: Mapping[str, str],
    *,
    mass: Sequence[float] | None = None,
    logarithms: Mapping[int, Node] | None = None,
    names: Sequence[str] = (),
) -> LinearPrograms:
    """Write the linear system of an implicit step with a given matrix of derivatives.

    Parameters
    ----------
    jacobian : sequence of sequence of Node, shape (n, n)
        Derivative of rate i with respect to state j; structural zeros are the node `ZERO`.
    slots : mapping from str to str
        Slot of each symbol.
    mass : sequence of float, optional
        1 or 0 for each state; all 1 when not given.
    logarithms : mapping from int to Node, optional
        The states that are integrated as their logarithm, each with the symbol of its value: its
        column is multiplied by the value.
    names : sequence of str, optional
        States, for messages.

    Returns
    -------
    LinearPrograms

    Raises
    ------
    OptionError
        For a `mass` of another length or with other numbers.
    CapabilityError
        When the matrix is singular whatever the values are.

    Notes
    -----
    ``lu`` holds the multipliers of L (its diagonal is 1), the entries of U over the pivot of their
    row, and the reciprocal of each pivot, so that `solve` does not divide, and no step of its
    substitutions waits for more than a product and a sum.

    ``guard[0]`` is the smallest of ``|pivot| / (w m + |J| + sum |l u|)``: the share that is left of
    the terms that a pivot is the sum of. ``-log10`` of it is the number of digits lost by
    cancellation; 0 (or NaN, when all terms are 0) is a singular matrix.

    ``guard[1]`` is the largest of ``|pivot| / (w m + |J|)``: how far elimination has enlarged an
    entry that becomes a pivot. It is the multiplier around a circle of unknowns, and ``log10`` of
    it is the number of digits lost in back substitution; exchanging rows would keep it small.

    The rounding of a solution is about ``guard[1] / guard[0]`` times that of its inputs. A single
    multiplier, or a pivot relative to its row, would depend on the units of the states (cells and
    ng/mL differ by 1e12); both guards stay the same when states are measured in other units.
    Compare them so that NaN refuses: ``guard[0] >= smallest and guard[1] <= largest``.
    """
    n = len(jacobian)
    mass = (1.0,) * n if mass is None else tuple(mass)
    _check_mass(mass, n)
    logarithms = logarithms or {}
    matrix = {
        (i, j): _Derivative.of(_frozen(node, logarithms.get(i)), logarithms.get(j))
        for i, row in enumerate(jacobian)
        for j, node in enumerate(row)
        if node != ZERO
    }
    pattern: list[set[int]] = [{i} if mass[i] else set() for i in range(n)]
    for i, j in matrix:
        pattern[i].add(j)
    ordering = order(pattern, names)
    positions = {entry: place for place, entry in enumerate(ordering.entries())}
    return LinearPrograms(
        _factorise(matrix, mass, Flattener(slots), ordering),
        _solve(ordering, positions),
        ordering.n_entries,
        positions,
        ordering,
    )


def _frozen(node: Node, own: Node | None) -> Node:
    """Return an entry in the row of a log state, which stands still where the state is 0."""
    if own is None:
        return node
    return piecewise(ZERO, relation("==", own, ZERO), node)


def _check_mass(mass: Sequence[float], n: int) -> None:
    issues = []
    if len(mass) != n:
        issues.append(Issue("error", "mass", f"{len(mass)} numbers for {n} states"))
    issues += [
        Issue("error", f"mass of state {k}", f"{value!r}", "0 and 1 are allowed")
        for k, value in enumerate(mass)
        if value not in (0.0, 1.0)
    ]
    raise_issues(issues, OptionError)


# -- entries ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Derivative:
    """An entry of J, written with the sign that costs less."""

    node: Node
    negated: bool

    @classmethod
    def of(cls, node: Node, factor: Node | None) -> _Derivative:
        if is_truth(node):
            node = piecewise(ONE, node, ZERO)
        opposite = _opposite(node)
        node = node if opposite is None else opposite
        if factor is None:
            return cls(node, opposite is not None)
        product = _times(node, factor)
        if factor.name in free_symbols([product]):
            # at 0 the derivative may be infinite (sqrt), its product with 0 not a number
            product = piecewise(ZERO, relation("==", factor, ZERO), product)
        return cls(product, opposite is not None)


def _opposite(node: Node) -> Node | None:
    """Return ``-node`` where that saves an operation or costs none, else None."""
    if node.is_number():
        return number(-node.value, node.name)
    if _is_negative(node):
        return multiply(*node.args[1:])
    if node.kind is Kind.ADD and any(map(_is_negative, node.args)):
        # what becomes positive goes first: a sum that starts with a minus costs one more
        return add(*(negate(term) for term in sorted(node.args, key=lambda t: not _is_negative(t))))
    return None


def _is_negative(node: Node) -> bool:
    return node.kind is Kind.MULTIPLY and node.args[0].is_number(-1.0)


def _times(node: Node, base: Node) -> Node:
    """Return ``node * base`` with powers of `base` joined, so that it is finite at base 0."""
    if node.kind is Kind.ADD and any(_power_in(term, base) for term in node.args):
        return add(*(_times(term, base) for term in node.args))
    found = _power_in(node, base)
    if found is None:
        return multiply(node, base)
    joined = power(base, add(found.args[1], ONE))
    factors = node.args if node.kind is Kind.MULTIPLY else (node,)
    place = factors.index(found)
    return multiply(*factors[:place], joined, *factors[place + 1 :])


def _power_in(node: Node, base: Node) -> Node | None:
    factors = node.args if node.kind is Kind.MULTIPLY else (node,)
    powers = (f for f in factors if f.kind is Kind.POWER and f.args[0] == base)
    return next(powers, None)


# -- programs ---------------------------------------------------------------------------------


class _Guards:
    """Collect what the guards are the extremes of."""

    def __init__(self, flat: Flattener) -> None:
        self.flat = flat
        self.losses: list[str] = []
        self.shares: list[str] = []

    def add(self, entry: str | None, changes: Sequence[str], reciprocal: str) -> None:
        """Take in a pivot.

        Parameters
        ----------
        entry : str or None
            ``w m + |J|``; None for ``w`` alone.
        changes : sequence of str
            The products that elimination has subtracted.
        reciprocal : str
            Of the pivot.
        """
        emit = self.flat.emit
        if entry is None and not changes:
            return  # nothing can cancel
        entry = entry or self.flat.load("w")
        size, total = emit("abs", reciprocal), entry
        if changes:
            # by multiplication: one division at the end instead of one for each pivot
            self.shares.append(emit("mul", entry, size))
            for change in changes:
                total = emit("add", total, emit("abs", change))
        self.losses.append(emit("mul", total, size))

    def stores(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Return what to store."""
        left = self._reciprocal("max", self.losses)
        return ("guard[0]", left), ("guard[1]", self._reciprocal("min", self.shares))

    def _reciprocal(self, op: str, values: Sequence[str]) -> str:
        one = self.flat.emit("constant", 1.0)
        if not values:
            return one
        extreme = values[0]
        for value in values[1:]:
            extreme = self.flat.emit(op, extreme, value)
        return self.flat.emit("div", one, extreme)


def _factorise(
    matrix: Mapping[tuple[int, int], _Derivative],
    mass: Sequence[float],
    flat: Flattener,
    ordering: Ordering,
) -> Program:
    """Write the factorisation row by row, so that few entries are in use at a time."""
    emit = flat.emit
    guards = _Guards(flat)
    reciprocals: list[str] = []
    uppers: list[dict[int, str]] = []
    stored: list[str] = []
    for k, equation in enumerate(ordering.rows):
        lower, upper = ordering.lower[k], ordering.upper[k]
        row: dict[int, str] = {}
        size: str | None = None
        for place in (*lower, *upper, k):
            unknown = ordering.columns[place]
            derivative = matrix.get((equation, unknown))
            on_diagonal = equation == unknown and mass[equation] == 1.0
            if derivative is not None or on_diagonal:
                row[place], size = _entry(flat, derivative, on_diagonal=on_diagonal)
        changes = []
        for earlier in lower:
            row[earlier] = emit("mul", row[earlier], reciprocals[earlier])
            for place, factor in uppers[earlier].items():
                product = emit("mul", row[earlier], factor)
                if place == k:
                    changes.append(product)
                old = row.get(place)
                row[place] = emit("neg", product) if old is None else emit("sub", old, product)
        reciprocals.append(emit("div", emit("constant", 1.0), row[k]))
        uppers.append({place: row[place] for place in upper})
        guards.add(size, changes, reciprocals[k])  # the size of the pivot's entry, the last
        stored += [row[place] for place in lower]
        stored.append(reciprocals[k])
        stored += [emit("mul", value, reciprocals[k]) for value in uppers[k].values()]
    stores = [(f"lu[{place}]", value) for place, value in enumerate(stored)]
    stores += guards.stores()
    return Program("jaclu", tuple(flat.instructions), tuple(stores)).without_dead()


def _entry(
    flat: Flattener, derivative: _Derivative | None, *, on_diagonal: bool
) -> tuple[str, str | None]:
    """Return an entry of W and its size ``w m + |J|``, which is None for ``w`` alone."""
    if derivative is None:
        return flat.load("w"), None
    value = flat.value(derivative.node)
    size = flat.emit("abs", value)
    if not on_diagonal:
        return value if derivative.negated else flat.emit("neg", value), size
    w = flat.load("w")
    return flat.emit("add" if derivative.negated else "sub", w, value), flat.emit("add", w, size)


def _solve(ordering: Ordering, positions: Mapping[tuple[int, int], int]) -> Program:
    """Write forward and back substitution."""
    flat = Flattener({})

    def factor(k: int, place: int) -> str:
        return flat.load(f"lu[{positions[ordering.rows[k], ordering.columns[place]]}]")

    def reduced(value: str, k: int, places: Sequence[int]) -> str:
        for place in places:
            value = flat.emit("sub", value, flat.emit("mul", factor(k, place), solution[place]))
        return value

    solution: dict[int, str] = {}
    for k, equation in enumerate(ordering.rows):
        solution[k] = reduced(flat.load(f"b[{equation}]"), k, ordering.lower[k])
    for k in reversed(range(ordering.n)):
        value = flat.emit("mul", solution[k], factor(k, k))
        # what is known last goes last
        solution[k] = reduced(value, k, ordering.upper[k][::-1])
    unknowns = sorted((unknown, k) for k, unknown in enumerate(ordering.columns))
    stores = tuple((f"b[{unknown}]", solution[k]) for unknown, k in unknowns)
    return Program("solve", tuple(flat.instructions), stores)
