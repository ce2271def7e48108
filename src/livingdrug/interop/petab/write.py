"""write_petab: from a PetabProblem to a folder with its YAML file, tables and model."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from livingdrug.core.errors import OptionError
from livingdrug.core.files import atomic_path
from livingdrug.core.optional import require
from livingdrug.interop.petab.problem import PetabProblem
from livingdrug.interop.petab.to_v1 import as_version_1
from livingdrug.interop.petab.to_v2 import as_version_2

__all__ = ["write_petab"]


def write_petab(
    problem: PetabProblem, folder: str | os.PathLike[str], *, version: int | None = None
) -> Path:
    """Write a problem of parameter estimation in the format PEtab.

    Parameters
    ----------
    problem : PetabProblem
    folder : str or path
        Must not exist, or be empty. It appears when everything is written.
    version : {1, 2}, optional
        Of the format; that of the problem when not given.

    Returns
    -------
    Path
        The YAML file, ``problem.yaml``. The model is written as it was read.

    Raises
    ------
    OptionError
        When there is no such version.
    CapabilityError
        Naming everything that the version cannot say.
    OutputError
        When the folder cannot be written.

    Notes
    -----
    The likelihood is the same in both versions. Version 2 has no scale of parameters: it is kept
    in a column of its own, ``parameterScale``. Its noise has no base 10: sigma is multiplied by
    ln 10 instead.
    """
    version = problem.version if version is None else version
    if version not in (1, 2):
        raise OptionError(f"version = {version!r}: allowed are 1 and 2")
    yaml = require("yaml", "petab", "write PEtab problems")
    tables = as_version_1(problem) if version == 1 else as_version_2(problem)
    tables = {name: rows for name, rows in tables.items() if rows}
    with atomic_path(Path(folder), kind="directory") as temporary:
        temporary.mkdir()
        for name, rows in tables.items():
            _write_table(temporary / f"{name}.tsv", rows)
        (temporary / "model.xml").write_bytes(problem.model_text)
        data = _listing(problem, version, list(tables))
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        (temporary / "problem.yaml").write_text(text, encoding="utf-8")
    return Path(folder) / "problem.yaml"


def _listing(problem: PetabProblem, version: int, tables: Sequence[str]) -> dict[str, Any]:
    """Return the content of the YAML file."""
    files = {f"{name[:-1]}_files": [f"{name}.tsv"] for name in tables if name != "parameters"}
    if version == 1:
        one = {"sbml_files": ["model.xml"], **files}
        return {"format_version": 1, "parameter_file": "parameters.tsv", "problems": [one]}
    if "mapping" in tables:
        files.pop("mappin_files")
        files["mapping_files"] = ["mapping.tsv"]
    return {
        "format_version": "2.0.0",
        "id": problem.id,
        "parameter_files": ["parameters.tsv"],
        "model_files": {problem.model_id: {"location": "model.xml", "language": "sbml"}},
        **files,
    }


def _write_table(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    import pandas as pd

    columns = list(dict.fromkeys(key for row in rows for key in row))
    shown = [[_cell(row.get(key, "")) for key in columns] for row in rows]
    table = pd.DataFrame(shown, columns=columns, dtype=object)
    kept = [k for k in columns if k in _ALWAYS or (table[k] != "").any()]
    table[kept].to_csv(path, sep="\t", index=False, encoding="utf-8", lineterminator="\n")


_ALWAYS = frozenset(
    {
        "parameterId", "lowerBound", "upperBound", "nominalValue", "estimate", "parameterScale",
        "observableId", "observableFormula", "noiseFormula", "conditionId", "experimentId",
        "simulationConditionId", "measurement", "time", "targetId", "targetValue",
        "petabEntityId", "modelEntityId",
    }
)  # fmt: skip


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    if isinstance(value, tuple):
        return ";".join(_cell(part) for part in value)
    return str(value)
