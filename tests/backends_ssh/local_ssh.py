"""Stands in for ssh: takes its arguments, and runs the command on this machine.

In a session of its own, as a board's is: Ctrl-C on the laptop does not reach it.
"""

from __future__ import annotations

import os
import sys


def command(arguments: list[str]) -> str:
    """What is to be run there: the last of ``-T -o ... -- user@host COMMAND``."""
    place, told = arguments[arguments.index("--") + 1 :]
    if place.startswith("-"):
        raise SystemExit("an option in the host's place")
    return told


if __name__ == "__main__":
    os.setsid()
    os.execv("/bin/sh", ["sh", "-c", f"exec {command(sys.argv[1:])}"])
