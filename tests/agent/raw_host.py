"""A host that speaks frames and knows nothing else, so that the agent is tested by itself."""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import cbor2

from tests.waiting import until

MAGIC = b"\nEDGESDK-AGENT\n"
LONG = 30.0  # seconds; nothing here takes as long, so that a test which waits has failed
PIECE = 1 << 18

Frame = dict[str, Any]


class Silent(AssertionError):
    """Nothing came in time."""


class Gone(Exception):
    """The host has died, as the test wants it."""


class Ended(AssertionError):
    """The agent has closed its end."""


class RawHost:
    """One agent, its two pipes, and the frames in between."""

    def __init__(self, process: Any) -> None:
        """``process``: a ``Popen``, or what behaves like one."""
        self.process = process
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._from, selectors.EVENT_READ)
        self._had = b""
        self.last = 0
        self.sent = 0  # frames
        self.dies_after = 0  # of them; never, where 0

    def hello(self) -> Frame:
        """The first frame, behind the magic."""
        assert self.bytes(len(MAGIC)) == MAGIC
        return self.frame()

    def bytes(self, count: int, seconds: float = LONG) -> bytes:
        """So many bytes."""
        end = time.monotonic() + seconds
        while len(self._had) < count:
            if not self._ready.select(max(0, end - time.monotonic())):
                raise Silent
            piece = os.read(self._from, 1 << 20)
            if not piece:
                raise Ended
            self._had += piece
        found, self._had = self._had[:count], self._had[count:]
        return found

    def frame(self, seconds: float = LONG) -> Frame:
        """The next frame."""
        length = int.from_bytes(self.bytes(4, seconds), "big")
        found = cbor2.loads(self.bytes(length, seconds))
        assert isinstance(found, dict)
        return found

    def raw(self, data: bytes) -> None:
        """Bytes as they are; what the agent does not take any more is lost."""
        with suppress(BrokenPipeError):
            view = memoryview(data)
            while view:
                view = view[os.write(self._to, view) :]

    def send(self, frame: Mapping[str, Any]) -> None:
        """A frame."""
        body = cbor2.dumps(dict(frame))
        self.sent += 1
        self.raw(len(body).to_bytes(4, "big") + body)
        if self.sent == self.dies_after:
            raise Gone

    def request(self, call: str, blobs: Sequence[bytes] = (), **arguments: Any) -> int:
        """A request with its data; its id."""
        self.last += 1
        sizes = [len(blob) for blob in blobs]
        self.send({"kind": "request", "id": self.last, "call": call,
                   "arguments": arguments, "blobs": sizes})  # fmt: skip
        whole = b"".join(blobs)
        for at in range(0, len(whole), PIECE):
            self.send({"kind": "data", "id": self.last, "data": whole[at : at + PIECE]})
        return self.last

    def answer(self, id: int, seconds: float = LONG) -> tuple[Frame, list[bytes], list[Frame]]:
        """The result or error of a request, its blobs, and the events before it."""
        events = []
        while (found := self.frame(seconds))["kind"] in ("event", "pong"):
            events += [found["event"]] if found["kind"] == "event" else []
        assert found["id"] == id, found
        return found, self._blobs(found), events

    def call(self, call: str, blobs: Sequence[bytes] = (), **arguments: Any) -> Frame:
        """A request's result. Fails where it is an error."""
        found, _, _ = self.answer(self.request(call, blobs, **arguments))
        assert found["kind"] == "result", found
        value = found["value"]
        assert isinstance(value, dict)
        return value

    def refused(self, call: str, blobs: Sequence[bytes] = (), **arguments: Any) -> Frame:
        """A request's error. Fails where it has a result."""
        found, _, _ = self.answer(self.request(call, blobs, **arguments))
        assert found["kind"] == "error", found
        error = found["error"]
        assert isinstance(error, dict)
        return error

    def under_way(self, call: str) -> int:
        """A request to an odd board that has begun to be computed; its id."""
        id, said = self.request(call), b""
        while not said.endswith(b"began\n"):
            piece = self.process.stderr.read(1)
            assert piece, said
            said += piece
        return id

    def is_full(self) -> None:
        """Wait until the agent writes no more, as what it wrote was not read."""
        until(lambda: _held(self._from) > 60_000)

    def is_read(self) -> None:
        """Wait until the agent has read all that was sent."""
        until(lambda: _held(self._to) == 0)

    def end(self) -> tuple[int, str]:
        """Close the link; the agent's exit code, and what it wrote."""
        self.process.stdin.close()
        return self.ended()

    def ended(self, seconds: float = LONG) -> tuple[int, str]:
        """Wait for the agent's end; its exit code, and what it wrote."""
        self.process.wait(seconds)
        return self.process.returncode, self.process.stderr.read().decode()

    def _blobs(self, found: Frame) -> list[bytes]:
        sizes = found.get("blobs", [])
        whole = b""
        while len(whole) < sum(sizes):
            piece = self.frame()
            if piece["kind"] == "data":
                assert piece["id"] == found["id"]
                whole += piece["data"]
        ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
        return [whole[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def odd(host: RawHost) -> RawHost:
    """The host, connected to the odd device."""
    host.hello()
    host.call("connect", address="odd:")
    return host


def _held(pipe: int) -> int:
    """Bytes that are in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@contextmanager
def started(*command: str) -> Iterator[RawHost]:
    """An agent started by a command, gone when the block ends."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield RawHost(process)
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
