"""What a run was: command, inputs, model, versions, seed, tolerances, failures, digests.

A manifest names nobody: absolute paths, which tell user and machine, are reduced to names.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib.metadata
import json
import platform as platform_module
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from livingdrug.core.digest import dataset_digest, sha256_file
from livingdrug.core.errors import DataError, Issue, raise_issues
from livingdrug.core.files import write_text
from livingdrug.core.records import from_plain, to_plain
from livingdrug.core.redact import portable_arguments, portable_path

if TYPE_CHECKING:
    from livingdrug.core.source import Source

__all__ = [
    "MANIFEST_SCHEMA",
    "MANIFEST_VERSION",
    "RECORDED_PACKAGES",
    "Citation",
    "Failure",
    "InputFile",
    "Manifest",
    "ModelRecord",
    "collect_versions",
    "dataset_digest",
    "new_manifest",
    "read_manifest",
    "sha256_file",
    "utc_now",
    "write_manifest",
]

MANIFEST_SCHEMA = "livingdrug.manifest"
MANIFEST_VERSION = "1"
RECORDED_PACKAGES = (
    "livingdrug", "numpy", "scipy", "xarray", "pandas", "pyarrow", "zarr", "pint",
    "numba", "llvmlite", "python-libsbml", "matplotlib",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read: its name, relative or bare, and the SHA-256 of its content."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """The model of a run, with the status and the two hashes it had."""

    id: str
    variant: str
    status: str
    math_hash: str
    evidence_hash: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A subject that could not be simulated; `status` is the name of a `Status`."""

    subject: int | str
    status: str
    message: str
    replicate: int | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A publication to cite for a run."""

    doi: str
    bibtex: str

    @classmethod
    def of(cls, source: Source) -> Citation:
        """Return the citation of a source."""
        return cls(source.doi, source.bibtex())


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything needed to repeat a run and to credit it.

    Attributes
    ----------
    command : tuple of str
        Program and arguments.
    inputs : tuple of InputFile
    model : ModelRecord or None
    versions : mapping of str to str
        Package to version.
    python, system, machine : str
        Version of Python, operating system, processor type.
    seed : int or None
    method, backend : str
    tolerances : mapping of str to float
        As ``{"rtol": 1e-6, "atol:car_t": 1e-9}``.
    started, ended : str
        UTC, ISO 8601.
    failures : tuple of Failure
    citations : tuple of Citation
    outputs : mapping of str to str
        Name of a result to its digest (`dataset_digest` or `sha256_file`).
    results : mapping of str to float
        Headline numbers, so that a repetition can say by how much it differs.
    assumptions, warnings : tuple of str
    """

    command: tuple[str, ...]
    inputs: tuple[InputFile, ...]
    model: ModelRecord | None
    versions: Mapping[str, str]
    python: str
    system: str
    machine: str
    seed: int | None
    method: str
    tolerances: Mapping[str, float]
    backend: str
    started: str
    ended: str
    failures: tuple[Failure, ...] = ()
    citations: tuple[Citation, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, float] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the manifest as JSON text, free of absolute paths.

        Returns
        -------
        str
        """
        content: dict[str, object] = {
            "schema": MANIFEST_SCHEMA,
            "schema_version": MANIFEST_VERSION,
        }
        content |= {f.name: to_plain(getattr(self, f.name)) for f in dataclasses.fields(self)}
        return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, *, where: str = "manifest") -> Manifest:
        """Read a manifest.

        Parameters
        ----------
        text : str
        where : str, optional
            Name of the source of the text in messages.

        Returns
        -------
        Manifest

        Raises
        ------
        DataError
            Listing everything that is missing, unknown or of the wrong type.
        """
        try:
            found: object = json.loads(text)
        except ValueError as error:
            raise DataError(f"{where}: is not JSON ({error})") from error
        if not isinstance(found, dict) or found.get("schema") != MANIFEST_SCHEMA:
            raise DataError(f"{where}: is not a livingdrug manifest (schema {MANIFEST_SCHEMA!r})")
        if found.get("schema_version") != MANIFEST_VERSION:
            raise DataError(
                f"{where}: has manifest version {found.get('schema_version')!r}; this version of "
                f"livingdrug reads {MANIFEST_VERSION!r}"
            )
        body = {key: value for key, value in found.items() if not key.startswith("schema")}
        issues: list[Issue] = []
        manifest = from_plain(cls, body, where, issues)
        raise_issues(issues, DataError)
        return typing.cast("Manifest", manifest)


def new_manifest(
    *,
    command: Sequence[str],
    started: str,
    inputs: Iterable[str | Path] = (),
    relative_to: str | Path | None = None,
    model: ModelRecord | None = None,
    seed: int | None = None,
    method: str = "",
    tolerances: Mapping[str, float] | None = None,
    backend: str = "",
    failures: Iterable[Failure] = (),
    citations: Iterable[Citation] = (),
    outputs: Mapping[str, str] | None = None,
    assumptions: Iterable[str] = (),
    warnings: Iterable[str] = (),
) -> Manifest:
    """Describe a run that has just ended: adds versions, platform, digests of inputs, end time.

    Parameters
    ----------
    command : sequence of str
        Program and arguments; paths are made relative (see `core.redact.portable_arguments`).
    started : str
        From `utc_now`, before the run.
    inputs : iterable of str or Path, optional
        Files that were read.
    relative_to : str or Path, optional
        Paths inside this folder keep their relative part; others only their last name.
    model, seed, method, tolerances, backend, failures, citations, outputs, assumptions, warnings
        As in `Manifest`.

    Returns
    -------
    Manifest

    Raises
    ------
    DataError
        When an input cannot be read.
    """
    files = [InputFile(portable_path(path, relative_to), sha256_file(path)) for path in inputs]
    return Manifest(
        command=portable_arguments(command, relative_to),
        inputs=tuple(files),
        model=model,
        versions=collect_versions(),
        python=platform_module.python_version(),
        system=platform_module.system(),
        machine=platform_module.machine(),
        seed=seed,
        method=method,
        tolerances=dict(tolerances or {}),
        backend=backend,
        started=started,
        ended=utc_now(),
        failures=tuple(failures),
        citations=tuple(citations),
        outputs={portable_path(key, relative_to): value for key, value in (outputs or {}).items()},
        assumptions=tuple(assumptions),
        warnings=tuple(warnings),
    )


def utc_now() -> str:
    """Return the time in UTC as ISO 8601 text, to the second.

    Returns
    -------
    str
    """
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


@functools.cache
def _versions(packages: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    from livingdrug._version import __version__

    versions = {"livingdrug": __version__}
    for name in packages[1:]:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return tuple(versions.items())


def collect_versions() -> dict[str, str]:
    """Return the versions of the packages that can change a result.

    Returns
    -------
    dict of str to str
        Those of `RECORDED_PACKAGES` that are installed.
    """
    return dict(_versions(RECORDED_PACKAGES))


def write_manifest(path: str | Path, manifest: Manifest, *, force: bool = False) -> None:
    """Write a manifest as JSON, completely or not at all.

    Parameters
    ----------
    path : str or Path
    manifest : Manifest
    force : bool, optional
        Replace an existing file.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    write_text(path, manifest.to_json() + "\n", force=force)


def read_manifest(path: str | Path) -> Manifest:
    """Read a manifest file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Manifest

    Raises
    ------
    DataError
        When the file cannot be read or does not hold a manifest.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8 text, so not a manifest") from error
    return Manifest.from_json(text, where=str(path))
