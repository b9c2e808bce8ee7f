"""What a command that there is not may have been meant for: a mistyped one, or another's name."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import UsageError
from ..nearest import nearest

# Names that other tools have for what ours do.
_OTHERS = {
    "devices": "list ls scan discover device models",
    "doctor": "setup diagnose status",
    "compile": "build convert export import",
    "inspect": "info show describe view",
    "check": "verify validate test fit",
    "deploy": "flash install upload push send program update upgrade",
    "rollback": "undo revert restore downgrade",
    "run": "infer inference exec execute classify",
    "generate": "complete continue prompt ask write",
    "chat": "talk converse",
    "serve": "server api http openai",
    "bench": "benchmark profile perf time measure",
    "predict": "estimate model simulate",
    "monitor": "log logs watch",
    "emulator": "emulate sim simulator",
    "keys": "key trust sign",
}
_MEANT = {other: command for command, others in _OTHERS.items() for other in others.split()}


def no_command(name: str, commands: Collection[str]) -> UsageError:
    """The error for a command that there is not."""
    begun = [command for command in commands if command.startswith(name.lower())]
    meant = _MEANT.get(name.lower()) or (begun[0] if len(begun) == 1 else nearest(name, commands))
    return UsageError(
        f"There is no command {name[:40]!r}",
        next_step=f"Did you mean 'edgesdk {meant}'?" if meant else "See 'edgesdk --help'",
    )
