"""Agents without the second that a new Python needs: forks of a process that has imported it all.

``python -m tests.agent.nursery SOCKET`` takes, over the socket with that number, three descriptors
and a line of JSON for each agent: its kind (see ``odd_board``) and its silence. A fork keeps each
agent: it tells the agent's process number, and its exit code once it has one.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.agent.odd_board import main as serve_oddly

ROOT = Path(__file__).parents[2]
DESCRIPTORS = 4  # standard input, output and error, and where the keeper tells


class Process:
    """An agent of the nursery, as far as ``subprocess.Popen`` is needed."""

    def __init__(self, stdin: int, stdout: int, stderr: int, told: socket.socket) -> None:
        self.stdin = os.fdopen(stdin, "wb", 0)
        self.stdout = os.fdopen(stdout, "rb", 0)
        self.stderr = os.fdopen(stderr, "rb", 0)
        self._told = told
        self.pid = self._number()
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """As Popen's."""
        self.send_signal(signal.SIGKILL)

    def wait(self, seconds: float) -> int:
        """Its exit code."""
        if self.returncode is None:
            self._told.settimeout(seconds)
            self.returncode = self._number()
        return self.returncode

    def close(self) -> None:
        """Kill it, and let go of everything."""
        try:
            self.kill()
            self.wait(30)
        finally:
            for each in (self.stdin, self.stdout, self.stderr, self._told):
                each.close()

    def _number(self) -> int:
        line = b""
        while not line.endswith(b"\n"):
            piece = self._told.recv(1)
            assert piece, "the agent's keeper has ended"
            line += piece
        return int(line)


class Nursery:
    """The process that forks, and the socket to it."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "tests.agent.nursery", str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=ROOT)
        theirs.close()

    def agent(self, kind: str, silence: float) -> Process:
        """A new agent, with this process's settings."""
        from_us, to_agent = os.pipe()
        from_agent, to_us = os.pipe()
        errors, said = os.pipe()
        told, keeper = socket.socketpair()
        settings = {k: v for k, v in os.environ.items() if k.startswith("EDGESDK_")}
        line = json.dumps([kind, silence, settings]).encode()
        theirs = [from_us, to_us, said, keeper.fileno()]
        socket.send_fds(self._socket, [len(line).to_bytes(4, "big") + line], theirs)
        for descriptor in theirs[:3]:
            os.close(descriptor)
        keeper.close()
        return Process(to_agent, from_agent, errors, told)

    def close(self) -> None:
        """No more agents."""
        self._socket.close()
        self._process.wait(30)


@contextmanager
def nursery() -> Iterator[Nursery]:
    """One, for as long as the block lasts."""
    made = Nursery()
    try:
        yield made
    finally:
        made.close()


def _main(source: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a keeper
    while True:
        data, descriptors, _, _ = socket.recv_fds(source, 1 << 16, DESCRIPTORS)
        if not data:
            return
        line = data[4 : 4 + int.from_bytes(data[:4], "big")]
        if os.fork() == 0:
            source.close()
            _keep(descriptors, *json.loads(line))
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(descriptors: list[int], kind: str, silence: float, settings: dict[str, str]) -> None:
    """Fork the agent, and tell how it goes."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    agent = os.fork()
    if agent == 0:
        _live(descriptors, kind, silence, settings)
    for descriptor in descriptors[:3]:
        os.close(descriptor)
    os.write(descriptors[3], b"%d\n" % agent)
    # Not reaped before the test has let go of it: until then its number is nobody else's.
    status = os.waitid(os.P_PID, agent, os.WEXITED | os.WNOWAIT)
    assert status is not None
    killed = status.si_code in (os.CLD_KILLED, os.CLD_DUMPED)
    os.write(descriptors[3], b"%d\n" % (-status.si_status if killed else status.si_status))
    os.read(descriptors[3], 1)
    os._exit(0)


def _live(descriptors: list[int], kind: str, silence: float, settings: dict[str, str]) -> None:
    code = 1
    try:
        os.close(descriptors[3])
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.environ.update(settings)
        code = serve_oddly(kind, silence)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _main(socket.socket(fileno=int(sys.argv[1])))
