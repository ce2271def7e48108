"""The first version of a model file: it loads and simulates, and says what has to be written."""

from __future__ import annotations

import re

from livingdrug.core.errors import Issue, OptionError, raise_issues

__all__ = ["clean_doi", "scaffold"]

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"'\\]+\Z")
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")


def clean_doi(text: str) -> str:
    """Return a DOI without its resolver.

    Parameters
    ----------
    text : str
        As ``"https://doi.org/10.1098/rspb.2021.0229"`` or ``"doi:10.1098/rspb.2021.0229"``.

    Returns
    -------
    str

    Examples
    --------
    >>> clean_doi("https://doi.org/10.1098/rspb.2021.0229")
    '10.1098/rspb.2021.0229'
    """
    return re.sub(r"\A(?:https?://(?:dx\.)?doi\.org/|doi:)", "", text.strip(), flags=re.IGNORECASE)


def scaffold(model_id: str, doi: str) -> str:
    """Write the first version of a model file.

    Parameters
    ----------
    model_id : str
        Which is the name of the file: small letters, digits and ``_``.
    doi : str

    Returns
    -------
    str
        Python that loads. What begins with ``TODO`` has still to be written, and the check names
        each such place.

    Raises
    ------
    OptionError
        When the id or the DOI is not one.
    """
    doi = clean_doi(doi)
    issues = []
    if not _ID.match(model_id):
        fix = "use small letters, digits and _, beginning with a letter, as smith2026_leukaemia"
        issues.append(Issue("error", "--id", f"{model_id!r} cannot be an id", fix))
    if not _DOI.match(doi):
        fix = "it begins with 10., as 10.1098/rspb.2021.0229"
        issues.append(Issue("error", "--doi", f"{doi!r} is not a DOI", fix))
    raise_issues(issues, OptionError)
    year = re.search(r"(?:19|20)\d\d", model_id)
    return (
        _TEXT.replace("@ID@", model_id)
        .replace("@DOI@", doi)
        .replace("@YEAR@", year.group() if year else "0")
    )


_TEXT = '''"""TODO: one line on what the model is (disease).

Then the biology in words, and the equations as the paper numbers them:

    dC/dt = k_growth C - k_death C                                                   (Eq. 1)

doi:@DOI@
"""

from __future__ import annotations

from livingdrug.catalogue.entry import published
from livingdrug.catalogue.readout import Deviation, PrintedEquation, Readout
from livingdrug.core.source import Origin, Source
from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model

SOURCE = Source(
    doi="@DOI@",
    authors=("TODO: Family, Given",),
    year=@YEAR@,
    title="TODO: title of the publication",
    journal="TODO: journal",
    note="TODO: what was opened (article, supplement, code) and what was not",
)


# One variant for each reading of the paper; the first is the default.
@published(source=SOURCE, variants={"published": "as printed"})
def model(variant: str) -> Model:
    """Build the model."""
    m = ModelBuilder(
        "@ID@",
        title="TODO: what the model is, in a few words",
        organism="TODO: human, mouse or in vitro",
        population="TODO: whom the numbers describe: disease, product, how many",
        source=SOURCE,
        variant=variant,
        dimensions="strict",
    )
    # A state: its unit, its value on day 0, and where both stand. The term is a name of the shared
    # vocabulary, by which studies find the state; the documentation lists them.
    m.species(
        "C", initial=1.0, unit="cell/uL", term="car_t_blood",
        origin=Origin.FIXED, at="TODO: Table 1", doc="TODO: CAR-T cells in blood",
    )
    # A number: estimated, fixed, literature, digitised, derived or assumed, and where it stands.
    # What people differ in: iiv=IIV.sd(0.3, at="Table 2"), IIV.variance(...) or IIV.cv(...), with
    # `from livingdrug.model.variability import IIV`; nothing where the paper says nothing.
    m.parameter(
        "k_growth", 0.1, "1/day", origin=Origin.ESTIMATED, at="TODO: Table 1", lower=0.0,
        doc="TODO: expansion",
    )
    m.parameter(
        "k_death", 0.2, "1/day", origin=Origin.ESTIMATED, at="TODO: Table 1", lower=0.0,
        doc="TODO: death",
    )
    # Births and deaths are reactions of their own, never negative, also where print has their sum.
    m.reaction("expansion", "-> C", rate="k_growth * C", at="TODO: Eq. 1")
    m.reaction("death", "C ->", rate="k_death * C", at="TODO: Eq. 1")
    # Where the infusion is a dose: m.dose("infusion", "cell", {"C": "dose / V"}, at=...)
    m.dose_stand_in("C", "TODO: the infusion is the initial value of C")
    # What an assay sees; if printed, residual=ResidualError("proportional", 0.2, at=...)
    m.observable("car_t_cells", "C", "cell/uL", term="car_t_blood", at="TODO: Eq. 1")
    return m.build()


# Numbers of the paper that the model has to reproduce; the tolerance is that of the printed digits.
READOUTS = (
    Readout(
        "CAR-T cells on day 7", "value", "car_t_cells", 0.497, "cell/uL", "TODO: Fig. 1",
        rtol=0.005, day=7.0,
    ),
)

# Rates as printed, which the sum of the reactions has to equal.
EQUATIONS = (PrintedEquation("C", "(k_growth - k_death) * C", "TODO: Eq. 1"),)

# Where this file departs from print, and why; may be empty: DEVIATIONS = ().
DEVIATIONS = (
    Deviation("TODO: as printed", "TODO: what this file does", "TODO: why"),
)
'''
