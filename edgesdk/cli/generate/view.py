"""What a generation shows: text as it comes, how fast it was, and a line that tells how it goes."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from ...decoder.generation import CONTEXT, Generation
from ..output import Output, unwritable
from ..text import printable

_EVERY = 0.1  # s, between two changes of the line


class TextView:
    """Writes text to stdout at once; with ``--json`` and ``--jsonl`` nothing. ``gone``: no reader.

    On a terminal, control characters that a model may write are left out.
    """

    def __init__(self, out: Output, streaming: bool = True) -> None:
        self.gone = False
        self._out = out
        self._live = streaming and not (out.json or out.events)
        self._terminal = sys.stdout is not None and sys.stdout.isatty()
        self._ended = True  # whether the last character ended a line

    def write(self, text: str) -> None:
        """Show text. Raises ``UsageError`` (EDGE-0235) where it cannot be written."""
        if not text or not self._live or self.gone:
            return
        self._ended = text.endswith("\n")
        try:
            click.echo(_encodable(printable(text) if self._terminal else text), nl=False)
        except BrokenPipeError:  # the reader had enough
            self.gone = True
            self._out.close()
        except OSError as error:
            self.gone = True
            raise unwritable(error) from None

    def end(self) -> None:
        """End the line, if one is open."""
        if not self._ended:
            self.write("\n")


def _encodable(text: str) -> str:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


class StatusLine:
    """One line on stderr that changes as the work goes on; on a terminal only."""

    def __init__(self, out: Output, shown: bool = True) -> None:
        self._live = shown and sys.stderr.isatty() and not (out.quiet or out.events)
        self._next = 0.0
        self._shown = False

    def show(self, text: str) -> None:
        """Show this, unless another text was shown a moment ago."""
        if self._live and time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            self._shown = True
            click.echo(f"\r{text}\x1b[K", err=True, nl=False)

    def clear(self) -> None:
        """Take it away."""
        if self._shown:
            self._shown = False
            click.echo("\r\x1b[K", err=True, nl=False)


def figures(generation: Generation) -> dict[str, Any]:
    """What a generation took, for the result."""
    usage = generation.usage
    return {
        "finish": generation.finish,
        "seed": generation.seed,
        "prompt_tokens": usage.prompt,
        "cached_tokens": usage.cached,
        "written_tokens": usage.written,
        "first_token_seconds": usage.first_seconds,
        "prefill_tokens_per_second": usage.prefill_rate or None,
        "decode_tokens_per_second": usage.decode_rate or None,
    }


def statistics(generation: Generation, emulated: bool) -> str:
    """The same for people; ``emulated``: the device is software on this machine."""
    usage = generation.usage
    cached = f" ({usage.cached} of them from the cache)" if usage.cached else ""
    rows = [
        f"prompt: {usage.prompt} tokens{cached}, {usage.prefill_rate:,.0f} tokens/s",
        f"first token: after {usage.first_seconds or 0:.3f} s",
        f"written: {usage.written} tokens, {usage.decode_rate:,.1f} tokens/s",
        f"ended by: {generation.finish or 'interruption'}",
        f"seed: {generation.seed}",
        *(["speeds: of an emulator on this machine, and no board's"] if emulated else []),
    ]
    return "\n".join(rows)


def rate(generation: Generation) -> str:
    """How fast, in a few words."""
    usage = generation.usage
    return f"{usage.written} tokens, {usage.decode_rate:,.1f} tokens/s"


def full_context(generation: Generation) -> str:
    """A note for a text that the context cut off, or ""."""
    if generation.finish != CONTEXT:
        return ""
    return f"the context is full: {generation.usage.prompt + generation.usage.written - 1} tokens"
