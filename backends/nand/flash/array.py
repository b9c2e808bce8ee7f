"""An emulated flash as the rest of the backend sees it: models' regions, and pages to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..design.design import Design
from .bad_blocks import BadBlocks
from .blocks import Blocks
from .cells import Cells
from .core import Correct
from .device_record import recorded
from .dies import Dies
from .faults import NO_FAULTS, Bytes, Faults, Power
from .geometry import Geometry, Numbers
from .journal import Journal
from .locks import ProgrammingLock
from .region import Page, Programming
from .region_blocks import Parts
from .regions import Regions
from .tag import model_id, opened


@dataclass(frozen=True)
class Statistics:
    """Of a device since it was made; ``nanoseconds`` of this opening, of its busiest die."""

    erases: int
    max_erases: int  # of one block
    programmed_pages: int  # now
    reads: int  # of pages, since their block was last erased
    max_reads: int  # of one block's pages
    bad_blocks: int
    spares_left: int
    nanoseconds: float


class FlashArray:
    """The flash in ``folder``, which it makes where it is not there. A context manager.

    Changes are one process's at a time; others may read meanwhile.
    """

    def __init__(
        self,
        folder: Path,
        design: Design,
        faults: Faults = NO_FAULTS,
        correct: Correct | None = None,
    ) -> None:
        self.geometry = Geometry.of(design)
        self._folder, self._design, self._power = folder, design, Power(faults)
        seed = recorded(folder, self.geometry, design.factory_bad, faults.seed)
        self._cells = Cells(
            folder,
            self.geometry,
            self._power,
            factory_bad=design.factory_bad,
            erase_limit=design.erase_limit,
            seed=seed,
        )
        self.dies = Dies(design, self._cells, correct)
        self._journal = Journal(folder / "journal", self._power, self.geometry.all_blocks)
        self._bad = BadBlocks(folder, self._power, self.geometry.all_blocks)
        if not self._bad.version:
            self._bad.look(self._cells.factory_marks())
        self._regions = Regions(folder, self._journal, self._power, self.geometry.all_pages)

    @property
    def stored(self) -> Bytes:
        """uint8 [pages of the device, page + spare], read-only, in place: each byte is the
        complement of what the cells hold, so that what was never programmed, FFh, is a hole of the
        file. None of them once this is closed: whoever keeps the array keeps the map."""
        return self._cells.store.stored

    @property
    def operations(self) -> int:
        """Programs, erases and writes of the controller's memory, since this was opened."""
        return self._power.operations

    def read(self, physical: Numbers) -> Bytes:
        """A copy of pages as the cells hold them: uint8 [n, page + spare]. It counts no read."""
        return self._cells.store.read(physical)

    def regions(self) -> dict[str, bool]:
        """Whether each region is complete, by name."""
        return self._regions.all()

    def complete(self, region: str) -> bool:
        """Whether all its pages are programmed, and it is known where."""
        return self._regions.complete(region)

    def program(self, region: str, pages: Iterable[Page]) -> None:
        """Program a region, or what a try before this one left to do; nothing if it is complete.

        Code goes into the spare from byte 32; mark and tag are written here. Raises ``LinkFailed``
        (EDGE-0640), ``DoesNotFit`` (EDGE-0933 to -0935), ``DeviceUnavailable`` (EDGE-0572).
        """
        with self._changing() as parts:
            if self.complete(region):
                return
            self._erase_stale(parts)
            if region not in self._journal.state.regions:
                self._journal.add(do="begin", region=region)
            physical = Programming(region, parts).program(pages)
            self._cells.store.sync()
            self._regions.completed(region, physical)

    def pages(self, region: str) -> Numbers:
        """Physical pages by logical number, int64 [pages]; nobody forgets the region until
        ``close``. Raises ``UsageError`` (EDGE-02257) where it is not complete, and
        ``VerificationMismatch`` (EDGE-0772)."""
        return self._regions.pages(region)

    def hold(self, region: str) -> None:
        """Nobody else forgets a region that is about to be programmed or read, until ``close``."""
        self._regions.hold(region)

    def damaged(self, region: str) -> int:
        """How many pages of a complete region are not what was programmed: all of it is read, and
        it is not held. Raises what ``pages`` does."""
        model, physical = model_id(region), self._regions.known(region)
        tags = (opened(self.geometry, self.read(page)) for page in physical.tolist())
        return sum(
            tag is None or (tag.model, tag.logical) != (model, n) for n, tag in enumerate(tags)
        )

    def forget(self, region: str) -> bool:
        """Let a region go, and erase its blocks; false where somebody else reads it. Raises
        ``LinkFailed`` (EDGE-0640): then its blocks are erased another time."""
        with self._changing() as parts, self._regions.forgetting(region) as free:
            if free:
                self._erase_stale(parts)
                self._journal.shorten()
            return free

    def held(self) -> list[str]:
        """The regions that somebody reads."""
        return self._regions.held()

    def free_pages(self, keep: Iterable[str] | None = None) -> NDArray[np.int64]:
        """Pages that models may still get, [channels, cores]; of the regions those named stay."""
        kept = None if keep is None else frozenset(keep)
        return self._blocks().free_pages(kept)

    def erases(self, physical: Numbers) -> NDArray[np.uint32]:
        """How often the block of each page was erased: uint32 [n]."""
        every: NDArray[np.uint32] = self._cells.wear.records()["erases"]
        return every[np.asarray(physical) // self.geometry.pages].astype(np.uint32)

    def count_reads(self, physical: Numbers, times: int = 1) -> None:
        """Each of these pages was read so many times; written down now and then, and by
        ``close``."""
        self._cells.wear.count_reads(physical, times)

    def statistics(self) -> Statistics:
        """What the device has been through."""
        self._cells.wear.flush()
        every = self._cells.wear.records()
        return Statistics(
            erases=int(every["erases"].sum(dtype=np.int64)),
            max_erases=int(every["erases"].max()),
            programmed_pages=int(every["programmed"].sum(dtype=np.int64)),
            reads=int(every["reads"].sum()),
            max_reads=int(every["reads"].max()),
            bad_blocks=len(self._bad.blocks),
            spares_left=self._blocks().spares_left(),
            nanoseconds=self.dies.nanoseconds,
        )

    def close(self) -> None:
        """Write the counters, while the regions that they are of are still held, and let go of the
        files. Safe twice."""
        try:
            self._cells.close()
        finally:
            self._regions.close()

    def __enter__(self) -> FlashArray:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @contextmanager
    def _changing(self) -> Iterator[Parts]:
        """Nobody else changes the device meanwhile; what others changed before is known."""
        with ProgrammingLock(self._folder / "lock"):
            self._bad.reload()
            if not self._bad.version:
                self._bad.scan(self._cells.factory_marks())
            yield Parts(
                self.geometry, self._cells, self.dies, self._journal, self._bad, self._blocks()
            )

    def _blocks(self) -> Blocks:
        for_models = self._design.usable_blocks
        return Blocks(self.geometry, self._journal.state, self._bad.blocks, for_models)

    def _erase_stale(self, parts: Parts) -> None:
        for block in sorted(self._journal.state.stale):
            if block not in self._bad and parts.dies.erase(block):
                parts.blocks.gone_bad(block)
                self._bad.add(block)
            parts.blocks.erased(block)
            self._journal.add(do="erased", blocks=[block])
