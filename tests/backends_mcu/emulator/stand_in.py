"""Boards that run ``stand_in.c`` in the place of their boot stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from edgesdk_backends.mcu.emulator import BOARDS, Emulator, Faults, provision
from tools.firmware.board import ROOT, boards
from tools.firmware.compiler import zig
from tools.firmware.elf import flat
from tools.firmware.stages import Tree

SOURCE = Path(__file__).with_name("stand_in.c")


class StandIn(Tree):
    """The ports and what they need, and the stand-in's main."""

    def sources(self, stage: str) -> list[Path]:
        kept = [path for path in super().sources(stage) if path.parent.name != stage]
        return [*kept, SOURCE]


@cache
def built(engine: str) -> bytes:
    """The flat image for an engine's board."""
    [found] = [board for board in boards() if board.name == BOARDS[engine]]
    board = replace(found, description={**found.description, "watchdog_seconds": 1})
    return flat(StandIn(zig(), board, "0.0.0", ROOT / "build" / "firmware-test").build("boot"))


class Told:
    """A board that is told letters and answers in lines."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self._rest = b""

    def tell(self, letters: str) -> None:
        self.emulator.link.write(letters.encode())

    def line(self) -> tuple[str, int]:
        """A word and a number."""
        while b"\n" not in self._rest:
            self._rest += self.emulator.link.read(20.0)
        text, _, self._rest = self._rest.partition(b"\n")
        word, number = text.decode().split()
        return word, int(number, 16)

    def read(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._rest += self.emulator.link.read(20.0)
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


@contextmanager
def told(folder: Path, engine: str = "unicorn", faults: Faults | None = None) -> Iterator[Told]:
    """A fresh board, after its first words."""
    flash, image = folder / "flash", folder / "boot"
    image.write_bytes(built(engine))
    provision(flash, BOARDS[engine], built(engine))
    with Emulator.start(flash, engine=engine, faults=faults, boot_image=image) as emulator:
        board = Told(emulator)
        assert board.line() == ("reset", 0)
        yield board
