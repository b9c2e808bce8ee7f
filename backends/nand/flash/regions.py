"""The regions of a flash: which there are, where their pages lie, and who reads them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from edgesdk.errors import InternalFault, UsageError, VerificationMismatch

from .controller_memory import replaced
from .faults import Power
from .geometry import Numbers
from .host_files import explained
from .journal import Journal
from .locks import Reading, unread

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Regions:
    """A map, ``regions/NAME.map``, has a region's physical pages by logical number: i64 each."""

    def __init__(self, folder: Path, journal: Journal, power: Power) -> None:
        self._folder, self._journal, self._power = folder / "regions", journal, power
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
        replaced(self._path(region), data, self._power)
        count, check = len(physical), zlib.crc32(data)
        self._journal.add(do="complete", region=region, count=count, check=check)

    def pages(self, region: str) -> Numbers:
        """Of a complete region, int64 [pages], held until ``close``."""
        self._reading.hold(self._path(region))
        return self.known(region)

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
                evidence=f"{self._path(region)} is not the map of {about.count} pages that the "
                "journal tells of",
                next_step="Deploy the model again: the map is made anew from the pages' tags",
                code=72,
            )
        return physical

    @contextmanager
    def forgetting(self, region: str) -> Iterator[bool]:
        """Whether nobody reads it; then it is gone at the end.

        Raises ``LinkFailed`` (EDGE-0640).
        """
        with unread(self._path(region)) as free:
            if free and region in self._journal.state.regions:
                self._journal.add(do="forget", region=region)
                with explained(self._path(region)):
                    for path in self._folder.glob(f"{region}.map*"):  # one that a cut left, too
                        path.unlink()
            yield free

    def close(self) -> None:
        """Let go of the regions that were read. Safe twice."""
        self._reading.close()

    def _map(self, region: str) -> Numbers | None:
        """The map, where it is what the journal says."""
        about = self._journal.state.regions[region]
        path = self._path(region)
        with explained(path):
            data = path.read_bytes() if path.exists() else b""
        if len(data) != 8 * about.count or zlib.crc32(data) != about.check:
            return None
        return np.frombuffer(data, "<i8").astype(np.int64)

    def _path(self, region: str) -> Path:
        if not _NAME.fullmatch(region):
            raise InternalFault(
                "What is to be programmed into the emulated flash is not as agreed",
                evidence=f"a region named {region[:64]!r}: up to 64 of a-z, 0-9, - and _",
                code=71,
            )
        return self._folder / f"{region}.map"
