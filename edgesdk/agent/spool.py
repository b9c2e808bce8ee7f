"""What hosts have uploaded, by its SHA-256, until a deploy has committed it.

A connection that is cut leaves what had come: the next one goes on from there. Nothing here is
trusted: a device hashes what it stages, a bundle is verified when it is opened.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..store import Files
from ..store.files import WARY
from .board_errors import explained, lacks, too_large, unlike
from .plain import Wrong

CAP = 1 << 33  # bytes of everything in it; a bundle has at most half of that
OLDEST = 7 * 24 * 3600  # seconds that something is kept which nobody asks for
_MARGIN = 1 << 24  # bytes of the disk that are left to others
_CHUNK = 1 << 20


class Spool:
    """A folder of files, one for each content. Used by one process: whoever has the device."""

    def __init__(self, folder: Path, *, cap: int = CAP, files: Files | None = None) -> None:
        self.folder = folder
        self._cap = cap
        self._files = files or Files()
        self._hashes: dict[Path, tuple[int, hashlib._Hash]] = {}  # of what came here, bytes so far

    def sweep(self, now: float | None = None) -> None:
        """Remove what is too old; create the folder where there is none."""
        with explained(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            oldest = (time.time() if now is None else now) - OLDEST
            for path in self._contents():
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def path(self, sha256: str, size: int) -> Path:
        """Where a content lies, or would. Raises ``Wrong`` for what is no SHA-256 or no size."""
        try:
            digest = bytes.fromhex(sha256)
        except ValueError:
            digest = b""
        if len(digest) != 32 or len(sha256) != 64 or size < 0:
            raise Wrong(f"no content has the SHA-256 {sha256!r:.80} and {size} bytes")
        return self.folder / f"{digest.hex()}-{size}"

    def have(self, sha256: str, size: int) -> int:
        """How many bytes of a content are here; they are looked at, as the rest is to follow."""
        path = self.path(sha256, size)
        with explained(path):
            had = self._hashed(path)
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
            self._make_room(size)
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
            had = path.stat().st_size if path.exists() else -1
        if had != size:
            raise Wrong(f"{max(had, 0)} of {size} bytes of {sha256[:16]}… have come")
        return path

    def missing(self, contents: Iterable[tuple[str, int]]) -> tuple[int, int]:
        """(bytes of these contents that are not here, bytes that there is room for)."""
        sizes = {self.path(*content): content[1] for content in contents}
        with explained(self.folder):
            there = sum(p.stat().st_size for p in sizes if p.exists())
            free = self._files.free(self.folder) - _MARGIN
        return sum(sizes.values()) - there, max(0, min(free, self._cap - there))

    def remove(self, contents: Iterable[tuple[str, int]]) -> None:
        """Contents that nobody will ask for again."""
        for content in contents:
            self._forget(self.path(*content))

    def _contents(self) -> list[Path]:
        """The oldest first."""
        return sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime)

    def _make_room(self, size: int) -> None:
        """Let the oldest go, so that the cap holds and the disk has room."""
        if size > self._cap:
            raise too_large(size, self._cap)
        with explained(self.folder):
            others = self._contents()
            used = sum(path.stat().st_size for path in others)
            while used + size > self._cap and others:
                used -= others[0].stat().st_size
                self._forget(others.pop(0))
            free = self._files.free(self.folder) - _MARGIN
        if size > free:
            raise lacks(self.folder, size, max(0, free))

    def _hashed(self, path: Path) -> int:
        """Bytes that are there, all of them hashed."""
        known = self._hashes.get(path)
        size = path.stat().st_size if path.exists() else 0
        if known is None or known[0] != size:
            found = hashlib.sha256()
            if size:
                with os.fdopen(os.open(path, os.O_RDONLY | WARY), "rb") as file:
                    while piece := file.read(_CHUNK):
                        found.update(piece)
            self._hashes[path] = size, found
        return size

    def _append(self, path: Path, data: bytes) -> None:
        had, found = self._hashes.pop(
            path, (0, hashlib.sha256())
        )  # known again once all of it is written
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | WARY, 0o600)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[self._files.write(handle, rest) :]
        finally:
            self._files.close(handle)
        found.update(data)
        self._hashes[path] = had + len(data), found

    def _is_right(self, path: Path, sha256: str) -> bool:
        return self._hashes[path][1].hexdigest() == bytes.fromhex(sha256).hex()

    def _forget(self, path: Path) -> None:
        self._hashes.pop(path, None)
        with suppress(OSError):
            path.unlink()
