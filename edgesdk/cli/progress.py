"""Progress of a deploy: events, a bar on a terminal, a line per step elsewhere."""

from __future__ import annotations

import sys
from dataclasses import asdict
from types import TracebackType
from typing import Any

import click

from ..deploy import DeployEvent
from .output import Output
from .text import number

_WORDS = {
    "check": "checking that it fits",
    "stage": "staging",
    "trial": "answering golden vectors",
    "confirm": "confirming",
}


class DeployProgress:
    """Called with each ``DeployEvent``; a context manager that leaves no half-drawn bar."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._words = not out.quiet and not out.events
        self._terminal = self._words and sys.stderr.isatty()
        self._bar: Any = None
        self._step = ("", "")
        self._last = DeployEvent("", "", 0, 0)

    def __call__(self, event: DeployEvent) -> None:
        """Show one event."""
        self._last = event
        self._out.event("progress", **asdict(event))
        if not self._words or event.stage not in _WORDS:
            return
        if (event.stage, event.part) != self._step:
            self._begin(event)
        if self._bar is not None:
            self._bar.update(event.done - self._bar.pos)

    def where(self) -> str:
        """What an interrupted deploy leaves on the device, as far as the host knows."""
        if self._last.stage != "confirm":
            return "The device keeps the model that it had"
        if self._last.done:
            return "The new model is active"
        return "It was confirming: the device has the old model or the new one, whole"

    def __enter__(self) -> DeployProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish()

    def _begin(self, event: DeployEvent) -> None:
        self._finish()
        self._step = (event.stage, event.part)
        label = f"{_WORDS[event.stage]} {event.part}".rstrip()
        if self._terminal and event.total > 1:
            self._bar = click.progressbar(length=event.total, label=label, file=sys.stderr)
            self._bar.__enter__()
            return
        size = f" ({number(event.total)})" if event.stage == "stage" else ""
        self._out.say(label + size)

    def _finish(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
