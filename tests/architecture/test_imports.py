"""``docs/architecture.md`` allows every import that there is, and each that it allows is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.architecture.house import (
    PUT_TOGETHER,
    PYTHON,
    ROOT,
    Import,
    file_of,
    floors,
    imports,
    imports_of,
    python_files,
    room,
    room_of,
    rooms,
)

BACKENDS = ("cpu", "fpga", "mcu", "nand", "ssh")


def between_rooms() -> Iterator[tuple[str, str, Import]]:
    """(the room that imports, the other one, the import); what stays in one room is its own."""
    for found in imports():
        if found.imported.startswith("tests/"):
            continue
        here, there = room_of(found.importer), room_of(found.imported)
        if here != there:
            yield here, there, found


def told(found: Import) -> str:
    return f"{found.importer}:{found.line} imports {found.imported}"


@pytest.mark.parametrize("name", rooms())
def test_a_room_imports_only_what_its_row_names(name: str) -> None:
    allowed = rooms()[name]
    wrong = [
        f"{told(found)}: {name} may not import {there}"
        for here, there, found in between_rooms()
        if here == name
        and there not in allowed.imports
        and not (found.types and there in allowed.types)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rows_name_nothing_that_is_not_imported() -> None:
    """Or the map would draw ways that nobody goes."""
    used = {(here, there) for here, there, found in between_rooms() if not found.types}
    looked = {(here, there) for here, there, found in between_rooms() if found.types}
    for name, allowed in rooms().items():
        assert {(name, other) for other in allowed.imports} <= used, name
        assert {(name, other) for other in allowed.types} <= looked, name


def in_a_circle(needs: dict[str, set[str]]) -> set[str]:
    """What stands on itself by a way round, and what stands on that."""
    left = dict(needs)
    while free := [name for name, wanted in left.items() if not wanted & left.keys()]:
        for name in free:
            del left[name]
    return set(left)


def test_no_room_stands_on_itself_by_a_way_round() -> None:
    assert not in_a_circle({name: set(row.imports) for name, row in rooms().items()})


def test_no_file_stands_on_itself_by_a_way_round() -> None:
    """Not even by imports within functions; for types alone it may."""
    needs: dict[str, set[str]] = {path: set() for path in python_files()}
    for found in imports():
        if not found.types:
            needs[found.importer].add(found.imported)
    assert not in_a_circle(needs)
    assert in_a_circle({"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}) == {"a", "b", "c"}


def test_the_picture_has_every_room_and_all_its_ways_lead_down() -> None:
    floor = floors()
    drawn = {name for name in rooms() if "/" not in name and name != "hls"}
    assert floor.keys() == drawn
    for name, row in rooms().items():
        here = floor.get(name.partition("/")[0], 0)
        for other in row.imports:
            assert floor[other.partition("/")[0]] <= here, f"{name} imports {other}, above it"


def test_backends_know_neither_each_other_nor_are_they_known() -> None:
    """Each can be taken out: they are found by their entry points."""
    for found in imports():
        here, there = (path.split("/")[:2] for path in (found.importer, found.imported))
        if there[0] == "backends" and there[1] in BACKENDS:
            assert here[0] == "tools" or here == there, told(found)
    assert {path.split("/")[1] for path in python_files() if path.startswith("backends/")} == {
        "__init__.py",
        *BACKENDS,
    }
    for path in python_files():  # nor by a name that is put together at run time
        if path.startswith("edgesdk/"):
            assert "edgesdk_backends" not in (ROOT / path).read_text("utf-8"), path


def test_nothing_imports_tools_and_only_tools_import_tests() -> None:
    for found in imports():
        here, there = (path.split("/")[0] for path in (found.importer, found.imported))
        assert there != "tools" or here == "tools", told(found)
        assert there != "tests" or here == "tools", told(found)


def test_c_and_hardware_know_nothing_of_python() -> None:
    """``hls`` may hold scripts of Vitis' own, and those stand alone."""
    sources = [
        path
        for folder in (ROOT / "firmware", ROOT / "hls")
        for path in folder.rglob("*")
        if path.suffix in {".c", ".h", ".cpp", ".hpp", ".sv", ".tcl"}
    ]
    assert len(sources) > 100
    for path in sources:
        assert "Python.h" not in path.read_text("utf-8"), path
    assert not [path for path in python_files() if path.startswith("firmware/")]
    assert not [told(found) for found in imports() if found.importer.startswith("hls/")]


def test_few_files_import_by_a_name_that_is_put_together() -> None:
    """No reader of the source can follow those: commands, C libraries, the planner's operators."""
    found = {
        path for path in python_files() for one in imports_of(path) if one.imported == PUT_TOGETHER
    }
    assert found == {
        "backends/mcu/planner/operators/__init__.py",
        "edgesdk/cli/program.py",
        "edgesdk/cli/serve.py",
        "edgesdk/native.py",
        "tools/reference/python.py",
    }


def test_a_hidden_import_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a function, relative, of a package's module by its name, and for types alone."""
    inside = "edgesdk/bundle/manifest.py"
    text = (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from ..cli import run\n"
        "def late():\n    from .. import deploy\n    import edgesdk_backends.cpu.device\n"
        "    import_module('edgesdk.fit'), a.import_module(f'{a}'), __import__('edgesdk.toml')\n"
    )
    monkeypatch.setattr("pathlib.Path.read_text", lambda path, *_: text)
    found = {(one.imported, one.types) for one in imports_of(inside)}
    assert found == {
        ("edgesdk/cli/run.py", True),
        ("edgesdk/deploy.py", False),
        ("backends/cpu/device.py", False),
        ("edgesdk/fit.py", False),
        ("edgesdk/toml.py", False),
        (PUT_TOGETHER, False),
    }
    assert file_of("numpy.typing") == ""
    row = room("| **a** | `x/y` `z.py` | words | b c/d (e f) |")
    assert row.places == ("x/y", "z.py")
    assert (row.imports, row.types) == ({"b", "c/d"}, {"e", "f"})


def test_every_file_is_read() -> None:
    assert len(python_files()) > 400
    assert {path.split("/")[0] for path in python_files() if "/" in path} == {*PYTHON} - {
        "firmware"
    }
