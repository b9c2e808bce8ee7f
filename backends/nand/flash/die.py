"""A die behind its bus: command, address and data cycles in, status and data out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgesdk.errors import InternalFault

from ..design.design import Design
from . import opcodes as op
from .addresses import COLUMN_CYCLES, Rows
from .cells import Cells, Refusal
from .core import Core, Correct
from .die_array import DieArray, defect
from .faults import Bytes
from .features import FEATURE_BYTES, Features
from .parameter_page import SIGNATURE, identity, parameter_page


class Die:
    """``number``: channel * cores of a channel + core. Its controller moves its clock: ``advance``.

    What no controller may send, in that order or to who is busy, raises ``InternalFault``
    (EDGE-0170); what the die refuses is bit 0 of its status.
    """

    _asked: int  # the first cycle of a command, or -1
    _address: bytes  # its address
    _data: bytes  # of inputs and features, in
    _source: bytes  # address of the page whose register is read
    _output: bytes | None  # what is read instead of a register

    def __init__(
        self, design: Design, cells: Cells, number: int, correct: Correct | None = None
    ) -> None:
        self.rows = Rows.of(cells.geometry)
        self.core = Core(design, correct) if design.compute else None
        self.array = DieArray(design, cells, number, self.core)
        self._design = design
        self._features = Features(self.core, self.array)
        self._forget()

    @property
    def now(self) -> float:
        """The die's clock, in ns."""
        return self.array.now

    def advance(self, nanoseconds: float) -> None:
        """Let time pass."""
        self.array.now += nanoseconds

    def busy_for(self) -> float:
        """Nanoseconds until all planes are ready."""
        return max(0.0, max(plane.ready_at for plane in self.array.planes) - self.now)

    def command(self, code: int) -> None:
        """A command cycle."""
        if code == op.WRITE_COLUMN and self._asked == op.PROGRAM:
            self._changing = True
        elif code in op.SECOND_OF:
            self._second(code)
        else:
            self._first(code)

    def address(self, cycles: bytes) -> None:
        """All address cycles of a command."""
        wanted = self._address_cycles()
        if len(cycles) != wanted:
            raise _broken(f"{len(cycles)} address cycles after {self._told()}, not {wanted}")
        if self._changing:
            self._column, self._changing = int.from_bytes(cycles, "little"), False
            return
        if self._address:
            raise _broken(f"a second address after {self._told()}")
        self._address = cycles
        if self._asked == op.PROGRAM:
            self._column = int.from_bytes(cycles[:COLUMN_CYCLES], "little")
            self.array.open_register(cycles)
        self._answer(cycles)

    def write(self, data: bytes | Bytes) -> None:
        """Data cycles in."""
        content = np.frombuffer(data, np.uint8)
        if self._asked == op.PROGRAM and self._address:
            self.array.fill(self._address, self._column, content)
            self._column += len(content)
        elif self._asked in op.WITH_DATA and self._address:
            self._data += content.tobytes()
            if self._asked == op.SET_FEATURES:
                self._set_features()
        else:
            raise _broken(f"data after {self._told()}")

    def read(self, count: int) -> Bytes:
        """Data cycles out: uint8 [count]."""
        if self._asked in op.WITH_ADDRESS and not self._address:
            raise _broken(f"data are wanted after {self._told()} without an address")
        if self._asked in (op.STATUS, op.STATUS_OF):
            row = self._address if self._asked == op.STATUS_OF else b""
            return np.full(count, self.array.status(row), np.uint8)
        if self._output is not None:
            told, self._output = self._output[:count], self._output[count:]
            return np.array(bytearray(told.ljust(count, b"\0")), np.uint8)
        content = self.array.out(self._source, self._column, count)
        self._column += count
        return content

    def _first(self, code: int) -> None:
        if code == op.RESET:
            self.array.reset()
            self._forget()
            return
        if code in op.ONE_BYTE and self.busy_for():
            raise _broken(
                f"{code:02X}h, which wants all planes ready: {self.busy_for():.0f} ns more"
            )
        if code == op.LOAD_INPUT and self.array.core_busy:
            raise _broken("inputs for a core that is at work")
        self._asked, self._address, self._data, self._output = code, b"", b"", None
        if code not in op.WITH_ADDRESS and code != op.STATUS:
            raise _broken(f"there is no command {code:02X}h")

    def _second(self, code: int) -> None:
        if self._asked not in op.SECOND_OF[code] or not self._address:
            raise _broken(f"{code:02X}h after {self._told()}")
        _STARTS[code](self)
        self._asked = -1

    def _told(self) -> str:
        """The command that was asked."""
        address = "" if self._address or self._asked not in op.WITH_ADDRESS else " and no address"
        return f"{self._asked:02X}h{address}" if self._asked >= 0 else "no command"

    def _given(self) -> bytes:
        self._source, self._column = self._address, 0
        return self._address

    def _change_column(self) -> None:
        self._column = int.from_bytes(self._address[:COLUMN_CYCLES], "little")
        if self._asked == op.COLUMN_OF:
            self._source = self._address
        self._output = None

    def _load(self) -> None:
        if self.core is None:
            self.array.end_all(Refusal.FORMAT)
        else:
            self.array.end_all(self.core.load(self._address, self._data))

    def _set_features(self) -> None:
        """All four bytes at once, however many cycles bring them."""
        if len(self._data) > FEATURE_BYTES:
            raise _broken(f"{len(self._data)} bytes of a feature, not {FEATURE_BYTES}")
        if len(self._data) == FEATURE_BYTES:
            self._features.set(self._address[0], self._data)

    def _answer(self, cycles: bytes) -> None:
        if self._asked == op.READ_ID:
            self._output = SIGNATURE if cycles[0] == 0x20 else identity(self._design)
        elif self._asked == op.PARAMETERS:
            self._output = parameter_page(self._design)
        elif self._asked == op.GET_FEATURES:
            self._output = self._features.get(cycles[0])

    def _address_cycles(self) -> int:
        if self._changing or self._asked in op.COLUMN_ONLY:
            return COLUMN_CYCLES
        if self._asked == op.LOAD_INPUT:
            return 5
        if self._asked in op.ONE_BYTE:
            return 1
        row = self.rows.cycles
        return row if self._asked in op.ROW_ONLY else (self._asked in op.WITH_ROW) * (row + 2)

    def _forget(self) -> None:
        self._asked, self._address, self._data = -1, b"", b""
        self._source, self._column, self._changing = b"", 0, False
        self._output = None


_STARTS: Mapping[int, Callable[[Die], None]] = {
    op.READ_START: lambda die: die.array.read(die._given()),
    op.READ_QUEUE: lambda die: die.array.queue(die._given(), op.READ),
    op.COLUMN_START: Die._change_column,
    op.PROGRAM_START: lambda die: die.array.program(die._given()),
    op.PROGRAM_QUEUE: lambda die: die.array.queue(die._given(), op.PROGRAM),
    op.ERASE_START: lambda die: die.array.erase(die._given()),
    op.ERASE_QUEUE: lambda die: die.array.queue(die._given(), op.ERASE),
    op.LOAD_END: Die._load,
    op.COMPUTE_START: lambda die: die.array.compute(die._given()),
}


def _broken(evidence: str) -> InternalFault:
    return defect("A die of the emulated flash was sent what its bus does not allow", evidence)
