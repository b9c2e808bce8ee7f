"""What ``docs/architecture.md`` names is there, and no folder of the house is left out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.architecture.house import PAGE, ROOT, rooms

# Folders whose inner folders are in the map, and how deep.
MAPPED = {"edgesdk": 1, "backends": 2, "firmware": 1, "hls": 1, "tools": 1, "tests": 1}
_MADE = re.compile(r"__pycache__|\..*|.*\.egg-info|build|generated")


def named() -> set[str]:
    """Everything between backquotes."""
    return set(re.findall(r"`([^`\n]+)`", PAGE.read_text()))


def listed(top: str) -> set[str]:
    """The names in the sentence that begins with "In `top`"."""
    [sentence] = re.findall(rf"In `{top}`(.*?)(?=In `|\n\n)", PAGE.read_text(), re.S) or [""]
    return set(re.findall(r"`([^`\n]+)`", sentence))


def folders(top: str, deep: int) -> Iterator[str]:
    """Folders below one, as seen from the project's root; none that a build or a run leaves."""
    for path in sorted((ROOT / top).iterdir()):
        if path.is_dir() and not _MADE.fullmatch(path.name) and any(path.iterdir()):
            name = path.relative_to(ROOT).as_posix()
            yield name
            if deep > 1:
                yield from folders(name, deep - 1)


def test_every_path_of_the_page_exists() -> None:
    paths = [name for name in named() if "/" in name]
    assert len(paths) > 100
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert not missing


def test_every_room_has_something_in_it() -> None:
    for room in rooms().values():
        assert room.places, room.name
        for place in room.places:
            assert (ROOT / place).exists(), place


def test_every_folder_is_in_the_map() -> None:
    words = named()
    for top, deep in MAPPED.items():
        assert top in words, top
        for folder in folders(top, deep):
            known = folder in words or folder.partition("/")[2] in listed(top)
            assert known, f"docs/architecture.md does not name {folder}"


SHAPE = ("backend", "compile", "device", "doctor", "fit", "golden", "options", "opening", "session")
OTHERS = {"cpu": {"opening", "session"}, "ssh": set(SHAPE) - {"backend", "device"}}


@pytest.mark.parametrize("backend", ("cpu", "fpga", "mcu", "nand", "ssh"))
def test_backends_have_one_shape(backend: str) -> None:
    """The same work has the same file name in each backend; the page tells where it has not."""
    found = {name for name in SHAPE if (ROOT / "backends" / backend / f"{name}.py").is_file()}
    assert found == {*SHAPE} - OTHERS.get(backend, set())
    assert {f"{name}.py" for name in SHAPE} <= named()


def test_the_four_ways_are_told_with_their_files() -> None:
    text = PAGE.read_text()
    ways = text[text.index("## Four ways through") : text.index("## Where to put")]
    told = [part for part in ways.split("\n\n") if part.startswith("**")]
    assert len(told) == 4
    for part in told:
        assert len(re.findall(r"`[a-z_/0-9]+\.(?:py|c|cpp)`", part)) >= 5, part[:60]
