"""Two streams: data on stdout, words for people on stderr.

``--json`` prints exactly one object on stdout, on failure too; ``--jsonl`` prints one object per
event, the last of which is ``result`` or ``error``. Every object begins with ``"v": 1``.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from ..errors import EdgeError, UsageError
from .text import printable

VERSION = 1  # of the objects on stdout


@dataclass
class Output:
    """Where a command writes, and how much."""

    json: bool = False
    events: bool = False
    quiet: bool = False
    verbose: bool = False
    interrupted: bool = False
    attached: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Words for people, on stderr; ``--quiet`` does not silence them."""
        _write(text, to_stderr=True)

    def note(self, text: str) -> None:
        """Something worth knowing, on stderr unless ``--quiet``."""
        if not self.quiet:
            self.say(f"note: {text}")

    def attach(self, **fields: Any) -> None:
        """Fields of the final object that hold on failure too, for example a fit report."""
        self.attached.update(fields)

    def result(self, text: str, **fields: Any) -> None:
        """The command's result: as text for people, or as the one object of ``--json``."""
        document = {**self.attached, **fields}
        if self.json:
            self._object({"ok": True, **document})
        elif self.events:
            self._object({"event": "result", "ok": True, **document})
        elif text:
            _write(text)

    def text(self, text: str) -> None:
        """Result text that is printed although the command fails; not part of any object."""
        if not self.json and not self.events:
            _write(text)

    def event(self, event: str, **fields: Any) -> None:
        """One line of ``--jsonl``; also where an interrupted command notices it at the latest."""
        if self.interrupted:
            raise KeyboardInterrupt
        if self.events:
            self._object({"event": event, **fields})

    def failed(self, error: EdgeError) -> None:
        """Report a failure: to people on stderr, and as the final object where one is due."""
        _write(str(error), to_stderr=True, mark=click.style("error: ", fg="red", bold=True))
        document = {"ok": False, **self.attached, "error": error.as_dict()}
        if self.json:
            self._object(document)
        elif self.events:
            self._object({"event": "error", **document})

    def close(self) -> None:
        """Flush; a reader that has gone away is no failure."""
        _flush()

    def _object(self, document: Mapping[str, Any]) -> None:
        _write(json.dumps(plain({"v": VERSION, **document}), allow_nan=False))


def plain(value: Any) -> Any:
    """A value as JSON has it: NaN and infinities as texts, bytes as hex, complex as a pair."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, (str, int)) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _NOT_FINITE[str(value)]
    if isinstance(value, complex):
        return [_scalar(value.real), _scalar(value.imag)]
    return value.hex() if isinstance(value, bytes) else str(value)


_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _write(text: str, to_stderr: bool = False, mark: str = "") -> None:
    """Write a line, after a coloured mark. When its reader has gone, the work goes on untold.

    Names from files and devices command no terminal. Raises ``UsageError`` (EDGE-0235) where the
    output cannot be written for another reason.
    """
    stream = sys.stderr if to_stderr else sys.stdout
    with _writing(stream):
        if stream is not None and stream.isatty():
            text = printable(text)
        color = False if os.environ.get("NO_COLOR") else None
        try:
            click.echo(mark + text, err=to_stderr, color=color)
        except UnicodeEncodeError as error:  # a file's name that is not UTF-8, a narrow stream
            text = (mark + text).encode(error.encoding, "backslashreplace").decode(error.encoding)
            click.echo(text, err=to_stderr, color=color)


def _flush() -> None:
    for stream in (sys.stderr, sys.stdout):
        if stream is not None:  # closed by whoever started us
            with _writing(stream):
                stream.flush()


@contextmanager
def _writing(stream: Any) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise unwritable(error) from None
        _discard(stream)


def unwritable(error: OSError) -> UsageError:
    """The error for a stdout that takes nothing more (EDGE-0235); what it has not taken is lost."""
    _discard(sys.stdout)
    return UsageError(
        "Cannot write the output",
        evidence=str(error.strerror or error),
        next_step="Send it somewhere else; what was asked for may have been done already",
        code=35,
    )


def _discard(stream: Any) -> None:
    """Point a stream whose reader has gone at nothing, so that Python's own flush succeeds."""
    nowhere = os.open(Path(os.devnull), os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
