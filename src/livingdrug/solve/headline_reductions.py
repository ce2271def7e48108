"""The reductions that a first look at many subjects needs, found by the shared vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

from livingdrug.core.errors import OptionError
from livingdrug.model.model import Model
from livingdrug.model.terms import TERMS
from livingdrug.solve.reductions import Reduction
from livingdrug.system.compile import compile_model
from livingdrug.system.system import OutputSlot, System

__all__ = ["headline_reductions"]

_INFUSION_PEAK = 2.0  # day up to which values count as infusion peak, as in `KineticsRules`
_AUC_END = 28.0  # day
_CYTOKINES = ("interleukin", "interferon")


def headline_reductions(
    model: Model | System, end: float, *, start: float = 0.0
) -> dict[str, Reduction]:
    """Choose the numbers of each subject that the field reports.

    Of the CAR cells, or else of the first observable: ``cmax`` and ``tmax`` after day 2,
    ``auc_0_28d`` (to `end` where that is earlier), and the value on the last day. Of the tumour:
    ``tumor_nadir`` with its day, and the value on the last day. Of each cytokine: its maximum and
    the day of it. ``cure_probability`` on the last day, where the model has it. Of each event:
    its first day.

    Parameters
    ----------
    model : Model or System
    end : float, day
        Last day of the simulation.
    start : float, day, optional
        First day.

    Returns
    -------
    dict from str to Reduction
        For ``simulate(..., times=[start, end], reduce=...)``.

    Raises
    ------
    OptionError
        When `end` is not later than `start`.

    Examples
    --------
    >>> import livingdrug as ld
    >>> list(ld.headline_reductions(ld.get_model("stein2019"), 365))
    ['cmax', 'tmax', 'auc_0_28d', 'car_day_365']
    """
    if not end > start:
        raise OptionError(f"end = {end:g} must be later than the start, day {start:g}")
    system = model if isinstance(model, System) else compile_model(model)
    first = max(start, 0.0) if end > 0 else start
    return {
        **_kinetics(system.outputs, first, end),
        **_tumor(system.outputs, first, end),
        **_cytokines(system.outputs, first, end),
        **{
            f"first_day_{event.name}": Reduction("event day", event.name)
            for event in system.events
            if not event.silent
        },
    }


def _kinetics(outputs: Sequence[OutputSlot], start: float, end: float) -> dict[str, Reduction]:
    cells = [slot for slot in outputs if slot.term.startswith("car_")]
    observables = [slot for slot in outputs if slot.kind == "observable"]
    primary = (cells or observables or list(outputs))[0]
    name = primary.name
    after = _INFUSION_PEAK if start < _INFUSION_PEAK < end else start
    last = _AUC_END if start < _AUC_END < end else end
    label = "car" if cells else name
    return {
        "cmax": Reduction("maximum", name, start=after, end=end),
        "tmax": Reduction("day of maximum", name, start=after, end=end),
        f"auc_{_day(start)}_{_day(last)}d": Reduction("auc", name, start=start, end=last),
        f"{label}_day_{_day(end)}": Reduction("value", name, day=end),
    }


def _tumor(outputs: Sequence[OutputSlot], start: float, end: float) -> dict[str, Reduction]:
    found = _measured(outputs, [name for name in TERMS if name.startswith("tumor_")])
    made: dict[str, Reduction] = {}
    for name in list(found.values())[:1]:
        made = {
            "tumor_nadir": Reduction("minimum", name, start=start, end=end),
            "tumor_nadir_day": Reduction("day of minimum", name, start=start, end=end),
            f"tumor_day_{_day(end)}": Reduction("value", name, day=end),
        }
    if any(slot.name == "cure_probability" for slot in outputs):
        made["cure_probability"] = Reduction("value", "cure_probability", day=end)
    return made


def _cytokines(outputs: Sequence[OutputSlot], start: float, end: float) -> dict[str, Reduction]:
    terms = [name for name, term in TERMS.items() if term.analyte.startswith(_CYTOKINES)]
    made = {}
    for term, name in _measured(outputs, terms).items():
        label = term.removesuffix("_serum")
        made[f"{label}_max"] = Reduction("maximum", name, start=start, end=end)
        made[f"{label}_max_day"] = Reduction("day of maximum", name, start=start, end=end)
    return made


def _measured(outputs: Sequence[OutputSlot], terms: Sequence[str]) -> dict[str, str]:
    """Return the quantity that bears each term: an observable before a species."""
    found: dict[str, str] = {}
    for kind in ("observable", "species"):
        for slot in outputs:
            if slot.kind == kind and slot.term in terms:
                found.setdefault(slot.term, slot.name)
    return found


def _day(day: float) -> str:
    return f"{day:g}".replace("-", "minus").replace(".", "p")
