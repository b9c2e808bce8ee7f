"""The flash of one emulated device: which models' pages it holds, and who uses it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesdk.bundle import limits
from edgesdk.bundle.rules import MANIFEST_NAME
from edgesdk.errors import EdgeError, VerificationMismatch
from edgesdk.store.layout import Layout
from edgesdk.store.reading import read_small
from edgesdk.store.snapshot import read_state
from edgesdk.store.state import SLOTS

from .design.design import Design
from .fit import check_dram
from .flash.array import FlashArray, Statistics
from .flash.faults import Faults
from .flash.geometry import Numbers
from .flash.region import Page
from .layout import kinds_of, model_layout, slots_taken
from .memory_in_flash import FlashMemory, Programmed
from .opening import Source
from .options import OpenOptions
from .protection import Codes, codes_of, signature
from .quantise.model_file import ModelFile
from .quantise.page_layout import PageLayout
from .sensed import encoded


class FlashPlace:
    """``folder``: of its files; ``store``: of its bundles."""

    def __init__(self, folder: Path, design: Design, faults: Faults, store: Path) -> None:
        self.design = design
        self._folder, self._faults, self._store = folder, faults, store

    def free_pages(self, name: str = "") -> NDArray[np.int64]:
        """Pages that a model more of this name may take, int64 [channels, cores of a channel].

        Those of models that nobody can go back to count, since they are forgotten for it: so does
        the one before the active model of this name, whose slot the next deploy takes.
        """
        with self._array() as array:
            kept = self._digests(name)
            return array.free_pages(region for region in array.regions() if _of(region, kept))

    def free_bytes(self) -> int:
        """The same in bytes of weights."""
        return int(self.free_pages().sum()) * self.design.page_bytes

    def statistics(self) -> Statistics:
        """What the flash has been through."""
        with self._array() as array:
            return array.statistics()

    def memory(self, source: Source, options: OpenOptions) -> FlashMemory:
        """The model in flash, programmed where it is not there yet.

        Raises what opening a model file does, ``DoesNotFit`` (EDGE-0938: the DRAM), and what the
        flash does: ``LinkFailed`` (EDGE-0640) at a cut of its power, ``DoesNotFit`` where it is
        full or worn out, ``DeviceUnavailable`` where another program is programming it.
        """
        with ExitStack() as undo:
            file = source.file()
            undo.callback(file.close)
            check_dram(file.shape, options.context, self.design)
            widths = [matrix.bits for matrix in file.shape.matrices()]
            codes = codes_of(source.manifest, widths, self.design, options.errors)
            layout = model_layout(self.design, file.shape)
            array = undo.enter_context(self._array())
            region = region_name(source.digest, self.design, file, codes)
            physical = self._physical(array, region, partial(_pages, file, layout, codes))
            there = Programmed(array, layout, physical, codes, self.design)
            memory = FlashMemory(file, there, options)
            undo.pop_all()
        return memory

    def _physical(
        self, array: FlashArray, region: str, pages: Callable[[], Iterable[Page]]
    ) -> Numbers:
        """The pages of a region, int64 [pages]; programmed where it is missing, or where one of
        them is not whole any more. Raises ``VerificationMismatch`` (EDGE-0779)."""
        damaged = array.damaged(region) if array.complete(region) else 0
        if damaged and not array.forget(region):
            raise _damaged(region, damaged)
        if not array.complete(region):
            self._program(array, region, pages())
        return array.pages(region)

    def _program(self, array: FlashArray, region: str, pages: Iterable[Page]) -> None:
        """Forget what nobody can go back to, then program what is missing of the region."""
        kept = self._digests()
        for name in array.regions():
            if name != region and not _of(name, kept):
                array.forget(name)
        array.program(region, pages)

    def _array(self) -> FlashArray:
        return FlashArray(self._folder, self.design, self._faults)

    def _digests(self, next_name: str = "") -> set[str]:
        """How the regions of models in the store begin: active, previous and staged; of the name
        that is deployed next only the active one."""
        found = set()
        layout = Layout(self._store)
        for name in layout.names():
            slots = [read_state(layout.state(name)).active] if name == next_name else SLOTS
            for slot in filter(None, slots):
                with suppress(OSError, EdgeError):  # no such slot, or one that cannot be opened
                    data = read_small(layout.slot(name, slot) / MANIFEST_NAME, limits.MANIFEST)
                    found.add(hashlib.sha256(data).hexdigest()[:KEY])
        return found


KEY = 32  # hexadecimal digits of a manifest's SHA-256 that a region's name begins with


def _of(region: str, digests: set[str]) -> bool:
    """Whether a region is of one of these models."""
    return region.partition("-")[0] in digests


def region_name(digest: str, design: Design, file: ModelFile, codes: Codes) -> str:
    """The same model with another correction, or laid out for another design, is another region."""
    taken = [(kind, slots_taken(design, kind)) for kind, _ in kinds_of(file.shape)]
    tiles = (design.channels, design.cores_per_channel, design.page_bytes, design.core_buffer_bytes)
    laid_out = hashlib.sha256(f"{taken} {tiles} {signature(codes)}".encode()).hexdigest()
    return f"{digest[:KEY]}-{laid_out[:16]}"


def _damaged(region: str, pages: int) -> VerificationMismatch:
    return VerificationMismatch(
        "Pages of the model are damaged in the file of the emulated flash",
        evidence=f"{pages} of region {region}, which another session reads",
        next_step="Close the other sessions and open the model again: then its pages are "
        "programmed anew",
        code=79,
    )


def _pages(file: ModelFile, layout: PageLayout, codes: Codes) -> Iterator[Page]:
    """Every page of a model, with the die that it goes to."""
    for placed, data, code in encoded(file, layout, codes):
        channels, cores = placed.placement.channel, placed.placement.core
        for index in range(len(data)):
            channel, core = int(channels[index]), int(cores[index])
            yield Page(placed.first + index, channel, core, data[index], code[index])
