"""An emulated board behind ``emu:mcu``: its flash is a file, made with the first connection."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from edgesdk.address import Address
from edgesdk.emulated_folder import EmulatedFolder
from edgesdk.errors import DeviceUnavailable, NoDevice

from .device import McuDevice
from .emulator import BOARDS, Emulator, Faults, provision
from .firmware_update import update
from .greeting import device_on
from .options import EmulatorOptions, LinkOptions, emulator_options
from .smp.client import SmpClient
from .smp.model_group import ModelGroup

_FACTORY = LinkOptions()
_MAKING_SECONDS = 60.0  # it takes two


class EmulatedBoard:
    """One board of a user: a flash file of its own for each name and engine."""

    def __init__(self, options: EmulatorOptions) -> None:
        self._options = options
        self._flash = flash_file(options)

    def connect(self, address: Address, link: LinkOptions) -> McuDevice:
        """Switch the board on, and greet it. Raises what ``Emulator.start`` raises."""
        self.make()
        emulator = self._start()
        try:
            return device_on(address, emulator.link, link, emulator.close)
        except NoDevice as error:
            raise NoDevice(
                "The emulated board does not answer",
                evidence=f"{self._flash}: {error.evidence}",
                next_step="If that flash is damaged, remove the file: the board then starts as a "
                "fresh one, without its models",
                code=5,
            ) from None

    def serve(self) -> Emulator:
        """Switch the board on for somebody else's client; the caller closes it."""
        self.make()
        return self._start()

    def _start(self) -> Emulator:
        options = self._options
        faults = Faults(cut=options.cut, tear=options.tear, flip=options.flip, seed=options.seed)
        return Emulator.start(self._flash, engine=options.engine, faults=faults)

    def make(self) -> None:
        """Make the board where there is none yet: provisioned, and with the shipped firmware.

        The file takes its name only when all of it is done: a killed host leaves nothing half made.
        Raises ``DeviceUnavailable`` (EDGE-0524) where the folder takes no files.
        """
        try:
            if not self._flash.exists():
                self._flash.parent.mkdir(parents=True, exist_ok=True)
                with _alone(self._flash.with_suffix(".lock")):
                    self._make_once()
        except OSError as error:
            raise DeviceUnavailable(
                "The folder of the emulated boards cannot be used",
                evidence=f"{self._flash.parent}: {error.strerror or error}",
                next_step="Make room, or name another: EDGESDK_STATE, or emu:mcu?state=FOLDER",
                code=24,
            ) from None

    def _make_once(self) -> None:
        if self._flash.exists():  # another process has made it meanwhile
            return
        raw = self._flash.with_name(f"{self._flash.name}.new")
        provision(raw, BOARDS[self._options.engine])
        with Emulator.start(raw, engine=self._options.engine) as emulator:
            client = SmpClient(emulator.link, seconds=_FACTORY.deadline)
            client.negotiate()
            update(client, ModelGroup(client), _silent, _nothing_to_prove)
        raw.replace(self._flash)


def kept(address: Address) -> list[str]:
    """The names of the boards that are in an address's folder, for its engine."""
    return _folder(emulator_options(address)[0]).names()


def flash_file(options: EmulatorOptions) -> Path:
    """Where a board's flash is: each name has one for each engine."""
    return _folder(options).of(options.name)


def _folder(options: EmulatorOptions) -> EmulatedFolder:
    return EmulatedFolder("boards", options.state, f"-{options.engine}.flash")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Waits until no other process is at it. The file stays: its name is what is locked.

    Raises ``DeviceUnavailable`` (EDGE-0513) when that takes too long.
    """
    until = time.monotonic() + _MAKING_SECONDS
    with path.open("wb") as file:
        while not _locked(file):
            if time.monotonic() > until:
                raise DeviceUnavailable(
                    "Another program is making this emulated board, and does not finish",
                    evidence=f"it holds {path}",
                    next_step="End that program, or use a board of another name: "
                    "emu:mcu?name=second",
                    code=13,
                )
            time.sleep(0.05)
        yield


def _locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _silent(stage: str, done: int, total: int) -> None:
    return


def _nothing_to_prove() -> None:
    return
