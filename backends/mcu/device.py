"""A microcontroller as a device: one link, one host, one model, two slots for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from edgesdk.address import Address
from edgesdk.backend import DeviceInfo, DeviceLog, FirmwareReport, FitReport, InstalledModel
from edgesdk.bundle import Bundle, Part, SignedManifest
from edgesdk.bundle.signing import key_id
from edgesdk.errors import (
    DeviceReverted,
    DeviceUnavailable,
    EdgeError,
    FormatRefused,
    ModelNotFound,
    UsageError,
)
from edgesdk.fit import nothing_previous, refusal
from edgesdk.sensing.streaming import StreamingSession
from edgesdk.session import BaseSession, closed_device

from . import announcement, fit, trust
from .firmware_update import update
from .inventory import Inventory, Slots
from .opening import OpenModel
from .reasons import OF_CONTENT, log_words, refusing
from .smp.client import SmpClient, SmpRefused
from .smp.model_group import MODEL, DeviceReply, ModelGroup
from .smp.upload import upload


@dataclass(frozen=True)
class _Deploy:
    """What is being deployed, and the slot that it goes to."""

    signed: SignedManifest
    slot: int


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
        seconds: float,
        replace: bool = False,
    ) -> None:
        self._address, self._client, self._on_close = address, client, on_close
        self._replace = replace
        self._held = ModelGroup(client)
        self._held.device()  # what answers SMP and is none of ours is found out here
        self._inventory = Inventory(self._held)
        self._running = OpenModel(client, self._held, self._inventory, seconds)
        self._deploying: _Deploy | None = None
        self._verdict: SmpRefused | None = None
        self._closed = False

    @property
    def _group(self) -> ModelGroup:
        self._need_open()
        return self._held

    def _need_open(self) -> None:
        if self._closed:
            raise closed_device()

    @property
    def info(self) -> DeviceInfo:
        """What the device says about itself."""
        return self._told(self._group.device())

    def _told(self, reply: DeviceReply) -> DeviceInfo:
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
        return self._installed(self._group.device(), self._inventory.read())

    def _installed(self, device: DeviceReply, slots: Slots) -> tuple[InstalledModel, ...]:
        if device.mode != "app":
            return ()
        return self._inventory.installed(slots, device.lowest[MODEL])

    def check(self, signed: SignedManifest) -> FitReport:
        """Target, kernels, RAM, slot, versions, name, key and security counter."""
        return self._fit(signed, self._group.device(), self._inventory.read())

    def _fit(self, signed: SignedManifest, device: DeviceReply, slots: Slots) -> FitReport:
        """A model that cannot be used keeps its place from nobody."""
        names = [model.name for model in self._installed(device, slots) if not model.problem]
        taken = names[0] if names and not self._replace else None
        return fit.report(signed, device, taken)

    def wants(self, part: Part) -> bool:
        """The images; the golden vectors that a device keeps are inside its model's image."""
        return part.role in (announcement.ROLE, "model")

    def begin(self, signed: SignedManifest) -> None:
        """Verify signature, key, target and counter; nothing is erased yet.

        A trial that another host has left behind is ended: the model before it runs again.
        """
        device = self._group.device()
        SignedManifest.verified(signed.data, signed.signature_member, device.keys)
        if self._deploying is not None:
            raise DeviceUnavailable("Another deploy to this device is under way", code=21)
        slots = self._inventory.read()
        report = self._fit(signed, device, slots)
        if not report.fits:
            raise refusal(signed.manifest, self._told(device), report)
        roles = [part.role for part in signed.manifest.parts if self.wants(part)]
        if roles != [announcement.ROLE, "model"]:
            raise FormatRefused(
                "The bundle does not hold an announcement and then the image that it announces",
                evidence=f"its parts for a device: {', '.join(roles) or 'none'}",
                code=37,
            )
        if slots.on_trial is not None or slots.is_cut_off:
            self._go_back()
            slots = self._inventory.read()
        self._deploying, self._verdict = _Deploy(signed, slots.target), None

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Send one part and return the SHA-256 that the device read back from its flash."""
        signed = self._begun().signed
        content = stream.read(part.size)
        label = hashlib.sha256(signed.data).digest()
        with refusing(f"The device refuses {signed.manifest.name} {signed.manifest.version}"):
            if part.role == announcement.ROLE:
                self._group.begin(announcement.request(content, label, MODEL))
                progress(part.size)
                return hashlib.sha256(content).hexdigest()
            return self._upload(content, progress)

    def trial(self) -> BaseSession:
        """Open the staged model; the device verifies the whole image first."""
        with refusing("The device does not open the staged model", loading=True):
            if self._verdict is not None:
                raise self._verdict
            return self._running.open(self._begun().slot, self._group.device())

    def confirm(self) -> InstalledModel:
        """Let the device prove itself on the vectors that it holds, then make the model active."""
        slot = self._begun().slot
        if self._running.slot != slot:
            self.trial()
        if self._inventory.read().on_trial != slot:
            raise _went_back()
        self._running.prove()
        with refusing("The device does not confirm the model"):
            self._group.decide(MODEL, "confirm")
        self._deploying = None
        installed = self.models()
        if not installed or installed[0].slot != "ab"[slot]:
            raise _went_back()
        return installed[0]

    def revert(self) -> None:
        """Forget the staged model."""
        self._need_open()
        if self._deploying is not None:
            self._deploying = None
            self._go_back()

    def rollback(self, name: str) -> InstalledModel:
        """Make the other slot's model the confirmed one."""
        device, slots = self._application(), self._inventory.read()
        installed = self._installed(device, slots)
        unreadable = any(model.problem for model in installed)
        if not (unreadable and self._inventory.version(slots.previous, name)):
            found = next((model for model in installed if model.name == name), None)
            if found is None:
                raise self._not_found(f"There is no model {name!r}")
            if not found.previous_version:
                raise nothing_previous(name)
        self._running.end()
        with refusing(f"The device does not go back to the previous {name}"):
            self._group.decide(MODEL, "rollback")
        return self.models()[0]

    def open(self, name: str) -> BaseSession:
        """Open the confirmed model."""
        device = self._application()
        active = self._inventory.read().confirmed
        if active is None or self._inventory.interface(active).name != name:
            raise self._not_found(f"There is no model {name!r}")
        with self._client.turn, refusing(f"The device does not open {name}"):
            self._running.need_free()
            return self._running.open(active.slot, device)

    def open_bundle(self, bundle: Bundle) -> BaseSession:
        """A microcontroller runs from its own flash."""
        name, wanted, target = bundle.manifest.name, bundle.manifest.target, self.info.target
        other = wanted != target
        first = f"Compile the model with --target {target}. Then " if other else ""
        raise UsageError(
            "This device runs installed models only",
            evidence=f"{name} is for {wanted}, and the device's target is {target}"
            if other
            else "",
            next_step=f"{first}edgesdk deploy BUNDLE --device {self._address}; then run it by its "
            f"name, {name}",
            code=8,
        )

    def trust(self, public_key: bytes) -> None:
        """Provision a key; where the device trusts some already, one of ours must vouch for it."""
        trust.change(self._group, public_key, trust=True)

    def distrust(self, public_key: bytes) -> None:
        """Take a key back."""
        trust.change(self._group, public_key, trust=False)

    def update_firmware(self, progress: Callable[[str, int, int], None]) -> FirmwareReport:
        """Update the device's own firmware; the installed model proves itself under the new one."""
        self._running.end()
        return update(self._client, self._group, progress, self._prove_installed)

    def log(self) -> DeviceLog:
        """The device's errors, which survive a reset, and its counters since the last one."""
        entries = tuple((log_words(e.reason), e.where, e.count) for e in self._group.log())
        return DeviceLog(entries, self._group.counters())

    def listening(self) -> StreamingSession | None:
        """The sensing program that runs, to look on; None where there is none."""
        device = self._group.device()
        active = self._inventory.read().confirmed if device.mode == "app" else None
        if active is None:
            return None
        program = self._inventory.interface(active).sensing
        return None if program is None else self._running.listening(program, active, device)

    def close(self) -> None:
        """Revert a deploy under way and let go of the link."""
        if self._closed:
            return
        try:
            with suppress(EdgeError):
                self.revert()
            self._running.end()
        finally:
            self._closed = True
            self._on_close()

    def __enter__(self) -> McuDevice:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _application(self) -> DeviceReply:
        """What the device says, if its application runs. Raises ``DeviceUnavailable``."""
        device = self._group.device()
        if device.mode != "app":
            raise DeviceUnavailable(
                "Only the boot stage of the device runs, which has no models",
                evidence="there is no application in its firmware slots, or none that starts",
                next_step="Install it: edgesdk deploy --firmware --device ADDRESS",
                code=25,
            )
        return device

    def _begun(self) -> _Deploy:
        self._need_open()
        if self._deploying is None:
            raise UsageError("Nothing was begun", code=1)
        return self._deploying

    def _go_back(self) -> None:
        """End a trial: the device opens the model that it ran before."""
        self._running.end()
        with refusing("The device does not go back to its model"):
            self._group.decide(MODEL, "revert")

    def _upload(self, content: bytes, progress: Callable[[int], None]) -> str:
        try:
            upload(self._client, MODEL, content, on_progress=progress)
        except SmpRefused as error:
            if error.rc not in OF_CONTENT:
                raise
            # All of it arrived, and the device does not like it: its verdict is for the trial.
            self._verdict = error
            progress(len(content))
        return self._group.hash(MODEL, self._begun().slot, len(content)).hex()

    def _prove_installed(self) -> None:
        active = self._inventory.read().confirmed
        if active is not None:
            self._running.open(active.slot, self._group.device())
            self._running.prove()
            self._running.end()

    def _not_found(self, what: str) -> ModelNotFound:
        names = ", ".join(model.name for model in self.models()) or "none"
        return ModelNotFound(
            f"{what} on {self._address}",
            evidence=f"installed: {names}",
            next_step="Deploy one with 'edgesdk deploy', or say with --device where it is",
        )


def _went_back() -> DeviceReverted:
    return DeviceReverted(
        "The device ended the trial by itself, and runs its old model",
        evidence="it was started again meanwhile, or no request came for a minute",
        next_step="Deploy again; 'edgesdk monitor --device ADDRESS' shows the device's log",
    )


def _runs(reply: DeviceReply) -> str:
    """What runs, in words."""
    if reply.mode != "app":
        return f"boot stage {reply.firmware} alone, no application"
    return f"firmware {reply.firmware}"
