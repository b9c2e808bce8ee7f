"""What a die does behind its bus: planes, their cells and the core, with the time that each takes.

An operation takes effect when it starts; its planes are busy until it would be done.
"""

from __future__ import annotations

import numpy as np

from edgesdk.errors import InternalFault

from ..design.design import Design
from . import opcodes as op
from .addresses import COLUMN_CYCLES, Rows
from .cells import Cells, Refusal
from .core import Core, Request
from .faults import Bytes
from .geometry import Place
from .plane import Plane

_RESET_NS = 5000.0  # assumed: ONFI's longest tRST of a die that only reads


class DieArray:
    """``address``: a column's and a row's cycles, or a row's alone, as each command has them."""

    def __init__(self, design: Design, cells: Cells, number: int, unit: Core | None) -> None:
        self._design, self._cells, self._rows = design, cells, Rows.of(cells.geometry)
        self._channel, self._core = divmod(number, cells.geometry.cores)
        self._die = self._core % design.dies
        self._unit = unit
        self.planes = [Plane(cells.geometry.stride) for _ in range(design.planes)]
        self.now = 0.0  # ns
        self.last = Refusal.NONE
        self._core_at = 0.0  # the core is free from then on
        self._queued: list[tuple[int, Place | None]] = []
        self._failed = self._failed_before = False  # the last operation, and the one before

    @property
    def core_busy(self) -> bool:
        """Whether the core multiplies."""
        return self._core_at > self.now

    def queue(self, address: bytes, command: int) -> None:
        """Remember a page or block for the start of the same command on another plane; what is
        not of this die, too: then none of them starts."""
        place = self._place(address)
        if place is not None:
            self._idle(place)
        self._queued.append((command, place))

    def read(self, address: bytes) -> None:
        """Array to registers, of all queued pages and this one."""
        for place in self._places(address, op.READ):
            plane = self._idle(place)
            plane.sense(self._cells.read(self._number(place)))
            self._end(place, Refusal.NONE, self._design.read_us)

    def program(self, address: bytes) -> None:
        """Registers to array."""
        for place in self._places(address, op.PROGRAM):
            plane = self._idle(place)
            refusal = self._cells.program(self._number(place), plane.cache)
            self._end(place, refusal, self._design.program_us)

    def erase(self, address: bytes) -> None:
        """Blocks of the rows' addresses; their pages do not matter."""
        for place in self._places(address, op.ERASE):
            self._idle(place)
            block = self._number(place) // self._cells.geometry.pages
            self._end(place, self._cells.erase(block), self._design.erase_us)

    def compute(self, address: bytes) -> None:
        """Read a page and multiply it; the results begin the plane's cache register."""
        place = self._place(address)
        if place is None or self._unit is None:
            self.end_all(Refusal.ADDRESS if self._unit else Refusal.FORMAT)
            return
        plane = self._idle(place)
        self._begin()
        request = Request.unpack(address[:COLUMN_CYCLES])
        refusal = self._unit.refused(request)
        if not refusal:
            plane.sense(self._cells.read(self._number(place)))
            refusal = self._multiply(plane, request, self._unit)
        self._end(place, refusal, 0.0 if refusal else self._design.read_us)
        if not refusal:
            self._core_at = max(plane.array_at, self._core_at) + self._unit.microseconds() * 1e3
            plane.ready_at = self._core_at

    def _multiply(self, plane: Plane, request: Request, unit: Core) -> Refusal:
        results = unit.compute(request, plane.data)
        if isinstance(results, Refusal):
            return results
        plane.cache[: len(results)] = np.frombuffer(results, np.uint8)
        return Refusal.NONE

    def open_register(self, address: bytes) -> None:
        """A program begins: its cache register becomes ones."""
        place = self._place(address)
        if place is not None:
            self._idle(place).cache[:] = 0xFF

    def fill(self, address: bytes, column: int, content: Bytes) -> None:
        """Data into the cache register of that row's plane."""
        place = self._place(address)
        if place is None:
            return
        if column + len(content) > self._cells.geometry.stride:
            raise _beyond(column + len(content), self._cells.geometry.stride)
        self._idle(place).cache[column : column + len(content)] = content

    def out(self, address: bytes, column: int, count: int) -> Bytes:
        """Data of the cache register of that row's plane."""
        place = self._place(address) if address else None
        if place is None:
            return np.full(count, 0xFF, np.uint8)
        if column + count > self._cells.geometry.stride:
            raise _beyond(column + count, self._cells.geometry.stride)
        content: Bytes = self._idle(place).cache[column : column + count].copy()
        return content

    def status(self, row: bytes) -> int:
        """Of the row's plane, or of the die."""
        place = self._place(bytes(COLUMN_CYCLES) + row) if row else None
        planes = self.planes if place is None else [self.planes[place.plane]]
        failed, before = self._failed, self._failed_before
        if place is not None:
            failed, before = bool(planes[0].refusal), bool(planes[0].refusal_before)
        bits = op.NOT_PROTECTED | op.FAIL * failed | op.FAIL_BEFORE * before
        bits |= op.ARRAY_READY * all(plane.array_at <= self.now for plane in planes)
        return bits | op.READY * all(plane.ready_at <= self.now for plane in planes)

    def reset(self) -> None:
        """Drop what is under way."""
        self._queued.clear()
        self._failed = self._failed_before = False
        self._core_at = self.now
        for plane in self.planes:
            plane.refusal = plane.refusal_before = Refusal.NONE
            plane.array_at = plane.ready_at = self.now + _RESET_NS

    def end_all(self, refusal: Refusal) -> None:
        """An operation of the whole die ended so."""
        self._begin()
        self._failed = bool(refusal)
        self.last = refusal or self.last
        for plane in self.planes:
            plane.ended(refusal)

    def _end(self, place: Place, refusal: Refusal, microseconds: float) -> None:
        plane = self.planes[place.plane]
        self._failed |= bool(refusal)
        self.last = refusal or self.last
        plane.ended(refusal)
        plane.array_at = plane.ready_at = self.now + microseconds * 1e3

    def _places(self, address: bytes, command: int) -> list[Place]:
        """All queued and this one; none of them where they do not go together."""
        asked = [*self._queued, (command, self._place(address))]
        self._queued = []
        places = [place for of, place in asked if place is not None and of == command]
        planes = {each.plane for each in places}
        pages = {each.page for each in places}
        if len(planes) < len(asked) or (len(pages) > 1 and command != op.ERASE):
            self.end_all(Refusal.ADDRESS)
            return []
        self._begin()
        return places

    def _begin(self) -> None:
        self._failed_before, self._failed = self._failed, False

    def _place(self, address: bytes) -> Place | None:
        """Where a row is; none where it is not of this die."""
        page, plane, block, die = self._rows.unpack(address[-self._rows.cycles :])
        geometry = self._cells.geometry
        here = page < geometry.pages and plane < geometry.planes and block < geometry.blocks
        if not here or die != self._die:
            return None
        return Place(self._channel, self._core, plane, block, page)

    def _number(self, place: Place) -> int:
        return self._cells.geometry.number(place)

    def _idle(self, place: Place) -> Plane:
        plane = self.planes[place.plane]
        if plane.ready_at > self.now:
            raise defect(
                "A die of the emulated flash was sent something while it was busy",
                f"plane {place.plane} for {plane.ready_at - self.now:.0f} ns more",
            )
        return plane


def _beyond(column: int, size: int) -> InternalFault:
    return defect(
        "A die of the emulated flash was asked for columns beyond its registers",
        f"column {column} of {size}",
    )


def defect(what: str, evidence: str) -> InternalFault:
    """EDGE-0170: whoever drives a die breaks its rules."""
    return InternalFault(
        what,
        evidence=evidence,
        next_step="This is a defect in edgesdk; docs/nand-commands.md has the rules",
        code=70,
    )
