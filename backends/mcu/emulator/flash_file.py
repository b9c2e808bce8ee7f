"""A flash that is a file: what is erased and programmed there stays, and one process has it."""

from __future__ import annotations

import fcntl
import mmap
import os
import random
from pathlib import Path
from typing import BinaryIO

from edgesdk.errors import DeviceUnavailable

from .board import Board
from .faults import Faults, PowerCut

IDENTITY = 8  # bytes behind the flash that tell this part from every other


class FlashFile:
    """Erase makes a page ones, programming clears bits, in words; both count, and tear at a cut.

    ``view`` is what the processor reads: the file itself, unless ``faults.flip`` asks for errors,
    which the boot stage never has.
    """

    def __init__(self, file: BinaryIO, board: Board, faults: Faults) -> None:
        self._size, self._page, self._spared = board.flash_size, board.page, board.boot_size
        self._content = mmap.mmap(file.fileno(), board.flash_size)
        self.view = self._content
        self.identity = os.pread(file.fileno(), IDENTITY, board.flash_size).ljust(IDENTITY, b"\0")
        self.programs = 0
        self.erases = 0
        self._starts = 0
        self._wrong: dict[int, int] = {}  # address of a byte -> bits that read wrongly
        self.faults = faults

    @property
    def operations(self) -> int:
        """Words programmed and pages erased."""
        return self.programs + self.erases

    def power_on(self) -> None:
        """Draw the bits that read wrongly from now on."""
        self._starts += 1
        if self.faults.flip:
            self._wrong = self._draw()
            self.view = mmap.mmap(-1, self._size)
            self._show(0, self._size)

    def program(self, address: int, value: int) -> None:
        """Clear the bits of a word that are zero in ``value``. Raises ``PowerCut``."""
        self.programs += 1
        old = self._content[address : address + 4]
        new = (int.from_bytes(old, "little") & value).to_bytes(4, "little")
        self._change(address, old, new)

    def erase(self, address: int) -> None:
        """Make the page of that address ones. Raises ``PowerCut``."""
        self.erases += 1
        start = address - address % self._page
        self._change(start, self._content[start : start + self._page], b"\xff" * self._page)

    def word(self, address: int) -> int:
        """What is stored there."""
        return int.from_bytes(self._content[address : address + 4], "little")

    def restore(self, address: int, value: int) -> None:
        """Somebody wrote past the rules: this is what was stored."""
        self._content[address : address + 4] = value.to_bytes(4, "little")
        self._show(address, 4)

    def _change(self, address: int, old: bytes, new: bytes) -> None:
        cut = self.operations == self.faults.cut
        result = _torn(old, new, self.faults) if cut else new
        self._content[address : address + len(new)] = result
        self._show(address, len(new))
        if cut:
            raise PowerCut

    def _show(self, address: int, size: int) -> None:
        if self.view is self._content:
            return
        self.view[address : address + size] = self._content[address : address + size]
        touched = range(address, address + size)
        for at in self._wrong if size > len(self._wrong) else touched:
            if at in touched:
                self.view[at] ^= self._wrong.get(at, 0)

    def _draw(self) -> dict[int, int]:
        chance = random.Random(f"flip {self.faults.seed} {self._starts}")
        wrong: dict[int, int] = {}
        at = self._spared * 8
        while True:
            at += 1 + int(chance.expovariate(self.faults.flip))
            if at >= self._size * 8:
                return wrong
            wrong[at // 8] = wrong.get(at // 8, 0) ^ 1 << at % 8


def _torn(old: bytes, new: bytes, faults: Faults) -> bytes:
    """What is left of an operation during which the power went."""
    if faults.tear == "half":
        return new[: len(new) // 2] + old[len(new) // 2 :]
    if faults.tear == "almost":
        return new[:-1] + old[-1:]
    if faults.tear == "noise":
        noise = random.Random(f"tear {faults.seed} {faults.cut}").randbytes(len(new))
        return bytes(o ^ ((o ^ n) & r) for o, n, r in zip(old, new, noise, strict=True))
    return old


def lock(path: Path, size: int) -> BinaryIO:
    """Open it for this process and its children alone, until all have closed it.

    Raises ``DeviceUnavailable`` (EDGE-0513 in use, EDGE-0514 not usable).
    """
    try:
        file = path.open("r+b")
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise DeviceUnavailable(
            "Another program is using this emulated board",
            evidence=str(path),
            next_step="Close it first, or use a board of another name: emu:mcu?name=second",
            code=13,
        ) from None
    if path.stat().st_size < size:
        file.close()
        raise _unusable(path, f"it has {path.stat().st_size} bytes, not {size}")
    return file


def _unusable(path: Path, why: str) -> DeviceUnavailable:
    return DeviceUnavailable(
        "The flash file of this emulated board cannot be used",
        evidence=f"{path}: {why}",
        next_step="Remove the file: the board then starts as a fresh one",
        code=14,
    )
