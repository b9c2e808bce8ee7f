"""The map of the house as ``docs/architecture.md`` draws it, and what its files really import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/architecture.md"
PYTHON = ("edgesdk", "backends", "tools", "hls", "firmware")
PUT_TOGETHER = "?"  # in place of a file: a module whose name is made at run time
_IMPORTED_AS = {"edgesdk_backends": "backends"}  # the only folder with another name for Python


@dataclass(frozen=True)
class Room:
    """``places``: its folders and files. ``imports``: rooms; ``types``: for their types alone."""

    name: str
    places: tuple[str, ...]
    imports: frozenset[str]
    types: frozenset[str]


@dataclass(frozen=True)
class Import:
    """One file of ours that another one imports; ``types``: only where types are checked."""

    importer: str
    imported: str
    line: int
    types: bool


@cache
def rooms() -> dict[str, Room]:
    """The rows of the page's tables of rooms, by name."""
    text = PAGE.read_text()
    found = [room(line) for line in text.splitlines() if re.match(r"\| \*\*", line)]
    assert len({room.name for room in found}) == len(found) > 20
    return {room.name: room for room in found}


def room(line: str) -> Room:
    """One row: ``| **name** | `place` ... | words | room room (room) |``."""
    name, places, _, imports = (cell.strip() for cell in line.strip("|").split("|"))
    types = " ".join(re.findall(r"\(([^)]*)\)", imports)).split()
    always = re.sub(r"\([^)]*\)", "", imports).replace("nothing", "").split()
    within = re.findall(r"`([^`]+)`", places)
    return Room(name.strip("* "), tuple(within), frozenset(always), frozenset(types))


def floors() -> dict[str, int]:
    """The picture: rooms, and the floor that each is on."""
    found: dict[str, int] = {}
    for number, names in re.findall(r"^ *(\d+) +\| (.*?) +\|", PAGE.read_text(), re.M):
        found |= {name: int(number) for name in names.split()}
    return found


@cache
def room_of(path: str) -> str:
    """The room with the longest place that holds a file, seen from the project's root."""
    holding = [
        (len(place), room.name)
        for room in rooms().values()
        for place in room.places
        if path == place or path.startswith(f"{place}/")
    ]
    assert holding, f"docs/architecture.md has no room for {path}"
    return max(holding)[1]


@cache
def python_files() -> tuple[str, ...]:
    """All our files of Python but the tests, and what a build makes: a checkout may have none."""
    within = (path for top in PYTHON for path in (ROOT / top).rglob("*.py"))
    written = (path for path in within if not path.name.endswith("_abi.py"))
    found = [*written, *ROOT.glob("edgesdk_*.py")]
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in found))


@cache
def imports() -> tuple[Import, ...]:
    """Every import of a file of ours by another, wherever in the file it stands."""
    found = (one for path in python_files() for one in imports_of(path))
    return tuple(one for one in found if one.imported != PUT_TOGETHER)


def imports_of(path: str) -> Iterator[Import]:
    """What one file imports of ours: read, not run."""
    tree = ast.parse((ROOT / path).read_text())
    types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        for module in _modules(node, path):
            imported = module if module == PUT_TOGETHER else file_of(module)
            if imported and imported != path:
                yield Import(path, imported, getattr(node, "lineno", 0), id(node) in types)


def file_of(module: str) -> str:
    """The file of a module of ours, or of the nearest module that holds it; empty: not ours."""
    top, _, rest = module.partition(".")
    path = "/".join([_IMPORTED_AS.get(top, top), *rest.split(".")] if rest else [top])
    while path:
        for found in (f"{path}.py", f"{path}/__init__.py"):
            if (ROOT / found).is_file():
                return found
        path = path.rpartition("/")[0]
    return ""


def _modules(node: ast.AST, path: str) -> Iterator[str]:
    """Modules, and names that may be modules, in one statement."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = path.removesuffix("/__init__.py").removesuffix(".py").split("/")
        if not path.endswith("/__init__.py"):
            package.pop()
        above = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*above, *filter(None, [node.module])])
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
        match node.args[0]:
            case ast.Constant(value=str(module)):
                yield module
            case _:
                yield PUT_TOGETHER


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]
