"""What click found wrong with a command line, as one of our errors that leads on."""

from __future__ import annotations

import re
from pathlib import Path

import click

from ..errors import UsageError

_EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
_ADDRESS = re.compile(r"[a-z][a-z0-9]*:\S*")


def usage(error: click.ClickException) -> UsageError:
    """The same as ``UsageError`` (EDGE-0201)."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "edgesdk"
    message = error.format_message().rstrip(".")
    missing = error.param if isinstance(error, click.MissingParameter) else None
    hint = _extra_argument(message, context) if context else ""
    return UsageError(
        message,
        evidence=getattr(missing, "help", None) or "",
        next_step=f"{hint} See '{command} --help'".strip(),
    )


def _extra_argument(message: str, context: click.Context) -> str:
    """What an argument too many may have been meant for."""
    found = _EXTRA.fullmatch(message)
    if found is None:
        return ""
    from .inputs import READABLE

    extra = found[1].split(" ")[0]
    names = {parameter.name for parameter in context.command.params}
    if "device" in names and _ADDRESS.fullmatch(extra):
        return f"Did you mean --device {extra}?"
    if "inputs" in names and Path(extra).suffix.lower() in READABLE:
        return f"Did you mean --input {extra}?"
    if "prompt" in names:
        return 'A text of several words goes in quotes, as in "Once upon a time".'
    return ""
