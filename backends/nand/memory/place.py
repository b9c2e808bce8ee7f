"""The flash of one emulated device: which models' pages it holds, and who uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesdk.errors import DoesNotFit, EdgeError, VerificationMismatch
from edgesdk.store import Source

from ..design.chosen import Chosen
from ..flash.array import FlashArray, Statistics
from ..flash.faults import Faults
from ..flash.geometry import Numbers
from ..flash.region import Page
from ..options import OpenOptions
from ..quantise.model_file import ModelFile
from ..quantise.page_layout import PageLayout
from .dram import check_dram
from .in_flash import FlashMemory, Programmed
from .installed import kept, model_of, own_regions, region_name
from .layout import kinds_of, model_layout, pages_by_die
from .protection import Codes, codes_of
from .sensed import encoded
from .source import model_file


class FlashPlace:
    """``folder``: of its files; ``store``: of its bundles."""

    def __init__(self, folder: Path, chosen: Chosen, faults: Faults, store: Path) -> None:
        self.chosen, self.design = chosen, chosen.design
        self._folder, self._faults, self._store = folder, faults, store

    def room(self, name: str = "") -> tuple[NDArray[np.int64], bool]:
        """Pages that a model more of this name may take, int64 [channels, cores of a channel], and
        whether they would be more if all sessions were closed.

        Those of models that nobody can go back to count, since they are forgotten for it: so does
        the one before the active model of this name, whose slot the next deploy takes; and so do
        the pages of other corrections than a bundle's own. What a session reads does not.
        """
        with self._array() as array:
            own = own_regions(self._store, self.design, name)
            stay, held = kept(array.regions(), own), {*array.held()}
            return array.free_pages(stay | held), bool(held - stay)

    def free_pages(self) -> NDArray[np.int64]:
        """Pages that any model more may take; see ``room``."""
        return self.room()[0]

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
            file = model_file(source)
            undo.callback(file.close)
            check_dram(file.shape, options.context, self.design)
            widths = [matrix.bits for matrix in file.shape.matrices()]
            codes = codes_of(source.manifest, widths, self.design, options.errors)
            layout = model_layout(self.design, file.shape)
            kinds = kinds_of(file.shape)
            region = region_name(source.digest, self.design, [kind for kind, _ in kinds], codes)
            needed = pages_by_die(self.design, kinds)
            array = undo.enter_context(self._array())
            physical = self._physical(array, region, needed, partial(_pages, file, layout, codes))
            there = Programmed(array, layout, physical, codes, self.chosen)
            memory = FlashMemory(file, there, options)
            undo.pop_all()
        return memory

    def _physical(
        self,
        array: FlashArray,
        region: str,
        needed: NDArray[np.int64],
        pages: Callable[[], Iterable[Page]],
    ) -> Numbers:
        """The pages of a region, int64 [pages]; programmed where it is missing, or where one of
        them is not whole any more. Raises ``VerificationMismatch`` (EDGE-0779)."""
        damaged = array.damaged(region) if array.complete(region) else 0
        if damaged and not array.forget(region):
            raise _damaged(region, damaged)
        array.hold(region)
        if not array.complete(region):
            self._make_room(array, region, needed)
            _program(array, region, pages())
        return array.pages(region)

    def _make_room(self, array: FlashArray, region: str, needed: NDArray[np.int64]) -> None:
        """Forget what nobody can go back to and, where there is no room else, the pages of models
        with other corrections than their own. Raises ``DoesNotFit`` (EDGE-0936)."""
        own = own_regions(self._store, self.design)
        stay = {region, *kept(array.regions(), own, region)}
        for name in sorted(array.regions().keys() - stay, key=lambda name: model_of(name) in own):
            if model_of(name) not in own or not _has_room(array, region, needed):
                array.forget(name)
        held = {*array.held()} - stay
        if held and not _has_room(array, region, needed):
            raise _in_use(array, held, needed)

    def _array(self) -> FlashArray:
        return FlashArray(self._folder, self.design, self._faults)


def _has_room(array: FlashArray, region: str, needed: NDArray[np.int64]) -> bool:
    """For all of a region, whatever of it is there, beside all others."""
    free = array.free_pages(array.regions().keys() - {region})
    return bool((free >= needed).all())


def _program(array: FlashArray, region: str, pages: Iterable[Page]) -> None:
    """What is missing of a region. Half of what does not fit would only keep others out."""
    try:
        array.program(region, pages)
    except DoesNotFit:
        with suppress(EdgeError):
            array.forget(region)
        raise


def _in_use(array: FlashArray, held: set[str], needed: NDArray[np.int64]) -> DoesNotFit:
    return DoesNotFit(
        "Open sessions read the pages that the model would take in the emulated flash",
        evidence=f"it takes {needed.sum()} pages, {array.free_pages().sum()} are free; other "
        f"programs or sessions read {len(held)} models that nothing else needs",
        next_step="Close the other sessions of this device, then repeat the command",
        code=36,
    )


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
