"""read_petab: from the YAML file of a problem to a PetabProblem."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from livingdrug.core.errors import CapabilityError, DataError, Issue, LivingDrugError, raise_issues
from livingdrug.core.optional import require
from livingdrug.interop.petab.check import check_problem
from livingdrug.interop.petab.problem import PetabProblem
from livingdrug.interop.petab.read_common import Tables
from livingdrug.interop.petab.read_v1 import read_tables_v1
from livingdrug.interop.petab.read_v2 import read_tables_v2

__all__ = ["read_petab"]

_KINDS = ("parameter", "model", "observable", "measurement", "condition", "experiment", "mapping")


@dataclass(slots=True)
class _Files:
    """The files of a problem, by kind, and what cannot be used."""

    folder: Path
    label: str
    version: int = 0
    id: str = ""
    model_id: str = "model"
    paths: dict[str, list[Path]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})
    issues: list[Issue] = field(default_factory=list)
    refused: list[Issue] = field(default_factory=list)

    def wrong(self, where: str, message: str, fix: str = "") -> None:
        self.issues.append(Issue("error", f"{self.label}, {where}", message, fix))

    def refuse(self, where: str, message: str, fix: str = "") -> None:
        self.refused.append(Issue("error", f"{self.label}, {where}", message, fix))

    def add(self, kind: str, key: str, given: object) -> None:
        """Keep the files that a key names."""
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self.wrong(key, f"{given!r}: give a list of file names")
            return
        for name in names:
            if "://" in name:
                self.refuse(key, f"{name}: files are not fetched from the net", "save it here")
                continue
            path = self.folder / name
            if not path.is_file():
                self.wrong(key, f"there is no file {name!r}")
            self.paths[kind].append(path)


def read_petab(path: str | os.PathLike[str]) -> PetabProblem:
    """Read a problem of parameter estimation in the format PEtab, version 1 or 2.

    Parameters
    ----------
    path : str or path
        The YAML file; the others are named in it. The model has to be SBML. Needs the extra
        ``petab`` (PyYAML).

    Returns
    -------
    PetabProblem

    Raises
    ------
    DataError
        Listing every problem of the files: file, row, column.
    CapabilityError
        Naming what PEtab allows and this reader does not, or the package that is missing.
    ModelError
        When the model is not valid SBML.

    Notes
    -----
    By the specifications of PEtab 1 and 2, https://petab.readthedocs.io; PEtab:
    https://doi.org/10.1371/journal.pcbi.1008646.
    """
    path = Path(path)
    files = _list_files(path)
    raise_issues(files.refused, CapabilityError)
    raise_issues(files.issues, DataError)
    read = read_tables_v1 if files.version == 1 else read_tables_v2
    tables = read(files.paths, files.issues)
    problem = _assemble(files, tables, files.issues)
    if problem is not None:
        files.issues += check_problem(problem, tables)
    raise_issues(files.issues, DataError)
    assert problem is not None
    return problem


def _list_files(path: Path) -> _Files:
    yaml = require("yaml", "petab", "read PEtab problems")
    files = _Files(path.parent, path.name)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path}: not a YAML file: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict) or "format_version" not in data:
        raise DataError(f"{path}: not a PEtab problem: there is no format_version")
    version = str(data["format_version"])
    major = version.partition(".")[0]
    if major not in ("1", "2"):
        raise CapabilityError(f"{path}: format_version {version}: allowed are 1 and 2")
    files.version = int(major)
    (_list_v1 if major == "1" else _list_v2)(files, data)
    return files


def _list_v1(files: _Files, data: Mapping[str, object]) -> None:
    if data.get("parameter_file"):
        files.add("parameter", "parameter_file", data["parameter_file"])
    else:
        files.wrong("parameter_file", "it is not there")
    problems = data.get("problems")
    if not isinstance(problems, list) or not all(isinstance(item, dict) for item in problems):
        files.wrong("problems", "there is no list of problems")
        return
    if len(problems) != 1:
        what = f"{len(problems)} problems in one file"
        files.refuse("problems", what, "write a YAML file for each")
    for item in problems[:1]:
        for kind in ("sbml", "condition", "observable", "measurement"):
            key = f"{kind}_files"
            if key not in item:
                files.wrong(key, "it is not there")
                continue
            files.add("model" if kind == "sbml" else kind, key, item[key])
    if len(files.paths["model"]) > 1:
        files.refuse("sbml_files", f"{len(files.paths['model'])} models", "give one")


def _list_v2(files: _Files, data: Mapping[str, object]) -> None:
    files.id = str(data.get("id") or "")
    for kind in ("parameter", "observable", "measurement", "condition", "experiment", "mapping"):
        key = f"{kind}_files"
        if key in data and data[key] is not None:
            files.add(kind, key, data[key])
        elif kind in ("parameter", "observable", "measurement"):
            files.wrong(key, "it is not there")
    models = data.get("model_files")
    if not isinstance(models, dict) or not models:
        files.wrong("model_files", "there is no model")
        models = {}
    if len(models) > 1:
        files.refuse("model_files", f"{len(models)} models: {', '.join(map(str, models))}")
    for name, item in list(models.items())[:1]:
        files.model_id = str(name)
        where = f"model_files, {name}"
        if not isinstance(item, dict) or not {"location", "language"} <= set(item):
            files.wrong(where, "give location and language")
            continue
        if item["language"] != "sbml":
            files.refuse(where, f"language {item['language']!r}", "the model has to be sbml")
            continue
        files.add("model", where, item["location"])
    extensions = data.get("extensions") or {}
    for name, item in extensions.items() if isinstance(extensions, dict) else ():
        if not isinstance(item, dict) or item.get("required", True):
            files.refuse(f"extensions, {name}", "the problem needs an extension of the format")


def _assemble(files: _Files, tables: Tables, issues: list[Issue]) -> PetabProblem | None:
    from livingdrug.interop.sbml.read import translate_sbml

    try:
        translation = translate_sbml(files.paths["model"][0])
    except LivingDrugError as error:
        if not issues:
            raise
        issues.append(Issue("error", "", str(error)))
        return None
    symbols = dict(translation.symbols)
    for alias, name in tables.mapping.items():
        if name in symbols:
            symbols[alias] = symbols[name]
        elif name:
            what = f"{name!r} is no global id of the model"
            issues.append(Issue("error", f"mapping table, {alias}", what))
    return PetabProblem(
        id=files.id or Path(files.label).stem,
        version=files.version,
        model=translation.model,
        symbols=symbols,
        model_id=files.model_id,
        model_text=files.paths["model"][0].read_bytes(),
        **{
            item.name: getattr(tables, item.name)
            for item in dataclasses.fields(tables)
            if item.name != "places"
        },
    )
