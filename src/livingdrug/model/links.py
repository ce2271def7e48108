"""Ways in which a drug acts on a model: typed records with checked units.

A link names what it reads and what it changes, and says on which quantities it gives no answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from livingdrug.core.errors import ModelError, unknown_name
from livingdrug.core.source import Origin
from livingdrug.model.dependence import states_shown
from livingdrug.model.expression.nodes import ONE, hill, multiply, subtract, symbol
from livingdrug.model.expression.parse import parse
from livingdrug.model.expression.text import to_text
from livingdrug.model.expression.walk import substitute
from livingdrug.model.link import AbstractLink, Joined, Value, occupancy, scaled, with_parameter
from livingdrug.model.model import Model
from livingdrug.model.observable import Observable
from livingdrug.model.reaction import Assignment, PlainRate, Reaction
from livingdrug.model.species import Species

__all__ = [
    "LigandBinding",
    "PlainBinding",
    "ProductionInhibition",
    "ReceptorClearance",
    "Value",
]


_ALL = Value(1.0, "1", Origin.ASSUMED, "all of it")


@dataclass(frozen=True, slots=True)
class ReceptorClearance(AbstractLink):
    """A drug that holds a receptor which also clears its ligand.

    The rates of the reactions through the receptor fall by the occupancy,
    ``rate * (1 - fraction * c / (KD + c))``. Where one of them takes the ligand out of serum, the
    ligand rises while what the receptor signals falls.

    Attributes
    ----------
    drug : str
    kd : Value
        Concentration of the drug at half occupancy.
    reactions : tuple of str
        Of the model that is acted upon: those that go through the receptor.
    fraction : Value
        Part of these reactions that goes through the receptor, 0 to 1.
    ligand : str
        Observable, species or term of the model.
    """

    kd: Value
    reactions: tuple[str, ...]
    fraction: Value = _ALL
    ligand: str = "il6_serum"

    def apply(self, joined: Joined) -> Model:
        """Scale the reactions."""
        drug = joined.drug(self.drug, self.describe())
        joined.quantity(self.ligand, self.describe())
        model = occupancy(joined, drug, self.key(drug), self.kd)
        part = f"receptor_part_{self.key(drug)}"
        model = with_parameter(
            model, part, self.fraction, "1", "part that goes through the receptor", upper=1.0
        )
        free = subtract(ONE, multiply(symbol(part), symbol(f"occupancy_{self.key(drug)}")))
        return scaled(replace(joined, model=model), self.reactions, free, self.describe())

    def changed(self, joined: Joined) -> set[str]:
        """Return the reactions through the receptor."""
        return set(self.reactions)

    def describe(self) -> str:
        """Return the link in words."""
        return f"receptor-mediated clearance of {self.ligand} blocked by {self.drug}"

    def silence(self, joined: Joined, name: str) -> str:
        """Say why there is no answer: none of the reactions takes the ligand."""
        ligand, _, _ = joined.quantity(self.ligand, self.describe())
        shown = states_shown(joined.host, ligand)
        takes = any(
            one in shown
            for reaction in joined.host.reactions
            if reaction.name in self.reactions
            for one, _ in reaction.reactants
        )
        if states_shown(joined.host, name) == shown and not takes:
            return (
                f"{self.describe()}: none of the reactions {', '.join(self.reactions)} takes "
                f"{ligand} away"
            )
        return AbstractLink.silence(self, joined, name)


@dataclass(frozen=True, slots=True)
class PlainBinding(AbstractLink):
    """A drug that holds a receptor, and nothing more is known of the ligand.

    The signal is what the free receptors see, ``(1 - c / (KD + c)) * ligand``, shown as the
    observable ``signal_<drug>``; reactions that are named as its consequences fall alike. The
    clearance of the ligand stays as it is, so that its level gives no answer.

    Attributes
    ----------
    drug : str
    kd : Value
    signals : tuple of str
        Reactions that the signal drives; none of them may take the ligand.
    ligand : str
    """

    kd: Value
    signals: tuple[str, ...] = ()
    ligand: str = "il6_serum"

    def apply(self, joined: Joined) -> Model:
        """Scale the consequences, and show the signal."""
        drug = joined.drug(self.drug, self.describe())
        ligand, node, unit = joined.quantity(self.ligand, self.describe())
        shown = states_shown(joined.host, ligand)
        for reaction in joined.host.reactions:
            if reaction.name in self.signals and any(one in shown for one, _ in reaction.reactants):
                raise ModelError(
                    f"{self.describe()}: reaction {reaction.name!r} takes {ligand} away, which is "
                    "clearance and no signal; use ReceptorClearance"
                )
        model = occupancy(joined, drug, self.key(drug), self.kd)
        free = subtract(ONE, symbol(f"occupancy_{self.key(drug)}"))
        signal = Observable(
            f"signal_{self.key(drug)}", multiply(free, node), unit, at="link",
            doc=f"{ligand} as free receptors see it",
        )  # fmt: skip
        model = replace(model, observables=(*model.observables, signal))
        return scaled(replace(joined, model=model), self.signals, free, self.describe())

    def changed(self, joined: Joined) -> set[str]:
        """Return the consequences."""
        return set(self.signals)

    def describe(self) -> str:
        """Return the link in words."""
        return f"plain binding of {self.drug} to the receptor of {self.ligand}"

    def silence(self, joined: Joined, name: str) -> str:
        """Say that the ligand itself is not answered for."""
        ligand, _, _ = joined.quantity(self.ligand, self.describe())
        if states_shown(joined.host, name) & states_shown(joined.host, ligand):
            return (
                f"{self.describe()} leaves the clearance of {ligand} as it is, so that a rise "
                "after blockade cannot come out; use ReceptorClearance"
            )
        return AbstractLink.silence(self, joined, name)


@dataclass(frozen=True, slots=True)
class LigandBinding(AbstractLink):
    """A drug that binds the ligand itself, in excess of it.

    In each place the complex is a state of its own, made at ``koff / KD * c * ligand``, released
    at ``koff`` and lost at ``loss``. Free ligand falls; the total, shown as the observable
    ``total_<label>``, rises where the complex is lost more slowly than the ligand. The drug in the
    complex is not taken from the drug, and its level is the same in every place.

    Attributes
    ----------
    drug : str
    species : tuple of str
        Of the model that is acted upon: the free ligand in each place that the drug reaches.
    kd, koff, loss : Value
    ligand : str
        Observable, species or term whose total is shown.
    """

    species: tuple[str, ...]
    kd: Value
    koff: Value
    loss: Value
    ligand: str = "il6_serum"

    def apply(self, joined: Joined) -> Model:
        """Add the complexes and their reactions."""
        where = self.describe()
        drug = joined.drug(self.drug, where)
        ligand, node, unit = joined.quantity(self.ligand, where)
        # a dissociation constant of zero would make the bond infinitely fast
        if not self.kd.value > 0.0:
            raise ModelError(f"{where}: KD is {self.kd.value:g}; allowed are numbers > 0")
        key, model = self.key(drug), joined.model
        for name, given, per, doc in (
            (f"KD_{key}", self.kd, drug.unit, f"dissociation of {drug.name} and {ligand}"),
            (f"koff_{key}", self.koff, "1/day", f"release of {ligand} by {drug.name}"),
            (f"loss_{key}", self.loss, "1/day", f"loss of {ligand} together with {drug.name}"),
        ):
            model = with_parameter(model, name, given, per, doc)
        for name in self.species:
            model = self._bind(replace(joined, model=model), name, drug, key)
        held = {symbol(name): parse(f"{name} + {name}_{key}") for name in self.species}
        total = Observable(
            f"total_{key}", substitute([node], held)[0], unit, at="link",
            doc=f"{ligand}, free and held by the drug",
        )  # fmt: skip
        return replace(model, observables=(*model.observables, total))

    def _bind(self, joined: Joined, name: str, drug: Observable, key: str) -> Model:
        """Add the complex of one place."""
        known = {item.name: item for item in joined.host.species}
        if name not in known:
            raise ModelError([unknown_name("species", name, known, where=self.describe())])
        free, bound = known[name], f"{name}_{key}"
        state = Species(
            bound, free.unit, 0.0, free.compartment, free.only_substance,
            nominal=free.nominal or max(free.initial, 1e-12), count_per_unit=free.count_per_unit,
            origin=Origin.FIXED, at="no drug before a dose", doc=f"{name} held by {drug.name}",
        )  # fmt: skip
        size = f" * {free.compartment}" if free.is_concentration else ""
        rates = (
            (f"bind_{bound}", ((name, ONE),), ((bound, ONE),),
             f"koff_{key} / KD_{key} * ({to_text(drug.expression)}) * {name}{size}"),
            (f"release_{bound}", ((bound, ONE),), ((name, ONE),), f"koff_{key} * {bound}{size}"),
            (f"lose_{bound}", ((bound, ONE),), (), f"loss_{key} * {bound}{size}"),
        )  # fmt: skip
        reactions = tuple(
            Reaction(one, reactants, products, parse(rate), at="link")
            for one, reactants, products, rate in rates
        )
        model = joined.model
        return replace(
            model, species=(*model.species, state), reactions=(*model.reactions, *reactions)
        )

    def changed(self, joined: Joined) -> set[str]:
        """Return the reactions of the free ligand."""
        return {
            item.name
            for item in joined.host.reactions
            if {name for name, _ in (*item.reactants, *item.products)} & set(self.species)
        }

    def describe(self) -> str:
        """Return the link in words."""
        return f"binding of {self.drug} to {', '.join(self.species)}"


@dataclass(frozen=True, slots=True)
class ProductionInhibition(AbstractLink):
    """A drug that keeps cells from making something.

    Rates fall by ``imax * E``. Without `turnover` the effect E follows the concentration,
    ``c^n / (IC50^n + c^n)``; with it E runs after that at the given rate, because the effect of a
    steroid outlasts the steroid.

    Attributes
    ----------
    drug : str
    imax : Value
        Largest part that is kept from being made, 0 to 1.
    ic50 : Value
    reactions : tuple of str
    hill : float
    turnover : Value or None
    """

    imax: Value
    ic50: Value
    reactions: tuple[str, ...]
    hill: float = 1.0
    turnover: Value | None = None

    def apply(self, joined: Joined) -> Model:
        """Scale the reactions."""
        drug = joined.drug(self.drug, self.describe())
        name = self.key(drug)
        model = with_parameter(
            joined.model, f"Imax_{name}", self.imax, "1", "largest part not made", upper=1.0
        )
        model = with_parameter(
            model, f"IC50_{name}", self.ic50, drug.unit, f"{name} at half of its effect"
        )
        drive = hill(drug.expression, symbol(f"IC50_{name}"), parse(self.hill))
        effect = f"effect_{name}"
        if self.turnover is None:
            rule = Assignment(effect, drive, "1", "link", f"effect of {name}")
            model = replace(model, assignments=(*model.assignments, rule))
        else:
            model = with_parameter(
                model, f"turnover_{name}", self.turnover, "1/day", f"of the effect of {name}"
            )
            state = Species(
                effect, "1", 0.0, nominal=1e-3, origin=Origin.FIXED, at="no drug before a dose",
                doc=f"effect of {name}",
            )  # fmt: skip
            gap = multiply(symbol(f"turnover_{name}"), subtract(drive, symbol(effect)))
            model = replace(
                model,
                species=(*model.species, state),
                rates=(*model.rates, PlainRate(effect, gap, "link", f"effect of {name}")),
            )
        left = subtract(ONE, multiply(symbol(f"Imax_{name}"), symbol(effect)))
        return scaled(replace(joined, model=model), self.reactions, left, self.describe())

    def changed(self, joined: Joined) -> set[str]:
        """Return what is made less."""
        return set(self.reactions)

    def describe(self) -> str:
        """Return the link in words."""
        return f"production held down by {self.drug}"
