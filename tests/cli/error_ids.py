"""Every error id that the source can raise, found in its syntax tree."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from edgesdk import errors

ROOT = Path(__file__).parents[2]
CLASSES: dict[str, type[errors.EdgeError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.EdgeError)
}


@cache
def error_ids() -> dict[str, set[str]]:
    """Ids by the places (file:line) that raise them; the place is ``errors.py`` for a default."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in CLASSES.values():
        if kind not in {errors.EdgeError, errors.BundleRefused}:
            found[identity(kind, kind.default_code)].add("errors.py")
    for folder in ("edgesdk", "backends"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for name, code, line in raised(path):
                place = f"{path.relative_to(ROOT)}:{line}"
                found[identity(CLASSES[name], code)].add(place)
    return dict(found)


def identity(kind: type[errors.EdgeError], code: int) -> str:
    return f"EDGE-{min(kind.exit_code, 13):02d}{code:02d}"


def raised(path: Path) -> list[tuple[str, int, int]]:
    """(class, code, line) of each error that a file makes with a code of its own."""
    tree = ast.parse(path.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    rows = list(defaults(tree, path))
    for call in calls:
        for keyword in call.keywords:
            if keyword.arg == "code":
                rows += [
                    (name, code, call.lineno)
                    for name in classes(call, tree, path)
                    for code in codes(keyword.value, path)
                ]
    return rows


def defaults(tree: ast.Module, path: Path) -> Iterator[tuple[str, int, int]]:
    """The ``default_code`` of a class that derives from one of the tree's."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or path.name == "errors.py":
            continue
        bases = {base.id for base in node.bases if isinstance(base, ast.Name)} & set(CLASSES)
        for line in node.body:
            target = line.targets[0] if isinstance(line, ast.Assign) else None
            if isinstance(target, ast.Name) and target.id == "default_code":
                assert isinstance(line, ast.Assign)
                yield from ((b, c, line.lineno) for b in bases for c in codes(line.value, path))


def codes(value: ast.expr, path: Path) -> list[int]:
    """The numbers that an expression can be: a literal, or a choice of two."""
    if isinstance(value, ast.Constant) and isinstance(value.value, int):
        return [value.value]
    if isinstance(value, ast.IfExp):
        return codes(value.body, path) + codes(value.orelse, path)
    raise AssertionError(f"{path}:{value.lineno}: write an error's code as a number")


def classes(call: ast.Call, tree: ast.Module, path: Path) -> list[str]:
    """The error classes that a call can make: named, or chosen by a variable or a helper."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in CLASSES:
        return [name]
    nodes = [n for n in ast.walk(tree) if isinstance(n, (ast.Assign, ast.FunctionDef))]
    for node in nodes:
        assigned = isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        )
        if assigned or (isinstance(node, ast.FunctionDef) and node.name == name):
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & set(CLASSES)
            if names:
                return sorted(names)
    raise AssertionError(f"{path}:{call.lineno}: which error class is {name or 'this'}?")
