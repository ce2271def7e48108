"""Ask the reference model what would happen: records in, people and their curves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from livingdrug.trial.course_plan import plan_course
from livingdrug.trial.run import VirtualTrial, run_trial

__all__ = ["course"]


def course(
    product: str,
    disease: str,
    *,
    dose: float | None = None,
    edits: Sequence[str] = (),
    lymphodepletion: str = "flu_cy",
    treatments: Sequence[str] = (),
    policy: str = "asco_2021",
    days: float = 365.0,
    values: Mapping[str, float] | None = None,
    subjects: int | None = None,
    seed: int = 1,
    threads: int = 1,
) -> VirtualTrial:
    """Simulate a product in a disease with the reference model, which is UNCALIBRATED.

    Parameters
    ----------
    product, disease, lymphodepletion, policy : str
        Names or files of records.
    dose : float, optional
        CAR cells; the usual dose of the product when not given.
    edits, treatments : sequence of str, optional
        Names or files of records.
    days : float, optional
        Last day, 28 to 3653.
    values : mapping from str to float, optional
        Parameters of the model, over all records.
    subjects : int, optional
        People drawn; one person at the population values when not given.
    seed : int, optional
        The same seed gives the same people, whatever they are given.
    threads : int, optional
        Results do not depend on it.

    Returns
    -------
    VirtualTrial
        Its ``people`` has one row for each person, its ``course`` the curves of the first 500:
        every six hours as long as the policy decides, then weekly.

    Raises
    ------
    UnknownNameError, DataError
        What is wrong with a record, or contradicts another.
    OptionError
        When a dose, a day or a number of people means nothing.

    Notes
    -----
    One person at the population values still has offsets of their own between severity and
    support, from `seed`: read curves from one person, and grades from many.

    Examples
    --------
    >>> import livingdrug as ld
    >>> made = ld.course("car_t_cd19_41bb", "b_all", days=28, policy="none")
    >>> cells = made.course["car_cells_blood"].isel(subject=0)
    >>> float(cells.idxmax("time"))
    12.25
    """
    plan = plan_course(
        product, disease, dose=dose, edits=edits, lymphodepletion=lymphodepletion,
        treatments=treatments, policy=policy, days=days, values=values,
    )  # fmt: skip
    return run_trial(
        plan,
        1 if subjects is None else subjects,
        seed=seed,
        threads=threads,
        typical=subjects is None,
    )
