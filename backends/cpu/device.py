"""The CPU of this machine as a device: an A/B store of models, and sessions in this process."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from edgesdk.address import Address
from edgesdk.backend import DeviceInfo, FitReport, InstalledModel, counter_fit, key_fit
from edgesdk.bundle import Bundle, Part, SignedManifest
from edgesdk.bundle.keys import development_key
from edgesdk.bundle.signing import key_id
from edgesdk.config import store_folder
from edgesdk.session import BaseSession
from edgesdk.store import ModelStore, StoredModel

from . import fit
from .decoder.opening import open_bundled, open_stored
from .decoder.options import OpenOptions
from .engines import DECODER, engine_of, model_part, open_model, require_target
from .options import AddressOptions, from_address


class CpuDevice:
    """Serves ``cpu:``. See ``edgesdk.backend.Device`` for what each member promises."""

    def __init__(self, address: Address) -> None:
        options = from_address(address.options)
        self._address = address
        self._options = options
        self._folder = options.store or store_folder()
        self._store = ModelStore(self._folder)

    @property
    def info(self) -> DeviceInfo:
        """This machine, its engines and what is free of its memory."""
        return DeviceInfo(
            address=str(self._address),
            backend="cpu",
            target="cpu",
            description=f"{platform.node()}, {platform.machine()}, {platform.system()}",
            memory=fit.memory(self._folder),
            versions=fit.versions(),
            trusted_keys=tuple(key_id(key) for key in sorted(self._store.trusted())),
            local=True,
        )

    def models(self) -> tuple[InstalledModel, ...]:
        """The installed models."""
        return self._store.models()

    def check(self, signed: SignedManifest) -> FitReport:
        """Engine, versions, operators, memory, storage, key and security counter."""
        counter = self._store.security_counter(signed.manifest.name)
        fresh = () if self._store.provisioned else (development_key().public,)
        return FitReport(
            (
                *fit.report(signed.manifest, self._folder).rows,
                key_fit(signed, (*self._store.trusted(), *fresh)),
                counter_fit(signed.manifest, counter),
            )
        )

    def wants(self, part: Part) -> bool:
        """All of them: the golden vectors stay beside the model, for a later look."""
        return True

    def begin(self, signed: SignedManifest) -> None:
        """Take the store's lock and clear the inactive slot."""
        require_target(signed.manifest)
        if not self._store.provisioned:
            # The first deploy on a machine provisions its store with its user's own key.
            self._store.trust(development_key().public)
        self._store.begin(signed)

    def stage(self, part: Part, stream: BinaryIO, progress: Callable[[int], None]) -> str:
        """Write one part into the inactive slot."""
        return self._store.stage(part, stream, progress)

    def trial(self) -> BaseSession:
        """Open the staged model, as one opens it without options: they are no part of the proof."""
        decoder = OpenOptions(threads=self._options.decoder.threads)
        plain = replace(self._options, decoder=decoder)
        return self._open(self._store.staged(), plain)

    def confirm(self) -> InstalledModel:
        """Make the staged model the active one."""
        return self._store.confirm()

    def revert(self) -> None:
        """Forget the staged model."""
        self._store.revert()

    def rollback(self, name: str) -> InstalledModel:
        """Make the previous model active again."""
        return self._store.rollback(name)

    def open(self, name: str) -> BaseSession:
        """Open the active model of a name."""
        # _open hashes what it reads, but for large weights.
        return self._store.load(name, self._open, verify=False)

    def open_bundle(self, bundle: Bundle) -> BaseSession:
        """Open a bundle in this process, without installing it."""
        require_target(bundle.manifest)
        part = model_part(bundle.manifest)
        if engine_of(bundle.manifest) == DECODER:
            return open_bundled(bundle, part, self._options.decoder)
        return open_model(bundle.manifest, bundle.read_part(part), self._options.session)

    def trust(self, public_key: bytes) -> None:
        """Provision a key."""
        self._store.trust(public_key)

    def distrust(self, public_key: bytes) -> None:
        """Take a key back."""
        self._store.distrust(public_key)

    def close(self) -> None:
        """Revert a deploy under way."""
        self._store.revert()

    def __enter__(self) -> CpuDevice:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _open(self, stored: StoredModel, options: AddressOptions | None = None) -> BaseSession:
        options = options or self._options
        part = model_part(stored.manifest)
        if engine_of(stored.manifest) == DECODER:
            return open_stored(stored, part, options.decoder)
        return open_model(stored.manifest, stored.read(part), options.session)
