"""What every device with a model store shares: all of a deploy, but for running the model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from ..backend import DeviceInfo, Fit, FitReport, InstalledModel, Session, counter_fit, key_fit
from ..bundle import Bundle, Manifest, Part, SignedManifest
from ..bundle.keys import development_key
from ..bundle.signing import key_id
from ..errors import DoesNotFit
from ..fit import refusal
from ..session import closed_device
from .source import Source, bundled_source, stored_source
from .space import deploy_takes
from .store import ModelStore


class StoreDevice(ABC):
    """See ``edgesdk.backend.Device``. A subclass gives ``info``, opens a model where it
    lies, and makes the lines of its fit report.

    ``target``: whose bundles it takes. ``folder``: of the store.
    """

    def __init__(self, target: str, folder: Path) -> None:
        self._target, self._folder = target, folder
        self._models, self._closed = ModelStore(folder), False

    @property
    def _store(self) -> ModelStore:
        self._live()
        return self._models

    def _live(self) -> None:
        if self._closed:
            raise closed_device()

    @property
    @abstractmethod
    def info(self) -> DeviceInfo:
        """What the device says about itself, now."""

    @abstractmethod
    def _fit(self, manifest: Manifest) -> Iterable[Fit]:
        """The lines about the model itself."""

    @abstractmethod
    def _opened(self, source: Source, *, trial: bool = False) -> Session:
        """Open a model. For a trial as one opens it without options: they are no part of the
        proof, but for those that the device's answers depend on."""

    def _check_free(self) -> None:
        """Raise ``DeviceUnavailable`` where a session is open, and there is room for no other."""
        return

    def models(self) -> tuple[InstalledModel, ...]:
        """The installed models."""
        return self._store.models()

    def check(self, signed: SignedManifest) -> FitReport:
        """What the model needs, the key and the security counter."""
        counter = self._store.security_counter(signed.manifest.name)
        fresh = () if self._store.provisioned else (development_key().public,)
        return FitReport(
            (
                *self._fit(signed.manifest),
                key_fit(signed, (*self._store.trusted(), *fresh)),
                counter_fit(signed.manifest, counter),
            )
        )

    @property
    def folder(self) -> Path:
        """The folder of its store."""
        return self._folder

    def takes(self, signed: SignedManifest) -> int:
        """Bytes of its store's disk that a deploy takes, but for what clearing the slot gives."""
        return deploy_takes(signed, self._folder)

    def wants(self, part: Part) -> bool:
        """All of them: the golden vectors stay beside the model, for a later look."""
        return True

    def begin(self, signed: SignedManifest) -> None:
        """Take the store's lock and clear the inactive slot, where the model fits."""
        self._require_target(signed.manifest)
        model = FitReport(tuple(self._fit(signed.manifest)))  # key and counter: the store's own
        if not model.fits:
            raise refusal(signed.manifest, self.info, model)
        if not self._store.provisioned:
            # The first deploy on a machine provisions its store with its user's own key.
            self._store.trust(development_key().public)
        self._store.begin(signed)

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Write one part into the inactive slot."""
        return self._store.stage(part, stream, progress)

    def trial(self) -> Session:
        """Open the staged model, in place of what runs where there is room for one."""
        return self._opened(stored_source(self._store.staged()), trial=True)

    def confirm(self) -> InstalledModel:
        """Make the staged model the active one."""
        return self._store.confirm()

    def revert(self) -> None:
        """Forget the staged model."""
        self._store.revert()

    def rollback(self, name: str) -> InstalledModel:
        """Make the previous model active again."""
        return self._store.rollback(name)

    def open(self, name: str) -> Session:
        """Open the active model of a name."""
        self._live()
        self._check_free()
        # What is read is hashed, but for large weights.
        return self._store.load(
            name, lambda stored: self._opened(stored_source(stored)), verify=False
        )

    def open_bundle(self, bundle: Bundle) -> Session:
        """Open a bundle, without installing it."""
        self._live()
        self._require_target(bundle.manifest)
        self._check_free()
        return self._opened(bundled_source(bundle))

    def trust(self, public_key: bytes) -> None:
        """Provision a key."""
        self._store.trust(public_key)

    def distrust(self, public_key: bytes) -> None:
        """Take a key back."""
        self._store.distrust(public_key)

    def close(self) -> None:
        """Revert a deploy under way. Safe to call twice."""
        self._closed = True
        self._models.revert()

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _trusted_keys(self) -> tuple[str, ...]:
        return tuple(key_id(key) for key in sorted(self._store.trusted()))

    def _require_target(self, manifest: Manifest) -> None:
        """Raise ``DoesNotFit`` (EDGE-0906) for a bundle of another kind of device."""
        if manifest.target != self._target:
            raise DoesNotFit(
                f"{manifest.name} {manifest.version} is for another kind of device",
                evidence=f"target {manifest.target}, this is {self._target}",
                next_step=f"Compile the model with --target {self._target}",
                code=6,
            )
