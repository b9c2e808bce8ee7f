"""The model part of a bundle, mapped: its numbers checked, no weight copied."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.large_tables import all_finite
from edgesdk.mapped_file import MappedFile

from . import layout
from .axes import padded
from .index_code import Bytes
from .layout import HEAD_BLOCK, PAGE, damaged, decode_header

FLOATS = ("parameters", "rotations", "head_scales")

Floats = NDArray[np.float32]


class ModelFile:
    """A model that lies in a file, from ``offset`` on: its ``shape``, and its arrays.

    Raises ``VerificationMismatch`` (EDGE-0766) for a header that no writer makes, and for floats
    that are no numbers. Weights are taken as they are: whoever made them signed them. Arrays hold
    until ``close``.
    """

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        try:
            self._file = MappedFile(descriptor, offset, size)
        except (OSError, ValueError) as error:
            raise damaged(str(error)) from None
        try:
            self.shape = decode_header(bytes(self._file.content[:PAGE]), size)
            self._sections = layout.sections(self.shape)
            for name in FLOATS:
                if not all_finite(self.floats(name)):
                    raise damaged(f"its {name} are not all finite")
            if not all_finite(self.embedding().reshape(-1)):
                raise damaged("its embedding is not all finite")
        except BaseException:
            self.close()
            raise

    def bytes_of(self, name: str) -> Bytes:
        """An array as it lies in the file."""
        section = self._sections[name]
        return np.frombuffer(self._file.content, np.uint8, section.size, section.offset)

    def floats(self, name: str) -> Floats:
        """An array of float32, flat."""
        return self.bytes_of(name).view("<f4")

    def head_rows(self) -> NDArray[np.int8]:
        """Rows of the head [vocabulary, hidden padded to 64]; multiply by ``head_scales``."""
        width = padded(self.shape.hidden, HEAD_BLOCK)
        return self.bytes_of("head").view(np.int8).reshape(self.shape.vocabulary, width)

    def embedding(self) -> NDArray[Any]:
        """float32 or float16 [vocabulary, hidden]."""
        dtype = "<f4" if self.shape.wide_embedding else "<f2"
        return self.bytes_of("embedding").view(dtype).reshape(-1, self.shape.hidden)

    def close(self) -> None:
        """Unmap it. Safe to call twice."""
        self._file.close()
