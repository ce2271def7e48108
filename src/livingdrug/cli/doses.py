"""Read doses as words of a command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from livingdrug.core.errors import OptionError

if TYPE_CHECKING:
    from livingdrug.model.model import Model
    from livingdrug.model.regimen import Dose, Regimen

__all__ = ["parse_dose", "parse_regimen"]

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_DOSE = re.compile(
    rf"(?:(?P<name>[^=@]+)=)?(?P<amount>{_NUMBER})(?:@(?P<day>{_NUMBER})(?:\+(?P<over>{_NUMBER}))?)?"
)


def parse_dose(model: Model, text: str) -> Dose:
    """Read a dose.

    Parameters
    ----------
    model : Model
    text : str
        ``AMOUNT`` on day 0 of infused cells, or of the only dose of the model;
        ``NAME=AMOUNT@DAY``, or ``NAME=AMOUNT@DAY+DAYS`` over so many days. The unit is the model's.

    Returns
    -------
    Dose

    Raises
    ------
    OptionError
        When it cannot be read, or the model has no such dose.
    """
    from livingdrug.cohort.regimen import missing_dose
    from livingdrug.model.regimen import Dose

    found = _DOSE.fullmatch(text.strip())
    if found is None:
        raise OptionError(
            f"--dose: {text!r} given; write 1e8 for infused cells on day 0, "
            "fludarabine=0.7@-5 for a dose, its amount and its day, or fludarabine=0.7@-5+0.02 "
            "for one that flows in over 0.02 days"
        )
    declared = [item.name for item in model.doses]
    only = declared[0] if len(declared) == 1 else "infusion"
    name = (found["name"] or ("infusion" if "infusion" in declared else only)).strip()
    if name not in declared:
        raise OptionError([missing_dose(model, name, "--dose")])
    day, over = float(found["day"] or 0.0), float(found["over"] or 0.0)
    return Dose(name, float(found["amount"]), "", day, over)


def parse_regimen(model: Model, texts: Sequence[str]) -> Regimen | None:
    """Read the doses of a command in the order of their times.

    Parameters
    ----------
    model : Model
    texts : sequence of str

    Returns
    -------
    Regimen or None
        None without doses.

    Raises
    ------
    OptionError
        As for `parse_dose`.
    """
    from livingdrug.model.regimen import Regimen

    doses = [parse_dose(model, text) for text in texts]
    # records of one time keep the order of the command
    return Regimen(tuple(sorted(doses, key=lambda dose: dose.time))) if doses else None
