"""``edgesdk emulator``: an emulated device for other programs."""

from __future__ import annotations

import click

from .. import registry
from ..address import Address
from ..backend import EmulatorHost
from ..errors import Interrupted, UsageError
from .options import common
from .output import Output


@click.command()
@click.argument("address", metavar="ADDRESS", default="emu:mcu")
@click.option(
    "--listen",
    default="socket://127.0.0.1:0",
    show_default=True,
    metavar="WHERE",
    help="Where clients find it: socket://HOST:PORT (0: any free port), or pty.",
)
@common
@click.pass_obj
def command(out: Output, address: str, listen: str) -> None:
    """Serve an emulated device on a socket or a pseudo terminal.

    Until Ctrl-C. ADDRESS is an emulator's, such as emu:mcu?name=porch. Other tools (mcumgr,
    smpclient) and other programs of edgesdk then use it like a board at the end of a cable. Whoever
    can reach the socket can use the device: 127.0.0.1 is this machine alone.
    """
    parsed = Address.parse(address)
    backend = registry.for_address(parsed)
    if parsed.scheme != "emu" or not isinstance(backend, EmulatorHost):
        raise _not_served(address, emulated=parsed.scheme == "emu")
    try:
        backend.serve(parsed, listen, lambda where: out.result(where, address=address, at=where))
    except KeyboardInterrupt:
        raise Interrupted("The emulator was stopped", code=3) from None


def _not_served(address: str, *, emulated: bool) -> UsageError:
    if emulated:
        what = f"{address} is an emulator within each program, and is not served to others"
        advice = f"Use it directly: --device {address}"
    else:
        what, advice = f"{address} is not an emulator's address", "Try emu:mcu"
    return UsageError(what, next_step=advice, code=53)
