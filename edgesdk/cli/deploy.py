"""``edgesdk deploy``: put a bundle on a device, with proof."""

from __future__ import annotations

from dataclasses import asdict

import click

import edgesdk

from ..deploy import DeployReport
from ..errors import Interrupted
from .opening import open_bundle
from .options import common, device, events
from .output import Output
from .progress import DeployProgress


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=click.Path())
@device
@events
@common
@click.pass_obj
def command(out: Output, bundle: str, device: str | None) -> None:
    """Put a bundle on a device, and commit once it answers rightly.

    The device checks the signature and the security counter, takes the parts into its inactive
    slot, and answers the bundle's golden vectors. Only when every answer is right does the new
    model become the active one; otherwise the old model stays, and the exit code says why.
    """
    with open_bundle(bundle) as opened, edgesdk.connect(device) as connected:
        address = connected.info.address
        with DeployProgress(out) as progress:
            report = _deploy(opened, connected, progress)
    out.result(_summary(report, address), device=address, report=asdict(report))


def _deploy(
    bundle: edgesdk.Bundle, device: edgesdk.Device, progress: DeployProgress
) -> DeployReport:
    try:
        return edgesdk.deploy(bundle, device, on_event=progress)
    except KeyboardInterrupt:
        raise Interrupted(
            "Interrupted while deploying",
            evidence=progress.where(),
            next_step="Deploy again when you are ready",
            code=2,
        ) from None


def _summary(report: DeployReport, address: str) -> str:
    before = f"was {report.previous_version}" if report.previous_version else "was not there"
    return (
        f"{report.name} {report.version} is active on {address} (slot {report.slot}, {before}): "
        f"it answered {report.vectors} golden vectors rightly "
        f"(computed by {report.golden_executor}), {report.seconds:.2f} s"
    )
