"""A fit report: its lines about memory and about what runs a model, and the error it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from .backend import (
    APPLICATION,
    SECURITY_COUNTER,
    SIGNED_BY,
    TARGET,
    DeviceInfo,
    Fit,
    FitReport,
)
from .bundle import Manifest
from .bundle.signed import untrusted
from .errors import DoesNotFit, DowngradeRefused, EdgeError, ModelNotFound
from .version_range import contains


def memory_fits(
    manifest: Manifest,
    free: Mapping[str, int],
    notes: Mapping[str, str],
    remedies: Mapping[str, str] | None = None,
) -> Iterator[Fit]:
    """A line for each kind of memory that the bundle needs. ``free``: bytes by kind.

    ``notes``: what a kind is for; ``remedies`` follow them where it is not enough.
    """
    for kind, need in manifest.requirements.memory.items():
        have = free.get(kind, 0)
        remedy = "" if need <= have else (remedies or {}).get(kind, "")
        note = notes.get(kind, "") + remedy
        yield Fit(kind, f"{need} bytes", f"{have} bytes", need <= have, note)


def runtime_fits(
    manifest: Manifest,
    versions: Mapping[str, str],
    needed: str,
    *,
    absent: str = "none",
    remedies: Mapping[str, str] | None = None,
) -> Iterator[Fit]:
    """A line for each component that the bundle names; one that names none does not fit.

    ``versions``: of the components that are there. ``needed``: what a bundle should have named.
    ``absent``: how a component that is not there is told, and ``remedies`` what to do about some.
    """
    for component, wanted in manifest.requirements.runtime.items():
        have = versions.get(component)
        fits = have is not None and contains(wanted, have)
        remedy = "" if have else (remedies or {}).get(component, "")
        yield Fit(component, wanted, have or absent, fits, remedy)
    if not manifest.requirements.runtime:
        yield Fit("engine", needed, "none named", False)


def no_firmware(manifest: Manifest, device: str) -> Iterator[Fit]:
    """The line of a bundle that wants firmware, on a device that has none: ``a CPU``."""
    if manifest.requirements.firmware:
        yield Fit("firmware", manifest.requirements.firmware, f"none: this is {device}", False)


def refusal(
    manifest: Manifest,
    device: DeviceInfo,
    fit: FitReport,
    next_step: str = "Nothing was erased. 'edgesdk check' shows every line",
) -> EdgeError:
    """The error that a fit report which says no stands for.

    ``next_step``: where no row has a better one.
    """
    lacking = [row for row in fit.rows if not row.fits]
    resources = {row.resource: row for row in lacking}
    first = next((resources[name] for name in (TARGET, APPLICATION) if name in resources), None)
    if first is not None:  # what else it lacks follows from that
        lacking, resources = [replace(first, note="")], {first.resource: first}
        next_step = first.note[:1].upper() + first.note[1:] or next_step
    if SIGNED_BY in resources:
        signer = resources[SIGNED_BY].available
        return untrusted(signer, device.trusted_keys, device.address)
    what = f"{manifest.name} {manifest.version} does not fit {device.address}"
    evidence = "; ".join(
        f"{r.resource}: needs {r.needed}, has {r.available}" + (f" ({r.note})" if r.note else "")
        for r in lacking
    )
    kind = DowngradeRefused if SECURITY_COUNTER in resources else DoesNotFit
    return kind(what, evidence=evidence, next_step=next_step)


def nothing_previous(name: str) -> ModelNotFound:
    """The refusal (EDGE-0261) of a rollback where there is nothing to return to."""
    return ModelNotFound(
        f"There is no model before this one of {name!r}",
        evidence="the slot is empty: nothing was there yet, or a later deploy took it",
        next_step="Deploy the bundle that you want back",
        code=61,
    )
