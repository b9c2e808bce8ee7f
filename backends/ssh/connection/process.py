"""The system's OpenSSH client as a child: what goes to the board, and what comes from it.

``EDGESDK_SSH`` names another program that takes ssh's arguments, as git's ``GIT_SSH`` does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections import deque
from contextlib import suppress
from io import BufferedReader
from typing import cast

from edgesdk.errors import DeviceUnavailable

from ..address import BoardAddress
from ..texts import shown

PROGRAM = "EDGESDK_SSH"  # in the environment
NOT_FOUND, SSH_FAILED = 127, 255  # exit codes: of the board's shell, and of ssh itself
# Whatever the user's configuration has for people who log in.
_OPTIONS = (
    "ConnectTimeout=20",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "RemoteCommand=none",
    "ClearAllForwardings=yes",
)
_TO_TIDY = 1.0  # seconds
_BUFFER = 1 << 18  # bytes read at once
_KEPT = 4096  # bytes of the last words
# Ctrl-C is the host's to answer: ssh leaves SIGINT ignored where it finds it so.
_UNINTERRUPTED = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")


def ssh_program() -> str | None:
    """The program that is run; None where there is none."""
    return shutil.which(os.environ.get(PROGRAM) or "ssh")


def arguments(address: BoardAddress) -> list[str]:
    """What ssh is told: no terminal there, and an end to the connection when it falls silent."""
    options = [part for option in _OPTIONS for part in ("-o", option)]
    command = f"{address.program} agent --stdio"
    return ["-T", "-a", "-x", *options, *address.way, "--", address.destination, command]


class BoardProcess:
    """A running ssh. ``stdout`` is read by one thread, ``write`` is called by another one."""

    def __init__(self, address: BoardAddress) -> None:
        """Raises ``DeviceUnavailable`` (EDGE-0582) where there is no ssh."""
        program = ssh_program()
        if program is None:
            raise _no_ssh()
        self._child = subprocess.Popen(  # noqa: S603
            [*_UNINTERRUPTED, program, *arguments(address)],
            bufsize=_BUFFER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._child.stdin and self._child.stdout and self._child.stderr
        self._stdin, self._stderr = self._child.stdin, self._child.stderr
        self.stdout = cast(BufferedReader, self._child.stdout)
        self._words: deque[bytes] = deque()
        self._drain = threading.Thread(target=self._listen, name="ssh words", daemon=True)
        self._drain.start()

    def write(self, data: bytes) -> None:
        """Send all of it. Raises ``OSError`` when ssh is gone."""
        self._stdin.write(data)
        self._stdin.flush()

    def end_input(self) -> None:
        """Nothing more will be sent: an agent takes it as the end."""
        with suppress(OSError):
            self._stdin.close()

    def end_output(self) -> None:
        """Nothing more will be read."""
        with suppress(OSError):
            self.stdout.close()

    def ended(self, seconds: float) -> int | None:
        """The exit code; None where it has not ended within so long."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """End it now. Safe at any moment.

        ssh gets the time to give a terminal its echo back, which it took to ask for a password.
        """
        self._child.terminate()
        if self.ended(_TO_TIDY) is None:
            self._child.kill()
            self._child.wait()

    def words(self) -> str:
        """The last that ssh and the board have said to people."""
        self._drain.join(1.0)  # what was said last may still be on its way
        told = b"".join(self._words)[-_KEPT:].decode("utf-8", "replace")
        return shown("\n".join(line.strip() for line in told.splitlines() if line.strip()))

    def _listen(self) -> None:
        with suppress(OSError, ValueError):
            while piece := os.read(self._stderr.fileno(), _KEPT):
                self._words.append(piece)
                while len(self._words) > 1 and sum(map(len, self._words)) > 2 * _KEPT:
                    self._words.popleft()
        with suppress(OSError):
            self._stderr.close()


def _no_ssh() -> DeviceUnavailable:
    wanted = os.environ.get(PROGRAM)
    return DeviceUnavailable(
        "The OpenSSH client, which reaches boards at a distance, is not on this machine",
        evidence=f"{PROGRAM} names {wanted}" if wanted else "there is no ssh in PATH",
        next_step="Install it, for example: apt install openssh-client",
        code=82,
    )
