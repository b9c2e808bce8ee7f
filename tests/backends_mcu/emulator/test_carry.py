"""The line between an emulated board and another program."""

from __future__ import annotations

import os
import socket
import threading
import tty

from edgesdk_backends.mcu.line_server import _carry

MUCH = 2 << 20  # bytes: more than any line holds by itself


class Talking:
    """A board that talks without end and hears everything."""

    def __init__(self, much: int) -> None:
        self.left = much
        self.heard_all = threading.Event()

    def write(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left <= 0:
            self.heard_all.set()

    def read(self, seconds: float) -> bytes:
        return bytes(65536)

    def close(self) -> None:
        return


def test_a_client_that_does_not_read_is_heard() -> None:
    board, (ours, theirs) = Talking(MUCH), socket.socketpair()
    carrying = threading.Thread(target=_carry, args=(board, ours.fileno()))
    with ours:
        with theirs:
            theirs.settimeout(30)
            carrying.start()
            theirs.sendall(bytes(MUCH))
            assert board.heard_all.wait(30)
        carrying.join(30)  # it ends when the client goes
        assert not carrying.is_alive()


def test_a_program_at_a_terminal_that_does_not_read_is_heard() -> None:
    board, (ours, theirs) = Talking(MUCH), os.openpty()
    tty.setraw(theirs)
    os.set_blocking(theirs, False)
    carrying = threading.Thread(target=_carry, args=(board, ours))
    carrying.start()
    try:
        left = MUCH
        while left and not board.heard_all.is_set():
            try:
                left -= os.write(theirs, bytes(min(left, 65536)))
            except BlockingIOError:
                board.heard_all.wait(0.001)
        assert board.heard_all.wait(30)
    finally:
        os.close(theirs)
        carrying.join(30)
        os.close(ours)
