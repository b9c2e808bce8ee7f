"""The agent: one device for one host, over two byte streams. ``docs/agent-protocol.md``."""

from __future__ import annotations

import io
import os
import platform
import select
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

from ..errors import EdgeError, UsageError
from ..version import __version__
from .board import Board
from .dispatch import answer
from .inbox import Inbox
from .life import ALONE, Life
from .outgoing import NobodyReads, Outgoing
from .wire.messages import (
    GRACE,
    MAGIC,
    PROTOCOL,
    SILENCE,
    Data,
    Hello,
    Message,
    Ping,
    Pong,
    Request,
    encode,
    receive,
)


def serve_stdio(silence: float = SILENCE, grace: float = GRACE) -> int:
    """Serve the host at the other end of standard input and output; the exit code.

    Raises ``UsageError`` (EDGE-02290) where a person is at the other end.
    """
    if sys.stdin is None or sys.stdout is None:  # whoever started this has closed them
        raise _for_programs("its standard input or output is closed")
    if os.isatty(0):
        raise _for_programs("its standard input is a terminal")
    sys.stdout.flush()
    source, target = os.dup(0), os.dup(1)
    for descriptor in (source, target):  # whoever started this may have made them not wait
        os.set_blocking(descriptor, True)
    # Whatever prints to standard output, a library in C too, must not write between frames.
    os.dup2(2, 1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    return serve(source, target, silence, grace)


def serve(source: int, target: int, silence: float, grace: float) -> int:
    """Serve over two descriptors, from the main thread; the exit code."""
    life, out = Life(silence, grace), Outgoing(target)
    board = Board(life.undisturbed)
    try:
        with life.watched():
            _serve(life, board, out, source)
    except KeyboardInterrupt as stopped:
        life.alone(str(stopped) or "it was interrupted")
    finally:
        _drop_unread()
        _let_go(board)
        life.over()
    if life.reason == _ENDED:
        return 0
    print(f"edgesdk agent: {life.reason}", file=sys.stderr)
    return ALONE


_ENDED = "its host has ended the connection"
SIGN = 1.0  # seconds of a request's data after which a pong goes unasked


def _serve(life: Life, board: Board, out: Outgoing, source: int) -> NoReturn:
    inbox = Inbox()
    hello = Hello(PROTOCOL, __version__, platform.python_version(), platform.machine())
    out.send(MAGIC + encode(hello))
    reading = threading.Thread(
        target=_read, args=(life, inbox, out, source), name="reader", daemon=True
    )
    reading.start()
    while True:
        answer(board, inbox, out, *inbox.take())
        if life.reason:  # something kept the interrupt to itself
            raise KeyboardInterrupt


def _read(life: Life, inbox: Inbox, out: Outgoing, source: int) -> None:
    """Take frames as they come: pings are answered here, whatever is computed meanwhile."""
    stream, said = _Heard(source, life), time.monotonic()
    try:
        while (message := receive(stream)) is not None:
            if isinstance(message, Request):
                said = time.monotonic()
            if isinstance(message, Ping) or _is_slow(message, said):
                said = time.monotonic()
                out.send_soon(encode(Pong()))
            if not isinstance(message, (Ping, Pong)):
                inbox.put(message)
        life.alone(_ENDED)
    except EdgeError as error:
        life.alone(f"{error.what}: {error.evidence}")
    except (Exception, NobodyReads) as error:  # without this thread nobody would hear the host
        life.alone(f"its link failed: {type(error).__name__}: {error}")


def _is_slow(message: Message, said: float) -> bool:
    """Whether a request takes so long to come that its host, whose pings wait, may lose heart."""
    return isinstance(message, Data) and time.monotonic() > said + SIGN


class _Heard(io.FileIO):
    """The input; whatever comes from there is a sign of life, in the middle of a frame too."""

    def __init__(self, source: int, life: Life) -> None:
        super().__init__(source, "rb", closefd=False)
        self._life = life

    def read(self, size: int | None = -1, /) -> bytes | Any:
        """See ``io.FileIO``."""
        data = super().read(size)
        self._life.heard()
        return data


def _drop_unread() -> None:
    """Where nobody reads standard error any more, let nothing that closes fail for writing it."""
    errors = select.poll()
    errors.register(2, 0)  # a broken pipe is told without being asked for
    if errors.poll(0):
        with Path(os.devnull).open("wb") as nothing:
            for descriptor in (1, 2):
                os.dup2(nothing.fileno(), descriptor)


def _let_go(board: Board) -> None:
    try:
        board.close()
    except Exception:  # it ends in any case, and the device has its own rules for that
        traceback.print_exc(file=sys.stderr)


def _for_programs(evidence: str) -> UsageError:
    return UsageError(
        "'edgesdk agent' is started by another program, and not by hand",
        evidence=evidence,
        next_step="On the other machine use this board's address: ssh://USER@BOARD/cpu:",
        code=290,
    )
