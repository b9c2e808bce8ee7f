"""An NPU with compute in NAND flash, emulated, as a device: an A/B store of models, and the flash.

The store stands for the host's own storage; what runs comes from pages. A model's pages are
programmed when it is tried, and stay with those of the model before it, so that going back takes
no programming. ``docs/nand.md`` has the options of its address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace

from edgesdk.address import Address
from edgesdk.backend import DeviceInfo, DeviceLog, Fit
from edgesdk.bundle import Bundle, Manifest
from edgesdk.store import Source, StoreDevice, bundled_source, stored_source

from . import fit
from .memory.place import FlashPlace
from .npu.page_products import EXACT
from .opening import open_source, study_source
from .options import DOUBTED, from_address
from .session import NandSession
from .studied import StudiedModel, check_free_of_errors


class NandDevice(StoreDevice):
    """Serves ``emu:nand``. See ``edgesdk.backend.Device``.

    Several sessions may be open: a model's pages stay for as long as one reads them.
    """

    def __init__(self, address: Address) -> None:
        options = from_address(address)
        self._address, self._options = address, options.opening
        self._design = options.design.design
        folder = options.devices.of(options.name)
        super().__init__(self._design.target, folder / "store")
        self._place = FlashPlace(folder / "flash", options.design, options.faults, self._folder)

    @property
    def info(self) -> DeviceInfo:
        """The design, and what is free of its flash and memory."""
        return DeviceInfo(
            address=str(self._address),
            backend="nand",
            target=self._target,
            description=_description(self._place),
            memory={**fit.memory(self._design, self._folder), "flash": self._place.free_bytes()},
            versions={fit.ENGINE: fit.VERSION},
            trusted_keys=self._trusted_keys(),
            local=True,
        )

    def with_errors(self, model: str | Bundle) -> StudiedModel:
        """See ``edgesdk.error_study.ErrorStudy``. The flash is neither written nor held.

        Raises ``UsageError`` (EDGE-02285) for an address with bit errors of its own.
        """
        check_free_of_errors(self._options.errors, self._design.cell)
        if isinstance(model, Bundle):
            self._require_target(model.manifest)
            return self._studied(bundled_source(model))
        return self._store.load(
            model, lambda stored: self._studied(stored_source(stored)), verify=False
        )

    def doubts(self) -> str:
        """See ``edgesdk.backend.DoubtfulDevice``: bit errors, and sums that are cut short."""
        if not self._options.errors.active and self._options.results == EXACT:
            return ""
        asked = {key: text for key, text in self._address.options.items() if key in DOUBTED}
        told = "&".join(f"{key}={text}" for key, text in asked.items())
        return f"Its address asks for wrong bits or sums ({told}): deploy without, or with fewer"

    def log(self) -> DeviceLog:
        """What the flash has been through; see ``edgesdk.backend.LoggingDevice``."""
        counted = asdict(self._place.statistics())
        del counted["nanoseconds"]  # of this opening alone
        return DeviceLog((), counted)

    def __enter__(self) -> NandDevice:
        return self

    def _opened(self, source: Source, *, trial: bool = False) -> NandSession:
        """See ``StoreDevice``: its pages are programmed where they are missing, for a trial beside
        those of what runs.

        The proof is of the device as it is: bit errors of the address belong to it, and so do sums
        of 16 bits. Without them every product is compared (EDGE-0777), and not only tokens.
        """
        if not trial:
            return open_source(source, self._place, self._options)
        session = open_source(source, self._place, replace(self._options, context=0))
        try:
            if self._options.results == EXACT and not self._options.errors.active:
                session.require_exact()
        except BaseException:
            session.close()
            raise
        return session

    def _studied(self, source: Source) -> StudiedModel:
        return study_source(source, self._design, self._options)

    def _fit(self, manifest: Manifest) -> Iterable[Fit]:
        pages, in_use = self._place.room(manifest.name)
        free = fit.Free(pages, fit.memory(self._design, self._folder), in_use)
        preset = self._address.options.get("preset", "")
        yield from fit.rows(manifest, self._design, free, self._options.errors, preset)
        yield from fit.context(manifest, self._options.context)


def _description(place: FlashPlace) -> str:
    design = place.design
    return (
        f"emulated NPU with compute in NAND flash, {design.name}: {design.channels} channels of "
        f"{design.cores_per_channel} dies, {design.usable_bytes / 2**30:.4g} GiB"
    )
