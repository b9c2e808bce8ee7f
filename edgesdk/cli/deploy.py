"""``edgesdk deploy``: put a bundle on a device, with proof."""

from __future__ import annotations

from dataclasses import asdict

import click

import edgesdk

from ..backend import FirmwareDevice
from ..deploy import DeployEvent, DeployReport
from ..errors import Interrupted, UsageError
from ..formats import is_source
from .opening import connect, open_bundle
from .options import common, device, events
from .output import Output
from .progress import DeployProgress
from .text import counted


@click.command()
@click.argument("bundle", metavar="[BUNDLE | MODEL]", type=click.Path(), required=False)
@click.option(
    "--firmware", is_flag=True, help="Update the device's own firmware to the one shipped here."
)
@device
@events
@common
@click.pass_obj
def command(out: Output, bundle: str | None, firmware: bool, device: str | None) -> None:
    """Put a bundle on a device, and commit once it answers correctly.

    The device checks the signature and the security counter, takes the parts into its inactive
    slot, and answers the bundle's golden vectors. Only when every answer is right does the new
    model become the active one; otherwise the old model stays, and the exit code says why.

    A source model, whatever 'edgesdk compile' reads, is compiled for the device's own target first,
    with samples that are drawn and your development key; that command has the choices.
    """
    if firmware == (bundle is not None):
        raise UsageError(
            "Name a bundle, or --firmware alone: one of the two",
            next_step="See 'edgesdk deploy --help'",
        )
    if bundle is None:
        _firmware(out, device)
        return
    if is_source(bundle):
        report, address = _source(out, bundle, device)
    else:
        with open_bundle(bundle) as opened, connect(out, device) as connected:
            address = connected.info.address
            with DeployProgress(out) as progress:
                report = _deploy(opened, connected, progress)
    out.result(_summary(report, address), device=address, report=asdict(report))


def _source(out: Output, model: str, device: str | None) -> tuple[DeployReport, str]:
    """Compile a source model for the device's own target, then deploy it."""
    with connect(out, device) as connected:
        info = connected.info
        made = edgesdk.compile(model, info.target, on_note=out.note)
        with made as compiled, DeployProgress(out) as progress:
            return _deploy(compiled, connected, progress), info.address


def _firmware(out: Output, device: str | None) -> None:
    with connect(out, device) as connected:
        address = connected.info.address
        if not isinstance(connected, FirmwareDevice):
            raise UsageError(
                f"{address} has no firmware that edgesdk could update",
                next_step="A microcontroller has: --device emu:mcu, or serial:PORT",
                code=59,
            )
        with DeployProgress(out) as progress:
            report = connected.update_firmware(
                lambda stage, done, total: progress(DeployEvent(stage, "firmware", done, total))
            )
    out.result(
        f"{address} runs firmware {report.version} (slot {report.slot}, was "
        f"{report.previous_version or 'none'})",
        device=address,
        report=asdict(report),
    )


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
    before = f"replaces {report.previous_version}" if report.previous_version else "first install"
    return (
        f"{report.name} {report.version} is active on {address} (slot {report.slot}, {before}): "
        f"it answered {counted(report.vectors, 'golden vector')} correctly "
        f"(computed by {report.golden_executor}), {report.seconds:.2f} s"
    )
