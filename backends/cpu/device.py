"""The CPU of this machine as a device: an A/B store of models, and sessions in this process."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import replace

from edgesdk.address import Address
from edgesdk.backend import DeviceInfo, Fit
from edgesdk.bundle import Bundle, Manifest
from edgesdk.config import store_folder
from edgesdk.session import BaseSession
from edgesdk.store import StoreDevice, StoredModel

from . import fit
from .decoder.opening import open_bundled, open_stored
from .decoder.options import OpenOptions
from .engines import DECODER, TARGET, engine_of, model_part, open_model
from .options import AddressOptions, from_address


class CpuDevice(StoreDevice):
    """Serves ``cpu:``. See ``edgesdk.backend.Device`` for what each member promises."""

    def __init__(self, address: Address) -> None:
        options = from_address(address.options)
        super().__init__(TARGET, options.store or store_folder())
        self._address = address
        self._options = options

    @property
    def info(self) -> DeviceInfo:
        """This machine, its engines and what is free of its memory."""
        return DeviceInfo(
            address=str(self._address),
            backend="cpu",
            target=TARGET,
            description=f"{platform.node()}, {platform.machine()}, {platform.system()}",
            memory=fit.memory(self._folder),
            versions=fit.versions(),
            trusted_keys=self._trusted_keys(),
            local=True,
        )

    def trial(self) -> BaseSession:
        """Open the staged model, as one opens it without options: they are no part of the proof."""
        decoder = OpenOptions(threads=self._options.decoder.threads)
        plain = replace(self._options, decoder=decoder)
        return self._open(self._store.staged(), plain)

    def open(self, name: str) -> BaseSession:
        """Open the active model of a name."""
        # _open hashes what it reads, but for large weights.
        return self._store.load(name, self._open, verify=False)

    def open_bundle(self, bundle: Bundle) -> BaseSession:
        """Open a bundle in this process, without installing it."""
        self._require_target(bundle.manifest)
        part = model_part(bundle.manifest)
        if engine_of(bundle.manifest) == DECODER:
            return open_bundled(bundle, part, self._options.decoder)
        return open_model(bundle.manifest, bundle.read_part(part), self._options.session)

    def __enter__(self) -> CpuDevice:
        return self

    def _fit(self, manifest: Manifest) -> Iterable[Fit]:
        """Engine, versions, operators, memory, storage."""
        return fit.rows(manifest, self._folder)

    def _open(self, stored: StoredModel, options: AddressOptions | None = None) -> BaseSession:
        options = options or self._options
        part = model_part(stored.manifest)
        if engine_of(stored.manifest) == DECODER:
            return open_stored(stored, part, options.decoder)
        return open_model(stored.manifest, stored.read(part), options.session)
