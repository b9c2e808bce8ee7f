"""Two who want the same build at once: it is made once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgesdk_backends.fpga.emulator import build_turn
from edgesdk_backends.fpga.emulator.builds import cached

Make = Callable[[Path], None]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGESDK_BUILDS", str(tmp_path / "builds"))
    return tmp_path / "builds"


class Maker:
    """Makes a file, slowly enough for another to come meanwhile; the first time, perhaps fails."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.calls = 0
        self.begun = threading.Event()

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        first = self.calls == 1
        self.begun.set()
        time.sleep(0.3)
        if first and self.fails:
            raise RuntimeError("the first one fails")
        (folder / "made").write_text(str(self.calls))


def both(make: Maker) -> list[Path | str]:
    """What the two get: a folder, or why not. The second comes while the first is at it."""
    got: list[Path | str] = []

    def ask() -> None:
        try:
            got.append(cached("thing", [b"the same"], make))
        except RuntimeError as error:
            got.append(str(error))

    first, second = threading.Thread(target=ask), threading.Thread(target=ask)
    first.start()
    assert make.begun.wait(10)
    second.start()
    first.join(10)
    second.join(10)
    return got


def test_the_second_finds_what_the_first_made(state: Path) -> None:
    make = Maker()
    found = both(make)
    assert make.calls == 1
    assert found[0] == found[1]
    assert isinstance(found[0], Path)
    assert (found[0] / "made").read_text() == "1"
    assert list(state.iterdir()) == [found[0]]


def test_where_the_first_fails_the_second_makes_it() -> None:
    make = Maker(fails=True)
    failed, found = both(make)
    assert failed == "the first one fails"
    assert isinstance(found, Path)
    assert (found / "made").read_text() == "2"


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that hangs holds up others for so long, and no longer."""
    monkeypatch.setattr(build_turn, "SECONDS", 0.05)
    make = Maker()
    found = both(make)
    assert make.calls == 2
    assert found[0] == found[1]
