"""What only some devices can, each as a small class: a device has those that the board names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from edgesdk.agent.wire.told import DOUBTS, FIRMWARE, LISTENING, LOG
from edgesdk.backend import DeviceLog, FirmwareReport
from edgesdk.sensing.streaming import StreamingSession

from .connection import Connection
from .connection.answers import read
from .device import SshDevice
from .sessions.opening import MOST_TEXTS, session_of


class _Logs(SshDevice):
    """See ``edgesdk.backend.LoggingDevice``."""

    def log(self) -> DeviceLog:
        """The device's own log, and its counters."""
        answer = self._connection.call("log")
        entries = read(self._connection, tuple[tuple[str, str, int], ...], answer, "entries")
        return DeviceLog(entries, read(self._connection, dict[str, int], answer, "counters"))


class _Doubts(SshDevice):
    """See ``edgesdk.backend.DoubtfulDevice``."""

    def doubts(self) -> str:
        """Why its answers may be wrong although the model is right."""
        return str(self._ask(str, "doubts", "doubts"))


class _Firmware(SshDevice):
    """See ``edgesdk.backend.FirmwareDevice``; the firmware is the one that the board ships."""

    def update_firmware(self, progress: Callable[[str, int, int], None]) -> FirmwareReport:
        """Update the device's own firmware from the board."""

        def tell(event: Mapping[str, Any]) -> None:
            match event:
                case {"stage": str(stage), "done": int(done), "total": int(total)}:
                    progress(stage, done, total)

        request = self._connection.submit("update_firmware", tells=True)
        answer = self._connection.follow(request, tell)
        return read(self._connection, FirmwareReport, answer, "firmware")


class _Listens(SshDevice):
    """See ``edgesdk.sensing.streaming.ListeningDevice``."""

    def listening(self) -> StreamingSession | None:
        """The sensing program that runs, to look on."""
        answer = self._connection.call("listening", most=MOST_TEXTS)
        if answer.value.get("session", 0) is None:
            return None
        session = session_of(self._connection, answer)
        if not isinstance(session, StreamingSession):
            raise self._connection.broken("listening: the session is no sensing program's")
        return session


_CLASSES: dict[str, type[SshDevice]] = {
    LOG: _Logs,
    DOUBTS: _Doubts,
    FIRMWARE: _Firmware,
    LISTENING: _Listens,
}


def device_of(connection: Connection, abilities: Collection[str]) -> SshDevice:
    """The device of a connection. Abilities of a newer board, not known here, are left out."""
    return _class(tuple(name for name in _CLASSES if name in abilities))(connection)


@cache
def _class(abilities: tuple[str, ...]) -> type[SshDevice]:
    return type("SshDevice", (*(_CLASSES[name] for name in abilities), SshDevice), {})
