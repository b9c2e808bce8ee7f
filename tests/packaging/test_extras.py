"""The extras: what the code says of them, what pyproject.toml says, and what doctor shows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from edgesdk import toml
from edgesdk.cli import extras
from tests.packaging.environments import ROOT

# What is imported under another name than it is installed by.
DISTRIBUTIONS = {
    "serial": "pyserial", "PIL": "pillow", "ai_edge_litert": "ai-edge-litert", "google": "protobuf",
}  # fmt: skip
# Brought by what an extra names (onnx brings protobuf, tflite flatbuffers), or for mypy alone.
BROUGHT = {"protobuf", "flatbuffers", "_cffi_backend", "tflite_runtime", "_typeshed"}
NEWER = {"tomllib"}  # the standard library's from Python 3.11 on
PROJECT: dict[str, Any] = toml.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTIONAL: dict[str, list[str]] = PROJECT["optional-dependencies"]


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("edgesdk", "backends"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text())


def libraries(lines: list[str]) -> set[str]:
    """The distributions that requirements name, with those of the extras that they include."""
    found: set[str] = set()
    for line in lines:
        requirement = Requirement(line)
        if requirement.name != "edgesdk":
            found.add(requirement.name)
        for extra in requirement.extras:
            found |= libraries(OPTIONAL[extra])
    return found


def test_each_missing_extra_names_one_that_brings_the_library() -> None:
    seen = set()
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "MissingExtra":
                continue
            library, extra = (getattr(argument, "value", None) for argument in node.args[:2])
            if isinstance(extra, str):
                assert extra in OPTIONAL, path
                if isinstance(library, str):
                    assert library.split()[0] in libraries(OPTIONAL[extra]), path
                seen.add(extra)
    assert len(seen) >= 8


def test_each_import_is_of_the_standard_library_a_dependency_or_an_extra() -> None:
    import sys

    base = libraries(PROJECT["dependencies"])
    known = base | BROUGHT | {name for lines in OPTIONAL.values() for name in libraries(lines)}
    own = {"edgesdk", "edgesdk_backends"}
    for path, tree in sources():
        for name in imported(tree) - set(sys.stdlib_module_names) - NEWER - own:
            assert DISTRIBUTIONS.get(name, name) in known, f"{path} imports {name}"


def imported(tree: ast.Module) -> set[str]:
    """The first names of what a file imports, also where it does so late."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_doctor_shows_each_extra() -> None:
    assert set(extras.PURPOSES) | extras.HIDDEN == set(OPTIONAL)


def test_doctor_reads_the_metadata_as_pip_does() -> None:
    expected = set()
    for text in requires("edgesdk") or ():
        requirement = Requirement(text)
        for name in extras.PURPOSES:
            marker = requirement.marker
            wanted = marker is not None and marker.evaluate({"extra": name})
            if wanted and not marker.evaluate({"extra": ""}) and requirement.name != "edgesdk":
                expected.add((name, requirement.name, str(requirement.specifier)))
    found = [want for text in requires("edgesdk") or () for want in extras._wanted(text)]
    assert {(w.extra, w.library, w.versions) for w in found if w.library != "edgesdk"} == expected
    assert ("serve", ("decoder",)) in {(want.extra, want.includes) for want in found}


@pytest.mark.parametrize("python", ["3.9", "3.10", "3.13"])
def test_markers_of_versions_compare_as_versions(
    monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    monkeypatch.setattr(extras.platform, "python_version_tuple", lambda: (*python.split("."), "1"))
    line = 'some-thing>=1; python_version >= "3.10" and extra == "mcu"'
    assert bool(list(extras._wanted(line))) == (python != "3.9")


def test_each_extra_is_in_the_page_about_installing() -> None:
    page = (ROOT / "docs" / "how-to" / "install.md").read_text()
    told = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert told == set(extras.PURPOSES)
