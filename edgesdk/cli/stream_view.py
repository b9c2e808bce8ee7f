"""What a running sensing program shows: a line for each event, and one that tells how it goes."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import click

from ..sensing.counters import Counters
from ..sensing.description import Description
from ..sensing.engine import Event
from .output import Output
from .text import table

_BAR = " ▁▂▃▄▅▆▇█"
_QUIETEST = -60.0  # dB of full scale, at the lower end of a bar
_FULL_SCALE = 32768


class StreamView:
    """Events go to stdout as they come; on a terminal a status line on stderr stays below them."""

    def __init__(self, out: Output, description: Description) -> None:
        self._out, self._description = out, description
        self._live = sys.stderr.isatty() and not (out.quiet or out.json or out.events)
        self._shown = False

    def tell(self, events: Iterable[Event]) -> None:
        """New events."""
        for event in events:
            self._clear()
            self._out.event("sensing", **asdict(event))
            self._out.text(event_line(event))

    def status(self, seconds: float, counters: Counters) -> None:
        """How it goes, after so many seconds of signal."""
        self._out.event("status", seconds=round(seconds, 3), **counters.as_dict())
        if self._live:
            line = f"{seconds:8.1f} s  {status_line(counters, self._description)}"
            click.echo("\r\x1b[K" + line, nl=False, err=True)
            self._shown = True

    def end(self) -> None:
        """Leave no half line behind."""
        self._clear()

    def _clear(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._shown = False


def event_line(event: Event) -> str:
    """An event for people."""
    seconds = f"{event.start_s:9.2f} - {event.end_s:.2f} s"
    return f"{seconds}  {event.label}  {100 * event.confidence:.0f} %"


def status_line(counters: Counters, description: Description) -> str:
    """Levels, the stage that waits, how far behind it is, and what was lost."""
    levels = "  ".join(
        f"{name} {level(stream.peak)}{' constant' if stream.is_constant else ''}"
        for name, stream in counters.streams.items()
    )
    lost = sum(stream.lost for stream in counters.streams.values())
    overruns = sum(stream.overruns for stream in counters.streams.values())
    lag = counters.lag / description.tick_rate
    return (
        f"{levels}  waits for {counters.stage}  lag {lag:.2f} s  overruns {overruns} ({lost} lost)"
    )


def level(peak: int) -> str:
    """A bar and decibels of full scale."""
    decibels = 20 * math.log10(peak / _FULL_SCALE) if peak else -math.inf
    height = (max(decibels, _QUIETEST) - _QUIETEST) / -_QUIETEST * (len(_BAR) - 1)
    return f"{_BAR[round(height)]} {decibels:4.0f} dB"


def summary(counters: Counters) -> str:
    """All counters that are worth a look."""
    rows: list[Sequence[str]] = [
        ("stage", name, f"{stage.windows} windows", f"{stage.hits} hits", "")
        for name, stage in counters.stages.items()
    ]
    rows += [
        ("stream", name, f"{stream.frames} frames", f"{stream.gaps} gaps", _troubles(stream))
        for name, stream in counters.streams.items()
    ]
    return table(rows)


def warnings(counters: Counters) -> Iterable[str]:
    """What somebody should look at."""
    for name, stream in counters.streams.items():
        if stream.is_constant:
            yield f"the stream {name!r} does not change any more: is its sensor connected?"
        if stream.lost:
            yield f"{stream.lost} frames of {name!r} were lost in {stream.overruns} overruns"
        if stream.clipped or stream.nan:
            yield f"{stream.clipped} samples of {name!r} were clipped, {stream.nan} were no numbers"
    if counters.events_lost:
        yield f"{counters.events_lost} events were lost: nobody fetched them in time"


def _troubles(stream: object) -> str:
    names = ("missing", "duplicates", "overruns", "lost", "clipped", "nan", "unused")
    found = [(name, getattr(stream, name)) for name in names]
    return ", ".join(f"{count} {name}" for name, count in found if count)
