"""The same device with the manners of a small board: one host, one model, one session at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgesdk.address import Address
from edgesdk.backend import Arrays, Fit, FitReport
from edgesdk.bundle import SignedManifest
from edgesdk.errors import DeviceUnavailable, LinkFailed

from .device import NumpyDevice, Slot
from .session import NumpySession


class BoardSession(NumpySession):
    """A session that the board ends when it boots into another model."""

    ended = False

    def run(self, inputs: Mapping[str, Any], out: Mapping[str, Any] | None = None) -> Arrays:
        if self.ended and not self._closed:
            raise LinkFailed("The board has started another model", next_step="Open it again")
        return super().run(inputs, out)

    def _close(self) -> None:
        self.ended = True


class NumpyBoard(NumpyDevice):
    """Serves ``numpy:NAME?board=1``: exclusive, as behind a serial port."""

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._running: BoardSession | None = None
        if not self._memory.connected.acquire(blocking=False):
            raise DeviceUnavailable(f"{address} is in use", next_step="Close the other connection")
        self._exclusive = True

    def check(self, signed: SignedManifest) -> FitReport:
        name = signed.manifest.name
        others = [installed for installed in self._memory.active if installed != name]
        room = Fit("models", "1", f"taken by {others[0]}" if others else "1", not others)
        return FitReport((*super().check(signed).rows, room))

    def trial(self) -> NumpySession:
        if self._running is not None:
            self._running.ended = True  # the board boots into the staged slot
        self._running = None
        return super().trial()

    def close(self) -> None:
        super().close()
        if self._exclusive:
            self._exclusive = False
            self._held.connected.release()

    def _open(self, slot: Slot) -> NumpySession:
        if self._running is not None and not self._running.ended:
            raise DeviceUnavailable("The board runs one session at a time", code=2)
        manifest = slot.manifest
        content = slot.parts[manifest.part("model").name]
        self._running = BoardSession(content, manifest.inputs, manifest.outputs)
        return self._running
