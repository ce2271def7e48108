"""Who may import whom: imports go down only, siblings never meet, nothing goes round in circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"
PACKAGE = "livingdrug"

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"core", "_version"}),
    frozenset({"model"}),
    frozenset({"catalogue", "system", "cohort", "data", "clinical", "records"}),
    frozenset({"solve"}),
    frozenset({"fit"}),
    frozenset({"trial", "qc", "interop", "compare", "influence"}),
    frozenset({"cli", "studio", "plot", "__main__"}),
)
# Only the layer that shows things has neighbours that meet: a command draws (`--plot`), and starts
# the studio. Never the other way round.
SIDEWAYS = frozenset(
    {
        ("core", "_version"),  # one layer in two places
        ("cli", "plot"),
        ("cli", "studio"),
        ("studio", "plot"),
        ("__main__", "cli"),
    }
)


@dataclass(frozen=True)
class Import:
    """One import of a module of ours: where it stands, what it names, whether loading runs it."""

    importer: str
    target: str
    line: int
    on_load: bool


def read_modules(src: Path, package: str = PACKAGE) -> dict[str, ast.Module]:
    """Return every module under `src`/`package` by dotted name, parsed."""
    modules = {}
    for path in sorted((src / package).rglob("*.py")):
        parts = path.relative_to(src).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return modules


def is_type_checking(test: ast.expr) -> bool:
    """Tell whether an `if` is the TYPE_CHECKING one, which never runs."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def import_nodes(node: ast.AST, on_load: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Yield each import below `node`, in functions and guarded blocks too, and whether it runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom) or is_import_call(child):
            yield child, on_load
        if isinstance(child, ast.If) and is_type_checking(child.test):
            for part in child.body:
                yield from import_nodes(ast.Module([part], []), on_load=False)
            for part in child.orelse:
                yield from import_nodes(ast.Module([part], []), on_load)
            continue
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from import_nodes(child, on_load and not is_function)


def is_import_call(node: ast.AST) -> bool:
    """Tell whether `node` is import_module("a.name") or __import__("a.name")."""
    if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return name in ("import_module", "__import__") and isinstance(node.args[0].value, str)


def targets(node: ast.AST, importer: str, is_package: bool, known: set[str]) -> Iterator[str]:
    """Yield the dotted names that an import statement or call loads."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = importer.split(".")
            up = node.level - is_package
            stem = ".".join(parts[: len(parts) - up])
            base = f"{stem}.{base}" if base else stem
        for alias in node.names:
            # `from package import name` loads the module package.name where there is one.
            full = f"{base}.{alias.name}"
            yield full if full in known else base
    elif isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
        yield str(node.args[0].value)


def read_imports(src: Path, package: str = PACKAGE) -> list[Import]:
    """Return every import of our own modules by our own modules."""
    modules = read_modules(src, package)
    packages = {name for name in modules if (src / Path(*name.split("."))).is_dir()}
    return [
        Import(name, target, getattr(node, "lineno", 0), on_load)
        for name, tree in modules.items()
        for node, on_load in import_nodes(tree)
        for target in targets(node, name, name in packages, set(modules))
        if target == package or target.startswith(package + ".")
    ]


def head(module: str) -> str:
    """Top-level part below the package; empty for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def layer_of(part: str) -> int | None:
    """Index of the layer that holds `part`, or None."""
    return next((i for i, layer in enumerate(LAYERS) if part in layer), None)


def layer_fault(item: Import) -> str | None:
    """Say what is wrong with one import, or None."""
    importer, target = head(item.importer), head(item.target)
    if not importer:
        # The package itself may name anything, but loading it must stay light.
        return "eager, in the package itself" if item.on_load and layer_of(target) != 0 else None
    own = layer_of(importer)
    if own is None:
        return f"{importer!r} has no layer; add it to LAYERS"
    if not target:  # the public face lies above everything but the layer that shows
        return None if own == len(LAYERS) - 1 else "imports the package's public face"
    other = layer_of(target)
    if other is None:
        return f"{target!r} has no layer; add it to LAYERS"
    if other > own:
        return "upward"
    if other == own and importer != target and (importer, target) not in SIDEWAYS:
        return "sideways"
    return None


def layer_faults(imports: list[Import]) -> list[str]:
    """List the imports that go up or sideways."""
    found = ((item, layer_fault(item)) for item in imports)
    return [f"{i.importer}:{i.line} imports {i.target} ({fault})" for i, fault in found if fault]


def entry_faults(imports: list[Import]) -> list[str]:
    """List the imports that a file of one published model may not make.

    It may import the private files beside it that bear its name, ``_one_tables`` for ``one``.
    """
    allowed = tuple(
        f"{PACKAGE}.{name}"
        for name in ("core", "model", "catalogue.entry", "catalogue.function", "catalogue.readout")
    )
    return [
        f"{i.importer}:{i.line} imports {i.target}"
        for i in imports
        if i.importer.startswith(f"{PACKAGE}.catalogue.") and i.importer.count(".") >= 3
        if not any(i.target == name or i.target.startswith(name + ".") for name in allowed)
        if not i.target.startswith(_private_prefix(i.importer))
    ]


def _private_prefix(entry: str) -> str:
    """Return how the private files of an entry, or those beside such a file, begin."""
    folder, _, name = entry.rpartition(".")
    stem = name.removeprefix("_").partition("_")[0] if name.startswith("_") else name
    return f"{folder}._{stem}_"


def find_cycle(edges: set[tuple[str, str]]) -> list[str]:
    """Return one cycle of the graph as a list of names, or nothing."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for start, end in sorted(edges):
        if start != end:
            sorter.add(start, end)
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def module_edges(imports: list[Import]) -> set[tuple[str, str]]:
    """Edges between modules that loading follows; the package's lazy face is left out."""
    return {(i.importer, i.target) for i in imports if i.on_load and i.target != PACKAGE}


def subpackage_edges(imports: list[Import], folders: set[str]) -> set[tuple[str, str]]:
    """Edges between sibling folders at any depth, imports inside functions included."""
    edges = set()
    for item in imports:
        left, right = item.importer.split("."), item.target.split(".")
        shared = next(
            (n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b),
            min(len(left), len(right)),
        )
        pair = ".".join(left[: shared + 1]), ".".join(right[: shared + 1])
        if pair[0] != pair[1] and folders.issuperset(pair):
            edges.add(pair)
    return edges


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    found = read_imports(SRC)
    assert found, f"no import of {PACKAGE} found under {SRC}: is the source tree there?"
    return found


def test_imports_go_down_only(imports: list[Import]) -> None:
    faults = layer_faults(imports)
    assert not faults, "\n".join(faults)


def test_every_part_has_a_layer() -> None:
    parts = {head(name) for name in read_modules(SRC)} - {""}
    assert [part for part in sorted(parts) if layer_of(part) is None] == []


def test_a_published_model_describes_and_cannot_run(imports: list[Import]) -> None:
    faults = entry_faults(imports)
    assert not faults, "\n".join(faults)


def test_no_module_cycle(imports: list[Import]) -> None:
    assert find_cycle(module_edges(imports)) == []


def test_no_cycle_between_subpackages(imports: list[Import]) -> None:
    folders = {
        ".".join(path.parent.relative_to(SRC).parts)
        for path in (SRC / PACKAGE).rglob("__init__.py")
    }
    assert find_cycle(subpackage_edges(imports, folders)) == []


# The checks themselves, on small trees that break each rule.


def grow(root: Path, files: dict[str, str]) -> list[Import]:
    for name, text in files.items():
        path = root / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_imports(root)


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("core/a.py", "import livingdrug.model.b", "upward"),
        ("core/a.py", "def f():\n    from livingdrug import model", "upward"),
        ("core/a.py", "from livingdrug import simulate", "public face"),
        (
            "model/b.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..solve import c",
            "upward",
        ),
        ("model/b.py", "import importlib\nimportlib.import_module('livingdrug.solve.c')", "upward"),
        ("cohort/d.py", "from livingdrug.data.e import f", "sideways"),
        ("clinical/g.py", "class A:\n    from ..catalogue import entry", "sideways"),
        ("qc/h.py", "from livingdrug import trial", "sideways"),
        ("plot/i.py", "from livingdrug.cli import main", "sideways"),
        ("other.py", "from livingdrug.core import a", "no layer"),
        ("__init__.py", "from livingdrug.solve.c import simulate", "eager"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, name: str, text: str, fault: str) -> None:
    files = {f"{part}/__init__.py": "" for part in ("core", "model", "solve", "trial")}
    faults = layer_faults(grow(tmp_path, {"__init__.py": "", **files, name: text}))
    assert len(faults) == 1
    assert fault in faults[0]


def test_allowed_imports_pass(tmp_path: Path) -> None:
    files = {
        "__init__.py": "def __getattr__(name):\n    from livingdrug.solve.c import simulate",
        "_version.py": "",
        "core/a.py": "import livingdrug._version",
        "solve/__init__.py": "from . import c",
        "solve/c.py": "from ..model import b\nfrom .backends import base",
        "cli.py": "from livingdrug import simulate\nfrom livingdrug.plot import course",
    }
    assert layer_faults(grow(tmp_path, files)) == []


def test_an_entry_that_reaches_out_is_found(tmp_path: Path) -> None:
    files = {
        "catalogue/index.py": "from livingdrug.catalogue.car_t import one",
        "catalogue/car_t/one.py": "from livingdrug.catalogue.entry import published",
        "catalogue/car_t/two.py": "from livingdrug.catalogue.car_t.one import model",
        "catalogue/car_t/three.py": "from livingdrug.catalogue.car_t._three_tables import ROWS",
        "catalogue/car_t/_three_evidence.py": "from ._three_tables import ROWS",
        "catalogue/car_t/_three_tables.py": "from livingdrug.core import units",
    }
    (fault,) = entry_faults(grow(tmp_path, files))
    assert fault == "livingdrug.catalogue.car_t.two:1 imports livingdrug.catalogue.car_t.one"


def test_a_module_cycle_is_found_unless_it_is_lazy(tmp_path: Path) -> None:
    files = {"model/a.py": "from livingdrug.model import b", "model/b.py": "from . import a"}
    assert set(find_cycle(module_edges(grow(tmp_path, files)))) == {
        "livingdrug.model.a",
        "livingdrug.model.b",
    }
    lazy = {"model/b.py": "def f():\n    from . import a"}
    assert find_cycle(module_edges(grow(tmp_path, lazy))) == []


def test_a_subpackage_cycle_is_found_even_if_it_is_lazy(tmp_path: Path) -> None:
    files = {
        "system/lower/a.py": "def f():\n    from livingdrug.system.printers import b",
        "system/printers/b.py": "",
        "system/printers/c.py": "from livingdrug.system.lower import a",
    }
    folders = {"livingdrug.system.lower", "livingdrug.system.printers"}
    edges = subpackage_edges(grow(tmp_path, files), folders)
    assert set(find_cycle(edges)) == folders
