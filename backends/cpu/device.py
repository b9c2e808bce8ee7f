"""The CPU of this machine as a device: an A/B store of models, and sessions in this process."""

from __future__ import annotations

import platform
from collections.abc import Iterable

from edgesdk.address import Address
from edgesdk.backend import DeviceInfo, Fit
from edgesdk.bundle import Manifest
from edgesdk.config import store_folder
from edgesdk.session import BaseSession
from edgesdk.store import Source, StoreDevice

from . import fit
from .decoder.opening import open_source
from .engines import DECODER, TARGET, engine_of, open_model
from .options import from_address


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

    def __enter__(self) -> CpuDevice:
        return self

    def _fit(self, manifest: Manifest) -> Iterable[Fit]:
        """Engine, versions, operators, memory, storage."""
        return fit.rows(manifest, self._folder)

    def _opened(self, source: Source, *, trial: bool = False) -> BaseSession:
        """See ``StoreDevice``. Threads are kept: they change no answer, and a trial's time."""
        options = self._options.threads_alone() if trial else self._options
        if engine_of(source.manifest) == DECODER:
            return open_source(source, options.decoder)
        return open_model(source.manifest, source.read(source.model), options.session)
