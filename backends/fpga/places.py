"""Where an accelerator is: on an emulated board, or on the board that this program runs on."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from edgesdk.config import store_folder
from edgesdk.errors import MissingExtra

from .bitstream.fabric import Fabric
from .boards import Board
from .driver.accelerator import Accelerator
from .driver.patience import BOARD
from .emulator.engine import Engine
from .emulator.engines import open_engine
from .emulator.faults import Faults
from .emulator.hal import EmulatedHal
from .options import AddressOptions
from .pynq.board_lock import BoardLock


class Place(Protocol):
    """Gives accelerators, one at a time. ``store``: the folder of models, where none is named."""

    description: str
    another: str  # what else may be done where one model too many is to be opened
    store: Path
    needs_bitstream: bool

    def memory(self) -> int:
        """Bytes that an accelerator's buffers may take now."""

    def prepare(self) -> None:
        """See that an accelerator could be had, before anything is sent to the store.

        Raises what ``accelerator`` raises where this machine lacks something.
        """

    def accelerator(self, fabric: Fabric | None, seconds: float) -> Accelerator:
        """Load the fabric; ``seconds`` is the limit of a start, 0 for what its size suggests.

        The accelerator owns ``fabric`` once it is there; until then the caller does. Raises
        ``DeviceUnavailable`` (EDGE-0560) where another program has it, and what its Hal raises.
        """


class EmulatedPlace:
    """See ``Place``: a board made of software, in this process."""

    needs_bitstream = False
    another = ", or open the other model on another board: emu:fpga?name=second"

    def __init__(self, board: Board, options: AddressOptions) -> None:
        self._options = options
        self._size = options.memory << 20 if options.memory else board.memory
        self.store = options.boards.of(options.name)
        self.description = f"emulated {board.description}, engine {options.engine}"

    def memory(self) -> int:
        """All of it: only one model is there at a time."""
        return self._size

    def prepare(self) -> None:
        """See ``Place``: what the engine needs compiled is compiled here."""
        open_engine(self._options.engine)

    def accelerator(self, fabric: Fabric | None, seconds: float) -> Accelerator:
        """See ``Place``. Raises ``NoDevice`` where the engine needs what this machine lacks."""
        options = self._options
        engine = open_engine(options.engine)
        hal = _LockedHal(engine, self._size, options.faults, self._locked())
        return Accelerator(hal, fabric, options.engine, seconds)

    def _locked(self) -> BoardLock:
        return BoardLock(
            self.store.with_name(f"{self.store.name}.lock"),
            f"emulated board emu:fpga?name={self._options.name}",
            "Make room there, or name another folder: emu:fpga?state=FOLDER",
        )


class _LockedHal(EmulatedHal):
    def __init__(self, engine: Engine, memory: int, faults: Faults, lock: BoardLock) -> None:
        self._board = lock
        try:
            super().__init__(engine, memory, faults)
        except BaseException:
            lock.close()
            raise

    def close(self) -> None:
        super().close()
        self._board.close()


_NO_BOARD = (
    " on the board itself. From another machine it is ssh://root@BOARD/pynq:, "
    "and without a board emu:fpga"
)


class PynqPlace:
    """See ``Place``: through PYNQ. Raises ``MissingExtra``, ``NoDevice`` (EDGE-0311)."""

    needs_bitstream = True
    another = ""

    def __init__(self, board: Board, options: AddressOptions) -> None:
        if not has_pynq():
            raise MissingExtra("pynq", "pynq", _NO_BOARD)
        from .pynq.hal import this_board

        name = str(this_board().name)
        self.store = options.store or store_folder() / "fpga"
        self.description = f"{name}, through PYNQ, taken for an {board.description}"

    def memory(self) -> int:
        """What Linux says of its contiguous memory."""
        from .pynq.hal import cma_free

        return cma_free()

    def prepare(self) -> None:
        """See ``Place``: nothing is known before the fabric is loaded."""

    def accelerator(self, fabric: Fabric | None, seconds: float) -> Accelerator:
        """See ``Place``."""
        from .pynq.hal import PynqHal

        clock = fabric.clock if fabric else None
        hal = PynqHal(clock_mhz=clock, hwh_sha256=fabric.hwh_sha256 if fabric else "")
        return Accelerator(hal, fabric, BOARD, seconds)


def has_pynq() -> bool:
    """Whether PYNQ is installed; it is not imported, which takes seconds on a board."""
    return find_spec("pynq") is not None
