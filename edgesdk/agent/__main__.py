"""``python -m edgesdk.agent --stdio``: the agent without the command line's libraries."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..errors import EdgeError
from .agent import serve_stdio


def main(arguments: Sequence[str]) -> int:
    """Serve; returns the exit code."""
    if list(arguments) != ["--stdio"]:
        print("usage: edgesdk agent --stdio", file=sys.stderr)
        return 2
    try:
        return serve_stdio()
    except EdgeError as error:
        print(f"edgesdk agent: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
