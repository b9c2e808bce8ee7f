"""Whether a bundle fits a microcontroller, from what the device says about itself."""

from __future__ import annotations

from collections.abc import Iterator

from edgesdk.backend import APPLICATION, Fit, FitReport, counter_fit, key_fit, target_fit
from edgesdk.bundle import Manifest, SignedManifest
from edgesdk.fit import memory_fits
from edgesdk.version_range import contains

from .planner import kernel_numbers
from .smp.model_group import MODEL, DeviceReply

LAYER = "layer."  # what a layer's line in the manifest's options begins with
OPERATOR = "mcu:"  # what the names of the runtime's kernels begin with in a manifest


def report(signed: SignedManifest, device: DeviceReply, taken_by: str | None) -> FitReport:
    """Every line. ``taken_by`` is the model that has the device's one place, if it may not go."""
    manifest = signed.manifest
    return FitReport(
        (
            target_fit(manifest, device.target),
            *_running(device),
            *_memory(manifest, device),
            *_versions(manifest, device),
            _kernels(manifest, device),
            _place(manifest, taken_by),
            key_fit(signed, device.keys),
            counter_fit(manifest, device.lowest[MODEL]),
            *_layers(manifest),
        )
    )


def _running(device: DeviceReply) -> Iterator[Fit]:
    if device.mode != "app":
        note = "install it with: edgesdk deploy --firmware --device ADDRESS"
        yield Fit(APPLICATION, "running", "only the boot stage runs", False, note)


def _memory(manifest: Manifest, device: DeviceReply) -> Iterator[Fit]:
    available = {"ram": device.arena, "storage": device.slot}
    notes = {"ram": "arena of the plan", "storage": "one of two slots"}
    return memory_fits(manifest, available, notes)


def _versions(manifest: Manifest, device: DeviceReply) -> Iterator[Fit]:
    have = {"plan": str(device.plan), "sensing": str(device.sensing)}
    wanted = dict(manifest.requirements.runtime)
    for component, versions in wanted.items():
        found = have.get(component)
        fits = found is not None and contains(versions, found)
        yield Fit(component, versions, found or "none", fits)
    if manifest.requirements.firmware:
        versions = manifest.requirements.firmware
        fits = contains(versions, device.firmware)
        note = "" if fits else "update it with: edgesdk deploy --firmware --device ADDRESS"
        yield Fit("firmware", versions, device.firmware, fits, note)


def _kernels(manifest: Manifest, device: DeviceReply) -> Fit:
    numbers = kernel_numbers()
    wanted = manifest.requirements.operators
    lacking = [
        name
        for name in wanted
        if numbers.get(name.removeprefix(OPERATOR), -1) not in set(device.kernels)
    ]
    have = f"lacks {', '.join(lacking[:5])}" if lacking else "all"
    return Fit("operators", f"{len(wanted)} kinds", have, not lacking)


def _layers(manifest: Manifest) -> Iterator[Fit]:
    """For people: what each layer, kernel or stage takes."""
    for key, text in sorted(manifest.provenance.options.items()):
        if key.startswith(LAYER):
            what, _, needs = text.rpartition(": ")
            work, _, size = needs.removesuffix(" of weights").partition(", ")
            part = key.removeprefix(LAYER)
            name = f"step {part}" if part.isdecimal() else part
            yield Fit(name, work, "", True, f"{what}, {size}")


def _place(manifest: Manifest, taken_by: str | None) -> Fit:
    fits = taken_by is None or taken_by == manifest.name
    note = (
        "" if fits else f"give it that name (compile --name {taken_by}), or allow it: ?replace=yes"
    )
    return Fit("models", "1", "1" if fits else f"taken by {taken_by}", fits, note)
