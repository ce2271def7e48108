"""The shared vocabulary: names for what is measured, which models and studies have in common.

A model or study may use a name that is not listed here; then the two are simply not matched.
Only ideas that cross files belong here.
"""

from __future__ import annotations

from dataclasses import dataclass

from livingdrug.core.errors import UnknownNameError, nearest_names, unknown_name

__all__ = ["TERMS", "Term", "get_term", "term_problem"]


@dataclass(frozen=True, slots=True)
class Term:
    """Something that is measured.

    Attributes
    ----------
    name : str
    analyte : str
        What is measured.
    specimen : str
        Where: ``"blood"``, ``"serum"``, ``"tumor"``, ``"body"``.
    units : tuple of str
        Units of the dimensions in which it is reported, the usual one first. Units of the
        same dimension can be converted.
    doc : str
    """

    name: str
    analyte: str
    specimen: str
    units: tuple[str, ...]
    doc: str


_TABLE = (
    Term(
        "car_t_blood", "CAR-positive T cells", "blood", ("cell/uL", "percent"),
        "by flow cytometry; percent is of T cells",
    ),
    Term(
        "car_nk_blood", "CAR-positive NK cells", "blood", ("cell/uL", "percent"),
        "by flow cytometry; percent is of NK cells",
    ),
    Term(
        "car_transgene_blood", "CAR transgene", "blood", ("copies/ug", "copies/uL"),
        "by qPCR or ddPCR: copies per mass of genomic DNA, or per volume of blood",
    ),
    Term(
        "car_t_tumor", "CAR-positive T cells", "tumor", ("cell", "cell/mL", "1"),
        "all that are at the tumour, their density, or relative to a scale",
    ),
    Term("non_car_t_blood", "T cells without the CAR", "blood", ("cell/uL",), ""),
    Term("t_cells_blood", "all T cells", "blood", ("cell/uL",), ""),
    Term(
        "b_cells_blood", "B cells", "blood", ("cell/uL", "percent"),
        "normal B cells; their absence shows that anti-CD19 cells still act",
    ),
    Term("lymphocytes_blood", "lymphocytes", "blood", ("cell/uL",), ""),
    Term("neutrophils_blood", "neutrophils", "blood", ("cell/uL",), ""),
    Term("platelets_blood", "platelets", "blood", ("1/uL",), ""),
    Term("tumor_volume", "tumour", "tumor", ("mL",), "by imaging"),
    Term("tumor_diameters", "tumour", "tumor", ("mm",), "sum of the diameters of target lesions"),
    Term(
        "tumor_burden", "tumour", "body", ("cell", "1", "cell/uL"),
        "all tumour cells, relative to the start, or per volume of blood",
    ),
    Term("cell_index", "adherent cells", "culture", ("1",), "impedance by real-time analyzer"),
    Term("blasts_marrow", "leukaemic blasts", "marrow", ("percent",), "of nucleated cells"),
    Term("m_protein_serum", "monoclonal protein", "serum", ("g/L",), ""),
    Term("il6_serum", "interleukin 6", "serum", ("pg/mL",), ""),
    Term("il15_serum", "interleukin 15", "serum", ("pg/mL",), ""),
    Term("ifng_serum", "interferon gamma", "serum", ("pg/mL",), ""),
    Term("crp_serum", "C-reactive protein", "serum", ("mg/L",), ""),
    Term("ferritin_serum", "ferritin", "serum", ("ug/L",), ""),
    Term("ldh_serum", "lactate dehydrogenase", "serum", ("IU/L",), ""),
    Term("tocilizumab_serum", "tocilizumab", "serum", ("ug/mL",), ""),
    Term("siltuximab_serum", "siltuximab", "serum", ("ug/mL",), ""),
    Term("anakinra_plasma", "anakinra", "plasma", ("mg/L",), ""),
    Term("dexamethasone_plasma", "dexamethasone", "plasma", ("ng/mL",), ""),
    Term("methylprednisolone_plasma", "methylprednisolone", "plasma", ("ng/mL",), ""),
    Term(
        "fludarabine_plasma", "fludarabine", "plasma", ("ng/mL",),
        "as its circulating nucleoside, F-ara-A; plasma or serum",
    ),
    Term("cyclophosphamide_plasma", "cyclophosphamide", "plasma", ("mg/L",), "the parent drug"),
    Term("body_temperature", "temperature", "body", ("delta_degC",), "above 37 degrees Celsius"),
)  # fmt: skip

TERMS: dict[str, Term] = {term.name: term for term in _TABLE}
"""Every term by name."""


def get_term(name: str) -> Term:
    """Return a term.

    Parameters
    ----------
    name : str

    Returns
    -------
    Term

    Raises
    ------
    UnknownNameError
        Naming the nearest terms.
    """
    if name not in TERMS:
        raise UnknownNameError([unknown_name("term", name, TERMS)])
    return TERMS[name]


def term_problem(name: str, unit: str) -> str:
    """Say what is unusual about a term and its unit, for a warning.

    Parameters
    ----------
    name : str
        Of a model or study; empty for none.
    unit : str

    Returns
    -------
    str
        Empty when there is nothing to say.

    Raises
    ------
    UnitError
        When the unit is not one.

    Examples
    --------
    >>> term_problem("car_t_blood", "cell/mL")
    ''
    >>> term_problem("car_t_blod", "cell/mL")
    "'car_t_blod' is not in the shared vocabulary; did you mean 'car_t_blood'?"
    """
    from livingdrug.core.units import same_dimension

    if not name:
        return ""
    if name not in TERMS:
        near = nearest_names(name, TERMS, count=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"{name!r} is not in the shared vocabulary{hint}"
    allowed = TERMS[name].units
    if any(same_dimension(unit, usual) for usual in allowed):
        return ""
    return (
        f"{name!r} is given in {unit or '1'!r}; the vocabulary knows it in {' or '.join(allowed)}"
    )
