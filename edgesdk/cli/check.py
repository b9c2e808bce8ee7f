"""``edgesdk check``: does it fit?"""

from __future__ import annotations

from dataclasses import asdict

import click

from ..backend import TARGET, FitReport
from ..fit import refusal
from .opening import connect, open_bundle
from .options import common, device
from .output import Output
from .text import table


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
        refused = None if report.fits else refusal(manifest, connected.info, report)
    out.attach(model=manifest.name, version=manifest.version, device=address)
    out.attach(fits=report.fits, rows=[asdict(row) for row in report.rows])
    if refused is None:
        out.result(fit_table(report))
        return
    out.text(fit_table(report))
    raise refused


def fit_table(report: FitReport) -> str:
    """The report as aligned text; of a bundle for another target that alone, which explains all."""
    other = [row for row in report.rows if row.resource == TARGET and not row.fits]
    rows = [
        (row.resource, row.needed, row.available, "yes" if row.fits else "NO", row.note)
        for row in other or report.rows
    ]
    return table(rows, ("RESOURCE", "NEEDED", "AVAILABLE", "FITS", "NOTE"))
