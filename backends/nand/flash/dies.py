"""All dies of a device, and the sequences of bus cycles by which its controller works on them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..design.design import Design
from . import opcodes as op
from .addresses import COLUMN_CYCLES
from .cells import Cells, Refusal
from .core import Correct, Request, inputs_told
from .die import Die
from .faults import Bytes
from .geometry import Place

_NO_COLUMN = bytes(COLUMN_CYCLES)


class Dies:
    """Dies come to be when they are first spoken to. Pages go by their number in the device."""

    def __init__(self, design: Design, cells: Cells, correct: Correct | None = None) -> None:
        self._design, self._cells, self._correct = design, cells, correct
        self._geometry = cells.geometry
        self._dies: dict[int, Die] = {}

    def die(self, channel: int, core: int) -> Die:
        """One of them."""
        number = channel * self._geometry.cores + core
        if number not in self._dies:
            self._dies[number] = Die(self._design, self._cells, number, self._correct)
        return self._dies[number]

    def program(self, page: int, content: Bytes) -> Refusal:
        """Program a page with its spare, uint8 [page + spare]."""
        die, row = self._at(page)
        die.command(op.PROGRAM)
        die.address(_NO_COLUMN + row)
        die.write(content)
        die.command(op.PROGRAM_START)
        return _outcome(die)

    def erase(self, block: int) -> Refusal:
        """Erase a block."""
        die, row = self._at(block * self._geometry.pages)
        die.command(op.ERASE)
        die.address(row)
        die.command(op.ERASE_START)
        return _outcome(die)

    def read(self, page: int, slices: int = 1) -> Bytes:
        """Read a page with its spare, in so many transfers: uint8 [page + spare]."""
        die, row = self._at(page)
        die.command(op.READ)
        die.address(_NO_COLUMN + row)
        die.command(op.READ_START)
        _outcome(die)
        starts = np.linspace(0, self._geometry.stride, slices + 1).astype(int).tolist()
        parts = []
        for start, end in pairwise(starts):
            _change_column(die, start, row)
            parts.append(die.read(end - start))
        return np.concatenate(parts)

    def load_inputs(self, channel: int, inputs: NDArray[np.int8] | NDArray[np.int16]) -> Refusal:
        """Send inputs to all cores of a channel at once."""
        data = inputs.astype(inputs.dtype.newbyteorder("<")).tobytes()
        told = inputs_told(len(inputs), inputs.dtype.itemsize)
        refusals = []
        for core in range(self._geometry.cores):
            die = self.die(channel, core)
            die.command(op.LOAD_INPUT)
            die.address(told)
            die.write(data)
            die.command(op.LOAD_END)
            refusals.append(_outcome(die))
        return max(refusals)

    def compute(self, page: int, request: Request) -> NDArray[np.int64] | Refusal:
        """Multiply a page with the inputs loaded: int64 [rows], as the bus brings them."""
        die, row = self._at(page)
        die.command(op.COMPUTE)
        die.address(request.pack() + row)
        die.command(op.COMPUTE_START)
        refusal = _outcome(die)
        if refusal:
            return refusal
        assert die.core is not None
        width = die.core.result_bytes
        _change_column(die, 0, row)
        return np.frombuffer(die.read(request.rows * width).tobytes(), f"<i{width}").astype(int)

    @property
    def nanoseconds(self) -> float:
        """Of the die that was busy for the longest."""
        return max((die.now for die in self._dies.values()), default=0.0)

    def _at(self, page: int) -> tuple[Die, bytes]:
        place = Place(*map(int, self._geometry.place(page)))
        die = self.die(place.channel, place.core)
        of_chip = place.core % self._geometry.dies
        return die, die.rows.pack(place.page, place.plane, place.block, of_chip)


def _change_column(die: Die, column: int, row: bytes) -> None:
    die.command(op.COLUMN_OF)
    die.address(column.to_bytes(COLUMN_CYCLES, "little") + row)
    die.command(op.COLUMN_START)


def _outcome(die: Die) -> Refusal:
    """Wait, ask for the status, and for the reason where it says FAIL."""
    die.advance(die.busy_for())
    die.command(op.STATUS)
    if not int(die.read(1)[0]) & op.FAIL:
        return Refusal.NONE
    die.command(op.GET_FEATURES)
    die.address(bytes((op.LAST_REFUSAL,)))
    return Refusal(int(die.read(1)[0]))
