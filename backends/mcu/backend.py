"""The plug-in: what the entry point ``mcu`` names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgesdk.address import Address
from edgesdk.backend import Compiled, DeviceInfo
from edgesdk.formats import SourceModel

if TYPE_CHECKING:
    from .device import McuDevice


class McuBackend:
    """Serves ``serial:``, ``socket:`` and ``emu:mcu`` addresses and the targets ``mcu:...``."""

    name = "mcu"
    schemes = ("serial", "socket", "emu:mcu")
    targets = ("mcu:",)

    def discover(self) -> Sequence[DeviceInfo]:
        """The serial ports that USB devices have brought; none is opened."""
        from .discovery import serial_devices

        return serial_devices()

    def connect(self, address: Address) -> McuDevice:
        """Connect to a port, a socket or an emulator; see ``docs/boards.md`` for the options."""
        from .connect import connect

        return connect(address)

    def device_of(self, address: Address) -> Path | str:
        """Its port, socket or flash file; see ``edgesdk.backend.NamesDevices``."""
        from .connect import device_of

        return device_of(address)

    def compile(self, model: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
        """Plan an int8 network and make signed images of it."""
        from .compile import compile_mcu

        return compile_mcu(model, target, options)

    def serve(self, address: Address, where: str, on_ready: Callable[[str], None]) -> None:
        """Serve an emulated board; see ``edgesdk.backend.EmulatorHost``."""
        from .line_server import serve

        serve(address, where, on_ready)

    def kept(self, address: Address) -> Sequence[str]:
        """Emulated boards that are there; see ``edgesdk.emulated.KeepsEmulated``."""
        from .emulated import kept

        return kept(address)

    def doctor(self) -> Sequence[tuple[str, bool, str]]:
        """The emulator's other engine, the firmware that is shipped."""
        from .doctor import rows

        return rows()
