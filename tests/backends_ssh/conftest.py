"""A board behind a pipe, and programs that play an agent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgesdk.address import Address
from edgesdk.agent.wire.messages import MAGIC, PROTOCOL, Hello, encode
from edgesdk_backends.ssh.address import read
from edgesdk_backends.ssh.connection import Connection
from tests.backends_ssh.pipe import script, through_a_pipe

HELLO = MAGIC + encode(Hello(PROTOCOL, "0.1.0", "3.11.0", "there"))

Fake = Callable[..., Connection]


@pytest.fixture
def board(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``ssh://`` leads to this machine; the folder of its user."""
    through_a_pipe(monkeypatch, user_folder)
    return user_folder


@pytest.fixture
def plays(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes ssh a shell script of these lines, whatever its arguments."""

    def play(lines: str) -> None:
        program = script(user_folder / "bin" / "ssh", "true")
        program.write_text(f"#!/bin/sh\n{lines}\n")
        monkeypatch.setenv("EDGESDK_SSH", str(program))

    return play


@pytest.fixture
def fake(user_folder: Path, plays: Callable[[str], None]) -> Iterator[Fake]:
    """Connects to an agent that says hello, and these bytes once it was asked for something.

    Of several answers it gives one to each request.
    """
    made: list[Connection] = []

    def connect(*answers: bytes, then: str = "cat >/dev/null") -> Connection:
        files = [user_folder / f"frames-{number}" for number in range(len(answers) + 1)]
        for file, content in zip(files, (HELLO, *answers), strict=True):
            file.write_bytes(content)
        names = " ".join(map(str, files))
        first, *rest = files
        if len(rest) == 1:
            plays(f"cat {first}; head -c 1 >/dev/null; cat {rest[0]}; {then}")
        else:
            plays(f"exec {sys.executable} -S {Path(__file__).parent / 'turns.py'} {names}")
        made.append(Connection(read(Address.parse("ssh://me@there/cpu:"))))
        return made[-1]

    yield connect
    for connection in made:
        connection.close()
