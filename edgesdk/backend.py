"""The seam between the runtime and the kinds of device: Backend, Device, Session.

A backend is found by its entry point in the group ``edgesdk.backends``; the entry names an object
that has the members of ``Backend``. Nothing in ``edgesdk`` imports a backend.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, runtime_checkable

from .address import Address
from .tensors import Array, TensorSpec

if TYPE_CHECKING:
    from .bundle import Bundle, Manifest, Part, Requirements, SignedManifest
    from .bundle.manifest import Tolerance
    from .bundle.signing import SigningKey
    from .formats import SourceModel

Arrays = dict[str, Array]

# Two lines of a fit report whose "no" refuses the bundle itself, as ``counter_fit`` and ``key_fit``
# make them.
TARGET, APPLICATION = "target", "application"
SECURITY_COUNTER = "security counter"
SIGNED_BY = "signed by"


@dataclass(frozen=True)
class DeviceInfo:
    """What a device says about itself.

    ``memory`` is in bytes available by kind (the keys of ``Requirements.memory``); ``versions`` are
    those of the components that ``Requirements.runtime`` may name. ``local``: its models run in
    this process, so that this process's memory is theirs.
    """

    address: str
    backend: str
    target: str
    description: str
    memory: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    trusted_keys: tuple[str, ...] = ()
    local: bool = False

    @property
    def emulated(self) -> bool:
        """Whether software emulates it (``emu:...``, here or at a distance): what a clock says is
        then no board's."""
        place, _, inner = self.address.removeprefix("ssh://").partition("/")
        return (inner if self.address.startswith("ssh://") else place).startswith("emu:")


@dataclass(frozen=True)
class Fit:
    """One line of a fit report: what is needed of a resource and what there is.

    Both are texts for people, with their unit (``"40960 bytes"``, ``">=0.1"``). ``note``: what the
    resource is for or, where it does not fit, what to do.
    """

    resource: str
    needed: str
    available: str
    fits: bool
    note: str = ""


def target_fit(manifest: Manifest, target: str, options: str = "") -> Fit:
    """The line of a fit report about the target; ``target`` is what the device runs.

    ``options``: what else its compiler must be given.
    """
    fits = manifest.target == target
    command = f"edgesdk compile MODEL --target {target} {options}".rstrip()
    note = "" if fits else f"compile the model for it: {command}"
    return Fit(TARGET, manifest.target, target, fits, note)


def counter_fit(manifest: Manifest, lowest: int) -> Fit:
    """The line of a fit report about the security counter; ``lowest`` is the device's own."""
    counter = manifest.security_counter
    fits = counter >= lowest
    note = "" if fits else f"compile it again with --security-counter {lowest}"
    return Fit(SECURITY_COUNTER, f"{lowest} or more", str(counter), fits, note)


def key_fit(signed: SignedManifest, trusted: Collection[bytes]) -> Fit:
    """The line of a fit report about the signing key; ``trusted`` are the device's keys."""
    fits = signed.public_key in trusted
    note = "" if fits else "trust it with: edgesdk keys trust KEY --device ADDRESS"
    return Fit(SIGNED_BY, "a trusted key", signed.key_id, fits, note)


@dataclass(frozen=True)
class FitReport:
    """Whether a bundle fits a device, a row for each resource.

    A bundle that does not fit is an answer, so it raises nothing: see ``fits``.
    """

    rows: tuple[Fit, ...]

    @property
    def fits(self) -> bool:
        """Whether every row fits."""
        return all(row.fits for row in self.rows)


@dataclass(frozen=True)
class InstalledModel:
    """A model on a device: the one that runs, and the one that ``rollback`` would return to.

    ``slot``: where it lies, ``"a"`` or ``"b"``. ``security_counter``: the bundle's own.
    ``previous_version``: what ``rollback`` returns to; None where there is none.
    ``manifest_sha256`` (hex) tells one bundle from another of the same version. ``problem`` says
    why the model cannot be used (its version is then ``"?"``); the device's others still can.
    """

    name: str
    version: str
    security_counter: int
    slot: str
    previous_version: str | None = None
    manifest_sha256: str = field(default="", compare=False)
    problem: str = ""


@dataclass(frozen=True)
class Answers:
    """Expected outputs for golden vectors, who computed them, and how near a device must come."""

    outputs: tuple[Arrays, ...]
    executor: str
    tolerance: Tolerance
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seal:
    """What a device's own signed format needs to know, and a compiler learns last.

    ``vectors`` are the golden vectors, as (inputs, outputs).
    """

    name: str
    version: str
    security_counter: int
    key: SigningKey
    vectors: Sequence[tuple[Arrays, Arrays]]


@dataclass(frozen=True)
class Compiled:
    """What a backend's compiler makes of a source model.

    ``parts``: (part name, role, content). ``reference`` answers sample inputs, by an executor other
    than the device's own session wherever one exists. ``options`` are all options as they took
    effect. ``notes`` are for people. ``seal`` makes further parts for a device that verifies a
    signed format of its own, such as MCUboot's images. ``samples`` draws inputs for golden vectors
    where the inputs' own description does not say enough: at most so many.
    """

    parts: Sequence[tuple[str, str, bytes]]
    requirements: Requirements
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    reference: Callable[[Sequence[Arrays]], Answers]
    options: Mapping[str, str] = field(default_factory=dict)
    frontend: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    seal: Callable[[Seal], Sequence[tuple[str, str, bytes]]] | None = None
    samples: Callable[[int], list[Arrays]] | None = None


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

    ``begin`` to ``revert`` are called by ``deploy.py`` alone, and change nothing of what the device
    will run by itself until ``confirm``::

        idle --begin--> staging --stage, stage, ...--> staged --trial--> on trial --confirm--> idle
        any of them --revert, close, a cut of power, a dead host--> idle, with the old model

    On a device that can run one model only (a microcontroller that boots into a slot, an FPGA with
    one fabric), opening the trial stops what runs, and every way back to idle starts it again:
    the device itself does so, by a watchdog, where the link died. Sessions opened before may then
    raise ``LinkFailed``. A link that dies during ``confirm`` leaves the host not knowing; it then
    asks ``models``, whose ``manifest_sha256`` tells. ``revert`` after a ``confirm`` that took place
    does nothing.
    """

    @property
    def info(self) -> DeviceInfo:
        """What the device says about itself, now."""

    def models(self) -> tuple[InstalledModel, ...]:
        """The installed models."""

    def check(self, signed: SignedManifest) -> FitReport:
        """Whether a bundle fits, with numbers, before anything is erased.

        ``counter_fit`` and ``key_fit`` give two of its lines.
        """

    def wants(self, part: Part) -> bool:
        """Whether the device keeps a part. The host can put golden vectors to one without them."""

    def begin(self, signed: SignedManifest) -> None:
        """Take the device for one deploy and clear the inactive slot.

        The device itself verifies the signature against the keys it trusts, the security counter,
        the target, and that the model fits, as ``check`` tells. Raises ``BundleRefused``,
        ``DoesNotFit``, and ``DeviceUnavailable`` when another deploy holds it; then nothing was
        changed, and nothing must be reverted.
        """

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Write one part into the inactive slot and return the SHA-256 (hex) read back from there.

        ``progress`` is told the bytes written so far.
        """

    def trial(self) -> Session:
        """Open the staged model, while the active one stays what it is.

        That it cannot be loaded or run is said with ``ModelRefused``, ``InputMismatch``,
        ``InternalFault`` or ``VerificationMismatch``, here or by the session; other errors of ours
        (``UsageError``, ``NoDevice``, ``DoesNotFit``) tell nothing of the model.
        """

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

        Raises ``UsageError`` (EDGE-0208) on a device that runs installed models only, and
        ``DoesNotFit``.
        """

    def trust(self, public_key: bytes) -> None:
        """Provision a key (32 bytes, Ed25519) whose bundles this device takes from now on."""

    def distrust(self, public_key: bytes) -> None:
        """Take a key back. Raises ``UsageError`` when it is not trusted."""

    def close(self) -> None:
        """Let go of the device; a deploy under way is reverted. Safe to call twice.

        After it every other call raises ``UsageError`` (EDGE-0207).
        """

    def __enter__(self) -> Device: ...

    def __exit__(self, *exc: object) -> None: ...


@dataclass(frozen=True)
class FirmwareReport:
    """What an update of a device's own firmware did; versions as the device says them."""

    version: str
    previous_version: str
    slot: str


@runtime_checkable
class FirmwareDevice(Protocol):
    """A device whose own firmware this SDK brings and updates."""

    def update_firmware(self, progress: Callable[[str, int, int], None]) -> FirmwareReport:
        """Stage, try and confirm the firmware that is shipped with this SDK.

        ``progress`` is told (stage, done, total). The device tries it once, and goes back by itself
        unless it is confirmed; it is confirmed when it answers, and when the installed model
        answers its golden vectors under it. Raises ``DeviceReverted`` and what ``deploy`` raises.
        """


@dataclass(frozen=True)
class DeviceLog:
    """What a device remembers and counts: (what, where, how often), and numbers by name."""

    entries: tuple[tuple[str, str, int], ...]
    counters: Mapping[str, int]


@runtime_checkable
class LoggingDevice(Protocol):
    """A device that keeps a log of its own."""

    def log(self) -> DeviceLog:
        """The errors that it remembers, the newest first, and its counters."""


@runtime_checkable
class DoubtfulDevice(Protocol):
    """A device that can tell why its answers may be wrong although the model is right."""

    def doubts(self) -> str:
        """What its address asks for that may do so, and what to do instead; empty: nothing."""


@runtime_checkable
class NamesDevices(Protocol):
    """A backend that can tell which device an address means, however the address is spelled."""

    def device_of(self, address: Address) -> Path | str:
        """The same for every address of one device of this machine, and for no other's.

        A path stands for what it leads to, so that links and dots in it make no difference.
        Disturbs nothing, and creates nothing. Raises what ``connect`` raises of an address.
        """


@runtime_checkable
class EmulatorHost(Protocol):
    """A backend that can lend an emulated device's line to other programs."""

    def serve(self, address: Address, where: str, on_ready: Callable[[str], None]) -> None:
        """Serve the emulated device until interrupted.

        ``where``: ``pty`` or ``socket://HOST:PORT``; ``on_ready`` is told the place to connect to.
        Raises ``UsageError``, ``DeviceUnavailable``, and what ``connect`` raises.
        """


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
