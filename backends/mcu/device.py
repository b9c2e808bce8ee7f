"""A microcontroller as a device: one link, one host, one model, two slots for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from edgesdk.address import Address
from edgesdk.backend import DeviceInfo, DeviceLog, FirmwareReport, FitReport, InstalledModel
from edgesdk.bundle import Bundle, Part, SignedManifest
from edgesdk.bundle.signing import key_id
from edgesdk.errors import (
    DeviceUnavailable,
    EdgeError,
    FormatRefused,
    ModelNotFound,
    UsageError,
)
from edgesdk.fit import refusal
from edgesdk.sensing.streaming import StreamingSession
from edgesdk.session import BaseSession

from . import announcement, fit, trust
from .firmware_update import update
from .inventory import Inventory
from .opening import OpenModel
from .reasons import OF_CONTENT, log_words, refusing
from .smp.client import SmpClient, SmpRefused
from .smp.model_group import MODEL, DeviceReply, ModelGroup
from .smp.upload import upload

ANNOUNCEMENT = "announcement"  # the role of the part that the device sees before it erases


class McuDevice:
    """Serves every address of this backend. See ``edgesdk.backend.Device``.

    ``seconds`` is the longest that one inference may take. ``replace``: a model of another name
    may take the place of the one that is installed.
    """

    def __init__(
        self,
        address: Address,
        client: SmpClient,
        *,
        on_close: Callable[[], None],
        seconds: float = 30.0,
        replace: bool = False,
    ) -> None:
        self._address, self._client, self._on_close = address, client, on_close
        self._replace = replace
        self._group = ModelGroup(client)
        self._reply = self._group.device()
        self._inventory = Inventory(self._group)
        self._running = OpenModel(client, self._group, self._inventory, seconds)
        self._deploying: SignedManifest | None = None
        self._verdict: SmpRefused | None = None
        self._closed = False

    @property
    def info(self) -> DeviceInfo:
        """What the device says about itself."""
        reply = self._reply = self._group.device()
        return DeviceInfo(
            address=str(self._address),
            backend="mcu",
            target=reply.target,
            description=f"{reply.board}, id {reply.id.hex()[-16:]}, {_runs(reply)}",
            memory={"ram": reply.arena, "storage": reply.slot},
            versions={"firmware": reply.firmware, "plan": str(reply.plan)},
            trusted_keys=tuple(key_id(key) for key in sorted(reply.keys)),
        )

    def models(self) -> tuple[InstalledModel, ...]:
        """The confirmed model, with the one in the other slot as the previous."""
        self._reply = self._group.device()
        if self._reply.mode != "app":
            return ()
        return self._inventory.installed(self._reply.lowest[MODEL])

    def check(self, signed: SignedManifest) -> FitReport:
        """Target, kernels, RAM, slot, versions, name, key and security counter."""
        installed = self.models()
        taken = installed[0].name if installed and not self._replace else None
        return fit.report(signed, self._reply, taken)

    def wants(self, part: Part) -> bool:
        """The images; the golden vectors that a device keeps are inside its model's image."""
        return part.role in (ANNOUNCEMENT, "model")

    def begin(self, signed: SignedManifest) -> None:
        """Verify signature, key, target and counter; nothing is erased yet."""
        trusted = self._group.device().keys
        SignedManifest.verified(signed.data, signed.signature_member, trusted)
        if self._deploying is not None:
            raise DeviceUnavailable("Another deploy to this device is under way", code=21)
        report = self.check(signed)
        if not report.fits:
            raise refusal(signed.manifest, self.info, report)
        roles = [part.role for part in signed.manifest.parts if self.wants(part)]
        if roles != [ANNOUNCEMENT, "model"]:
            raise FormatRefused(
                "The bundle does not hold an announcement and then the image that it announces",
                evidence=f"its parts for a device: {', '.join(roles) or 'none'}",
                code=37,
            )
        self._deploying, self._verdict = signed, None

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Send one part and return the SHA-256 that the device read back from its flash."""
        signed = self._deploying
        if signed is None:
            raise UsageError("Nothing was begun", code=1)
        content = stream.read(part.size)
        label = hashlib.sha256(signed.data).digest()
        with refusing(f"The device refuses {signed.manifest.name} {signed.manifest.version}"):
            if part.role == ANNOUNCEMENT:
                self._group.begin(announcement.request(content, label, MODEL))
                progress(part.size)
                return hashlib.sha256(content).hexdigest()
            return self._upload(content, progress)

    def trial(self) -> BaseSession:
        """Open the staged model; the device verifies the whole image first."""
        with refusing("The device does not open the staged model", loading=True):
            if self._verdict is not None:
                raise self._verdict
            return self._running.open(self._inventory.target(), self._reply)

    def confirm(self) -> InstalledModel:
        """Let the device prove itself on the vectors that it holds, then make the model active."""
        if self._running.slot != self._inventory.target():
            self.trial()
        self._running.prove()
        with refusing("The device does not confirm the model"):
            self._group.decide(MODEL, "confirm")
        self._deploying = None
        return self.models()[0]

    def revert(self) -> None:
        """Forget the staged model."""
        if self._deploying is None:
            return
        self._deploying = None
        self._running.end()
        self._group.decide(MODEL, "revert")

    def rollback(self, name: str) -> InstalledModel:
        """Make the other slot's model the confirmed one."""
        self._need_application()
        installed = self.models()
        if not any(m.name == name and m.previous_version for m in installed):
            raise self._not_found(f"There is no previous model {name!r}")
        self._running.end()
        with refusing(f"The device does not go back to the previous {name}"):
            self._group.decide(MODEL, "rollback")
        return self.models()[0]

    def open(self, name: str) -> BaseSession:
        """Open the confirmed model."""
        self._need_application()
        active = self._inventory.confirmed()
        if active is None or active.interface.name != name:
            raise self._not_found(f"There is no model {name!r}")
        if self._running.in_use:
            raise DeviceUnavailable(
                "The device runs one session at a time",
                next_step="Close the other session first",
                code=22,
            )
        with refusing(f"The device does not open {name}"):
            return self._running.open(active.state.slot, self._reply)

    def open_bundle(self, bundle: Bundle) -> BaseSession:
        """A microcontroller runs from its own flash."""
        wanted, target = bundle.manifest.target, self.info.target
        first = "" if wanted == target else f"Compile the model with --target {target}. Then "
        raise UsageError(
            "This device runs installed models only",
            evidence=f"{bundle.manifest.name} is for {wanted}, and the device's target is {target}",
            next_step=f"{first}edgesdk deploy BUNDLE --device {self._address}",
            code=8,
        )

    def trust(self, public_key: bytes) -> None:
        """Provision a key; where the device trusts some already, one of ours must vouch for it."""
        trust.change(self._group, self._reply, public_key, trust=True)
        self._reply = self._group.device()

    def distrust(self, public_key: bytes) -> None:
        """Take a key back."""
        trust.change(self._group, self._reply, public_key, trust=False)
        self._reply = self._group.device()

    def update_firmware(self, progress: Callable[[str, int, int], None]) -> FirmwareReport:
        """Update the device's own firmware; the installed model proves itself under the new one."""
        self._running.end()
        try:
            return update(self._client, self._group, progress, self._prove_installed)
        finally:
            self._reply = self._group.device()

    def log(self) -> DeviceLog:
        """The device's errors, which survive a reset, and its counters since the last one."""
        entries = tuple((log_words(e.reason), e.where, e.count) for e in self._group.log())
        return DeviceLog(entries, self._group.counters())

    def listening(self) -> StreamingSession | None:
        """The sensing program that runs, to look on; None where there is none."""
        active = self._inventory.confirmed() if self._group.device().mode == "app" else None
        if active is None or active.interface.sensing is None:
            return None
        return self._running.listening(active.interface.sensing, active.state, self._reply)

    def close(self) -> None:
        """Revert a deploy under way and let go of the link."""
        if self._closed:
            return
        self._closed = True
        with suppress(EdgeError):
            self.revert()
        self._running.end()
        self._on_close()

    def __enter__(self) -> McuDevice:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _need_application(self) -> None:
        self._reply = self._group.device()
        if self._reply.mode != "app":
            raise DeviceUnavailable(
                "Only the boot stage of the device runs, which has no models",
                evidence="there is no application in its firmware slots, or none that starts",
                next_step="Install it: edgesdk deploy --firmware --device ADDRESS",
                code=25,
            )

    def _upload(self, content: bytes, progress: Callable[[int], None]) -> str:
        try:
            upload(self._client, MODEL, content, on_progress=progress)
        except SmpRefused as error:
            if error.rc not in OF_CONTENT:
                raise
            # All of it arrived, and the device does not like it: its verdict is for the trial.
            self._verdict = error
            progress(len(content))
        return self._group.hash(MODEL, self._inventory.target(), len(content)).hex()

    def _prove_installed(self) -> None:
        active = self._inventory.confirmed()
        if active is not None:
            self._running.open(active.state.slot, self._reply)
            self._running.prove()
            self._running.end()

    def _not_found(self, what: str) -> ModelNotFound:
        names = ", ".join(model.name for model in self.models()) or "none"
        return ModelNotFound(
            f"{what} on {self._address}",
            evidence=f"installed: {names}",
            next_step="Deploy one with 'edgesdk deploy', or say with --device where it is",
        )


def _runs(reply: DeviceReply) -> str:
    """What runs, in words."""
    if reply.mode != "app":
        return f"boot stage {reply.firmware} alone, no application"
    return f"firmware {reply.firmware}"
