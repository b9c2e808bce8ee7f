"""``edgesdk devices``: what is at hand."""

from __future__ import annotations

import click

from .options import common
from .output import Output
from .text import table


@click.command()
@common
@click.pass_obj
def command(out: Output) -> None:
    """List the devices at hand.

    Prints one line for each device that an installed backend can see: its address, ready to paste
    after --device, the target to compile for, and what it is. Devices that are named in
    edgesdk.toml are listed by their names too.
    """
    import edgesdk

    from ..config import settings

    found = edgesdk.devices()
    names = {name: row["address"] for name, row in settings()["device"].items()}
    rows = [(info.address, info.target, info.description) for info in found]
    rows += [(name, "", f"named in edgesdk.toml: {address}") for name, address in names.items()]
    if not rows:
        out.note("no device is here; 'edgesdk doctor' shows what each backend needs")
    out.result(
        table(rows, ("ADDRESS", "TARGET", "DESCRIPTION")) if rows else "",
        devices=found,
        names=names,
    )
