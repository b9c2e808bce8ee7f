"""The command line: one table that lists the commands, and a file or a folder for each.

A command named ``run`` lives in ``run.py``, and one that is large, as ``bench``, in
``bench/__init__.py``: a click command named ``command``. It is imported only when it is used, so
``edgesdk --help`` needs the table and nothing else. What several commands share stands beside
them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .program import Program

# Every command and its line in 'edgesdk --help', in the order in which a user meets them.
COMMANDS = {
    "devices": "List the devices at hand.",
    "doctor": "Check this machine: libraries, backends, keys, settings, the store.",
    "compile": "Compile a model for a target into a signed bundle.",
    "inspect": "Show everything that a bundle or a source model says about itself.",
    "check": "Tell whether a bundle fits a device, before anything is erased.",
    "deploy": "Put a bundle on a device, and commit once it answers correctly.",
    "rollback": "Make the previous version of a model active again.",
    "run": "Run a model on inputs from files.",
    "generate": "Continue a text with a language model.",
    "chat": "Talk with a language model.",
    "serve": "Serve a decoder over HTTP, as OpenAI's interface has it.",
    "bench": "Measure latency, throughput, memory and load time, and compare answers.",
    "predict": "Predict how fast a language model would be on a target.",
    "monitor": "Show a device's log and counters.",
    "emulator": "Serve an emulated device on a socket or a pseudo terminal.",
    "agent": "Serve a device of this board to a host.",
    "keys": "Manage signing keys, and the keys that a device trusts.",
    "completion": "Print a completion script for a shell, or install it.",
    "version": "Print the version.",
}

program = Program(COMMANDS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code, by default on ``sys.argv``."""
    program.main(sys.argv[1:] if arguments is None else list(arguments), "edgesdk")
