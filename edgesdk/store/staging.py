"""One deploy into the inactive slot, from ``begin`` until its state becomes the active one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from ..bundle import Part, SignedManifest
from ..bundle.rules import MANIFEST_NAME, SIGNATURE_NAME
from ..errors import DowngradeRefused, VerificationMismatch
from . import reading
from .disk import Disk
from .layout import Layout
from .model import StoredModel
from .problems import out_of_turn
from .snapshot import read_state
from .space import check_space
from .state import State
from .sweep import sweep


class Staging:
    """The deploy under way. Made under the store's lock, which must be held while it is used."""

    def __init__(self, layout: Layout, disk: Disk, signed: SignedManifest) -> None:
        """Clear the inactive slot and put the signed manifest there.

        Raises ``DowngradeRefused`` and ``DoesNotFit`` (EDGE-0950) before anything is removed.
        """
        self.name = signed.manifest.name
        self._disk = disk
        self._file = layout.state(self.name)
        self._digests: dict[str, str] = {}
        state = read_state(self._file)
        check_counter(signed, state)
        self._state = replace(state, previous=None)
        self.slot = state.inactive
        self._folder = layout.slot(self.name, self.slot)
        self._signed = signed
        self._make_room(layout, state)
        self._make_slot()

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Write one part and return the SHA-256 (hex) of what is then on the disk."""
        if part not in self._signed.manifest.parts:
            raise out_of_turn(f"{part.name!r} is not a part of {self.name}")
        if part.name in self._digests:
            raise out_of_turn(f"The part {part.name!r} was staged already")
        path = self._folder / part.name
        with self._disk.creating(path) as append:
            done = 0
            for chunk in _exactly(part, stream):
                append(chunk)
                done += len(chunk)
                progress(done)
        digest = reading.sha256(path, from_disk=True)
        self._digests[part.name] = digest
        return digest

    def staged(self) -> StoredModel:
        """The staged model, with all its parts as the manifest promises them."""
        for part in self._signed.manifest.parts:
            digest = self._digests.get(part.name)
            if digest is None:
                raise out_of_turn(f"The part {part.name!r} has not been staged")
            if digest != part.sha256:
                raise VerificationMismatch(
                    f"The store holds other bytes of {part.name} than the manifest promises",
                    evidence=f"SHA-256 {digest[:16]}… on the disk, {part.sha256[:16]}… promised",
                    next_step="The old model stays. Deploy again; if it repeats, suspect the disk",
                    code=54,
                )
        return StoredModel(self._signed, self._folder, self.slot)

    def confirm(self) -> State:
        """Make the staged model the active one; return the state that says so."""
        self.staged()
        self._disk.sync(self._folder)
        counter = max(self._state.security_counter, self._signed.manifest.security_counter)
        state = State(self.slot, self._state.active, counter)
        self._disk.replace(self._file, state.encode())
        return state

    def _make_room(self, layout: Layout, state: State) -> None:
        sweep(layout, self._disk, needed=self.name)
        self._disk.make_folder(layout.models)
        self._disk.make_folder(self._file.parent)
        check_space(self._signed, self._folder, self._disk.files)
        if state != self._state:  # no state may name a slot that is about to be cleared
            self._disk.replace(self._file, self._state.encode())
            self._disk.clear(self._folder)

    def _make_slot(self) -> None:
        self._disk.make_folder(self._folder)
        for name, data in (
            (MANIFEST_NAME, self._signed.data),
            (SIGNATURE_NAME, self._signed.signature_member),
        ):
            with self._disk.creating(self._folder / name) as append:
                append(data)


def check_counter(signed: SignedManifest, state: State) -> None:
    """Raise ``DowngradeRefused`` when the device has seen a higher security counter."""
    manifest = signed.manifest
    if manifest.security_counter < state.security_counter:
        raise DowngradeRefused(
            f"{manifest.name} {manifest.version} is older than this device may run",
            evidence=f"its security counter is {manifest.security_counter}, "
            f"the device's {state.security_counter}",
            next_step="Compile it with a security counter that is at least the device's",
        )


def _exactly(part: Part, stream: BinaryIO) -> Iterator[bytes]:
    """The stream in chunks. Raises ``VerificationMismatch`` (EDGE-0753) at another length."""
    left = part.size
    while left and (chunk := stream.read(min(left, reading.CHUNK))):
        left -= len(chunk)
        yield chunk
    if left or stream.read(1):
        raise VerificationMismatch(
            f"The part {part.name} came with another length than the manifest promises",
            evidence=f"{part.size - left} bytes of {part.size}"
            if left
            else f"more than {part.size} bytes",
            next_step="The old model stays. Compile the bundle again",
            code=53,
        )
