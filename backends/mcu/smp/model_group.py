"""The host's side of group 64: the device, its slots, its keys and its model.

Specification: docs/smp-extensions.md.
Every method is one request, or a few that each continue where the last one ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import interface as interface_text
from .answers import digest, piece, typed
from .client import SmpClient, integer, malformed

GROUP = 64
FIRMWARE, MODEL = 0, 1  # images
READ, WRITE = 0, 2
# Commands.
DEVICE, SLOT, BEGIN, OPEN, FEED, INFER, FETCH = 0, 1, 2, 3, 4, 5, 6
GOLDEN, COUNTERS, LOG, KEY, DECIDE, HASH, INTERFACE = 7, 8, 9, 10, 11, 12, 13


@dataclass(frozen=True)
class DeviceReply:
    """What the device says about itself. ``id`` is 16 bytes; sizes are bytes.

    ``mode`` is "app", or "boot" where only the boot stage runs. ``changes`` of its keys.
    ``lowest`` are the lowest security counters it still takes, of firmware and model. ``unit`` is
    what it counts: cycles or instructions. ``kernels`` has a byte per kernel, its number.
    """

    mode: str
    board: str
    target: str
    id: bytes
    firmware: str
    slot: int
    firmware_slot: int
    load: int
    keys: list[bytes]
    changes: int
    lowest: list[int]
    reset: int
    clock: int
    unit: str
    plan: int = 0
    sensing: int = 0
    arena: int = 0
    kernels: bytes = b""


@dataclass(frozen=True)
class SlotReply:
    """What is in one slot. ``hash``, ``label``: 32 bytes; ``size``, ``interface``: bytes."""

    slot: int
    valid: bool
    active: bool = False
    confirmed: bool = False
    pending: bool = False
    proven: bool = False
    size: int = 0
    counter: int = 0
    version: str = ""
    hash: bytes = b""
    label: bytes = b""
    name: str = ""
    interface: int = 0


@dataclass(frozen=True)
class OpenReply:
    """An opened model: bytes of its inputs, outputs and arena; golden vectors that it holds."""

    inputs: int
    outputs: int
    arena: int
    golden: int


@dataclass(frozen=True)
class LogEntry:
    """One error that the device remembers: an edge_reason or fault, where, how often."""

    reason: int
    where: str
    count: int


class ModelGroup:
    """Group 64 through one client."""

    def __init__(self, client: SmpClient) -> None:
        self._client = client
        self.turn = client.turn

    @property
    def payload(self) -> int:
        """Bytes of data that one request, or one answer, can carry."""
        return self._client.payload

    def device(self) -> DeviceReply:
        """What it is."""
        return typed(DeviceReply, self._read(DEVICE, {}))

    def slot(self, image: int, slot: int) -> SlotReply:
        """What is in a slot."""
        return typed(SlotReply, self._read(SLOT, {"image": image, "slot": slot}))

    def begin(self, announcement: Mapping[str, Any]) -> None:
        """Announce an image; the device verifies its signature before anything is erased."""
        self._write(BEGIN, announcement, seconds=10)

    def open(self, slot: int) -> OpenReply:
        """Open the model of a slot; one that is not confirmed is on trial, in RAM only."""
        return typed(OpenReply, self._write(OPEN, {"slot": slot}, seconds=10))

    def feed(self, data: bytes) -> None:
        """Write all inputs, behind each other."""
        step = self._client.payload
        for offset in range(0, len(data), step):
            self._write(FEED, {"off": offset, "data": data[offset : offset + step]})

    def infer(self, data: bytes | None, outputs: int, seconds: float) -> tuple[bytes, int]:
        """Run once; returns all outputs and the device's count of the work.

        ``data`` are the inputs where they fit into one request, None where ``feed`` wrote them.
        """
        inline = min(outputs, self._client.payload)
        body: dict[str, Any] = {"len": inline}
        if data is not None:
            body["data"] = data
        reply = self._write(INFER, body, seconds=seconds)
        got = bytearray(piece(reply, inline, least=0))
        while len(got) < outputs:
            want = min(self._client.payload, outputs - len(got))
            got += piece(self._read(FETCH, {"off": len(got), "len": want}), want)
        return bytes(got), integer(reply, "count")

    def golden(self, vector: int, seconds: float) -> tuple[int, int]:
        """Let the device prove itself on a vector that it holds: (wrong bytes, count)."""
        reply = self._write(GOLDEN, {"n": vector}, seconds=seconds)
        return integer(reply, "wrong"), integer(reply, "count")

    def counters(self) -> dict[str, int]:
        """What it has counted since its reset."""
        counters = self._read(COUNTERS, {})
        return {key: integer(counters, key) for key in counters if key.isprintable()}

    def log(self) -> list[LogEntry]:
        """The errors it remembers."""
        entries = self._read(LOG, {}).get("log")
        if not isinstance(entries, list):
            raise malformed("log is no list")
        return [typed(LogEntry, entry) for entry in entries]

    def change_key(self, trust: bool, key: bytes, signature: bytes) -> None:
        """Trust a key, or take it back."""
        self._write(KEY, {"trust": trust, "key": key, "sig": signature})

    def decide(self, image: int, what: str) -> None:
        """``confirm``, ``revert`` or ``rollback``; see firmware/secure/slots.h."""
        self._write(DECIDE, {"image": image, "do": what})

    def hash(self, image: int, slot: int, size: int) -> bytes:
        """SHA-256 of a slot's first bytes, read back from flash."""
        body = {"image": image, "slot": slot, "len": size}
        return digest(self._read(HASH, body, seconds=10), "sha")

    def interface(self, slot: int, size: int) -> bytes:
        """The interface text of a slot's model."""
        if size > interface_text.LARGEST:
            raise malformed(f"an interface of {size} bytes")
        got = bytearray()
        while len(got) < size:
            want = min(self._client.payload, size - len(got))
            body = {"slot": slot, "off": len(got), "len": want}
            got += piece(self._read(INTERFACE, body), want)
        return bytes(got)

    def _read(self, command: int, body: Mapping[str, Any], seconds: float = 0) -> dict[str, Any]:
        return self._client.request(READ, GROUP, command, body, seconds=seconds or None)

    def _write(self, command: int, body: Mapping[str, Any], seconds: float = 0) -> dict[str, Any]:
        return self._client.request(WRITE, GROUP, command, body, seconds=seconds or None)
