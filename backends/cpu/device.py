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
from edgesdk.store import Source, StoreDevice, bundled_source, stored_source

from . import fit
from .decoder.opening import open_source
from .decoder.options import OpenOptions
from .engines import DECODER, TARGET, engine_of, open_model
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
        return _opened(stored_source(self._store.staged()), plain)

    def open(self, name: str) -> BaseSession:
        """Open the active model of a name."""
        # What is read is hashed, but for large weights.
        return self._store.load(
            name, lambda stored: _opened(stored_source(stored), self._options), verify=False
        )

    def open_bundle(self, bundle: Bundle) -> BaseSession:
        """Open a bundle in this process, without installing it."""
        self._require_target(bundle.manifest)
        return _opened(bundled_source(bundle), self._options)

    def __enter__(self) -> CpuDevice:
        return self

    def _fit(self, manifest: Manifest) -> Iterable[Fit]:
        """Engine, versions, operators, memory, storage."""
        return fit.rows(manifest, self._folder)


def _opened(source: Source, options: AddressOptions) -> BaseSession:
    if engine_of(source.manifest) == DECODER:
        return open_source(source, options.decoder)
    return open_model(source.manifest, source.read(source.model), options.session)
