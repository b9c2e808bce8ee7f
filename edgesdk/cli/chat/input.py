"""What the user says: a line from a terminal, or a line of a pipe."""

from __future__ import annotations

import sys
from contextlib import suppress

import click

from ...decoder.tokenizer import text_from_bytes
from ...errors import UsageError

LONGEST_LINE = 1 << 20  # bytes


def is_terminal() -> bool:
    """Whether somebody sits there."""
    return sys.stdin is not None and sys.stdin.isatty()


def read_line() -> str | None:
    """The next line without its end; None when there is none. Raises as ``_from_pipe``."""
    return _from_terminal() if is_terminal() else _from_pipe()


def _from_terminal() -> str | None:
    """A line with a prompt before it, and with the keys of readline where Python has it."""
    with suppress(ImportError):
        import readline  # noqa: F401  (input uses it once it is there)
    prompt = "> "
    if not sys.stdout.isatty():  # it is data that goes there
        click.echo(prompt, err=True, nl=False)
        prompt = ""
    try:
        line = input(prompt)
        line.encode()  # bytes that are no UTF-8 come as halves of surrogate pairs
        return line
    except EOFError:
        return None
    except UnicodeError:
        raise _not_text() from None


def _from_pipe() -> str | None:
    """A line of at most ``LONGEST_LINE`` bytes. Raises ``UsageError`` (EDGE-02151, EDGE-02120)."""
    if sys.stdin is None:
        return None
    try:
        line = sys.stdin.buffer.readline(LONGEST_LINE + 1)
    except (OSError, ValueError) as error:
        raise UsageError("Cannot read stdin", evidence=str(error), code=151) from None
    if len(line) > LONGEST_LINE:
        raise UsageError(
            "A line is too long", evidence=f"it has more than {LONGEST_LINE} bytes", code=151
        )
    return text_from_bytes(line).rstrip("\r\n") if line else None


def _not_text() -> UsageError:
    return UsageError("The line is not UTF-8", next_step="Type it again", code=151)
