"""The regions of a flash: which there are, where their pages lie, and who reads them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from edgesdk.errors import UsageError, VerificationMismatch

from .controller_memory import replaced
from .faults import Power
from .geometry import Numbers
from .host_files import explained
from .journal import Journal
from .locks import Reading, is_held, unread
from .plain_files import read_plain
from .tag import not_as_agreed

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Regions:
    """A map, ``regions/NAME.map``, has a region's physical pages by logical number: i64 each.

    Who reads the region has ``regions/NAME.lock`` locked.
    """

    def __init__(self, folder: Path, journal: Journal, power: Power, pages: int) -> None:
        """``pages``: of the device."""
        self._folder, self._journal, self._power = folder / "regions", journal, power
        self._pages = pages
        self._reading = Reading()
        with explained(self._folder):
            self._folder.mkdir(exist_ok=True)

    def all(self) -> dict[str, bool]:
        """Whether each is complete, by name."""
        return {name: self.complete(name) for name in self._journal.state.regions}

    def complete(self, region: str) -> bool:
        """Whether the journal says so, and the map is whole."""
        about = self._journal.state.regions.get(region)
        return about is not None and about.complete and self._map(region) is not None

    def completed(self, region: str, physical: Numbers) -> None:
        """All its pages are programmed, there. Raises ``LinkFailed`` (EDGE-0640)."""
        data = physical.astype("<i8").tobytes()
        replaced(self._path(region, "map"), data, self._power)
        count, check = len(physical), zlib.crc32(data)
        self._journal.add(do="complete", region=region, count=count, check=check)

    def pages(self, region: str) -> Numbers:
        """Of a complete region, int64 [pages], held until ``close``."""
        self.hold(region)
        return self.known(region)

    def hold(self, region: str) -> None:
        """Nobody else forgets it until ``close``, complete or not."""
        self._reading.hold(self._path(region, "lock"))

    def held(self) -> list[str]:
        """Those that somebody reads."""
        return [name for name in self._journal.state.regions if is_held(self._path(name, "lock"))]

    def known(self, region: str) -> Numbers:
        """The same, not held. Raises ``UsageError`` (EDGE-02257) where it is not complete, and
        ``VerificationMismatch`` (EDGE-0772) where its map is damaged."""
        about = self._journal.state.regions.get(region)
        if about is None or not about.complete:
            raise UsageError(
                "The emulated flash does not hold all of that model",
                evidence=f"region {region!r}; it has {', '.join(self.all()) or 'none'}",
                next_step="Deploy it again",
                code=257,
            )
        physical = self._map(region)
        if physical is None:
            raise VerificationMismatch(
                "The map of a model's pages in the emulated flash is damaged",
                evidence=f"{self._path(region, 'map')} is not the map of {about.count} pages that "
                "the journal tells of",
                next_step="Deploy the model again: the map is made anew from the pages' tags",
                code=72,
            )
        return physical

    @contextmanager
    def forgetting(self, region: str) -> Iterator[bool]:
        """Whether nobody else reads it; then it is gone at the end: first its map, so that no cut
        leaves one that no region has. A hold of ours ends.

        Raises ``LinkFailed`` (EDGE-0640).
        """
        self._reading.let_go(self._path(region, "lock"))
        with unread(self._path(region, "lock")) as free:
            if free:
                with explained(self._folder):
                    for path in self._folder.glob(f"{region}.map*"):  # one that a cut left, too
                        path.unlink()
                if region in self._journal.state.regions:
                    self._journal.add(do="forget", region=region)
            yield free

    def close(self) -> None:
        """Let go of the regions that were read. Safe twice."""
        self._reading.close()

    def _map(self, region: str) -> Numbers | None:
        """The map, where it is what the journal says."""
        about = self._journal.state.regions[region]
        path = self._path(region, "map")
        with explained(path):
            try:
                data = read_plain(path, 8 * about.count)
            except FileNotFoundError:
                return None
        if len(data) != 8 * about.count or zlib.crc32(data) != about.check:
            return None
        physical = np.frombuffer(data, "<i8").astype(np.int64)
        return physical if (physical < self._pages).all() else None

    def _path(self, region: str, kind: str) -> Path:
        if not _NAME.fullmatch(region):
            raise not_as_agreed(f"a region named {region[:64]!r}: up to 64 of a-z, 0-9, - and _")
        return self._folder / f"{region}.{kind}"
