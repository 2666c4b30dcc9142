"""Imports point downward only, in the order that the package's own docstring lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ingestd

ROOT = Path(ingestd.__file__).parent
PACKAGE = "ingestd"

WORKER_PARTS = ("pdf", "concepts", "chunking", "sandbox")
"""What a worker process loads: each of its imports costs every worker memory and start-up time."""
TOO_HEAVY_FOR_A_WORKER = {"asyncio", "pydantic", "structlog"}


@dataclass(frozen=True)
class Import:
    """One import statement: who imports what, and whether it happens while the module is loaded."""

    importer: str
    imported: str
    line: int
    at_load: bool

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def _modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _imports(name: str) -> Iterator[Import]:
    path = MODULES[name]
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    yield from _walk(ast.parse(path.read_text(encoding="utf-8")), name, package, at_load=True)


def _walk(node: ast.AST, name: str, package: str, *, at_load: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from (Import(name, alias.name, child.lineno, at_load) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from _from(child, name, package, at_load)
        else:
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _walk(child, name, package, at_load=at_load and not later)


def _from(node: ast.ImportFrom, name: str, package: str, at_load: bool) -> Iterator[Import]:
    source = node.module or ""
    if node.level:
        above = package.split(".")
        source = ".".join([*above[: len(above) - node.level + 1], *filter(None, [node.module])])
    for alias in node.names:
        submodule = f"{source}.{alias.name}"
        yield Import(name, submodule if submodule in MODULES else source, node.lineno, at_load)


ALL_IMPORTS = [found for name in sorted(MODULES) for found in _imports(name)]


def _part(module: str) -> str:
    """The part that a module belongs to, as ``store`` for ``ingestd.store.ledger``; the package has none."""
    package, *rest = module.split(".")
    return rest[0] if package == PACKAGE and rest else ""


def _order() -> dict[str, int]:
    """Each part's place in the list of the package's docstring, the doors first, the words last."""
    rows = re.findall(r"(?m)^    (\w[\w/, ]*?)   +\S", ingestd.__doc__ or "")
    return {part.strip(" /"): place for place, row in enumerate(rows) for part in row.split(",")}


ORDER = _order()


def test_the_map_names_every_part() -> None:
    """A reader finds every module in the package's docstring."""
    assert {_part(module) for module in MODULES} - {"", *ORDER} == set()


def test_imports_point_downward() -> None:
    """No part knows one that stands above it in the map."""
    upward = [
        str(i)
        for i in ALL_IMPORTS
        if (above := ORDER.get(_part(i.imported))) is not None
        and (own := ORDER.get(_part(i.importer))) is not None
        and above < own
    ]
    assert upward == []


def test_there_is_no_import_cycle() -> None:
    """Every module can be loaded, and understood, after those that it imports."""
    edges: dict[str, set[str]] = {name: set() for name in MODULES}
    for i in ALL_IMPORTS:
        if i.at_load and i.imported in MODULES and i.imported != i.importer:
            edges[i.importer].add(i.imported)
    while free := [name for name, needs in edges.items() if not needs & edges.keys()]:
        for name in free:
            del edges[name]
    assert edges == {}


def test_nobody_imports_the_other_sqlite() -> None:
    """Two copies of SQLite on one file in one process break its locks: only apsw's may be here."""
    assert [str(i) for i in ALL_IMPORTS if i.imported.split(".")[0] in {"sqlite3", "_sqlite3"}] == []


def _reached(start: str) -> set[str]:
    """Modules of ours that are loaded with ``start``, itself among them (packages above it too)."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in MODULES:
            continue
        seen.add(name)
        waiting += [
            name.rpartition(".")[0],
            *(i.imported for i in ALL_IMPORTS if i.at_load and i.importer == name),
        ]
    return seen - {PACKAGE}


def test_workers_stay_light() -> None:
    """What a worker loads of ours pulls in no event loop, no validation and no logging framework."""
    workers = {name for part in MODULES if _part(part) in WORKER_PARTS for name in _reached(part)}
    heavy = [
        str(i)
        for i in ALL_IMPORTS
        if i.importer in workers and i.at_load and i.imported.split(".")[0] in TOO_HEAVY_FOR_A_WORKER
    ]
    assert heavy == []
