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

from edgesdk.errors import DeviceUnavailable

from .address import BoardAddress

PROGRAM = "EDGESDK_SSH"  # in the environment
NOT_FOUND, SSH_FAILED = 127, 255  # exit codes: of the board's shell, and of ssh itself
_BUFFER = 1 << 18  # bytes read at once
_KEPT = 4096  # bytes of the last words
# Ctrl-C is the host's to answer: ssh leaves SIGINT ignored where it finds it so.
_UNINTERRUPTED = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")


def ssh_program() -> str | None:
    """The program that is run; None where there is none."""
    return shutil.which(os.environ.get(PROGRAM) or "ssh")


def arguments(address: BoardAddress) -> list[str]:
    """What ssh is told: no terminal there, and an end to the connection when it falls silent."""
    options = ["-T", "-o", "ConnectTimeout=20"]
    options += ["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"]
    if address.config is not None:
        options += ["-F", str(address.config)]
    if address.port is not None:
        options += ["-p", str(address.port)]
    return [*options, "--", address.destination, address.command]


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
        self.stdout = self._child.stdout
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
        """End it now, without a word. Safe at any moment."""
        with suppress(OSError):
            self._child.kill()
        self._child.wait()

    def words(self) -> str:
        """The last that ssh and the board have said to people."""
        self._drain.join(1.0)  # what was said last may still be on its way
        told = b"".join(self._words)[-_KEPT:].decode("utf-8", "replace")
        lines = (line.strip() for line in told.splitlines())
        return "\n  ".join("".join(c for c in line if c.isprintable()) for line in lines if line)

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
