"""External data of an ONNX model: read from inside the model's own folder only, and folded in.

Specification: https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
A location is attacker's text. It must be a plain relative path, every step of it is opened without
following links, and what was opened must be an ordinary file with one name.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ...errors import ModelRefused
from ..files import OPEN_FLAGS, too_large

if TYPE_CHECKING:
    from onnx import TensorProto

_NUMBER = re.compile(r"[0-9]{1,18}")
_DEEPEST = 16  # folders below the model's own
# A name that some system reads as a drive, a stream, a parent or a device path.
_BAD_STEP = re.compile(r'.*[\\:*?"<>|\x00-\x1f].*|\.{1,2}|', re.DOTALL)


def fold_external_data(tensors: Iterable[TensorProto], folder: Path, largest: int) -> bool:
    """Read the data of external tensors into them; returns whether there was one.

    Raises ``ModelRefused``: EDGE-0273 for data that must not or cannot be read, EDGE-0270 when it
    comes to more than ``largest`` bytes.
    """
    found = False
    for tensor in tensors:
        if tensor.data_location != tensor.EXTERNAL:
            continue
        found = True
        tensor.raw_data = _read(tensor, folder, largest)
        largest -= len(tensor.raw_data)
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
    return found


def _read(tensor: TensorProto, folder: Path, largest: int) -> bytes:
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    offset = _number(tensor, entries.get("offset", "0"))
    with _open_inside(tensor, folder, location) as file:
        size = os.fstat(file.fileno()).st_size
        length = _number(tensor, entries.get("length", str(max(size - offset, 0))))
        if offset + length > size:
            raise _refused(tensor, f"{location!r} ends before byte {offset + length}")
        if length > largest:
            raise too_large("The model with its external data", 2**31 - 1)
        file.seek(offset)
        data = file.read(length)
    if len(data) != length:
        raise _refused(tensor, f"{location!r} changed while it was read")
    return data


def _number(tensor: TensorProto, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _refused(tensor, f"{text[:80]!r} is no offset or length")
    return int(text)


def _open_inside(tensor: TensorProto, folder: Path, location: str) -> BinaryIO:
    steps = location.split("/")
    if len(steps) > _DEEPEST or any(_BAD_STEP.fullmatch(step) for step in steps):
        raise _refused(tensor, f"{location[:200]!r} is no plain path below the model's folder")
    if os.open not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
        raise _refused(tensor, "this system cannot open a file without following links")
    try:
        descriptor = _open_steps(folder, steps)
    except OSError as error:
        raise _refused(tensor, f"{location[:200]!r}: {error.strerror}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(descriptor)
        raise _refused(tensor, f"{location!r} is not an ordinary file with one name")
    return os.fdopen(descriptor, "rb")


def _open_steps(folder: Path, steps: list[str]) -> int:
    """Open a path one step at a time, each relative to the folder that was opened before it."""
    with ExitStack() as opened:
        parent = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, parent)
        for step in steps[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            parent = os.open(step, flags, dir_fd=parent)
            opened.callback(os.close, parent)
        return os.open(steps[-1], OPEN_FLAGS | os.O_NOFOLLOW, dir_fd=parent)


def _refused(tensor: TensorProto, why: str) -> ModelRefused:
    return ModelRefused(
        f"The external data of tensor {tensor.name[:80]!r} cannot be used",
        evidence=why,
        next_step="Keep the data files beside the model, as files and not links; "
        "or save the model with its data inside",
        code=73,
    )
