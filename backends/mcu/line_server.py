"""An emulated board for other programs: its serial line as a TCP port or a pseudo terminal."""

from __future__ import annotations

import os
import select
import socket
import tty
from collections.abc import Callable
from contextlib import suppress

from edgesdk.address import Address
from edgesdk.errors import DeviceUnavailable, UsageError

from .emulated import EmulatedBoard
from .link import Link
from .options import LinkOptions, emulator_options

_PIECE = 65536  # bytes
_UNREAD = 1 << 20  # bytes that are kept for a client that does not read
_NOW = 0.0


def serve(address: Address, where: str, on_ready: Callable[[str], None]) -> None:
    """Serve until the board's process ends, or for ever. ``on_ready`` is told where.

    Raises ``UsageError`` (EDGE-0254), ``DeviceUnavailable`` (EDGE-0523).
    """
    options, line = emulator_options(address)
    if line != LinkOptions():
        raise UsageError(
            "The options of a line are for its clients, not for the emulator that they share",
            evidence="noise, drop, double, link_seed, deadline, inference, replace",
            next_step="Put them behind the address that this command prints",
            code=54,
        )
    board = EmulatedBoard(options)
    with board.serve() as emulator:
        if where == "pty":
            _on_terminal(emulator.link, on_ready)
        else:
            _on_port(emulator.link, where, on_ready)


def _on_terminal(link: Link, on_ready: Callable[[str], None]) -> None:
    ours, theirs = os.openpty()
    try:
        tty.setraw(theirs)
        on_ready(os.ttyname(theirs))
        # `theirs` stays open here: a client that comes and goes does not end the line.
        _carry(link, ours)
    finally:
        os.close(ours)
        os.close(theirs)


def _on_port(link: Link, where: str, on_ready: Callable[[str], None]) -> None:
    host, port = _place(where)
    try:
        server = socket.create_server((host, port))
    except OSError as error:
        raise DeviceUnavailable(
            f"Nothing can listen on {where}", evidence=str(error), code=23
        ) from None
    with server:
        on_ready(f"socket://{host}:{server.getsockname()[1]}")
        while True:
            client, _ = server.accept()
            with client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _carry(link, client.fileno(), server)


def _place(where: str) -> tuple[str, int]:
    host, colon, port = where.removeprefix("socket://").rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise UsageError(
            f"{where[:80]!r} is no place to listen on",
            evidence="'pty', or socket://HOST:PORT (port 0: any that is free)",
            code=54,
        )
    return host or "127.0.0.1", int(port)


def _carry(link: Link, line: int, others: socket.socket | None = None) -> None:
    """Bytes both ways, until the client goes; ``others`` who knock are turned away.

    Nothing here waits for the client to read: while it waits for us to, neither would go on.
    """
    doors: list[int | socket.socket] = [line] if others is None else [line, others]
    unread = bytearray()
    os.set_blocking(line, False)
    with suppress(OSError):  # the client has gone
        while True:
            ready, free, _ = select.select(doors, [line] if unread else [], [], 0.001)
            if line in ready:  # first: it may be its end, and the other one the next client
                data = os.read(line, _PIECE)
                if not data:
                    return
                link.write(data)
            elif others in ready and others is not None:
                others.accept()[0].close()
            if free:
                with suppress(BlockingIOError):
                    del unread[: os.write(line, unread)]
            unread += link.read(_NOW)
            del unread[_UNREAD:]  # as a serial port does, when nobody reads it
