"""The firmware's own SMP server, compiled for this machine, as a link."""

from __future__ import annotations

import ctypes
import os
import shlex
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from edgesdk_backends.mcu.links.faulty import FaultyLink
from edgesdk_backends.mcu.smp.client import SmpClient
from tools.fetch_monocypher import FOLDER, fetch

HERE = Path(__file__).parent
SMP = HERE.parents[2] / "firmware/lib/smp"
SECURE = HERE.parents[2] / "firmware/secure"
STRICT = "-O1 -g -Wall -Wextra -Werror -Wconversion -fsanitize=undefined".split()
STRICT.append("-fno-sanitize-recover=all")

_pointer, _number = ctypes.c_void_p, ctypes.c_uint32


@cache
def library(slots: str = "fake") -> ctypes.CDLL:
    """Built once per test process, over fake or real slots; undefined behaviour is fatal."""
    sources = [*sorted(SMP.glob("*.c")), HERE / "device.c", HERE / f"{slots}_slots.c"]
    return _load(sources, STRICT) if slots == "fake" else _load([*sources, *_secure()], ["-O2"])


def _secure() -> list[Path]:
    """The firmware's slots, without what belongs to a board."""
    names = "ed25519 image record sha256 sha512 slots trusted upload".split()
    return [*(SECURE / f"{name}.c" for name in names), fetch() / "monocypher.c"]


def _load(sources: list[Path], flags: list[str]) -> ctypes.CDLL:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "device.so"
        command = [*compiler, "-std=c11", *flags, f"-I{FOLDER}", "-fPIC", "-shared"]
        subprocess.run([*command, *sources, "-o", built], check=True)
        loaded = ctypes.CDLL(str(built))
    loaded.device_new.restype = _pointer
    loaded.device_sent.restype = loaded.device_slot.restype = _pointer
    loaded.device_valid.restype = ctypes.c_bool
    return loaded


class Device:
    """A fresh device. ``receive`` gives the bytes that it sends back at once."""

    def __init__(self, slots: str = "fake") -> None:
        self._library = library(slots)
        self._pointer = _pointer(self._library.device_new())
        self.clock = 0  # ms

    def __del__(self) -> None:
        self._library.device_free(self._pointer)

    def receive(self, data: bytes) -> bytes:
        self._library.device_receive(self._pointer, data, _number(len(data)), _number(self.clock))
        count = _number()
        sent = self._library.device_sent(self._pointer, ctypes.byref(count))
        return ctypes.string_at(sent, count.value)

    def wait(self, milliseconds: int) -> None:
        """Nothing arrives for so long."""
        self.receive(b"")
        self.clock = (self.clock + milliseconds) % 2**32
        self.receive(b"")

    def reboot(self) -> None:
        self._library.device_reboot(self._pointer)

    def refuse(self, reason: int) -> None:
        """Refuse the next change of a slot."""
        self._library.device_refuse(self._pointer, _number(reason))

    def trust(self, key: bytes) -> int:
        """Provision the first key; returns an edge_reason."""
        return int(self._library.device_trust(self._pointer, key))

    def slot(self, image: int, slot: int, size: int) -> bytes:
        at = self._library.device_slot(self._pointer, _number(image), _number(slot))
        return ctypes.string_at(at, size)

    def valid(self, image: int, slot: int) -> bool:
        return bool(self._library.device_valid(self._pointer, _number(image), _number(slot)))

    def count(self, what: str, *arguments: int) -> int:
        """``reset``, ``additions``, ``requests``, ``repeats``; ``begun`` of an image."""
        counter = getattr(self._library, f"device_{what}")
        return int(counter(self._pointer, *map(_number, arguments)))


class Loop:
    """A link straight into a device, with a clock of its own: waiting takes no time here.

    What is written is answered before ``read``; a ``read`` with nothing to give moves the clock.
    """

    def __init__(self, device: Device) -> None:
        self.device = device
        self.now = 0.0  # s
        self._answers = b""

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.device.wait(round(1000 * seconds))

    def write(self, data: bytes) -> None:
        self._answers += self.device.receive(data)

    def read(self, seconds: float) -> bytes:
        if not self._answers:
            self.sleep(seconds)
        answers, self._answers = self._answers, b""
        return answers

    def close(self) -> None:
        self._answers = b""


def client(device: Device, attempts: int = 5, **faults: Any) -> tuple[SmpClient, FaultyLink]:
    """A client of a device, over a line with faults, on the line's own clock."""
    loop = Loop(device)
    link = FaultyLink(loop, clock=loop.clock, sleep=loop.sleep, **faults)
    return SmpClient(link, seconds=2.0, attempts=attempts, clock=loop.clock), link
