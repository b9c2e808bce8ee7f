"""``edgesdk check``: does it fit?"""

from __future__ import annotations

from dataclasses import asdict

import click

import edgesdk

from ..backend import FitReport
from ..errors import DoesNotFit
from .opening import open_bundle
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
    something does not fit.
    """
    with open_bundle(bundle) as opened, edgesdk.connect(device) as connected:
        manifest, address = opened.manifest, connected.info.address
        report = connected.check(manifest)
    out.attach(model=manifest.name, version=manifest.version, device=address)
    out.attach(fits=report.fits, rows=[asdict(row) for row in report.rows])
    if report.fits:
        out.result(fit_table(report))
        return
    out.text(fit_table(report))
    raise DoesNotFit(
        f"{manifest.name} {manifest.version} does not fit {address}",
        evidence=", ".join(row.resource for row in report.rows if not row.fits),
        next_step="The lines marked NO say what is missing",
        code=20,
    )


def fit_table(report: FitReport) -> str:
    """The report as aligned text."""
    rows = [
        (row.resource, row.needed, row.available, "yes" if row.fits else "NO", row.note)
        for row in report.rows
    ]
    return table(rows, ("RESOURCE", "NEEDED", "AVAILABLE", "FITS", "NOTE"))
