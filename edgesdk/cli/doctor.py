"""``edgesdk doctor``: is this machine as edgesdk needs it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import click

from ..errors import InternalFault
from .extras import ON_BOARDS, Extra, extras, install
from .health import BROKEN, Row, examine
from .options import common
from .output import Output
from .text import table


@click.command()
@common
@click.pass_obj
def command(out: Output) -> None:
    """Check this machine: libraries, backends, keys, settings, the store.

    Changes nothing. Exits with 1 when something that edgesdk needs is broken; an optional library
    that is missing is a note, with the one command that installs it.
    """
    found = extras()
    groups = examine(found)
    rows = [row for group in groups.values() for row in group]
    broken = [row for row in rows if row.status == BROKEN]
    out.attach(
        healthy=not broken,
        rows=[{"group": name, **asdict(row)} for name, group in groups.items() for row in group],
        extras=[{**asdict(extra), "command": extra.command} for extra in found],
    )
    if not broken:
        out.result(_page(groups, found))
        return
    out.text(_page(groups, found))
    raise InternalFault(
        f"{len(broken)} of {len(rows)} checks found something broken",
        evidence=", ".join(row.what for row in broken),
        next_step="Mend what the lines marked BROKEN say, then run it again",
        code=21,
    )


def _page(groups: Mapping[str, Sequence[Row]], found: Sequence[Extra]) -> str:
    """The rows under their headings, and what installs all that is missing."""
    width = max(len(row.what) for rows in groups.values() for row in rows)
    parts = []
    for name, rows in groups.items():
        if not rows:
            continue
        lines = table([(row.status.ljust(6), row.what.ljust(width), row.detail) for row in rows])
        parts.append(f"{name}\n{lines}")
    missing = [extra.name for extra in found if extra.missing and extra.name not in ON_BOARDS]
    if missing:
        parts.append(f"All that is missing: {install(missing)}")
    return "\n\n".join(parts)
