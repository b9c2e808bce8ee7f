"""The seam between the runtime and the kinds of device: Backend, Device, Session.

A backend is found by its entry point in the group ``edgesdk.backends``; the entry names an object
that has the members of ``Backend``. Nothing in ``edgesdk`` imports a backend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, runtime_checkable

from .address import Address
from .tensors import Array, TensorSpec

if TYPE_CHECKING:
    from .bundle import Bundle, Manifest, Part, Requirements, SignedManifest
    from .bundle.manifest import Tolerance
    from .formats import SourceModel

Arrays = dict[str, Array]

# The resource name of the fit line whose "no" means a downgrade: deploy refuses the bundle for it.
SECURITY_COUNTER = "security counter"


@dataclass(frozen=True)
class DeviceInfo:
    """What a device says about itself.

    ``memory`` is in bytes available by kind (the keys of ``Requirements.memory``); ``versions`` are
    those of the components that ``Requirements.runtime`` may name.
    """

    address: str
    backend: str
    target: str
    description: str
    memory: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    trusted_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fit:
    """One line of a fit report: what is needed of a resource and what there is, as text."""

    resource: str
    needed: str
    available: str
    fits: bool
    note: str = ""


@dataclass(frozen=True)
class FitReport:
    """Whether a bundle fits a device, resource by resource. A device that says no is a value."""

    rows: tuple[Fit, ...]

    @property
    def fits(self) -> bool:
        """Whether every row fits."""
        return all(row.fits for row in self.rows)


@dataclass(frozen=True)
class InstalledModel:
    """A model on a device: the one that runs, and the one that ``rollback`` would return to."""

    name: str
    version: str
    security_counter: int
    slot: str
    previous_version: str | None = None


@dataclass(frozen=True)
class Answers:
    """Expected outputs for golden vectors, who computed them, and how near a device must come."""

    outputs: tuple[Arrays, ...]
    executor: str
    tolerance: Tolerance
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compiled:
    """What a backend's compiler makes of a source model.

    ``parts``: (part name, role, content). ``reference`` answers sample inputs, by an executor other
    than the device's own session wherever one exists. ``options`` are all options as they took
    effect. ``notes`` are for people.
    """

    parts: Sequence[tuple[str, str, bytes]]
    requirements: Requirements
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    reference: Callable[[Sequence[Arrays]], Answers]
    options: Mapping[str, str] = field(default_factory=dict)
    frontend: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()


@runtime_checkable
class Session(Protocol):
    """An opened model on a device. A context manager; closing twice is safe."""

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """Name, dtype and shape of every input."""

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """Name, dtype and shape of every output."""

    def run(self, inputs: Mapping[str, Any], out: Mapping[str, Array] | None = None) -> Arrays:
        """Run once. Returns an array per output, by name.

        ``out`` may hold C-contiguous arrays of exactly an output's dtype and shape; those outputs
        are written there and the same arrays returned. Raises ``InputMismatch`` for wrong inputs,
        ``UsageError`` (EDGE-0207) after ``close``, ``LinkFailed`` when the link breaks.
        """

    def close(self) -> None:
        """Free the model's memory on the device."""

    def __enter__(self) -> Session: ...

    def __exit__(self, *exc: object) -> None: ...


@runtime_checkable
class Device(Protocol):
    """One concrete thing at an address. A context manager; closing twice is safe.

    ``begin`` to ``revert`` are called by ``deploy.py`` alone, in that order, and change nothing of
    the active model until ``confirm``.
    """

    @property
    def info(self) -> DeviceInfo:
        """What the device says about itself, now."""

    def models(self) -> tuple[InstalledModel, ...]:
        """The installed models."""

    def check(self, manifest: Manifest) -> FitReport:
        """Whether a bundle fits, with numbers, before anything is erased."""

    def begin(self, signed: SignedManifest) -> None:
        """Take the device for one deploy and clear the inactive slot.

        The device itself verifies the signature against the keys it trusts, the target, and the
        security counter. Raises ``BundleRefused``, ``DeviceUnavailable`` when another deploy holds
        it; then nothing was changed.
        """

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Write one part into the inactive slot and return the SHA-256 (hex) read back from there.

        ``progress`` is told the bytes written so far.
        """

    def trial(self) -> Session:
        """Open the staged model, while the active one stays what it is."""

    def confirm(self) -> InstalledModel:
        """Make the staged model the active one; raise the security counter to its."""

    def revert(self) -> None:
        """Forget the staged model. Safe at any moment, also twice, also with nothing staged."""

    def rollback(self, name: str) -> InstalledModel:
        """Make the previous model of a name active again.

        Raises ``ModelNotFound`` when there is none, ``DowngradeRefused`` when its security counter
        is lower than the device's.
        """

    def open(self, name: str) -> Session:
        """Open the active model of a name. Raises ``ModelNotFound``."""

    def open_bundle(self, bundle: Bundle) -> Session:
        """Open a verified bundle without installing it.

        Raises ``UsageError`` (EDGE-0208) on a device that runs installed models only.
        """

    def trust(self, public_key: bytes) -> None:
        """Provision a key (32 bytes, Ed25519) whose bundles this device takes from now on."""

    def distrust(self, public_key: bytes) -> None:
        """Take a key back. Raises ``UsageError`` when it is not trusted."""

    def close(self) -> None:
        """Let go of the device; a deploy under way is reverted."""

    def __enter__(self) -> Device: ...

    def __exit__(self, *exc: object) -> None: ...


@runtime_checkable
class Backend(Protocol):
    """The plug-in that serves a kind of device."""

    name: str
    # What addresses begin with: "cpu", "serial"; an emulator's has its kind: "emu:mcu".
    schemes: tuple[str, ...]
    # What targets begin with: "cpu", "fpga:", "mcu:".
    targets: tuple[str, ...]

    def discover(self) -> Sequence[DeviceInfo]:
        """The devices it can see now, without disturbing any."""

    def connect(self, address: Address) -> Device:
        """Connect to one. Raises ``NoDevice``, ``DeviceUnavailable``, ``UsageError``."""

    def compile(self, model: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
        """Turn a source model into parts for a target. Needs no device.

        Raises ``ModelRefused`` when it cannot, ``UsageError`` (EDGE-0209) for an unknown option,
        ``MissingExtra``.
        """

    def doctor(self) -> Sequence[tuple[str, bool, str]]:
        """What it needs of this machine: (what, whether it is there, evidence or remedy)."""
