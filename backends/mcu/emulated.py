"""An emulated board behind ``emu:mcu``: its flash is a file, made with the first connection."""

from __future__ import annotations

from pathlib import Path

from edgesdk.address import Address

from .connect import device_on
from .device import McuDevice
from .emulator import BOARDS, Emulator, Faults, provision
from .firmware_update import update
from .model_group import ModelGroup
from .options import EmulatorOptions, LinkOptions
from .smp.client import SmpClient

_FACTORY = LinkOptions()


class EmulatedBoard:
    """One board of a user: a flash file of its own for each name and engine."""

    def __init__(self, options: EmulatorOptions, folder: Path) -> None:
        self._options = options
        self._flash = folder / f"{options.name}-{options.engine}.flash"

    def connect(self, address: Address, link: LinkOptions) -> McuDevice:
        """Switch the board on, and greet it. Raises what ``Emulator.start`` raises."""
        self.make()
        options = self._options
        faults = Faults(cut=options.cut, tear=options.tear, flip=options.flip, seed=options.seed)
        emulator = Emulator.start(self._flash, engine=options.engine, faults=faults)
        return device_on(address, emulator.link, link, emulator.close)

    def serve(self) -> Emulator:
        """Switch the board on for somebody else's client; the caller closes it."""
        self.make()
        return Emulator.start(self._flash, engine=self._options.engine)

    def make(self) -> None:
        """Make the board where there is none yet: provisioned, and with the shipped firmware.

        The file takes its name only when all of it is done: a killed host leaves nothing half made.
        """
        if self._flash.exists():
            return
        raw = self._flash.with_name(f"{self._flash.name}.new")
        provision(raw, BOARDS[self._options.engine])
        with Emulator.start(raw, engine=self._options.engine) as emulator:
            client = SmpClient(emulator.link, seconds=_FACTORY.deadline)
            client.negotiate()
            update(client, ModelGroup(client), _silent, _nothing_to_prove)
        raw.replace(self._flash)


def _silent(stage: str, done: int, total: int) -> None:
    return


def _nothing_to_prove() -> None:
    return
