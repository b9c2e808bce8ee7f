"""The plug-in: what the entry point ``fpga`` names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from edgesdk.address import Address
from edgesdk.backend import Compiled, DeviceInfo
from edgesdk.errors import NoDevice
from edgesdk.formats import SourceModel

if TYPE_CHECKING:
    from edgesdk.bundle import Bundle
    from edgesdk.decoder.config import DecoderConfig
    from edgesdk.predict import Prediction, Question
    from edgesdk.predict.target import Target

    from .device import FpgaDevice

_FABRIC = Path("/sys/class/fpga_manager/fpga0")


class FpgaBackend:
    """Serves ``pynq:`` and ``emu:fpga`` addresses and the targets ``fpga:...``."""

    name = "fpga"
    schemes = ("pynq", "emu:fpga")
    targets = ("fpga:",)

    def discover(self) -> Sequence[DeviceInfo]:
        """The board that this program runs on, where PYNQ is installed and Linux has its fabric."""
        from .places import has_pynq

        if not (_FABRIC.exists() and has_pynq()):
            return []
        try:
            return [self.connect(Address("pynq")).info]
        except NoDevice:  # another maker's, or PYNQ does not know it
            return []

    def connect(self, address: Address) -> FpgaDevice:
        """Connect to ``pynq:`` or ``emu:fpga``; ``docs/fpga.md`` has the options."""
        if address.scheme == "pynq" and address.rest:
            raise NoDevice(
                f"There is no device {address}",
                evidence="the FPGA of this board is 'pynq:', with nothing between : and ?",
            )
        from .device import FpgaDevice

        return FpgaDevice(address)

    def device_of(self, address: Address) -> Path | str:
        """The one fabric, or an emulated board; see ``edgesdk.backend.NamesDevices``."""
        from .options import from_address

        options = from_address(address)
        return "pynq" if address.scheme == "pynq" else options.boards.of(options.name)

    def compile(self, model: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
        """Pack a ternary decoder for the accelerator."""
        from .compile import compile_fpga

        return compile_fpga(model, target, options)

    def predict(self, question: Question) -> Prediction:
        """How fast a model would be; see ``edgesdk.predict``."""
        from .timing.predict import predict_fpga

        return predict_fpga(question)

    def prediction_target(self, address: Address) -> Target:
        """What an address says of a prediction; see ``edgesdk.predict.PredictsAddress``."""
        from edgesdk.predict.target import Target

        from .boards import read_board
        from .options import from_address

        board, given = read_board(from_address(address).board), address.options
        head = {"head": given["head"]} if "head" in given else {}
        apart = tuple(key for key in given if key not in ("board", "head"))
        return Target(board.target, head, apart)

    def shape(self, bundle: Bundle) -> DecoderConfig:
        """The sizes of the decoder in a bundle. Raises ``VerificationMismatch`` (EDGE-0766)."""
        from edgesdk.store import bundled_source

        from .opening import model_file
        from .timing.modelled import config_of

        with closing(model_file(bundled_source(bundle))) as file:
            return config_of(file.shape)

    def kept(self, address: Address) -> Sequence[str]:
        """Emulated boards that are there; see ``edgesdk.emulated.KeepsEmulated``."""
        from .options import from_address

        return from_address(address).boards.names()

    def doctor(self) -> Sequence[tuple[str, bool, str]]:
        """The emulator's engines, and PYNQ."""
        from .doctor import rows

        return rows()
