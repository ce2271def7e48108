"""Fast reactions in the reference backend: in equilibrium wherever values are needed.

At a start, and after an event or dose, the fast reactions are followed in a time of their own
until they stand still, so that of several equilibria the one is found to which they lead. From
there on the equilibrium moves with everything else, and Newton's method keeps up with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.integrate
import scipy.linalg
from numpy.typing import NDArray

from livingdrug.core.status import Status
from livingdrug.solve.backends.reference_kernel import ReferenceKernel
from livingdrug.solve.backends.reference_switches import SubjectError

__all__ = ["FastPart"]

FloatArray = NDArray[np.float64]

_NEAR = 1e-3  # of what can react: further away, Newton's method may reach another equilibrium
_MOST = 60  # a rate that vanishes quadratically halves the distance at each step of Newton
_TIGHT = 1e-13  # of what can react
_ROUNDED = 1e-9  # where rounding of the rates keeps the steps from coming further down
_RANK = 1e-12
_CANCELLED = 1e-14
_MOST_STEPS = 5000  # of the integration in the time of the fast reactions
_PATH_RTOL = 1e-6  # it only has to end near the right equilibrium
_LEAVING = 1e-9  # part of the largest slope that a positive eigenvalue may have by rounding
_FOR_EVER = 1e300


class FastPart:
    """The fast reactions of a system.

    Parameters
    ----------
    kernel : ReferenceKernel
    """

    active = True

    def __init__(self, kernel: ReferenceKernel) -> None:
        self.kernel = kernel
        self._rates, self._slopes = kernel.fast["fast rates"], kernel.fast["fast slopes"]
        self._drift, self._changes = kernel.fast["fast drift"], kernel.fast["fast changes"]
        self._names = kernel.system.blocks["fast rates"].labels
        self._known: tuple[FloatArray, FloatArray, FloatArray] | None = None

    # -- the equilibrium ----------------------------------------------------------------------

    def settle(
        self,
        t: float,
        y: list[float],
        p: Sequence[float],
        s: Sequence[bool],
        failure: Status = Status.NOT_FINITE,
    ) -> None:
        """Bring a state into equilibrium, in place.

        Parameters
        ----------
        t : float
        y : list of float
        p : sequence of float
        s : sequence of bool
        failure : Status, optional

        Raises
        ------
        SubjectError
            When the fast reactions reach no equilibrium, or one that they would leave again.
        """
        here = _Fast(self, t, y, p, s)
        if not here.rank:
            return
        start = np.array(y, dtype=float)
        found = here.polished(start)
        if found is None:
            found = here.relaxed(start)
        if found is None:
            names = ", ".join(self._names)
            raise SubjectError(failure, f"no stable equilibrium of the fast reactions {names}")
        y[:] = found.tolist()

    def complete(
        self,
        rates: list[float],
        t: float,
        y: Sequence[float],
        p: Sequence[float],
        s: Sequence[bool],
    ) -> None:
        """Add to the rates of all else what keeps the fast reactions in equilibrium.

        Parameters
        ----------
        rates : list of float
        t : float
        y, p : sequence of float
        s : sequence of bool
        """
        here = _Fast(self, t, y, p, s)
        if not here.rank:
            return
        slow, state = np.array(rates, dtype=float), np.array(y, dtype=float)
        drift = np.array(self._drift(t, y, p, s), dtype=float)
        moving = here.net @ (here.slopes(state) @ slow + drift)
        extents = _solve(here.matrix(state), -moving)
        rates[:] = (slow + here.basis @ extents).tolist()

    def reduced(
        self, t: float, y: Sequence[float], p: Sequence[float], s: Sequence[bool]
    ) -> FloatArray:
        """Return the derivatives of the rates along the equilibrium.

        Parameters
        ----------
        t : float
        y, p : sequence of float
        s : sequence of bool

        Returns
        -------
        ndarray, shape (n_states, n_states)
            ``P J P``, with ``P`` the projection along the fast reactions; second derivatives of
            their rates are left out.
        """
        matrix = np.array(self.kernel.jacobian(t, y, p, s), dtype=float).reshape(len(y), len(y))
        here = _Fast(self, t, y, p, s)
        if not here.rank:
            return matrix
        state = np.array(y, dtype=float)
        slopes = here.net @ here.slopes(state)
        along = np.eye(len(y)) - here.basis @ _solve(here.matrix(state), slopes)
        result: FloatArray = along @ matrix @ along
        return result

    def directions(self, changes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return independent fast reactions, and how all of them add up to these.

        Parameters
        ----------
        changes : ndarray, shape (n_states, n_fast)

        Returns
        -------
        basis : ndarray, shape (n_states, rank)
            Columns of `changes`.
        net : ndarray, shape (rank, n_fast)
            ``changes = basis @ net``.
        """
        if self._known is None or not np.array_equal(self._known[0], changes):
            upper, order, rank = _independent(changes)
            net = np.zeros((rank, changes.shape[1]))
            if rank:
                net[:, order] = scipy.linalg.solve_triangular(upper[:rank, :rank], upper[:rank])
                net[np.abs(net) < _RANK * np.abs(net).max()] = 0.0
            self._known = changes, changes[:, order[:rank]], net
        return self._known[1], self._known[2]


class _Fast:
    """The fast reactions of one subject at one time, while nothing else moves."""

    def __init__(
        self,
        part: FastPart,
        t: float,
        y: Sequence[float],
        p: Sequence[float],
        s: Sequence[bool],
    ) -> None:
        self.part, self.t, self.p, self.s = part, t, p, s
        n = len(y)
        changes = np.array(part._changes(t, y, p, s), dtype=float).reshape(n, -1)
        if not np.all(np.isfinite(changes)):
            raise SubjectError(Status.NOT_FINITE, "stoichiometry of the fast reactions")
        self.basis, self.net = part.directions(changes)
        self.rank = self.net.shape[0]
        reach = _reach(np.abs(np.array(y, dtype=float)), np.abs(changes))
        self.scale = np.maximum(reach, part.kernel.plan.atol)

    def rates(self, y: FloatArray) -> FloatArray:
        """Return how fast each independent reaction goes on."""
        values = self.part._rates(self.t, y.tolist(), self.p, self.s)
        result: FloatArray = self.net @ np.array(values, dtype=float)
        return result

    def slopes(self, y: FloatArray) -> FloatArray:
        """Return the derivatives of all rates with respect to the states."""
        values = self.part._slopes(self.t, y.tolist(), self.p, self.s)
        return np.array(values, dtype=float).reshape(-1, y.size)

    def matrix(self, y: FloatArray) -> FloatArray:
        """Return the derivatives of `rates` with respect to the independent extents."""
        slopes = self.slopes(y)
        result: FloatArray = self.net @ slopes @ self.basis
        # what cancels is nothing, however slow the other rates are
        rounding = _CANCELLED * (np.abs(self.net) @ np.abs(slopes) @ np.abs(self.basis))
        result[np.abs(result) < rounding] = 0.0
        return result

    def polished(self, start: FloatArray) -> FloatArray | None:
        """Return the stable equilibrium beside a state; None where there is none so near."""
        y, size = start.copy(), np.inf
        for count in range(_MOST):
            rest, matrix = self.rates(y), self.matrix(y)
            if not (np.all(np.isfinite(rest)) and np.all(np.isfinite(matrix))):
                return None
            extents = _solve(matrix, -rest)
            if np.any(np.abs(matrix @ extents + rest) > _ROUNDED * np.max(np.abs(rest))):
                return None  # rates that do not depend on what they change
            step, before = self.basis @ extents, size
            size = float(np.max(np.abs(step) / self.scale))
            if count == 0 and size > _NEAR:
                return None
            y += step
            if size <= _TIGHT or (size <= _ROUNDED and size > 0.5 * before):
                return None if _leaves(self.matrix(y)) else y
        return None

    def relaxed(self, start: FloatArray) -> FloatArray | None:
        """Follow the fast reactions from a state until they stand still; None if they never do."""

        def forward(_: float, extents: FloatArray) -> FloatArray:
            return self.rates(start + self.basis @ extents)

        def slopes(_: float, extents: FloatArray) -> FloatArray:
            return self.matrix(start + self.basis @ extents)

        smallest = _PATH_RTOL * _NEAR * _extents(self.scale, np.abs(self.basis))
        try:
            path = scipy.integrate.Radau(
                forward,
                0.0,
                np.zeros(self.rank),
                _FOR_EVER,
                rtol=_PATH_RTOL,
                atol=smallest,  # type: ignore[arg-type]  # its stubs know no arrays
                jac=slopes,
            )
            for _ in range(_MOST_STEPS):
                path.step()
                if path.status != "running" or not np.all(np.isfinite(path.y)):
                    return None
                found = self.polished(start + self.basis @ path.y)
                if found is not None:
                    return found
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            return None
        return None


def _reach(amounts: FloatArray, changes: FloatArray) -> FloatArray:
    """Return how much of each state the fast reactions could make of what is there."""
    reach = amounts
    for _ in range(changes.shape[1]):  # one reaction makes what the next one takes
        further = np.maximum(reach, (changes * _extents(reach, changes)).max(axis=1))
        if np.array_equal(further, reach):
            break
        reach = further
    return reach


def _extents(amounts: FloatArray, changes: FloatArray) -> FloatArray:
    """Return by how much each reaction could go on, by what it changes most of."""
    with np.errstate(divide="ignore", invalid="ignore"):
        extents: FloatArray = np.where(changes > 0.0, amounts[:, None] / changes, 0.0)
    return np.asarray(extents.max(axis=0))


def _solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve ``matrix @ x = right`` with an ``x`` that the reactions can reach.

    A rate may vanish altogether, so the matrix may be singular. Extents only ever grow by rates,
    so what they reach is the range of the matrix (its group inverse, not its pseudo-inverse).
    """
    heights = np.max(np.abs(matrix), axis=1)
    heights[heights == 0.0] = 1.0  # rates may differ by many orders of magnitude
    rows = matrix / heights[:, None]
    right = right / (heights if right.ndim == 1 else heights[:, None])
    _, order, rank = _independent(rows)
    if rank == len(rows):
        found: FloatArray = scipy.linalg.solve(rows, right)
        return found
    columns = matrix[:, order[:rank]]
    columns = columns / np.max(np.abs(columns), axis=0, initial=1e-300)
    found = columns @ np.linalg.lstsq(rows @ columns, right, rcond=_RANK)[0]
    return found


def _independent(matrix: FloatArray) -> tuple[FloatArray, NDArray[np.int64], int]:
    """Return the upper triangle of a matrix, its columns in their order there, and its rank."""
    found = scipy.linalg.qr(matrix, mode="economic", pivoting=True)
    upper, order = np.asarray(found[1], dtype=float), np.asarray(found[2], dtype=np.int64)
    sizes = np.abs(np.diag(upper))
    rank = int(np.sum(sizes > _RANK * sizes[0])) if sizes.size and sizes[0] > 0.0 else 0
    return upper, order, rank


def _leaves(matrix: FloatArray) -> bool:
    """Tell whether a small distance from an equilibrium grows."""
    return bool(
        np.max(np.linalg.eigvals(matrix).real) > _LEAVING * np.max(np.abs(matrix), initial=0.0)
    )
