"""A device that answers nonsense: one clear error, at once, whatever the nonsense is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edgesdk.errors import LinkFailed
from edgesdk_backends.mcu.greeting import device_on
from edgesdk_backends.mcu.options import LinkOptions
from edgesdk_backends.mcu.smp import body, header
from edgesdk_backends.mcu.smp.frames import Cobs
from tests.backends_mcu.device.conftest import ADDRESS

PARAMETERS, DEVICE, SLOT, COUNTERS, LOG, INTERFACE = (
    (0, 6),
    (64, 0),
    (64, 1),
    (64, 8),
    (64, 9),
    (64, 13),
)
GOOD: dict[tuple[int, int], Any] = {
    PARAMETERS: {"buf_size": 4352, "buf_count": 2},
    DEVICE: {
        "mode": "app",
        "board": "nrf5340",
        "target": "mcu:cortex-m33",
        "id": b"x" * 16,
        "firmware": "0.1.0",
        "slot": 360448,
        "firmware_slot": 131072,
        "load": 0x20000000,
        "keys": [b"k" * 32],
        "changes": 1,
        "lowest": [0, 0],
        "reset": 0,
        "clock": 128_000_000,
        "unit": "cycles",
        "plan": 1,
        "arena": 1000,
        "kernels": b"\1\2",
    },
    SLOT: {
        "slot": 0,
        "valid": True,
        "active": True,
        "confirmed": True,
        "pending": False,
        "proven": True,
        "size": 100,
        "counter": 0,
        "version": "1",
        "hash": b"h" * 32,
        "label": b"l" * 32,
        "interface": 100,
    },
    COUNTERS: {"requests": 1},
    LOG: {"log": [{"reason": 1, "where": "app", "count": 2}]},
    INTERFACE: {"data": b"x"},
}
MOST = 400  # requests: a host that never ends would send more


class Teller:
    """A link to a device that gives each command one answer, always the same."""

    def __init__(self, answers: dict[tuple[int, int], Any]) -> None:
        self._answers, self._frames, self._out = answers, Cobs(), b""
        self.requests = 0

    def write(self, data: bytes) -> None:
        for message in self._frames.feed(data):
            self.requests += 1
            assert self.requests < MOST
            asked = header.decode(message)
            assert asked is not None
            answer = body.encode(self._answers[asked.group, asked.command])
            told = header.Header(
                asked.operation + 1, asked.group, asked.command, asked.sequence, len(answer)
            )
            self._out += self._frames.encode(told.encode() + answer)

    def read(self, seconds: float) -> bytes:
        out, self._out = self._out, b""
        return out

    def close(self) -> None:
        pass


def use(answers: dict[tuple[int, int], Any]) -> None:
    """All that asks a device for something."""
    with device_on(ADDRESS, Teller({**GOOD, **answers}), LinkOptions(deadline=0.05)) as device:
        assert device.info.target == "mcu:cortex-m33"
        device.log()
        device.models()


def without(command: tuple[int, int], key: str) -> dict[tuple[int, int], Any]:
    return {command: {k: v for k, v in GOOD[command].items() if k != key}}


def changed(command: tuple[int, int], **values: Any) -> dict[tuple[int, int], Any]:
    return {command: {**GOOD[command], **values}}


BAD: dict[str, dict[tuple[int, int], Any]] = {
    "no fields": {DEVICE: {}},
    "no keys": without(DEVICE, "keys"),
    "a text for bytes": changed(DEVICE, id="abc"),
    "null for a list": changed(DEVICE, keys=None),
    "a short key": changed(DEVICE, keys=[b"x"]),
    "no counters": changed(DEVICE, lowest=[]),
    "a negative size": changed(DEVICE, arena=-1),
    "a number for a boolean": changed(SLOT, valid=1),
    "escape sequences": changed(DEVICE, board="\x1b[31mred"),
    "a short hash": changed(SLOT, hash=b"h"),
    "no data": {INTERFACE: {}},
    "empty data": {INTERFACE: {"data": b""}},
    "a number for data": {INTERFACE: {"data": 4_000_000_000}},
    "more data than asked for": {INTERFACE: {"data": b"x" * 101}},
    "an interface of gigabytes": changed(SLOT, interface=2**32 - 1),
    "no log": {LOG: {}},
    "a log entry that is none": {LOG: {"log": [7]}},
    "a counter that is text": {COUNTERS: {"requests": "many"}},
    "tiny buffers": {PARAMETERS: {"buf_size": 3, "buf_count": 1}},
}


@pytest.mark.parametrize("name", BAD)
def test_nonsense(name: str) -> None:
    with pytest.raises(LinkFailed) as refused:
        use(BAD[name])
    assert refused.value.id == "EDGE-0605"


MEANINGLESS: list[Callable[[], Any]] = [
    lambda: without(SLOT, "hash"),
    lambda: changed(DEVICE, news="of a later version"),
    lambda: {INTERFACE: {"data": b"\xff"}},
]


@pytest.mark.parametrize("answers", MEANINGLESS)
def test_what_can_be_lived_with(answers: Callable[[], Any]) -> None:
    """A slot that nobody can make sense of holds no model, and what is new is ignored."""
    use(answers())
