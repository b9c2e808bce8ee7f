"""An agent on a board that behaves oddly: ``python -m tests.agent.odd_board KIND [SILENCE]``.

Each call of ``models`` does what the kind says, once.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from edgesdk import registry
from edgesdk.agent.agent import serve_stdio
from edgesdk.backend import DeviceInfo, DeviceLog, FirmwareReport, InstalledModel
from edgesdk.sensing.description import read
from edgesdk.sensing.program import build
from edgesdk.sensing.streaming import HostSession, StreamingSession
from tests.sensing.engine.programs import AUDIO, MODEL, document, stage

QUICK = 0.1  # seconds: grace of an agent that is to be given up


class OddDevice:
    """As much of a device as the calls of these tests need."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.info = DeviceInfo("odd:", "odd", "odd", "a board", local=True)

    def models(self) -> tuple[InstalledModel, ...]:
        """Behave oddly, and say on standard error that it has begun, when it surely has."""
        threading.Timer(0.1, os.write, (2, b"began\n")).start()
        found: Any = getattr(self, f"_{self.kind}")()
        return found or ()

    def __enter__(self) -> OddDevice:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.kind == "unhurried":
            os.write(2, b"began\n")
            time.sleep(0.5)
        print("the device was closed", file=sys.stderr, flush=True)
        if self.kind == "stuck":
            _native()

    def _prints(self) -> None:
        """From Python, from a library in C, from a child; and reads what is not for it."""
        print("from Python", flush=True)
        os.write(1, b"from C\n")
        ctypes.CDLL(None).puts(b"from C's buffer")
        ctypes.CDLL(None).fflush(None)
        os.system("echo from a child; cat")
        assert sys.stdin.read() == ""

    def _fails(self) -> None:
        raise ZeroDivisionError("an odd number")

    def _exits(self) -> None:
        sys.exit(3)

    def _exhausts(self) -> None:
        raise MemoryError

    def _waits(self) -> None:
        time.sleep(60)

    def _lost(self) -> None:
        time.sleep(60)

    def _closes(self) -> None:
        time.sleep(60)

    def _native(self) -> None:
        _native()

    def _stuck(self) -> None:
        time.sleep(60)

    def _keeps(self) -> None:
        """A library that takes an interrupt for its own."""
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            print("kept", file=sys.stderr)

    def _many(self) -> tuple[InstalledModel, ...]:
        return tuple(InstalledModel(f"m{n}", "1", 0, "a") for n in range(5000))

    def _large(self) -> tuple[InstalledModel, ...]:
        """More than a pipe holds, and less than a frame."""
        return tuple(InstalledModel(f"m{n}", "1", 0, "a") for n in range(4000))

    def _bytes(self) -> tuple[InstalledModel, ...]:
        """What a path has that is no UTF-8."""
        return (InstalledModel("m", "?", 0, "a", problem="/s\udcff"),)

    def _wrong(self) -> tuple[InstalledModel, ...]:
        return (InstalledModel("m", "1", 1 << 80, "a"),)


class AbleDevice(OddDevice):
    """A device that may do all that only some do."""

    def log(self) -> DeviceLog:
        """One entry."""
        return DeviceLog((("cut of power", "boot", 2),), {"boots": 7})

    def doubts(self) -> str:
        """Some."""
        return "its cells are noisy"

    def update_firmware(self, progress: Callable[[str, int, int], None]) -> FirmwareReport:
        """In two steps."""
        progress("stage" if self.kind == "able" else "x" * (1 << 21), 1, 2)
        progress("confirm", 2, 2)
        return FirmwareReport("1.1.0", "1.0.0", "b")

    def listening(self) -> StreamingSession | None:
        """A program that decides every 20 ms."""
        description = read(document([stage("listen", "audio", 320)], streams=[AUDIO]))
        return HostSession(build(description, {"level": MODEL}))


def _lose_one_signal() -> None:
    """As if it came just before the main thread begins to wait: that wait goes on."""
    usual, signals = signal.pthread_kill, []

    def kill(thread: int, number: int) -> None:
        signals.append(number)
        if len(signals) > 1:
            usual(thread, number)

    signal.pthread_kill = kill


def _native() -> None:
    """A computation that no signal ends, for about a minute."""
    hashlib.pbkdf2_hmac("sha512", b"x", b"y", 60_000_000)


def main(kind: str, silence: float = 30.0) -> int:
    """Serve; ``plain`` is an agent as it is."""
    if kind == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    elif kind == "ignores":  # as OpenSSH's server may have it, or whoever started it
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    elif kind != "plain":
        if kind == "lost":
            _lose_one_signal()
        device = AbleDevice(kind) if kind in ("able", "loud") else OddDevice(kind)
        backend = SimpleNamespace(name="odd", connect=lambda address: device)
        registry.for_address = lambda address: backend  # type: ignore[assignment, return-value]
    quick = kind in ("native", "stuck", "keeps")
    return serve_stdio(silence, QUICK if quick else 10.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(float, sys.argv[2:])))
