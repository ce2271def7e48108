"""Cases of the PEtab test suite, rebuilt: models and tables written here, its numbers compared.

Numbers (parameters, measurements, chi2, log-likelihood, tolerance 1e-3 of each): PEtab-dev/
petab_test_suite, commit bc28d0a1fa481d001075f3f938b4aaacc09dba22, BSD-3-Clause. The simulated
values follow from the closed form of A <=> B, which the suite uses too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from tests.interop import sbml_text as sbml

INF = math.inf
K = {"k1": 0.8, "k2": 0.6}
START = {"a0": 1.0, "b0": 0.0}


def conversion(*, b: str = "b0", more: str = "", place: str = "compartment") -> str:
    """A <=> B with mass action; A starts at a0, B at b."""
    return sbml.model(
        Compartments=sbml.compartment(place),
        Species=sbml.species("A", place) + sbml.species("B", place),
        Parameters="".join(
            sbml.parameter(name, value)
            for name, value in {"a0": "1", "b0": "1", "k1": "0", "k2": "0"}.items()
        )
        + more,
        InitialAssignments=sbml.initial("A", "a0") + sbml.initial("B", b),
        Reactions=sbml.reaction(
            "fwd", f"{place} * k1 * A", sbml.reference("A"), sbml.reference("B")
        )
        + sbml.reaction("rev", f"{place} * k2 * B", sbml.reference("B"), sbml.reference("A")),
    )


def rate_rules() -> str:
    """The same as rate rules of a species A and a parameter B."""
    return sbml.model(
        Compartments=sbml.compartment("c"),
        Species=sbml.species("A", "c"),
        Parameters="".join(
            sbml.parameter(name, value)
            for name, value in {"a0": "1", "b0": "1", "k1": "0", "k2": "0"}.items()
        )
        + sbml.parameter("B", constant="false"),
        InitialAssignments=sbml.initial("A", "a0") + sbml.initial("B", "b0"),
        Rules=sbml.rule("rate", "A", "k2 * B - k1 * A")
        + sbml.rule("rate", "B", "-c * k2 * B + c * k1 * A"),
    )


def growing(trigger: str, initial_value: str = "true") -> str:
    """S grows in C; an event doubles C."""
    return sbml.model(
        Compartments=sbml.compartment("C", "4", constant="false"),
        Species=sbml.species("S", "C", 'initialConcentration="3"'),
        Parameters=sbml.parameter("p", "1"),
        Rules=sbml.rule("rate", "S", "p"),
        Events=sbml.event(
            "E", trigger, {"C": "C * 2"}, from_trigger="false", initial_value=initial_value
        ),
    )


def sizes() -> str:
    """A and B as concentrations, a and b as amounts, in a compartment whose size is changed."""
    rates = {"A": "k2 * B - k1 * A", "B": "-k2 * B + k1 * A"}
    rates |= {"a": "k2 * b - k1 * a", "b": "-k2 * b + k1 * a"}
    return sbml.model(
        Compartments=sbml.compartment("d", "2", constant="false"),
        Species="".join(
            sbml.species(name, "d", amount="true" if name.islower() else "false")
            for name in rates
        ),
        Parameters=sbml.parameter("k1", "2") + sbml.parameter("k2", "1"),
        InitialAssignments=sbml.initial("A", "2") + sbml.initial("B", "1")
        + sbml.initial("a", "2 * d") + sbml.initial("b", "1 * d"),
        Rules="".join(sbml.rule("rate", name, formula) for name, formula in rates.items()),
    )  # fmt: skip


def ramp() -> str:
    """p grows to 500 and stops; there it jumps."""
    return sbml.model(
        Parameters=sbml.parameter("p0", "2") + sbml.parameter("p", constant="false"),
        InitialAssignments=sbml.initial("p", "p0"),
        Rules=sbml.rule("rate", "p", "piecewise(1, p <= 500, 0)"),
        Events=sbml.event("E", "p >= 500", {"p": "p + 1000"}, from_trigger="false",
                          initial_value="false"),
    )  # fmt: skip


def a_at(t: float, a0: float, b0: float, k1: float = 0.8, k2: float = 0.6) -> float:
    last = k2 * (a0 + b0) / (k1 + k2)
    return last + (a0 - last) * math.exp(-(k1 + k2) * t)


def b_at(t: float, a0: float, b0: float, k1: float = 0.8, k2: float = 0.6) -> float:
    return a0 + b0 - a_at(t, a0, b0, k1, k2)


@dataclass(frozen=True)
class Case:
    """One case; rows of measurements are observable, experiment, time, value, and overrides."""

    version: int
    number: int
    llh: float
    chi2: float
    simulated: Sequence[float]
    parameters: dict[str, float]
    observables: Sequence[dict[str, object]]
    measurements: Sequence[tuple[object, ...]]
    conditions: dict[str, dict[str, object]] = field(default_factory=dict)
    experiments: Sequence[tuple[object, ...]] = ()
    model: str = ""
    before: str = ""  # version 1: the condition of preequilibration
    columns: tuple[str, ...] = ()  # of overrides in the rows of measurements

    @property
    def name(self) -> str:
        return f"v{self.version}-{self.number:04d}"


def table(path: Path, rows: Sequence[dict[str, object]]) -> None:
    header = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["\t".join(header)]
    lines += ["\t".join(str(row.get(key, "")) for key in header) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_case(case: Case, folder: Path) -> Path:
    """Write the files of a case; returns its YAML file."""
    (folder / "model.xml").write_text(case.model or conversion(), encoding="utf-8")
    one = case.version == 1
    parameters = [
        {"parameterId": name, "lowerBound": 0, "upperBound": 10, "nominalValue": value,
         "estimate": 1 if one else "true", **({"parameterScale": "lin"} if one else {})}
        for name, value in case.parameters.items()
    ]  # fmt: skip
    table(folder / "parameters.tsv", parameters)
    table(folder / "observables.tsv", case.observables)
    who = "simulationConditionId" if one else "experimentId"
    before = {"preequilibrationConditionId": case.before} if case.before else {}
    measurements = [
        {"observableId": row[0], who: row[1], "time": row[2], "measurement": row[3]}
        | before | dict(zip(case.columns, row[4:], strict=True))
        for row in case.measurements
    ]  # fmt: skip
    table(folder / "measurements.tsv", measurements)
    listed = {"observable_files": ["observables.tsv"], "measurement_files": ["measurements.tsv"]}
    if one:
        names = case.conditions or {str(row[1]): {} for row in case.measurements}
        rows = [{"conditionId": name, **changes} for name, changes in names.items()]
        table(folder / "conditions.tsv", rows)
        listed |= {"sbml_files": ["model.xml"], "condition_files": ["conditions.tsv"]}
        data = {"format_version": 1, "parameter_file": "parameters.tsv", "problems": [listed]}
    else:
        data = {
            "format_version": "2.0.0", "parameter_files": ["parameters.tsv"],
            "model_files": {"m": {"location": "model.xml", "language": "sbml"}}, **listed,
        }  # fmt: skip
        if case.conditions:
            rows = [
                {"conditionId": name, "targetId": target, "targetValue": value}
                for name, changes in case.conditions.items()
                for target, value in changes.items()
            ]
            table(folder / "conditions.tsv", rows)
            data["condition_files"] = ["conditions.tsv"]
        if case.experiments:
            keys = ("experimentId", "time", "conditionId")
            rows = [dict(zip(keys, row, strict=True)) for row in case.experiments]
            table(folder / "experiments.tsv", rows)
            data["experiment_files"] = ["experiments.tsv"]
    path = folder / "problem.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def observable(
    name: str = "obs_a", formula: str = "A", noise: object = 0.5, **more: object
) -> dict[str, object]:
    return {"observableId": name, "observableFormula": formula, "noiseFormula": noise, **more}
