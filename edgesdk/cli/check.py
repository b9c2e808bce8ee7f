"""``edgesdk check``: does it fit?"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from itertools import islice, zip_longest

import click

from ..backend import TARGET, Fit, FitReport
from ..fit import refusal
from .opening import connect, open_bundle
from .options import common, device
from .output import Output
from .text import table, visible

_NEXT = "Nothing was erased. Compile it to need less, or use a device that has more"
_HEADER = ("RESOURCE", "NEEDED", "AVAILABLE", "FITS")
_WIDTH = 80  # characters of a line
_CELLS = (24, 23, 23, 4)  # of a column, unless it has longer words
_INDENT = " " * 4
_wrap = partial(textwrap.wrap, break_long_words=False, break_on_hyphens=False)


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=click.Path())
@device
@common
@click.pass_obj
def command(out: Output, bundle: str, device: str | None) -> None:
    """Tell whether a bundle fits a device, before anything is erased.

    Prints what the bundle needs and what the device has, resource by resource. Exits with 9 when
    something does not fit, and with 8 when the device has had a higher security counter.
    """
    with open_bundle(bundle) as opened, connect(out, device) as connected:
        manifest, address = opened.manifest, connected.info.address
        report = connected.check(opened.signed)
        refused = None if report.fits else refusal(manifest, connected.info, report, _NEXT)
    out.attach(model=manifest.name, version=manifest.version, device=address)
    out.attach(fits=report.fits, rows=[asdict(row) for row in report.rows])
    if refused is None:
        out.result(fit_table(report))
        return
    out.text(fit_table(report))
    raise refused


def fit_table(report: FitReport) -> str:
    """The report as aligned text; of a bundle for another target that alone, which explains all.

    A note stands beside its row where a line has room for it, else below.
    """
    other = [row for row in report.rows if row.resource == TARGET and not row.fits]
    rows = [(visible(row.note), _cells(row)) for row in other or report.rows]
    head, *lines = table([line for _, cells in rows for line in cells], _HEADER).split("\n")
    told, left, width = [head], iter(lines), max(map(len, (head, *lines)))
    for note, cells in rows:
        first, *more = islice(left, len(cells))
        beside = f"{first:{width}}  {note}".rstrip()
        told += [beside, *more] if len(beside) <= _WIDTH else [first, *more, *_below(note)]
    return "\n".join(told)


def _cells(row: Fit) -> list[Sequence[str]]:
    """A row without its note, in as many lines as its longest cell takes."""
    columns = (row.resource, row.needed, row.available, "yes" if row.fits else "NO")
    return list(zip_longest(*map(_wrap, map(visible, columns), _CELLS), fillvalue=""))


def _below(note: str) -> list[str]:
    return _wrap(note, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
