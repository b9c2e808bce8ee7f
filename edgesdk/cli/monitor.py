"""``edgesdk monitor``: what a device remembers of its errors, and what it counts."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import click

from ..backend import LoggingDevice
from ..errors import UsageError
from ..sensing.streaming import ListeningDevice, StreamingSession
from .opening import connect
from .options import common, device, events
from .output import Output
from .stream_view import StreamView, event_line, status_line, summary
from .text import table

# A counter's name in a device's protocol, for people.
_TOLD = {"count": "processor cycles (in an emulator: instructions)"}


@click.command()
@click.option(
    "--every",
    type=click.FloatRange(0.1, 3600),
    metavar="SECONDS",
    help="Ask again and again, until Ctrl-C; then only what is new is printed.",
)
@device
@events
@common
@click.pass_obj
def command(out: Output, every: float | None, device: str | None) -> None:
    """Show a device's log and counters.

    The log holds the errors that the device remembers, the newest first; it survives a reset of the
    device, not a cut of its power.
    """
    with connect(out, device) as connected:
        address = connected.info.address
        if not isinstance(connected, LoggingDevice):
            raise UsageError(
                f"{address} keeps no log of its own",
                next_step="A microcontroller does: --device emu:mcu, or serial:PORT",
                code=51,
            )
        if every is not None:
            if out.json:
                raise UsageError("--every prints one object after another: use --jsonl", code=30)
            _follow(out, connected, every)
        found = connected.log()
        rows = [*_entries(found.entries), *_counters(found.counters)]
        text, fields = _sensing(_listening(connected))
        log = {"log": found.entries, "counters": found.counters}
        out.result("\n".join(filter(None, [table(rows), text])), device=address, **log, **fields)


def _listening(device: object) -> StreamingSession | None:
    return device.listening() if isinstance(device, ListeningDevice) else None


def _sensing(session: StreamingSession | None) -> tuple[str, dict[str, Any]]:
    """What a running program says: its status, and the events that nobody has fetched."""
    if session is None:
        return "", {}
    events, status = session.feed({}), session.status()
    lines = [status_line(status, session.description), summary(status)]
    lines += [event_line(event) for event in events]
    return "\n".join(lines), {"sensing": status.as_dict(), "events": events}


def _follow(out: Output, device: LoggingDevice, every: float) -> NoReturn:
    """Counters once, and from then on what is new in the log; all of it as events."""
    out.text(table(_counters(device.log().counters)))
    session = _listening(device)
    view = StreamView(out, session.description) if session is not None else None
    shown: set[tuple[str, str, int]] = set()
    begun = time.monotonic()
    while True:
        found = device.log()
        new = [entry for entry in found.entries if entry not in shown]
        shown.update(new)
        if new:
            out.text(table(_entries(new)))
        out.event("log", entries=new, counters=found.counters)
        if session is not None and view is not None:
            view.tell(session.feed({}))
            view.status(time.monotonic() - begun, session.status())
        time.sleep(every)


def _entries(entries: Iterable[tuple[str, str, int]]) -> list[tuple[str, str, str, str]]:
    return [("log", what, where, f"{times} times") for what, where, times in entries]


def _counters(counters: Mapping[str, int]) -> list[tuple[str, str, str, str]]:
    return [("count", _TOLD.get(name, name), "", str(value)) for name, value in counters.items()]
