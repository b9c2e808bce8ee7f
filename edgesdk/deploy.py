"""Deploy with proof, the same for every device: check, stage, verify, trial, confirm or revert.

The device changes nothing of its active model until ``confirm``, so that a cut of power, a dead
link or a killed host at any moment leaves it with the old model or the new one, whole.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from .backend import Device, DoubtfulDevice, FitReport, InstalledModel
from .bundle import Bundle, Manifest, Part, SignedManifest
from .bundle.golden import compare, decode_vectors
from .errors import (
    DeviceReverted,
    EdgeError,
    InputMismatch,
    InternalFault,
    ModelRefused,
    UsageError,
    VerificationMismatch,
)
from .fit import refusal

T = TypeVar("T")

# What a backend says of the model in a trial, and not of the link, this machine or the request.
_VERDICTS = (InputMismatch, InternalFault, ModelRefused, VerificationMismatch)
_NO_ANSWER = "Compile the model again and deploy that; if it repeats, please report it"


@dataclass(frozen=True)
class DeployEvent:
    """Progress: a stage (check, stage, verify, trial, confirm), and how much of it is done.

    ``done`` and ``total`` are bytes while a part is staged, golden vectors during the trial, and
    0 or 1 of 1 otherwise.
    """

    stage: str
    part: str
    done: int
    total: int


@dataclass(frozen=True)
class DeployReport:
    """What a deploy did: ``name`` ``version`` is now active, in ``slot``.

    ``previous_version``: what ran before, and ``rollback`` returns to; None where nothing did.
    ``fit``: the check before it. ``vectors``: how many golden vectors the device itself answered
    correctly, and ``golden_executor`` who computed them. ``seconds``: the whole deploy, by this
    machine's clock.
    """

    name: str
    version: str
    previous_version: str | None
    slot: str
    fit: FitReport
    vectors: int
    golden_executor: str
    seconds: float


def deploy(
    bundle: Bundle,
    device: Device,
    *,
    on_event: Callable[[DeployEvent], None] | None = None,
) -> DeployReport:
    """Deploy a bundle, and commit only after the device has answered the golden vectors.

    Raises ``DoesNotFit`` before anything is erased; ``BundleRefused`` and ``DeviceUnavailable``
    when the device will not take it; ``VerificationMismatch`` when the device holds other bytes
    than were sent; ``DeviceReverted`` when its answers are wrong, or it cannot load or run the
    model; ``UsageError``, ``NoDevice`` and ``MemoryError`` where this machine lacks what a trial
    needs. After any of these the device runs what it ran before. So it does after Ctrl-C or a
    broken link, unless that came after the device had committed: then it runs the new model, and
    ``device.models()`` says so.
    """
    _check_given(bundle, device)
    started = time.monotonic()
    tell = on_event or (lambda event: None)
    manifest = bundle.manifest
    fit = _check(bundle.signed, device, tell)
    device.begin(bundle.signed)
    try:
        for part in manifest.parts:
            if device.wants(part):
                _stage(part, bundle, device, tell)
        vectors = _trial(manifest, bundle, device, tell)
        tell(DeployEvent("confirm", "", 0, 1))
        installed = _confirm(bundle.signed, device)
    except BaseException:
        with suppress(Exception):  # a dead link must not hide why; the next begin clears the slot
            device.revert()
        raise
    tell(DeployEvent("confirm", "", 1, 1))
    return DeployReport(
        name=manifest.name,
        version=manifest.version,
        previous_version=installed.previous_version,
        slot=installed.slot,
        fit=fit,
        vectors=vectors,
        golden_executor=manifest.golden.executor,
        seconds=time.monotonic() - started,
    )


def _check_given(bundle: object, device: object) -> None:
    """A path or an address is what a person tries first. A stand-in may be any class."""
    if not hasattr(bundle, "manifest") or not hasattr(device, "begin"):
        raise UsageError(
            "deploy takes an opened bundle and a connected device",
            evidence=f"given: {bundle!s:.80}, {device!s:.80}",
            next_step="with edgesdk.read_bundle(FILE, trusted=None) as bundle, "
            "edgesdk.connect(ADDRESS) as device: edgesdk.deploy(bundle, device)",
            code=308,
        )


def _check(
    signed: SignedManifest, device: Device, tell: Callable[[DeployEvent], None]
) -> FitReport:
    tell(DeployEvent("check", "", 0, 1))
    fit = device.check(signed)
    if not fit.fits:
        raise refusal(signed.manifest, device.info, fit)
    tell(DeployEvent("check", "", 1, 1))
    return fit


def _confirm(signed: SignedManifest, device: Device) -> InstalledModel:
    """Confirm; where that fails, ask the device whether it took place all the same."""
    try:
        return device.confirm()
    except Exception:
        digest = hashlib.sha256(signed.data).hexdigest()
        with suppress(Exception):
            for model in device.models():
                if model.name == signed.manifest.name and model.manifest_sha256 == digest:
                    return model
        raise


def _stage(part: Part, bundle: Bundle, device: Device, tell: Callable[[DeployEvent], None]) -> None:
    with bundle.open_part(part) as stream:
        digest = device.stage(
            part, stream, lambda done: tell(DeployEvent("stage", part.name, done, part.size))
        )
    if digest != part.sha256:
        raise VerificationMismatch(
            f"The device holds other bytes of {part.name} than were sent",
            evidence=f"SHA-256 {digest[:16]}… there, {part.sha256[:16]}… in the bundle",
            next_step="The old model stays. Deploy again; if it repeats, suspect the memory",
        )
    tell(DeployEvent("verify", part.name, 1, 1))


def _trial(
    manifest: Manifest, bundle: Bundle, device: Device, tell: Callable[[DeployEvent], None]
) -> int:
    golden = next(part for part in manifest.parts if part.name == manifest.golden.part)
    vectors = decode_vectors(bundle.read_part(golden), manifest)
    tell(DeployEvent("trial", "", 0, len(vectors)))
    doubts = device.doubts() if isinstance(device, DoubtfulDevice) else ""
    advice = doubts or _NO_ANSWER
    with _tried(manifest, device.trial, advice) as session:
        for index, (inputs, want) in enumerate(vectors):
            got = _tried(manifest, partial(session.run, inputs), advice)
            wrong = compare(manifest, want, got)
            if wrong:
                told = f"golden vector {index}: {wrong}"
                raise _reverted(manifest, told, doubts or _rounding(manifest))
            tell(DeployEvent("trial", "", index + 1, len(vectors)))
    return len(vectors)


def _rounding(manifest: Manifest) -> str:
    told = f"Expected answers are from {manifest.golden.executor}"
    if all(spec.dtype.startswith(("int", "uint")) for spec in manifest.outputs):
        return f"{told}, and whole numbers have no tolerance. {_NO_ANSWER}"
    return f"{told}. If the difference is rounding, compile with --tolerance or other kernels"


def _tried(manifest: Manifest, attempt: Callable[[], T], advice: str) -> T:
    """What the device makes of it. That it cannot load or run the model is its answer, too.

    What this machine lacks for the trial (memory, a library, a compiler) tells nothing of the
    model, and keeps its own name.
    """
    try:
        return attempt()
    except _VERDICTS as error:
        raise _reverted(manifest, str(error), advice) from error
    except (EdgeError, MemoryError):
        raise
    except Exception as error:  # a backend that lets its engine's own errors through
        told = f"{type(error).__name__}: {error}"
        raise _reverted(manifest, told, advice) from error


def _reverted(manifest: Manifest, evidence: str, next_step: str) -> DeviceReverted:
    return DeviceReverted(
        f"The device failed the trial of {manifest.name} {manifest.version} and stays as it was",
        evidence=evidence,
        next_step=next_step,
    )
