"""What hosts have uploaded, by its SHA-256, until a deploy has committed it.

A connection that is cut leaves what had come: the next one goes on from there. Nothing here is
trusted: a device hashes what it stages, a bundle is verified when it is opened.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from ..store import Files
from ..store.files import WARY
from .board_errors import explained, lacks, too_large, unlike
from .spool_contents import Kept, contents, file_name, remove, size_of
from .wire.plain import Wrong

CAP = 1 << 33  # bytes of everything in it; a bundle has at most half of that
OLDEST = 7 * 24 * 3600  # seconds that something is kept which nobody asks for
IDLE = 3600  # seconds after which another device's content may have to make room
_MARGIN = 1 << 24  # bytes of the disk that are left to others
_CHUNK = 1 << 20


class Spool:
    """One folder for all agents of the board's user; a file for each content of each device.

    ``device``: whose contents this agent reads and writes: its lock keeps other agents from them.
    ``needed``: the files of the deploy under way, which make room for nothing.
    """

    def __init__(
        self, folder: Path, device: str = "", *, cap: int = CAP, files: Files | None = None
    ) -> None:
        self.folder, self._device = folder, device
        self.needed: frozenset[Path] = frozenset()
        self._cap = cap
        self._files = files or Files()
        self._hashes: dict[Path, tuple[int, hashlib._Hash]] = {}  # of what came here, bytes so far

    def sweep(self, now: float | None = None) -> None:
        """Remove what is too old, of any device; create the folder where there is none."""
        with explained(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            oldest = (time.time() if now is None else now) - OLDEST
            for kept in contents(self.folder):
                if kept.used < oldest:
                    self._forget(kept.path)

    def path(self, sha256: str, size: int) -> Path:
        """Where a content lies, or would. Raises ``Wrong`` for what is no SHA-256 or no size."""
        return self.folder / file_name(sha256, size, self._device)

    def paths(self, contents: Iterable[tuple[str, int]]) -> frozenset[Path]:
        """The same of several."""
        return frozenset(self.path(*content) for content in contents)

    def have(self, sha256: str, size: int) -> int:
        """How many bytes of a content are here; they are looked at, as the rest is to follow."""
        path = self.path(sha256, size)
        with explained(path):
            had = self._hashed(path)
            if had or size == 0:
                self._append(path, b"")  # that of no bytes is made; others are not old any more
        if had > size or (had == size and not self._is_right(path, sha256)):
            self._forget(path)
            return 0
        return had

    def upload(self, sha256: str, size: int, offset: int, data: bytes) -> int:
        """Append bytes to a content; how many there are now.

        Raises ``Wrong`` where they do not follow what is there, ``DoesNotFit`` (EDGE-0952,
        EDGE-0953), ``LinkFailed`` (EDGE-0652) where the whole is not what was promised.
        """
        path = self.path(sha256, size)
        with explained(path):
            had = self._hashed(path)
        if offset != had or had + len(data) > size:
            raise Wrong(f"bytes {offset} to {offset + len(data)} of {size}, where {had} are here")
        if had == 0:
            self._make_room(path, size)
        with explained(path):
            self._append(path, data)
        had += len(data)
        if had == size and not self._is_right(path, sha256):
            self._forget(path)
            raise unlike(sha256, size)
        return had

    def whole(self, sha256: str, size: int) -> Path:
        """The file of a content that is here. Raises ``Wrong`` where it is not, or not whole."""
        path = self.path(sha256, size)
        with explained(path):
            had = size_of(path)
        if had != size:
            raise Wrong(f"{had or 0} of {size} bytes of {sha256[:16]}… have come")
        return path

    def room(self, wanted: Iterable[tuple[str, int]], beside: int = 0) -> tuple[int, int]:
        """(bytes that these contents still take, bytes that can be had for them).

        ``beside``: what else their deploy writes to the same disk, which the first then includes.
        """
        needed = {self.path(*content): content[1] for content in wanted}
        with explained(self.folder):
            kept, going = contents(self.folder), self._dispensable(needed)
            free = self._files.free(self.folder) - _MARGIN + sum(each.had for each in going)
        there = sum(each.had for each in kept if each.path in needed)
        cap = self._cap - there - sum(
            each.promised for each in kept if each.path not in needed and each not in going
        )  # fmt: skip
        return sum(needed.values()) - there + beside, max(0, min(free, cap + beside))

    def remove(self, contents: Iterable[tuple[str, int]]) -> None:
        """Contents that nobody will ask for again."""
        for path in self.paths(contents):
            self._forget(path)

    def _dispensable(self, needed: Iterable[Path]) -> list[Kept]:
        """What may go to make room, the oldest first: of other devices, what rests."""
        idle = time.time() - IDLE
        return [
            kept
            for kept in contents(self.folder)
            if kept.path not in needed and (kept.device == self._device or kept.used < idle)
        ]

    def _make_room(self, path: Path, size: int) -> None:
        """Let the oldest go until the cap holds, as all is promised to be, and so does the disk."""
        if size > self._cap:
            raise too_large(size, self._cap)
        with explained(self.folder):
            going = self._dispensable({path, *self.needed})
            while (room := self._left(path)) < size and going:
                self._forget(going.pop(0).path)
        if room < size:
            raise lacks(self.folder, size, max(0, room))

    def _left(self, path: Path) -> int:
        """Bytes that are left for a content, by the cap and by the disk."""
        promised = sum(kept.promised for kept in contents(self.folder) if kept.path != path)
        return min(self._cap - promised, self._files.free(self.folder) - _MARGIN)

    def _hashed(self, path: Path) -> int:
        """Bytes that are there, all of them hashed."""
        known = self._hashes.get(path)
        size = size_of(path) or 0
        if known is None or known[0] != size:
            found = hashlib.sha256()
            if size:
                with os.fdopen(os.open(path, os.O_RDONLY | WARY), "rb") as file:
                    while piece := file.read(_CHUNK):
                        found.update(piece)
            self._hashes[path] = size, found
        return size

    def _append(self, path: Path, data: bytes) -> None:
        # Its hash is known again once all of it is written.
        had, found = self._hashes.pop(path, (0, hashlib.sha256()))
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | WARY, 0o600)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._files.write(handle, rest) :]
            os.utime(handle)
        finally:
            self._files.close(handle)
        found.update(data)
        self._hashes[path] = had + len(data), found

    def _is_right(self, path: Path, sha256: str) -> bool:
        return self._hashes[path][1].hexdigest() == bytes.fromhex(sha256).hex()

    def _forget(self, path: Path) -> None:
        self._hashes.pop(path, None)
        remove(path)
