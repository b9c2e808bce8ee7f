"""Plays an agent: writes its first file at once, and each next one when a request has come."""

from __future__ import annotations

import sys
from pathlib import Path

_REQUEST = b"\x67request"  # how CBOR writes the word


def play(files: list[str]) -> None:
    """Answer as many requests as there are files, then read on."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    contents = [Path(name).read_bytes() for name in files]
    while True:
        if contents:
            target.write(contents.pop(0))
            target.flush()
        body = b""
        while _REQUEST not in body[:64]:
            head = source.read(4)
            if not head:
                return
            body = source.read(int.from_bytes(head, "big"))


if __name__ == "__main__":
    play(sys.argv[1:])
