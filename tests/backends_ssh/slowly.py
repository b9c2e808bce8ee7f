"""Stands in for ssh over a slow line: holds back the answer to a deploy's beginning for a while.

It stays in the terminal's group of processes, as ssh does, and notes how it ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from local_ssh import command

_HELD = b"\x65begin"  # how CBOR writes the call's name


def up(source: int, target: int) -> None:
    """To the board; notes when the deploy has begun."""
    while data := os.read(source, 1 << 16):
        os.write(target, data)
        if _HELD in data:
            Path("under-way").touch()
            time.sleep(0.7)
    os.close(target)


if __name__ == "__main__":
    agent = subprocess.Popen(
        f"exec {command(sys.argv[1:])}",
        shell=True,
        stdin=subprocess.PIPE,
        stdout=1,
        start_new_session=True,
    )
    assert agent.stdin
    threading.Thread(target=up, args=(0, agent.stdin.fileno()), daemon=True).start()
    agent.wait()
    Path("ended").write_text("with its board\n")
    os._exit(0)
