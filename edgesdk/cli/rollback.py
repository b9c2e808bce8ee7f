"""``edgesdk rollback``: back to the version before."""

from __future__ import annotations

import click

from .opening import connect
from .options import common, device
from .output import Output
from .suggestions import models


@click.command()
@click.argument("name", metavar="NAME", shell_complete=models)
@device
@common
@click.pass_obj
def command(out: Output, name: str, device: str | None) -> None:
    """Make the previous version of a model active again.

    The version that was active becomes the previous one: a second rollback returns to it.

    The device refuses (exit 8) when the previous version's security counter is lower than its own.
    """
    with connect(out, device) as connected:
        model = connected.rollback(name)
        address = connected.info.address
    before = model.previous_version
    was = f", was {before}; rollback again returns to it" if before else ""
    out.result(
        f"{model.name} {model.version} is active on {address} (slot {model.slot}{was})",
        model=model,
        device=address,
    )
