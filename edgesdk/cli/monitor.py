"""``edgesdk monitor``: what a device remembers of its errors, and what it counts."""

from __future__ import annotations

import time

import click

import edgesdk

from ..backend import LoggingDevice
from ..errors import UsageError
from .options import common, device
from .output import Output
from .text import table


@click.command()
@click.option(
    "--every",
    type=click.FloatRange(0.1, 3600),
    metavar="SECONDS",
    help="Ask again and again, until Ctrl-C; then only what is new is printed.",
)
@device
@common
@click.pass_obj
def command(out: Output, every: float | None, device: str | None) -> None:
    """Show a device's log and counters.

    The log holds the errors that the device remembers, the newest first; it survives a reset of the
    device, not a cut of its power.
    """
    with edgesdk.connect(device) as connected:
        address = connected.info.address
        if not isinstance(connected, LoggingDevice):
            raise UsageError(f"{address} keeps no log of its own", code=51)
        found = connected.log()
        shown = set(found.entries)
        rows = [("log", what, where, f"{times} times") for what, where, times in found.entries]
        rows += [("count", name, "", str(value)) for name, value in found.counters.items()]
        if every is None:
            out.result(table(rows), device=address, log=found.entries, counters=found.counters)
            return
        out.say(table(rows))
        while True:
            time.sleep(every)
            for entry in connected.log().entries:
                if entry not in shown:
                    shown.add(entry)
                    out.say(table([("log", entry[0], entry[1], f"{entry[2]} times")]))
