"""What ``livingdrug studies show`` says about a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from livingdrug.data.interventions import Intervention
    from livingdrug.data.persons import PersonVariable

__all__ = ["print_facts", "study_facts"]


def study_facts(study: xr.Dataset) -> dict[str, Any]:
    """Return everything that the command shows.

    Parameters
    ----------
    study : xarray.Dataset

    Returns
    -------
    dict
        Of numbers, texts and lists of them.
    """
    from livingdrug.cli.people import finite
    from livingdrug.data.interventions import study_interventions
    from livingdrug.data.persons import study_persons
    from livingdrug.data.views import study_doses, study_source

    source = study_source(study)
    doses = [
        {"name": dose.name, "day": dose.time, "amount": dose.amount, "unit": dose.unit,
         "cap": finite(dose.cap), "cap_unit": dose.cap_unit}
        for dose in study_doses(study)
    ]  # fmt: skip
    names = ("id", "title", "organism", "product", "disease", "licence", "accuracy", "note")
    return {
        **{name: study.attrs.get(name, "") for name in names},
        "source": source.citation() if source else "",
        "doses": doses,
        "terms": _terms(study),
        "covariates": [str(name) for name in study["covariate"].values],
        "readouts": int(study.sizes.get("readout", 0)),
        "interventions": _interventions(study_interventions(study)),
        "people": int(study.sizes.get("subject", 0)),
        "persons": [_person(one) for one in study_persons(study)],
    }


def _terms(study: xr.Dataset) -> list[dict[str, Any]]:
    import numpy as np

    from livingdrug.core.censoring import (
        ABOVE,
        BELOW,
        censoring_codes,
        lower_limits,
        upper_limits,
    )

    fields = ("term", "unit", "statistic", "assay", "subject", "time", "n")
    columns = {name: study[f"obs_{name}"].values for name in fields}
    limits = {"lloq": lower_limits(study), "uloq": upper_limits(study)}
    codes = censoring_codes(study)
    keys = list(zip(*(columns[k].tolist() for k in ("term", "unit", "statistic", "assay")),
                    strict=True))  # fmt: skip
    terms = []
    for key in dict.fromkeys(keys):
        here = np.array([one == key for one in keys])
        found = {name: np.unique(column[here]) for name, column in limits.items()}
        days = columns["time"][here]
        people = len(set(columns["subject"][here].tolist()))
        terms.append({
            **dict(zip(("term", "unit", "statistic", "assay"), key, strict=True)),
            "values": int(here.sum()),
            "people": people if key[2] == "individual" else int(columns["n"][here].max()),
            "first_day": float(days.min()), "last_day": float(days.max()),
            "lloq": [float(limit) for limit in found["lloq"] if np.isfinite(limit)],
            "below_limit": int((codes[here] == BELOW).sum()),
            "uloq": [float(limit) for limit in found["uloq"] if np.isfinite(limit)],
            "above_limit": int((codes[here] == ABOVE).sum()),
        })  # fmt: skip
    return terms


def _interventions(given: Sequence[Intervention]) -> list[dict[str, Any]]:
    """Return one record for each name and status."""
    from livingdrug.cli.people import finite

    groups: dict[tuple[str, str], list[Intervention]] = {}
    for one in given:
        groups.setdefault((one.name, one.status), []).append(one)
    found = []
    for (name, status), mine in groups.items():
        days = sorted({one.start for one in mine if finite(one.start) is not None})
        amounts = sorted({(one.amount, one.unit) for one in mine if finite(one.amount) is not None})
        found.append({
            "name": name, "kind": mine[0].kind, "status": status,
            "people": len({one.subject for one in mine if one.subject}),
            "groups": sorted({one.group for one in mine if one.group}),
            "everybody": any(not one.subject and not one.group for one in mine),
            "records": len(mine),
            "doses": sum(one.count for one in mine),
            "days": days, "amounts": [{"amount": a, "unit": unit} for a, unit in amounts],
            "notes": sorted({one.note for one in mine if one.note}),
        })  # fmt: skip
    return found


def _person(one: PersonVariable) -> dict[str, Any]:
    import numpy as np

    facts: dict[str, Any] = {
        "name": one.name, "type": one.type, "role": one.role, "unit": one.unit,
        "levels": list(one.levels), "term": one.term, "about": one.about,
    }  # fmt: skip
    if one.type == "category":
        known = [str(value) for value in one.values if value]
        counts = {str(level): known.count(str(level)) for level in one.levels}
        return {**facts, "known": len(known), "counts": counts}
    numbers = np.array(one.values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    facts["known"] = numbers.size
    if one.type in {"grade", "flag"}:
        values, times = np.unique(numbers, return_counts=True)
        return {**facts, "counts": {f"{v:g}": int(n) for v, n in zip(values, times, strict=True)}}
    quartiles = np.quantile(numbers, (0.25, 0.5, 0.75)).tolist() if numbers.size else []
    return {**facts, "quartiles": quartiles}


def print_facts(facts: dict[str, Any]) -> None:
    """Print what `study_facts` returns.

    Parameters
    ----------
    facts : dict
    """
    from livingdrug.cli.tables import echo, print_table

    echo(facts["title"])
    for name in ("organism", "product", "disease", "licence", "source", "accuracy", "note"):
        if facts[name]:
            echo(f"{name}: {facts[name]}")
    for dose in facts["doses"]:
        cap = f", at most {dose['cap']:g} {dose['cap_unit']}" if dose["cap"] is not None else ""
        echo(f"dose: {dose['name']} day {dose['day']:g}, {dose['amount']:g} {dose['unit']}{cap}")
    if facts["covariates"]:
        echo(f"covariates: {', '.join(facts['covariates'])}")
    if facts["readouts"]:
        echo(f"published numbers: {facts['readouts']}")
    if facts["terms"]:
        print_table(
            ("term", "unit", "statistic", "assay", "values", "people", "days", "lower limit",
             "below", "upper limit", "above"),
            [
                [
                    one["term"], one["unit"], one["statistic"], one["assay"],
                    f"{one['values']:,}", str(one["people"] or "not stated"),
                    f"{one['first_day']:g} to {one['last_day']:g}",
                    _limits(one["lloq"]), str(one["below_limit"]),
                    _limits(one["uloq"]), str(one["above_limit"]),
                ]
                for one in facts["terms"]
            ],
        )  # fmt: skip
    if facts["interventions"]:
        print_table(
            ("given", "kind", "status", "to", "days", "amount", "doses"),
            [
                [
                    one["name"], one["kind"], one["status"], _to(one), _days(one["days"]),
                    _amounts(one["amounts"]), str(one["doses"] or ""),
                ]
                for one in facts["interventions"]
            ],
        )  # fmt: skip
    if facts["persons"]:
        print_table(
            (f"of {facts['people']} people", "type", "role", "unit", "known", "values"),
            [
                [
                    one["name"], one["type"], one["role"], one["unit"], str(one["known"]),
                    _values(one),
                ]
                for one in facts["persons"]
            ],
        )  # fmt: skip


_MOST = 4
"""Numbers that a cell lists; more are given by their range."""


def _limits(limits: Sequence[float]) -> str:
    if len(limits) > _MOST:
        return f"{len(limits)} limits, {limits[0]:g} to {limits[-1]:g}"
    return ", ".join(f"{limit:g}" for limit in limits) or "not stated"


def _days(days: Sequence[float]) -> str:
    if len(days) > _MOST:
        return f"{days[0]:g} to {days[-1]:g}"
    return ", ".join(f"{day:g}" for day in days)


def _to(one: dict[str, Any]) -> str:
    if one["groups"]:
        return ", ".join(one["groups"])
    if one["everybody"]:
        return "everybody"
    return f"{one['people']} {'person' if one['people'] == 1 else 'people'}"


def _amounts(amounts: Sequence[dict[str, Any]]) -> str:
    units = {one["unit"] for one in amounts}
    if len(amounts) > _MOST and len(units) == 1:
        return f"{amounts[0]['amount']:g} to {amounts[-1]['amount']:g} {amounts[0]['unit']}"
    return ", ".join(f"{one['amount']:g} {one['unit']}" for one in amounts)


def _values(one: dict[str, Any]) -> str:
    if "counts" in one:
        shown = list(one["counts"].items())
        words = ", ".join(f"{level}: {count}" for level, count in shown[:6])
        return f"{words}, {len(shown) - 6} more" if len(shown) > 6 else words
    if not one["quartiles"]:
        return ""
    low, middle, high = one["quartiles"]
    return f"median {middle:g}, quartiles {low:g} and {high:g}"
