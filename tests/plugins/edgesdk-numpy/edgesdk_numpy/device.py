"""A device whose two slots lie in this process's memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from edgesdk.address import Address
from edgesdk.backend import (
    DeviceInfo,
    Fit,
    FitReport,
    InstalledModel,
    counter_fit,
    key_fit,
)
from edgesdk.bundle import Bundle, Manifest, Part, SignedManifest
from edgesdk.bundle.keys import development_key
from edgesdk.bundle.manifest import encode
from edgesdk.bundle.signing import key_id
from edgesdk.errors import (
    DeviceUnavailable,
    DoesNotFit,
    DowngradeRefused,
    ModelNotFound,
    UsageError,
    VerificationMismatch,
)

from .session import NumpySession


@dataclass
class Slot:
    manifest: Manifest
    parts: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Memory:
    """What survives a disconnect: per model name the active slot, the other one, the counter."""

    active: dict[str, Slot] = field(default_factory=dict)
    previous: dict[str, Slot] = field(default_factory=dict)
    letter: dict[str, str] = field(default_factory=dict)
    counter: dict[str, int] = field(default_factory=dict)
    trusted: set[bytes] = field(default_factory=lambda: {development_key().public})
    busy: threading.Lock = field(default_factory=threading.Lock)
    connected: threading.Lock = field(default_factory=threading.Lock)


_memories: dict[str, Memory] = {}


class NumpyDevice:
    def __init__(self, address: Address) -> None:
        self._address = address
        self._held, self._closed = _memories.setdefault(address.rest, Memory()), False
        self._staged: Slot | None = None

    @property
    def _memory(self) -> Memory:
        self._live()
        return self._held

    def _live(self) -> None:
        if self._closed:
            raise UsageError("The device is closed", next_step="Connect to it again", code=7)

    def _begun(self) -> Slot:
        self._live()
        assert self._staged is not None
        return self._staged

    @property
    def info(self) -> DeviceInfo:
        return DeviceInfo(
            address=str(self._address),
            backend="numpy",
            target="numpy",
            description="memory with two slots",
            memory={"ram": 1 << 20, "storage": 1 << 20},
            trusted_keys=tuple(key_id(key) for key in sorted(self._memory.trusted)),
        )

    def models(self) -> tuple[InstalledModel, ...]:
        return tuple(self._installed(name) for name in sorted(self._memory.active))

    def check(self, signed: SignedManifest) -> FitReport:
        manifest, have = signed.manifest, self.info.memory
        rows = [Fit("target", manifest.target, "numpy", manifest.target == "numpy")]
        for kind, need in manifest.requirements.memory.items():
            rows.append(Fit(kind, f"{need}", f"{have.get(kind, 0)}", need <= have.get(kind, 0)))
        counter = self._memory.counter.get(manifest.name, 0)
        rows += [key_fit(signed, self._memory.trusted), counter_fit(manifest, counter)]
        return FitReport(tuple(rows))

    def wants(self, part: Part) -> bool:
        return part.role != "golden"

    def begin(self, signed: SignedManifest) -> None:
        SignedManifest.verified(signed.data, signed.signature_member, self._memory.trusted)
        manifest = signed.manifest
        if manifest.target != "numpy":
            raise DoesNotFit(f"{manifest.name} is for another kind of device", code=6)
        if manifest.security_counter < self._memory.counter.get(manifest.name, 0):
            raise DowngradeRefused("The security counter is too low")
        if not self.check(signed).fits:
            raise DoesNotFit(f"{manifest.name} is too large")
        if not self._memory.busy.acquire(blocking=False):
            raise DeviceUnavailable("Another deploy is under way", code=2)
        self._memory.previous.pop(manifest.name, None)
        self._staged = Slot(manifest)

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        slot, data = self._begun(), stream.read()
        if len(data) != part.size:
            raise VerificationMismatch(f"{part.name} has another size")
        slot.parts[part.name] = data
        progress(len(data))
        return hashlib.sha256(data).hexdigest()

    def trial(self) -> NumpySession:
        return self._open(self._begun())

    def confirm(self) -> InstalledModel:
        slot, memory = self._begun(), self._memory
        name = slot.manifest.name
        if name in memory.active:
            memory.previous[name] = memory.active[name]
        memory.active[name] = slot
        memory.letter[name] = "b" if memory.letter.get(name) == "a" else "a"
        memory.counter[name] = max(memory.counter.get(name, 0), slot.manifest.security_counter)
        self.revert()
        return self._installed(name)

    def revert(self) -> None:
        if self._staged is not None:
            self._staged = None
            self._memory.busy.release()

    def rollback(self, name: str) -> InstalledModel:
        memory = self._memory
        if name not in memory.previous:
            raise ModelNotFound(f"There is no previous model {name}")
        if memory.previous[name].manifest.security_counter < memory.counter[name]:
            raise DowngradeRefused("The security counter is too low")
        memory.active[name], memory.previous[name] = memory.previous[name], memory.active[name]
        memory.letter[name] = "b" if memory.letter[name] == "a" else "a"
        return self._installed(name)

    def open(self, name: str) -> NumpySession:
        if name not in self._memory.active:
            raise ModelNotFound(f"There is no model {name}")
        return self._open(self._memory.active[name])

    def open_bundle(self, bundle: Bundle) -> NumpySession:
        self._live()
        raise UsageError("This device runs installed models only", code=8)

    def trust(self, public_key: bytes) -> None:
        self._memory.trusted.add(public_key)

    def distrust(self, public_key: bytes) -> None:
        if public_key not in self._memory.trusted:
            raise UsageError("That key is not trusted here", code=19)
        self._memory.trusted.remove(public_key)

    def close(self) -> None:
        if not self._closed:
            self.revert()
            self._closed = True

    def __enter__(self) -> NumpyDevice:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _open(self, slot: Slot) -> NumpySession:
        manifest = slot.manifest
        content = slot.parts[manifest.part("model").name]
        return NumpySession(content, manifest.inputs, manifest.outputs)

    def _installed(self, name: str) -> InstalledModel:
        memory = self._memory
        previous = memory.previous.get(name)
        return InstalledModel(
            name=name,
            version=memory.active[name].manifest.version,
            security_counter=memory.counter[name],
            slot=memory.letter[name],
            previous_version=previous.manifest.version if previous else None,
            manifest_sha256=hashlib.sha256(encode(memory.active[name].manifest)).hexdigest(),
        )
