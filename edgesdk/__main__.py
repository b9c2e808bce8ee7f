"""The program ``edgesdk``, also as ``python -m edgesdk``.

A board that is only reached from elsewhere need not have the command line's library: there the
program still is the board's agent, and says what it lacks for all else. The script begins
in ``edgesdk_start``, which alone answers Ctrl-C while the libraries are read.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

AGENT = "agent"
LIBRARY = "click"


def main() -> None:
    """Run the command line, or what of it works without its library."""
    if find_spec(LIBRARY) is not None:
        from .cli import main as command_line

        command_line()
    elif sys.argv[1:2] == [AGENT]:
        from .agent.__main__ import main as agent

        sys.exit(agent(sys.argv[2:]))
    else:
        sys.exit(_without_library())


def _without_library() -> int:
    """Say what is missing; returns the exit code."""
    from .errors import UsageError

    error = UsageError(
        f"The command line needs the Python package {LIBRARY}, which is not installed",
        next_step=f"Install it with: pip install '{LIBRARY}>=8.1'; "
        f"without it, 'edgesdk {AGENT} --stdio' serves a host",
        code=300,
    )
    sys.stderr.write(f"error: {error}\n")
    return error.exit_code


if __name__ == "__main__":
    main()
