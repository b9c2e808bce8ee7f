"""Stands in for ssh over a bad line: runs the command here, and cuts both directions at once.

``relay.py LOG DIRECTION FRAMES BYTES ...ssh's arguments``: the cut comes in one direction (``up``
to the board, ``down`` to the host, ``none``) when so many frames have gone, and so many bytes of
the next one. LOG gets ``up FRAMES BYTES`` and ``down FRAMES BYTES``: what went.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from local_ssh import command

_MAGIC = b"\nEDGESDK-AGENT\n"


class Direction:
    """One direction of the line."""

    def __init__(self, source: int, target: int, limit: tuple[int, int] | None) -> None:
        self._source, self._target, self._limit = source, target, limit
        self.frames = self.bytes = 0

    def carry(self, cut: threading.Event, *, magic: bool) -> None:
        """Frame by frame until the end or the cut."""
        stream: BinaryIO = os.fdopen(os.dup(self._source), "rb")
        try:
            if magic:
                os.write(self._target, stream.read(len(_MAGIC)))
            while head := stream.read(4):
                frame = head + stream.read(int.from_bytes(head, "big"))
                if self._limit is not None and self.frames == self._limit[0]:
                    self._send(frame[: self._limit[1]])
                    cut.set()
                    return
                self._send(frame)
                self.frames += 1
        except OSError:
            pass
        cut.set()

    def _send(self, data: bytes) -> None:
        while data:
            sent = os.write(self._target, data)
            self.bytes += sent
            data = data[sent:]


def main(log: str, which: str, frames: str, extra: str, told: str) -> None:
    """Carry until a side ends; the agent is then alone, and this waits until it is gone."""
    limit = (int(frames), int(extra))
    agent = subprocess.Popen(
        f"exec {told}", shell=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert agent.stdin and agent.stdout
    up = Direction(0, agent.stdin.fileno(), limit if which == "up" else None)
    down = Direction(agent.stdout.fileno(), 1, limit if which == "down" else None)
    cut = threading.Event()
    for direction, magic in ((up, False), (down, True)):
        threading.Thread(
            target=direction.carry, args=(cut,), kwargs={"magic": magic}, daemon=True
        ).start()
    cut.wait()
    agent.stdin.close()
    if which != "none":
        os.close(1)
        agent.stdout.close()
    agent.wait()
    with Path(log).open("a") as file:
        file.write(f"up {up.frames} {up.bytes}\ndown {down.frames} {down.bytes}\n")
    os._exit(255 if which != "none" else 0)


if __name__ == "__main__":
    os.setsid()
    main(*sys.argv[1:5], command(sys.argv[5:]))
