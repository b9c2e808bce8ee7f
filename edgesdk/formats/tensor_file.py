"""A large file of weights, of which pieces are read when they are asked for.

Read, not mapped: a file that becomes shorter while it is read is then an error, not a dead process.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import stat
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import ModelRefused, UsageError
from ..nearest import did_you_mean_file
from .files import OPEN_FLAGS, too_large

LARGEST = 64 << 30  # bytes; a shard of a checkpoint has about 5 GB
_CHUNK = 1 << 20


class TensorFile:
    """An opened file. It stays open while something holds it, and must not change meanwhile.

    Raises ``UsageError`` (EDGE-0210) when it cannot be read or is no ordinary file,
    ``ModelRefused`` (EDGE-0270) when it has more than ``LARGEST`` bytes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        try:
            descriptor = os.open(path, OPEN_FLAGS)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
        weakref.finalize(self, os.close, descriptor)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"Cannot read {path}", evidence="it is not a file", code=10)
        self.size = status.st_size
        if self.size > LARGEST:
            raise too_large(self.name, LARGEST)
        self._descriptor = descriptor
        self._state = (status.st_size, status.st_mtime_ns)
        self._file = io.FileIO(descriptor, closefd=False)
        self._lock = threading.Lock()

    def bytes_at(self, offset: int, count: int) -> bytes:
        """``count`` bytes from ``offset``; fewer where the file ends."""
        with self._lock:
            self._check_unchanged()
            self._file.seek(offset)
            count = max(0, min(count, self.size - offset))
            return self._file.read(count)

    def array(self, offset: int, dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
        """An array whose bytes lie at ``offset``. Raises ``ModelRefused`` (EDGE-02110)."""
        dtype = np.dtype(dtype)
        if offset + math.prod(shape) * dtype.itemsize > self.size:
            raise self._changed("it ends before its weights do")
        array: NDArray[Any] = np.empty(shape, dtype)
        with self._lock:
            self._check_unchanged()
            self._file.seek(offset)
            self._fill(array.reshape(-1).view(np.uint8).data)
        return array

    def widened(self, offset: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """A bfloat16 array as float32, which has the same upper half."""
        count = math.prod(shape)
        if offset + 2 * count > self.size:
            raise self._changed("it ends before its weights do")
        words = np.empty(count, np.uint32)
        for at in range(0, count, _CHUNK):
            part = words[at : at + _CHUNK]
            np.left_shift(
                self.array(offset + 2 * at, "<u2", (part.size,)), 16, out=part, dtype=np.uint32
            )
        return words.view(np.float32).reshape(shape)

    def sha256(self) -> str:
        """The hash of the whole file, in hexadecimal."""
        digest = hashlib.sha256()
        for offset in range(0, self.size, _CHUNK):
            digest.update(self.bytes_at(offset, _CHUNK))
        return digest.hexdigest()

    def _fill(self, target: memoryview) -> None:
        """The system gives at most 2 GB a call."""
        done = 0
        while done < len(target):
            count = self._file.readinto(target[done : done + (1 << 30)])
            if not count:
                raise self._changed("it became shorter")
            done += count

    def _check_unchanged(self) -> None:
        status = os.fstat(self._descriptor)
        if (status.st_size, status.st_mtime_ns) != self._state:
            raise self._changed("its size or its time of change is another one")

    def _changed(self, why: str) -> ModelRefused:
        return ModelRefused(
            f"{self.name} changed while it was read",
            evidence=why,
            next_step="Compile again when nothing writes to it",
            code=110,
        )


def _unreadable(path: Path, error: Exception) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) else "it is no path"
    next_step = did_you_mean_file(path)
    return UsageError(f"Cannot read {path}", evidence=str(reason), next_step=next_step, code=10)
