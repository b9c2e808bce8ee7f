"""The A/B model store of every device that has a file system."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from ..backend import InstalledModel
from ..bundle import Part, SignedManifest
from ..errors import EdgeError, ModelNotFound, UsageError, VerificationMismatch
from ..fit import nothing_previous
from ..nearest import did_you_mean
from . import trust
from .disk import Disk
from .files import Files
from .layout import Layout
from .lock import StoreLock
from .model import StoredModel, stored_model
from .problems import damaged_model, out_of_turn, require_folder
from .snapshot import consistently, read_state
from .staging import Staging, check_counter
from .state import SLOTS, State
from .sweep import sweep

T = TypeVar("T")

_DEPLOY = "Deploy one with 'edgesdk deploy', or say with --device where it is"


class ModelStore:
    """Models in two slots each, replaced so that a cut at any moment leaves the old or the new.

    ``begin`` to ``confirm`` or ``revert`` are one deploy, by one thread, and hold the store's lock.
    Reading needs no lock and may go on in any process meanwhile. A store that does not exist reads
    as empty and is created by the first change; a file in its place is refused with ``UsageError``
    (EDGE-02310). Every method raises ``DeviceUnavailable``
    (EDGE-0503: not permitted, EDGE-0554: the disk failed) and ``VerificationMismatch``
    (EDGE-0750: a link or the like in the store, EDGE-0751: a damaged state); every change
    ``DeviceUnavailable`` (EDGE-0502: another process holds the lock) and ``DoesNotFit``
    (EDGE-0951: the disk is full).
    """

    def __init__(self, root: Path, files: Files | None = None) -> None:
        self.root = root.absolute()
        require_folder(self.root)
        self._layout = Layout(self.root)
        self._disk = Disk(files or Files())
        self._lock = StoreLock(self._disk.files, self._layout.lock)
        self._staging: Staging | None = None

    def models(self) -> tuple[InstalledModel, ...]:
        """The installed models. Their signatures hold; ``active`` asks who signed them."""
        rows = (self._look(name) for name in self._layout.names())
        return tuple(row for row in rows if row is not None)

    def active(self, name: str, *, verify: bool = True) -> StoredModel:
        """The active model of a name: signed by a trusted key, parts of the right size.

        ``verify`` also re-hashes every part. Raises ``ModelNotFound``, ``VerificationMismatch``
        (EDGE-0752), ``SignatureRefused`` (EDGE-0804).
        """
        return self.load(name, lambda model: model, verify=verify)

    def load(self, name: str, loader: Callable[[StoredModel], T], *, verify: bool = True) -> T:
        """What ``loader`` makes of the active model; raises as ``active``, and what it raises.

        It is called again, and the first result dropped, when a deploy replaced the model
        meanwhile: so it may open the parts by their paths, and never sees two models mixed.
        """

        def look(state: State) -> T:
            if state.active is None:
                raise self._not_found(name)
            return loader(self._model(name, state.active, state, verify=verify))

        return consistently(self._layout.state(name), look)

    def security_counter(self, name: str) -> int:
        """The lowest security counter that a model of that name may have."""
        return read_state(self._layout.state(name)).security_counter

    @property
    def provisioned(self) -> bool:
        """Whether somebody ever trusted a key here, also if it was taken back since."""
        return trust.provisioned(self._layout.trusted)

    def trusted(self) -> tuple[bytes, ...]:
        """The trusted keys, 32 bytes each."""
        return trust.read_keys(self._layout.trusted)

    def begin(self, signed: SignedManifest) -> None:
        """Take the store for one deploy and clear the model's inactive slot.

        From here on there is no previous model to roll back to. Raises ``SignatureRefused``,
        ``DowngradeRefused``, ``DoesNotFit`` (EDGE-0950); then it still is as it was.
        """
        if self._staging is not None:
            raise out_of_turn("A deploy is under way already")
        own = SignedManifest.verified(signed.data, signed.signature_member, self.trusted())
        self._disk.make_root(self.root, self._layout.models)
        self._lock.acquire()
        try:
            self._staging = Staging(self._layout, self._disk, own)
        except BaseException:
            self._abandon()
            raise

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Write one part into the inactive slot; return its SHA-256 (hex) read back from the disk.

        ``progress`` is told the bytes written so far. Raises ``VerificationMismatch`` (EDGE-0753)
        when the stream is not ``part.size`` long.
        """
        return self._deploy().stage(part, stream, progress)

    def staged(self) -> StoredModel:
        """The staged model, for its trial. Raises ``VerificationMismatch`` (EDGE-0754)."""
        return self._deploy().staged()

    def confirm(self) -> InstalledModel:
        """Make the staged model the active one, raise the security counter, end the deploy."""
        deploy = self._deploy()
        state = deploy.confirm()
        self._staging = None
        try:
            return self._row(deploy.name, deploy.slot, state)
        finally:
            self._lock.release()

    def revert(self) -> None:
        """End the deploy and remove what it staged. Safe at any moment, and twice."""
        if self._staging is not None:
            self._abandon()

    def rollback(self, name: str) -> InstalledModel:
        """Make the previous model active again; the one active until now becomes the previous.

        Raises ``ModelNotFound`` (EDGE-0261 when there is no previous one), ``DowngradeRefused``,
        and as ``active`` when the previous one cannot be used.
        """
        self._installed(name)
        with self._lock:
            state = self._installed(name)
            if state.active is None or state.previous is None:
                raise nothing_previous(name)
            check_counter(stored_model(self._slot(name, state.previous), None).signed, state)
            self._model(name, state.previous, state, verify=True)
            back = State(state.previous, state.active, state.security_counter)
            self._disk.replace(self._layout.state(name), back.encode())
            return self._row(name, state.previous, back)

    def remove(self, name: str) -> None:
        """Remove a model. Its security counter stays, so that no older one can follow it."""
        self._installed(name)
        with self._lock:
            state = self._installed(name)
            gone = State(security_counter=state.security_counter)
            self._disk.replace(self._layout.state(name), gone.encode())
            for slot in SLOTS:
                self._disk.clear(self._slot(name, slot))

    def trust(self, public_key: bytes) -> None:
        """Trust a key (32 bytes, Ed25519) from now on. Raises ``UsageError`` (EDGE-0262)."""
        if trust.checked_key(public_key) not in self.trusted():
            self._disk.make_root(self.root, self._layout.models)
            with self._lock:
                trust.add_key(self._layout.trusted, public_key, self._disk)

    def distrust(self, public_key: bytes) -> None:
        """Trust a key no more; its models cannot be opened from now on.

        Raises ``UsageError`` (EDGE-0263) when it is not trusted.
        """
        if public_key not in self.trusted():
            raise UsageError(
                "The device does not trust that key anyway",
                next_step="'edgesdk devices --device ADDRESS' lists those that it trusts",
                code=63,
            )
        with self._lock:
            trust.remove_key(self._layout.trusted, public_key, self._disk)

    def _deploy(self) -> Staging:
        if self._staging is None:
            raise out_of_turn("No deploy is under way")
        return self._staging

    def _abandon(self) -> None:
        self._staging = None
        try:
            with suppress(EdgeError):  # what cannot be removed now, the next deploy removes
                sweep(self._layout, self._disk)
        finally:
            self._lock.release()

    def _slot(self, name: str, slot: str) -> Path:
        return self._layout.slot(name, slot)

    def _model(self, name: str, slot: str, state: State, *, verify: bool) -> StoredModel:
        model = stored_model(self._slot(name, slot), self.trusted())
        if model.manifest.security_counter < state.security_counter:
            raise damaged_model(model.folder, "it is older than the model that was deployed")
        model.verify(contents=verify)
        return model

    def _listed(self, name: str, state: State) -> InstalledModel | None:
        if state.active is None:
            return None
        try:
            return self._row(name, state.active, state)
        except VerificationMismatch as error:  # one rotten model must not hide the others
            return _damaged(name, state.active, error, state.security_counter)

    def _look(self, name: str) -> InstalledModel | None:
        try:
            return consistently(self._layout.state(name), partial(self._listed, name))
        except VerificationMismatch as error:
            return _damaged(name, "?", error)

    def _row(self, name: str, active: str, state: State) -> InstalledModel:
        previous = None
        signed = stored_model(self._slot(name, active), None).signed
        if state.previous is not None:
            with suppress(VerificationMismatch):  # rotten: there is nothing to roll back to
                previous = stored_model(self._slot(name, state.previous), None).manifest.version
        return InstalledModel(
            name=name,
            version=signed.manifest.version,
            security_counter=state.security_counter,
            slot=active,
            previous_version=previous,
            manifest_sha256=hashlib.sha256(signed.data).hexdigest(),
        )

    def _installed(self, name: str) -> State:
        state = read_state(self._layout.state(name))
        if state.active is None:
            raise self._not_found(name)
        return state

    def _not_found(self, name: str) -> ModelNotFound:
        known = [n for n in self._layout.names() if n != name]
        return ModelNotFound(
            f"No model {name!r} is installed",
            evidence=f"installed: {', '.join(known) or 'none'}",
            next_step=did_you_mean(name, known, _DEPLOY),
        )


def _damaged(name: str, slot: str, error: EdgeError, counter: int = 0) -> InstalledModel:
    return InstalledModel(name, "?", counter, slot, problem=f"{error.what} ({error.evidence})")
