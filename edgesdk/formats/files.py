"""Reading a model file whole, once, and only if it is an ordinary file of a bearable size."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..errors import ModelRefused, UsageError

# A pipe must not make the open wait for a writer; Windows has neither flag.
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_whole(path: Path, largest: int) -> bytes:
    """The bytes of a file.

    Raises ``UsageError`` (EDGE-0210) when it cannot be read or is no ordinary file,
    ``ModelRefused`` (EDGE-0270) when it has more than ``largest`` bytes.
    """
    try:
        descriptor = os.open(path, OPEN_FLAGS)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise UsageError(f"Cannot read {path}", evidence="it is not a file", code=10)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise UsageError(f"Cannot read {path}", evidence=str(error.strerror), code=10) from None
    if len(content) > largest:
        raise too_large(path.name, largest)
    return content


def too_large(name: str, largest: int) -> ModelRefused:
    """The refusal of a model that has more than ``largest`` bytes."""
    return ModelRefused(
        f"{name} is too large", evidence=f"at most {largest} bytes can be read", code=70
    )
