"""Algebraic equations in the reference backend: solved anew wherever values are needed.

What a rule determines is found by Newton's method at every evaluation, so it never drifts. The
search begins at what the integrator, given the derivative that follows from the rule, expects, so
that it stays on its branch where a rule has several solutions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from livingdrug.core.status import Status
from livingdrug.model.expression.differentiate import differentiate
from livingdrug.model.expression.nodes import TIME
from livingdrug.solve.backends.reference_kernel import ReferenceKernel
from livingdrug.solve.backends.reference_switches import SubjectError
from livingdrug.system.blocks import Block
from livingdrug.system.printers.python import load_block

__all__ = ["AlgebraicPart"]

FloatArray = NDArray[np.float64]

_MOST = 50
_TIGHT = 1e-13  # relative: Newton's method doubles its digits, so the last step is far below it
_ROUNDED = 1e-9  # relative: where rounding of the rule keeps the steps from coming further down


class AlgebraicPart:
    """The states that rules determine.

    Parameters
    ----------
    kernel : ReferenceKernel

    Attributes
    ----------
    places : list of int
        Their positions among the states; empty for a model without such rules.
    active : bool
        Whether there are any.
    """

    def __init__(self, kernel: ReferenceKernel) -> None:
        self.kernel = kernel
        states = kernel.system.layout.states
        self.places = [k for k, slot in enumerate(states) if slot.algebraic]
        self.active = bool(self.places)
        self._others = [k for k, slot in enumerate(states) if not slot.algebraic]
        rules = [kernel.system.blocks["rhs"].outputs[k] for k in self.places]
        slopes = tuple(differentiate(rule, TIME) for rule in rules)
        labels = tuple(states[k].name for k in self.places)
        self._slopes = load_block(Block("slopes", labels, slopes), kernel.system.layout)

    def settle(
        self,
        t: float,
        y: list[float],
        p: Sequence[float],
        s: Sequence[bool],
        failure: Status = Status.NOT_FINITE,
    ) -> None:
        """Make a state consistent, in place.

        Parameters
        ----------
        t : float
        y : list of float
            What rules determine is where the search begins.
        p : sequence of float
        s : sequence of bool
        failure : Status, optional

        Raises
        ------
        SubjectError
            When there is no solution, or none is found.
        """
        if not self.places:
            return
        share = math.inf
        for _ in range(_MOST):
            rest = np.array(self.kernel.rhs(t, y, p, s), dtype=float)[self.places]
            matrix = self._matrix(t, y, p, s)[np.ix_(self.places, self.places)]
            try:
                step = np.linalg.solve(matrix, -rest)
            except np.linalg.LinAlgError:
                break
            for place, change in zip(self.places, step.tolist(), strict=True):
                y[place] += change
            if not np.all(np.isfinite(step)):
                break
            values = np.abs([y[place] for place in self.places])
            share = float(np.max(np.abs(step) / np.maximum(values, 1e-300)))
            if share <= _TIGHT:
                return
        if share <= _ROUNDED:
            return
        names = [self.kernel.system.layout.states[place].name for place in self.places]
        raise SubjectError(failure, f"no solution of the algebraic rules for {', '.join(names)}")

    def complete(
        self,
        rates: list[float],
        t: float,
        y: Sequence[float],
        p: Sequence[float],
        s: Sequence[bool],
    ) -> None:
        """Put the derivatives of what rules determine in place of what is left of the rules.

        Parameters
        ----------
        rates : list of float
            Of the differential states.
        t : float
        y, p : sequence of float
        s : sequence of bool
        """
        matrix, z, x = self._matrix(t, y, p, s), self.places, self._others
        moving = matrix[np.ix_(z, x)] @ np.array(rates, dtype=float)[x]
        moving += self._slopes(t, y, p, s)
        try:
            follow = np.linalg.solve(matrix[np.ix_(z, z)], -moving)
        except np.linalg.LinAlgError:
            follow = np.full(len(z), np.nan)
        for place, rate in zip(z, follow.tolist(), strict=True):
            rates[place] = rate

    def reduced(
        self, t: float, y: Sequence[float], p: Sequence[float], s: Sequence[bool]
    ) -> FloatArray:
        """Return the derivatives of the rates with respect to the differential states.

        Parameters
        ----------
        t : float
        y, p : sequence of float
        s : sequence of bool

        Returns
        -------
        ndarray, shape (n_states, n_states)
            What rules determine follows: ``J_xx - J_xz J_zz^-1 J_zx``. The rows of what they
            determine leave out second derivatives; the columns are zero.
        """
        matrix = self._matrix(t, y, p, s)
        z, x = self.places, self._others
        follow = np.linalg.solve(matrix[np.ix_(z, z)], matrix[np.ix_(z, x)])
        result = np.zeros_like(matrix)
        result[np.ix_(x, x)] = matrix[np.ix_(x, x)] - matrix[np.ix_(x, z)] @ follow
        result[np.ix_(z, x)] = -follow @ result[np.ix_(x, x)]
        return result

    def _matrix(
        self, t: float, y: Sequence[float], p: Sequence[float], s: Sequence[bool]
    ) -> FloatArray:
        values = self.kernel.jacobian(t, y, p, s)
        return np.array(values, dtype=float).reshape(len(y), len(y))
