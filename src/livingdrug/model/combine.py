"""Put two models together by links with checked units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from livingdrug.core.errors import (
    CapabilityError,
    Issue,
    ModelError,
    UnknownNameError,
    raise_issues,
    unknown_name,
)
from livingdrug.model.checks import check_model
from livingdrug.model.link import AbstractLink, Joined
from livingdrug.model.model import DimensionPolicy, Model
from livingdrug.model.part import Part
from livingdrug.model.rename import names_of, rename

__all__ = ["combine", "require_answer"]

_LENIENCE: dict[DimensionPolicy, int] = {"strict": 0, "warn": 1, "off": 2}


def combine(
    model: Model,
    module: Model,
    *,
    link: AbstractLink | Sequence[AbstractLink],
    id: str = "",
    prefix: str = "",
) -> Model:
    """Put a module, as the kinetics of a drug, into a model.

    Parameters
    ----------
    model : Model
        What is acted upon.
    module : Model
        What acts. Names that the model uses already get the prefix.
    link : link or sequence of links
        How it acts: `ReceptorClearance`, `PlainBinding`, `LigandBinding`, `ProductionInhibition`.
    id : str, optional
        Of the result; both ids joined when not given.
    prefix : str, optional
        The id of the module when not given.

    Returns
    -------
    Model
        With the doses and observables of both, and both sources in its `parts`. It has no status:
        nobody published it.

    Raises
    ------
    ModelError
        When a unit or dimension does not fit, a name is unknown, or the models count time in
        different units.

    Examples
    --------
    >>> from livingdrug.catalogue.index import get_model
    >>> from livingdrug.model.links import ReceptorClearance, Value
    >>> link = ReceptorClearance(
    ...     "tocilizumab", Value(0.37, "ug/mL"), ("il6_loss",), Value(0.9, "1")
    ... )
    >>> both = combine(get_model("hardiansyah2019"), get_model("frey2010"), link=link)
    >>> [part.id for part in both.parts]
    ['hardiansyah2019', 'frey2010']
    """
    if model.time_unit != module.time_unit:
        raise ModelError(
            f"{model.id} counts time in {model.time_unit}, {module.id} in {module.time_unit}; "
            "both must be the same"
        )
    links = tuple(link) if isinstance(link, Sequence) else (link,)
    raise_issues(list(_link_issues(links)), ModelError)
    module, names = _apart(model, module, prefix or module.id)
    joined = Joined(_side_by_side(model, module, id), model, names)
    for item in links:
        joined = replace(joined, model=item.apply(joined))
    result = joined.model
    raise_issues(
        [replace(i, where=f"{result.id}, {i.where}") for i in check_model(result)], ModelError
    )
    added = Part(
        module.id, module.variant, module.organism, module.status, module.source,
        module.evidence_hash, tuple(item.describe() for item in links),
        tuple(_silent(joined, links)),
    )  # fmt: skip
    return replace(result, parts=(*(model.parts or (_part(model),)), added))


def _link_issues(links: tuple[object, ...]) -> Iterator[Issue]:
    if not links:
        yield Issue("error", "combine", "no link given", "without one nothing acts")
    for item in links:
        if not isinstance(item, AbstractLink):
            text = f"{item!r} is not a link"
            yield Issue("error", "combine", text, "use one of livingdrug.model.links")


def _part(model: Model) -> Part:
    return Part(
        model.id, model.variant, model.organism, model.status, model.source, model.evidence_hash
    )


def _apart(model: Model, module: Model, prefix: str) -> tuple[Model, dict[str, str]]:
    """Rename what both models have; a covariate that is the same in both is shared."""
    mine = {item.name: item for item in model.covariates}
    shared = {c.name for c in module.covariates if _same(c, mine.get(c.name))}
    clashing = (names_of(model) & names_of(module)) - shared
    names = {name: f"{prefix}_{name}" for name in sorted(clashing)}
    taken = (names_of(model) | names_of(module)) & set(names.values())
    if taken:
        raise ModelError(
            f"{module.id} and {model.id} share names, and {sorted(taken)} are in use as well; "
            "give another prefix"
        )
    module = rename(module, names)
    kept = tuple(item for item in module.covariates if item.name not in shared)
    return replace(module, covariates=kept), names


def _same(first: object, second: object) -> bool:
    return second is not None and all(
        getattr(first, key) == getattr(second, key) for key in ("name", "unit", "reference")
    )


def _side_by_side(model: Model, module: Model, id: str) -> Model:
    groups = {f.name for f in fields(Model) if f.default == ()} - {"parts"}
    both: dict[str, Any] = {
        name: (*getattr(model, name), *getattr(module, name)) for name in groups
    }
    policy = max(model.dimension_policy, module.dimension_policy, key=_LENIENCE.__getitem__)
    same = model.organism == module.organism
    return replace(
        model,
        id=id or f"{model.id}_with_{module.id}",
        title=f"{model.title or model.id}; with {module.title or module.id}",
        organism=model.organism if same else f"{model.organism}; {module.id}: {module.organism}",
        population=f"{model.population}; {module.id}: {module.population}",
        variant="+".join(part for part in (model.variant, module.variant) if part),
        dimension_policy=policy,
        status="",
        notice="; ".join(dict.fromkeys(one.notice for one in (model, module) if one.notice)),
        **both,
    )


def _silent(joined: Joined, links: tuple[AbstractLink, ...]) -> Iterator[tuple[str, str]]:
    """Yield the observables and terms of the host on which no link gives an answer."""
    shown = [(o.name, o.term) for o in joined.host.observables]
    shown += [(s.name, s.term) for s in joined.host.species]
    spoken: set[str] = set()
    reasons: dict[str, str] = {}
    for name, term in shown:
        found = [item.silence(joined, name) for item in links]
        for key in (name, term):
            if key and not all(found):
                spoken.add(key)
            elif key:
                reasons.setdefault(key, "; ".join(dict.fromkeys(found)))
    yield from ((key, text) for key, text in reasons.items() if key not in spoken)


def require_answer(model: Model, quantity: str) -> None:
    """Check that the links of a combined model say something about a quantity.

    Parameters
    ----------
    model : Model
        Of `combine`.
    quantity : str
        Observable, species or term of the model that is acted upon.

    Raises
    ------
    CapabilityError
        With the reason why its answer would mean nothing.
    UnknownNameError
        When there is no such quantity.
    """
    known = {item.name for item in model.observables} | {item.name for item in model.species}
    known |= {item.term for item in model.observables} | {item.term for item in model.species}
    if not quantity or quantity not in known:
        raise UnknownNameError([unknown_name("quantity", quantity, known - {""}, where=model.id)])
    acting = [part for part in model.parts if part.links]
    if not acting:
        raise CapabilityError(f"{model.id} is not a combined model: no drug acts on {quantity}")
    reasons = [dict(part.silent).get(quantity, "") for part in acting]
    if all(reasons):
        raise CapabilityError(f"{model.id} cannot answer what happens to {quantity}: {reasons[-1]}")
