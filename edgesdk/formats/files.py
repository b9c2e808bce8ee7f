"""Reading a model file whole, once, and only if it is an ordinary file of a bearable size."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..errors import ModelRefused, UsageError
from ..nearest import did_you_mean_file

# A pipe must not make the open wait for a writer; Windows has neither flag.
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_whole(path: Path, largest: int) -> bytes:
    """The bytes of a file.

    Raises ``UsageError`` (EDGE-0210) when it cannot be read or is no ordinary file,
    ``ModelRefused`` (EDGE-0270) when it has more than ``largest`` bytes.
    """
    try:
        descriptor = os.open(path, OPEN_FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise UsageError(f"Cannot read {path}", evidence="it is not a file", code=10)
            if status.st_size > largest:
                raise too_large(path.name, largest)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(status.st_size)  # never read(largest): that takes the memory first
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UsageError(
            f"Cannot read {path}",
            evidence=str(error.strerror),
            next_step=did_you_mean_file(path),
            code=10,
        ) from None


def too_large(name: str, largest: int) -> ModelRefused:
    """The refusal of a model that has more than ``largest`` bytes."""
    return ModelRefused(
        f"{name} is too large", evidence=f"at most {largest} bytes can be read", code=70
    )
