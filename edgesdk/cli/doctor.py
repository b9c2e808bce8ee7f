"""``edgesdk doctor``: is this machine as edgesdk needs it?"""

from __future__ import annotations

from dataclasses import asdict

import click

from ..errors import InternalFault
from .health import BROKEN, examine
from .options import common
from .output import Output
from .text import table


@click.command()
@common
@click.pass_obj
def command(out: Output) -> None:
    """Check this machine: libraries, backends, keys, settings, the store.

    Changes nothing. Exits with 1 when something that edgesdk needs is broken; an optional library
    that is missing is a note.
    """
    rows = list(examine())
    broken = [row for row in rows if row.status == BROKEN]
    text = table([(row.status, row.what, row.detail) for row in rows])
    out.attach(healthy=not broken, rows=[asdict(row) for row in rows])
    if not broken:
        out.result(text)
        return
    out.text(text)
    raise InternalFault(
        f"{len(broken)} of {len(rows)} checks found something broken",
        evidence="; ".join(f"{row.what}: {row.detail}" for row in broken),
        next_step="Follow the remedies above",
        code=21,
    )
