"""The reference backend: SciPy integrators and plain Python, one subject after the other.

It is slow on purpose: it defines what is right, and faster engines are compared with it.
"""

from __future__ import annotations

import warnings
from typing import cast

import numpy as np

from livingdrug.solve.backends.base import Plan, Progress, SubjectResult, SubjectTask
from livingdrug.solve.backends.reference_kernel import ReferenceKernel
from livingdrug.solve.backends.reference_subject import SubjectRun
from livingdrug.system.system import System

__all__ = ["ReferenceBackend"]


class ReferenceBackend:
    """SciPy and plain Python, one subject after the other."""

    name = "reference"

    def prepare(self, system: System, plan: Plan) -> object:
        """Load the blocks of a system as Python functions.

        Parameters
        ----------
        system : System
        plan : Plan

        Returns
        -------
        ReferenceKernel
        """
        return ReferenceKernel(system, plan)

    def run(
        self, kernel: object, tasks: list[SubjectTask], progress: Progress | None = None
    ) -> list[SubjectResult]:
        """Run every subject.

        Parameters
        ----------
        kernel : ReferenceKernel
        tasks : list of SubjectTask
        progress : callable, optional

        Returns
        -------
        list of SubjectResult
            In the order of the tasks.
        """
        reference = cast("ReferenceKernel", kernel)
        results = []
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # what integrators say about a failing subject becomes its status
            warnings.simplefilter("ignore")
            for task in tasks:
                results.append(SubjectRun(reference, task).run())
                if progress is not None:
                    progress(1)
        return results
