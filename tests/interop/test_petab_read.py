"""Problems whose files are wrong, and what this reader does not take."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest
import yaml
from tests.interop.petab_cases import conversion, write_case
from tests.interop.petab_cases_v1 import V1
from tests.interop.petab_cases_v2 import V2

import livingdrug as ld
from livingdrug.core.errors import CapabilityError, DataError

FIRST, SECOND = V1[1], V2[1]


def rewrite(path: Path, **changes: object) -> None:
    data = yaml.safe_load(path.read_text())
    data.update(changes)
    path.write_text(yaml.safe_dump(data))


def refused(path: Path, error: type[Exception] = DataError) -> str:
    with pytest.raises(error) as raised:
        ld.read_petab(path)
    return str(raised.value)


def test_every_problem_of_version_1_at_once(tmp_path: Path) -> None:
    path = write_case(FIRST, tmp_path)
    (tmp_path / "observables.tsv").write_text(
        "observableId\tobservableFormula\tnoiseFormula\tnoiseDistribution\n"
        "obs_a\tA**2\tsgma\tnorml\nobs_b\tAA\t\t\n",
    )
    (tmp_path / "measurements.tsv").write_text(
        "observableId\tsimulationConditionId\ttime\tmeasurement\tnoiseParameters\n"
        "obs_a\tcx\t-1\tx\t2\nobs_c\tc0\t1\t3\t\n"
    )
    (tmp_path / "parameters.tsv").write_text(
        "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\n"
        "k1\tlin\t10\t0\t0.8\t1\nA\tlinn\t0\t1\t1\t2\n2b\tlin\t0\t1\t\t0\na0\tlin\t0\t1\t1\t1\n"
    )
    text = refused(path)
    for part in (
        "row 3, column estimate: '2'",
        "row 3, column parameterScale: 'linn': allowed are lin, log, log10 (did you mean 'lin'?)",
        "row 4, column parameterId: '2b' is no identifier",
        "row 4, column nominalValue: there is no value",
        "parameters.tsv, row 2: lowerBound 10 is above upperBound 0",
        "parameters.tsv, row 3: 'A' is no constant of the model: it is a state",
        "observables.tsv, row 2, column noiseDistribution: 'norml'",
        "column observableFormula: 'A**2' cannot be read",
        "column noiseFormula: unknown id 'sgma'",
        "observables.tsv, row 3, column noiseFormula: there is no value",
        "row 3, column observableFormula: unknown id 'AA' (did you mean 'A'",
        "measurements.tsv, row 2, column simulationConditionId: there is no condition 'cx'",
        "measurements.tsv, row 2, column measurement: 'x' is no finite number",
        "measurements.tsv, row 2, column noiseParameters: 1 values for 0 placeholders",
        "measurements.tsv, row 2, column time: -1 lies before",
        "measurements.tsv, row 3: unknown observable 'obs_c'",
        "'a0' is in the parameter table too",
    ):
        assert part in text


def test_every_problem_of_version_2_at_once(tmp_path: Path) -> None:
    path = write_case(SECOND, tmp_path)
    (tmp_path / "conditions.tsv").write_text(
        "conditionId\ttargetId\ttargetValue\n"
        "c0\tA\tnope + 1\nc0\tA\t2\nc1\tZ\t3\nc2\tA\t1\nc3\tk1\t1\nc3\tfwd\t1\n"
    )
    (tmp_path / "experiments.tsv").write_text(
        "experimentId\ttime\tconditionId\n"
        "e1\t0\tc1\ne1\t0\tc9\ne2\t0\tc2\ne2\t0\tc2b\ne2\tinf\tc2\ne3\t1\tc2\ne3\t1\tc0\n"
    )
    (tmp_path / "parameters.tsv").write_text(
        "parameterId\tlowerBound\tupperBound\tnominalValue\testimate\tpriorDistribution\t"
        "priorParameters\nk1\t0\t1\t1\tTrue\tgamma\t1\nk2\t0\t1\t1\ttrue\tnorma\t1;x\n"
    )
    text = refused(path)
    for part in (
        "conditions.tsv, row 3, column targetId: condition 'c0' changes 'A' twice",
        "unknown id 'Z'",
        "'k1' is in the parameter table too",
        "'fwd' cannot be set",
        "row 3, column conditionId: there is no condition 'c9'",
        "row 5, column conditionId: there is no condition 'c2b'",
        "row 6, column time: a period cannot start at inf",
        "two conditions at time 1 change A",
        "row 2, column estimate: 'True': allowed are true, false",
        "row 2, column priorParameters: gamma takes 2 numbers, not 1",
        "row 3, column priorDistribution: 'norma'",
        "row 3, column priorParameters: 'x' is no number",
    ):
        assert part in text


def test_files_that_are_missing_empty_or_no_tables(tmp_path: Path) -> None:
    path = write_case(FIRST, tmp_path)
    (tmp_path / "measurements.tsv").write_text("")
    (tmp_path / "observables.tsv").write_text("observableId\tobservableFormla\na\tb\n")
    text = refused(path)
    assert "measurements.tsv: cannot be read as a table" in text
    assert "there is no column 'observableFormula' (it has 'observableFormla')" in text
    (tmp_path / "conditions.tsv").unlink()
    assert "there is no file 'conditions.tsv'" in refused(path)
    (tmp_path / "other.yaml").write_text("a: [")
    assert "not a YAML file" in refused(tmp_path / "other.yaml")
    (tmp_path / "other.yaml").write_text("a: 1")
    assert "there is no format_version" in refused(tmp_path / "other.yaml")
    assert "No such file" in refused(tmp_path / "nothing.yaml")


def test_what_is_not_taken_is_named(tmp_path: Path) -> None:
    path = write_case(SECOND, tmp_path)
    rewrite(
        path,
        model_files={"m": {"location": "model.xml", "language": "pysb"}, "n": {}},
        extensions={"sciml": {"version": "1.0", "required": True},
                    "drawing": {"version": "1.0", "required": False}},
        observable_files=["https://example.org/observables.tsv"],
    )  # fmt: skip
    text = refused(path, CapabilityError)
    for part in ("2 models: m, n", "language 'pysb'", "extensions, sciml", "not fetched"):
        assert part in text
    assert "drawing" not in text
    rewrite(path, format_version="3.0")
    assert "format_version 3.0: allowed are 1 and 2" in refused(path, CapabilityError)


def test_several_problems_in_one_file_are_refused(tmp_path: Path) -> None:
    path = write_case(FIRST, tmp_path)
    data = yaml.safe_load(path.read_text())
    rewrite(path, problems=data["problems"] * 2)
    assert "2 problems in one file" in refused(path, CapabilityError)


def test_a_model_that_is_not_valid_is_reported(tmp_path: Path) -> None:
    path = write_case(FIRST, tmp_path)
    (tmp_path / "model.xml").write_text("<sbml")
    with pytest.raises(ld.core.errors.LivingDrugError, match=r"model\.xml"):
        ld.read_petab(path)


def test_the_extra_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_case(FIRST, tmp_path)
    real = builtins.__import__

    def without_yaml(name: str, *args: object, **more: object) -> object:
        if name == "yaml":
            raise ModuleNotFoundError("no yaml", name="yaml")
        return real(name, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("importlib.import_module", without_yaml)
    with pytest.raises(CapabilityError, match=r"pip install 'livingdrug\[petab\]'"):
        ld.read_petab(path)


def test_aliases_of_the_mapping_table(tmp_path: Path) -> None:
    """The alias stands for the id of the model, also in what is written again."""
    path = write_case(SECOND, tmp_path)
    expected = ld.read_petab(path).log_likelihood()
    (tmp_path / "mapping.tsv").write_text(
        "petabEntityId\tmodelEntityId\nspecies_A\tA\nnote\t\n", encoding="utf-8"
    )
    (tmp_path / "conditions.tsv").write_text(
        (tmp_path / "conditions.tsv").read_text().replace("\tA\t", "\tspecies_A\t")
    )
    (tmp_path / "observables.tsv").write_text(
        (tmp_path / "observables.tsv").read_text().replace("\tA\t", "\tspecies_A\t")
    )
    rewrite(path, mapping_files=["mapping.tsv"])
    problem = ld.read_petab(path)
    assert problem.log_likelihood() == pytest.approx(expected, rel=1e-12)
    again = ld.read_petab(ld.write_petab(problem, tmp_path / "again"))
    assert again.mapping == problem.mapping
    assert again.log_likelihood() == pytest.approx(expected, rel=1e-12)
    with pytest.raises(CapabilityError, match="'species_A' stands for 'A'"):
        ld.write_petab(problem, tmp_path / "one", version=1)
    (tmp_path / "mapping.tsv").write_text("petabEntityId\tmodelEntityId\nspecies_A\tQ\n")
    assert "'Q' is no global id of the model" in refused(path)


def test_ids_that_are_words_of_our_language(tmp_path: Path) -> None:
    """A parameter named as a word of the expression language is found under its own id."""
    model = conversion().replace('"k1"', '"lambda"').replace("<ci> k1 </ci>", "<ci> lambda </ci>")
    case = V1[0]
    path = write_case(case, tmp_path)
    (tmp_path / "model.xml").write_text(model)
    (tmp_path / "parameters.tsv").write_text(
        (tmp_path / "parameters.tsv").read_text().replace("k1", "lambda")
    )
    (tmp_path / "observables.tsv").write_text(
        "observableId\tobservableFormula\tnoiseFormula\nobs_a\tA + 0 * lambda\t0.5\n"
    )
    assert ld.read_petab(path).log_likelihood() == pytest.approx(case.llh, abs=1e-3)


def test_units_that_a_file_made_up_do_no_harm(tmp_path: Path) -> None:
    """Values of PEtab have no units; a unit of the model that nobody knows is no reason to stop."""
    units = (
        '<unitDefinition id="odd"><listOfUnits><unit kind="second" exponent="-1" scale="0" '
        'multiplier="31557600"/><unit kind="item" exponent="-1" scale="0" multiplier="1"/>'
        "</listOfUnits></unitDefinition>"
    )
    model = conversion().replace('<parameter id="k1"', '<parameter id="k1" units="odd"')
    place = model.index("<listOfCompartments>")
    listed = f"<listOfUnitDefinitions>{units}</listOfUnitDefinitions>"
    case = V1[0]
    path = write_case(case, tmp_path)
    (tmp_path / "model.xml").write_text(model[:place] + listed + model[place:])
    problem = ld.read_petab(path)
    assert "31557600" in problem.model.parameter("k1").unit
    assert problem.log_likelihood() == pytest.approx(case.llh, abs=1e-3)
